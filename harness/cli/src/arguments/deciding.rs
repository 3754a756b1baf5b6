//! Options of commands that end in a decision.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use rustworthy_engine::manifest::{parse_duration, parse_percent};

use super::measuring::MeasuringOptions;
use super::output::ResultOptions;
use super::project::{ProjectOptions, PythonOptions};

/// What a decision goes by, and how much is measured for it.
#[derive(Debug, Args)]
pub(crate) struct DecidingOptions {
    /// Share of Rust's benefit with which something that isn't Rust is chosen in its place [default: 80%]
    #[arg(long, value_name = "SHARE", value_parser = parse_percent)]
    pub(crate) enough: Option<f64>,
    /// Size of the inputs: a name from the manifest or a number
    #[arg(long, value_name = "NAME|N")]
    pub(crate) size: Option<String>,
    /// Then measure again, once each and for this time in all, what leaves verdicts open
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) settle: Option<Duration>,
    /// Go by what switches in production have recorded, too: their calls, their speedups and their differences
    #[arg(long, value_name = "DIR")]
    pub(crate) telemetry: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) result: ResultOptions,
    #[command(flatten)]
    pub(crate) measuring: MeasuringOptions,
    #[command(flatten)]
    pub(crate) project: ProjectOptions,
    #[command(flatten)]
    pub(crate) python: PythonOptions,
}
