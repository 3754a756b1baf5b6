//! Splits Python and Rust code into words, as far as a page colours them.
//!
//! This is a lexer and no parser: it knows where comments, texts and numbers begin and end, and which words are keywords.
//! Quotes of the same kind within the braces of an f-string end it here, though Python has allowed them since 3.12.

/// A comment.
const COMMENT: &str = "c";
/// A text or a character.
const TEXT: &str = "s";
/// A number, or a word that stands for a value.
const VALUE: &str = "n";
/// A name where it is defined.
const DEFINED: &str = "d";
/// A keyword, a built-in type or a lifetime.
const KEYWORD: &str = "k";
/// Everything else.
const PLAIN: &str = "";

/// A language whose words are coloured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Python,
    Rust,
}

impl Language {
    /// The language of files whose name ends so.
    pub(super) fn of_extension(extension: &str) -> Option<Self> {
        match extension {
            "py" | "pyi" => Some(Self::Python),
            "rs" => Some(Self::Rust),
            _ => None,
        }
    }

    fn keywords(self) -> &'static [&'static str] {
        match self {
            Self::Python => &[
                "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else",
                "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not",
                "or", "pass", "raise", "return", "try", "while", "with", "yield",
            ],
            Self::Rust => &[
                "as", "async", "await", "bool", "break", "char", "const", "continue", "crate", "dyn", "else", "enum",
                "extern", "f32", "f64", "fn", "for", "i128", "i16", "i32", "i64", "i8", "if", "impl", "in", "isize",
                "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "static", "str", "struct",
                "super", "trait", "type", "u128", "u16", "u32", "u64", "u8", "unsafe", "use", "usize", "where",
                "while",
            ],
        }
    }

    /// Words that stand for a value.
    fn values(self) -> &'static [&'static str] {
        match self {
            Self::Python => &["Ellipsis", "False", "None", "NotImplemented", "True"],
            Self::Rust => &["false", "true"],
        }
    }

    /// Keywords before a name that they define.
    fn defining(self) -> &'static [&'static str] {
        match self {
            Self::Python => &["class", "def"],
            Self::Rust => &["enum", "fn", "mod", "struct", "trait", "type"],
        }
    }

    /// Bytes of the comment that the code begins with.
    fn comment(self, code: &str) -> Option<usize> {
        let is_line = match self {
            Self::Python => code.starts_with('#'),
            Self::Rust if code.starts_with("/*") => return Some(nested_comment(code)),
            Self::Rust => code.starts_with("//"),
        };
        is_line.then(|| code.find('\n').unwrap_or(code.len()))
    }

    /// Bytes of the text or character that the code begins with.
    fn text(self, code: &str) -> Option<usize> {
        match self {
            Self::Python => python_text(code),
            Self::Rust => rust_text(code).or_else(|| rust_character(code)),
        }
    }
}

/// The words of a piece of code in their order, each with the class of its element, which is empty for most.
pub(super) struct Words<'code> {
    language: Language,
    rest: &'code str,
    /// Whether a name that follows is being defined.
    defines: bool,
}

impl<'code> Words<'code> {
    pub(super) fn new(language: Language, code: &'code str) -> Self {
        Self { language, rest: code, defines: false }
    }

    /// Class of a word, given that it is none of a text.
    fn class(&self, word: &str) -> &'static str {
        if self.language.keywords().contains(&word) || word.starts_with('\'') {
            KEYWORD
        } else if self.language.values().contains(&word) {
            VALUE
        } else if self.defines {
            DEFINED
        } else {
            PLAIN
        }
    }
}

impl<'code> Iterator for Words<'code> {
    type Item = (&'code str, &'static str);

