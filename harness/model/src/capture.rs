//! Recorded calls of one function: `rustworthy.capture.v1`, the `capture.json` of a capture's folder.
//!
//! Unknown is `null`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Name and version of this format, the value of [`Capture::schema`].
pub const SCHEMA: &str = "rustworthy.capture.v1";

/// What was recorded of a function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "rustworthy.capture.v1")]
pub struct Capture {
    /// Always `rustworthy.capture.v1`.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// Name of the capture and of its folder, as `input = "capture:NAME"` has it.
    pub name: String,
    /// The function, `module:callable`.
    pub function: String,
    /// Version of the Python that ran the program.
    pub python: String,
    /// Calls that were made, those that couldn't be recorded included; of calls within one another the outermost alone.
    pub calls: u64,
    /// Calls that were kept, the lines of `calls.jsonl`.
    pub kept: u64,
    /// Size of `calls.jsonl` and of what stands in `objects/`.
    pub bytes: u64,
    /// Secrets that were taken out of the calls that were kept.
    pub redacted: u64,
    /// Calls that couldn't be recorded.
    pub unrecordable: Vec<Unrecordable>,
    /// Start of the program.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub started: Timestamp,
    /// End of the program.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub finished: Timestamp,
    /// Processes in which it was called.
    pub processes: u64,
    /// Calls that were kept because each is the slowest, the largest, or the only one with its type of exception. They stand for
    /// themselves alone; the others were drawn by chance.
    pub chosen: u64,
    /// Of the calls kept, those that were taken down once they were over, because nothing had told before that they would be
    /// worth it. Their arguments are as the call has left them.
    pub late: u64,
    /// Items that are read of what a generator function gives; absent where those aren't recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub streams: Option<u64>,
    /// Of the calls kept, those whose streams have given more than was taken down: more than that many items, or whoever read them wanted no
    /// more.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cut_off: u64,
    /// Whether every call was timed. Otherwise the slowest call is that of those that were looked at.
    pub all_timed: bool,
    /// Whether the room for calls ran out, so that later ones had no chance to be kept.
    pub full: bool,
    /// Whether it is a coroutine function.
    pub is_async: bool,
    /// Whether making the calls again may run any code, and so takes `--trust-pickles`: some values are pickled, or made by
    /// recipes.
    pub pickled: bool,
    /// What has values made anew that can't be written down, `module:callable`, by their path or type; absent where nothing has.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub recipes: BTreeMap<String, String>,
    /// Types of what went on holding the function itself, so that calls through it were not seen. Functions in Python have none.
    pub held_by: Vec<String>,
    /// What recording has cost.
    pub overhead: Overhead,
    /// What making the calls again has shown; `null` where that wasn't done.
    pub purity: Option<Purity>,
    /// Why the calls weren't made again; `null` where they were.
    pub unreplayed: Option<String>,
    /// A workload for the manifest that has the calls as its input, in TOML.
    pub workload: String,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Calls that couldn't be recorded, for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unrecordable {
    /// Path of a value, and its type.
    pub why: String,
    /// How many calls.
    pub count: u64,
}

/// What recording has cost the program.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Overhead {
    /// Share of the processor time of the processes in which the function was called; `null` where they have used too little of it to tell.
    pub share: Option<f64>,
    /// Time for looking at one call, the median, in seconds.
    pub seconds: f64,
}

/// What making the calls again has shown, twice in other processes with other hash seeds, the second time in reverse.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Purity {
    /// Calls that were made again both times.
    pub replayed: u64,
    /// Whether both times every call had the same end.
    pub stable: bool,
    /// The first difference between the two; `null` where there is none.
    pub difference: Option<Difference>,
    /// Calls that ended otherwise than in the program, those with redacted arguments apart.
    pub otherwise: u64,
    /// Calls with redacted arguments that took another way than in the program, as far as their ends and times show it.
    pub redacted_otherwise: u64,
    /// Whether some calls change their arguments.
    pub mutates: bool,
    /// What the calls read beside their arguments: `clock`, `random numbers`, `files`, `environment`, `addresses of objects`.
    pub reads: Vec<String>,
    /// What the calls do beside returning something: `writes files`, `uses the network`, … What others would notice was not done again.
    pub effects: Vec<String>,
    /// The `equal` that suits the outputs, as a manifest has it; `null` where none is known that does.
    pub equal: Option<String>,
}

impl Purity {
    /// Whether nothing but the arguments decides what comes of a call, and nothing else comes of it.
    pub fn is_pure(&self) -> bool {
        self.stable && self.otherwise == 0 && !self.mutates && self.reads.is_empty() && self.effects.is_empty()
    }
}

/// Where two ends of the same call differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// Number of the call, the line of `calls.jsonl`.
    pub call: u64,
    /// Path within its end, `result.total`.
    pub path: String,
}
