//! Tables and their keys.

use super::form::Form;

/// A table of the manifest.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its name in the schema.
    pub(crate) id: &'static str,
    /// How it is written, `[workload.NAME]`.
    pub(crate) heading: &'static str,
    /// What it is for, in Markdown.
    pub(crate) about: &'static str,
    /// The keys that have a meaning of their own, in the order in which they are explained.
    pub(crate) keys: &'static [Key],
    /// What all other keys are, where they are names of the user's choice.
    pub(crate) others: Option<Others>,
}

impl Table {
    /// The key of this name, if it has a meaning of its own here.
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

/// A key with a meaning of its own.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    /// What its value looks like.
    pub(crate) form: Form,
    /// Whether it has to be there.
    pub(crate) need: Need,
    /// What it means, in Markdown.
    pub(crate) about: &'static str,
}

/// Whether a key has to be there.
#[derive(Debug)]
pub(crate) enum Need {
    /// It has to be.
    Required {
        /// What to add where it is missing.
        remedy: &'static str,
    },
    /// Exactly one of these keys has to be there.
    OneOf(&'static [&'static str]),
    /// It goes with another key: both have to be there, or neither.
    With(&'static str),
    /// It may be absent.
    Optional,
    /// It may be absent, which means the same as this value, written as in TOML.
    Default(&'static str),
}

/// Keys that are names of the user's choice.
#[derive(Debug)]
pub(crate) struct Others {
    /// What stands for such a name in the documentation.
    pub(crate) name: &'static str,
    /// Regular expression of the names that are possible.
    pub(crate) pattern: &'static str,
    /// What their values look like.
    pub(crate) form: Form,
    /// What they mean, in Markdown.
    pub(crate) about: &'static str,
}
