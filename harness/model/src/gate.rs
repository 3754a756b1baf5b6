//! The result of `gate`: `rustworthy.gate.v1`.
//!
//! Times are seconds, sizes are bytes, unknown is `null`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Estimate;
use crate::environment::Environment;
use crate::run::Run;

/// Name and version of this format, the value of [`Gate::schema`].
pub const SCHEMA: &str = "rustworthy.gate.v1";

/// Everything that one run of `gate` found out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "rustworthy.gate.v1")]
pub struct Gate {
    /// Always `rustworthy.gate.v1`.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// When and how the run was made.
    pub run: Run,
    /// The machine and the interpreter; `null` where files were compared that others had measured.
    pub environment: Option<Environment>,
    /// What the new side is held against.
    pub old: Side,
    /// What is gated.
    pub new: Side,
    /// What came of it.
    pub verdict: Verdict,
    /// The probability that at least one benchmark of the whole suite is called regressed or improved though nothing has
    /// changed, at most.
    pub false_alarm_rate: f64,
    /// In the order of the manifest; one for each metric that is gated.
    pub benchmarks: Vec<Benchmark>,
    /// What a reader should know about the run as a whole.
    pub warnings: Vec<String>,
}

/// One side of a gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Side {
    /// Where its times come from.
    pub origin: Origin,
    /// Its name, as the user gave it.
    pub name: String,
    /// The commit that was measured; `null` where that isn't known. A working tree has the one that it builds on.
    pub commit: Option<String>,
    /// Whether files differ from that commit.
    pub modified: bool,
}

/// Where the times of a side come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A revision, checked out and measured in this run.
    Revision,
    /// The project as it stands, measured in this run.
    WorkingTree,
    /// A saved run.
    Run,
    /// A file of another tool.
    Import,
}

/// What came of a gate as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// No benchmark has regressed, and every one that could be compared was.
    Pass,
    /// At least one has regressed.
    Regressed,
    /// None has regressed as far as can be determined, but of at least one it can't be determined.
    Inconclusive,
}

/// One metric of one contender of one workload, on both sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Benchmark {
    /// Name of the workload.
    pub workload: String,
    /// Name of the contender.
    pub contender: String,
    /// What is compared.
    pub metric: Metric,
    /// What came of it.
    pub verdict: BenchmarkVerdict,
    /// The new side over the old one, less 1: 0.05 is 5 % slower, or 5 % more memory.
    pub change: Option<Estimate>,
    /// The change beyond which the benchmark has regressed, or below whose negative it has improved.
    pub fail_over: f64,
    /// The old side: seconds per call, or bytes.
    pub old: Option<Estimate>,
    /// The new side: seconds per call, or bytes.
    pub new: Option<Estimate>,
    /// The change by a fresh measurement of its own, made where the first one called for a verdict of regressed or improved.
    pub confirmation: Option<Estimate>,
    /// Rounds of fresh processes on either side, those of the confirmation included.
    pub rounds: u64,
    /// Why there is no change to tell, or why it isn't believed.
    pub problem: Option<Problem>,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Wall time of a call.
    Time,
    /// 99th percentile of the wall times of single calls.
    P99,
    /// Peak resident memory of a process that makes one call.
    PeakMemory,
}

/// What came of one benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BenchmarkVerdict {
    /// The interval of its change lies within the tolerated change on both sides of zero.
    Unchanged,
    /// Slower: the interval lies beyond zero, the estimate beyond the tolerated change, and a fresh measurement agrees.
    Regressed,
    /// Faster, by the same rule.
    Improved,
    /// It can't be determined.
    Inconclusive,
    /// The old side doesn't have it.
    New,
    /// The new side doesn't have it.
    Missing,
}

/// Why a benchmark has no change to tell, or why it isn't believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// What sort of problem it is.
    pub kind: ProblemKind,
    /// What exactly is wrong, in words.
    pub detail: String,
}

/// Problems that keep two sides from being compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// It fails on the old side.
    FailedOld,
    /// It fails on the new side.
    FailedNew,
    /// It fails on both sides.
    FailedBoth,
    /// Its output isn't what it was.
    OutputChanged,
    /// The input that it is measured on isn't what it was.
    InputChanged,
    /// A side has run code that isn't its own, the caller's or what both share, or has read such a file.
    ForeignCode,
    /// The control, code that is the same on both sides, has moved: the machine is another.
    ControlMoved,
    /// There is too little data for this metric.
    TooLittleData,
    /// The interruption came first.
    Interrupted,
}

impl ProblemKind {
    /// Whether code went wrong, rather than the measuring of it.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::FailedOld | Self::FailedNew | Self::FailedBoth | Self::OutputChanged)
    }
}
