//! The arguments of `rustworthy decide`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::deciding::DecidingOptions;
use super::traces::TraceOptions;

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("requests_of_traces").args(["trace"]))]
pub(crate) struct DecideArguments {
    /// Workloads, scenarios or functions to decide about [default: all]
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Go by this run of compare or attribute, whatever has changed since, and measure nothing; may be given several times
    #[arg(long, value_name = "RUN", conflicts_with_all = ["fresh", "settle"])]
    pub(crate) from: Vec<PathBuf>,
    /// Measure all of it anew
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Only routes into a process of their own: subprocess, http, grpc
    #[arg(long)]
    pub(crate) isolated: bool,
    /// Measure smaller sizes too, and tell with which payloads the verdict changes; they share the budget
    #[arg(long)]
    pub(crate) sweep: bool,
    /// Go by traces of production in place of scenarios, files or folders, as `attribute --trace` reads them: their spans with
    /// `code.function.name` are functions
    #[arg(long, value_name = "FILE|DIR", num_args = 1..)]
    pub(crate) trace: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) reading: TraceOptions,
    /// Version of the format that `--format json` prints: 2, or 1 with reasons as texts
    #[arg(long, value_enum, value_name = "VERSION", default_value = "2")]
    pub(crate) json_version: DecisionVersion,
    #[command(flatten)]
    pub(crate) deciding: DecidingOptions,
}

/// Versions of the JSON of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DecisionVersion {
    #[value(name = "1")]
    One,
    #[value(name = "2")]
    Two,
}
