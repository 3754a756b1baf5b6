//! The result of `doctor`: `rustworthy.doctor.v1`.
//!
//! Unknown is `null`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::environment::{Environment, Noise};

/// Name and version of this format, the value of [`Doctor::schema`].
pub const SCHEMA: &str = "rustworthy.doctor.v1";

/// What there is to know about measuring on this machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "rustworthy.doctor.v1")]
pub struct Doctor {
    /// Always `rustworthy.doctor.v1`.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// The machine, the interpreter and the program.
    pub environment: Environment,
    /// What was looked at, worst first.
    pub findings: Vec<Finding>,
    /// What an A/A test found that can be distinguished here; `null` where none was made.
    pub noise: Option<Noise>,
}

/// One thing that may spoil measurements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What was looked at, `swap`.
    pub name: String,
    /// What it turned out to be; `null` where it can't be seen.
    pub found: Option<String>,
    /// How bad that is.
    pub level: Level,
    /// Why it matters, in a sentence.
    pub why: String,
    /// What would mend it; `null` where nothing has to be mended.
    pub remedy: Option<Remedy>,
}

/// What mends a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Remedy {
    /// What to do, in a sentence.
    pub advice: String,
    /// The command that does it; `null` where there is none, or none that would work here.
    pub command: Option<String>,
}

/// How bad a finding is, from worst to best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// It makes times wrong, or so noisy that small changes are lost in them.
    Spoils,
    /// Worth knowing. All that can't be seen is of this level.
    Note,
    /// As it should be.
    Fine,
}
