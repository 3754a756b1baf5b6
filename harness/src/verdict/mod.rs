//! Verdicts: pure functions from measured results to what they are worth.

mod claim;
mod comparison;
mod summary;
mod warnings;

pub use claim::claim_verdict;
pub use comparison::{Outcome, converged, may_have_speedup, outcome};
pub use summary::{is_precise, summarise};
