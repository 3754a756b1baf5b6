//! Statistics of comparisons: pure functions, no clock, no input or output, no randomness but the seed's.

mod bootstrap;
mod compare;
mod line;
mod quantile;
mod stopping;
#[cfg(test)]
mod tests;
mod unpaired;

pub use bootstrap::{Confidence, Resampling, mean_interval};
pub use compare::{Block, Process, in_rounds, ratio, seconds, speedup};
pub use line::{Line, Spot, line};
pub use quantile::{median, midmean, quantile};
pub use stopping::{early_confidence, planned_looks};
pub use unpaired::{Reported, Unpaired, unpaired, unpaired_estimates};
