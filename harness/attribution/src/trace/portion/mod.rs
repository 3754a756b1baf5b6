//! What was found in some of the traces: their requests, in whole nanoseconds, and what else there is to tell.
//!
//! Several of them together are what one would be that has all of the traces. So nothing in them depends on the order in which
//! spans were read, and what needs all of them is decided in [`finish()`] alone: the order of requests and of
//! operations, which names have their service before them, whether there is a request at all.

mod counters;
mod finish;
mod requests;
mod spool;
mod told;

pub(super) use counters::{Counters, Sampled};
pub(super) use finish::{finish, with_service};
pub(super) use requests::{OperationName, PartRow, RequestRow, RequestRows};
pub(super) use spool::{RowFile, SettledRows, Spool};
pub(super) use told::Told;

/// What was found in some of the traces.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Portion {
    pub(super) requests: RequestRows,
    /// Ids of traces without a request, where it matters which traces there were.
    pub(super) without_request: Vec<u128>,
    pub(super) counters: Counters,
}
