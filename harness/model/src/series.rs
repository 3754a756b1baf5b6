//! What was timed of one contender, process by process: what the formats of other tools hold.

use crate::Estimate;

/// What was timed of one contender, by process.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Name of the workload.
    pub workload: String,
    /// Name of the contender.
    pub contender: String,
    /// Wall time of one call; `None` where there was too little data for an interval.
    pub seconds: Option<Estimate>,
    /// Seconds per call of the blocks that each fresh process timed, in the order of time.
    pub processes: Vec<Vec<f64>>,
}

impl Series {
    /// The name by which other tools know it, `workload/contender`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.workload, self.contender)
    }
}
