//! The arguments of `rustworthy list`.

use clap::Args;

use super::output::Format;
use super::project::ProjectOptions;

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub(crate) project: ProjectOptions,
    /// How to render the list
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: Format,
}
