//! The result of an attribution, assembled from what is known of requests, whichever source that is from.
//!
//! A scenario says what it knows as [`Evidence`]; [`assemble`] makes the result of it: rows for functions, what becomes of latency
//! if they were faster, waiting, and what experiments did. Of traces there are requests alone, from which [`of_paths`] makes it. No clock,
//! and no output.

mod assemble;
mod candidates;
mod evidence;
mod experiments;
mod gains;
mod order;
mod paths;
mod projector;
mod rows;
mod serving;
#[cfg(test)]
mod tests;

pub use assemble::Analysis;
pub(super) use assemble::{assemble, unknown};
pub(super) use evidence::{Delay, Evidence, Migration, RowKind, Serving};
pub(super) use paths::of_paths;
pub(super) use rows::unmeasured;
