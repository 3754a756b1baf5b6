//! Profiling a program that is started for it.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Child, Command};

use anyhow::{Context as _, Result, anyhow, bail};
use nix::sys::signal::Signal;

use super::run::{ProfileRequest, ProfileRunError};
use crate::context::Context;
use crate::process::{code, end};
use rustworthy_profiler::{ProfileError, Profiled, SampledProcess, profile};

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
            end(&mut child, Signal::SIGTERM).context("can't end the program")?;
            Err(anyhow!("{name}: {error}; the program was ended"))
        }
    }
}
