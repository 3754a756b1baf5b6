//! What counts as equal.

use serde::{Deserialize, Serialize};

/// What counts as equal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Mode {
    /// The same types and values throughout, dicts in the same order; NaN equals NaN, and 0.0 equals -0.0.
    Exact,
    /// What Python's `==` calls equal, and NaN equals NaN. Objects are equal by class and attributes; arrays and
    /// frames elementwise, whatever their element types.
    Value,
    /// Numbers of all types within `|a - b| <= max(relative * max(|a|, |b|), absolute)`, the rest as
    /// [`Mode::Value`]; keys of dicts, too.
    Tolerance {
        /// Relative to the larger magnitude.
        relative: f64,
        /// Absolute.
        absolute: f64,
    },
}
