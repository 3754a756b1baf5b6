//! The result of `attribute`: `rustworthy.attribution.v1`.
//!
//! Times are seconds, shares plain factors (0.05 for 5 %), unknown is `null`.
//!
//! A share at a quantile is of the latency of the requests around it, from the planned arrival to the end, waiting included.
//! A function's time there is its exclusive time: time in it and in all that it calls, except in other functions listed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Estimate;
use crate::environment::Environment;
use crate::run::Run;

/// Name and version of this format, the value of [`Attribution::schema`].
pub const SCHEMA: &str = "rustworthy.attribution.v1";

/// Which functions make up the latency of a service, and what it becomes when they get faster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "rustworthy.attribution.v1")]
pub struct Attribution {
    /// Always `rustworthy.attribution.v1`.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// When and how it was made.
    pub run: Run,
    /// The machine and the interpreter; `null` of a trace, which was made elsewhere.
    pub environment: Option<Environment>,
    /// Name of the scenario, or the file or folder of the trace.
    pub scenario: String,
    /// How requests came in; `null` of a trace.
    pub load: Option<Load>,
    /// Requests that were measured, failed ones included.
    pub requests: u64,
    /// Requests whose handler raised, or whose spans tell an error. They count like the others.
    pub failed_requests: u64,
    /// What the first failed requests failed with, the most frequent first.
    pub failures: Vec<Failure>,
    /// Latency, from the planned arrival to the end, without instrumentation.
    pub latency: Latency,
    /// Why nothing is said about p99; `null` where the tail is thick enough.
    pub refused: Option<Refusal>,
    /// Share of the time that a server was busy, or one of the places for requests on an event loop was taken; `null` of a trace.
    pub utilization: Option<Estimate>,
    /// How much longer the median request took with the instrumentation than without, as a share (0.02 is 2 %);
    /// `null` of a trace.
    pub instrumentation_overhead: Option<Estimate>,
    /// Whether the replay of the queue gives what was observed.
    pub model: Model,
    /// Time between the planned arrival and the start, at which all servers were busy.
    pub waiting: Waiting,
    /// Functions, or operations of a trace, by their share of p99; then stretches that the service names itself, and rows for
    /// garbage collection and what remains.
    pub functions: Vec<Function>,
    /// Sets of functions made faster together: each adds the one that lowers p99 most.
    pub sets: Vec<Set>,
    /// The real migration beside its projection; `null` without one.
    pub migrated: Option<Migrated>,
    /// What a delay that was added did, beside its projection; `null` without one.
    pub injected: Option<Injected>,
    /// What the trace was made of; `null` of a scenario.
    pub trace: Option<Trace>,
    /// The distribution of latency, in classes of ascending latency.
    pub distribution: Vec<Class>,
    /// What latency is made of, from the fastest requests to the slowest.
    pub bands: Vec<Band>,
    /// What else one should know before believing the rest.
    pub notes: Vec<String>,
}

impl Attribution {
    /// The utilisation that was reached and the one that was asked for, where these are too far apart for latency to be that
    /// of the load that was asked for.
    pub fn missed_load(&self) -> Option<(Estimate, f64)> {
        let load = self.load.as_ref().filter(|load| load.is_reached == Some(false))?;
        self.utilization.zip(load.utilization)
    }
}

/// How requests came in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Load {
    /// `poisson`, `fixed` or `closed`.
    pub process: String,
    /// Requests per second that were planned; `null` where the next follows the answer.
    pub rate: Option<f64>,
    /// The utilisation that was asked for; `null` where a rate was, and where the next follows the answer.
    pub utilization: Option<f64>,
    /// Whether that was reached to within 0.05; `null` where none was asked for, and with a `concurrency` of more than 1.
    pub is_reached: Option<bool>,
    /// Servers, each of which handles one request at a time if `concurrency` is 1.
    pub servers: u32,
    /// Requests handled at the same time on one event loop.
    #[serde(default = "one_at_a_time")]
    pub concurrency: u32,
}

