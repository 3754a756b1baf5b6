//! The arguments of `rustworthy new`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use rustworthy_engine::manifest::parse_duration;

use super::measuring::CommonMeasuring;
use super::output::Format;
use super::project::{ProjectOptions, PythonOptions};

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
