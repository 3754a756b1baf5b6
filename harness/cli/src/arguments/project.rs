//! Options that say which project and which Python are meant.

use std::path::PathBuf;

use clap::Args;

/// Options that say which project is meant.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Project")]
pub(crate) struct ProjectOptions {
    /// Folder of the project; its manifest is looked for there and in the folders above
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) project: PathBuf,
    /// The manifest, instead of looking for one
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest: Option<PathBuf>,
    /// The ten workloads that come with the program, as examples; whatever manifests there are
    #[arg(long, conflicts_with = "manifest")]
    pub(crate) builtin: bool,
}

/// Options that say which Python is meant.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Python")]
pub(crate) struct PythonOptions {
    /// Python executable or virtual environment to measure in [default: the active virtual environment, or the one built with]
    #[arg(long, value_name = "PATH")]
    pub(crate) python: Option<PathBuf>,
    /// Never use the network
    #[arg(long)]
    pub(crate) offline: bool,
}
