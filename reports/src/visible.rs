//! Makes text from elsewhere safe to show: names, messages and output that a contender chose.

use std::fmt::Write;

/// The text on one line, with everything that would steer a terminal or reorder a line shown as `[U+202E]`.
///
/// A tab and a line break become blanks; every other control character is spelled out.
pub fn line(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.replace("\r\n", "\n").chars() {
        match character {
            '\t' | '\n' => shown.push(' '),
            steering if steers(steering) => {
                // Writing to a `String` cannot fail.
                let _ = write!(shown, "[U+{:04X}]", steering as u32);
            }
            plain => shown.push(plain),
        }
    }
    shown
}

/// [`line()`], cut to at most `most` characters with an ellipsis.
pub(crate) fn short_line(text: &str, most: usize) -> String {
    let shown = line(text);
    if shown.chars().count() <= most {
        return shown;
    }
    let mut cut: String = shown.chars().take(most.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// Each line of a longer text made safe, tabs as four blanks.
pub fn lines(text: &str) -> impl Iterator<Item = String> + '_ {
    text.lines().map(|one| line(&one.replace('\t', "    ")))
}

/// A line broken at blanks to fit so many columns; all but the first part stand this far in.
pub fn wrapped(line: &str, columns: usize, indent: usize) -> String {
    let indent = " ".repeat(indent);
    let options = textwrap::Options::new(columns).subsequent_indent(&indent).break_words(false);
    textwrap::wrap(line, options).join("\n")
}

/// Whether a character acts on its surroundings instead of showing itself: control characters, line
/// separators, directional formatting (the "Trojan Source" characters), invisible joiners and tags; and the two
/// noncharacters that XML forbids.
fn steers(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{FEFF}'
            | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FFF9}'..='\u{FFFB}'
            | '\u{FFFE}' | '\u{FFFF}'
            | '\u{E0000}'..='\u{E007F}')
}

/// Longest name in characters.
const LONGEST_NAME: usize = 80;

/// Longest note or description in characters.
const LONGEST_NOTE: usize = 600;

/// A name on one line.
pub(crate) fn name(text: &str) -> String {
    short_line(text, LONGEST_NAME)
}

/// A note or description on one line.
pub(crate) fn note(text: &str) -> String {
    short_line(text, LONGEST_NOTE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escape_sequences_and_bidi_controls_are_spelled_out() {
        assert_eq!(line("a\x1b[31mb"), "a[U+001B][31mb");
        assert_eq!(line("user\u{202E}nimda"), "user[U+202E]nimda");
        assert_eq!(line("two\nlines\u{9b}"), "two lines[U+009B]");
        assert_eq!(line("SELECT *\r\nFROM a\rb"), "SELECT * FROM a[U+000D]b");
    }

    #[test]
    fn ordinary_text_of_any_script_stays_as_it_is() {
        for text in ["größer ≠ kleiner", "日本語", "naïve – “quoted”", "emoji 🦀"] {
            assert_eq!(line(text), text);
        }
    }

    #[test]
    fn a_long_line_is_cut_with_an_ellipsis() {
        assert_eq!(short_line("abcdef", 4), "abc…");
        assert_eq!(short_line("abcd", 4), "abcd");
    }

    proptest! {
        #[test]
        fn nothing_that_steers_remains(text in any::<String>()) {
            prop_assert!(!line(&text).chars().any(steers));
            prop_assert!(!lines(&text).any(|one| one.chars().any(steers)));
        }
    }
}
