//! Which functions make up the latency of requests, and what it becomes when they get faster.
//!
//! Two passes: a [look](look) with the sampler finds candidates; then [rounds](session) record their exact times in each
//! request. [`outcome`] turns that into shares of the latency around quantiles, and replays the queue with less to do.

mod arrivals;
mod imported;
mod journal;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod look;
mod outcome;
mod project;
mod replay;
mod request;
mod resample;
mod session;
mod shares;
pub mod trace;

pub use imported::imported;
pub use journal::journal;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub use look::{Look, LookError};
pub use outcome::{Measured, outcome};
pub use request::{Function, Part, Request, Requests};
pub use session::{Mode, Prepared, Run, Session, Step, Watchable};