/// The concurrency of results that were saved before there was any.
fn one_at_a_time() -> u32 {
    1
}

/// What requests failed with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// Type and message.
    pub message: String,
    /// How many.
    pub requests: u64,
}

/// Percentiles of latency in seconds. One for which there are too few requests is `null`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Latency {
    /// The median.
    pub p50: Option<Estimate>,
    /// Nine of ten are faster.
    pub p90: Option<Estimate>,
    /// 99 of 100 are faster.
    pub p99: Option<Estimate>,
    /// 999 of 1,000 are faster.
    pub p999: Option<Estimate>,
    /// The slowest.
    pub max: f64,
}

/// Too few requests for what is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    /// Why.
    pub reason: String,
    /// How many requests would do; `null` where requests are not what is missing.
    pub requests_needed: Option<u64>,
}

/// Whether a first-come-first-served replay of the same arrivals and service times gives what was observed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// Projections are made with an accepted model alone.
    pub accepted: bool,
    /// Why not, or what the model is.
    pub reason: Option<String>,
    /// Replayed over observed median, less 1; `null` where there is nothing to replay.
    pub error_p50: Option<f64>,
    /// The same of p99.
    pub error_p99: Option<f64>,
}

/// Waiting for a free server, as a share of latency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Waiting {
    /// Of the requests around the median.
    pub share_of_p50: Option<Estimate>,
    /// Of those around p99.
    pub share_of_p99: Option<Estimate>,
    /// Of the slowest 1 %.
    pub share_of_top: Option<Estimate>,
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A function whose time is spent in the interpreter; of a trace, an operation.
    Python,
    /// A function whose time is spent in native code: no candidate for a rewrite.
    Native,
    /// A function of a service of which too few samples were taken to tell which of the two it is.
    Unknown,
    /// A stretch that the service names itself, with `rustworthy.span`. Its exclusive time is in none of the functions listed, and
    /// takes nothing from them; its inclusive time is all from its beginning to its end, what is awaited included.
    Span,
    /// Pauses for garbage collection.
    Gc,
    /// Time in which no task of a request runs: waiting for the event loop, for an executor, or for anything else that it awaits.
    Waiting,
    /// Time that isn't any function's: asleep, waiting for the GIL, or in functions that aren't listed.
    Unattributed,
}

/// A function, an operation, or what isn't either.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Function {
    /// `module:callable` of a function; a row that isn't one has its name in brackets, `(span parse)` of a stretch.
    pub name: String,
    /// Where it is defined.
    pub file: Option<String>,
    /// The line of its definition.
    pub line: Option<u32>,
    /// What it is.
    pub kind: Kind,
    /// Calls in a request, on average, of a stretch how often it begins; `null` of what isn't called.
    pub calls_per_request: Option<f64>,
    /// Exclusive time in it per request in seconds, on average.
    pub seconds_per_request: f64,
    /// Time in it and in all that it calls per request in seconds, on average, other functions listed included and pauses
    /// of the garbage collector left out; of a stretch with what is awaited.
    pub inclusive_per_request: f64,
    /// Seconds per request for which it and all that it calls were off the processor, asleep or waiting, for I/O or for the
    /// GIL; `null` of what isn't called. In a trace that of calls of another service (kind CLIENT), and `null` of what makes none:
    /// whether it waits for anything else isn't known.
    pub asleep_per_request: Option<f64>,
    /// The same as a share of the latency of requests around p99.
    pub asleep_share_of_p99: Option<Estimate>,
    /// In a trace, it's a call of another service (kind CLIENT) itself, so that its own time is spent waiting.
    #[serde(default)]
    pub waits: bool,
    /// Functions listed within whose calls alone it was called: nobody would call it without them.
    #[serde(default)]
    pub called_within: Vec<String>,
    /// Its share of the processor time of requests.
    pub cpu_share: Option<Estimate>,
    /// Its share of the latency of requests around the median (45th to 55th percentile).
    pub share_of_p50: Option<Estimate>,
    /// Its share of the latency of requests around p99 (98.5th to 99.5th percentile).
    pub share_of_p99: Option<Estimate>,
    /// The same with all that it calls, other functions listed included: what goes if it is replaced.
    pub inclusive_share_of_p99: Option<Estimate>,
    /// Its share of the latency of the slowest 1 %.
    pub share_of_top: Option<Estimate>,
    /// By how many seconds more it takes in a request of the slowest 1 % than in one around the median.
    pub excess: Option<Estimate>,
    /// Latency if it were so much faster; empty without an accepted model, and of what can't be made faster. What it calls
    /// takes as long as before, unless it's known what it would be [replaced](Self::is_replaced) by.
    pub what_if: Vec<WhatIf>,
}

