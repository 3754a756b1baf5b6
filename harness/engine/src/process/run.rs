//! Runs a child to its end, its output line by line, and leaves nothing of it behind.
//!
//! The child leads a process group of its own: what it starts in turn is killed with it, and Ctrl-C in a terminal
//! reaches only the caller, who then cancels. On Linux the child dies with the thread that started it, even by
//! `kill -9`.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// How often a silent child is checked.
const POLL: Duration = Duration::from_millis(10);
/// How long the output of an ended child is still read, should something else hold its pipes open.
const DRAIN: Duration = Duration::from_secs(1);
/// Most of one line, and of the kept standard output: a program that isn't what it was taken for may print for ever.
const LINE_BYTES: u64 = 64 << 10;
const KEPT_BYTES: usize = 1 << 20;
/// Lines of output that a message quotes, and characters of each.
const QUOTED_LINES: usize = 20;
const QUOTED_CHARACTERS: usize = 400;

/// What ends a child early.
#[derive(Default)]
pub(crate) struct RunLimits<'a> {
    /// Longest that it may take.
    pub(crate) timeout: Option<Duration>,
    /// Set by somebody else to end it.
    pub(crate) cancel: Option<&'a AtomicBool>,
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Exited(ExitStatus),
    TimedOut,
    Cancelled,
}

/// A child that has ended.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) ending: Ending,
    /// The first megabyte of its standard output.
    pub(crate) stdout: String,
    last_lines: VecDeque<String>,
}

impl Finished {
    /// Whether it ended by itself, with exit code 0.
    pub(crate) fn success(&self) -> bool {
        matches!(self.ending, Ending::Exited(status) if status.success())
    }

    /// The last lines of its output for a message, indented on lines of their own; without any, how it ended.
    pub(crate) fn quote(&self) -> String {
        let quoted: String = self.last_lines.iter().map(|line| format!("\n    {line}")).collect();
        match self.ending {
            _ if !quoted.is_empty() => quoted,
            Ending::Exited(status) => format!("no output, {status}"),
            Ending::TimedOut | Ending::Cancelled => "no output".to_owned(),
        }
    }

    fn take(&mut self, line: OutputLine, on_line: &mut dyn FnMut(&str)) {
        if line.stream == Stream::Out && self.stdout.len() < KEPT_BYTES {
            self.stdout.push_str(&line.text);
        }
        let text = printable(line.text.trim_end());
        if text.is_empty() {
            return;
        }
        on_line(&text);
        if self.last_lines.len() == QUOTED_LINES {
            self.last_lines.pop_front();
        }
        self.last_lines.push_back(text);
    }
}

/// A line of output as it may be shown in a terminal.
fn printable(line: &str) -> String {
    line.chars().filter(|character| !character.is_control()).take(QUOTED_CHARACTERS).collect()
}

/// Runs `command` to its end without any input, calling `on_line` for each line of its output and errors.
///
/// # Errors
/// When it can't be started or waited for. A child that fails, hangs or is cancelled is an [`Ending`].
pub(crate) fn run(mut command: Command, limits: &RunLimits<'_>, on_line: &mut dyn FnMut(&str)) -> io::Result<Finished> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    #[cfg(target_os = "linux")]
    die_with_parent(&mut command);
    let mut group = Group { leader: command.spawn()?, ended: false };
    let lines = group.lines();

    let mut finished = Finished { ending: Ending::Cancelled, stdout: String::new(), last_lines: VecDeque::new() };
    let deadline = limits.timeout.map(|timeout| Instant::now() + timeout);
    finished.ending = loop {
        if limits.cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed)) {
            break Ending::Cancelled;
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            break Ending::TimedOut;
        }
        match lines.recv_timeout(POLL) {
            Ok(line) => {
                finished.take(line, on_line);
                continue;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => thread::sleep(POLL),
        }
        if let Some(status) = group.try_wait()? {
            break Ending::Exited(status);
        }
    };
    group.kill();
    let drained = Instant::now() + DRAIN;
    while let Ok(line) = lines.recv_timeout(drained.saturating_duration_since(Instant::now())) {
        finished.take(line, on_line);
        if Instant::now() >= drained {
            break;
        }
    }
    Ok(finished)
}

