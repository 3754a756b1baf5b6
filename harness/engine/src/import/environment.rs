//! Where something was measured, as far as its file tells.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What changes times, and by which name pyperf's metadata have it.
pub(super) const KNOWN: [(&str, &str); 5] = [
    ("processor", "cpu_model_name"),
    ("host", "hostname"),
    ("number of processors", "cpu_count"),
    ("Python", "python_version"),
    ("implementation of Python", "python_implementation"),
];

/// Processor, host and Python of what was measured. A file may be of several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MeasuredOn(BTreeMap<&'static str, BTreeSet<String>>);

impl MeasuredOn {
    pub(super) fn insert(&mut self, what: &'static str, value: String) {
        self.0.entry(what).or_default().insert(value);
    }

    /// What a JSON value tells, each at its [pointer](Value::pointer). Of several pointers for the same the first one counts that is
    /// there.
    pub(super) fn read(value: &Value, places: &[(&'static str, &str)]) -> Self {
        let mut found = Self::default();
        for (what, pointer) in places {
            match value.pointer(pointer) {
                Some(Value::String(text)) if !found.0.contains_key(what) => found.insert(what, text.clone()),
                Some(Value::Number(number)) if !found.0.contains_key(what) => found.insert(what, number.to_string()),
                _ => {}
            }
        }
        found
    }

    /// Adds what another part of the file tells.
    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    fn get(&self, what: &str) -> Option<String> {
        Some(self.0.get(what)?.iter().map(String::as_str).collect::<Vec<_>>().join(" and "))
    }

    /// What is known to be another on the other side, with its old and its new value.
    pub fn changes(&self, new: &Self) -> Vec<(&'static str, String, String)> {
        let change = |what: &'static str| Some((what, self.get(what)?, new.get(what)?));
        KNOWN.into_iter().filter_map(|(what, _)| change(what)).filter(|(_, old, new)| old != new).collect()
    }

    /// What isn't known of at least one side, so that it may have changed unseen.
    pub fn unknown(&self, new: &Self) -> Vec<&'static str> {
        let is_known = |what: &str| self.0.contains_key(what) && new.0.contains_key(what);
        KNOWN.into_iter().map(|(what, _)| what).filter(|what| !is_known(what)).collect()
    }
}
