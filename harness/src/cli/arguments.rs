//! What can be said on the command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};
use rustworthy::manifest::{parse_duration, parse_memory, parse_percent};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Measure before you migrate: tells which Python hot paths are worth rewriting in Rust, and proves it.
#[derive(Debug, Parser)]
#[command(name = "rustworthy", version, styles = STYLES, disable_help_subcommand = true, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
}

const EXIT_CODES: &str = "Exit codes: 0 fine; 2 usage, manifest or environment error; 3 a contender crashed, timed out or \
                          unexpectedly differed; 4 nothing was run; 130 interrupted";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the workloads and contenders that were found, and in which manifest
    List(ListArguments),
    /// Time every contender on the same input: table, run folder, HTML report
    Compare(CompareArguments),
    /// Render a saved run again
    Report(ReportArguments),
    /// Show what is embedded and measured with, and what on this machine spoils measurements
    Doctor(DoctorArguments),
}

/// Options of every command that say how it talks.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputOptions {
    /// Say more
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
    /// Say nothing on standard error but errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Show no progress
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,
    /// When to colour the output; NO_COLOR and FORCE_COLOR are honoured
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How a result is rendered on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table to read in a terminal
    Table,
    /// The whole result
    Json,
    /// A table for an issue or a pull request
    Markdown,
}

/// Options that say which project is meant.
#[derive(Debug, Args)]
#[command(next_help_heading = "Project")]
pub(crate) struct ProjectOptions {
    /// Folder of the project; its manifest is looked for there and in the folders above
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) project: PathBuf,
    /// The manifest, instead of looking for one; without any, the built-in workloads are the project
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest: Option<PathBuf>,
}

/// Options that say which Python is embedded.
#[derive(Debug, Args)]
#[command(next_help_heading = "Python")]
pub(crate) struct PythonOptions {
    /// Python executable or virtual environment to embed [default: the active virtual environment, or the one built with]
    #[arg(long, value_name = "PATH")]
    pub(crate) python: Option<PathBuf>,
    /// Never use the network
    #[arg(long)]
    pub(crate) offline: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub(crate) project: ProjectOptions,
    /// How to render the list
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArguments {
    /// Workloads to compare, or `all`
    #[arg(required = true, value_name = "WORKLOAD")]
    pub(crate) workloads: Vec<String>,
    /// Only contenders whose name or `workload:contender` matches; the baseline is always measured
    #[arg(long, value_name = "GLOB")]
    pub(crate) filter: Vec<String>,
    /// Size of the inputs: a name from the manifest or a number
    #[arg(long, value_name = "NAME|N")]
    pub(crate) size: Option<String>,
    /// Measure smaller sizes too, and tell from which size on a contender pays; they share the budget
    #[arg(long)]
    pub(crate) sweep: bool,
    /// How to render the result on standard output
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: Format,
    /// Folder for the files of the run [default: a new one in .rustworthy/runs]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Go on with the newest run, which was killed or interrupted
    #[arg(long)]
    pub(crate) resume: bool,
    #[command(flatten)]
    pub(crate) measuring: MeasuringOptions,
    #[command(flatten)]
    pub(crate) project: ProjectOptions,
    #[command(flatten)]
    pub(crate) python: PythonOptions,
}

/// Options that say how much is measured.
#[derive(Debug, Args)]
#[command(next_help_heading = "Measuring")]
pub(crate) struct MeasuringOptions {
    /// For a first look and for CI: small inputs, few rounds, 10 % precision
    #[arg(long)]
    pub(crate) quick: bool,
    /// Stop when intervals are as narrow as ± this [default: 2%, quick: 10%]
    #[arg(long, value_name = "SHARE", value_parser = parse_percent)]
    pub(crate) precision: Option<f64>,
    /// Time for each workload, after which no further round begins [default: 30s, but 200s shared by all; quick: 8s, 75s]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) budget: Option<Duration>,
    /// Longest that one call of a contender, or its import, may take [default: the manifest's, or 60s]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) timeout: Option<Duration>,
    /// Most memory that a worker may hold [default: the manifest's, or 4GiB]
    #[arg(long, value_name = "SIZE", value_parser = parse_memory)]
    pub(crate) memory: Option<u64>,
    /// How sure intervals are to be
    #[arg(long, value_name = "SHARE", value_parser = parse_percent, default_value = "95%")]
    pub(crate) confidence: f64,
    /// Seed of inputs, orders and resampling
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// A run: its id, its folder or its run.json [default: the newest]
    pub(crate) run: Option<PathBuf>,
    /// How to render it on standard output
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: Format,
    /// Show the HTML report in the browser
    #[arg(long)]
    pub(crate) open: bool,
    #[command(flatten)]
    pub(crate) project: ProjectOptions,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    #[command(flatten)]
    pub(crate) project: ProjectOptions,
    #[command(flatten)]
    pub(crate) python: PythonOptions,
    /// How to render the findings
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: Format,
}
