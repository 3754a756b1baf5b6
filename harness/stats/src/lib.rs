//! Statistics of comparisons: pure functions, no clock, no input or output, no randomness but the seed's.

mod bootstrap;
mod compare;
mod distribution;
mod flips;
mod line;
mod paired;
mod quantile;
mod rare;
mod share;
mod stopping;
mod student;
mod sums;
#[cfg(test)]
mod tests;
mod unpaired;

pub use bootstrap::{Confidence, Resampling, mean_interval, stretch};
pub use compare::{Block, Process, geometric_mean, in_rounds, ratio, seconds, speedup};
pub use distribution::{chi_squared_quantile, normal_quantile};
pub use flips::{Direction, FEWEST_ROUNDS, change, has_crossed, p_value, share_spent};
pub use line::{FittedLine, Spot, line};
pub use paired::{Round, standard_error};
pub use quantile::{median, midmean, quantile};
pub use rare::{rare_rate, trials_without_event};
pub use share::{Slice, of_independent, share};
pub use stopping::{early_confidence, planned_looks};
pub use student::student_interval;
pub use sums::{Both, Sums, ratio_of_means};
pub use unpaired::{Reported, Unpaired, unpaired, unpaired_estimates};
