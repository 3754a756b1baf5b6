//! Workers that are processes: starting them, and seeing to it that they answer within their limits.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rustworthy_protocol::variables::{COUNTS, PADDING, PROTOCOL};
use rustworthy_protocol::{CRASHED_IN_CALL, DISCONNECTED, Peer, Ready, Reply, Request, StartRequest, VERSION};
use tempfile::TempDir;

use super::client::{Worker, unexpected};
use super::counter::{Callgrind, Counter};
use super::failure::Failure;
use super::hosting::Hosting;
use super::packages::Packages;
use super::process_tree::ProcessTree;
use super::{layout, memory, processors};
use crate::manifest::Limits;
use crate::python::Interpreter;

/// How often limits are checked while a worker works.
const POLL: Duration = Duration::from_millis(50);

/// How often the descendants of a worker are searched for.
const DESCENDANTS: Duration = Duration::from_millis(500);

/// How long starting the interpreter may take at most, and at least where calls have less time than that.
const START: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(10)];

/// Pythons by the names that contenders call them, or why one can't be run.
pub type OtherPythons = BTreeMap<PathBuf, Result<OtherPython, String>>;

/// A Python that a contender names.
#[derive(Debug, Clone)]
pub struct OtherPython {
    /// Its executable, in the environment that the contender needs.
    pub python: PathBuf,
    /// What runs it.
    pub hosting: Hosting,
}

/// How to start workers.
#[derive(Debug, Clone)]
pub struct Workers {
    /// The program itself, which becomes a reaper by [`ARGUMENT`](super::ARGUMENT).
    pub program: PathBuf,
    /// The executable whose environment they have.
    pub python: PathBuf,
    /// What runs it.
    pub hosting: Hosting,
    /// Their working directory.
    pub folder: PathBuf,
    /// Folders that go first on `sys.path`.
    pub python_path: Vec<PathBuf>,
    /// Environment variables beside the inherited ones.
    pub env: BTreeMap<String, String>,
    /// The Pythons that contenders name.
    pub others: OtherPythons,
    /// What runs them to count their instructions; `None` for nothing in between.
    pub callgrind: Option<Callgrind>,
    /// Set when the run is to end early.
    pub cancel: Arc<AtomicBool>,
}

/// A running worker. Dropping it ends it and everything that it started.
#[derive(Debug)]
pub struct WorkerProcess {
    process: ProcessTree,
    limits: Limits,
    cancel: Arc<AtomicBool>,
    ready: Ready,
    said: String,
    packages: Packages,
    /// The folder to which callgrind writes. It goes after the process.
    _counts: Option<TempDir>,
    /// When descendants were last searched for, and what they held in bytes.
    descendants: (Instant, u64),
    /// How long it has been working on the last request.
    worked: Duration,
    /// How long its main thread had run or been ready to run when it began with that in turns.
    scheduled: Option<Duration>,
    /// The turns at whose end its main thread was asleep, since it has begun.
    asleep: Duration,
}

/// How long the main thread of a process has run, and been ready to run while others had the processor.
fn scheduled(process: Pid) -> Option<Duration> {
    let account = std::fs::read_to_string(format!("/proc/{process}/task/{process}/schedstat")).ok()?;
    let mut times = account.split(' ').take(2).map(|time| time.parse().map(Duration::from_nanos));
    Some(times.next()?.ok()? + times.next()?.ok()?)
}

/// Whether the main thread of a process waits for something else than a processor.
fn is_asleep(process: Pid) -> bool {
    let account = std::fs::read_to_string(format!("/proc/{process}/task/{process}/stat")).unwrap_or_default();
    // The name of the program, which may hold anything, is in the brackets before.
    let state = account.rsplit_once(')').and_then(|(_, rest)| rest.trim_start().chars().next());
    matches!(state, Some('S' | 'D'))
}

impl Workers {
    /// The same in another environment of the same Python.
    pub fn within(&self, interpreter: &Interpreter) -> Self {
        Self { python: interpreter.executable.clone(), ..self.clone() }
    }

    /// The same in a Python that a contender names.
    ///
    /// # Errors
    /// When its environment couldn't be provided.
    pub fn in_other(&self, name: &Path) -> Result<Self, Failure> {
        let unknown = || Err(format!("{} wasn't looked for", name.display()));
        let other = self.others.get(name).cloned().unwrap_or_else(unknown);
        let OtherPython { python, hosting } = other.map_err(Failure::Harness)?;
        Ok(Self { python, hosting, ..self.clone() })
    }

    /// Whether their Python is one that a contender names.
    fn is_other(&self) -> bool {
        self.others.values().flatten().any(|other| other.python == self.python)
    }

    /// The same with a way to count their instructions.
    #[must_use]
    pub fn counting(&self, counter: &Counter) -> Self {
        let callgrind = match counter {
            Counter::Hardware => None,
            Counter::Callgrind(callgrind) => Some(callgrind.clone()),
        };
        Self { callgrind, ..self.clone() }
    }

