//! The result of `decide`: `rustworthy.decision.v2`.
//!
//! Times are seconds, shares plain factors (0.05 for 5 %), months are months, unknown is `null`.
//!
//! What a decision says (reasons, notes, what would change a verdict) is data: a [`Statement`] has a code and the figures
//! that it is about. [`in_words`] turns a `Decision` into a `Decision<String>`, which has the sentences that a reader sees as
//! well; only that can be written as JSON.

mod reason;
pub mod version_1;

use schemars::JsonSchema;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::Estimate;
use crate::comparison::{Kind, Route};
use crate::environment::Environment;
use crate::rollout::Rollout;
use crate::run::Run;

pub use reason::{
    Gone, InProduction, MissingPrice, Note, Obstacle, P99Doubt, P99Threshold, Payback, PlanEnd, Reason, Saving, Speed,
};

/// Name and version of this format, the value of [`Decision::schema`].
pub const SCHEMA: &str = "rustworthy.decision.v2";

/// A payback that never comes, in months: JSON has no infinity.
pub const NEVER: f64 = 12_000.0;

/// Something that a decision says, as data and in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Stated{T}")]
pub struct Statement<T, W = Wordless> {
    /// What it says, with the figures that it is about.
    #[serde(flatten)]
    pub data: T,
    /// All of it in words.
    pub text: W,
}

impl<T> From<T> for Statement<T> {
    fn from(data: T) -> Self {
        Self { data, text: Wordless }
    }
}

/// Stands in the place of words. It can be read from any, but not written: words are made by [`in_words`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(from = "IgnoredAny")]
pub struct Wordless;

impl From<IgnoredAny> for Wordless {
    fn from(_: IgnoredAny) -> Self {
        Self
    }
}

/// What to do with every hot function and workload, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "rustworthy.decision.v2", rename = "Decision")]
pub struct Decision<W = Wordless> {
    /// Always `rustworthy.decision.v2`.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// When and how it was made.
    pub run: Run,
    /// The machine and the interpreter that the newest of its sources was measured on.
    pub environment: Option<Environment>,
    /// What it goes by.
    pub terms: Terms,
    /// Workloads in the order of the manifest, then functions of scenarios that no workload stands for.
    pub candidates: Vec<Candidate<W>>,
    /// What to do first, and after that: one for each scenario, then one for workloads that are in none.
    pub plans: Vec<Plan<W>>,
    /// The runs that it comes from.
    pub sources: Vec<Source>,
    /// What switches in production have recorded, where that was gone by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub production: Option<Rollout>,
    /// What a reader should know about the decision as a whole.
    pub notes: Vec<Statement<Note, W>>,
}

/// What a decision goes by beside measurements.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Terms {
    /// The benefit that counts.
    pub goal: Goal,
    /// The 99th percentile to reach in seconds; `null` where any that is lower by `p99_share` counts.
    pub p99_target: Option<f64>,
    /// Share by which p99 has to fall to count.
    pub p99_share: f64,
    /// Share of Rust's benefit with which something that isn't Rust is chosen in its place.
    pub enough: f64,
    /// Whether only routes into a process of their own were allowed.
    pub isolated: bool,
    /// Months within which a migration has to pay back; `null` without prices.
    pub horizon_months: Option<f64>,
    /// What prices are in; `null` without any.
    pub currency: Option<String>,
}

/// Which benefit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// A lower p99 or a payback.
    Any,
    /// p99 alone.
    P99,
    /// A payback alone.
    Cost,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Rewrite it in Rust.
    Migrate,
    /// Use a library that there is.
    UseLibrary,
    /// Compute it otherwise, in Python.
    FixAlgorithm,
    /// Compile the same source.
    Compile,
    /// Run it in another Python.
    UpgradePython,
    /// Leave it as it is.
    Leave,
    /// It can't be determined from what was measured.
    Inconclusive,
}

/// A function or a workload, and what to do about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Candidate")]
pub struct Candidate<W = Wordless> {
    /// Name of the workload; of a function that none stands for, `module:callable`.
    pub name: String,
    /// The workload; `null` where no workload stands for the function.
    pub workload: Option<String>,
    /// The function of the scenario; `null` where the workload stands for none.
    pub function: Option<String>,
    /// The scenario; `null` where it's in none that was attributed.
    pub scenario: Option<String>,
    /// The input that the workload's speedups and the prices of its calls are of: a call is one with an input of that size;
    /// absent where no workload was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<InputSize>,
    /// What to do.
    pub verdict: Verdict,
    /// What to put in its place; `null` where it is left or nothing can be determined.
    pub contender: Option<String>,
    /// How Python reaches that.
    pub route: Option<Route>,
    /// Why, the most important reason first.
    pub reasons: Vec<Statement<Reason, W>>,
    /// What would change the verdict.
    pub flips: Vec<Statement<Flip, W>>,
    /// What would settle it, as a command; `null` where it's settled, or where code has to change or the manifest to say more
    /// first.
    pub command: Option<String>,
    /// What the manifest lacks, as TOML to add to it: a workload that stands for the function, in which the input and a contender
    /// are left to name; absent where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    /// Change of p99 with `considered`: -0.3 is 30 % lower.
    pub p99_change: Option<Estimate>,
    /// How many times as fast `considered` is, as the caller sees it.
    pub speedup: Option<Estimate>,
    /// What `considered` saves and costs; `null` without prices or a volume.
    pub cost: Option<Cost<W>>,
    /// The contender that the figures are about: the one chosen, or the best where none is; `null` where none could be.
    pub considered: Option<String>,
    /// What it would come to with nothing left of what a speedup can save.
    pub ceiling: Ceiling,
    /// The next best contender.
    pub runner_up: Option<RunnerUp>,
}

