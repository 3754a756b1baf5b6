//! The result of `compare`: `rustworthy.comparison.v1`.
//!
//! Times are seconds, sizes are bytes, unknown is `null`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Estimate;
use crate::environment::Environment;
use crate::equivalence::{Equivalence, Status};
use crate::run::Run;
use crate::sweep::Sweep;
use crate::tried::Tried;

/// Name and version of this format, the value of [`Comparison::schema`].
pub const SCHEMA: &str = "rustworthy.comparison.v1";

/// Everything that one run of `compare` found out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "rustworthy.comparison.v1")]
pub struct Comparison {
    /// Always `rustworthy.comparison.v1`.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// When and how the run was made.
    pub run: Run,
    /// The machine and the interpreter that it was made on.
    pub environment: Environment,
    /// The workloads in the order of the manifest.
    pub workloads: Vec<Workload>,
}

/// One workload with all its contenders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Workload {
    /// Name in the manifest.
    pub name: String,
    /// One line about what is computed.
    pub description: Option<String>,
    /// The size handed to the input function.
    pub size: u64,
    /// Name of that size in the manifest, where it has one.
    pub size_name: Option<String>,
    /// The input that all contenders got.
    pub input: Input,
    /// Name of the baseline contender.
    pub baseline: String,
    /// Why measuring ended.
    pub stopped: Stopped,
    /// What makes outputs no measure of each other: a baseline that isn't stable, or a check that failed; absent where nothing
    /// does, or the manifest expects it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What a reader should know about the workload as a whole.
    pub warnings: Vec<String>,
    /// The contenders in the order of the manifest.
    pub contenders: Vec<Contender>,
    /// Published figures held against the measurement.
    pub claims: Vec<Claim>,
    /// The same at other sizes; absent where no sweep was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<Sweep>,
    /// What `try` found beside times; absent in other runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried: Option<Tried>,
}

/// Why the measuring of a workload ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    /// Every interval is as narrow as was asked.
    Precision,
    /// The budget of time, or of rounds, ran out first.
    Budget,
    /// Interrupted by the user.
    Interrupted,
    /// Nothing could be timed.
    Failed,
}

/// The input that all contenders of a workload got.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Input {
    /// Digest of the value (not of its pickled form), hexadecimal; `null` when making it failed.
    pub sha256: Option<String>,
    /// Size by the manifest's `bytes` function; `null` without one.
    pub bytes: Option<u64>,
}

/// One contender.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Contender {
    /// Name in the manifest.
    pub name: String,
    /// What sort of solution it is.
    pub kind: Kind,
    /// How Python reaches it.
    pub route: Route,
    /// The Python that it runs in, where the manifest names one of its own; absent where it doesn't, and where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interpreter: Option<Interpreter>,
    /// Whether it could be timed.
    pub status: Status,
    /// What went wrong, when something did.
    pub error: Option<String>,
    /// Whether its output is the baseline's.
    pub equivalence: Equivalence,
    /// Wall time of one call for a caller who has the processor to himself.
    pub seconds: Option<Estimate>,
    /// How it was timed beside the others; absent where it wasn't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<Scheme>,
    /// Processor time in seconds that the system's kernel uses in a call, such as to provide memory; absent where nothing was
    /// timed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_seconds: Option<f64>,
    /// Pages of memory in a call that are touched for the first time and have to be provided; absent where nothing was timed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_faults: Option<f64>,
    /// Processor time over wall time: above 1 it used several processors, well below 1 it waited.
    pub cpu_over_wall: Option<f64>,
    /// Times of single calls, as `seconds`.
    pub latency: Option<Latency>,
    /// Peak resident memory of a fresh process that holds one input and makes one call, interpreter included.
    pub peak_memory_bytes: Option<u64>,
    /// Time of the baseline over time of this contender; `null` for the baseline, wherever outputs are not known to be equal, and
    /// where it's withheld.
    pub speedup: Option<Estimate>,
    /// Why an equal contender that was timed has no speedup; absent where it has one, or outputs forbid it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speedup_withheld: Option<Withheld>,
    /// Timed blocks of calls.
    pub samples: u64,
    /// Fresh processes that they come from.
    pub processes: u64,
    /// Whether the interval is as narrow as was asked.
    pub converged: bool,
    /// Why it was left out of later rounds, so that their time went to others; absent where it took part to the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<Settled>,
    /// Input bytes per second, where the manifest says how many bytes an input has.
    pub throughput: Option<Throughput>,
    /// How its samples spread; absent where nothing was timed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution: Option<Distribution>,
    /// Its code, from what Python calls to what that calls in turn, as far as it's known; absent where it isn't.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// That it seems to remember results from call to call, so that only repeats were timed; absent where it doesn't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remembers: Option<Remembers>,
    /// What a reader should know before believing the row.
    pub warnings: Vec<String>,
}

/// A Python that a contender has to itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Interpreter {
    /// Version, `3.13.0`.
    pub version: String,
    /// The executable, in the environment that it was run in.
    pub executable: String,
    /// Whether it is a free-threaded build.
    pub free_threaded: bool,
}

/// What tells that results are remembered from call to call.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Remembers {
    /// How many times as long as its repeats the first call on an input took.
    pub first_over_repeat: f64,
    /// Whether that was its very first call, with what it imports, for want of another input to try.
    pub with_imports: bool,
}

