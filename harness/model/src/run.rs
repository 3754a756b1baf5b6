//! When and how a result was made.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// When and how a run was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Name of the run and of its folder.
    pub id: String,
    /// Start of the run.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub started: Timestamp,
    /// End of the run; `null` while it goes on or when it was killed.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub finished: Option<Timestamp>,
    /// The command that makes this run again.
    pub command: Vec<String>,
    /// Seed of inputs, orders and resampling.
    pub seed: u64,
    /// Confidence level of every interval in the result, 0.95 for 95 %.
    pub confidence: f64,
    /// Whether everything that was asked for was measured; `false` after an interruption.
    pub complete: bool,
}
