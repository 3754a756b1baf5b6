//! What a decision says, as data: a code each, and the figures that it is about.
//!
//! Names of fields carry their units. A share is a plain factor, 0.05 for 5 %.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Estimate;
use crate::comparison::Route;
use crate::rollout;

/// Why a verdict is what it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Reason {
    /// p99 is within its goal as it is.
    GoalMet {
        /// p99 as it is.
        p99_seconds: Estimate,
        /// What it has to be.
        goal_seconds: f64,
    },
    /// The function spends its time in native code already.
    AlreadyNative,
    /// It slept or waited for so much of a request that this counts, and no rewrite shortens that.
    Asleep {
        /// Seconds of a request for which it and all that it calls were off the processor, on average.
        seconds_per_request: f64,
        /// The share of p99; `null` where that isn't known.
        share_of_p99: Option<Estimate>,
        /// Whether it's a call of another service, as the spans of a trace say, and so does nothing else.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        waits: bool,
    },
    /// The largest change of p99 that any speedup could bring.
    P99Ceiling {
        /// What of it would be gone; absent in runs of earlier versions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gone: Option<Gone>,
        /// The change, -0.3 for 30 % lower.
        change: Estimate,
        /// What would count.
        threshold: P99Threshold,
    },
    /// The largest saving that any speedup could bring.
    SavingCeiling(Saving),
    /// No contender is left that could be chosen.
    NoneLeft,
    /// No contender is faster than the baseline.
    NoneFaster {
        /// The fastest ones.
        fastest: Vec<Speed>,
    },
    /// How fast the considered contender is, with equal output.
    Speed {
        /// The contender.
        contender: String,
        /// How Python reaches it.
        route: Route,
        /// How many times as fast as the baseline it is, as the caller sees it.
        speedup: Estimate,
        /// The baseline.
        baseline: String,
    },
    /// What the considered contender does to p99.
    P99Effect {
        /// p99 as it is.
        p99_seconds: Estimate,
        /// p99 with the contender.
        after_seconds: Estimate,
        /// The change, -0.3 for 30 % lower.
        change: Estimate,
        /// What would count.
        threshold: P99Threshold,
    },
    /// p99 reaches its goal together with the other steps of the plan.
    P99WithPlan {
        /// p99 with all of them.
        p99_seconds: Estimate,
        /// What it has to be.
        goal_seconds: f64,
    },
    /// What the considered contender saves.
    Saving(Saving),
    /// The verdict goes by speed alone: neither a scenario nor prices tell what that is worth.
    SpeedAlone,
    /// The best contender that isn't Rust brings too little of what Rust does.
    WithoutRust {
        /// The contender.
        contender: String,
        /// How Python reaches it.
        route: Route,
        /// Its share of Rust's benefit.
        share: Estimate,
        /// The share that would be enough.
        enough: f64,
    },
    /// The contender that was chosen brings enough of what the best Rust does.
    ShareOfRust {
        /// The best contender in Rust, where it is the next best of all.
        rust: Option<Speed>,
        /// The chosen contender's share of its benefit.
        share: Estimate,
        /// The share that is enough.
        enough: f64,
    },
    /// The baseline's output differs from itself, or can't be compared.
    BaselineUnstable {
        /// The first difference, or why it can't be compared; `null` where that isn't known.
        difference: Option<String>,
    },
    /// The baseline couldn't be measured.
    BaselineFailed {
        /// Whether it is in the run at all.
        is_in_run: bool,
        /// The first line of its error; `null` where it had none.
        error: Option<String>,
    },
    /// No workload stands for the function.
    NoWorkload,
    /// A workload stands for the function, but it hasn't been measured.
    WorkloadNotMeasured {
        /// The workload.
        workload: String,
    },
    /// Only a kernel was measured, which nobody can call.
    KernelOnly {
        /// The fastest kernel.
        kernel: String,
    },
    /// The workload has no contender.
    NoContender {
        /// Whether `try` looked for some, and found nothing that is surely faster.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        tried: bool,
    },
    /// Too few requests lie in the tail to tell of p99.
    TailTooThin {
        /// Requests that were attributed.
        requests: u64,
        /// How many would do; `null` where that isn't known.
        requests_needed: Option<u64>,
        /// How the attribution puts it.
        detail: String,
    },
    /// The model of the queue doesn't give what was observed, so p99 can't be projected.
    ModelRejected {
        /// How the attribution puts it; `null` where it doesn't.
        detail: Option<String>,
    },
    /// The function isn't among those that were watched.
    NotWatched {
        /// The function.
        function: String,
        /// The scenario that was attributed; `null` where several might have the function, or none.
        scenario: Option<String>,
    },
    /// What becomes of p99 was projected for other operations of a trace alone, whose shares are larger.
    NotProjected {
        /// Its share; `null` where that isn't known.
        share_of_p99: Option<Estimate>,
    },
    /// No span of a trace is a call of the function.
    NotInTrace {
        /// The function.
        function: String,
        /// What the attribution of the trace is called.
        trace: String,
    },
    /// The goal is a payback, and prices or a volume are missing.
    GoalWithoutPrices,
    /// The goal is a p99, and no scenario that was attributed has the function.
    GoalWithoutScenario,
    /// What was measured of p99 is spoiled, so that nothing is decided by it.
    P99Doubtful {
        /// By what.
        doubt: P99Doubt,
    },
    /// The interval of p99 reaches over what would count.
    P99TooWide {
        /// The change with the considered contender, -0.3 for 30 % lower.
        change: Estimate,
        /// What would count.
        threshold: P99Threshold,
    },
    /// The interval of the payback reaches over the horizon.
    PaybackTooWide {
        /// Months until the saving has paid for the migration, 12,000 for never.
        payback_months: Estimate,
        /// Months within which it would have to.
        horizon_months: f64,
    },
    /// The interval of a speedup is too wide to tell.
    SpeedTooWide {
        /// The contender.
        contender: String,
        /// How Python reaches it.
        route: Route,
        /// How many times as fast as the baseline it is.
        speedup: Estimate,
    },
    /// Whether enough of Rust's benefit is had without Rust can't be determined.
    ShareOfRustTooWide {
        /// The contender that isn't Rust.
        contender: String,
        /// How Python reaches it.
        route: Route,
        /// Its share of Rust's benefit.
        share: Estimate,
        /// The share that would be enough.
        enough: f64,
    },
    /// A contender might be chosen, were it not for this: it decides.
    Blocked {
        /// The contender.
        contender: String,
        /// How Python reaches it.
        route: Route,
        /// What stands in the way.
        obstacle: Obstacle,
    },
    /// A contender couldn't be chosen, which decides nothing.
    NotChosen {
        /// The contender.
        contender: String,
        /// How Python reaches it.
        route: Route,
        /// What stands in the way.
        obstacle: Obstacle,
    },
    /// The function's share of p99.
    ShareOfP99 {
        /// The share.
        share: Estimate,
        /// Whether it holds what the function calls.
        with_callees: bool,
        /// Whether others wait in the queue behind it, so that its effect is larger than its share.
        others_wait: bool,
    },
    /// What makes p99 where the function doesn't.
    P99MadeBy {
        /// Its row in the attribution, `(garbage collection)`; `null` for waiting in the queue.
        row: Option<String>,
        /// Its share of p99.
        share: Estimate,
    },
    /// What no Rust can exceed that reads all of its argument, by what crossing the boundary costs.
    BoundaryCeiling {
        /// The type of the argument.
        argument: String,
        /// The type of the result.
        result: String,
        /// The largest speedup that there can be.
        speedup: Estimate,
        /// The change of p99 with the far end of that, -0.3 for 30 % lower; `null` where p99 isn't known.
        p99_change: Option<Estimate>,
    },
    /// What a switch has recorded of the function in production.
    InProduction(InProduction),
    /// A kernel is faster than all that can be called.
    KernelFaster {
        /// The kernel.
        kernel: String,
        /// How many times as fast as the baseline it is, without its boundary.
        speedup: Estimate,
    },
    /// p99 with the contender lies between speedups that were replayed.
    P99Interpolated {
        /// The contender.
        contender: String,
    },
    /// A reason of a run that was saved in version 1, which kept the words alone.
    Version1 {
        /// All of it in words.
        words: String,
    },
}

