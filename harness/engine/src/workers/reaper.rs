//! The outer process of a worker: whatever happens to the harness or to the foreign code, no process is left behind.
//!
//! The reaper forks before it does anything else. The child goes on as the worker; the reaper waits until
//! the child ends or the harness's end of the socket closes, which happens however the harness dies. It is
//! the subreaper of everything that foreign code starts, so even a daemon that has detached itself comes
//! back to it, and is killed. Then it ends as its child ended, for the harness to see.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, killpg, raise, sigaction, signal};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork, getpid, setpgid};
use rustworthy_protocol::processes::children_of;

use rustworthy_protocol::variables::SOCKET;

use super::process_tree::{ARGUMENT, HOSTED_ARGUMENT};

/// A hosted worker finds the socket at a high number, out of the way of what a Python opens and closes while it starts.
const SOCKET_FROM: i32 = 700;

/// Where this process was started as a worker, runs it to its end; returns the exit status of the process then. `serve` is
/// the worker, which answers the engine at the other end of a socket.
///
/// A program that measures calls this before anything else: it is its own workers' program.
///
/// # Errors
/// When the system refuses what a reaper needs, or the command can't be run.
pub fn run_if_asked(serve: impl FnOnce(UnixStream) -> io::Result<i32>) -> Option<io::Result<i32>> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let (first, command) = arguments.split_first()?;
    if first == HOSTED_ARGUMENT {
        return Some(reap(|socket| become_worker(command, socket)));
    }
    (first == ARGUMENT).then(|| {
        reap(|socket| match command.split_first() {
            None => serve(socket),
            Some((program, arguments)) => Err(Command::new(program).args(arguments).exec()),
        })
    })
}

/// Becomes a Python that loads a worker; only an error returns.
fn become_worker(command: &[OsString], socket: UnixStream) -> io::Result<i32> {
    let Some((python, arguments)) = command.split_first() else { return Err(io::ErrorKind::InvalidInput.into()) };
    let inherited = fcntl(&socket, FcntlArg::F_DUPFD(SOCKET_FROM)).or_else(|_| fcntl(&socket, FcntlArg::F_DUPFD(3)))?;
    Err(Command::new(python).args(arguments).env(SOCKET, inherited.to_string()).exec())
}

/// Has `work` done by a process that nothing is left of, and returns its exit status. Standard input is the socket to the
/// harness.
///
/// # Errors
/// When the system refuses what a reaper needs, or the command can't be run.
fn reap(work: impl FnOnce(UnixStream) -> io::Result<i32>) -> io::Result<i32> {
    // A crash of foreign code is expected here, and a core file of it would be litter.
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    adopt_orphans()?;
    let ended = ends_of_children()?;

    let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    // SAFETY: nothing has started a thread in this process yet.
    match unsafe { fork() }? {
        ForkResult::Child => {
            drop(ended);
            setpgid(Pid::from_raw(0), Pid::from_raw(0))?;
            end_with_the_reaper()?;
            // SAFETY: restores the default action; the reaper's handler isn't wanted here.
            unsafe { signal(Signal::SIGCHLD, SigHandler::SigDfl) }?;
            // Foreign code must not find the socket on standard input.
            nix::unistd::dup2_stdin(File::open("/dev/null")?)?;
            work(socket)
        }
        ForkResult::Parent { child } => {
            let status = wait(child, &socket, &ended);
            // Where there are no subreapers, this is all that can be reached.
            let _ = killpg(child, Signal::SIGKILL);
            kill_descendants();
            Ok(end_like(status))
        }
    }
}

/// Waits until the worker ends, or kills it when the harness has gone.
fn wait(worker: Pid, socket: &UnixStream, ended: &UnixStream) -> WaitStatus {
    loop {
        if let Ok(status) = waitpid(worker, Some(WaitPidFlag::WNOHANG))
            && matches!(status, WaitStatus::Exited(..) | WaitStatus::Signaled(..))
        {
            return status;
        }
        // No events are asked for: a hang-up is always reported, and data is for the worker to read.
        let mut fds = [PollFd::new(socket.as_fd(), PollFlags::empty()), PollFd::new(ended.as_fd(), PollFlags::POLLIN)];
        match poll(&mut fds, PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(_) => {
                let _ = kill(worker, Signal::SIGKILL);
            }
        }
        let harness_has_gone = fds[0].revents().is_some_and(|events| events.contains(PollFlags::POLLHUP));
        if harness_has_gone {
            let _ = kill(worker, Signal::SIGKILL);
            return waitpid(worker, None).unwrap_or(WaitStatus::Signaled(worker, Signal::SIGKILL, false));
        }
        drain(ended);
    }
}

/// Kills every process that descends from this one. As the subreaper it inherits the children of those it
/// kills, so it is done when it has no child left.
fn kill_descendants() {
    loop {
        for child in children_of(getpid()) {
            let _ = kill(child, Signal::SIGKILL);
        }
        match waitpid(Pid::from_raw(-1), None) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(_) => return,
        }
    }
}

fn end_like(status: WaitStatus) -> i32 {
    match status {
        WaitStatus::Exited(_, code) => code,
        WaitStatus::Signaled(_, signal, _) => {
            let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
            // SAFETY: restoring the default action runs no code of ours.
            let _ = unsafe { sigaction(signal, &default) };
            let _ = raise(signal);
            128 + signal as i32
        }
        _ => 1,
    }
}

#[cfg(target_os = "linux")]
fn adopt_orphans() -> io::Result<()> {
    Ok(nix::sys::prctl::set_child_subreaper(true)?)
}

#[cfg(not(target_os = "linux"))]
fn adopt_orphans() -> io::Result<()> {
    Ok(())
}

/// Foreign code may kill the reaper, and would never be ended itself then.
#[cfg(target_os = "linux")]
fn end_with_the_reaper() -> io::Result<()> {
    Ok(nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?)
}

#[cfg(not(target_os = "linux"))]
fn end_with_the_reaper() -> io::Result<()> {
    Ok(())
}

/// A socket that becomes readable when a child ends.
fn ends_of_children() -> io::Result<UnixStream> {
    let (read, write) = UnixStream::pair()?;
    read.set_nonblocking(true)?;
    signal_hook::low_level::pipe::register(signal_hook::consts::SIGCHLD, write)?;
    Ok(read)
}

fn drain(mut socket: &UnixStream) {
    let mut bytes = [0; 64];
    while socket.read(&mut bytes).is_ok_and(|length| length > 0) {}
}
