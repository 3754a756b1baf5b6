//! Verdicts: pure functions from measured results to conclusions.

pub mod apart;
mod break_even;
mod claim;
mod comparison;
mod cost;
pub mod decision;
mod embedding;
pub mod gate;
pub mod noise;
mod settled;
mod summary;
mod sweep;
mod warnings;

pub use break_even::{SpeedupAt, break_even};
pub use claim::claim_verdict;
pub use comparison::{Outcome, converged, failures, may_have_speedup, outcome};
pub(crate) use embedding::is_certainly_off;
pub use embedding::withhold;
pub use settled::settled;
pub use summary::{series, summarise};
pub use sweep::sweep;
