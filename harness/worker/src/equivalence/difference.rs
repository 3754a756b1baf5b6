//! A difference for people to read.

use std::fmt;

/// The first place where two values differ. Displays as `[17].price: 3.5 ≠ 3.4`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where, in Python's syntax; `output` for the value as a whole.
    pub path: String,
    /// What stands there in the expected value.
    pub expected: String,
    /// What stands there in the other.
    pub got: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {} ≠ {}", self.path, self.expected, self.got)
    }
}
