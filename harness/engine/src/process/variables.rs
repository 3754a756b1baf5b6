//! Environment variables in which a program is run.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::Command;

/// How the environment of a program differs from that of this process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variables(BTreeMap<OsString, Option<OsString>>);

impl Variables {
    /// With a variable set, whatever it was.
    pub fn set(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.0.insert(name.into(), Some(value.into()));
        self
    }

    /// Without a variable.
    pub fn remove(mut self, name: impl Into<OsString>) -> Self {
        self.0.insert(name.into(), None);
        self
    }

    /// With these differences too; where both name a variable, these have the last word.
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// Gives the command its environment.
    pub(crate) fn apply(&self, command: &mut Command) {
        for (name, value) in &self.0 {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
    }
}