/// What a switch has recorded of a function in production.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InProduction {
    /// The switch.
    pub switch: String,
    /// Calls that it has counted.
    pub calls: u64,
    /// Calls in a month at that pace; `null` where it has counted for less than a day.
    pub calls_per_month: Option<f64>,
    /// Calls on which both sides were compared.
    pub compared: u64,
    /// The rate of differences among calls.
    pub difference_rate: Estimate,
    /// How many times faster the candidate is than the original there; `null` where that isn't known.
    pub speedup: Option<Estimate>,
    /// What `rollout` makes of it.
    pub verdict: rollout::Verdict,
}

/// What of a function is gone where it is supposed to be infinitely fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Gone {
    /// It and all that it calls, sleep included: what would stand in its place is known.
    Everything,
    /// Its time on the processor. Its sleep, and other functions listed that it calls, are as before.
    ProcessorTime,
    /// The time of an operation of a trace but for that of other operations that it calls.
    OwnTime,
}

/// What spoils a p99 that was measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum P99Doubt {
    /// It is that of another load than was asked for.
    LoadMissed {
        /// The utilisation that was reached.
        utilization: Estimate,
        /// The one that was asked for.
        asked: f64,
    },
    /// The function slept for a share of it that counts, and was replayed with that sleep, which a contender may do without.
    Asleep {
        /// The share; `null` where that isn't known.
        share_of_p99: Option<Estimate>,
    },
    /// Its own interval is wider than half of it either way.
    IntervalTooWide {
        /// p99 as it is.
        p99_seconds: Estimate,
    },
}

