//! A difference for people to read.

use std::fmt;

/// Name of a value as a whole.
pub(super) const ROOT: &str = "output";

/// The first place where two values differ. Displays as `[17].price: 3.5 ≠ 3.4`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where, in Python's syntax; `output` for the value as a whole.
    pub path: String,
    /// What stands there in the expected value.
    pub expected: String,
    /// What stands there in the other.
    pub got: String,
    /// What differs beside the value itself, `order of keys`, where that is all.
    pub beside: Option<String>,
}

impl Difference {
    /// The same in a value that this one is a part of, at the end of a path to it.
    pub(super) fn within(self, path: &str) -> Self {
        let rest = if self.path == ROOT { "" } else { &self.path };
        Self { path: format!("{path}{rest}"), ..self }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {} ≠ {}", self.path, self.expected, self.got)
    }
}
