//! Profiles of production: samples of all requests together, which rank functions and say nothing about p99.

mod collapsed;
pub(super) mod pprof;
mod speedscope;
mod tally;
mod unit;

pub(super) use collapsed::{is_collapsed, read as collapsed};
pub(super) use pprof::{is_pprof, read as pprof};
pub(super) use speedscope::read as speedscope;
pub use tally::{Profile, Ranked};
