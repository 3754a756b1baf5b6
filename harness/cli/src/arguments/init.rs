//! The arguments of `rustworthy init`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use rustworthy_engine::manifest::parse_duration;

#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    /// Folder of the project, in which the manifest is written
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) folder: PathBuf,
    /// Run its tests up to three times, to see where the time goes and to record calls of functions; import its applications, and
    /// ask them for routes without parameters [default: asked on a terminal, and no elsewhere]
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Run this command in place of the tests, in one string as a shell takes it: 'python app.py'
    #[arg(long, value_name = "COMMAND")]
    pub(crate) run: Option<String>,
    /// End the tests or the command after this time, as Ctrl-C does, each time that they run [default: 60s]
    #[arg(long = "for", value_name = "TIME", value_parser = parse_duration)]
    pub(crate) duration: Option<Duration>,
    /// Print the manifest on standard output, run nothing and write nothing
    #[arg(long, conflicts_with_all = ["yes", "run", "duration"])]
    pub(crate) dry_run: bool,
    /// Python executable or virtual environment to read, run and measure it in [default: the active virtual environment, or the
    /// one built with]
    #[arg(long, value_name = "PATH")]
    pub(crate) python: Option<PathBuf>,
}
