//! Profiles: of contenders and scenarios, which workers run, of programs, and of processes that run already.

mod contender;
mod program;
mod run;

pub use contender::{Subject, SubjectError, profile_subject};
pub use run::{ProfileMade, ProfileRequest, ProfileRunError, TargetRequest, profile_target};
pub use rustworthy_profiler::Profiled;
