//! What the engine asks of a worker, and what a worker answers.

use std::path::PathBuf;
use std::time::Duration;

use rustworthy_model::equivalence::Hint;
use serde::{Deserialize, Serialize};

use crate::callable::{BoundaryTypes, Callable, LoadedModule, LookedUp, Lookup};
use crate::input::{LoadRequest, Made, MakeRequest};
use crate::mode::Mode;
use crate::parts::Exceptions;
use crate::scenario::{OpenRequest, Opened, ServeRequest, Served};

/// Of these messages, raised with every change that the other side would misunderstand: the old side of a gate may be
/// measured by the program of its own time.
pub const VERSION: u32 = 12;

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
    /// Say which modules are loaded.
    Modules,
    /// Call it on an input of another size and seed.
    CallOther(LoadRequest),
    /// Time so many calls.
    Time {
        /// How many.
        calls: u64,
        /// Whether to read the clock after every single call.
        each: bool,
    },
    /// Time calls until they have taken so long.
    TimeFor(TimeFor),
    /// Time the control loop once, in seconds.
    Control {
        /// Iterations of the loop.
        iterations: u64,
    },
    /// End.
    Stop,
    /// Keep track of the files that are read from here on, at some cost of speed.
    WatchReads,
    /// Say which those are.
    Reads,
    /// Count the instructions of calls.
    Count(CountOrder),
    /// Say what crosses the boundary that was loaded.
    BoundaryTypes,
}

/// A worker's answer, of the kind that the request asks for.
#[derive(Debug, Serialize, Deserialize)]
pub enum Reply {
    /// The interpreter has started.
    Ready(Ready),
    /// What was found of each callable.
    Found(Vec<LookedUp>),
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
    /// The result of comparing two values.
    Judged(Judged),
    /// The modules that are loaded, as far as they come from files.
    Modules(Vec<LoadedModule>),
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
    /// Track is kept of files that are read.
    WatchingReads,
    /// The files that Python code has opened for reading, without links.
    Reads(Vec<PathBuf>),
    /// Instructions that the calling thread has executed in user space, of all calls together.
    Counted(u64),
    /// What crosses the boundary.
    BoundaryTypes(BoundaryTypes),
}

/// How to start the interpreter.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StartRequest {
    /// The executable whose environment is embedded, or that has loaded the worker.
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
    /// What watches Python code from the start on.
    pub watchers: Vec<Watcher>,
    /// Whether the compiler optimised the worker: without that, what it does itself (crossing the boundary) takes longer
    /// than it would in a crate that is shipped.
    pub optimised: bool,
}

/// What watches Python code as it runs, and takes time for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Watcher {
    /// Python's development mode.
    DevelopmentMode,
    /// An allocator that the variable `PYTHONMALLOC` asks for, by its name there.
    Allocator(String),
    /// `tracemalloc`, which notes where memory is taken.
    Tracemalloc,
    /// The trampoline that `perf` sees Python functions by.
    PerfTrampoline,
    /// A trace function of `sys.settrace` or `threading.settrace`, by its type or name.
    Trace(String),
    /// A profile function of `sys.setprofile` or `threading.setprofile`, by its type or name.
    Profile(String),
    /// A tool of `sys.monitoring`, by its name there.
    Monitoring(String),
}

/// What an output is held against.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Comparison {
    /// The baseline's output.
    pub expected: PathBuf,
    /// How to compare.
    pub equality: Equality,
    /// Parts that aren't compared so.
    pub except: Exceptions,
    /// Whether another Python has made that output, so that this one doesn't read what it has pickled.
    pub of_other_python: bool,
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
pub enum Judgement {
    /// The same.
    Equal,
    /// Numbers differ within the tolerances.
    WithinTolerance,
    /// Not the same; the first difference.
    Different(String),
    /// They can't be compared; why.
    Unchecked(String),
    /// The project's own way to compare them failed; how.
    CheckerFailed(String),
}

impl Judgement {
    /// The same of an output that isn't the first.
    pub fn later(self) -> Self {
        let later = |detail| format!("in a later call: {detail}");
        match self {
            Self::Equal | Self::WithinTolerance => self,
            Self::Different(detail) => Self::Different(later(detail)),
            Self::Unchecked(detail) => Self::Unchecked(later(detail)),
            Self::CheckerFailed(detail) => Self::CheckerFailed(later(detail)),
        }
    }

    /// Whether the outputs are as they should be.
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Equal | Self::WithinTolerance)
    }
}

