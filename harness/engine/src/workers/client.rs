//! What can be asked of a worker, and how long it may take to answer.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use rustworthy_protocol::{
    BoundaryTypes, Calibrated, Callable, Called, CountOrder, Entry, Input, Judged, Judging, LoadRequest, LoadedModule,
    LookedUp, Lookup, Made, MakeRequest, OpenRequest, Opened, OtherCalls, Reply, Request, ServeRequest, Served,
    TimeFor, Timed,
};

use super::failure::Failure;
use crate::manifest::{self, Code, EntryPoint, Limits, Target};

/// Methods that each ask for one thing, and take the reply that belongs to it.
macro_rules! requests {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $kind:ty),*) -> $result:ty, $request:expr, $task:literal within $limit:expr, $reply:pat => $value:expr;)*) => {
        $(
            $(#[$doc])*
            ///
            /// # Errors
            /// When the code fails or breaks a limit; unless it has only raised, the worker has ended then.
            fn $name(&mut self, $($argument: $kind),*) -> Result<$result, Failure> {
                let limit: fn(Duration) -> Duration = $limit;
                match self.ask(&$request, $task, limit(self.limits().timeout))? {
                    $reply => Ok($value),
                    reply => Err(unexpected(&reply)),
                }
            }
        )*
    };
}

/// A started worker: one process with an interpreter, or the simulation of one. Dropping it ends it.
pub trait Worker: Send {
    /// What its code may use.
    fn limits(&self) -> Limits;

    /// Makes one request and waits for the reply. `task` says in words what is asked for, and `limit` how long it may take.
    ///
    /// # Errors
    /// When the code fails or breaks a limit; unless it has only raised, the worker has ended then.
    fn ask(&mut self, request: &Request, task: &str, limit: Duration) -> Result<Reply, Failure>;

    /// Sends a request to a worker that is stopped, and works on it in [turns](Self::turn) alone.
    ///
    /// # Errors
    /// When the worker has ended.
    fn begin(&mut self, request: &Request, task: &str) -> Result<(), Failure>;

    /// Lets the worker go on for so long with what it has [begun](Self::begin), and stops it then, in the middle of whatever
    /// it does; the reply, if it is finished. `limit` is how long all of its turns may take together.
    ///
    /// # Errors
    /// As of [`ask`](Self::ask).
    fn turn(&mut self, length: Duration, task: &str, limit: Duration) -> Result<Option<Reply>, Failure>;

    /// How long, of the turns since it has [begun](Self::begin), its main thread waited for something else than the processor;
    /// nothing where the system doesn't tell.
    fn waited(&self) -> Duration;

    /// How long the turns were together at whose end its main thread was asleep. That tells of waiting on a busy machine too, where
    /// a thread that is to be stopped waits for the processor until it can be, which counts against what it [waited](Self::waited).
    fn asleep(&self) -> Duration;

    /// Keeps all threads of the worker on these logical processors.
    ///
    /// # Errors
    /// When the system refuses.
    fn pin(&mut self, cpus: &[usize]) -> io::Result<()>;

    /// Tells the worker to end, without waiting for it.
    fn dismiss(&mut self);

    /// Bytes that its code has written to standard output and error.
    fn output_bytes(&self) -> u64;

    requests! {
        /// Looks up callables.
        find(lookups: Vec<Lookup>) -> Vec<LookedUp>, Request::Find(lookups), "importing it" within call, Reply::Found(found) => found;
        /// Makes the input and writes it to its file.
        make(make: MakeRequest) -> Made, Request::Make(make), "making the input" within data, Reply::Made(made) => made;
        /// Imports the code of a contender.
        import(code: &Code) -> (), Request::Import(callable(code)), "importing it" within call, Reply::Imported => ();
        /// Loads the input.
        load(load: LoadRequest) -> (), Request::Load(load), "loading its input" within data, Reply::Loaded => ();
        /// Loads requests and an application that answers them. A call then answers all of them.
        open(open: OpenRequest) -> Opened, Request::Open(open), "getting it ready" within data, Reply::Opened(opened) => opened;
        /// Makes one call and keeps its output.
        call() -> Called, Request::Call, "a call" within call, Reply::Called(called) => called;
        /// Judges the output of the last call.
        judge(judging: Judging) -> Judged, Request::Judge(judging), "judging its output" within data, Reply::Judged(verdict) => verdict;
        /// What crosses the boundary that was loaded.
        boundary_types() -> BoundaryTypes, Request::BoundaryTypes, "naming types" within call, Reply::BoundaryTypes(types) => types;
        /// The modules that are loaded.
        modules() -> Vec<LoadedModule>, Request::Modules, "listing its modules" within call, Reply::Modules(modules) => modules;
        /// Keeps track of the files that are read from here on, at some cost of speed.
        watch_reads() -> (), Request::WatchReads, "watching what it reads" within call, Reply::WatchingReads => ();
        /// The files that Python code has opened for reading since then.
        reads() -> Vec<PathBuf>, Request::Reads, "listing what it has read" within call, Reply::Reads(files) => files;
        /// Finds out how long a call takes, from calls of that duration together.
        calibrate(duration: Duration) -> Calibrated, Request::Calibrate(duration), "a call" within block, Reply::Calibrated(calibrated) => calibrated;
        /// Calls it on another input.
        call_other(load: LoadRequest) -> OtherCalls, Request::CallOther(load), "a call on another input" within calls, Reply::CalledOther(calls) => calls;
        /// Times so many calls.
        time(calls: u64, each: bool) -> Timed, Request::Time { calls, each }, "a call" within block, Reply::Timed(timed) => timed;
        /// Counts the instructions of calls, those of all together.
        count(order: CountOrder) -> u64, Request::Count(order), "a call" within count, Reply::Counted(instructions) => instructions;
        /// Times calls by the clock.
        time_for(order: TimeFor) -> Timed, Request::TimeFor(order), "a call" within block, Reply::Timed(timed) => timed;
        /// Seconds that so many iterations of the control loop take.
        control(iterations: u64) -> f64, Request::Control { iterations }, "the control loop" within call, Reply::Control(seconds) => seconds;
    }

