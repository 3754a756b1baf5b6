//! A process under a warden: it ends, with everything that it starts, when this end lets go of it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
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

/// The first argument of a warden's process.
pub(super) const ARGUMENT: &str = "__worker";

/// How long the rest of a frame may take, once it has begun.
const FRAME: Duration = Duration::from_secs(10);

/// How long a process that is told to end may take for it.
const END: Duration = Duration::from_secs(5);

/// How long the rest of its output may take to arrive.
const READ: Duration = Duration::from_secs(1);

/// A process under a warden. Dropping it ends it and everything that it started.
#[derive(Debug)]
pub struct Guarded {
    warden: Child,
    /// The warden kills what it guards once this is closed.
    socket: Option<UnixStream>,
    output: Tail,
    reader: Option<JoinHandle<()>>,
}

impl Guarded {
    /// Starts a command in a folder, with these environment variables. Its standard input is empty, the end of its
    /// output is kept.
    ///
    /// # Errors
    /// When the warden can't be started; a command that can't be started ends with a message in its output.
    pub fn start(program: &Path, command: &[String], folder: &Path, variables: &Variables) -> io::Result<Self> {
        let mut warden = Command::new(program);
        warden.arg(ARGUMENT).args(command).current_dir(folder);
        variables.apply(&mut warden);
        Self::spawn(warden)
    }

    /// Starts a worker with these environment variables.
    pub(super) fn worker(program: &Path, env: &BTreeMap<OsString, OsString>) -> io::Result<Self> {
        let mut warden = Command::new(program);
        warden.arg(ARGUMENT).envs(env);
        Self::spawn(warden)
    }

    fn spawn(mut warden: Command) -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        // A frame that has begun comes whole at once, unless foreign code has written to the socket.
        ours.set_read_timeout(Some(FRAME))?;
        ours.set_write_timeout(Some(FRAME))?;
        let (read, write) = io::pipe()?;
        // A group of its own keeps the terminal's Ctrl-C for the harness, which ends the run in good order.
        warden.process_group(0).stdin(Stdio::from(OwnedFd::from(theirs)));
        warden.stdout(write.try_clone()?).stderr(write);
        let child = warden.spawn()?;
        // The command holds our copies of the other ends, which have to be closed for the end of it to show.
        drop(warden);
        let output = Tail::default();
        let reader = std::thread::spawn({
            let output = output.clone();
            move || output.read(read)
        });
        Ok(Self { warden: child, socket: Some(ours), output, reader: Some(reader) })
    }

    /// The socket to a worker; `None` once it has been ended.
    pub(super) fn socket(&self) -> Option<&UnixStream> {
        self.socket.as_ref()
    }

    /// What the process writes to standard output and error.
    pub(super) fn tail(&self) -> &Tail {
        &self.output
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
        matches!(self.warden.try_wait(), Ok(Some(_)))
    }

    /// Waits until the process ends by itself; `None` once `cancel` is set.
    pub fn finish(&mut self, cancel: &AtomicBool) -> Option<ExitStatus> {
        while !cancel.load(Ordering::Relaxed) {
            if let Some(status) = wait_for(&mut self.warden, Duration::from_millis(50)) {
                // What it has written last is still to be read.
                self.end();
                return Some(status);
            }
        }
        None
    }

    /// Lets go of the process: its warden then kills whatever is left of it.
    pub(super) fn hang_up(&mut self) {
        self.socket = None;
    }

    /// Ends the process by hanging up, and waits for its end.
    pub(super) fn end(&mut self) -> Option<ExitStatus> {
        self.hang_up();
        let status = wait_for(&mut self.warden, END).or_else(|| {
            let _ = self.warden.kill();
            wait_for(&mut self.warden, END)
        });
        self.finish_reading();
        status
    }

    /// Waits for the end of the output. It doesn't come while a process that escaped, by killing its warden, holds
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
        wait_for(&mut self.warden, END);
        self.end()
    }
}

impl Drop for Guarded {
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
