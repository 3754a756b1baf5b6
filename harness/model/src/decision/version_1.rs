//! `rustworthy.decision.v1`: what earlier versions saved, and what `--json-version 1` still writes.
//!
//! It has the words of reasons, notes and plans alone. Its types stay as they are: what is new goes into the newest version.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Ceiling, FlipInput, FlipUnit, Goal, Note, PlanEnd, Reason, SensitiveInput, Source};
use crate::Estimate;
use crate::comparison::{self, Route};
use crate::environment::Environment;
use crate::run::Run;

/// Name and version of this format, the value of [`Decision::schema`].
pub const SCHEMA: &str = "rustworthy.decision.v1";

/// What to do with every hot function and workload, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "rustworthy.decision.v1")]
pub struct Decision {
    /// Always `rustworthy.decision.v1`.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// When and how it was made.
    pub run: Run,
    /// The machine and the interpreter that the newest of its sources was measured on.
    pub environment: Option<Environment>,
    /// What it goes by.
    pub terms: Terms,
    /// Workloads in the order of the manifest, then functions of scenarios that no workload stands for.
    pub candidates: Vec<Candidate>,
    /// What to do first, and after that: one for each scenario, then one for workloads that are in none.
    pub plans: Vec<Plan>,
    /// The runs that it comes from.
    pub sources: Vec<Source>,
    /// What a reader should know about the decision as a whole.
    pub notes: Vec<String>,
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
    /// Share of Rust's benefit with which a library or an algorithm is chosen in its place.
    pub enough: f64,
    /// Whether only routes into a process of their own were allowed.
    pub isolated: bool,
    /// Months within which a migration has to pay back; `null` without prices.
    pub horizon_months: Option<f64>,
    /// What prices are in; `null` without any.
    pub currency: Option<String>,
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
    /// Leave it as it is.
    Leave,
    /// It can't be determined from what was measured.
    Inconclusive,
}

/// A function or a workload, and what to do about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Candidate {
    /// Name of the workload; of a function that none stands for, `module:callable`.
    pub name: String,
    /// The workload; `null` where no workload stands for the function.
    pub workload: Option<String>,
    /// The function of the scenario; `null` where the workload stands for none.
    pub function: Option<String>,
    /// The scenario; `null` where it's in none that was attributed.
    pub scenario: Option<String>,
    /// What to do.
    pub verdict: Verdict,
    /// What to put in its place; `null` where it is left or nothing can be determined.
    pub contender: Option<String>,
    /// How Python reaches that.
    pub route: Option<Route>,
    /// Why, the most important reason first.
    pub reasons: Vec<String>,
    /// What would change the verdict.
    pub flips: Vec<Flip>,
    /// What would settle it, as a command; `null` where it's settled.
    pub command: Option<String>,
    /// Change of p99 with `considered`: -0.3 is 30 % lower.
    pub p99_change: Option<Estimate>,
    /// How many times as fast `considered` is, as the caller sees it.
    pub speedup: Option<Estimate>,
    /// What `considered` saves and costs; `null` without prices or a volume.
    pub cost: Option<Cost>,
    /// The contender that the figures are about: the one chosen, or the best where none is; `null` where none could be.
    pub considered: Option<String>,
    /// What it would come to if it took no time at all.
    pub ceiling: Ceiling,
    /// The next best contender.
    pub runner_up: Option<RunnerUp>,
}

/// What would change a verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Flip {
    /// What it would become.
    pub verdict: Verdict,
    /// What would have to change.
    pub input: FlipInput,
    /// Whether it would have to be above the value, or below it.
    pub above: bool,
    /// The value: calls or requests in a month, days, bytes or a size, a share of p99, or times as fast.
    pub value: f64,
    /// All of it in words.
    pub text: String,
}

/// What it saves and costs, in the currency of the terms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// Saving in a month; negative where it costs more.
    pub saving_per_month: Estimate,
    /// What the migration costs, once; `null` where the manifest doesn't say.
    pub migration: Option<f64>,
    /// Months until the saving has paid for the migration, 12,000 for never; `null` where the migration has no price.
    pub payback_months: Option<Estimate>,
    /// Which input matters most; `null` where there's no payback.
    pub sensitivity: Option<Sensitivity>,
}