impl Function {
    /// Whether it is a function, or an operation of a trace, rather than a row for the time of none.
    pub fn is_function(&self) -> bool {
        matches!(self.kind, Kind::Python | Kind::Native | Kind::Unknown)
    }

    /// Whether the speedup of what would stand in its place was measured: it then goes with all that it calls.
    pub fn is_replaced(&self) -> bool {
        self.what_if.iter().any(|what_if| what_if.speedup == Speedup::Named(NamedSpeedup::Measured))
    }

    /// Whether so much of its share of p99 is in other functions that it calls that the two are worth telling apart: a point.
    pub fn spends_in_others(&self) -> bool {
        let shares = self.inclusive_share_of_p99.zip(self.share_of_p99);
        shares.is_some_and(|(all, own)| all.estimate - own.estimate >= 0.01)
    }

    /// The share of p99 that goes if it takes no time.
    pub fn removable_share_of_p99(&self) -> Option<Estimate> {
        self.inclusive_share_of_p99.filter(|_| self.is_replaced()).or(self.share_of_p99)
    }

    /// Seconds of a processor per request that go if it takes no time.
    pub fn removable_per_request(&self) -> f64 {
        match self.is_replaced() {
            _ if self.waits => 0.0,
            true => (self.inclusive_per_request - self.asleep_per_request.unwrap_or(0.0)).max(0.0),
            // Sleep isn't part of the time that is its own.
            false => self.seconds_per_request,
        }
    }
}

/// By how much something is made faster.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Speedup {
    /// Times.
    Factor(f64),
    /// In words.
    Named(NamedSpeedup),
}

/// A speedup that isn't a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NamedSpeedup {
    /// What was measured of the workload that replaces it, drawn from its interval.
    Measured,
    /// It takes no time on the processor: its sleep, and other functions listed that it calls, take as long as before. One that is
    /// [replaced](Function::is_replaced) goes with all of that.
    Infinite,
}

/// Latency, with the same arrivals, if something were faster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WhatIf {
    /// How much faster.
    pub speedup: Speedup,
    /// Median latency in seconds.
    pub p50: Estimate,
    /// 90th percentile.
    pub p90: Estimate,
    /// 99th percentile.
    pub p99: Estimate,
    /// 99.9th percentile; `null` with too few requests.
    pub p999: Option<Estimate>,
    /// p99 over p99 as it is, less 1: -0.3 is 30 % lower.
    pub p99_change: Estimate,
    /// Share of the processor time of requests that is saved.
    pub cpu_saved: Estimate,
    /// By which factor the load could rise until p99 is what it is now; `null` where load isn't planned, or beyond what
    /// was tried.
    pub load: Option<f64>,
}

/// Functions made faster together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Set {
    /// Their names, in the order in which they were chosen.
    pub functions: Vec<String>,
    /// Latency with all of them at their measured speedups, or ten times faster where none was measured.
    pub what_if: WhatIf,
}

/// Projected latency beside measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Quantiles {
    /// Median latency in seconds.
    pub p50: Estimate,
    /// 99th percentile.
    pub p99: Estimate,
}

