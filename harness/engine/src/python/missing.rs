//! What an environment lacks of what a project requires.

use std::fmt;

use serde::Deserialize;

/// Most packages that a message lists.
const LISTED: usize = 12;

/// A requirement that an environment doesn't satisfy.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Unmet {
    /// The package; the whole line where it names none, as with a path.
    pub name: String,
    /// The versions asked for, `==2.3.3`, or the URL; empty when any will do.
    pub wanted: String,
    /// The version that is there; `None` when there is none.
    pub found: Option<String>,
}

impl fmt::Display for Unmet {
    /// `pandas 2.3.3 (found 2.1.0)`
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)?;
        let wanted = self.wanted.strip_prefix("==").filter(|version| !version.contains(',')).unwrap_or(&self.wanted);
        if !wanted.is_empty() {
            write!(formatter, " {wanted}")?;
        }
        match &self.found {
            Some(found) => write!(formatter, " (found {found})"),
            None => Ok(()),
        }
    }
}

/// Everything that an environment lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing(pub Vec<Unmet>);

impl fmt::Display for Missing {
    /// All of them, or the first dozen and how many more.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, unmet) in self.0.iter().take(LISTED).enumerate() {
            write!(formatter, "{}{unmet}", if index == 0 { "" } else { ", " })?;
        }
        match self.0.len().saturating_sub(LISTED) {
            0 => Ok(()),
            more => write!(formatter, " and {more} more"),
        }
    }
}