/// The input that moves the payback most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sensitivity {
    /// The input, in words.
    pub input: String,
    /// Payback in months at the better end of what it may be.
    pub best_months: f64,
    /// Payback in months at the worse end.
    pub worst_months: f64,
    /// All of it in words.
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
    /// Code written in Rust for the purpose.
    Rust,
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
pub struct Plan {
    /// The scenario; `null` for workloads that are in none.
    pub scenario: Option<String>,
    /// p99 as it is in seconds.
    pub p99: Option<Estimate>,
    /// What to do, first things first.
    pub steps: Vec<Step>,
    /// Why it ends there.
    pub ended: String,
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

/// How far inputs that the manifest gives were moved for [`Sensitivity`].
const GIVEN: f64 = 0.25;

impl From<Decision> for super::Decision {
    fn from(decision: Decision) -> Self {
        Self {
            schema: super::SCHEMA.to_owned(),
            run: decision.run,
            environment: decision.environment,
            terms: decision.terms.into(),
            candidates: decision.candidates.into_iter().map(Into::into).collect(),
            plans: decision.plans.into_iter().map(Into::into).collect(),
            sources: decision.sources,
            production: None,
            notes: decision.notes.into_iter().map(|words| Note::Version1 { words }.into()).collect(),
        }
    }
}

impl From<Terms> for super::Terms {
    fn from(terms: Terms) -> Self {
        Self {
            goal: terms.goal,
            p99_target: terms.p99_target,
            p99_share: terms.p99_share,
            enough: terms.enough,
            isolated: terms.isolated,
            horizon_months: terms.horizon_months,
            currency: terms.currency,
        }
    }
}

impl From<Candidate> for super::Candidate {
    fn from(candidate: Candidate) -> Self {
        Self {
            name: candidate.name,
            workload: candidate.workload,
            function: candidate.function,
            scenario: candidate.scenario,
            size: None,
            manifest: None,
            verdict: candidate.verdict.into(),
            contender: candidate.contender,
            route: candidate.route,
            reasons: candidate.reasons.into_iter().map(|words| Reason::Version1 { words }.into()).collect(),
            flips: candidate.flips.iter().map(|flip| super::Flip::from(flip).into()).collect(),
            command: candidate.command,
            p99_change: candidate.p99_change,
            speedup: candidate.speedup,
            cost: candidate.cost.map(Into::into),
            considered: candidate.considered,
            ceiling: candidate.ceiling,
            runner_up: candidate.runner_up.map(Into::into),
        }
    }
}

impl From<Verdict> for super::Verdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Migrate => Self::Migrate,
            Verdict::UseLibrary => Self::UseLibrary,
            Verdict::FixAlgorithm => Self::FixAlgorithm,
            Verdict::Leave => Self::Leave,
            Verdict::Inconclusive => Self::Inconclusive,
        }
    }
}

impl From<&Flip> for super::Flip {
    fn from(flip: &Flip) -> Self {
        let Flip { verdict, input, above, value, text } = flip;
        // What the value is in stood in the words alone.
        let unit = match input {
            FlipInput::Volume if text.contains(" calls ") => FlipUnit::CallsPerMonth,
            FlipInput::Volume => FlipUnit::RequestsPerMonth,
            FlipInput::MigrationDays => FlipUnit::Days,
            FlipInput::Payload if text.contains(" payloads ") => FlipUnit::Bytes,
            FlipInput::Payload => FlipUnit::Size,
            FlipInput::ShareOfP99 => FlipUnit::Share,
            FlipInput::Speedup => FlipUnit::Factor,
        };
        Self { verdict: (*verdict).into(), input: *input, above: *above, value: *value, unit }
    }
}

impl From<Cost> for super::Cost {
    fn from(cost: Cost) -> Self {
        Self {
            saving_per_month: cost.saving_per_month,
            migration: cost.migration,
            payback_months: cost.payback_months,
            sensitivity: cost.sensitivity.map(|sensitivity| super::Sensitivity::from(sensitivity).into()),
        }
    }
}

impl From<Sensitivity> for super::Sensitivity {
    fn from(sensitivity: Sensitivity) -> Self {
        let input = match sensitivity.input.as_str() {
            "the time that there is to save" => SensitiveInput::Time,
            "calls a month" => SensitiveInput::CallsPerMonth { moved_by: GIVEN },
            "requests a month" => SensitiveInput::RequestsPerMonth { moved_by: GIVEN },
            "migration-days" => SensitiveInput::MigrationDays { moved_by: GIVEN },
            speedup => {
                let contender = speedup.strip_prefix("the speedup of ").unwrap_or(speedup);
                SensitiveInput::Speedup { contender: contender.to_owned() }
            }
        };
        Self { input, best_months: sensitivity.best_months, worst_months: sensitivity.worst_months }
    }
}

impl From<RunnerUp> for super::RunnerUp {
    fn from(runner_up: RunnerUp) -> Self {
        Self {
            contender: runner_up.contender,
            kind: match runner_up.kind {
                Kind::Python => comparison::Kind::Python,
                Kind::Library => comparison::Kind::Library,
                Kind::Algorithm => comparison::Kind::Algorithm,
                Kind::Rust => comparison::Kind::Rust,
            },
            route: runner_up.route,
            speedup: runner_up.speedup,
            p99_change: runner_up.p99_change,
            saving_per_month: runner_up.saving_per_month,
        }
    }
}

impl From<Plan> for super::Plan {
    fn from(plan: Plan) -> Self {
        Self {
            scenario: plan.scenario,
            p99: plan.p99,
            steps: plan.steps.into_iter().map(Into::into).collect(),
            ended: PlanEnd::Version1 { words: plan.ended }.into(),
        }
    }
}

impl From<Step> for super::Step {
    fn from(step: Step) -> Self {
        Self {
            name: step.name,
            verdict: step.verdict.into(),
            contender: step.contender,
            supposed: step.supposed,
            p99: step.p99,
            p99_change: step.p99_change,
            saving_per_month: step.saving_per_month,
            migration: step.migration,
            payback_months: step.payback_months,
        }
    }
}
