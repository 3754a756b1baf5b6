//! Latency if functions were faster: the same arrivals, through the same queue, with less to do.
//!
//! Data flows one way: requests → [`jobs`] of a queue → [`model`], which replays them → [`what_if`] → [`sets`]; or, of traces, requests →
//! [`paths`].

mod faster;
mod jobs;
mod model;
mod paths;
mod sets;
#[cfg(test)]
mod tests;
mod what_if;

pub use faster::{FasterFunction, Successor};
pub use jobs::{pickups, waking};
pub use model::{ReplayError, ReplayModel};
pub use paths::{Case, PathModel};
