//! Whether a contender's output is the baseline's.
//!
//! Contenders run in processes of their own, so an output is taken apart into a [`Value`] where it was made,
//! written to a file, and compared in another process with what that one made. No Python runs while comparing.

mod array;
mod buffer;
mod calendar;
mod capture;
mod compare;
mod difference;
mod digest;
mod encode;
mod except;
mod number;
mod own;
mod path;
mod repr;
mod text;
mod value;
mod walk;
mod wider;

#[cfg(test)]
mod tests;

pub use capture::{Capture, capture};
pub use compare::{Outcome, compare, used_up};
pub use difference::Difference;
pub use digest::digest;
pub use except::prepared;
pub use own::compare_objects;
pub use value::{
    Array, BigInt, Buffer, Column, Data, File, Form, Frame, Instant, Object, Opaque, Reduced, Scalar, Typed, Value,
};
pub use wider::{by_value, hint};
