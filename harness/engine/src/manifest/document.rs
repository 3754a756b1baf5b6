//! The manifest as text and as TOML, before anything is known about what it means.

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::thread;

use toml::de::{DeTable, DeValue, Error};

use super::error::ManifestError;
use super::project::Location;

/// Far more than any manifest needs; whatever is larger is some other file.
const LARGEST: u64 = 1 << 20;

/// Dotted keys within inline tables nest to about 6,400 levels before the parser refuses, and giving such a tree back
/// overflowed 4 MiB of stack. The operating system only commits what is touched.
const STACK: usize = 64 << 20;

/// After this many mistakes of syntax the parser is only guessing.
const MOST_SYNTAX_ERRORS: usize = 20;

/// What the TOML parser calls a key or a table that is there already.
const DUPLICATE: &str = "duplicate key";

/// Tables of a manifest don't nest deeper.
const DEEPEST_HEADING: usize = 8;

/// The text of a manifest.
pub(super) fn read(file: &Path) -> Result<String, ManifestError> {
    let unreadable = |error| ManifestError::file(file, format!("can't be read: {error}"));
    let mut bytes = Vec::new();
    File::open(file).map_err(unreadable)?.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(ManifestError::file(file, "is larger than 1 MiB; is it a manifest?"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let sound = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + sound.iter().filter(|&&byte| byte == b'\n').count();
        let place = Location { line, key: String::new() };
        ManifestError::at(file, &place, "isn't UTF-8; save the file in that encoding")
    })
}

/// Runs `work` where the deepest of manifests can't overflow the stack.
pub(super) fn on_deep_stack<T: Send>(file: &Path, work: impl FnOnce() -> T + Send) -> Result<T, ManifestError> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        let thread = thread.map_err(|error| ManifestError::file(file, format!("no thread to read it in: {error}")))?;
        Ok(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// Where lines start.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn new(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(newline, _)| newline + 1).collect())
    }

    /// The line of a byte of the text, from 1.
    pub(super) fn of(&self, offset: usize) -> usize {
        1 + self.0.partition_point(|&start| start <= offset)
    }
}

/// The key below `parent`, quoted where TOML would need it.
pub(super) fn dotted(parent: &str, key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let key = if bare { key.to_owned() } else { format!("\"{}\"", key.escape_debug()) };
    if parent.is_empty() { key } else { format!("{parent}.{key}") }
}

/// What TOML itself has against a text.
pub(super) struct Syntax {
    /// Place and message of each error.
    pub(super) errors: Vec<(Location, String)>,
    /// Whether the tree is whole nevertheless, so that it can be checked further.
    pub(super) sound: bool,
}

impl Syntax {
    pub(super) fn new(text: &str, lines: &Lines, tree: &DeTable<'_>, errors: &[Error]) -> Self {
        let (duplicates, broken): (Vec<_>, Vec<_>) = errors.iter().partition(|error| error.message() == DUPLICATE);
        let sound = broken.is_empty();
        let mut errors =
            if sound { duplicates_at(text, lines, tree, &duplicates) } else { first_of_each_line(lines, &broken) };
        errors.truncate(MOST_SYNTAX_ERRORS);
        Self { errors, sound }
    }
}

fn start(error: &Error) -> usize {
    error.span().map_or(0, |span| span.start)
}

/// Later errors of a line mostly follow from its first.
fn first_of_each_line(lines: &Lines, errors: &[&Error]) -> Vec<(Location, String)> {
    let mut errors: Vec<_> = errors.iter().map(|error| (lines.of(start(error)), error.message())).collect();
    errors.sort_by_key(|(line, _)| *line);
    errors.dedup_by_key(|(line, _)| *line);
    errors
        .into_iter()
        .map(|(line, message)| (Location { line, key: String::new() }, format!("invalid TOML: {message}")))
        .collect()
}

/// Names what is there twice. Keys that are there twice because all of their table is go without saying.
fn duplicates_at(text: &str, lines: &Lines, tree: &DeTable<'_>, errors: &[&Error]) -> Vec<(Location, String)> {
    let starts: Vec<usize> = errors.iter().map(|error| start(error)).collect();
    let mut found = Vec::new();
    for error in errors.iter().take(MOST_SYNTAX_ERRORS) {
        let span = error.span().unwrap_or_default();
        let heading = heading_before(text, tree, span.start);
        let key = match heading {
            Some(heading) if heading.span.contains(&span.start) => heading.key,
            Some(heading) if starts.iter().any(|start| heading.span.contains(start)) => continue,
            heading => dotted(
                &heading.map(|heading| heading.key).unwrap_or_default(),
                text.get(span.clone()).unwrap_or_default(),
            ),
        };
        let place = Location { line: lines.of(span.start), key };
        found.push((place, format!("{DUPLICATE}; rename or remove one")));
    }
    found
}

/// `[a.b]` or `[[a.b]]`
struct Heading {
    key: String,
    span: Range<usize>,
}

/// The last heading that starts at or before `offset`.
fn heading_before(text: &str, tree: &DeTable<'_>, offset: usize) -> Option<Heading> {
    headings(text, tree, "", 0)
        .into_iter()
        .filter(|heading| heading.span.start <= offset)
        .max_by_key(|heading| heading.span.start)
}

fn headings(text: &str, table: &DeTable<'_>, parent: &str, depth: usize) -> Vec<Heading> {
    let mut found = Vec::new();
    if depth == DEEPEST_HEADING {
        return found;
    }
    for (key, value) in table {
        let key = dotted(parent, key.get_ref());
        let tables = match value.get_ref() {
            DeValue::Array(items) => items.as_ref(),
            _ => std::slice::from_ref(value),
        };
        for table in tables {
            if let DeValue::Table(children) = table.get_ref() {
                if text.get(table.span()).is_some_and(|text| text.starts_with('[')) {
                    found.push(Heading { key: key.clone(), span: table.span() });
                }
                found.extend(headings(text, children, &key, depth + 1));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_from_one_with_either_ending() {
        let lines = Lines::new("a\r\nb\n\nc");
        assert_eq!([0, 2, 3, 5, 6, 99].map(|offset| lines.of(offset)), [1, 1, 2, 3, 4, 4]);
    }

    #[test]
    fn keys_are_quoted_where_toml_needs_it() {
        assert_eq!(dotted("", "a-b_1"), "a-b_1");
        assert_eq!(dotted("scenario.api.migrated", "service:validate"), "scenario.api.migrated.\"service:validate\"");
        assert_eq!(dotted("a", "\x1b"), "a.\"\\u{1b}\"");
    }
}
