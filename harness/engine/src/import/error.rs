//! What is wrong with an import, and where.

use std::fmt;
use std::path::{Path, PathBuf};

/// Why timings of another tool can't be used.
///
/// Displayed as `old.json:3:17: message` or `old.json: results[0].times[2]: message`, remedy included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportError {
    /// The file or folder.
    pub file: PathBuf,
    /// Where in it; `None` when it is about the file as a whole.
    pub place: Option<JsonLocation>,
    /// What is wrong, and the remedy.
    pub message: String,
}

/// A place in a JSON file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonLocation {
    /// Line and column, both from 1.
    Line(usize, usize),
    /// Path of a value, such as `results[0].times[2]`.
    Value(String),
}

impl ImportError {
    pub(super) fn file(file: &Path, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), place: None, message: message.into() }
    }

    pub(super) fn at(file: &Path, value: impl Into<String>, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), place: Some(JsonLocation::Value(value.into())), message: message.into() }
    }

    /// What the parser says of a file that was taken to be `format`.
    pub(super) fn json(file: &Path, format: &str, error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let whole = error.to_string();
        let what = whole.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&whole);
        let message = match error.classify() {
            serde_json::error::Category::Eof => format!("ends too early: {what}; was it copied whole?"),
            serde_json::error::Category::Data => format!("isn't {format}: {what}"),
            serde_json::error::Category::Syntax | serde_json::error::Category::Io => format!("isn't JSON: {what}"),
        };
        Self { file: file.to_owned(), place: Some(JsonLocation::Line(line, column)), message }
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        match &self.place {
            Some(JsonLocation::Line(line, column)) => write!(f, "{line}:{column}:")?,
            Some(JsonLocation::Value(value)) => write!(f, " {value}:")?,
            None => {}
        }
        write!(f, " {}", self.message)
    }
}

impl std::error::Error for ImportError {}
