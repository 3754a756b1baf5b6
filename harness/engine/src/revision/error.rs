//! What can go wrong with a revision: each message names the thing, the place and the remedy.

use std::io;
use std::path::PathBuf;

use super::advice;
use crate::workers::BuildError;

/// Why there is no project of a revision.
#[derive(Debug, thiserror::Error)]
pub enum RevisionError {
    /// There is no git.
    #[error("git isn't installed, and finds the revision; install it (Debian and Ubuntu: apt install git)")]
    GitMissing,

    /// Git can't be run.
    #[error("git can't be run: {0}")]
    GitNotStarted(#[source] io::Error),

    /// There is no repository.
    #[error(
        "{}: not in a git repository, so it has no revisions; name a folder that is with --project, or a saved run in \
         place of the revision",
        folder.display()
    )]
    NotARepository {
        /// The folder that was searched, with those above it.
        folder: PathBuf,
    },

    /// The repository is empty.
    #[error("{}: the repository has no commit yet; make one first: git commit", repository.display())]
    NoCommit {
        /// Top level of the repository.
        repository: PathBuf,
    },

    /// Nothing is called that.
    #[error("{}: unknown revision '{revision}'; {remedy}", repository.display())]
    Unknown {
        /// Top level of the repository.
        repository: PathBuf,
        /// What was asked for.
        revision: String,
        /// What was meant, or how to get it.
        remedy: String,
    },

    /// It's a file or a folder.
    #[error("'{revision}' is a {kind}, not a commit; name a branch, a tag or a commit")]
    NotACommit {
        /// What was asked for.
        revision: String,
        /// Git's word for it.
        kind: String,
    },

    /// The project wasn't there yet.
    #[error(
        "the revision '{revision}' has no folder {}, where this project is; name a revision that has it",
        folder.display()
    )]
    NoFolder {
        /// What was asked for.
        revision: String,
        /// Folder of the project, relative to the top level.
        folder: PathBuf,
    },

    /// Git doesn't do what is needed.
    #[error("{}: git can't {what}: {output}{}", repository.display(), advice::of_output(output).map(|remedy| format!("\n{remedy}")).unwrap_or_default())]
    Git {
        /// Where it was run.
        repository: PathBuf,
        /// What was asked of it.
        what: &'static str,
        /// What it said.
        output: String,
    },

    /// A folder or a file can't be written.
    #[error("{}: {source}", path.display())]
    Unwritable {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },

    /// The project's own folder can't be made.
    #[error("{0}")]
    Folder(#[source] io::Error),

    /// The revision doesn't build.
    #[error("the revision '{revision}' doesn't build: {source}")]
    NotBuilt {
        /// What was asked for.
        revision: String,
        /// Why.
        source: BuildError,
    },

    /// The build went well but left no program.
    #[error("the revision '{revision}' was built, but not to {}; a setting of cargo's puts it elsewhere", program.display())]
    NoProgram {
        /// What was asked for.
        revision: String,
        /// Where it should be.
        program: PathBuf,
    },

    /// The user interrupted.
    #[error("interrupted")]
    Interrupted,
}
