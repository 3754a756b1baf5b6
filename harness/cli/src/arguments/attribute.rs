//! The arguments of `rustworthy attribute`.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use rustworthy_engine::manifest::parse_duration;

use super::measuring::{CommonMeasuring, QuietOption};
use super::output::ResultOptions;
use super::project::{ProjectOptions, PythonOptions};
use super::traces::TraceOptions;

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("source").required(true).args(["scenario", "trace", "listen", "merge", "resolve"]))]
#[command(group = clap::ArgGroup::new("requests_of_traces").args(["trace", "listen", "merge", "resolve"]))]
pub(crate) struct AttributeArguments {
    /// A scenario of the manifest
    #[arg(value_name = "SCENARIO")]
    pub(crate) scenario: Option<String>,
    /// Traces of production instead, files or folders: OTLP protobuf or JSON, Jaeger JSON or Chrome trace events, plain, gzip
    /// or zstd, and spans in Parquet
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
    #[arg(long, value_name = "FILE", conflicts_with_all = ["out", "calibrate"])]
    pub(crate) partial: Option<PathBuf>,
    /// Deal the spans of these traces out to so many slices on standard output: for engines that bring them together
    #[arg(long, value_name = "N", requires = "trace", conflicts_with_all = ["partial", "calibrate"], hide = true,
          value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub(crate) slices: Option<u32>,
    /// What --trace is some of, by which results call it
    #[arg(long, value_name = "FILE|DIR", requires = "slices", hide = true)]
    pub(crate) of: Vec<PathBuf>,
    /// Name the files that --trace means on standard output, with a zero byte after each
    #[arg(long, requires = "trace", conflicts_with_all = ["partial", "slices"], hide = true)]
    pub(crate) files: bool,
    /// Make a part on standard output of slices on standard input
    #[arg(long, conflicts_with = "calibrate", hide = true)]
    pub(crate) resolve: bool,
    #[command(flatten)]
    pub(crate) reading: TraceOptions,
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

fn parse_injection(text: &str) -> Result<(String, Duration), String> {
    let (function, delay) = text.rsplit_once('=').ok_or("expected FUNCTION=TIME, such as service:validate=2ms")?;
    Ok((function.to_owned(), parse_duration(delay)?))
}
