//! The arguments of `rustworthy rollout`.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use rustworthy_engine::manifest::parse_percent;
use rustworthy_engine::rollout::BOUND;

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
    #[arg(long, value_name = "SHARE", default_value_t = Bound(BOUND))]
    pub(crate) bound: Bound,
    /// How sure intervals are to be
    #[arg(long, value_name = "SHARE", value_parser = parse_percent, default_value = "95%")]
    pub(crate) confidence: f64,
    /// How to render the result on standard output
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: Format,
}

/// A share above 0 and below 1, which is given as a percentage or as a number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bound(pub(crate) f64);

impl Display for Bound {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}%", self.0 * 100.0)
    }
}

impl FromStr for Bound {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let share = if text.ends_with('%') {
            parse_percent(text)?
        } else {
            text.parse().map_err(|_| format!("'{text}' is no share"))?
        };
        if share > 0.0 && share < 1.0 {
            Ok(Self(share))
        } else {
            Err("expected a share above 0 and below 1, such as 0.1%".to_owned())
        }
    }
}
