//! What was read of files.

use rustworthy_model::attribution::Trace;

use super::groups::Grouped;
use super::profile::Profile;
use super::sampling::Sampling;
use super::spans::Skipped;
use super::traced::TracedRequests;
use crate::request::Function;

/// What files hold.
#[expect(clippy::large_enum_variant, reason = "there is one of these at a time")]
#[derive(Debug)]
pub enum Imported {
    /// Requests of traces.
    Requests {
        /// In the order of their start, in seconds since the first.
        requests: TracedRequests,
        /// What they were made of.
        trace: Trace,
        /// How they were sampled, as far as that is told.
        sampling: Sampling,
        /// Names that were taken for one operation, the largest group first.
        grouped: Vec<Grouped>,
        /// Spans that are part of no request, and why.
        skipped: Vec<Skipped>,
        /// Operations of which no span is in a request, though spans of them were read that belong to some: what share they
        /// have isn't known.
        unplaced: Vec<Function>,
    },
    /// A profile, which has shares of samples for functions, and no requests.
    Profile(Profile),
}
