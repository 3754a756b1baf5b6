//! One table of a manifest. It knows which of its keys were asked for: the others are mistakes.

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::document::dotted;
use super::project::Place;
use super::quantity::quoted;
use super::suggest::remedy;
use super::value::{Report, Value};

/// A table that is read key by key and then finished.
#[must_use = "finish it, so that unknown keys are reported"]
pub(super) struct Section<'a> {
    report: &'a Report<'a>,
    /// Where it is.
    pub(super) place: Place,
    table: &'a DeTable<'a>,
    known: Vec<&'static str>,
    refused: Vec<&'static str>,
}

impl<'a> Section<'a> {
    pub(super) fn new(report: &'a Report<'a>, place: Place, table: &'a DeTable<'a>) -> Self {
        Self { report, place, table, known: Vec::new(), refused: Vec::new() }
    }

    /// The table that is the whole document.
    pub(super) fn root(report: &'a Report<'a>, table: &'a DeTable<'a>) -> Self {
        Self::new(report, report.place(0, String::new()), table)
    }

    /// Reports something against the table.
    pub(super) fn error(&self, message: impl Into<String>) {
        self.report.add(&self.place, message);
    }

    /// The value of a key that may be absent.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Value<'a>> {
        self.known.push(key);
        self.table.get_key_value(key).map(|(key, value)| self.child(key, value))
    }

    /// The value of a key that must be there: `remedy` says what to add.
    pub(super) fn require(&mut self, key: &'static str, remedy: &str) -> Option<Value<'a>> {
        let value = self.take(key);
        if value.is_none() {
            self.missing(key, remedy);
        }
        value
    }

    /// Reports that a key is absent.
    pub(super) fn missing(&self, key: &str, remedy: &str) {
        let place = Place { line: self.place.line, key: dotted(&self.place.key, key) };
        self.report.add(&place, format!("is missing; {remedy}"));
    }

    /// Reports a key that has a meaning elsewhere, but none here. Answers whether it is there.
    pub(super) fn refuse(&mut self, key: &'static str, reason: &str) -> bool {
        self.refused.push(key);
        let entry = self.table.get_key_value(key);
        if let Some((key, value)) = entry {
            self.child(key, value).error(reason);
        }
        entry.is_some()
    }

    /// The one key of several that is there: exactly one may be.
    pub(super) fn exactly_one(&mut self, keys: &[&'static str], remedy: &str) -> Option<(&'static str, Value<'a>)> {
        let mut given: Vec<_> = keys.iter().filter_map(|key| Some((*key, self.take(key)?))).collect();
        if given.is_empty() {
            self.missing(keys.first().copied().unwrap_or_default(), remedy);
        }
        for (key, value) in given.iter().skip(1) {
            value.error(format!("'{key}' and '{}' exclude each other; remove one", given[0].0));
        }
        if given.len() == 1 { given.pop() } else { None }
    }

    /// Whether a key is there.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Names of the tables and values below a key, without reading them.
    pub(super) fn names_in(&self, key: &str) -> Vec<&'a str> {
        let table = self.table.get(key).and_then(|value| value.get_ref().as_table());
        table.map(|table| table.keys().map(|name| name.get_ref().as_ref()).collect()).unwrap_or_default()
    }

    /// Everything in a table whose keys are the user's own, in the order of the file.
    pub(super) fn entries(self) -> Vec<(&'a str, Value<'a>)> {
        let mut entries: Vec<_> = self.table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        entries.into_iter().map(|(key, value)| (key.get_ref().as_ref(), self.child(key, value))).collect()
    }

    /// The [`Section::entries`] of a table whose keys are names of things.
    pub(super) fn named(self) -> Vec<(&'a str, Value<'a>)> {
        let entries = self.entries();
        for (name, value) in &entries {
            if name.is_empty() || !name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')) {
                value.error(format!("{} can't be a name; use a-z, 0-9 and -", quoted(name)));
            }
        }
        entries
    }

    /// Reports the keys that nobody asked for.
    pub(super) fn finish(self) {
        for (key, value) in self.table {
            let name = key.get_ref().as_ref();
            if self.known.contains(&name) || self.refused.contains(&name) {
                continue;
            }
            self.child(key, value).error(format!("unknown key; {}", remedy(name, &self.known)));
        }
    }

    fn child(&self, key: &'a Spanned<DeString<'a>>, value: &'a Spanned<DeValue<'a>>) -> Value<'a> {
        let place = self.report.place(key.span().start, dotted(&self.place.key, key.get_ref()));
        Value::new(self.report, place, value.get_ref())
    }
}
