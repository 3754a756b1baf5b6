//! Taking Python objects apart.
//!
//! An object's own `__eq__` and `__hash__` are never called. Its data is read past overridden methods where
//! Python's own layout says where it lies; types written in C are asked for it, as `copy` and `pickle` do.

mod arrow;
mod base;
mod builtin;
mod class;
mod numpy;
mod object;
mod pandas;
mod polars;
mod protobuf;
mod scalar;
mod scalar_kind;
mod walker;

pub(super) use class::{ITERATOR, OPEN_FILE};
pub use walker::{Capture, capture};
