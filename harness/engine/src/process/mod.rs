//! Running other programs: to their end with nothing left behind, in surroundings of one's choice.

mod program;
mod run;
mod variables;

pub(crate) use program::{code, end};
pub(crate) use run::{Ending, Finished, RunLimits, die_with_parent, run};
pub use variables::Variables;