    fn next(&mut self) -> Option<Self::Item> {
        let (code, language) = (self.rest, self.language);
        let first = code.chars().next()?;
        let (length, class) = if let Some(length) = language.comment(code) {
            (length, COMMENT)
        } else if let Some(length) = language.text(code) {
            (length, TEXT)
        } else if let Some(length) = number(code, language) {
            (length, VALUE)
        } else if let Some(length) = name(code).or_else(|| lifetime(code, language)) {
            (length, self.class(&code[..length]))
        } else {
            (first.len_utf8(), PLAIN)
        };
        let (word, rest) = code.split_at(length);
        self.rest = rest;
        if !word.trim().is_empty() {
            self.defines = language.defining().contains(&word);
        }
        Some((word, class))
    }
}

/// Bytes of a comment that others may stand in.
fn nested_comment(code: &str) -> usize {
    let mut depth = 0_usize;
    let mut place = 0;
    while let Some(found) = code[place..].find(['/', '*']) {
        place += found;
        if code[place..].starts_with("/*") {
            depth += 1;
            place += 2;
        } else if code[place..].starts_with("*/") {
            depth -= 1;
            place += 2;
            if depth == 0 {
                return place;
            }
        } else {
            place += 1;
        }
    }
    code.len()
}

/// Bytes of `"…"`, `'…'` or either three times, with the letters before it.
fn python_text(code: &str) -> Option<usize> {
    let prefix = code.find(|letter| !"bBfFrRtTuU".contains(letter)).filter(|&length| length <= 2)?;
    let opened = &code[prefix..];
    let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| opened.starts_with(quote))?;
    let is_long = quote.len() == 3;
    Some(prefix + quote.len() + until(&opened[quote.len()..], quote, Escapes::Backslash, is_long))
}

/// Bytes of `"…"`, `r#"…"#` and the like.
fn rust_text(code: &str) -> Option<usize> {
    let after = code.strip_prefix(['b', 'c']).unwrap_or(code);
    let (opened, hashes) = match after.strip_prefix('r') {
        Some(raw) => {
            let opened = raw.trim_start_matches('#');
            (opened, Some(raw.len() - opened.len()))
        }
        None => (after, None),
    };
    let text = opened.strip_prefix('"')?;
    let closing = format!("\"{}", "#".repeat(hashes.unwrap_or(0)));
    let escapes = if hashes.is_some() { Escapes::None } else { Escapes::Backslash };
    Some(code.len() - text.len() + until(text, &closing, escapes, true))
}

/// Bytes of `'…'`, where that is no lifetime.
fn rust_character(code: &str) -> Option<usize> {
    let text = code.strip_prefix('b').unwrap_or(code).strip_prefix('\'')?;
    let mut characters = text.chars();
    let is_character = characters.next()? == '\\' || characters.next() == Some('\'');
    is_character.then(|| code.len() - text.len() + until(text, "'", Escapes::Backslash, false))
}

/// The character that escapes the one after it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    Backslash,
    None,
}

/// Bytes up to the end of what closes a text; to the end of the line, or of all, where nothing does.
fn until(text: &str, closing: &str, escapes: Escapes, over_lines: bool) -> usize {
    let mut escaped = false;
    for (place, character) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if escapes == Escapes::Backslash && character == '\\' {
            escaped = true;
        } else if text[place..].starts_with(closing) {
            return place + closing.len();
        } else if character == '\n' && !over_lines {
            return place;
        }
    }
    text.len()
}

/// Bytes of a number: `1_000`, `0xff`, `2.5e-3`, `3u8`, `2j`, and Python's `.5`. The dots of `0..n` and `1.max(n)` are none
/// of it.
fn number(code: &str, language: Language) -> Option<usize> {
    let is_digit = |place: usize| code[place..].starts_with(|next: char| next.is_ascii_digit());
    let dot = language == Language::Python && code.starts_with('.');
    if !is_digit(usize::from(dot)) {
        return None;
    }
    let has_exponent = !code.starts_with("0x");
    let mut before = ' ';
    for (place, character) in code.char_indices() {
        let is_part = match character {
            '.' => is_digit(place + 1),
            '+' | '-' => has_exponent && matches!(before, 'e' | 'E') && is_digit(place + 1),
            other => other.is_alphanumeric() || other == '_',
        };
        if !is_part {
            return Some(place);
        }
        before = character;
    }
    Some(code.len())
}

