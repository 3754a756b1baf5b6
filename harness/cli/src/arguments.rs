//! The arguments of the command line.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};
use rustworthy_engine::manifest::{parse_duration, parse_memory, parse_percent};
use rustworthy_reports::export;

use crate::examples;
use crate::host::VERSION;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Measure before you migrate: tells which Python hot paths are worth rewriting in Rust, and proves it.
#[derive(Debug, Parser)]
#[command(name = "rustworthy", version = VERSION.as_str(), styles = STYLES, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
}

const EXIT_CODES: &str = "Exit codes: 0 fine; 1 the gate found a regression, or a switch is to be rolled back; 2 usage, manifest or environment \
                          error; 3 a contender crashed, timed out or unexpectedly differed; 4 nothing was run; 5 inconclusive gate, or a switch \
                          with too little telemetry; 130 interrupted";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find what a project could measure, and write a manifest that runs as it is
    #[command(after_help = examples::INIT)]
    Init(InitArguments),
    /// Show the workloads and contenders that were found, and in which manifest
    #[command(after_help = examples::LIST)]
    List(ListArguments),
    /// Time every contender on the same input: table, run folder, HTML report
    #[command(after_help = examples::COMPARE)]
    Compare(CompareArguments),
    /// Tell whether anything has become slower since a revision or a saved run: the gate for continuous integration
    #[command(after_help = examples::GATE)]
    Gate(GateArguments),
    /// Show where the time of a contender, a program or a running process goes: flame graphs
    #[command(after_help = examples::PROFILE)]
    Profile(ProfileArguments),
    /// Tell which functions make up p99 of a service, and what it becomes if they get faster
    #[command(after_help = examples::ATTRIBUTE)]
    Attribute(AttributeArguments),
    /// Tell for every hot function and workload whether to leave it, fix the algorithm, use a library, compile it, upgrade
    /// Python, or migrate; with reasons and a price
    #[command(after_help = examples::DECIDE)]
    Decide(DecideArguments),
    /// Record real calls of functions while a program runs; they become the input of a workload
    #[command(after_help = examples::CAPTURE)]
    Capture(CaptureArguments),
    /// Try what costs nothing: other Pythons, compilers that take the same source, and the price of the boundary before any Rust
    /// is written
    #[command(after_help = examples::TRY)]
    Try(TryArguments),
    /// Make a crate that stands for a function in Python: it builds and is equal at once, and its body is left to be written
    #[command(after_help = examples::NEW)]
    New(NewArguments),
    /// Render a saved run again
    #[command(after_help = examples::REPORT)]
    Report(ReportArguments),
    /// Tell what switches in production have recorded: promote their candidates, keep shadowing or roll back
    #[command(after_help = examples::ROLLOUT)]
    Rollout(RolloutArguments),
    /// Tell whether migrations that were shipped are still worth their upkeep, now that there are newer Pythons and libraries
    #[command(after_help = examples::WATCH)]
    Watch(WatchArguments),
    /// Show what is measured with, and what on this machine spoils measurements
    #[command(after_help = examples::DOCTOR)]
    Doctor(DoctorArguments),
    /// Print what a shell completes commands and options from
    #[command(after_help = examples::COMPLETIONS)]
    Completions(CompletionsArguments),
    /// Print the manual, for `man`
    #[command(after_help = examples::MAN)]
    Man,
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
    #[value(alias = "text")]
    Table,
    /// The whole result
    Json,
    /// A table for an issue or a pull request
    Markdown,
}

/// Options that say where a result goes.
#[derive(Debug, Args)]
pub(crate) struct ResultOptions {
    /// How to render the result on standard output
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: Format,
    /// Folder for the files of the run [default: a new one in .rustworthy/runs]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

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
    #[command(flatten)]
    pub(crate) result: ResultOptions,
    /// Go on with the newest run, which was killed or interrupted
    #[arg(long)]
    pub(crate) resume: bool,
    #[command(flatten)]
    pub(crate) export: ExportOptions,
    #[command(flatten)]
    pub(crate) measuring: MeasuringOptions,
    #[command(flatten)]
    pub(crate) project: ProjectOptions,
    #[command(flatten)]
    pub(crate) python: PythonOptions,
}

