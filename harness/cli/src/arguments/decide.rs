//! The arguments of `rustworthy decide`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use rustworthy_engine::manifest::{parse_duration, parse_percent};

use super::measuring::MeasuringOptions;
use super::output::ResultOptions;
use super::project::{ProjectOptions, PythonOptions};

#[derive(Debug, Args)]
pub(crate) struct DecideArguments {
    /// Workloads, scenarios or functions to decide about [default: all]
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Go by this run of compare or attribute, whatever has changed since, and measure nothing; may be given several times
    #[arg(long, value_name = "RUN", conflicts_with = "fresh")]
    pub(crate) from: Vec<PathBuf>,
    /// Measure all of it anew
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Share of Rust's benefit with which something that isn't Rust is chosen in its place [default: 80%]
    #[arg(long, value_name = "SHARE", value_parser = parse_percent)]
    pub(crate) enough: Option<f64>,
    /// Only routes into a process of their own: subprocess, http, grpc
    #[arg(long)]
    pub(crate) isolated: bool,
    /// Size of the inputs: a name from the manifest or a number
    #[arg(long, value_name = "NAME|N")]
    pub(crate) size: Option<String>,
    /// Measure smaller sizes too, and tell with which payloads the verdict changes; they share the budget
    #[arg(long)]
    pub(crate) sweep: bool,
    /// Then measure again, once each and for this time in all, what leaves verdicts open
    #[arg(long, value_name = "TIME", value_parser = parse_duration, conflicts_with = "from")]
    pub(crate) settle: Option<Duration>,
    /// Go by what switches in production have recorded, too: their calls, their speedups and their differences
    #[arg(long, value_name = "DIR")]
    pub(crate) telemetry: Option<PathBuf>,
    /// Version of the format that `--format json` prints: 2, or 1 with reasons as texts
    #[arg(long, value_enum, value_name = "VERSION", default_value = "2")]
    pub(crate) json_version: DecisionVersion,
    #[command(flatten)]
    pub(crate) result: ResultOptions,
    #[command(flatten)]
    pub(crate) measuring: MeasuringOptions,
    #[command(flatten)]
    pub(crate) project: ProjectOptions,
    #[command(flatten)]
    pub(crate) python: PythonOptions,
}

/// Versions of the JSON of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DecisionVersion {
    #[value(name = "1")]
    One,
    #[value(name = "2")]
    Two,
}
