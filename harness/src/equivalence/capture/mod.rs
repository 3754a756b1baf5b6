//! Taking Python objects apart.
//!
//! An object's own `__eq__` and `__hash__` are never called. Its data is read past overridden methods where
//! Python's own layout says where it lies; types written in C are asked for it, as `copy` and `pickle` do.

mod arrow;
mod builtin;
mod class;
mod numpy;
mod object;
mod pandas;
mod polars;
mod protobuf;
mod scalar;
mod walker;

use pyo3::prelude::*;

use super::value::Value;

/// What to look into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Capture {
    /// Whether an existing file that a path-like object points at counts by its contents, rather than its path.
    pub files: bool,
}

/// Takes an object apart. What can't be, because it is lazy, too deep, hidden in C or raises when it is looked at, becomes
/// [`Value::Opaque`].
///
/// # Errors
/// `MemoryError` and `KeyboardInterrupt` alone.
pub fn capture(object: &Bound<'_, PyAny>, options: Capture) -> PyResult<Value> {
    walker::Walker::new(object.py(), options).value(object)
}
