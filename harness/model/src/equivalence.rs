//! Whether a contender could be timed, and whether its output is that of the baseline.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a contender could be timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Timed.
    Measured,
    /// It raised, crashed, or broke a limit.
    Failed,
    /// One of its calls took longer than allowed.
    TimedOut,
    /// Not run, because of something else that went wrong or an interruption.
    Skipped,
}

/// Whether a contender's output is the baseline's on the same input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Equivalence {
    /// The finding.
    pub status: EquivalenceStatus,
    /// The first difference, or why nothing could be checked.
    pub detail: Option<String>,
    /// The manifest's own word (`differs`) on why this contender isn't equivalent, where it has one.
    pub expected: Option<String>,
}

/// The finding of an equivalence check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EquivalenceStatus {
    /// This is the baseline that the others are held against.
    Baseline,
    /// The same output.
    Equal,
    /// The same output within the tolerances of the manifest, but not exactly.
    WithinTolerance,
    /// Another output, a changed input, or one that varies from call to call.
    Different,
    /// Not known.
    Unchecked,
}
