//! The arguments of `rustworthy compare`.

use clap::Args;

use super::measuring::MeasuringOptions;
use super::output::{ExportOptions, ResultOptions};
use super::project::{ProjectOptions, PythonOptions};

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
