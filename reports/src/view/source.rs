//! Code of contenders, line by line.

use crate::comparison::Source;
use crate::visible;

/// Lines of a piece of code that any rendering shows.
const LONGEST: usize = 400;
/// Longest line of code in characters.
const WIDEST: usize = 400;

/// A piece of code.
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct SourceView {
    /// The file and its first line, `prices.py:12`.
    pub(crate) place: String,
    /// The end of the file's name, `py`, which tells the language.
    pub(crate) extension: String,
    /// Its lines; the last says so where there are more.
    pub(crate) lines: Vec<String>,
}

impl SourceView {
    pub(super) fn new(source: &Source) -> Self {
        let Source { file, line, text } = source;
        let all = visible::lines(text).map(|line| visible::short_line(&line, WIDEST));
        let mut lines: Vec<String> = all.take(LONGEST + 1).collect();
        if lines.len() > LONGEST {
            lines[LONGEST] = "…".to_owned();
        }
        let extension = file.rsplit_once('.').map(|(_, extension)| visible::line(extension)).unwrap_or_default();
        Self { place: super::name(&format!("{file}:{line}")), extension, lines }
    }
}
