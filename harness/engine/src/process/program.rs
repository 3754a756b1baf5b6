//! Programs of the user's that are started for what they do: they have the terminal, and end as they like.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::Result;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rustworthy_protocol::processes::descendants_of;

/// How long a program may take to end after it is asked to.
const END: Duration = Duration::from_secs(5);

/// Ends a program and all that it has started, with that signal, and by force what doesn't follow.
pub(crate) fn end(program: &mut Child, signal: Signal) -> Result<()> {
    let pid = Pid::from_raw(program.id().try_into()?);
    let mut started = descendants_of(pid);
    // Any of them may have ended by itself meanwhile.
    let send = |processes: &[Pid], signal| {
        for process in processes {
            let _ = kill(*process, signal);
        }
    };
    send(&[pid], signal);
    send(&started, signal);
    let start = Instant::now();
    let mut has_ended = false;
    while start.elapsed() < END {
        has_ended = program.try_wait()?.is_some();
        started.retain(|process| kill(*process, None).is_ok());
        if has_ended && started.is_empty() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    if !has_ended {
        started.extend(descendants_of(pid));
        program.kill()?;
        program.wait()?;
    }
    send(&started, Signal::SIGKILL);
    Ok(())
}

/// Its exit code, or 128 and the number of the signal that ended it.
pub(crate) fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}
