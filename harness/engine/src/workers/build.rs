//! A build command, run to its end with everything that it starts.

use std::io;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::atomic::AtomicBool;

use super::process_tree::ProcessTree;
use crate::process::Variables;

/// A build command.
#[derive(Debug)]
pub struct Build<'a> {
    /// The program itself, which runs the command under a reaper.
    pub program: &'a Path,
    /// The command; in its words `{rustworthy}` stands for the program.
    pub command: &'a [String],
    /// Where it runs.
    pub folder: &'a Path,
    /// Its environment.
    pub variables: Variables,
}

/// Why something isn't built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The command can't be started.
    #[error("can't run {command:?}: {source}")]
    NotStarted {
        /// The command line.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// The command failed.
    #[error("{command:?} ended with {status}{output}")]
    Failed {
        /// The command line.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// The last lines of its output, each on a line of its own.
        output: String,
    },
    /// The user interrupted.
    #[error("interrupted")]
    Interrupted,
}

impl Build<'_> {
    /// Runs the command; it ends, with everything that it started, once `cancel` is set.
    ///
    /// # Errors
    /// When it can't be started, fails, or is interrupted.
    pub fn run(&self, cancel: &AtomicBool) -> Result<(), BuildError> {
        let command = self.command.join(" ");
        let program = self.program.to_string_lossy();
        let words: Vec<String> = self.command.iter().map(|word| word.replace("{rustworthy}", &program)).collect();
        let mut process = match ProcessTree::start(self.program, &words, self.folder, &self.variables) {
            Ok(process) => process,
            Err(source) => return Err(BuildError::NotStarted { command, source }),
        };
        match process.finish(cancel) {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(BuildError::Failed { command, status, output: process.output() }),
            None => Err(BuildError::Interrupted),
        }
    }
}
