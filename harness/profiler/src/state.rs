//! What a thread is doing by the system's account: running, or waiting, and for what.

use std::fs;

use nix::unistd::Pid;
use rustworthy_model::profile::Wait;

use super::stop::threads_of;

/// The state letter of a thread, `R`, `S`, `D`, …
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct State(u8);

impl State {
    /// `None` for a thread that is gone.
    pub(super) fn of(pid: Pid, thread: Pid) -> Option<Self> {
        let stat = fs::read(format!("/proc/{pid}/task/{thread}/stat")).ok()?;
        Self::parse(&stat)
    }

    /// The name stands in brackets and may hold anything, brackets too.
    fn parse(stat: &[u8]) -> Option<Self> {
        let end = stat.iter().rposition(|&byte| byte == b')')?;
        stat.get(end + 2).copied().map(Self)
    }

    pub(super) fn is_running(self) -> bool {
        self.0 == b'R'
    }

    pub(super) fn is_ending(self) -> bool {
        matches!(self.0, b'Z' | b'X' | b'x')
    }
}

/// What a thread waits for in this system call.
pub(super) fn wait_in(call: i64) -> Wait {
    match call {
        libc::SYS_futex => Wait::Lock,
        libc::SYS_nanosleep | libc::SYS_clock_nanosleep => Wait::Sleep,
        libc::SYS_wait4 | libc::SYS_waitid => Wait::Process,
        libc::SYS_read
        | libc::SYS_readv
        | libc::SYS_pread64
        | libc::SYS_write
        | libc::SYS_writev
        | libc::SYS_pwrite64
        | libc::SYS_fsync
        | libc::SYS_fdatasync
        | libc::SYS_openat
        | libc::SYS_accept
        | libc::SYS_accept4
        | libc::SYS_connect
        | libc::SYS_recvfrom
        | libc::SYS_recvmsg
        | libc::SYS_sendto
        | libc::SYS_sendmsg
        | libc::SYS_ppoll
        | libc::SYS_pselect6
        | libc::SYS_epoll_pwait => Wait::Io,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_poll | libc::SYS_select | libc::SYS_epoll_wait => Wait::Io,
        _ => Wait::Other,
    }
}

/// Whether a process has ended, waited for or not.
pub(super) fn has_ended(pid: Pid) -> bool {
    State::of(pid, pid).is_none_or(State::is_ending)
}

/// The children of a process that are alive; none where the system doesn't report them.
pub(super) fn children_of(pid: Pid) -> Vec<Pid> {
    let lists = threads_of(pid).unwrap_or_default().into_iter();
    let lists = lists.filter_map(|thread| fs::read_to_string(format!("/proc/{pid}/task/{thread}/children")).ok());
    let children = |list: String| list.split_whitespace().filter_map(|child| child.parse().ok()).collect::<Vec<_>>();
    lists.flat_map(children).map(Pid::from_raw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_stands_behind_the_name_whatever_that_is() {
        assert_eq!(State::parse(b"12 (a) S (b)) R 1 2"), Some(State(b'R')));
        assert!(State::parse(b"12 (python) Z 1").unwrap().is_ending());
        assert_eq!(State::parse(b"12 (cut"), None);
    }
}
