//! The arguments of `rustworthy watch`.

use clap::Args;

use super::deciding::DecidingOptions;

#[derive(Debug, Args)]
pub(crate) struct WatchArguments {
    /// Workloads with Rust of your own [default: all that have some]
    #[arg(value_name = "WORKLOAD")]
    pub(crate) names: Vec<String>,
    #[command(flatten)]
    pub(crate) deciding: DecidingOptions,
}
