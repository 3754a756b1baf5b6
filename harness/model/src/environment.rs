//! The machine, the interpreter and the program that a result is of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Estimate;

/// An embedded interpreter whose time strays further than this share from the executable's gets a warning.
pub const EMBEDDING_TOLERANCE: f64 = 0.05;

/// One whose whole interval strays further than this withholds speedups between Python and anything else.
pub const EMBEDDING_LIMIT: f64 = 0.1;

/// The machine and the interpreter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Environment {
    /// Model name of the processor.
    pub cpu: String,
    /// Logical processors that the run was allowed to use.
    pub cores: usize,
    /// Physical memory in bytes.
    pub memory_bytes: u64,
    /// Name and version of the operating system and its kernel.
    pub os: String,
    /// Frequency governor of the processors; `null` where the system shows none, as in most virtual machines.
    pub governor: Option<String>,
    /// The interpreter that workers run.
    pub python: Python,
    /// The measuring program itself.
    pub rustworthy: Rustworthy,
    /// What of the machine spoils measurements, as [`doctor`](crate::doctor) finds it; absent where nothing does, or where
    /// that wasn't looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spoiling: Vec<String>,
    /// What the last A/A test of this program on this machine could tell apart; absent where none was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<Noise>,
}

/// What runs the Python of workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PythonHost {
    /// The worker embeds it.
    #[default]
    Embedded,
    /// The user's executable does, and loads the worker.
    Python,
}

/// The interpreter that workers run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Python {
    /// Version, `3.11.7`; of a free-threaded one `3.14.4t`.
    pub version: String,
    /// What runs it: `embedded`, by the worker, or `python`, by its own executable. Absent in results from before there was a choice,
    /// which are of embedded ones.
    #[serde(default)]
    pub host: PythonHost,
    /// The executable whose environment it has.
    pub executable: String,
    /// The library file that is mapped into the workers; `null` when Python is linked statically.
    pub libpython: Option<String>,
    /// `null` where the executable itself runs. Time of a control loop in the embedded interpreter over its time in the plain executable.
    /// Above 1 the embedding is slower than what users run, which would flatter every speedup.
    pub embedded_over_executable: Option<Estimate>,
}

/// The measuring program itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rustworthy {
    /// Version of the program.
    pub version: String,
    /// Commit that it was built from; `null` when built outside a checkout.
    pub commit: Option<String>,
    /// Cargo profile and optimisation level, `dev (opt-level 3)`.
    pub profile: String,
}

/// What can be distinguished on this machine, found by comparing things with themselves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Noise {
    /// Wall time in seconds that one comparison takes.
    pub seconds_per_benchmark: f64,
    /// The smallest slowdown that such a comparison finds, by what is slowed down.
    pub detectable: Detectable,
    /// The probability of an alarm in one comparison though nothing has changed, at most.
    pub false_alarm_rate: f64,
    /// Comparisons of things with themselves that were made.
    pub comparisons: u64,
    /// How many of them raised an alarm.
    pub alarms: u64,
    /// Whether both sides were worktrees of the project's git repository with environments of their own, as a gate's are;
    /// elsewhere they shared one folder and one environment.
    #[serde(default)]
    pub worktrees: bool,
}

/// The smallest slowdown that is found, as a share: 0.021 is 2.1 %. `null` where too little was measured to tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Detectable {
    /// Of a Python function.
    pub python: Option<Estimate>,
    /// Of a Rust kernel.
    pub rust: Option<Estimate>,
}
