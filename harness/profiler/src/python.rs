//! Python stacks of a stopped process, read from outside by the `py-spy` crate.

use std::time::{Duration, Instant};

use nix::unistd::Pid;
use py_spy::config::{Config, LineNo, LockingStrategy};
use py_spy::{PythonSpy, StackTrace};
use rustworthy_model::profile::HOSTING_FILE;

/// How long a process that has just started may take to have an interpreter.
const START: Duration = Duration::from_secs(5);

/// Reads Python stacks. It has to stay in the thread that made it.
pub(super) struct Spy(PythonSpy);

/// One thread's Python frames.
pub(super) struct PythonThread {
    pub(super) id: Option<Pid>,
    pub(super) name: Option<String>,
    pub(super) owns_gil: bool,
    /// The innermost first.
    pub(super) frames: Vec<PythonFrame>,
}

/// A Python function at work.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct PythonFrame {
    pub(super) name: String,
    pub(super) file: String,
    /// Line of its definition.
    pub(super) line: u32,
    /// Whether the interpreter was entered anew for it: a native frame of the interpreter's loop belongs to it and to those
    /// that it has called since.
    pub(super) is_entry: bool,
}

/// The frames, the innermost first, without those that have loaded a worker into a Python of the user's; and how often the
/// interpreter was entered for those.
pub(super) fn without_hosting(frames: &[PythonFrame]) -> (&[PythonFrame], usize) {
    let own = frames.iter().position(|frame| frame.file == HOSTING_FILE).unwrap_or(frames.len());
    let (own, hosting) = frames.split_at(own);
    (own, hosting.iter().filter(|frame| frame.is_entry).count())
}

impl Spy {
    /// Finds the interpreter in a process, waiting a while for one that is only starting.
    ///
    /// # Errors
    /// Why there is none, in py-spy's words.
    pub(super) fn find(pid: Pid, is_over: impl Fn() -> bool) -> Result<Self, String> {
        let config = Config {
            // They are stopped once for both kinds of stacks.
            blocking: LockingStrategy::AlreadyLocked,
            // Functions are identified by where they begin.
            lineno: LineNo::First,
            full_filenames: true,
            ..Config::default()
        };
        let start = Instant::now();
        loop {
            let error = match PythonSpy::new(pid.as_raw(), &config).and_then(|mut spy| {
                spy.get_stack_traces()?;
                Ok(spy)
            }) {
                Ok(spy) => return Ok(Self(spy)),
                Err(error) => format!("{error:#}"),
            };
            if start.elapsed() > START || is_over() || error.contains("Unsupported version") {
                return Err(error);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The interpreter's version, `3.11`.
    pub(super) fn version(&self) -> (u64, u64) {
        (self.0.version.major, self.0.version.minor)
    }

    /// The stacks of all threads that the main interpreter knows, of a process with so many.
    ///
    /// # Errors
    /// When what is read makes no sense, as in the middle of a change to it.
    pub(super) fn stacks(&mut self, threads: usize) -> Result<Vec<PythonThread>, String> {
        let entries_are_marked_by_shims = self.version() >= (3, 12);
        let thread = |trace: StackTrace| PythonThread {
            id: trace.os_thread_id.map(|id| Pid::from_raw(id as i32)),
            name: trace.thread_name,
            owns_gil: trace.owns_gil,
            frames: trace
                .frames
                .into_iter()
                .map(|frame| PythonFrame {
                    name: frame.name,
                    file: frame.filename,
                    line: frame.line.max(0) as u32,
                    is_entry: if entries_are_marked_by_shims { frame.is_shim_entry } else { frame.is_entry },
                })
                .collect(),
        };
        let mut read = |gil_only| {
            self.0.config.gil_only = gil_only;
            self.0.get_stack_traces().map_err(|error| format!("{error:#}"))
        };
        // Of a single thread that holds the GIL py-spy needn't ask the system whether it runs, which takes half of its time.
        let mut traces = if threads == 1 { read(true)? } else { Vec::new() };
        if traces.is_empty() {
            traces = read(false)?;
        }
        Ok(traces.into_iter().map(thread).collect())
    }
}
