//! Which functions make up the latency of requests, and what it becomes when they get faster.
//!
//! Pure functions of [`Requests`], wherever those come from: a scenario that was measured, or [traces](trace) of
//! production, which are read here. [`shares()`] are those of the latency around quantiles; a [`ReplayModel`] replays the
//! queue with less to do. Intervals are of [`Resamples`], blocks of requests drawn again.

mod latency;
mod projection;
mod replay;
mod request;
mod resample;
mod shares;
pub mod trace;

pub use latency::{P50, P99, distribution, latency, observed, refusal};
pub use projection::{FasterFunction, ReplayError, ReplayModel, Successor, pickups, waking};
pub use replay::Queue;
pub use request::{Function, Part, Request, Requests};
pub use resample::Resamples;
pub use shares::{Shares, as_share, composition, shares};
