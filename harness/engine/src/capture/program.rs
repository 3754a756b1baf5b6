//! Running the program whose calls are recorded.

use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::Signal;

use super::beside::Beside;
use super::capture::{CaptureRequest, Driver};
use crate::context::Context;
#[cfg(target_os = "linux")]
use crate::process::die_with_parent;
use crate::process::{code, end};

/// How often a running program is looked at.
const POLL: Duration = Duration::from_millis(20);

/// How long a program may take to end after an interruption that has reached it too.
const GRACE: Duration = Duration::from_secs(10);

/// How a program ended.
pub(super) struct Ended {
    /// Its exit code, or 128 and the number of the signal that ended it.
    pub(super) code: u8,
    /// Whether it was ended because its time was over.
    pub(super) is_ended: bool,
}

/// Runs a program to its end with a recorder beside it. Its output goes to standard error: standard output is for the result.
pub(super) fn run(context: &Context<'_>, request: &CaptureRequest, beside: &Beside) -> Result<Ended> {
    let words = words(&request.driver)?;
    let [program, rest @ ..] = words.as_slice() else { bail!("there is no command after --") };
    let mut command = Command::new(program);
    command.args(rest);
    let errors = io::stderr().as_fd().try_clone_to_owned().context("can't share standard error")?;
    command.stdout(Stdio::from(errors));
    beside.stand_beside(&mut command)?;
    #[cfg(target_os = "linux")]
    die_with_parent(&mut command);
    let mut child = command.spawn().with_context(|| format!("can't start {}", Path::new(program).display()))?;
    let start = Instant::now();
    let mut interrupted: Option<Instant> = None;
    loop {
        if let Some(status) = child.try_wait().context("can't wait for the program's end")? {
            return Ok(Ended { code: code(status), is_ended: false });
        }
        if context.is_cancelled() && interrupted.is_none() {
            interrupted = Some(Instant::now());
        }
        let is_over = request.duration.is_some_and(|duration| start.elapsed() >= duration);
        if is_over || interrupted.is_some_and(|since| since.elapsed() >= GRACE) {
            // Python ends in good order by an interruption: what has been counted is written then.
            end(&mut child, Signal::SIGINT).context("can't end the program")?;
            return Ok(Ended { code: 0, is_ended: true });
        }
        std::thread::sleep(POLL);
    }
}

/// The command to run.
fn words(driver: &Driver) -> Result<Vec<OsString>> {
    match driver {
        Driver::Program(words) => Ok(words.clone()),
        Driver::Pytest { python, arguments } => {
            let Some(arguments) = shlex::split(arguments) else {
                bail!("--pytest: {arguments}: a quotation mark is missing");
            };
            let python = python.clone().map_or_else(|| OsString::from("python"), OsString::from);
            Ok([python, "-m".into(), "pytest".into()].into_iter().chain(arguments.into_iter().map(Into::into)).collect())
        }
    }
}