    /// Environment variables of a worker beside the inherited ones; those of its contender have the last word.
    fn environment(&self, env: &BTreeMap<String, String>, seed: u32) -> BTreeMap<OsString, OsString> {
        let mut variables = BTreeMap::new();
        for name in SINGLE_THREADED.iter().filter(|name| std::env::var_os(name).is_none()) {
            variables.insert(name.into(), "1".into());
        }
        variables.insert(EXECUTABLE.into(), self.program.clone().into());
        variables.insert(PADDING.into(), layout::padding(seed).into());
        variables.insert(PROTOCOL.into(), VERSION.to_string().into());
        variables.extend(self.env.iter().chain(env).map(|(name, value)| (name.into(), value.into())));
        self.hosting.add_to(&mut variables, seed);
        variables
    }
}

/// Where contenders find the program that measures them.
const EXECUTABLE: &str = "RUSTWORTHY_EXECUTABLE";

/// Libraries whose idle threads spin, unless the user or the manifest says how many there should be.
const SINGLE_THREADED: [&str; 5] =
    ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"];

impl Worker for WorkerProcess {
    fn limits(&self) -> Limits {
        self.limits
    }

    fn ask(&mut self, request: &Request, task: &str, limit: Duration) -> Result<Reply, Failure> {
        self.send(request, task)?;
        self.wait(task, limit, None)?;
        self.receive()
    }

    fn begin(&mut self, request: &Request, task: &str) -> Result<(), Failure> {
        self.signal(Signal::SIGSTOP);
        self.scheduled = scheduled(self.pid());
        self.asleep = Duration::ZERO;
        self.send(request, task)
    }

    fn waited(&self) -> Duration {
        let (Some(before), Some(now)) = (self.scheduled, scheduled(self.pid())) else { return Duration::ZERO };
        self.worked.saturating_sub(now.saturating_sub(before))
    }

    fn turn(&mut self, length: Duration, task: &str, limit: Duration) -> Result<Option<Reply>, Failure> {
        self.signal(Signal::SIGCONT);
        if self.wait(task, limit, Some(length))? {
            return self.receive().map(Some);
        }
        if is_asleep(self.pid()) {
            self.asleep += length;
        }
        self.signal(Signal::SIGSTOP);
        Ok(None)
    }

    fn asleep(&self) -> Duration {
        self.asleep
    }

    fn pin(&mut self, cpus: &[usize]) -> io::Result<()> {
        processors::pin(self.pid(), cpus)
    }

    fn dismiss(&mut self) {
        self.process.hang_up();
    }

    fn output_bytes(&self) -> u64 {
        self.process.tail().total()
    }
}

impl WorkerProcess {
    /// The last lines of what it has printed until now, of which nothing is part of its output from now on.
    pub(crate) fn take_output(&self) -> String {
        self.process.take_output()
    }

    /// Starts a worker with an interpreter in it.
    ///
    /// # Errors
    /// When the process or the interpreter doesn't start.
    pub(super) fn start(
        workers: &Workers,
        env: &BTreeMap<String, String>,
        limits: Limits,
        hash_seed: u32,
    ) -> Result<Self, Failure> {
        let cannot = |error| Failure::Harness(format!("can't start a worker: {error}"));
        let mut variables = workers.environment(env, hash_seed);
        let Workers { program, folder, .. } = workers;
        let command = workers.hosting.command(&workers.python);
        let [longest, shortest] = START;
        let patience = limits.timeout.clamp(shortest, longest);
        let (process, limits, start, counts) = match &workers.callgrind {
            None => {
                let process = ProcessTree::worker(program, command, folder, &variables);
                (process.map_err(cannot)?, limits, patience, None)
            }
            Some(callgrind) => {
                let counts = tempfile::Builder::new().prefix("rustworthy-").tempdir().map_err(cannot)?;
                variables.insert(COUNTS.into(), counts.path().into());
                let counting = callgrind.command(counts.path());
                let process = match command {
                    Some(command) => {
                        ProcessTree::worker(program, Some([counting, command].concat()), folder, &variables)
                    }
                    None => ProcessTree::worker_under(counting, program, folder, &variables),
                };
                (process.map_err(cannot)?, Callgrind::limits(limits), Callgrind::patience(patience), Some(counts))
            }
        };
        let ready = Ready { pid: 0, version: String::new(), libpython: None, watchers: Vec::new(), optimised: true };
        let cancel = Arc::clone(&workers.cancel);
        let packages = match workers.is_other() {
            true => Packages::of_other(&workers.python),
            false => Packages::new(&workers.python, &workers.folder),
        };
        let descendants = (Instant::now(), 0);
        let mut worker = Self {
            process,
            limits,
            cancel,
            ready,
            said: String::new(),
            packages,
            _counts: counts,
            descendants,
            worked: Duration::ZERO,
            scheduled: None,
            asleep: Duration::ZERO,
        };
        let (executable, python_path) = (workers.python.clone(), workers.python_path.clone());
        let request = Request::Start(StartRequest { executable, python_path, hash_seed });
        match worker.ask(&request, "starting Python", start) {
            Ok(Reply::Ready(ready)) => {
                worker.ready = ready;
                worker.said = worker.process.take_output();
            }
            Ok(reply) => return Err(unexpected(&reply)),
            Err(failure) => return Err(workers.hosting.explain(&workers.python, hash_seed, failure)),
        }
        Ok(worker)
    }

