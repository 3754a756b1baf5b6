//! A process and everything that it starts, under a reaper: all of it ends when this end lets go of it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, PipeReader};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::output::Tail;
use crate::process::Variables;

/// The first argument of a reaper's process.
pub(super) const ARGUMENT: &str = "__worker";

/// The same of one whose command is to be a worker itself, and gets the socket.
pub(super) const HOSTED_ARGUMENT: &str = "__hosted-worker";

/// How long the rest of a frame may take, once it has begun.
const FRAME: Duration = Duration::from_secs(10);

/// How long a process may take to end after it is asked to.
const END: Duration = Duration::from_secs(5);

/// How long the rest of its output may take to arrive.
const READ: Duration = Duration::from_secs(1);

/// A process and everything that it starts. Dropping this ends all of it.
#[derive(Debug)]
pub struct ProcessTree {
    reaper: Child,
    /// The reaper kills what it is over once this is closed.
    socket: Option<UnixStream>,
    output: Tail,
    pipe: PipeReader,
    reader: Option<JoinHandle<()>>,
}

impl ProcessTree {
    /// Starts a command in a folder, with these environment variables. Its standard input is empty, the end of its
    /// output is kept.
    ///
    /// # Errors
    /// When the reaper can't be started; a command that can't be started ends with a message in its output.
    pub fn start(program: &Path, command: &[String], folder: &Path, variables: &Variables) -> io::Result<Self> {
        let mut reaper = Command::new(program);
        reaper.arg(ARGUMENT).args(command).current_dir(folder);
        variables.apply(&mut reaper);
        Self::spawn(reaper)
    }

    /// Starts a worker in a folder, with these environment variables: the program itself, or what a command becomes.
    pub(super) fn worker(
        program: &Path,
        command: Option<Vec<OsString>>,
        folder: &Path,
        env: &BTreeMap<OsString, OsString>,
    ) -> io::Result<Self> {
        let mut reaper = Command::new(program);
        match command {
            Some(command) => reaper.arg(HOSTED_ARGUMENT).args(command),
            None => reaper.arg(ARGUMENT),
        };
        reaper.current_dir(folder).envs(env);
        Self::spawn(reaper)
    }

    /// Starts a worker that another program runs, by this command before the worker's own.
    pub(super) fn worker_under(
        runner: Vec<OsString>,
        program: &Path,
        folder: &Path,
        env: &BTreeMap<OsString, OsString>,
    ) -> io::Result<Self> {
        let (runner, arguments) = runner.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut reaper = Command::new(runner);
        reaper.args(arguments).arg(program).arg(ARGUMENT).current_dir(folder).envs(env);
        Self::spawn(reaper)
    }

    fn spawn(mut reaper: Command) -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        // A frame that has begun comes whole at once, unless foreign code has written to the socket.
        ours.set_read_timeout(Some(FRAME))?;
        ours.set_write_timeout(Some(FRAME))?;
        let (read, write) = io::pipe()?;
        // A group of its own keeps the terminal's Ctrl-C for the harness, which ends the run in good order.
        reaper.process_group(0).stdin(Stdio::from(OwnedFd::from(theirs)));
        reaper.stdout(write.try_clone()?).stderr(write);
        let child = reaper.spawn()?;
        // The command holds our copies of the other ends, which have to be closed for the end of it to show.
        drop(reaper);
        let output = Tail::default();
        let reader = std::thread::spawn({
            let (output, read) = (output.clone(), read.try_clone()?);
            move || output.read(read)
        });
        Ok(Self { reaper: child, socket: Some(ours), output, pipe: read, reader: Some(reader) })
    }

    /// The socket to a worker; `None` once it has been ended.
    pub(super) fn socket(&self) -> Option<&UnixStream> {
        self.socket.as_ref()
    }

    /// What the process writes to standard output and error.
    pub(super) fn tail(&self) -> &Tail {
        &self.output
    }

    /// The last lines of what it has written until now, of which nothing is part of its output from now on.
    pub(super) fn take_output(&self) -> String {
        self.output.taken(&self.pipe)
    }

    /// The last lines of the output, on lines of their own; empty when there was none.
    pub fn output(&self) -> String {
        match self.output.text().trim_end() {
            "" => String::new(),
            text => format!("\n{text}"),
        }
    }

    /// Whether the process has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        matches!(self.reaper.try_wait(), Ok(Some(_)))
    }

    /// Waits until the process ends by itself; `None` once `cancel` is set.
    pub fn finish(&mut self, cancel: &AtomicBool) -> Option<ExitStatus> {
        while !cancel.load(Ordering::Relaxed) {
            if let Some(status) = wait_for(&mut self.reaper, Duration::from_millis(50)) {
                // What it has written last is still to be read.
                self.end();
                return Some(status);
            }
        }
        None
    }

    /// Lets go of the process: its reaper then kills whatever is left of it.
    pub(super) fn hang_up(&mut self) {
        self.socket = None;
    }

    /// Ends the process by hanging up, and waits for its end.
    pub(super) fn end(&mut self) -> Option<ExitStatus> {
        self.hang_up();
        let status = wait_for(&mut self.reaper, END).or_else(|| {
            let _ = self.reaper.kill();
            wait_for(&mut self.reaper, END)
        });
        self.finish_reading();
        status
    }

    /// Waits for the end of the output. It doesn't come while a process that escaped, by killing its reaper, holds
    /// the other end open: the reader is left to itself then.
    fn finish_reading(&mut self) {
        let Some(reader) = self.reader.take() else { return };
        if until(READ, || reader.is_finished().then_some(())).is_some() {
            // A panic in a thread that only copies bytes would lose nothing but those.
            let _ = reader.join();
        }
    }

    /// Waits for the end of a process that is ending by itself, then makes sure of it.
    pub(super) fn end_by_itself(&mut self) -> Option<ExitStatus> {
        wait_for(&mut self.reaper, END);
        self.end()
    }
}

impl Drop for ProcessTree {
    fn drop(&mut self) {
        self.end();
    }
}

fn wait_for(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    until(limit, || child.try_wait().transpose()).and_then(Result::ok)
}

/// Asks again and again until there is an answer or the time is up.
fn until<T>(limit: Duration, mut answer: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    let mut pause = Duration::from_micros(200);
    while start.elapsed() < limit {
        if let Some(answer) = answer() {
            return Some(answer);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
    None
}
