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
    /// What is compared of every benchmark: how long calls take, or how many instructions they execute.
    #[serde(default)]
    pub metric: GateMetric,
    /// What counted the instructions; `null` where calls were timed.
    #[serde(default)]
    pub counted_by: Option<CountedBy>,
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

/// What a gate compares.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateMetric {
    /// Time, and with it what else is gated of timed calls.
    #[default]
    Time,
    /// Instructions of the calling thread in user space, and nothing else.
    Instructions,
}

/// What counts instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountedBy {
    /// A counter of the processor.
    Hardware,
    /// Callgrind, which runs the code on a processor that it imitates.
    Callgrind,
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
    /// The new side over the old one, less 1: 0.05 is 5 % slower, or 5 % more memory or instructions.
    pub change: Option<Estimate>,
    /// The change beyond which the benchmark has regressed, or below whose negative it has improved.
    pub fail_over: f64,
    /// The old side: seconds per call, bytes, or instructions per call.
    pub old: Option<Estimate>,
    /// The new side: seconds per call, bytes, or instructions per call.
    pub new: Option<Estimate>,
    /// The change by a fresh measurement of its own, made where the first one called for a verdict of regressed or improved.
    pub confirmation: Option<Estimate>,
    /// Rounds of fresh processes on either side, those of the confirmation included.
    pub rounds: u64,
    /// Why there is no change to tell, or why it isn't believed.
    pub problem: Option<Problem>,
    /// The counts, one of fresh processes of either side for each seed; empty where calls were timed.
    #[serde(default)]
    pub counts: Vec<Count>,
    /// What the figures don't see of this benchmark.
    #[serde(default)]
    pub remarks: Vec<String>,
}

/// What was counted of one process of either side. Both had the same seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Count {
    /// Seed of Python's string hashes and of the layout in memory.
    pub hash_seed: u32,
    /// Calls that were counted of either side.
    pub calls: u64,
    /// Instructions of all of these calls of the old side.
    pub old: u64,
    /// Instructions of all of these calls of the new side.
    pub new: u64,
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
    /// Instructions that the calling thread executes in user space in a call.
    Instructions,
}

/// What came of one benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BenchmarkVerdict {
    /// The interval of its change lies within the tolerated change on both sides of zero.
    Unchanged,
    /// Slower, or more of it: the interval lies beyond zero, the estimate beyond the tolerated change, and a fresh
    /// measurement agrees. Of instructions it means more of them.
    Regressed,
    /// Faster, or less of it, by the same rule. Fewer instructions needn't be faster.
    Improved,
    /// It can't be determined.
    Inconclusive,
    /// The old side doesn't have it.
    New,
    /// The new side doesn't have it.
    Missing,
    /// It isn't compared, since its instructions are those of another process.
    Skipped,
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
    /// What it does is done by other threads or processes, whose instructions aren't counted.
    NotCounted,
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
