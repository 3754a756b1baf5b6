//! Runs of git that change nothing of the caller's, and ask nobody anything.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::error::RevisionError;
use crate::process::{self, Ending, Finished, RunLimits, Variables};

/// Variables by which git tells its hooks and aliases about the repository that they run for.
///
/// The list is that of `git rev-parse --local-env-vars`, without those that carry settings: continuous integration says
/// `safe.directory` by them.
const LOCAL: [&str; 12] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// Settings that keep git from running anything beside itself (hooks, a monitor of files, upkeep), and from marking the
/// repository as one with relative paths to worktrees, which older versions refuse to open.
const SETTINGS: [&str; 5] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "worktree.useRelativePaths=false",
];

/// How long cleaning up may take, which isn't to be interrupted.
const CLEANING: Duration = Duration::from_secs(60);

/// An environment in which git finds the repository of its working directory.
pub(super) fn unbound() -> Variables {
    LOCAL.into_iter().fold(Variables::default(), Variables::remove)
}

/// Git in a folder.
#[derive(Debug, Clone)]
pub(super) struct Git {
    folder: PathBuf,
    cancel: Arc<AtomicBool>,
}

impl Git {
    pub(super) fn new(folder: PathBuf, cancel: &Arc<AtomicBool>) -> Self {
        Self { folder, cancel: Arc::clone(cancel) }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn cancel(&self) -> &Arc<AtomicBool> {
        &self.cancel
    }

    /// Runs a command to its end, however that is.
    ///
    /// # Errors
    /// When git can't be run, or the user interrupts.
    pub(super) fn run(&self, arguments: &[&dyn AsRef<OsStr>]) -> Result<Finished, RevisionError> {
        let limits = RunLimits { timeout: None, cancel: Some(&self.cancel) };
        let finished = process::run(self.command(arguments), &limits, &mut |_| {}).map_err(cannot_run)?;
        if finished.ending == Ending::Cancelled { Err(RevisionError::Interrupted) } else { Ok(finished) }
    }

    /// Runs a command that has to succeed, and returns what it prints; `what` it does is for the error.
    ///
    /// # Errors
    /// When it fails too.
    pub(super) fn ask(&self, what: &'static str, arguments: &[&dyn AsRef<OsStr>]) -> Result<String, RevisionError> {
        let finished = self.run(arguments)?;
        if finished.success() { Ok(finished.stdout) } else { Err(self.error(what, &finished)) }
    }

    /// Runs a command that has to succeed, and returns all that it prints, byte for byte.
    ///
    /// # Errors
    /// When it can't be run, or fails.
    pub(super) fn bytes(&self, what: &'static str, arguments: &[&dyn AsRef<OsStr>]) -> Result<Vec<u8>, RevisionError> {
        let output = self.command(arguments).stdin(Stdio::null()).output().map_err(cannot_run)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let output = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
        Err(RevisionError::Git { repository: self.folder.clone(), what, output })
    }

    /// Runs a command that cleans up, interrupted or not, and returns whether it succeeded.
    pub(super) fn clean_up(&self, arguments: &[&dyn AsRef<OsStr>]) -> bool {
        let limits = RunLimits { timeout: Some(CLEANING), cancel: None };
        process::run(self.command(arguments), &limits, &mut |_| {}).is_ok_and(|finished| finished.success())
    }

    pub(super) fn error(&self, what: &'static str, finished: &Finished) -> RevisionError {
        RevisionError::Git { repository: self.folder.clone(), what, output: finished.quote() }
    }

    fn command(&self, arguments: &[&dyn AsRef<OsStr>]) -> Command {
        let mut command = Command::new("git");
        unbound().set("LC_ALL", "C").set("GIT_TERMINAL_PROMPT", "0").apply(&mut command);
        // Without optional locks not even `status` writes to the index.
        command.args(["--no-optional-locks", "-C"]).arg(&self.folder);
        command.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        command.args(arguments);
        command
    }
}

fn cannot_run(error: io::Error) -> RevisionError {
    if error.kind() == io::ErrorKind::NotFound {
        RevisionError::GitMissing
    } else {
        RevisionError::GitNotStarted(error)
    }
}