/// Bytes of a name or a keyword.
fn name(code: &str) -> Option<usize> {
    let length = code.find(|character: char| !(character.is_alphanumeric() || character == '_'));
    Some(length.unwrap_or(code.len())).filter(|&length| length > 0)
}

/// Bytes of a lifetime of Rust's.
fn lifetime(code: &str, language: Language) -> Option<usize> {
    if language != Language::Rust {
        return None;
    }
    name(code.strip_prefix('\'')?).map(|length| length + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The words that have a class, as `class:word`.
    fn words(language: Language, code: &str) -> Vec<String> {
        let words = Words::new(language, code).filter(|(_, class)| !class.is_empty());
        words.map(|(word, class)| format!("{class}:{word}")).collect()
    }

    #[test]
    fn python_is_understood() {
        let code = "@cache\nclass Half(Base):\n  def of(self, x): return None if x is .5 else 1e-3 + 0xffj";
        assert_eq!(
            words(Language::Python, code),
            [
                "k:class", "d:Half", "k:def", "d:of", "k:return", "n:None", "k:if", "k:is", "n:.5", "k:else", "n:1e-3",
                "n:0xffj"
            ]
        );
    }

    #[test]
    fn texts_of_python_end_where_python_ends_them() {
        let code = "x = rb'\\'#' + f\"{y}\" # '\n'''a\n'b' \\''' + \"\"\"c\"\"\"";
        assert_eq!(
            words(Language::Python, code),
            ["s:rb'\\'#'", "s:f\"{y}\"", "c:# '", "s:'''a\n'b' \\''' + \"\"\"c\"\"\""]
        );
        assert_eq!(words(Language::Python, "'open\nif"), ["s:'open", "k:if"]);
        assert_eq!(words(Language::Python, "'on\\\nif'"), ["s:'on\\\nif'"]);
        assert_eq!(words(Language::Python, "bull = buff"), [] as [&str; 0]);
    }

    #[test]
    fn rust_is_understood() {
        let code = "impl<'a> Half<'a> { pub fn of(x: &'a str) -> u64 { x.0..1_000.5e3f64.max(2) } }";
        assert_eq!(
            words(Language::Rust, code),
            [
                "k:impl",
                "k:'a",
                "k:'a",
                "k:pub",
                "k:fn",
                "d:of",
                "k:'a",
                "k:str",
                "k:u64",
                "n:0",
                "n:1_000.5e3f64",
                "n:2"
            ]
        );
    }

    #[test]
    fn texts_and_comments_of_rust_end_where_rust_ends_them() {
        let code = "r#\"a \"b\" \\\"# b'\\'' '\"' c\"\n\" /* a /* b */ \" */ // 'c\nr#type";
        assert_eq!(
            words(Language::Rust, code),
            ["s:r#\"a \"b\" \\\"#", "s:b'\\''", "s:'\"'", "s:c\"\n\"", "c:/* a /* b */ \" */", "c:// 'c", "k:type"]
        );
    }

    #[test]
    fn what_is_left_open_goes_to_the_end() {
        for (language, code) in
            [(Language::Rust, "/* /* */"), (Language::Rust, "r##\"a\"#"), (Language::Python, "'''a'")]
        {
            let words: Vec<(&str, &str)> = Words::new(language, code).collect();
            assert!(matches!(words[..], [(word, "c" | "s")] if word == code), "{code}");
        }
    }

    proptest! {
        #[test]
        fn every_character_is_part_of_one_word(code in "[\\PC\n'\"#/*\\\\rb0-9.e-]*") {
            for language in [Language::Python, Language::Rust] {
                let all: String = Words::new(language, &code).map(|(word, _)| word).collect();
                prop_assert_eq!(&all, &code);
            }
        }
    }
}
