//! The result of an attribution, assembled from what is known of requests, whichever source that is from.
//!
//! A scenario and a trace each say what they know as [`Evidence`]; [`assemble`] makes the result of it: rows for functions,
//! what becomes of latency if they were faster, waiting, and what experiments did. No clock, no input or output.

mod assemble;
mod candidates;
mod evidence;
mod experiments;
mod gains;
mod order;
mod projector;
mod rows;
mod serving;
#[cfg(test)]
mod tests;

pub use assemble::Analysis;
pub(super) use assemble::{assemble, unknown};
pub(super) use evidence::{Delay, Evidence, Migration, RowKind, Serving};
pub(super) use rows::unmeasured;
