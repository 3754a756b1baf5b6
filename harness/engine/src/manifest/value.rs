//! One value of a manifest, read as what its key calls for. Mistakes go to the [`Report`], and reading goes on.

use std::cell::RefCell;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::document::Lines;
use super::error::{ManifestError, ManifestErrors};
use super::project::{Location, Target};
use super::quantity::quoted;
use super::section::Section;
use super::suggest::{alternatives, did_you_mean};
use super::vocabulary::{Choice, Form};

/// Gathers what is wrong with one manifest.
pub(super) struct Report<'s> {
    file: &'s Path,
    lines: &'s Lines,
    errors: RefCell<Vec<ManifestError>>,
}

impl<'s> Report<'s> {
    pub(super) fn new(file: &'s Path, lines: &'s Lines) -> Self {
        Self { file, lines, errors: RefCell::default() }
    }

    pub(super) fn add(&self, place: &Location, message: impl Into<String>) {
        self.errors.borrow_mut().push(ManifestError::at(self.file, place, message));
    }

    pub(super) fn add_about_file(&self, message: &str) {
        self.errors.borrow_mut().push(ManifestError::file(self.file, message));
    }

    /// The place of something that starts at a byte of the text.
    pub(super) fn place(&self, offset: usize, key: String) -> Location {
        Location { line: self.lines.of(offset), key }
    }

    /// What was read, unless something was wrong with it.
    pub(super) fn finish<T>(self, read: Option<T>) -> Result<T, ManifestErrors> {
        ManifestErrors::check(self.errors.into_inner())?;
        Ok(read.expect("what can't be read is reported"))
    }
}

/// A value and where it is.
///
/// Every reading method answers `None` after having reported what is wrong.
pub(super) struct Value<'a> {
    report: &'a Report<'a>,
    /// Where it is.
    pub(super) place: Location,
    value: &'a DeValue<'a>,
    form: &'static Form,
}

impl<'a> Value<'a> {
    pub(super) fn new(report: &'a Report<'a>, place: Location, value: &'a DeValue<'a>, form: &'static Form) -> Self {
        Self { report, place, value, form }
    }

    /// Reports something against this value.
    pub(super) fn error(&self, message: impl Into<String>) {
        self.report.add(&self.place, message);
    }

    /// Passes a good result on and reports a bad one.
    pub(super) fn accept<T>(&self, result: Result<T, String>) -> Option<T> {
        result.map_err(|message| self.error(message)).ok()
    }

    /// What its key calls for, as the middle of a message.
    pub(super) fn expected(&self) -> String {
        self.form.expected()
    }

    /// Reports that this isn't of the type that its key calls for.
    fn mismatch(&self) {
        self.error(format!("expected {}, found {}", self.expected(), describe(self.value)));
    }

    fn typed<T>(&self, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.mismatch();
        }
        value
    }

    /// The string, if it is one; nothing is reported.
    pub(super) fn as_str(&self) -> Option<&'a str> {
        self.value.as_str()
    }

    /// A string that isn't blank.
    pub(super) fn string(&self) -> Option<&'a str> {
        let text = self.typed(self.as_str())?;
        if text.trim().is_empty() {
            let form = self.form.member(|form| matches!(form, Form::Text(_)));
            self.error(format!("is empty; expected {}", form.expected()));
            return None;
        }
        Some(text)
    }

    /// A string that `parse` understands.
    pub(super) fn parsed<T>(&self, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let text = self.typed(self.as_str())?;
        self.accept(parse(text))
    }

    /// `module:callable`
    pub(super) fn target(&self) -> Option<Target> {
        self.parsed(|text| Target::parse(text, self.place.clone()))
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&self, choice: &Choice<T>) -> Option<T> {
        let text = self.typed(self.as_str())?;
        let found = choice.find(text);
        if found.is_none() {
            let names: Vec<&str> = choice.names().collect();
            let meant = choice.meaning(text).map(str::to_owned).or_else(|| did_you_mean(text, names.iter().copied()));
            let meant = meant.map(|word| format!("did you mean '{word}'? ")).unwrap_or_default();
            self.error(format!("{} isn't known here; {meant}it can be {}", quoted(text), alternatives(&names)));
        }
        found
    }

    pub(super) fn boolean(&self) -> Option<bool> {
        self.typed(self.value.as_bool())
    }

    /// A whole number that is large enough.
    pub(super) fn integer(&self) -> Option<u64> {
        let form = self.form.member(|form| matches!(form, Form::Whole(_)));
        let integer = self.typed(self.value.as_integer())?;
        let number = u64::from_str_radix(integer.as_str(), integer.radix()).ok();
        let number = number.filter(|number| matches!(form, Form::Whole(least) if number >= least));
        if number.is_none() {
            self.error(format!("expected {}, found {}", form.expected(), quoted(&integer.to_string())));
        }
        number
    }

    /// A finite number, whole or not, within its bounds.
    pub(super) fn number(&self) -> Option<f64> {
        let text = match self.value {
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str(),
            DeValue::Float(float) => float.as_str(),
            _ => {
                self.mismatch();
                return None;
            }
        };
        let within = |number: &f64| matches!(self.form, Form::Number(bounds) if bounds.hold(*number));
        let number = text.parse().ok().filter(within);
        if number.is_none() {
            self.error(format!("expected {}, found {}", self.form.expected(), quoted(text)));
        }
        number
    }

    /// The elements of an array that has enough of them.
    pub(super) fn elements(&self) -> Option<Vec<Value<'a>>> {
        let Form::List { of, least, expected } = self.form.member(|form| matches!(form, Form::List { .. })) else {
            self.form.is_no("an array");
        };
        let array = self.typed(self.value.as_array())?;
        if array.len() < *least {
            self.error(format!("is empty; expected {expected}"));
        }
        let element = |element: &'a Spanned<DeValue<'a>>| {
            let place = self.report.place(element.span().start, self.place.key.clone());
            Value::new(self.report, place, element.get_ref(), of)
        };
        Some(array.iter().map(element).collect())
    }

    /// A table.
    pub(super) fn section(&self) -> Option<Section<'a>> {
        let Form::Table { table: vocabulary, .. } = self.form.member(|form| matches!(form, Form::Table { .. })) else {
            self.form.is_no("a table");
        };
        let table: &'a DeTable<'a> = self.typed(self.value.as_table())?;
        Some(Section::new(self.report, self.place.clone(), table, vocabulary))
    }
}

/// A value's type with its article.
fn describe(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

/// Everything that was read, or `None` when something couldn't be. All of it is tried, so that all errors are found.
pub(super) fn all<T, C: FromIterator<T>>(read: impl Iterator<Item = Option<T>>) -> Option<C> {
    let read: Vec<Option<T>> = read.collect();
    read.into_iter().collect()
}