/// Has the kernel kill the child when the thread that starts it ends. What the child starts in turn may live on.
#[cfg(target_os = "linux")]
pub(crate) fn die_with_parent(command: &mut Command) {
    let parent = nix::unistd::getpid();
    let hook = move || {
        nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
        // The parent may have died before the line above.
        if nix::unistd::getppid() == parent { Ok(()) } else { Err(io::Error::from_raw_os_error(libc::ESRCH)) }
    };
    // SAFETY: the hook makes two system calls and allocates nothing, which is safe between fork and exec.
    unsafe { command.pre_exec(hook) };
}

/// A running child with its process group; killed when dropped.
struct Group {
    leader: Child,
    ended: bool,
}

impl Group {
    fn lines(&mut self) -> Receiver<OutputLine> {
        let (sender, lines) = sync_channel(256);
        if let Some(stdout) = self.leader.stdout.take() {
            forward(stdout, Stream::Out, sender.clone());
        }
        if let Some(stderr) = self.leader.stderr.take() {
            forward(stderr, Stream::Error, sender);
        }
        lines
    }

    fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        let status = self.leader.try_wait()?;
        self.ended |= status.is_some();
        Ok(status)
    }

    /// Kills what is left of the group.
    fn kill(&mut self) {
        if let Ok(leader) = i32::try_from(self.leader.id()) {
            // An error says that nobody is left.
            let _ = killpg(Pid::from_raw(leader), Signal::SIGKILL);
        }
        if !self.ended {
            let _ = self.leader.wait();
            self.ended = true;
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.ended {
            self.kill();
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stream {
    Out,
    Error,
}

/// A line with its end, or the next piece of an overlong one.
struct OutputLine {
    stream: Stream,
    text: String,
}

/// Sends the lines of `pipe` from a thread of its own, until its end or until nobody listens.
fn forward(pipe: impl Read + Send + 'static, stream: Stream, sender: SyncSender<OutputLine>) {
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        loop {
            let mut bytes = Vec::new();
            match pipe.by_ref().take(LINE_BYTES).read_until(b'\n', &mut bytes) {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if sender.send(OutputLine { stream, text }).is_err() {
                return;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn run_shell(script: &str, limits: &RunLimits<'_>) -> Finished {
        run(shell(script), limits, &mut |_| {}).unwrap()
    }

    #[test]
    fn every_line_of_both_streams_is_passed_on() {
        let mut lines = Vec::new();
        let command = shell("echo one; sleep 0.05; echo two >&2; sleep 0.05; printf three");
        let finished = run(command, &RunLimits::default(), &mut |line| lines.push(line.to_owned())).unwrap();
        assert!(finished.success());
        assert_eq!(lines, ["one", "two", "three"]);
        assert_eq!(finished.stdout, "one\nthree");
    }

    #[test]
    fn a_message_quotes_the_last_twenty_lines() {
        let finished = run_shell("for i in $(seq 50); do echo line $i; done; exit 3", &RunLimits::default());
        assert!(!finished.success());
        assert_eq!(finished.quote().lines().count(), 21);
        assert!(finished.quote().ends_with("line 50"));
        assert_eq!(run_shell("exit 3", &RunLimits::default()).quote(), "no output, exit status: 3");
    }

    #[test]
    fn a_child_that_takes_too_long_is_killed_with_what_it_started() {
        let limits = RunLimits { timeout: Some(Duration::from_millis(200)), ..RunLimits::default() };
        let finished = run_shell("sleep 1000 & echo $!; sleep 1000", &limits);
        assert_eq!(finished.ending, Ending::TimedOut);
        assert!(crate::python::testing::ends(finished.stdout.trim()));
    }

    #[test]
    fn a_cancelled_child_is_killed() {
        let cancel = AtomicBool::new(false);
        let limits = RunLimits { cancel: Some(&cancel), ..RunLimits::default() };
        let mut cancelling = |_: &str| cancel.store(true, Ordering::Relaxed);
        let finished = run(shell("echo started; sleep 1000"), &limits, &mut cancelling).unwrap();
        assert_eq!(finished.ending, Ending::Cancelled);
    }

    #[test]
    fn endless_output_is_not_kept() {
        let limits = RunLimits { timeout: Some(Duration::from_millis(300)), ..RunLimits::default() };
        let finished = run_shell("cat /dev/zero", &limits);
        assert!(finished.stdout.len() <= KEPT_BYTES + LINE_BYTES as usize);
    }

    #[test]
    fn what_a_child_leaves_running_does_not_hold_its_caller_up() {
        let finished = run_shell("sleep 1000 & echo $!", &RunLimits::default());
        assert!(finished.success());
        assert!(crate::python::testing::ends(finished.stdout.trim()));
    }
}
