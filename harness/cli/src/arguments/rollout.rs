//! The arguments of `rustworthy rollout`.

use std::path::PathBuf;

use clap::Args;
use rustworthy_engine::manifest::parse_percent;

use super::output::Format;

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
