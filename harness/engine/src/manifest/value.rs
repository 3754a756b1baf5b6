//! One value of a manifest, read as what its key calls for. Mistakes go to the [`Report`], and reading goes on.

use std::cell::RefCell;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::document::Lines;
use super::error::{ManifestError, ManifestErrors};
use super::project::{Place, Target};
use super::quantity::quoted;
use super::section::Section;
use super::suggest::{alternatives, remedy};

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

    pub(super) fn add(&self, place: &Place, message: impl Into<String>) {
        self.errors.borrow_mut().push(ManifestError::at(self.file, place, message));
    }

    pub(super) fn add_about_file(&self, message: &str) {
        self.errors.borrow_mut().push(ManifestError::file(self.file, message));
    }

    /// The place of something that starts at a byte of the text.
    pub(super) fn place(&self, offset: usize, key: String) -> Place {
        Place { line: self.lines.of(offset), key }
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
    pub(super) place: Place,
    value: &'a DeValue<'a>,
}

impl<'a> Value<'a> {
    pub(super) fn new(report: &'a Report<'a>, place: Place, value: &'a DeValue<'a>) -> Self {
        Self { report, place, value }
    }

    /// Reports something against this value.
    pub(super) fn error(&self, message: impl Into<String>) {
        self.report.add(&self.place, message);
    }

    /// Passes a good result on and reports a bad one.
    pub(super) fn accept<T>(&self, result: Result<T, String>) -> Option<T> {
        result.map_err(|message| self.error(message)).ok()
    }

    /// Reports that this isn't what was expected, `a string such as "60s"`.
    fn mismatch(&self, expected: &str) {
        self.error(format!("expected {expected}, found {}", describe(self.value)));
    }

    fn typed<T>(&self, value: Option<T>, expected: &str) -> Option<T> {
        if value.is_none() {
            self.mismatch(expected);
        }
        value
    }

    /// The string, if it is one; nothing is reported.
    pub(super) fn as_str(&self) -> Option<&'a str> {
        self.value.as_str()
    }

    /// A string that isn't blank.
    pub(super) fn string(&self, expected: &str) -> Option<&'a str> {
        let text = self.typed(self.as_str(), expected)?;
        if text.trim().is_empty() {
            self.error(format!("is empty; expected {expected}"));
            return None;
        }
        Some(text)
    }

    /// A string that `parse` understands.
    pub(super) fn parsed<T>(&self, example: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let text = self.typed(self.as_str(), &format!("a string such as \"{example}\""))?;
        self.accept(parse(text))
    }

    /// `module:callable`
    pub(super) fn target(&self) -> Option<Target> {
        self.parsed("module:callable", |text| Target::parse(text, self.place.clone()))
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Option<T> {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let text = self.typed(self.as_str(), &alternatives(&names))?;
        let found = choices.iter().find(|(name, _)| *name == text);
        if found.is_none() {
            self.error(format!("{} isn't known here; {}", quoted(text), remedy(text, &names)));
        }
        found.map(|(_, value)| *value)
    }

    pub(super) fn boolean(&self) -> Option<bool> {
        self.typed(self.value.as_bool(), "true or false")
    }

    /// A whole number of at least `least`.
    pub(super) fn integer(&self, least: u64) -> Option<u64> {
        let expected = format!("a whole number of at least {least}");
        let integer = self.typed(self.value.as_integer(), &expected)?;
        let number = u64::from_str_radix(integer.as_str(), integer.radix()).ok().filter(|number| *number >= least);
        if number.is_none() {
            self.error(format!("expected {expected}, found {}", quoted(&integer.to_string())));
        }
        number
    }

    /// A finite number, whole or not, that `holds` accepts: `expected` says in words what it does.
    pub(super) fn number(&self, expected: &str, holds: impl FnOnce(f64) -> bool) -> Option<f64> {
        let text = match self.value {
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str(),
            DeValue::Float(float) => float.as_str(),
            _ => {
                self.mismatch(expected);
                return None;
            }
        };
        let number = text.parse().ok().filter(|number: &f64| number.is_finite() && holds(*number));
        if number.is_none() {
            self.error(format!("expected {expected}, found {}", quoted(text)));
        }
        number
    }

    /// A finite number above 0.
    pub(super) fn positive(&self) -> Option<f64> {
        self.number("a number above 0", |number| number > 0.0)
    }

    /// A finite number of at least 0.
    pub(super) fn not_negative(&self) -> Option<f64> {
        self.number("a number of at least 0", |number| number >= 0.0)
    }

    /// The elements of an array with at least one.
    pub(super) fn some_elements(&self, expected: &str) -> Option<Vec<Value<'a>>> {
        let elements = self.elements(expected)?;
        if elements.is_empty() {
            self.error(format!("is empty; expected {expected}"));
        }
        Some(elements)
    }

    /// The elements of an array.
    pub(super) fn elements(&self, expected: &str) -> Option<Vec<Value<'a>>> {
        let array = self.typed(self.value.as_array(), expected)?;
        let element = |element: &'a Spanned<DeValue<'a>>| {
            let place = self.report.place(element.span().start, self.place.key.clone());
            Value::new(self.report, place, element.get_ref())
        };
        Some(array.iter().map(element).collect())
    }

    /// A table.
    pub(super) fn section(&self) -> Option<Section<'a>> {
        self.section_or("a table")
    }

    /// A table where other things are possible too, which `expected` names.
    pub(super) fn section_or(&self, expected: &str) -> Option<Section<'a>> {
        let table: &'a DeTable<'a> = self.typed(self.value.as_table(), expected)?;
        Some(Section::new(self.report, self.place.clone(), table))
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
