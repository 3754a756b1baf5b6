//! What the engine asks of a worker, and what a worker answers.

use std::path::PathBuf;
use std::time::Duration;

use rustworthy_model::comparison::Source;
use serde::{Deserialize, Serialize};

use crate::mode::Mode;
use crate::scenario::{OpenRequest, Opened, ServeRequest, Served};

/// Of these messages, raised with every change that the other side would misunderstand: the old side of a gate may be
/// measured by the program of its own time.
pub const VERSION: u32 = 3;

/// What the harness asks of a worker.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request {
    /// Start the interpreter.
    Start(StartRequest),
    /// Look up callables without calling them.
    Find(Vec<Lookup>),
    /// Make the input.
    Make(MakeRequest),
    /// Import or prepare the code of a contender.
    Import(Callable),
    /// Load copies of the input.
    Load(LoadRequest),
    /// Load requests and an application that answers them.
    Open(OpenRequest),
    /// Answer requests as they come.
    Serve(ServeRequest),
    /// Make one call and keep its output.
    Call,
    /// Judge the output that was kept.
    Judge(Judging),
    /// Find out how long a call takes, from calls of that duration together.
    Calibrate(Duration),
    /// Call it on an input of another size and seed.
    CallOther(LoadRequest),
    /// Time so many calls.
    Time {
        /// How many.
        calls: u64,
        /// Whether to read the clock after every single call.
        each: bool,
    },
    /// Time the control loop once, in seconds.
    Control {
        /// Iterations of the loop.
        iterations: u64,
    },
    /// End.
    Stop,
}

/// A worker's answer, of the kind that the request asks for.
#[derive(Debug, Serialize, Deserialize)]
pub enum Reply {
    /// The interpreter has started.
    Ready(Ready),
    /// What was found of each callable.
    Found(Vec<Found>),
    /// The input was made.
    Made(Made),
    /// The code was imported.
    Imported,
    /// The input was loaded.
    Loaded,
    /// The application is ready.
    Opened(Opened),
    /// Requests were answered.
    Served(Served),
    /// The call was made.
    Called(Called),
    /// What comparing came to.
    Judged(Verdict),
    /// How long calls take.
    Calibrated(Calibrated),
    /// The calls on the other input.
    CalledOther(OtherCalls),
    /// The block was timed.
    Timed(Timed),
    /// Seconds that the control loop took.
    Control(f64),
    /// The request failed, but the worker lives.
    Failed(String),
}

/// How to start the interpreter.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StartRequest {
    /// The executable whose environment is embedded.
    pub executable: PathBuf,
    /// Folders that go first on `sys.path`.
    pub python_path: Vec<PathBuf>,
    /// Seed of Python's string hashes.
    pub hash_seed: u32,
}

/// An interpreter that has started.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ready {
    /// Process that embeds the interpreter.
    pub pid: u32,
    /// Version, `3.11.7`.
    pub version: String,
    /// The library file that is mapped; `None` when Python is linked statically.
    pub libpython: Option<PathBuf>,
}

/// A callable to look up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Lookup {
    /// Dotted module name.
    pub module: String,
    /// Dotted attribute.
    pub callable: String,
}

impl std::fmt::Display for Lookup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.module, self.callable)
    }
}

/// What a look-up found.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub enum Found {
    /// It exists and can be called; its code, where it has any.
    Callable(Option<Source>),
    /// There is no such module.
    NoModule,
    /// The module has no such name; these are the callables that it has.
    NoName(Vec<String>),
    /// The name is there but can't be called; the type that it has.
    NotCallable(String),
    /// The module exists, but importing it fails: its contender's own failure, for later.
    Unknown,
}

/// What a contender calls, as a worker needs to know it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Callable {
    /// A Python function.
    Python(Lookup),
    /// A Rust function without a Python boundary.
    Kernel(String),
}

/// How to make the input of a workload.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MakeRequest {
    /// `callable(size, seed)`.
    pub input: Lookup,
    /// `callable(input) -> int`.
    pub bytes: Option<Lookup>,
    /// Size of the input.
    pub size: u64,
    /// Seed of the input.
    pub seed: u64,
    /// File to write the pickled input to.
    pub file: PathBuf,
}

