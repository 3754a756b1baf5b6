//! Measuring the service of a scenario under its load.
//!
//! [`measure`] has the story: a [sampler](sampling) finds candidates, then [rounds] record their exact times in each request,
//! and [`measured`] hands what is known to the assembly of the result.

mod arrivals;
mod lines;
mod measure;
mod measured;
mod mode;
mod recordings;
mod remarks;
mod rounds;
mod samples;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod sampling;
mod session;
mod stretches;

pub(super) use lines::lines;
pub use measure::ScenarioEvent;
pub(super) use measure::{ScenarioContext, measure_scenario};
pub use measured::{Measured, attribution_of_scenario};
pub use mode::{Mode, ModeRun};
pub use recordings::Recordings;
pub use samples::TailStacks;
pub(super) use session::Session;
