//! The arguments of `rustworthy gate`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use rustworthy_engine::manifest::{parse_duration, parse_percent};

use super::measuring::{CommonMeasuring, QuietOption};
use super::output::{ExportOptions, Format};
use super::project::{ProjectOptions, PythonOptions};

/// How a gate is rendered on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GateFormat {
    /// A table to read in a terminal
    #[value(alias = "table")]
    Text,
    /// The whole result as JSON, for a gate `rustworthy.gate.v1`
    Json,
    /// Markdown, for a gate the body of a comment on a pull request
    Markdown,
    /// JUnit XML
    Junit,
    /// Annotations of a GitHub workflow
    Github,
}

impl GateFormat {
    /// The format in which results of other kinds are rendered too; `None` for those of gates alone.
    pub(crate) fn common(self) -> Option<Format> {
        match self {
            Self::Text => Some(Format::Table),
            Self::Json => Some(Format::Json),
            Self::Markdown => Some(Format::Markdown),
            Self::Junit | Self::Github => None,
        }
    }
}

/// What a gate compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GateMetric {
    /// Wall time of calls
    Time,
    /// Instructions of the calling thread: finds changes of 0.1%, and sees no caches, waiting or other threads
    Instructions,
}

/// Arguments of a gate that mean nothing where another tool has measured.
const MEASURED: [&str; 10] = [
    "metric",
    "workloads",
    "filter",
    "size",
    "fail_over_p99",
    "fail_over_memory",
    "quick",
    "budget",
    "wait_for_quiet",
    "out",
];

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("old").required(true).args(["against", "import"]))]
pub(crate) struct GateArguments {
    /// Workloads to gate [default: all]
    #[arg(value_name = "WORKLOAD")]
    pub(crate) workloads: Vec<String>,
    /// What was before: a revision, measured side by side with the project as it stands; or a saved run, by its id, folder
    /// or file
    #[arg(long, value_name = "REV|RUN|FILE")]
    pub(crate) against: Option<String>,
    /// Compare what another tool has measured: two files of pyperf, hyperfine, pytest-benchmark (`--benchmark-json`) or asv (with
    /// `--record-samples`), or two folders of criterion, or two of its baselines: `target/criterion:main target/criterion:pr`
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"], conflicts_with_all = MEASURED)]
    pub(crate) import: Option<Vec<PathBuf>>,
    /// Only contenders whose name or `workload:contender` matches
    #[arg(long, value_name = "GLOB")]
    pub(crate) filter: Vec<String>,
    /// Size of the inputs: a name from the manifest or a number
    #[arg(long, value_name = "NAME|N")]
    pub(crate) size: Option<String>,
    /// What is compared: how long calls take, or how many instructions they execute
    #[arg(long, value_enum, default_value = "time")]
    pub(crate) metric: GateMetric,
    /// Slowdown, or growth in instructions, beyond which the gate fails [default: the manifest's, or 5%]
    #[arg(long, value_name = "SHARE", value_parser = parse_percent)]
    pub(crate) fail_over: Option<f64>,
    /// Gate the 99th percentile of calls too, with this limit [default: the manifest's]
    #[arg(long, value_name = "SHARE", value_parser = parse_percent)]
    pub(crate) fail_over_p99: Option<f64>,
    /// Gate peak memory too, with this limit [default: the manifest's]
    #[arg(long, value_name = "SHARE", value_parser = parse_percent)]
    pub(crate) fail_over_memory: Option<f64>,
    /// Probability of any false alarm in the whole suite, at most; of one benchmark it's never more than 0.5%
    #[arg(long, value_name = "SHARE", value_parser = parse_percent, default_value = "5%")]
    pub(crate) false_alarms: f64,
    /// Compare though a saved run or a file of another tool is of another processor or Python
    #[arg(long)]
    pub(crate) allow_environment_change: bool,
    /// How to render the result on standard output
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: GateFormat,
    #[command(flatten)]
    pub(crate) export: ExportOptions,
    /// Folder for the files of the run [default: a new one in .rustworthy/runs]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) measuring: GateMeasuring,
    #[command(flatten)]
    pub(crate) project: ProjectOptions,
    #[command(flatten)]
    pub(crate) python: PythonOptions,
}

/// Options that say how much a gate measures.
#[derive(Debug, Args)]
#[command(next_help_heading = "Measuring")]
pub(crate) struct GateMeasuring {
    /// For large changes alone: small inputs, 4s for each benchmark
    #[arg(long)]
    pub(crate) quick: bool,
    /// Time for each benchmark; at least 8 rounds are made, or 3 counts [default: 10s, quick: 4s, instructions: 120s]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) budget: Option<Duration>,
    #[command(flatten)]
    pub(crate) quiet: QuietOption,
    #[command(flatten)]
    pub(crate) common: CommonMeasuring,
}
