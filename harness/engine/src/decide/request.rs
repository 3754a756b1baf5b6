//! What a decision is asked for.

use std::path::PathBuf;

use crate::compare::EffortRequest;
use crate::request::Common;

/// What to decide about, and on which terms.
#[derive(Debug, Clone)]
pub struct DecideRequest {
    /// Workloads, scenarios or functions; none for all.
    pub names: Vec<String>,
    /// Runs to decide from, even if the code has changed since; with any, nothing is measured.
    pub from: Vec<PathBuf>,
    /// Whether all of it is measured anew.
    pub fresh: bool,
    /// Share of Rust's benefit with which a library or an algorithm is chosen in its place.
    pub enough: Option<f64>,
    /// Whether only routes that run the code in a process of its own are considered.
    pub isolated: bool,
    /// Name of a size, or a number.
    pub size: Option<String>,
    /// Whether smaller sizes are measured too.
    pub sweep: bool,
    /// How much to measure.
    pub effort: EffortRequest,
    /// Folder for the files of the run, instead of a new one of the project's.
    pub out: Option<PathBuf>,
    /// The options that all measuring commands share.
    pub common: Common,
}
