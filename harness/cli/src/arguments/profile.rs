//! The arguments of `rustworthy profile`.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;
use rustworthy_engine::manifest::parse_duration;

use super::measuring::CommonMeasuring;
use super::output::ResultOptions;
use super::project::{ProjectOptions, PythonOptions};

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
