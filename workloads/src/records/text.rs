//! What Python's methods of text do, in Rust.

use std::borrow::Cow;

use crate::endpoint::Refusal;

/// Largest plausible amount.
const LARGEST: f64 = 1e12;

/// Whether `str.split` and `str.strip` take it for a space. Rust's rule lacks the four separators of ASCII.
pub(super) fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\x1c'..='\x1f')
}

/// `text.strip()`
pub(super) fn stripped(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// `" ".join(text.split())`
pub(super) fn collapsed(text: &str) -> Cow<'_, str> {
    if is_collapsed(text) {
        return Cow::Borrowed(text);
    }
    let mut collapsed = String::with_capacity(text.len());
    for word in text.split(is_space).filter(|word| !word.is_empty()) {
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        collapsed.push_str(word);
    }
    Cow::Owned(collapsed)
}

/// Whether collapsing leaves it as it is. Only looked for in ASCII.
fn is_collapsed(text: &str) -> bool {
    let mut after_space = true;
    for &byte in text.as_bytes() {
        let space = byte == b' ';
        if (space && after_space) || byte < b' ' || !byte.is_ascii() {
            return false;
        }
        after_space = space;
    }
    !after_space || text.is_empty()
}

/// `text.lower()`, but for letters that are newer than the Unicode of the interpreter or of Rust.
pub(super) fn lower(text: &str) -> Cow<'_, str> {
    if !text.is_ascii() {
        Cow::Owned(text.to_lowercase())
    } else if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

/// `text.upper()`, with the same exception.
pub(super) fn upper(text: &str) -> Cow<'_, str> {
    if !text.is_ascii() {
        Cow::Owned(text.to_uppercase())
    } else if text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        Cow::Owned(text.to_ascii_uppercase())
    } else {
        Cow::Borrowed(text)
    }
}

/// `float(text.replace(",", ""))`; nothing where that raises, and for digits of other scripts.
pub(super) fn amount(text: &str) -> Option<f64> {
    if text.contains(',') { number(&text.replace(',', "")) } else { number(text) }
}

/// [`amount`], or the exception that Python raises.
pub(super) fn checked_amount(text: &str) -> Result<f64, Refusal> {
    amount(text).ok_or_else(|| Refusal::new("ValueError", format!("could not convert string to float: {text:?}")))
}

/// Python's grammar of floats is Rust's with blanks around it, here the Unicode ones alone, and underscores within.
fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    text.parse().ok().or_else(|| without_underscores(text)?.parse().ok())
}

/// The text without its underscores, if there are any, and each is between two digits.
fn without_underscores(text: &str) -> Option<String> {
    let ends_in_digit = |text: &str| text.ends_with(|last: char| last.is_ascii_digit());
    let starts_with_digit = |text: &str| text.starts_with(|first: char| first.is_ascii_digit());
    let between_digits = |index| ends_in_digit(&text[..index]) && starts_with_digit(&text[index + 1..]);
    let mut underscores = text.match_indices('_').map(|(index, _)| index).peekable();
    (underscores.peek().is_some() && underscores.all(between_digits)).then(|| text.replace('_', ""))
}

/// Neither NaN nor infinite, zero, negative or incredible.
pub(super) fn is_plausible(amount: f64) -> bool {
    amount > 0.0 && amount <= LARGEST
}

#[cfg(all(test, feature = "python"))]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;
    use pyo3::prelude::*;
    use pyo3::types::PyDict;

    use super::*;

    /// Evaluates an expression in which `text` is given, in Python.
    fn python<T: for<'a, 'py> FromPyObject<'a, 'py>>(expression: &std::ffi::CStr, text: &str) -> Option<T> {
        Python::initialize();
        Python::attach(|py| {
            let locals = PyDict::new(py);
            locals.set_item("text", text).unwrap();
            py.eval(expression, None, Some(&locals)).ok()?.extract().ok()
        })
    }

    /// All code points, one text after the other; surrogates are none that a Rust text could hold.
    fn every_character() -> impl Iterator<Item = char> {
        '\0'..=char::MAX
    }

    #[test]
    fn spaces_are_those_of_python() {
        let all: String = every_character().collect();
        let expected: String = python(c"''.join(filter(str.isspace, text))", &all).unwrap();
        assert_eq!(all.chars().filter(|&character| is_space(character)).collect::<String>(), expected);
    }

    #[test]
    fn letters_change_case_as_in_python_but_for_those_that_its_unicode_lacks() {
        let all: String = every_character().collect();
        let known = c"{c for c in text if __import__('unicodedata').category(c) != 'Cn'}";
        let known: HashSet<char> = python(known, &all).unwrap();
        let lowered: Vec<String> = python(c"[c.lower() for c in text]", &all).unwrap();
        let raised: Vec<String> = python(c"[c.upper() for c in text]", &all).unwrap();
        for ((character, lowered), raised) in all.chars().zip(lowered).zip(raised) {
            let text = character.to_string();
            for (found, expected) in [(lower(&text), lowered), (upper(&text), raised)] {
                let newer = found.chars().chain([character]).any(|character| !known.contains(&character));
                assert!(found == expected || newer, "{text:?}: {found:?}, not {expected:?}");
            }
        }
    }

    #[test]
    fn what_is_clean_is_not_copied() {
        assert!(matches!(collapsed("Ada Lovelace"), Cow::Borrowed(_)));
        assert!(matches!(lower("ada@example.com"), Cow::Borrowed(_)));
        assert!(matches!(upper("SE"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn blanks_collapse_as_in_python(text in "([a ]|[ \t\r\x1c\u{85}\u{a0}\u{3000}\u{200b}é]){0,8}") {
            let expected: String = python(c"' '.join(text.split())", &text).unwrap();
            prop_assert_eq!(collapsed(&text), expected);
            let expected: String = python(c"text.strip()", &text).unwrap();
            prop_assert_eq!(stripped(&text), expected);
        }

        #[test]
        fn case_depends_on_the_neighbours_as_in_python(text in "[ΣσςAa'.: \u{301}İßﬁǅ\u{345}]{0,8}") {
            let expected: String = python(c"text.lower()", &text).unwrap();
            prop_assert_eq!(lower(&text), expected);
            let expected: String = python(c"text.upper()", &text).unwrap();
            prop_assert_eq!(upper(&text), expected);
        }

        #[test]
        fn amounts_are_those_that_python_reads(text in "[ \x1c\u{a0}]?[+-]?([0-9_.,]{0,6}|inf(inity)?|NaN|[_a-z0-9é]{0,4})([eE][+-]?[0-9_]{0,3})?[ \n\u{3000}]?") {
            let expected: Option<f64> = python(c"float(text.replace(',', ''))", &text);
            prop_assert_eq!(amount(&text).map(f64::to_bits), expected.map(f64::to_bits), "{:?}", text);
        }
    }
}
