//! Options that say how much is measured.

use std::time::Duration;

use clap::Args;
use rustworthy_engine::manifest::{parse_duration, parse_memory, parse_percent};

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
