//! Code of contenders, line by line.

use rustworthy_model::comparison::Source;

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
    /// The end of the file's name, `py`, which names the language.
    pub(crate) extension: String,
    /// Its lines; the last says so where there are more.
    pub(crate) lines: Vec<String>,
}

impl SourceView {
    pub(super) fn new(source: &Source) -> Self {
        let Source { file, line, text } = source;
        let all = visible::lines(text).map(|line| visible::short_line(&line, WIDEST));
        let mut lines: Vec<String> = all.take(LONGEST + 1).collect();
        // A method is indented with the block that it's in, which isn't here.
        let full = lines.iter().filter(|line| !line.trim().is_empty());
        let indent = full.map(|line| line.len() - line.trim_start_matches(' ').len()).min().unwrap_or_default();
        for line in &mut lines {
            line.drain(..indent.min(line.len()));
        }
        if lines.len() > LONGEST {
            lines[LONGEST] = "…".to_owned();
        }
        let mut below = file.as_str();
        while let Some(rest) = below.strip_prefix("../") {
            below = rest;
        }
        let extension = file.rsplit_once('.').map(|(_, extension)| visible::line(extension)).unwrap_or_default();
        Self { place: crate::visible::name(&format!("{below}:{line}")), extension, lines }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(text: &str) -> SourceView {
        SourceView::new(&Source { file: "../../lib/a.rs".into(), line: 7, text: text.into() })
    }

    #[test]
    fn code_begins_at_the_left() {
        let view = view("    fn half() {\n\tx\n\n      }\n    é");
        assert_eq!((view.place.as_str(), view.extension.as_str()), ("lib/a.rs:7", "rs"));
        assert_eq!(view.lines, ["fn half() {", "x", "", "  }", "é"]);
    }

    #[test]
    fn long_code_says_that_it_goes_on() {
        let lines = view(&"  \u{202E}x\n".repeat(LONGEST + 5)).lines;
        assert_eq!((lines.len(), lines[0].as_str(), lines[LONGEST].as_str()), (LONGEST + 1, "[U+202E]x", "…"));
    }
}