#[derive(Debug, Args)]
pub(crate) struct TryArguments {
    /// A workload, or a function: of a workload that has it as its baseline or replaces it, or with --input of its own
    #[arg(value_name = "WORKLOAD|MODULE:FUNCTION")]
    pub(crate) subject: String,
    /// What makes the function's argument: called with a size and a seed
    #[arg(long, value_name = "MODULE:CALLABLE")]
    pub(crate) input: Option<String>,
    /// Only what matches: `python3.13`, `mypyc`, `cython`, `numba`, `boundary`
    #[arg(long, value_name = "GLOB")]
    pub(crate) filter: Vec<String>,
    /// Size of the input: a name from the manifest or a number [default: the workload's, or 1000]
    #[arg(long, value_name = "NAME|N")]
    pub(crate) size: Option<String>,
    #[command(flatten)]
    pub(crate) result: ResultOptions,
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
    /// Time for each workload, checks and starting processes included, after which no further round begins. Three rounds are
    /// always made, and requests of scenarios come on top [default: 30s, but 200s shared by all; quick: 8s, 75s]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) budget: Option<Duration>,
    #[command(flatten)]
    pub(crate) quiet: QuietOption,
    #[command(flatten)]
    pub(crate) common: CommonMeasuring,
}

/// Whether to wait for a quiet machine.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Measuring")]
pub(crate) struct QuietOption {
    /// Wait this long at most until others keep less than 10 % of the processors busy, and the host takes less than 1 % of the
    /// time; then measure all the same, with a warning
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) wait_for_quiet: Option<Duration>,
}

/// Options of everything that measures.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Measuring")]
pub(crate) struct CommonMeasuring {
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
    /// Read values of recorded calls that only pickle can hold, which may run any code
    #[arg(long)]
    pub(crate) trust_pickles: bool,
}

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

/// Files in the formats of other tools.
#[derive(Debug, Args)]
pub(crate) struct ExportOptions {
    /// Also write the times for another tool: pyperf, hyperfine, bencher or github-action-benchmark. Of a gate it's the new
    /// side, and the old one goes to the same name with `.old` before its extension
    #[arg(long, value_name = "FORMAT=FILE", value_parser = parse_export)]
    pub(crate) export: Vec<(export::Format, PathBuf)>,
}

fn parse_export(text: &str) -> Result<(export::Format, PathBuf), String> {
    let (format, file) = text.split_once('=').ok_or("expected FORMAT=FILE, such as pyperf=times.json")?;
    if file.is_empty() {
        return Err("the file is missing after '='".to_owned());
    }
    Ok((format.parse().map_err(|error: export::UnknownFormat| error.to_string())?, file.into()))
}

#[derive(Debug, Args)]
#[command(
    group = clap::ArgGroup::new("what").required(true).args(["target", "pid", "program"])
)]
pub(crate) struct ProfileArguments {
    /// A workload, whose baseline it is; `workload:contender`; or a scenario
    #[arg(value_name = "TARGET")]
    pub(crate) target: Option<String>,
    /// A process that is running
    #[arg(long, value_name = "PID")]
    pub(crate) pid: Option<u32>,
    /// A Python program to start, with its arguments: `-- python app.py`
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) program: Vec<OsString>,
    /// Another contender to hold it against: what was before; draws both and their difference
    #[arg(long, value_name = "TARGET", requires = "target")]
    pub(crate) against: Option<String>,
    /// How long to sample [default: 10s, a program that is started to its end]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) duration: Option<Duration>,
    /// Samples a second
    #[arg(long, value_name = "HZ", value_parser = clap::value_parser!(u32).range(1..=1000), default_value_t = 200)]
    pub(crate) rate: u32,
    /// Draw threads that wait too
    #[arg(long)]
    pub(crate) idle: bool,
    /// Draw native functions one by one, and threads without Python too; always so for a contender in Rust
    #[arg(long)]
    pub(crate) native: bool,
    /// Draw threads apart
    #[arg(long)]
    pub(crate) threads: bool,
    /// Size of the input: a name from the manifest or a number
    #[arg(long, value_name = "NAME|N")]
    pub(crate) size: Option<String>,
    #[command(flatten)]
    pub(crate) result: ResultOptions,
    #[command(flatten)]
    pub(crate) measuring: CommonMeasuring,
    #[command(flatten)]
    pub(crate) project: ProjectOptions,
    #[command(flatten)]
    pub(crate) python: PythonOptions,
}