    /// The interpreter in it.
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// The last lines of what Python had printed by then: what its start-up files print, or how they fail. It's no output of what is
    /// called.
    pub fn said(&self) -> &str {
        &self.said
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.ready.pid as i32)
    }

    /// Sends a request, which is then to be worked on.
    fn send(&mut self, request: &Request, task: &str) -> Result<(), Failure> {
        if self.cancel.load(Ordering::Relaxed) {
            self.process.end();
            return Err(Failure::Interrupted);
        }
        let Some(socket) = self.process.socket() else {
            return Err(Failure::Harness("the worker has ended".to_owned()));
        };
        self.worked = Duration::ZERO;
        match Peer(socket).send(request) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                Err(Failure::Harness(format!("what it needs for {task} {error}")))
            }
            Err(_) => Err(self.post_mortem()),
        }
    }

    /// The reply that has begun.
    fn receive(&mut self) -> Result<Reply, Failure> {
        match self.process.socket().map(|socket| Peer(socket).receive()) {
            Some(Ok(Reply::Failed(message))) => Err(Failure::Raised(self.packages.explain(message))),
            Some(Ok(reply)) => Ok(reply),
            _ => Err(self.post_mortem()),
        }
    }

    /// Stops the worker, or lets it go on. One that has ended shows that where its reply is waited for.
    fn signal(&self, signal: Signal) {
        // Number 0 would stand for the harness's own group.
        if self.ready.pid != 0 {
            let _ = kill(self.pid(), signal);
        }
    }

    /// Waits for the reply to begin, for the end of its turn if it has one, or for a limit to be hit; whether there is a
    /// reply, or never will be.
    fn wait(&mut self, task: &str, limit: Duration, turn: Option<Duration>) -> Result<bool, Failure> {
        let (start, before) = (Instant::now(), self.worked);
        loop {
            let Some(socket) = self.process.socket() else { return Ok(true) };
            let mut fds = [PollFd::new(socket.as_fd(), PollFlags::POLLIN)];
            let left = turn.map_or(POLL, |turn| turn.saturating_sub(start.elapsed()).min(POLL));
            match poll(&mut fds, PollTimeout::try_from(left).unwrap_or(PollTimeout::ZERO)) {
                Ok(0) | Err(Errno::EINTR) => {}
                _ => return Ok(true),
            }
            self.worked = before + start.elapsed();
            if self.cancel.load(Ordering::Relaxed) {
                self.process.end();
                return Err(Failure::Interrupted);
            }
            if self.worked > limit {
                return Err(self.time_out(task, limit));
            }
            if turn.is_some_and(|turn| start.elapsed() >= turn) {
                return Ok(false);
            }
            let held = self.held();
            if held > self.limits.memory {
                self.process.end();
                return Err(Failure::OutOfMemory { limit: self.limits.memory, held });
            }
        }
    }

    /// Memory that the worker holds, with what its descendants held when they were last searched for: that
    /// means asking every process of the machine.
    fn held(&mut self) -> u64 {
        let pid = self.pid();
        if self.descendants.0.elapsed() > DESCENDANTS {
            self.descendants = (Instant::now(), memory::held_by_descendants(pid));
        }
        memory::resident(pid) + self.descendants.1
    }

    /// Asks the interpreter for a stack of what it is doing, then ends it.
    fn time_out(&mut self, task: &str, limit: Duration) -> Failure {
        if self.ready.pid != 0 {
            let _ = kill(self.pid(), Signal::SIGUSR2);
            std::thread::sleep(Duration::from_millis(100));
        }
        self.process.end();
        Failure::TimedOut { what: task.to_owned(), limit, output: self.process.tail().text() }
    }

    /// Why the worker has gone.
    fn post_mortem(&mut self) -> Failure {
        let status = self.process.end_by_itself();
        let output = self.process.tail().text();
        match status.map(|status| (status.signal(), status.code())) {
            Some((Some(signal), _)) => {
                let (call, output) = crashed_in(output);
                Failure::Killed { signal: signal_name(signal), call, output }
            }
            Some((None, Some(DISCONNECTED))) => Failure::Disconnected,
            Some((None, code)) => Failure::Exited { status: code.unwrap_or_default(), output },
            None => Failure::Harness("the worker can't be ended".to_owned()),
        }
    }
}

/// The recorded call that the last lines of an output name, and the others of them.
fn crashed_in(output: String) -> (Option<u64>, String) {
    let call_of = |line: &str| line.strip_prefix(CRASHED_IN_CALL)?.parse().ok();
    match output.lines().rev().find_map(call_of) {
        Some(line) => {
            let others: Vec<&str> = output.lines().filter(|line| call_of(line).is_none()).collect();
            (Some(line), others.join("\n"))
        }
        None => (None, output),
    }
}

fn signal_name(signal: i32) -> String {
    Signal::try_from(signal).map_or_else(|_| format!("signal {signal}"), |signal| signal.as_str().to_owned())
}
