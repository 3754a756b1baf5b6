//! From a plan to samples: equivalence, calibration, interleaved rounds.
//!
//! Measuring tells [events](Event) and draws no conclusions; a [`Record`] is what they add up to.

mod affinity;
mod check;
mod control;
mod event;
mod record;
mod round;
pub(crate) mod schedule;
mod session;

pub use affinity::allowed_cpus;
pub(crate) use affinity::{KeepAway, stay_on};
pub use control::{Control, control};
pub use event::{Check, Event, Sample, What};
pub use record::{Record, Records};
pub(crate) use round::latencies;
pub use schedule::Effort;
pub(crate) use schedule::timed_one_by_one;
pub(crate) use session::comparison;
pub use session::{Planned, Session, Settings};

use hdrhistogram::Histogram;

/// A histogram of nanoseconds from 1 ns to a day, to three significant digits; longer times count as a day.
pub(crate) fn latency_histogram() -> Histogram<u64> {
    const DAY_NS: u64 = 24 * 3600 * 1_000_000_000;
    Histogram::new_with_bounds(1, DAY_NS, 3).expect("these bounds are valid")
}
