//! The harness's side of a worker: starts it, asks it, and sees to it that limits are kept.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rustworthy_protocol::{
    Calibrated, Callable, Called, DISCONNECTED, Entry, Found, Judging, LoadRequest, Lookup, Made, MakeRequest,
    OpenRequest, Opened, OtherCalls, Peer, Ready, Reply, Request, ServeRequest, Served, StartRequest, Timed, VERSION,
    Verdict, variables,
};

use super::failure::Failure;
use super::guarded::Guarded;
use super::{layout, tree};
use crate::manifest::{Code, EntryPoint, Limits, Target};
use crate::python::Interpreter;

/// How often limits are looked at while a worker works.
const LOOK: Duration = Duration::from_millis(50);

/// How often descendants of a worker are looked for.
const DESCENDANTS: Duration = Duration::from_millis(500);

/// How long starting the interpreter may take.
const START: Duration = Duration::from_secs(60);

/// How to start workers.
#[derive(Debug, Clone)]
pub struct Workers {
    /// The program itself, which knows what to do with [`ARGUMENT`](super::ARGUMENT).
    pub program: PathBuf,
    /// The executable whose environment is embedded.
    pub python: PathBuf,
    /// Folder of its libpython, where that isn't the one that the program finds by itself.
    pub library_path: Option<PathBuf>,
    /// Folders that go first on `sys.path`.
    pub python_path: Vec<PathBuf>,
    /// Environment variables beside the inherited ones.
    pub env: BTreeMap<String, String>,
    /// Set when the run is to end early.
    pub cancel: Arc<AtomicBool>,
}

/// A running worker. Dropping it ends it and everything that it started.
#[derive(Debug)]
pub struct Worker {
    process: Guarded,
    limits: Limits,
    cancel: Arc<AtomicBool>,
    ready: Ready,
    /// When descendants were last looked at, and what they held in bytes.
    descendants: (Instant, u64),
}

impl Workers {
    /// The same in another environment of the same Python.
    pub fn within(&self, interpreter: &Interpreter) -> Self {
        Self { python: interpreter.executable.clone(), ..self.clone() }
    }

    /// Starts a worker with an interpreter in it.
    ///
    /// # Errors
    /// When the process or the interpreter doesn't start.
    pub fn start(&self, env: &BTreeMap<String, String>, limits: Limits, hash_seed: u32) -> Result<Worker, Failure> {
        let process = Guarded::worker(&self.program, &self.environment(env, hash_seed))
            .map_err(|error| Failure::Harness(format!("can't start a worker: {error}")))?;
        let ready = Ready { pid: 0, version: String::new(), libpython: None };
        let descendants = (Instant::now(), 0);
        let mut worker = Worker { process, limits, cancel: Arc::clone(&self.cancel), ready, descendants };
        let start = StartRequest { executable: self.python.clone(), python_path: self.python_path.clone(), hash_seed };
        match worker.ask(&Request::Start(start), "starting Python", START)? {
            Reply::Ready(ready) => worker.ready = ready,
            reply => return Err(unexpected(&reply)),
        }
        Ok(worker)
    }

    /// Environment variables of a worker beside the inherited ones; those of its contender have the last word.
    fn environment(&self, env: &BTreeMap<String, String>, seed: u32) -> BTreeMap<OsString, OsString> {
        let mut environment = BTreeMap::new();
        for name in SINGLE_THREADED.iter().filter(|name| std::env::var_os(name).is_none()) {
            environment.insert(name.into(), "1".into());
        }
        if let Some(folder) = &self.library_path {
            let inherited = std::env::var_os(variables::LIBRARY_PATH).unwrap_or_default();
            let folders = [folder.clone()].into_iter().chain(std::env::split_paths(&inherited));
            // A folder whose name holds a colon can't be said in the variable; the version check then tells.
            environment.extend(std::env::join_paths(folders).ok().map(|paths| (variables::LIBRARY_PATH.into(), paths)));
            environment.insert(variables::INHERITED_LIBRARY_PATH.into(), inherited);
        }
        environment.insert(variables::EXECUTABLE.into(), self.program.clone().into());
        environment.insert(variables::PADDING.into(), layout::padding(seed).into());
        environment.insert(variables::PROTOCOL.into(), VERSION.to_string().into());
        environment.extend(self.env.iter().chain(env).map(|(name, value)| (name.into(), value.into())));
        environment
    }
}

/// Libraries whose idle threads spin, unless the user or the manifest says how many there should be.
const SINGLE_THREADED: [&str; 5] =
    ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"];

macro_rules! requests {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $kind:ty),*) -> $result:ty, $request:expr, $what:literal within $limit:expr, $reply:pat => $value:expr;)*) => {
        impl Worker {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// When the code fails or breaks a limit; unless it has only raised, the worker has ended then.
                pub fn $name(&mut self, $($argument: $kind),*) -> Result<$result, Failure> {
                    let limit: fn(Duration) -> Duration = $limit;
                    match self.ask(&$request, $what, limit(self.limits.timeout))? {
                        $reply => Ok($value),
                        reply => Err(unexpected(&reply)),
                    }
                }
            )*
        }
    };
}

requests! {
    /// Looks up callables.
    find(lookups: Vec<Lookup>) -> Vec<Found>, Request::Find(lookups), "importing it" within call, Reply::Found(found) => found;
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
    judge(judging: Judging) -> Verdict, Request::Judge(judging), "judging its output" within data, Reply::Judged(verdict) => verdict;
    /// Finds out how long a call takes, from calls of that duration together.
    calibrate(duration: Duration) -> Calibrated, Request::Calibrate(duration), "a call" within block, Reply::Calibrated(calibrated) => calibrated;
    /// Calls it on another input.
    call_other(load: LoadRequest) -> OtherCalls, Request::CallOther(load), "a call on another input" within data, Reply::CalledOther(calls) => calls;
    /// Times so many calls.
    time(calls: u64, each: bool) -> Timed, Request::Time { calls, each }, "a call" within block, Reply::Timed(timed) => timed;
    /// Seconds that so many iterations of the control loop take.
    control(iterations: u64) -> f64, Request::Control { iterations }, "the control loop" within call, Reply::Control(seconds) => seconds;
}

