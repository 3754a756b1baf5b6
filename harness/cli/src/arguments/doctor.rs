//! The arguments of `rustworthy doctor`.

use clap::Args;

use super::output::Format;
use super::project::{ProjectOptions, PythonOptions};

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
