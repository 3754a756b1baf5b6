//! Stopping all threads of a process for a moment, and letting them go as they were.
//!
//! Threads are seized and interrupted rather than attached to: no SIGSTOP reaches the target, so neither its parent nor
//! its shell sees it stop, and a signal that arrives meanwhile is handed on. Should this process die, the kernel lets the
//! target go.
//!
//! Only stops are waited for, never ends: a target that is a child of this process keeps its exit status for whoever
//! started it. Nobody else in this process may wait for it while threads are stopped: the kernel would report the stop
//! to them.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::ptrace;
use nix::sys::signal::Signal;
use nix::unistd::Pid;

/// How long a stop is waited for awake: going to sleep and being woken takes longer than most stops, and all that time the
/// target stands still.
const AWAKE: Duration = Duration::from_micros(200);

/// Threads of a process, stopped. They go on when this is dropped.
#[derive(Debug)]
pub(super) struct Stopped {
    pid: Pid,
    /// Whether the process is a child of this one.
    own_child: bool,
    threads: Vec<Thread>,
}

/// A stopped thread.
#[derive(Debug, Clone, Copy)]
pub(super) struct Thread {
    pub(super) id: Pid,
    /// A signal that was about to be delivered.
    signal: Option<Signal>,
}

/// Why a process can't be stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StopError {
    /// It has ended, or is about to.
    Gone,
    /// The system doesn't allow it.
    Denied,
    /// Another error of the system.
    System(Errno),
}

impl Stopped {
    /// Stops every thread, those too that appear meanwhile.
    pub(super) fn stop(pid: Pid, own_child: bool) -> Result<Self, StopError> {
        let mut stopped = Self { pid, own_child, threads: Vec::new() };
        let mut denied = false;
        loop {
            let before = stopped.threads.len();
            for id in threads_of(pid).map_err(|_| StopError::Gone)? {
                if stopped.threads.iter().any(|thread| thread.id == id) {
                    continue;
                }
                match ptrace::seize(id, ptrace::Options::empty()) {
                    Ok(()) => stopped.threads.push(Thread { id, signal: None }),
                    // It could not be let go the last time, having just been about to go on.
                    Err(Errno::EPERM) if !is_ending(pid, id) && is_traced_by_this_thread(pid, id) => {
                        stopped.threads.push(Thread { id, signal: None });
                    }
                    // A thread that is ending denies it too.
                    Err(Errno::EPERM) => denied |= !is_ending(pid, id),
                    Err(Errno::ESRCH) => {}
                    Err(error) => return Err(StopError::System(error)),
                }
            }
            if stopped.threads.len() == before {
                break;
            }
            stopped.interrupt_from(before);
            if stopped.has_all() {
                break;
            }
        }
        match stopped.threads.is_empty() {
            false => Ok(stopped),
            true if denied => Err(StopError::Denied),
            true => Err(StopError::Gone),
        }
    }

    /// Whether the process has no thread beside those that are stopped, by the number of links to its folder of threads:
    /// that is quicker to ask for than their list.
    fn has_all(&self) -> bool {
        let links = fs::metadata(format!("/proc/{}/task", self.pid)).map(|folder| folder.nlink());
        links.is_ok_and(|links| links == self.threads.len() as u64 + 2)
    }

    /// Interrupts the threads from this place on, all before the first is waited for; those that have ended are left out.
    fn interrupt_from(&mut self, place: usize) {
        let seized = self.threads.split_off(place);
        for thread in &seized {
            // One that has ended meanwhile shows below.
            let _ = ptrace::interrupt(thread.id);
        }
        for mut thread in seized {
            match wait_for_stop(thread.id) {
                Some(signal) => {
                    thread.signal = signal;
                    self.threads.push(thread);
                }
                None => self.bury(thread.id),
            }
        }
    }

    pub(super) fn threads(&self) -> &[Thread] {
        &self.threads
    }

    /// A traced thread that has ended stays until its tracer has seen to it. The first thread of a child is for the parent
    /// to wait for.
    fn bury(&self, id: Pid) {
        if id != self.pid || !self.own_child {
            // SAFETY: waits for nothing, and writes nowhere.
            unsafe { libc::waitpid(id.as_raw(), std::ptr::null_mut(), libc::__WALL | libc::WNOHANG) };
        }
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        for thread in &self.threads {
            // Killed meanwhile, even while stopped.
            if ptrace::detach(thread.id, thread.signal) == Err(Errno::ESRCH) {
                self.bury(thread.id);
            }
        }
    }
}

/// Waits until a thread has stopped, and returns the signal that it stopped for, if any; `None` where it has ended.
fn wait_for_stop(id: Pid) -> Option<Option<Signal>> {
    // SAFETY: all zeros is a valid value of this plain structure.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    let start = Instant::now();
    loop {
        let awake = if start.elapsed() < AWAKE { libc::WNOHANG } else { 0 };
        let options = libc::WSTOPPED | libc::__WALL | awake;
        // SAFETY: the structure outlives the call.
        let waited = unsafe { libc::waitid(libc::P_PID, id.as_raw() as libc::id_t, &mut info, options) };
        // SAFETY: zero, or what waitid has filled in of a child.
        if waited == 0 && unsafe { info.si_pid() } != 0 {
            break;
        }
        if waited != 0 && Errno::last() != Errno::EINTR {
            return None;
        }
    }
    // SAFETY: waitid has filled in the fields of a child.
    let status = unsafe { info.si_status() };
    // A stop of ours, or one with all of the process, carries the event in its second byte.
    let is_signal = status >> 8 == 0;
    Some(is_signal.then(|| Signal::try_from(status).ok()).flatten())
}

/// Identifiers of a process's threads.
pub(super) fn threads_of(pid: Pid) -> io::Result<Vec<Pid>> {
    let folder = fs::read_dir(format!("/proc/{pid}/task"))?;
    Ok(folder.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).map(Pid::from_raw).collect())
}

fn is_traced_by_this_thread(pid: Pid, thread: Pid) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/task/{thread}/status")).unwrap_or_default();
    let tracer = status.lines().find_map(|line| line.strip_prefix("TracerPid:")).map(str::trim);
    tracer.and_then(|tracer| tracer.parse().ok()) == Some(nix::unistd::gettid().as_raw())
}

fn is_ending(pid: Pid, thread: Pid) -> bool {
    match super::state::State::of(pid, thread) {
        Some(state) => state.is_ending(),
        None => true,
    }
}