/// The limit of one call.
fn call(timeout: Duration) -> Duration {
    timeout
}

/// The limit of a block: it may have a call of the longest that is allowed, or many that take a while together.
fn block(timeout: Duration) -> Duration {
    timeout + Duration::from_secs(2)
}

/// The limit of what the harness does with a contender's data, which has nothing to do with how fast calls are.
fn data(timeout: Duration) -> Duration {
    (timeout * 5).max(Duration::from_secs(60))
}

impl Worker {
    /// Answers requests as they come, which should take no longer than that.
    ///
    /// # Errors
    /// When the application breaks a limit, or a function that was replaced is still called.
    pub fn serve(&mut self, order: ServeRequest, longest: Duration) -> Result<Served, Failure> {
        match self.ask(&Request::Serve(order), "answering requests", longest)? {
            Reply::Served(served) => Ok(served),
            reply => Err(unexpected(&reply)),
        }
    }

    /// The interpreter in it.
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// Bytes that the foreign code has written to standard output and error.
    pub fn output_bytes(&self) -> u64 {
        self.process.tail().total()
    }

    /// Keeps all threads of the worker on these logical processors.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn pin(&self, cpus: &[usize]) -> io::Result<()> {
        tree::pin(self.pid(), cpus)
    }

    /// Tells the worker to end, without waiting for it.
    pub fn dismiss(&mut self) {
        self.process.hang_up();
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.ready.pid as i32)
    }

    fn ask(&mut self, request: &Request, what: &str, limit: Duration) -> Result<Reply, Failure> {
        if self.cancel.load(Ordering::Relaxed) {
            self.process.end();
            return Err(Failure::Interrupted);
        }
        let Some(socket) = self.process.socket() else {
            return Err(Failure::Harness("the worker has ended".to_owned()));
        };
        if Peer(socket).send(request).is_err() {
            return Err(self.post_mortem());
        }
        self.wait(what, limit)?;
        match self.process.socket().map(|socket| Peer(socket).receive()) {
            Some(Ok(Reply::Failed(message))) => Err(Failure::Raised(message)),
            Some(Ok(reply)) => Ok(reply),
            _ => Err(self.post_mortem()),
        }
    }

    /// Waits for the reply to begin, or for a limit to be hit.
    fn wait(&mut self, what: &str, limit: Duration) -> Result<(), Failure> {
        let start = Instant::now();
        loop {
            let Some(socket) = self.process.socket() else { return Ok(()) };
            let mut fds = [PollFd::new(socket.as_fd(), PollFlags::POLLIN)];
            match poll(&mut fds, PollTimeout::try_from(LOOK).unwrap_or(PollTimeout::ZERO)) {
                Ok(0) | Err(Errno::EINTR) => {}
                _ => return Ok(()),
            }
            if self.cancel.load(Ordering::Relaxed) {
                self.process.end();
                return Err(Failure::Interrupted);
            }
            if start.elapsed() > limit {
                return Err(self.time_out(what, limit));
            }
            let held = self.held();
            if held > self.limits.memory {
                self.process.end();
                return Err(Failure::OutOfMemory { limit: self.limits.memory, held });
            }
        }
    }

    /// Memory that the worker holds, with what its descendants held when they were last looked at: that means asking
    /// every process of the machine.
    fn held(&mut self) -> u64 {
        let pid = self.pid();
        if self.descendants.0.elapsed() > DESCENDANTS {
            self.descendants = (Instant::now(), tree::held_by_descendants(pid));
        }
        tree::resident(pid) + self.descendants.1
    }

    /// Asks the interpreter for a stack of what it is doing, then ends it.
    fn time_out(&mut self, what: &str, limit: Duration) -> Failure {
        if self.ready.pid != 0 {
            let _ = kill(self.pid(), Signal::SIGUSR2);
            std::thread::sleep(Duration::from_millis(100));
        }
        self.process.end();
        Failure::TimedOut { what: what.to_owned(), limit, output: self.process.tail().text() }
    }

    /// Why the worker has gone.
    fn post_mortem(&mut self) -> Failure {
        let status = self.process.end_by_itself();
        let output = self.process.tail().text();
        match status.map(|status| (status.signal(), status.code())) {
            Some((Some(signal), _)) => Failure::Killed { signal: signal_name(signal), output },
            Some((None, Some(DISCONNECTED))) => Failure::Disconnected,
            Some((None, code)) => Failure::Exited { status: code.unwrap_or_default(), output },
            None => Failure::Harness("the worker can't be ended".to_owned()),
        }
    }
}

fn signal_name(signal: i32) -> String {
    Signal::try_from(signal).map_or_else(|_| format!("signal {signal}"), |signal| signal.as_str().to_owned())
}

fn unexpected(reply: &Reply) -> Failure {
    Failure::Harness(format!("the worker gave an unexpected answer: {reply:?}"))
}

fn callable(code: &Code) -> Callable {
    match code {
        Code::Python(target) => Callable::Python(target.into()),
        Code::Kernel(name) => Callable::Kernel(name.clone()),
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

impl From<&Target> for Lookup {
    fn from(target: &Target) -> Self {
        Self { module: target.module.clone(), callable: target.callable.clone() }
    }
}
