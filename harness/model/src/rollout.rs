//! The result of `rollout`: `rustworthy.rollout.v1`.
//!
//! Times are seconds, shares and rates plain factors, unknown is `null`.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Estimate;

/// Name and version of this format, the value of [`Rollout::schema`].
pub const SCHEMA: &str = "rustworthy.rollout.v1";

/// What switches in production have recorded, and what follows from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "rustworthy.rollout.v1")]
pub struct Rollout {
    /// Always `rustworthy.rollout.v1`.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// Confidence level of every interval, 0.95 for 95 %.
    pub confidence: f64,
    /// The rate of differences that a switch has to be below for sure to be promoted.
    pub bound: f64,
    /// Files that were read, one for each process and day.
    pub files: u64,
    /// Lines that aren't whole, or aren't lines of telemetry.
    pub skipped_lines: u64,
    /// Salts that digests were made with. Digests of different ones can't be compared: processes of several users make their own.
    #[serde(default)]
    pub salts: u64,
    /// By name.
    pub switches: Vec<Switch>,
}

/// What one switch has recorded, in all processes together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Switch {
    /// Its name.
    pub name: String,
    /// The Python original, `module:function`; `null` where it isn't known.
    pub function: Option<String>,
    /// Calls.
    pub calls: u64,
    /// Calls that the candidate was asked to answer.
    pub answered_by_rust: u64,
    /// Calls that both sides were given.
    pub shadowed: u64,
    /// Shadowed calls on which both sides agreed, or raised the same.
    pub equal: u64,
    /// Shadowed calls on which they didn't.
    pub different: u64,
    /// Shadowed calls whose results can't be compared.
    pub unchecked: u64,
    /// Calls on which the candidate raised, or didn't come back.
    pub failed: u64,
    /// Those of them on which the Python original raised the same.
    pub raised_alike: u64,
    /// Calls on which the candidate raised and that Python answered.
    pub fell_back: u64,
    /// Calls that ended by what is never swallowed, such as `KeyboardInterrupt` and the end of a task, while the candidate ran.
    #[serde(default)]
    pub passed: u64,
    /// Calls that were to be shadowed and weren't.
    pub unshadowed: Unshadowed,
    /// Processes that have ended in the candidate, one after another, without the report of a crash.
    #[serde(default)]
    pub ended_within: u64,
    /// Breakers that have opened, each once with how many processes it did.
    pub breakers: Vec<Breaker>,
    /// The first difference that was written down.
    pub first_difference: Option<Difference>,
    /// The first call and the last one; `null` where nothing was counted.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub first: Option<Timestamp>,
    /// As `first`.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub last: Option<Timestamp>,
    /// The rate of differences among calls; each end holds by itself, at all looks together.
    pub difference_rate: Estimate,
    /// How many times faster the candidate is than the original.
    pub speedup: Option<Estimate>,
    /// Which times the speedup is of.
    pub speedup_of: Option<TimesOf>,
    /// The 99th percentile of requests with the candidate over that of requests with the original, less 1.
    pub p99_change: Option<Estimate>,
    /// What is to be done.
    pub verdict: Verdict,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// Calls that were to be shadowed and weren't.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unshadowed {
    /// Their arguments or their result can't be copied.
    pub uncopyable: u64,
    /// It would have cost more than its budget.
    pub suspended: u64,
    /// The process was never idle, and too many waited for that.
    #[serde(default)]
    pub busy: u64,
    /// They change their arguments, though there are said to be no effects.
    pub impure: u64,
}

/// A breaker that has opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Breaker {
    /// Why.
    pub why: Trip,
    /// How often, in all processes together.
    pub times: u64,
}

/// Why a breaker opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trip {
    /// The candidate raised what the original didn't.
    Raised,
    /// A difference was seen while the candidate answered calls.
    Differed,
    /// A process died in the candidate.
    Died,
    /// The candidate doesn't come back.
    Hangs,
}

/// A difference between both sides, without values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// When it was seen.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// Where in the result; keys that may tell something are digests.
    pub path: String,
    /// What differs.
    pub why: String,
    /// A digest of the arguments, the same for the same arguments in the same folder.
    pub arguments: String,
}

/// Which times a speedup is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimesOf {
    /// Calls that either side has answered, drawn by lot.
    Answers,
    /// Calls that both sides were given. The side in the shadow shares the interpreter with the service, and looks slower.
    Shadow,
}

/// What is to be done about a switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Let the candidate answer more calls.
    Promote,
    /// It can't be told yet.
    KeepShadowing,
    /// Let Python answer all calls.
    RollBack,
}

/// Why a verdict is what it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Reason {
    /// Both sides have differed.
    Different {
        /// How often.
        calls: u64,
    },
    /// The candidate has raised what the original didn't.
    Failed {
        /// How often.
        calls: u64,
    },
    /// A process died in the candidate.
    Died,
    /// The candidate doesn't come back.
    Hangs,
    /// The candidate is slower for sure, where it answers calls.
    Slower,
    /// Requests have a higher 99th percentile for sure.
    TailWorse,
    /// No call was compared.
    NothingCompared,
    /// Too few calls were compared for the bound.
    TooFewCalls {
        /// How many more it takes without a difference.
        more: u64,
        /// How many days that is at the pace so far; `null` where it isn't known.
        days: Option<f64>,
    },
    /// Too many calls can't be copied or compared: differences among them aren't seen.
    Unseen {
        /// Their share of the calls that were to be compared.
        share: f64,
    },
    /// There are no times of both sides, or too few.
    SpeedupUnknown,
    /// The candidate may be no faster.
    MaybeNotFaster,
    /// All calls that were compared are equal, and the rate of differences is below the bound.
    Equal {
        /// How many were compared.
        calls: u64,
    },
    /// The candidate is faster for sure.
    Faster,
    /// No request is known by a span, so that the tail isn't known.
    TailUnknown,
    /// The 99th percentile of requests isn't higher for sure.
    TailNotWorse,
}
