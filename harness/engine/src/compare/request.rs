//! What a comparison is asked for.

use std::path::PathBuf;
use std::time::Duration;

use crate::plan::WorkloadSelection;
use crate::request::Common;

/// What to compare, and how much to measure.
#[derive(Debug, Clone)]
pub struct CompareRequest {
    /// Which workloads, contenders and sizes.
    pub selection: WorkloadSelection,
    /// Whether smaller sizes are measured too.
    pub sweep: bool,
    /// How much to measure.
    pub effort: EffortRequest,
    /// Folder for the files of the run, instead of a new one of the project's.
    pub out: Option<PathBuf>,
    /// Whether to go on with the newest run.
    pub resume: bool,
    /// The options that all measuring commands share.
    pub common: Common,
}

impl CompareRequest {
    /// Compares the workloads of these names, or `all`, of the project in a folder, with everything else as usual.
    pub fn new(folder: impl Into<PathBuf>, workloads: &[&str]) -> Self {
        let workloads = workloads.iter().map(|&name| name.to_owned()).collect();
        Self {
            selection: WorkloadSelection { workloads, ..WorkloadSelection::default() },
            sweep: false,
            effort: EffortRequest::default(),
            out: None,
            resume: false,
            common: Common::of(folder.into()),
        }
    }
}

/// How much to measure.
#[derive(Debug, Clone, Copy, Default)]
pub struct EffortRequest {
    /// Small inputs, few rounds, 10 % precision.
    pub quick: bool,
    /// Wanted half width of intervals as a share of their estimate.
    pub precision: Option<f64>,
    /// Time for each workload.
    pub budget: Option<Duration>,
}
