//! Profiling a program that is started for it.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rustworthy_protocol::processes::descendants_of;

use super::run::{ProfileRequest, ProfileRunError};
use crate::context::Context;
use rustworthy_profiler::{ProfileError, Profiled, SampledProcess, profile};

/// How long a program may take to end after it is asked to.
const END: Duration = Duration::from_secs(5);

/// Starts a program and samples it to its end. One that can't be sampled is ended at once: it was started for its profile
/// alone, and may be a server that never ends by itself.
pub(super) fn of_program(
    context: &Context<'_>,
    request: &ProfileRequest,
    words: &[OsString],
) -> Result<(Profiled, u8)> {
    let [program, rest @ ..] = words else { bail!("there is no command after --") };
    let settings = request.settings(None, false)?;
    let mut child = Command::new(program)
        .args(rest)
        .spawn()
        .with_context(|| format!("can't start {}", Path::new(program).display()))?;
    let name = words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
    let aim = SampledProcess { name: name.clone(), files: "profile".to_owned(), pid: child.id(), own_child: true };
    let profiled = profile(&aim, &settings, &context.cancel);
    // Sampling is over, so that its end can be waited for; Ctrl-C reaches it as well.
    let wait = |child: &mut Child| child.wait().context("can't wait for the program's end");
    match profiled {
        Ok(mut profiled) => {
            let code = code(wait(&mut child)?);
            profiled.target.exit_code = Some(code.into());
            Ok((profiled, code))
        }
        Err(error @ ProfileError::TooShort(_)) => {
            Err(ProfileRunError::TooShort { name, error, exit_code: code(wait(&mut child)?) }.into())
        }
        Err(error) => {
            end(&mut child).context("can't end the program")?;
            Err(anyhow!("{name}: {error}; the program was ended"))
        }
    }
}

/// Ends a program and all that it has started: as a terminal would, and by force what doesn't follow.
fn end(program: &mut Child) -> Result<()> {
    let pid = Pid::from_raw(program.id().try_into()?);
    let mut started = descendants_of(pid);
    // Any of them may have ended by itself meanwhile.
    let send = |processes: &[Pid], signal| {
        for process in processes {
            let _ = kill(*process, signal);
        }
    };
    send(&[pid], Signal::SIGTERM);
    send(&started, Signal::SIGTERM);
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
fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}