/// An input that was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Made {
    /// Digest of the value.
    pub sha256: String,
    /// Its size by the manifest's `bytes`.
    pub bytes: Option<u64>,
    /// Whether it could be pickled; an input that can't is made again in every worker.
    pub pickled: bool,
    /// Size of the pickled form.
    pub pickled_bytes: u64,
}

impl Made {
    /// Bytes of pickled input up to which more copies than two cost too little to think of.
    const MANY_COPIES: u64 = 1 << 20;

    /// Copies that timed calls rotate over: enough that a result remembered by identity shows.
    pub fn copies(&self) -> usize {
        if self.pickled_bytes <= Self::MANY_COPIES { 4 } else { 2 }
    }
}

/// Where a worker gets the input from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoadRequest {
    /// The input's making: its file holds the pickled input; where there is none it's made again.
    pub make: MakeRequest,
    /// What it was found to be.
    pub made: Made,
    /// Equal, distinct copies to rotate timed calls over, at least 1.
    pub copies: usize,
    /// Whether every call gets a copy of its own, made outside the timed region.
    pub fresh: bool,
}

/// What an output is held against.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Comparison {
    /// The baseline's output.
    pub expected: PathBuf,
    /// How to compare.
    pub equality: Equality,
}

/// How to compare, as a worker needs to know it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Equality {
    /// By structure.
    Structural(Mode),
    /// By the project's own `callable(expected, got) -> bool`.
    Callable(Lookup),
}

/// The finding of one comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Verdict {
    /// The same.
    Equal,
    /// Numbers differ within the tolerances.
    WithinTolerance,
    /// Not the same; the first difference.
    Different(String),
    /// It can't be told; why.
    Unchecked(String),
}

/// What to do with the output of the last call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Judging {
    /// Write it here, for others to be held against.
    pub keep: Option<PathBuf>,
    /// Hold it against this.
    pub against: Option<Comparison>,
    /// Whether to see that the input of the call is still what it was.
    pub input: bool,
}

/// One call that was made for its output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Called {
    /// Wall time in seconds.
    pub seconds: f64,
    /// Peak resident memory of the worker up to the end of the call, in bytes.
    pub peak_memory: Option<u64>,
    /// What the call did to its process.
    pub side_effects: Vec<String>,
}

/// How long calls take, roughly.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibrated {
    /// Wall time of a call in seconds.
    pub seconds: f64,
    /// Wall time in seconds of making an input, where every call gets a fresh one; zero otherwise.
    pub making: f64,
    /// Share of the processor time that threads other than the calling one used; `None` where the calls were too
    /// short to tell.
    pub other_threads: Option<f64>,
}

impl Calibrated {
    /// Share of other threads in the processor time from which a contender counts as parallel. Processor time over
    /// wall time would not tell it on a busy machine.
    const PARALLEL: f64 = 0.1;

    /// Whether it uses more than one thread, so that it can't be measured on one processor.
    pub fn is_parallel(&self) -> bool {
        self.other_threads.is_some_and(|share| share > Self::PARALLEL)
    }
}

/// Calls on an input of another size and seed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OtherCalls {
    /// Size of the input.
    pub size: u64,
    /// Wall time of the first call on it, in seconds.
    pub first: f64,
    /// Wall time of a later call on it, in seconds.
    pub repeat: f64,
}

/// One timed block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timed {
    /// Wall time of the block in nanoseconds.
    pub wall_ns: u64,
    /// Processor time of the block in nanoseconds, children that have ended included.
    pub cpu_ns: u64,
    /// Time in nanoseconds for which the calling thread was ready to run, but others had the processor; 0 where the system
    /// doesn't tell.
    pub delay_ns: u64,
    /// Processor time in nanoseconds that the worker used since its block before, while it should have been idle.
    pub idle_cpu_ns: u64,
    /// Wall time of single calls in nanoseconds, when they were asked for.
    pub each_ns: Vec<u64>,
}
