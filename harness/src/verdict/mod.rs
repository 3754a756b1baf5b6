//! Verdicts: pure functions from measured results to what they are worth.

mod comparison;
mod summary;
mod warnings;

pub use comparison::{Outcome, claim_verdict, converged, may_have_speedup, outcome};
pub use summary::{is_precise, summarise};
