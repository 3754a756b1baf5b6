//! Timings that other tools have saved: criterion's folders, and the files of pyperf, hyperfine, pytest-benchmark and asv.
//!
//! The files come from anywhere, so nothing in them is taken for granted: sizes are limited, times have to be
//! positive numbers, and every error names its place.

mod asv;
mod criterion;
mod environment;
mod error;
mod foreign;
mod hyperfine;
mod imported;
mod name;
mod pyperf;
mod pytest_benchmark;
mod read;
mod source;
#[cfg(test)]
mod tests;
mod times;

pub use environment::MeasuredOn;
pub use error::{ImportError, JsonLocation};
pub use imported::{Benchmark, Imported, Kind, LeftOut};
pub use read::{pair, read};
