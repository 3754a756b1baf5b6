//! Reading a log in pieces of whole lines, and cutting those into lines as Python's text files do.

use std::io::{self, Read};
use std::{iter, mem};

use memchr::{memchr2, memrchr2};

/// Bytes read at a time, so that what was just read is parsed from a processor's own cache.
const STEP: usize = 256 << 10;

/// Whole lines of a log, some 256 kB at a time.
pub(super) struct Pieces<R> {
    log: R,
    step: usize,
    /// A line whose end hasn't been read yet.
    rest: Vec<u8>,
}

impl<R: Read> Pieces<R> {
    pub(super) fn of(log: R) -> Self {
        Self { log, step: STEP, rest: Vec::new() }
    }
}

impl<R: Read> Iterator for Pieces<R> {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut piece = mem::take(&mut self.rest);
        loop {
            // Steps double within a long line, which is searched for its end after each.
            let step = piece.len().max(self.step);
            piece.reserve_exact(step);
            match self.log.by_ref().take(step as u64).read_to_end(&mut piece) {
                Ok(0) => return (!piece.is_empty()).then_some(Ok(piece)),
                Ok(_) => {}
                Err(error) => return Some(Err(error)),
            }
            if let Some(end) = last_line_end(&piece) {
                self.rest = piece.split_off(end);
                return Some(Ok(piece));
            }
        }
    }
}

/// Where the last whole line of a text ends. A carriage return at the very end may be half a line break.
fn last_line_end(text: &[u8]) -> Option<usize> {
    match text {
        [.., b'\n'] => Some(text.len()),
        [before @ .., _] => memrchr2(b'\n', b'\r', before).map(|position| position + 1),
        [] => None,
    }
}

/// The lines of a text without what ends them, each with whether anything does: `\n`, `\r\n` or `\r`.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut rest = text;
    iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some(end) = memchr2(b'\n', b'\r', rest.as_bytes()) else {
            return Some((mem::take(&mut rest), false));
        };
        let (line, after) = rest.split_at(end);
        rest = after.strip_prefix("\r\n").unwrap_or(&after[1..]);
        Some((line, true))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What Python's universal newlines make of a text, one character after the other.
    fn reference(text: &str) -> Vec<(String, bool)> {
        let translated = text.replace("\r\n", "\n").replace('\r', "\n");
        let lines = translated.split_inclusive('\n');
        lines.map(|line| (line.trim_end_matches('\n').into(), line.ends_with('\n'))).collect()
    }

    #[test]
    fn lines_end_as_in_pythons_text_files() {
        let found: Vec<_> = lines("a\n\r\nb\rc\r\r\n\u{85}\u{2028}\u{b}").collect();
        let expected = [("a", true), ("", true), ("b", true), ("c", true), ("", true), ("\u{85}\u{2028}\u{b}", false)];
        assert_eq!(found, expected);
    }

    proptest! {
        #[test]
        fn pieces_hold_the_lines_of_the_whole(text in "[aé\r\n]{0,60}", step in 1..9_usize) {
            let mut found = Vec::new();
            for piece in (Pieces { log: text.as_bytes(), step, rest: Vec::new() }) {
                let piece = String::from_utf8(piece.unwrap()).unwrap();
                found.extend(lines(&piece).map(|(line, has_break)| (line.to_owned(), has_break)));
            }
            prop_assert_eq!(found, reference(&text));
        }
    }
}
