//! The results of `new`: a crate that stands for a function in Python, `rustworthy.crate.v1`, and how it does after an edit.
//!
//! Times are seconds, unknown is `null`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Estimate;

/// Name and version of this format, the value of [`NewCrate::schema`].
pub const SCHEMA: &str = "rustworthy.crate.v1";

/// A crate that was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "rustworthy.crate.v1")]
pub struct NewCrate {
    /// Always `rustworthy.crate.v1`.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// The function that it stands for, `module:callable`; of a decorated one that which is wrapped.
    pub function: String,
    /// Its name.
    pub package: String,
    /// The module that Python imports.
    pub module: String,
    /// Its folder, from the project's.
    pub folder: String,
    /// Name of the recorded calls that it goes by; `null` where there are none.
    pub capture: Option<String>,
    /// Recorded calls that were looked at.
    pub recorded_calls: u64,
    /// How its arguments cross the boundary.
    pub arguments: Vec<Argument>,
    /// Where Rust differs from Python by nature.
    pub ledger: Vec<LedgerRow>,
    /// What handing over the arguments of a recorded call and its result takes, in seconds; `null` where that wasn't measured.
    pub crossing_seconds: Option<Estimate>,
    /// What such a call takes in Python, in seconds.
    pub python_seconds: Option<Estimate>,
    /// What the manifest needs for it, in TOML.
    pub workload: String,
    /// The manifest that was written, for there was none; `null` where there was one, which is left as it is.
    pub manifest: Option<String>,
    /// The command of its test.
    pub test: String,
    /// How it does; `null` where it wasn't built.
    pub check: Option<Check>,
}

/// An argument, and how it crosses the boundary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Argument {
    /// Name of the parameter.
    pub name: String,
    /// Its type in the body.
    pub rust: String,
    /// What was recorded of it.
    pub recorded: String,
    /// Recorded calls that give it.
    pub given: u64,
    /// Recorded calls that Python answers because of it.
    pub left_to_python: u64,
}

/// One thing that Rust does otherwise by nature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LedgerRow {
    /// What it's about.
    pub topic: String,
    /// What Python does, and what Rust does.
    pub differs: String,
    /// Recorded calls that meet it.
    pub calls: u64,
    /// Whether the function's code shows it.
    pub in_source: bool,
}

/// How a crate does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "rustworthy.check")]
pub struct Check {
    /// Whether it builds.
    pub builds: bool,
    /// Whether recorded calls come to the same as in Python; `null` where nothing tells.
    pub equal: Option<bool>,
    /// The smallest call that doesn't, `call N: path …`, or how it failed; `null` where there is none.
    pub first_difference: Option<String>,
    /// Time in Python over time in Rust; `null` where outputs aren't known to be equal.
    pub speedup: Option<Estimate>,
}