/// Why a speedup is withheld though outputs are equal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Withheld {
    /// The embedded Python isn't as fast as the executable that users run, so a speedup over it would be wrong.
    Embedding {
        /// Time of a control loop in the embedded interpreter over its time in the plain executable.
        embedded_over_executable: Estimate,
    },
}

/// Why a contender needs no more rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Settled {
    /// Its interval is as narrow as was asked.
    Precise,
    /// It is slower than the baseline for certain.
    Slower,
    /// Another contender of the same kind and route is faster for certain.
    Beaten,
    /// It has no speedup, and its time is known well enough.
    NotCompared,
}

/// How a contender was timed beside the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// In turns on one processor that may end in the middle of a call: by its processor time, since it needs nothing else.
    Turns,
    /// In whole calls, alternating with the baseline's turns: by wall time without the time that others had the processor,
    /// since it needs several processors, or waits for something else.
    WholeCalls,
}

/// How samples spread: how many lie in each of so many classes of equal width.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Distribution {
    /// Where the first class begins, in seconds of a call: the fastest sample.
    pub low: f64,
    /// Where the last class ends, in seconds of a call: the slowest sample, unless that lies far from the others.
    pub high: f64,
    /// Samples in each class.
    pub counts: Vec<u64>,
    /// Samples beyond the last class.
    pub beyond: u64,
    /// The slowest sample, in seconds of a call.
    pub slowest: f64,
}

/// A piece of a contender's code, as it was when it was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// The file, relative to the project where it lies in it.
    pub file: String,
    /// Number of its first line in the file.
    pub line: u64,
    /// The code, cut where it's long.
    pub text: String,
}

/// What sort of solution a contender is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Plain Python.
    Python,
    /// An existing library called from Python.
    Library,
    /// A better algorithm, still in Python.
    Algorithm,
    /// The same source, compiled.
    Compiler,
    /// The same source in another Python.
    Interpreter,
    /// Code written in Rust for the purpose.
    Rust,
}

/// How Python reaches a contender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// A plain call in the same interpreter.
    InProcess,
    /// A native extension module.
    Pyo3,
    /// A child process.
    Subprocess,
    /// A service over HTTP.
    Http,
    /// A service over gRPC.
    Grpc,
    /// Native code timed without any Python boundary: nobody can call it at this price.
    Kernel,
}

impl Route {
    /// Whether a service answers, which runs beside its callers and works while they wait.
    pub fn is_service(self) -> bool {
        match self {
            Self::Http | Self::Grpc => true,
            Self::InProcess | Self::Pyo3 | Self::Subprocess | Self::Kernel => false,
        }
    }

    /// Whether it leads into a process of its own, whose end isn't that of its caller.
    pub fn is_isolated(self) -> bool {
        match self {
            Self::Subprocess | Self::Http | Self::Grpc => true,
            Self::InProcess | Self::Pyo3 | Self::Kernel => false,
        }
    }
}

/// Wall times of single calls in seconds, from a histogram with three significant digits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Latency {
    /// Calls that were timed one by one.
    pub count: u64,
    /// Median.
    pub p50: f64,
    /// 90th percentile.
    pub p90: f64,
    /// 99th percentile; `null` below 100 calls, where it would only repeat the maximum.
    pub p99: Option<f64>,
    /// The slowest call.
    pub max: f64,
}

/// A rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Throughput {
    /// What is counted, `bytes`.
    pub unit: String,
    /// How many of them in a second.
    pub per_second: f64,
}

/// A published figure held against the measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Claim {
    /// Where it was published.
    pub source: String,
    /// The contender that it is about.
    pub contender: String,
    /// The contender that it is held against: the baseline, unless the manifest names another.
    pub against: String,
    /// What was published of them.
    pub quantity: Quantity,
    /// The published figures.
    pub published: Published,
    /// The size of the input that the claim is about; `null` where it's meant for any.
    pub size: Option<u64>,
    /// Time of `against` over that of the contender as published; `null` for other quantities.
    pub claimed_speedup: Option<f64>,
    /// The speedup found here; `null` for other quantities.
    pub measured_speedup: Option<Estimate>,
    /// Peak memory of `against` over that of the contender as found here; `null` for other quantities.
    pub measured_memory_ratio: Option<Estimate>,
    /// What the claim is worth.
    pub verdict: ClaimVerdict,
    /// Why it can't be compared; `null` where it can.
    pub reason: Option<String>,
}

impl Claim {
    /// The ratio that was published, of whatever quantity.
    pub fn claimed(&self) -> f64 {
        self.published.against / self.published.contender
    }

    /// The ratio that was found here, of the same quantity.
    pub fn measured(&self) -> Option<Estimate> {
        match self.quantity {
            Quantity::Time => self.measured_speedup,
            Quantity::PeakMemory => self.measured_memory_ratio,
        }
    }
}

/// What a claim is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// Wall time of a call.
    Time,
    /// Peak resident memory of the process.
    PeakMemory,
}

/// Two published figures, in seconds or bytes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Published {
    /// That of the contender that the claim is held against.
    pub against: f64,
    /// That of the contender that the claim is about.
    pub contender: f64,
}

/// What a claim is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClaimVerdict {
    /// The claimed ratio lies within the measured interval, or within a fifth of it.
    Reproduced,
    /// The whole measured interval lies above the claim, by more than a fifth.
    Exceeded,
    /// The whole measured interval lies below the claim, by more than a fifth.
    NotReproduced,
    /// There is no measured ratio to hold it against, it was measured at another size than the claim is about, or its
    /// interval is too wide to confirm anything.
    NotComparable,
}
