//! Ways to match the pattern at a line.

use std::sync::Arc;

use regex::{CaptureLocations, Error, Regex, bytes};

use super::classes::{Classes, spell_out_spaces};
use super::scanner::{Entry, PATTERN};

/// Numbers of the groups `host` and `status`.
const HOST: usize = 1;
const STATUS: usize = 7;

/// A way to match a line.
pub trait Engine: Send {
    /// What the groups `host` and `status` capture, where the line matches.
    fn host_and_status<'a>(&mut self, line: &'a str) -> Option<(&'a str, &'a str)>;
}

/// As published: a search, and Rust's own classes.
pub struct Published(Regex);

impl Published {
    /// Compiles the pattern.
    ///
    /// # Errors
    /// When it is too large to compile.
    pub fn new() -> Result<Self, Error> {
        Regex::new(PATTERN).map(Self)
    }
}

impl Engine for Published {
    fn host_and_status<'a>(&mut self, line: &'a str) -> Option<(&'a str, &'a str)> {
        let entry = self.0.captures(line)?;
        Some((entry.name("host")?.as_str(), entry.name("status")?.as_str()))
    }
}

/// The same corrected: a match at the start of the line, with Python's classes.
#[derive(Clone)]
pub struct Corrected(Regex);

impl Corrected {
    /// Compiles the pattern.
    ///
    /// # Errors
    /// When it is too large to compile.
    pub fn new(classes: &Classes) -> Result<Self, Error> {
        Regex::new(&anchored(&classes.spell_out(PATTERN))).map(Self)
    }
}

impl Engine for Corrected {
    fn host_and_status<'a>(&mut self, line: &'a str) -> Option<(&'a str, &'a str)> {
        let entry = self.0.captures(line)?;
        Some((entry.name("host")?.as_str(), entry.name("status")?.as_str()))
    }
}

/// A match at the start of the line whose classes hold ASCII alone. Each byte then decides what comes next, and
/// `regex` captures in one pass; with Unicode's classes it can't, since their characters share first bytes.
pub struct Ascii {
    regex: bytes::Regex,
    groups: bytes::CaptureLocations,
}

impl Ascii {
    /// Compiles the pattern with the classes of Rust.
    ///
    /// # Errors
    /// When it is too large to compile.
    pub fn new() -> Result<Self, Error> {
        Self::of(PATTERN)
    }

    fn of(pattern: &str) -> Result<Self, Error> {
        let regex = bytes::Regex::new(&anchored(&format!("(?-u:{pattern})")))?;
        let groups = regex.capture_locations();
        Ok(Self { regex, groups })
    }
}

impl Engine for Ascii {
    fn host_and_status<'a>(&mut self, line: &'a str) -> Option<(&'a str, &'a str)> {
        self.regex.captures_read(&mut self.groups, line.as_bytes())?;
        let group = |number| self.groups.get(number).and_then(|(start, end)| line.get(start..end));
        Some((group(HOST)?, group(STATUS)?))
    }
}

/// Python's classes as far as ASCII for lines that hold nothing else, and all of them for the others.
pub struct Exact {
    ascii: Ascii,
    unicode: Regex,
    groups: CaptureLocations,
}

impl Exact {
    /// Compiles both patterns.
    ///
    /// # Errors
    /// When one is too large to compile.
    pub fn new(classes: &Classes) -> Result<Self, Error> {
        let Corrected(unicode) = Corrected::new(classes)?;
        let groups = unicode.capture_locations();
        Ok(Self { ascii: Ascii::of(&spell_out_spaces(PATTERN))?, unicode, groups })
    }
}

impl Engine for Exact {
    fn host_and_status<'a>(&mut self, line: &'a str) -> Option<(&'a str, &'a str)> {
        if line.is_ascii() {
            return self.ascii.host_and_status(line);
        }
        self.unicode.captures_read(&mut self.groups, line)?;
        let group = |number| self.groups.get(number).and_then(|(start, end)| line.get(start..end));
        Some((group(HOST)?, group(STATUS)?))
    }
}

/// The [scanner](Entry::of).
#[derive(Clone)]
pub struct Scanner(pub Arc<Classes>);

impl Engine for Scanner {
    #[inline]
    fn host_and_status<'a>(&mut self, line: &'a str) -> Option<(&'a str, &'a str)> {
        Entry::of(line, &self.0).map(|entry| (entry.host, entry.status))
    }
}

fn anchored(pattern: &str) -> String {
    format!(r"\A(?:{pattern})")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes() -> Arc<Classes> {
        Classes::of("14.0.0").unwrap()
    }

    fn found(engine: &mut dyn Engine, line: &str) -> Option<String> {
        engine.host_and_status(line).map(|(host, status)| format!("{host} {status}"))
    }

    #[test]
    fn the_numbers_of_groups_are_those_of_their_names() {
        let Published(regex) = Published::new().unwrap();
        let names: Vec<_> = regex.capture_names().collect();
        assert_eq!((names[HOST], names[STATUS]), (Some("host"), Some("status")));
    }

    #[test]
    fn only_what_was_published_finds_an_entry_after_the_start_of_a_line() {
        let line = r#"> web - [t] "GET / HTTP" 200 1"#;
        assert_eq!(found(&mut Published::new().unwrap(), line).as_deref(), Some("web 200"));
        assert_eq!(found(&mut Corrected::new(&classes()).unwrap(), line), None);
        assert_eq!(found(&mut Ascii::new().unwrap(), line), None);
        assert_eq!(found(&mut Exact::new(&classes()).unwrap(), line), None);
        assert_eq!(found(&mut Scanner(classes()), line), None);
    }

    #[test]
    fn engines_differ_by_their_classes() {
        let cases = [
            ("web", " ", "200", "pcaes"),
            ("wëb", " ", "200", "pc.es"),
            ("web", " ", "٢٠٠", "pc.es"),
            ("web", "\u{A0}", "200", "pc.es"),
            ("we²", " ", "200", ".c.es"),
            ("web", "\u{1F}", "200", ".c.es"),
            ("e\u{301}", " ", "200", "p...."),
            ("\u{1E4D0}", " ", "200", "p...."),
        ];
        for (host, space, status, matching) in cases {
            let line = format!("{host}{space}-{space}[t]{space}\"GET{space}/{space}\"{space}{status}{space}1");
            let engines: [(char, &mut dyn Engine); 5] = [
                ('p', &mut Published::new().unwrap()),
                ('c', &mut Corrected::new(&classes()).unwrap()),
                ('a', &mut Ascii::new().unwrap()),
                ('e', &mut Exact::new(&classes()).unwrap()),
                ('s', &mut Scanner(classes())),
            ];
            let expected = format!("{host} {status}");
            let which =
                engines.map(|(name, engine)| if found(engine, &line).as_ref() == Some(&expected) { name } else { '.' });
            assert_eq!(which.iter().collect::<String>(), matching, "{line:?}");
        }
    }
}
