//! The arguments of `rustworthy try`.

use clap::Args;

use super::measuring::MeasuringOptions;
use super::output::ResultOptions;
use super::project::{ProjectOptions, PythonOptions};

#[derive(Debug, Args)]
pub(crate) struct TryArguments {
    /// Workloads, `all`, or functions: of a workload that has one as its baseline or replaces it, or with --input of its own
    #[arg(required = true, value_name = "WORKLOAD|MODULE:FUNCTION")]
    pub(crate) subjects: Vec<String>,
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