/// Which p99 would count as a benefit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum P99Threshold {
    /// One within a goal.
    GoalSeconds(f64),
    /// One that is lower by a share of itself.
    LowerByShare(f64),
}

/// What less time saves, and when that has paid for a migration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Saving {
    /// Saving in a month; negative where it costs more.
    pub saving_per_month: Estimate,
    /// What prices are in.
    pub currency: String,
    /// When it pays; `null` where the migration has no price.
    pub payback: Option<Payback>,
}

/// A price against savings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Payback {
    /// What the migration costs, once.
    pub migration: f64,
    /// Months until the saving has paid for it, 12,000 for never.
    pub months: Estimate,
    /// Months within which it has to.
    pub horizon_months: f64,
}

/// How fast a contender is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Speed {
    /// The contender.
    pub contender: String,
    /// How Python reaches it.
    pub route: Route,
    /// How many times as fast as the baseline it is, as the caller sees it.
    pub speedup: Estimate,
}

/// Why a contender can't be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Obstacle {
    /// It failed.
    Failed {
        /// The first line of its error; `null` where it had none.
        error: Option<String>,
    },
    /// A call took longer than allowed.
    TimedOut,
    /// It wasn't measured.
    NotMeasured,
    /// Its output isn't the baseline's.
    Different {
        /// The first difference, or why it can't be compared; `null` where that isn't known.
        difference: Option<String>,
    },
    /// Its output couldn't be checked.
    Unchecked {
        /// Why not; `null` where that isn't known.
        detail: Option<String>,
    },
    /// It was timed too few times for a speedup.
    TooFewSamples,
    /// The embedded Python isn't as fast as the executable that users run, so a speedup would be wrong.
    Embedding {
        /// Time of a control loop in the embedded interpreter over its time in the plain executable.
        embedded_over_executable: Estimate,
    },
    /// It remembers results from call to call: only repeats were timed, which a caller with inputs of his own never makes.
    Remembers {
        /// How many times as long as its repeats the first call on an input took.
        first_over_repeat: f64,
    },
    /// What a switch has recorded in production says to roll Rust back.
    RolledBack {
        /// The switch.
        switch: String,
        /// Why, as `rollout` has it.
        reason: rollout::Reason,
        /// Where the first difference is; `null` where none was seen.
        difference: Option<String>,
    },
    /// It has no process of its own, which was asked for.
    NotIsolated,
    /// At the rate of the scenario it would need more processors than there are.
    TooBusy {
        /// What it would need, as a share of all processors.
        processors_share: Estimate,
    },
}

