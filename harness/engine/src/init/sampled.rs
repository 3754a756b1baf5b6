//! A program that is run to see where its time goes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use rustworthy_model::profile::Stacks;

use crate::context::Context;

/// A program to run.
#[derive(Debug, Clone)]
pub(super) struct Program {
    /// What people know it by.
    pub(super) name: String,
    /// Its command, with its arguments.
    pub(super) words: Vec<OsString>,
    /// Its working directory.
    pub(super) folder: PathBuf,
    /// Folders of modules, before those of `PYTHONPATH`.
    pub(super) python_path: Vec<PathBuf>,
    /// After this time it's ended, as Ctrl-C does.
    pub(super) most: Duration,
}

/// What was seen of it.
#[derive(Debug)]
pub(super) struct Sampled {
    pub(super) stacks: Stacks,
    /// Wall time in seconds for which it was sampled.
    pub(super) seconds: f64,
    /// How it ended; 0 where it was ended because its time was over.
    pub(super) code: u8,
    /// What else one should know.
    pub(super) notes: Vec<String>,
}

/// Runs a program and samples it. Its output goes to standard error: standard output is for the result.
///
/// # Errors
/// When it can't be started or waited for. Where it can't be sampled it has run all the same, and a note says why.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub(super) fn sample(context: &Context<'_>, program: &Program) -> Result<Sampled> {
    use anyhow::Context as _;
    use nix::sys::signal::Signal;
    use rustworthy_profiler::{ProfileError, SampledProcess, Settings, profile};
    use rustworthy_stats::Confidence;

    use crate::process::{code, end};

    /// Samples a second: tests are short.
    const RATE: f64 = 250.0;

    let mut child = command(program)?.spawn().with_context(|| format!("can't start {}", program.name))?;
    let aim =
        SampledProcess { name: program.name.clone(), files: "profile".to_owned(), pid: child.id(), own_child: true };
    let settings = Settings {
        rate: RATE,
        duration: Some(program.most),
        idle: false,
        native: false,
        confidence: Confidence::USUAL,
    };
    let start = std::time::Instant::now();
    let profiled = profile(&aim, &settings, &context.cancel);
    let (stacks, mut notes) = match profiled {
        Ok(profiled) => (profiled.stacks, profiled.target.notes),
        Err(ProfileError::TooShort(_)) => (Stacks::new(1.0 / RATE), Vec::new()),
        Err(error) => (Stacks::new(1.0 / RATE), vec![format!("{}: {error}", program.name)]),
    };
    // Sampling is over, so that its end can be waited for.
    let rest = program.most.saturating_sub(start.elapsed());
    let ended = wait(context, &mut child, rest)?;
    if ended.is_none() {
        end(&mut child, Signal::SIGINT).context("can't end the program")?;
        notes.push(format!("{} was ended after {} s", program.name, program.most.as_secs()));
    }
    Ok(Sampled { stacks, seconds: start.elapsed().as_secs_f64(), code: ended.map_or(0, code), notes })
}

/// Runs it without looking at it.
///
/// # Errors
/// Always: the profiler knows this system's stacks not.
#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
pub(super) fn sample(_context: &Context<'_>, _program: &Program) -> Result<Sampled> {
    anyhow::bail!("programs can be sampled on Linux on x86-64 alone; leave out --yes and --run")
}

/// Waits for the end of a program, so long at most; `None` where it goes on.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn wait(
    context: &Context<'_>,
    child: &mut std::process::Child,
    most: Duration,
) -> Result<Option<std::process::ExitStatus>> {
    const POLL: Duration = Duration::from_millis(20);
    let start = std::time::Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() >= most || context.is_cancelled() {
            return Ok(None);
        }
        std::thread::sleep(POLL);
    }
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn command(program: &Program) -> Result<std::process::Command> {
    use std::os::fd::AsFd;
    use std::process::{Command, Stdio};

    use anyhow::{Context as _, bail};

    const SEARCH_PATH: &str = "PYTHONPATH";

    let [first, rest @ ..] = program.words.as_slice() else { bail!("--run: there is no command") };
    let inherited = std::env::var_os(SEARCH_PATH).filter(|inherited| !inherited.is_empty()).unwrap_or_default();
    let path = program.python_path.iter().cloned();
    let path = path.chain(std::env::split_paths(&inherited).filter(|folder| !folder.as_os_str().is_empty()));
    let errors = std::io::stderr().as_fd().try_clone_to_owned().context("can't share standard error")?;
    let mut command = Command::new(first);
    command.args(rest).current_dir(&program.folder).stdin(Stdio::null()).stdout(Stdio::from(errors));
    command.env(SEARCH_PATH, std::env::join_paths(path).context("the project's folder can't be in PYTHONPATH")?);
    #[cfg(target_os = "linux")]
    crate::process::die_with_parent(&mut command);
    Ok(command)
}

/// A command as people write it.
pub(super) fn named(words: &[OsString]) -> String {
    let words = words.iter().enumerate().map(|(place, word)| {
        let word = if place == 0 { Path::new(word).file_name().unwrap_or(word) } else { word };
        word.to_string_lossy()
    });
    words.collect::<Vec<_>>().join(" ")
}
