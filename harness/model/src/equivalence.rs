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
    /// A wider `equal` under which outputs that differ would be equal; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Hint>,
    /// The file of a test that fails on a small call that differs, where calls were recorded; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
}

/// How outputs that differ would be equal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hint {
    /// What the manifest would have to say as `equal`: `value`, or tolerances as it writes them.
    pub equal: String,
    /// What that doesn't count as a difference.
    pub because: String,
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