/// A real migration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Migrated {
    /// Functions that were replaced, `module:callable`.
    pub functions: Vec<String>,
    /// `equal` where all responses are; else what differs first.
    pub equivalence: String,
    /// Speedups of the functions within the service that the projection used, in the order of `functions`; `null` where
    /// one wasn't called.
    pub speedups: Vec<Option<Estimate>>,
    /// What the replay says; `null` without an accepted model.
    pub projected: Option<Quantiles>,
    /// What was measured; `null` where responses differ, and with too few requests.
    pub measured: Option<Quantiles>,
    /// Projected over measured median, less 1.
    pub error_p50: Option<f64>,
    /// The same of p99.
    pub error_p99: Option<f64>,
}

impl Migrated {
    /// Whether all responses are those of the service as it is, within tolerances where these are allowed.
    pub fn is_equal(&self) -> bool {
        self.equivalence.starts_with("equal")
    }
}

/// A delay that was added to every call of a function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Injected {
    /// The function.
    pub function: String,
    /// The delay of a call in seconds.
    pub delay: f64,
    /// Seconds that it adds to a request, on average: delay times calls.
    pub expected: f64,
    /// Seconds by which the function's exclusive time per request has grown.
    pub found: f64,
    /// What the replay says of the delay; `null` without an accepted model.
    pub projected: Option<Quantiles>,
    /// Latency as measured with it.
    pub measured: Quantiles,
    /// Projected over measured median, less 1.
    pub error_p50: Option<f64>,
    /// The same of p99.
    pub error_p99: Option<f64>,
}

/// What a trace was made of.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Trace {
    /// Formats that were read, `otlp`, `jaeger`, `chrome`.
    pub formats: Vec<String>,
    /// Spans, or events, that were read.
    pub spans: u64,
    /// Those whose parent isn't in the trace.
    pub orphans: u64,
    /// Those that were cut to the time of their parent.
    pub clamped: u64,
    /// Those that another clock has shifted so far that they lie outside their parent.
    pub skewed: u64,
    /// Files that hold nothing.
    #[serde(default)]
    pub empty_files: u64,
    /// Files, and messages in them, that end too early, of which what there is was used.
    #[serde(default)]
    pub truncated: u64,
    /// Traces that aren't whole, as whoever has exported them says: times of requests in them may lack calls.
    #[serde(default)]
    pub partial: u64,
    /// Traces that were left out, as was asked for, since they have more spans than the limit.
    #[serde(default)]
    pub left_out: u64,
    /// Whether requests stand for others that weren't kept.
    #[serde(default)]
    pub sampled: bool,
    /// What tells how many: `ot=th`, `SampleRate`, `sampler.param`, the attribute that was named, or `none` where that was asked
    /// for; `null` where nothing tells it.
    #[serde(default)]
    pub weights: Option<String>,
    /// How many requests they stand for together; `null` where that isn't known.
    #[serde(default)]
    pub represented_requests: Option<f64>,
    /// How many unsampled requests would tell as much (Kish, "Survey Sampling", 1965); `null` where that isn't known.
    #[serde(default)]
    pub effective_requests: Option<f64>,
}

/// Requests of about the same latency.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Class {
    /// From this latency in seconds on.
    pub from: f64,
    /// To below this.
    pub to: f64,
    /// How many requests.
    pub requests: u64,
}

/// What the latency of neighbouring requests is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Band {
    /// From this quantile, 0.5 for the median.
    pub from: f64,
    /// To this one.
    pub to: f64,
    /// How many requests.
    pub requests: u64,
    /// Their mean latency in seconds.
    pub latency: f64,
    /// The share of waiting.
    pub waiting: f64,
    /// Shares of the functions, in the order of [`Attribution::functions`]; those whose shares aren't known come last there
    /// and have none here.
    pub functions: Vec<f64>,
}