    /// Begins to time calls by the clock, in turns.
    ///
    /// # Errors
    /// When the worker has ended.
    fn begin_time_for(&mut self, order: TimeFor) -> Result<(), Failure> {
        self.begin(&Request::TimeFor(order), "a call")
    }

    /// One turn of timing calls, of which all may take `longest` together beside the time of a call; the times, if it is
    /// finished.
    ///
    /// # Errors
    /// When the code fails or breaks a limit; unless it has only raised, the worker has ended then.
    fn turn_of_time_for(&mut self, length: Duration, longest: Duration) -> Result<Option<Timed>, Failure> {
        match self.turn(length, "a call", block(self.limits().timeout) + longest)? {
            Some(Reply::Timed(timed)) => Ok(Some(timed)),
            Some(reply) => Err(unexpected(&reply)),
            None => Ok(None),
        }
    }

    /// Answers requests as they come, which should take no longer than that.
    ///
    /// # Errors
    /// When the application breaks a limit, or a function that was replaced is still called.
    fn serve(&mut self, order: ServeRequest, longest: Duration) -> Result<Served, Failure> {
        match self.ask(&Request::Serve(order), "answering requests", longest)? {
            Reply::Served(served) => Ok(served),
            reply => Err(unexpected(&reply)),
        }
    }
}

/// The limit of one call.
fn call(timeout: Duration) -> Duration {
    timeout
}

/// The limit of a block: it may have a call of the longest that is allowed, or many that take a while together.
fn block(timeout: Duration) -> Duration {
    timeout + Duration::from_secs(2)
}

/// The limit of calls that are counted: first others, then as many as take a moment together, or one of the longest that is
/// allowed.
fn count(timeout: Duration) -> Duration {
    timeout * 4 + Duration::from_secs(60)
}

/// The limit of some calls of which one may take as long as is allowed.
fn calls(timeout: Duration) -> Duration {
    timeout * 3
}

/// The limit of what the harness does with a contender's data, which has nothing to do with how fast calls are.
fn data(timeout: Duration) -> Duration {
    (timeout * 5).max(Duration::from_secs(60))
}

pub(super) fn unexpected(reply: &Reply) -> Failure {
    Failure::Harness(format!("the worker gave an unexpected answer: {reply:?}"))
}

fn callable(code: &Code) -> Callable {
    match code {
        Code::Python(target) => Callable::Python(target.into()),
        Code::Kernel(name) => Callable::Kernel(name.clone()),
        Code::Boundary(target, form) => Callable::Boundary { function: target.into(), form: *form },
    }
}

impl From<&EntryPoint> for Entry {
    fn from(entry: &EntryPoint) -> Self {
        match entry {
            EntryPoint::Handler(target) => Self::Handler(target.into()),
            EntryPoint::Wsgi(target) => Self::Wsgi(target.into()),
            EntryPoint::Asgi(target) => Self::Asgi(target.into()),
        }
    }
}

impl From<&manifest::Input> for Input {
    fn from(input: &manifest::Input) -> Self {
        match input {
            manifest::Input::Callable(target) => Self::Callable(target.into()),
            manifest::Input::Calls(captured) => Self::Calls(captured.calls.clone()),
        }
    }
}

impl From<&Target> for Lookup {
    fn from(target: &Target) -> Self {
        Self { module: target.module.clone(), callable: target.callable.clone() }
    }
}
