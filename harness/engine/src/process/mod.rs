//! Running other programs: to their end with nothing left behind, in surroundings of one's choice.

mod run;
mod variables;

pub(crate) use run::{Ending, Finished, RunLimits, run};
pub use variables::Variables;