#[derive(Debug, Args)]
pub(crate) struct CaptureArguments {
    /// Functions by the names that users import them by, `module:function` or `module:Class.method`
    #[arg(required = true, value_name = "MODULE:FUNCTION")]
    pub(crate) functions: Vec<String>,
    /// The program that calls them, with its arguments: `-- python app.py`. Its output goes to standard error
    #[arg(last = true, value_name = "COMMAND", conflicts_with = "pytest")]
    pub(crate) program: Vec<OsString>,
    /// Run tests instead, with these arguments of pytest in one string
    #[arg(long, value_name = "ARGS", allow_hyphen_values = true)]
    pub(crate) pytest: Option<String>,
    /// Answer the requests of a scenario of the manifest instead, one after the other
    #[arg(long, value_name = "NAME", conflicts_with_all = ["program", "pytest"])]
    pub(crate) scenario: Option<String>,
    /// Name of the capture [default: that of the function]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Replace a capture of that name
    #[arg(long)]
    pub(crate) replace: bool,
    /// Calls to keep of each function, a sample of all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000), default_value_t = 200)]
    pub(crate) keep: u32,
    /// Room for the calls of each function
    #[arg(long, value_name = "SIZE", value_parser = parse_memory, default_value = "16MiB")]
    pub(crate) max_bytes: u64,
    /// Record generator functions too, plain and asynchronous: up to so many items of what each call gives
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(crate) streams: Option<u64>,
    /// Take out what this regular expression of Python's finds in texts, beside passwords, tokens, keys, card numbers and
    /// e-mail addresses; of a name that it matches as a whole, all that has the name
    #[arg(long, value_name = "PATTERN")]
    pub(crate) redact: Vec<String>,
    /// End the program after this time, as Ctrl-C does [default: when it ends by itself]
    #[arg(long = "for", value_name = "TIME", value_parser = parse_duration)]
    pub(crate) duration: Option<Duration>,
    /// Don't make the calls again to see what they depend on
    #[arg(long)]
    pub(crate) no_replay: bool,
    /// How to render the result on standard output
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) project: ProjectOptions,
    #[command(flatten)]
    pub(crate) python: PythonOptions,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["function", "check", "build"]))]
pub(crate) struct NewArguments {
    /// The function by the name that users import it by, `module:function` or `module:Class.method`
    #[arg(value_name = "MODULE:FUNCTION")]
    pub(crate) function: Option<String>,
    /// Build a crate that is there, and tell whether it's equal and how much faster
    #[arg(long, value_name = "CRATE", num_args = 0..=1, default_missing_value = "")]
    pub(crate) check: Option<String>,
    /// Build crates that are there into their folders, and nothing else: for `build` of a manifest [default: all]
    #[arg(long, value_name = "CRATE", num_args = 0.., conflicts_with_all = ["budget", "format"])]
    pub(crate) build: Option<Vec<String>>,
    /// Name of the crate [default: after the function, slug-rust]
    #[arg(long, value_name = "NAME", requires = "function")]
    pub(crate) name: Option<String>,
    /// Folder of the crate [default: rust/NAME in the project's]
    #[arg(long, value_name = "DIR", requires = "function")]
    pub(crate) out: Option<PathBuf>,
    /// Recorded calls to propose types by and to compare on [default: the newest of the function]
    #[arg(long, value_name = "NAME", requires = "function")]
    pub(crate) capture: Option<String>,
    /// Write the files and leave it at that
    #[arg(long, requires = "function")]
    pub(crate) no_build: bool,
    /// Time for comparing [default: 8s]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) budget: Option<Duration>,
    /// How to render the result on standard output
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) measuring: CommonMeasuring,
    #[command(flatten)]
    pub(crate) project: ProjectOptions,
    #[command(flatten)]
    pub(crate) python: PythonOptions,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("source").required(true).args(["scenario", "trace", "listen", "merge", "resolve"]))]