/// What was found of an output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// The finding.
    pub verdict: Judgement,
    /// How different outputs would be equal.
    pub hint: Option<Hint>,
    /// How the call left its input otherwise than the baseline does, where that doesn't make it different.
    pub leaves_input: Option<String>,
}

impl From<Judgement> for Judged {
    fn from(verdict: Judgement) -> Self {
        Self { verdict, hint: None, leaves_input: None }
    }
}

/// What is to be seen of the input once it was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum InputAfter {
    /// Nothing.
    Unseen,
    /// That it is still what it was.
    Unchanged,
    /// That it is what the baseline leaves of its own: every call has one for itself.
    AsBaseline,
}

impl InputAfter {
    /// What is to be seen where a call may use up its input, or may not.
    pub fn of(fresh: bool) -> Self {
        if fresh { Self::AsBaseline } else { Self::Unchanged }
    }
}

/// What to do with the output of the last call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Judging {
    /// Write it here, for others to be held against.
    pub keep: Option<PathBuf>,
    /// Hold it against this.
    pub against: Option<Comparison>,
    /// What to see of the input of the call.
    pub input: InputAfter,
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
    /// Wall time of a call in seconds, without the time that others had the processor.
    pub seconds: f64,
    /// Wall time in seconds of making an input, where every call gets a fresh one; zero otherwise.
    pub making: f64,
    /// Share of the processor time that threads other than the calling one used; `None` where the calls were too
    /// short to measure it.
    pub other_threads: Option<f64>,
    /// Share of the wall time for which the calling thread waited for something else than the processor; `None` as above.
    pub waits: Option<f64>,
    /// Whether processes that it has started live on.
    pub leaves_processes: bool,
}

impl Calibrated {
    /// Share of other threads in the processor time from which a contender counts as parallel. Processor time over
    /// wall time would not show it on a busy machine.
    const PARALLEL: f64 = 0.1;

    /// Share of waiting in the wall time up to which processor time alone tells how long a call takes.
    const WAITING: f64 = 0.01;

    /// Whether it uses more than one thread or process, so that it can't be measured on one processor.
    pub fn is_parallel(&self) -> bool {
        self.leaves_processes || self.other_threads.is_some_and(|share| share > Self::PARALLEL)
    }

    /// Whether it waits for more than the processor, or may do so, so that processor time doesn't tell how long a call takes.
    pub fn is_waiting(&self) -> bool {
        self.waits.is_none_or(|share| share > Self::WAITING)
    }
}

/// A block of calls that ends by the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeFor {
    /// Calls between two looks at the clock; the block ends at one of them.
    pub calls: u64,
    /// Time of calls that are made first and don't count, so that caches are filled again.
    pub lead: Duration,
    /// How long the calls that count should take together.
    pub duration: Duration,
    /// The clock.
    pub clock: Clock,
    /// Whether to read it for every single call.
    pub each: bool,
}

/// Calls whose instructions are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountOrder {
    /// Calls that are made first and don't count, so that the interpreter has adapted to the code.
    pub warm_ups: u64,
    /// Calls that count; at least one.
    pub calls: u64,
    /// Seed of what is left to chance of the state of memory in which they begin.
    pub memory: u32,
}

/// By which clock calls are timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Clock {
    /// The one on the wall.
    Wall,
    /// Processor time of the process and of its children that have ended: it stands still while others have the processor.
    Processor,
}

/// Calls on an input of another size and seed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OtherCalls {
    /// Size of the input.
    pub size: u64,
    /// Wall time of the first call on it without waiting for a processor, in seconds.
    pub first: f64,
    /// The same of a later call on it, in seconds.
    pub repeat: f64,
}

/// One timed block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timed {
    /// How many calls.
    pub calls: u64,
    /// Wall time of the block in nanoseconds.
    pub wall_ns: u64,
    /// Processor time of the block in nanoseconds, children that have ended included.
    pub cpu_ns: u64,
    /// Time in nanoseconds for which the calling thread was ready to run, but others had the processor; 0 where the system
    /// doesn't report it.
    pub delay_ns: u64,
    /// Processor time in nanoseconds that the system's kernel used of that for the process itself.
    pub system_ns: u64,
    /// Pages of memory that the process touched for the first time, and that had to be provided.
    pub page_faults: u64,
    /// Processor time in nanoseconds that the worker used since its block before, while it should have been idle.
    pub idle_cpu_ns: u64,
    /// Times of single calls in nanoseconds, when they were asked for.
    pub each_ns: Vec<u64>,
}
