//! What was found in some of the traces: their requests, in whole nanoseconds, and what else there is to tell.
//!
//! Several of them together are what one would be that has all of the traces. So nothing in them depends on the order in which
//! spans were read, and what needs all of them is decided in [`Portion::finish`] alone: the order of requests and of
//! operations, which names have their service before them, whether there is a request at all.

mod counters;
mod finish;
mod requests;
mod told;

pub(super) use counters::{Counters, Sampled};
pub(super) use finish::with_service;
pub(super) use requests::{OperationName, PartRow, RequestRow, RequestRows};
pub(super) use told::Told;

use super::options::Limits;

/// What was found in some of the traces.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Portion {
    pub(super) requests: RequestRows,
    /// Ids of traces without a request, where it matters which traces there were.
    pub(super) without_request: Vec<u128>,
    pub(super) counters: Counters,
}

impl Portion {
    /// Adds what was found in other traces.
    ///
    /// # Errors
    /// When that makes too many requests, with the limit.
    pub(super) fn merge(&mut self, other: Self, limits: &Limits) -> Result<(), String> {
        self.requests.merge(other.requests, limits)?;
        self.without_request.extend(other.without_request);
        self.counters.merge(other.counters);
        Ok(())
    }
}