#[command(group = clap::ArgGroup::new("traces").args(["trace", "listen"]))]
#[command(group = clap::ArgGroup::new("limited").args(["trace", "listen", "merge", "resolve"]))]
pub(crate) struct AttributeArguments {
    /// A scenario of the manifest
    #[arg(value_name = "SCENARIO")]
    pub(crate) scenario: Option<String>,
    /// Traces of production instead, files or folders: OTLP protobuf or JSON, Jaeger JSON or Chrome trace events, plain, gzip
    /// or zstd
    #[arg(long, value_name = "FILE|DIR", num_args = 1..)]
    pub(crate) trace: Vec<PathBuf>,
    /// Receive traces instead, OTLP over HTTP and gRPC: a port of this machine alone, or an address
    #[arg(long, value_name = "ADDR:PORT", value_parser = parse_address)]
    pub(crate) listen: Option<SocketAddr>,
    /// Receive for this time
    #[arg(long = "for", value_name = "TIME", value_parser = parse_duration, requires = "listen")]
    pub(crate) duration: Option<Duration>,
    /// Receive what this program sends, as long as it runs
    #[arg(last = true, value_name = "COMMAND", requires = "listen")]
    pub(crate) command: Vec<OsString>,
    /// Merge parts of traces instead, which --partial has written into a folder: the answer of all of them
    #[arg(long, value_name = "DIR")]
    pub(crate) merge: Option<PathBuf>,
    /// Write what the requests of these traces spent where to a file that --merge takes with others, and answer nothing
    #[arg(long, value_name = "FILE", requires = "trace", conflicts_with = "out")]
    pub(crate) partial: Option<PathBuf>,
    /// Deal the spans of these traces out to so many slices on standard output: for engines that bring them together
    #[arg(long, value_name = "N", requires = "trace", conflicts_with = "partial", hide = true,
          value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub(crate) slices: Option<u32>,
    /// What --trace is some of, by which results call it
    #[arg(long, value_name = "FILE|DIR", requires = "slices", hide = true)]
    pub(crate) of: Vec<PathBuf>,
    /// Name the files that --trace means on standard output, with a zero byte after each
    #[arg(long, requires = "trace", conflicts_with_all = ["partial", "slices"], hide = true)]
    pub(crate) files: bool,
    /// Make a part on standard output of slices on standard input
    #[arg(long, hide = true)]
    pub(crate) resolve: bool,
    /// Events of a Chrome trace that are requests, by their name [default: the outermost of each thread]
    #[arg(long, value_name = "GLOB", requires = "traces")]
    pub(crate) request: Option<String>,
    /// A service whose first span of each trace is a request, whatever its parent: for traces whose root is elsewhere
    #[arg(long, value_name = "NAME", requires = "traces")]
    pub(crate) service: Option<String>,
    /// How many requests each of a sample stands for: what samplers write, nothing, or the attribute of that name
    #[arg(long, value_name = "auto|none|KEY", requires = "traces", default_value = "auto")]
    pub(crate) weights: String,
    /// Use what there is of files that end too early
    #[arg(long, requires = "traces")]
    pub(crate) allow_truncated: bool,
    /// Leave out traces with more spans than the limit and count them, rather than refuse
    #[arg(long, requires = "traces")]
    pub(crate) skip_long_traces: bool,
    /// Keep operations of a trace apart whose names differ in numbers and identifiers alone
    #[arg(long, requires = "traces")]
    pub(crate) no_grouping: bool,
    /// Raise a limit that a trace is beyond; the error names it
    #[arg(long, value_name = "NAME=N", requires = "limited", value_parser = parse_limit)]
    pub(crate) limit: Vec<(String, u64)>,
    /// Add a known delay to every call of a function, and see whether shares and projection move as they must
    #[arg(long, value_name = "FUNCTION=TIME", value_parser = parse_injection, requires = "scenario")]
    pub(crate) inject: Option<(String, Duration)>,
    /// How many requests [default: the manifest's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), requires = "scenario")]
    pub(crate) requests: Option<u64>,
    /// For a first look: 1,000 requests at most, in 3 rounds
    #[arg(long, requires = "scenario")]
    pub(crate) quick: bool,
    #[command(flatten)]
    pub(crate) quiet: QuietOption,
    #[command(flatten)]
    pub(crate) result: ResultOptions,
    #[command(flatten)]
    pub(crate) measuring: CommonMeasuring,
    #[command(flatten)]
    pub(crate) project: ProjectOptions,
    #[command(flatten)]
    pub(crate) python: PythonOptions,
}