/// The size of an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InputSize {
    /// The size handed to the input function.
    pub number: u64,
    /// Its name in the manifest; `null` where it has none.
    pub name: Option<String>,
}

/// What saving all of a function's time would come to: of its time on the processor, or where something was measured in its place
/// of all that it takes, sleep and what it calls included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ceiling {
    /// Change of p99; `null` where it isn't known.
    pub p99_change: Option<Estimate>,
    /// Saving in a month; `null` without prices or a volume.
    pub saving_per_month: Option<Estimate>,
}

/// What would change a verdict: one of its inputs above or below a value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Flip {
    /// What it would become.
    pub verdict: Verdict,
    /// What would have to change.
    pub input: FlipInput,
    /// Whether it would have to be above the value, or below it.
    pub above: bool,
    /// The value.
    pub value: f64,
    /// What the value is in.
    pub unit: FlipUnit,
}

/// What the value of a [`Flip`] is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlipUnit {
    /// Calls of a workload in a month.
    CallsPerMonth,
    /// Requests of a scenario in a month.
    RequestsPerMonth,
    /// Days of work.
    Days,
    /// Bytes of the input.
    Bytes,
    /// The size of the input as the manifest counts it.
    Size,
    /// A share of p99, 0.05 for 5 %.
    Share,
    /// Times as fast as the baseline.
    Factor,
}

/// What a verdict depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlipInput {
    /// Calls or requests in a month.
    Volume,
    /// Days that the migration takes.
    MigrationDays,
    /// Size of the input in bytes, or as the manifest counts it.
    Payload,
    /// The function's share of p99.
    ShareOfP99,
    /// Speedup of the best contender in Rust.
    Speedup,
}

/// What it saves and costs, in the currency of the terms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Cost")]
pub struct Cost<W = Wordless> {
    /// Saving in a month; negative where it costs more.
    pub saving_per_month: Estimate,
    /// What the migration costs, once; `null` where the manifest doesn't say.
    pub migration: Option<f64>,
    /// Months until the saving has paid for the migration, 12,000 for never; `null` where the migration has no price.
    pub payback_months: Option<Estimate>,
    /// Which input matters most; `null` where there's no payback.
    pub sensitivity: Option<Statement<Sensitivity, W>>,
}

/// The input that moves the payback most, and how far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sensitivity {
    /// The input.
    #[serde(flatten)]
    pub input: SensitiveInput,
    /// Payback in months at the better end of what it may be.
    pub best_months: f64,
    /// Payback in months at the worse end.
    pub worst_months: f64,
}

/// An input of a payback. Measured ones vary over their intervals; given ones are moved by a share either way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "input", rename_all = "snake_case")]
pub enum SensitiveInput {
    /// The speedup of a contender.
    Speedup {
        /// The contender.
        contender: String,
    },
    /// The time that there is to save.
    Time,
    /// Calls of the workload in a month.
    CallsPerMonth {
        /// The share, 0.25 for a quarter.
        moved_by: f64,
    },
    /// Requests of the scenario in a month.
    RequestsPerMonth {
        /// The share, 0.25 for a quarter.
        moved_by: f64,
    },
    /// Days that the migration takes.
    MigrationDays {
        /// The share, 0.25 for a quarter.
        moved_by: f64,
    },
}

/// The next best contender and its figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunnerUp {
    /// Its name.
    pub contender: String,
    /// What sort of solution it is.
    pub kind: Kind,
    /// How Python reaches it.
    pub route: Route,
    /// How many times as fast it is.
    pub speedup: Estimate,
    /// Change of p99 with it.
    pub p99_change: Option<Estimate>,
    /// Saving in a month with it.
    pub saving_per_month: Option<Estimate>,
}

/// An order of work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Plan")]
pub struct Plan<W = Wordless> {
    /// The scenario; `null` for workloads that are in none.
    pub scenario: Option<String>,
    /// p99 as it is in seconds.
    pub p99: Option<Estimate>,
    /// What to do, first things first.
    pub steps: Vec<Step>,
    /// Why it ends there.
    pub ended: Statement<PlanEnd, W>,
}

/// One thing to do, and what all up to it come to together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// The candidate.
    pub name: String,
    /// What to do about it.
    pub verdict: Verdict,
    /// What to put in its place.
    pub contender: Option<String>,
    /// Whether its speedup is a guess (10×), since none was measured.
    pub supposed: bool,
    /// p99 after this step in seconds, replayed with all steps so far; `null` where it wasn't replayed.
    pub p99: Option<Estimate>,
    /// Change of p99 against p99 as it is, with all steps so far.
    pub p99_change: Option<Estimate>,
    /// Saving in a month with all steps so far.
    pub saving_per_month: Option<Estimate>,
    /// What all steps so far cost, once.
    pub migration: Option<f64>,
    /// Months until all steps so far are paid back, 12,000 for never.
    pub payback_months: Option<Estimate>,
}

/// A run that a decision comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// Workloads and scenarios that were taken from it.
    pub of: Vec<String>,
    /// The run's id.
    pub run: String,
    /// When it began.
    pub started: String,
    /// How it came in.
    pub how: How,
}

/// How a run came to be part of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// Found: it is of the same code and inputs.
    Reused,
    /// Measured now, since there was none.
    Measured,
    /// Named by the user.
    Named,
}
