//! One table of a manifest. Keys that its vocabulary doesn't have are mistakes.

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::document::dotted;
use super::project::Location;
use super::quantity::quoted;
use super::suggest::remedy;
use super::value::{Report, Value};
use super::vocabulary::{Form, Need, Table};

/// A table that is read key by key and then finished.
#[must_use = "finish it, so that unknown keys are reported"]
pub(super) struct Section<'a> {
    report: &'a Report<'a>,
    /// Where it is.
    pub(super) place: Location,
    table: &'a DeTable<'a>,
    vocabulary: &'static Table,
    refused: Vec<&'static str>,
}

impl<'a> Section<'a> {
    pub(super) fn new(
        report: &'a Report<'a>,
        place: Location,
        table: &'a DeTable<'a>,
        vocabulary: &'static Table,
    ) -> Self {
        Self { report, place, table, vocabulary, refused: Vec::new() }
    }

    /// The table that is the whole document.
    pub(super) fn root(report: &'a Report<'a>, table: &'a DeTable<'a>, vocabulary: &'static Table) -> Self {
        Self::new(report, report.place(0, String::new()), table, vocabulary)
    }

    /// Reports something against the table.
    pub(super) fn error(&self, message: impl Into<String>) {
        self.report.add(&self.place, message);
    }

    /// The value of a key that may be absent.
    pub(super) fn take(&self, key: &str) -> Option<Value<'a>> {
        let form = self.form(key);
        self.table.get_key_value(key).map(|(key, value)| self.child(key, value, form))
    }

    /// The value of a key that must be there.
    pub(super) fn require(&self, key: &str) -> Option<Value<'a>> {
        let value = self.take(key);
        if value.is_none() {
            self.require_missing(key);
        }
        value
    }

    /// Reports that a key is absent, with the remedy of the vocabulary.
    pub(super) fn require_missing(&self, key: &str) {
        let Some(Need::Required { remedy }) = self.vocabulary.key(key).map(|key| &key.need) else {
            panic!("{} doesn't require '{key}' in the vocabulary", self.vocabulary.heading);
        };
        self.missing(key, remedy);
    }

    /// Reports that a key is absent.
    pub(super) fn missing(&self, key: &str, remedy: &str) {
        let place = Location { line: self.place.line, key: dotted(&self.place.key, key) };
        self.report.add(&place, format!("is missing; {remedy}"));
    }

    /// Reports a key that has a meaning elsewhere, but none here. Answers whether it is there.
    pub(super) fn refuse(&mut self, key: &'static str, reason: &str) -> bool {
        self.refused.push(key);
        let value = self.take(key);
        if let Some(value) = &value {
            value.error(reason);
        }
        value.is_some()
    }

    /// The one key of several that is there: exactly one may be.
    pub(super) fn exactly_one(&self, keys: &[&'static str], remedy: &str) -> Option<(&'static str, Value<'a>)> {
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
        let entry = |(key, value): (&'a Spanned<DeString<'a>>, &'a Spanned<DeValue<'a>>)| {
            let name = key.get_ref().as_ref();
            (name, self.child(key, value, self.form(name)))
        };
        entries.into_iter().map(entry).collect()
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

    /// Reports the keys that mean nothing here.
    pub(super) fn finish(self) {
        let names = self.vocabulary.keys.iter().map(|key| key.name);
        let known: Vec<&str> = names.filter(|name| !self.refused.contains(name)).collect();
        for key in self.table.keys() {
            let name = key.get_ref().as_ref();
            if self.vocabulary.key(name).is_none() {
                let place = self.report.place(key.span().start, dotted(&self.place.key, key.get_ref()));
                self.report.add(&place, format!("unknown key; {}", remedy(name, &known)));
            }
        }
    }

    /// What the value of a key looks like.
    fn form(&self, key: &str) -> &'static Form {
        let named = self.vocabulary.key(key).map(|key| &key.form);
        let form = named.or_else(|| self.vocabulary.others.as_ref().map(|others| &others.form));
        form.unwrap_or_else(|| panic!("{} has no '{key}' in the vocabulary", self.vocabulary.heading))
    }

    fn child(&self, key: &'a Spanned<DeString<'a>>, value: &'a Spanned<DeValue<'a>>, form: &'static Form) -> Value<'a> {
        let place = self.report.place(key.span().start, dotted(&self.place.key, key.get_ref()));
        Value::new(self.report, place, value.get_ref(), form)
    }
}