/// What a reader should know about a decision as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Note {
    /// Which numbers would allow a price.
    PricesMissing {
        /// What is missing.
        missing: Vec<MissingPrice>,
    },
    /// A scenario of the manifest isn't part of the decision.
    ScenarioNotAttributed {
        /// The scenario.
        scenario: String,
        /// What attributes it, as a command; absent in runs of earlier versions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        command: Option<String>,
    },
    /// A run that the decision goes by is incomplete.
    RunIncomplete {
        /// Its id.
        run: String,
    },
    /// What left verdicts open was measured again, once.
    MeasuredAgain {
        /// What, and how much of it.
        what: Vec<String>,
    },
    /// A scenario failed; what was measured of it counts.
    ScenarioFailed {
        /// The scenario.
        scenario: String,
    },
    /// A scenario was measured at another load than was asked for.
    LoadMissed {
        /// The scenario.
        scenario: String,
        /// The utilisation that was reached.
        utilization: Estimate,
        /// The one that was asked for.
        asked: f64,
    },
    /// Requests of a scenario failed. They count like the others.
    RequestsFailed {
        /// The scenario.
        scenario: String,
        /// How many failed.
        failed: u64,
        /// How many there were.
        requests: u64,
    },
    /// What an attribution says of how it was measured.
    AttributionNote {
        /// The scenario.
        scenario: String,
        /// How the attribution puts it.
        detail: String,
    },
    /// p99 of traces was projected without a queue, since they don't tell what waited for what.
    NoQueueInTrace {
        /// The traces.
        trace: String,
    },
    /// Workloads that weren't measured, since the user has named the runs to go by.
    NotMeasured {
        /// The workloads.
        workloads: Vec<String>,
    },
    /// A switch in production stands for a function that nothing here is about.
    SwitchUnknown {
        /// The switch.
        switch: String,
        /// The function; `null` where that isn't known.
        function: Option<String>,
    },
    /// A note of a run that was saved in version 1, which kept the words alone.
    Version1 {
        /// All of it in words.
        words: String,
    },
}

/// A number of the manifest without which nothing has a price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum MissingPrice {
    /// All of `[cost]`.
    Cost,
    /// The price of a migration, in `[cost]`.
    Migration,
    /// The volume of scenarios, in `[cost]`.
    RequestsPerMonth,
    /// The volume of workloads that are in no scenario.
    CallsPerMonth {
        /// The workloads.
        workloads: Vec<String>,
    },
}

/// Why an order of work ends where it does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum PlanEnd {
    /// Every step stands by itself: workloads outside of scenarios have no queue in common.
    NoCommonQueue,
    /// The next step isn't among the candidates that were asked for.
    NextNotAsked,
    /// The next step is to be left as it is.
    NextIsLeft {
        /// The candidate.
        candidate: String,
    },
    /// The next step lowers p99 too little and doesn't pay by itself.
    NextNoLongerPays {
        /// The candidate.
        candidate: String,
        /// How much lower p99 would be, as a share of what it is before the step.
        lower_by: Estimate,
    },
    /// p99 is within its goal here.
    GoalReached,
    /// There is no joint plan, since the model of the queue was rejected.
    ModelRejected,
    /// Nothing is worth doing.
    NothingWorthDoing,
    /// No further step lowers p99 or pays by itself.
    NothingFurther,
    /// The end of a plan of a run that was saved in version 1, which kept the words alone.
    Version1 {
        /// All of it in words.
        words: String,
    },
}
