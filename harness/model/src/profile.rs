//! The result of `profile`: `rustworthy.profile.v1`, and the stacks that it was made from.
//!
//! Unknown is `null`. A share is of the samples in which a thread was at work, unless waiting is shown too.

mod stacks;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Estimate;
use crate::run::Run;

pub use stacks::{Frame, Kind, Sample, Stacks, Wait};

/// Name and version of this format, the value of [`Profile::schema`].
pub const SCHEMA: &str = "rustworthy.profile.v1";

/// What stands in place of a file for the Python code that loads a worker into the user's Python. Its frames, the outermost of
/// all, aren't shown.
pub const HOSTING_FILE: &str = "<rustworthy>";

/// Where the time of a target goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "rustworthy.profile.v1")]
pub struct Profile {
    /// Always `rustworthy.profile.v1`.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// When and how it was made.
    pub run: Run,
    /// The target, and after it the one that it's held against, if there is one.
    pub targets: Vec<Target>,
}

/// One target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// What was profiled: `csv-apply:python`, a command, or a process.
    pub name: String,
    /// The first part of the names of its files in the run folder: a flame graph `.svg`, `.folded` and `.speedscope.json`.
    pub files: String,
    /// Version of its Python, `3.11`; `null` where only native code was looked at.
    pub python: Option<String>,
    /// Wall time in seconds for which it was sampled.
    pub seconds: f64,
    /// Samples a second that were asked for.
    pub rate: f64,
    /// What became of the samples.
    pub samples: Samples,
    /// What the true share may be of that of which 1 % of the samples at work were seen, were they independent: how fine
    /// shares can be found. `null` without such samples.
    pub one_percent: Option<Estimate>,
    /// Wall time of a call in seconds while it was sampled; `null` of a target that isn't called by us.
    pub seconds_per_call: Option<f64>,
    /// How the target ended, if it did: its exit code, or 128 and the number of the signal.
    pub exit_code: Option<i32>,
    /// Threads that were seen, busiest first.
    pub threads: Vec<Thread>,
    /// Shares of what the innermost code was; those that were never seen are left out.
    pub kinds: Vec<KindShare>,
    /// Functions by their own share.
    pub functions: Vec<Function>,
    /// What else one should know before believing the rest.
    pub notes: Vec<String>,
}

/// What became of the samples. A sample looks at every thread.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Samples {
    /// Moments at which the target was looked at.
    pub taken: u64,
    /// Those of which nothing came, since what was read made no sense.
    pub failed: u64,
    /// Moments that were missed, since the sampler or the machine was too slow.
    pub late: u64,
    /// Stacks of threads at work.
    pub active: u64,
    /// Stacks of threads that waited.
    pub waiting: u64,
    /// Stacks whose native frames end before the outermost.
    pub truncated: u64,
    /// Stacks of which the native and the Python frames don't quite match: which Python function is at work is right, which
    /// native frames lie between Python frames may not be.
    pub mismatched: u64,
}

/// A thread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Thread {
    /// Its name, or its number.
    pub name: String,
    /// Stacks of it at work.
    pub active: u64,
    /// Stacks of it waiting.
    pub waiting: u64,
}

/// A share of the samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KindShare {
    /// What the innermost code was.
    pub kind: Kind,
    /// Which library, or what was waited for; `null` where the kind says all.
    pub detail: Option<String>,
    /// Share of the samples. Waiting is counted against all samples, the others against those at work.
    pub share: Estimate,
}

/// A function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Its file, or its library.
    pub file: Option<String>,
    /// The line of its definition; where it's native, the one at which it was first seen.
    pub line: Option<u32>,
    /// What it is.
    pub kind: Kind,
    /// Share of the samples in which it was the innermost function shown.
    pub self_share: Estimate,
    /// Share of the samples in which it was anywhere on the stack; recursion counts once.
    pub total_share: Estimate,
}
