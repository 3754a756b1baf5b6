//! Profiles of production: samples that tell no requests apart, so they rank functions and say nothing of p99.

mod collapsed;
pub(super) mod pprof;
mod speedscope;
mod tally;

pub(super) use collapsed::{is_collapsed, read as collapsed};
pub(super) use pprof::{is_pprof, read as pprof};
pub(super) use speedscope::read as speedscope;
pub use tally::{Profile, Ranked};