/// An address, or a port of the loopback interface.
fn parse_address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::from(([127, 0, 0, 1], port)));
    }
    let local = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    let parsed = local.as_deref().unwrap_or(text).parse();
    parsed.map_err(|_| format!("'{text}' is neither a port nor an address with a port, such as 127.0.0.1:4318"))
}

fn parse_limit(text: &str) -> Result<(String, u64), String> {
    let (name, limit) = text.split_once('=').ok_or("expected NAME=N, such as span-bytes=33554432")?;
    let number = limit.replace('_', "").parse().map_err(|_| format!("'{limit}' isn't a whole number"))?;
    Ok((name.to_owned(), number))
}

fn parse_injection(text: &str) -> Result<(String, Duration), String> {
    let (function, delay) = text.rsplit_once('=').ok_or("expected FUNCTION=TIME, such as service:validate=2ms")?;
    Ok((function.to_owned(), parse_duration(delay)?))
}

#[derive(Debug, Args)]
pub(crate) struct WatchArguments {
    /// Workloads with Rust of your own [default: all that have some]
    #[arg(value_name = "WORKLOAD")]
    pub(crate) names: Vec<String>,
    /// Share of Rust's benefit with which something that isn't Rust would do in its place [default: 80%]
    #[arg(long, value_name = "SHARE", value_parser = parse_percent)]
    pub(crate) enough: Option<f64>,
    /// Size of the inputs: a name from the manifest or a number
    #[arg(long, value_name = "NAME|N")]
    pub(crate) size: Option<String>,
    /// Then measure again, once each and for this time in all, what leaves verdicts open
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) settle: Option<Duration>,
    /// Go by what switches in production have recorded, too
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

#[derive(Debug, Args)]
pub(crate) struct RolloutArguments {
    /// Switches to tell about [default: all]
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Folder that the program's switches write to [default: RUSTWORTHY_TELEMETRY]
    #[arg(long, value_name = "DIR")]
    pub(crate) telemetry: Option<PathBuf>,
    /// Rate of differences that a switch has to be below for sure to be promoted
    #[arg(long, value_name = "SHARE", value_parser = parse_bound, default_value = "0.1%")]
    pub(crate) bound: f64,
    /// How sure intervals are to be
    #[arg(long, value_name = "SHARE", value_parser = parse_percent, default_value = "95%")]
    pub(crate) confidence: f64,
    /// How to render the result on standard output
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: Format,
}

fn parse_bound(text: &str) -> Result<f64, String> {
    let share = if text.ends_with('%') {
        parse_percent(text)?
    } else {
        text.parse().map_err(|_| format!("'{text}' is no share"))?
    };
    if share > 0.0 && share < 1.0 {
        Ok(share)
    } else {
        Err("expected a share above 0 and below 1, such as 0.1%".to_owned())
    }
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    /// Also compare code with itself for about a minute, and tell what this machine can detect
    #[arg(long)]
    pub(crate) noise: bool,
    #[command(flatten)]
    pub(crate) project: ProjectOptions,
    #[command(flatten)]
    pub(crate) python: PythonOptions,
    /// How to render the findings
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

#[cfg(test)]
mod tests;
