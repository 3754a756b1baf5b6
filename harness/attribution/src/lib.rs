//! Which functions make up the latency of requests, and what it becomes when they get faster.
//!
//! Pure functions of requests, wherever those come from: a scenario that was measured, or [traces](trace) of production, which are
//! read here. There may be more of them than fit into memory, so that statistics go through a [`RequestSource`] as often as they
//! must. [`shares()`] are those of the latency around quantiles; a [`ReplayModel`] replays the queue of a scenario with less to
//! do, a [`PathModel`] the paths of traces. Intervals are of [`Resamples`], blocks of requests that count again.

mod latency;
mod projection;
mod ranked;
mod ranks;
mod replay;
mod request;
mod resample;
mod shares;
mod source;
pub mod trace;

pub use latency::{P50, P99, distribution, latency, observed, refusal};
pub use projection::{Case, FasterFunction, PathModel, ReplayError, ReplayModel, Successor, pickups, waking};
pub use ranked::{Ranked, Summary};
pub use replay::Queue;
pub use request::{Function, FunctionTotal, Part, Request, Requests, totals};
pub use resample::Resamples;
pub use shares::{Shares, as_share, composition, shares};
pub use source::RequestSource;
