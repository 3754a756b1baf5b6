//! From a plan to samples: equivalence, calibration, rounds in turns.
//!
//! Measuring emits [events](Event) and draws no conclusions; a [`Record`] is what they add up to.

mod check;
mod control;
mod event;
mod files;
mod fresh;
mod latency;
mod measurement;
mod record;
mod round;
pub(crate) mod schedule;
mod session;
mod settings;
mod start;
#[cfg(test)]
mod tests;
mod turns;

pub use control::{Control, ControlEffort, control, host_over_host};
pub use event::{Check, Event, EventKind, Sample};
pub(crate) use files::comparison;
pub(crate) use latency::{latencies, latency_histogram};
pub use record::{Flaw, Record, Records};
pub use schedule::Effort;
pub use session::{Referee, Session};
pub use settings::{Planned, Settings};
pub(crate) use start::start;
