//! The arguments of `rustworthy report`.

use std::path::PathBuf;

use clap::Args;

use super::decide::DecisionVersion;
use super::gate::GateFormat;
use super::project::ProjectOptions;

#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// Runs, each by its id, its folder or its run.json; several are combined on one page [default: the newest]
    #[arg(value_name = "RUN")]
    pub(crate) runs: Vec<PathBuf>,
    /// How to render them on standard output; junit and github are for gates
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: GateFormat,
    /// Version of the format that `--format json` prints a decision in: 2, or 1 with reasons as texts
    #[arg(long, value_enum, value_name = "VERSION", default_value = "2")]
    pub(crate) json_version: DecisionVersion,
    /// Show the HTML report in the browser
    #[arg(long)]
    pub(crate) open: bool,
    #[command(flatten)]
    pub(crate) project: ProjectOptions,
}
