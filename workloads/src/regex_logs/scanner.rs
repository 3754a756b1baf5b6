//! The pattern as a scanner that reads each character once.
//!
//! Every part of the pattern ends where the next one can't go on (`\w+\s`, `[^"]*"`): whatever a backtracking engine
//! would give back, the next part wouldn't take. So the first try is the only one, and no state is kept.

use super::classes::{Class, Classes};

/// The pattern, as it is written for Python's `re`.
pub const PATTERN: &str = concat!(
    r"(?P<host>[\w.:-]+)\s(?P<user>\S+)\s\[(?P<time>[^\]]+)\]\s",
    r#""(?P<method>\w+)\s(?P<path>\S+)\s(?P<protocol>[^"]*)"\s(?P<status>\d+)\s(?P<size>\d+|-)"#
);

/// What the groups of the pattern captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Name or address of the client.
    pub host: &'a str,
    /// Who it is, or `-`.
    pub user: &'a str,
    /// When, in brackets.
    pub time: &'a str,
    /// The request's verb.
    pub method: &'a str,
    /// What it asked for.
    pub path: &'a str,
    /// Rest of the request.
    pub protocol: &'a str,
    /// Status of the response.
    pub status: &'a str,
    /// Bytes of the response, or `-`.
    pub size: &'a str,
}

impl<'a> Entry<'a> {
    /// Matches the [pattern](PATTERN) at the start of a line.
    #[inline]
    pub fn of(line: &'a str, classes: &Classes) -> Option<Self> {
        let mut scanner = Scanner { line, at: 0, classes };
        let host = scanner.run(Class::HOST)?;
        scanner.one(Class::SPACE)?;
        let user = scanner.run(Class::SOLID)?;
        scanner.one(Class::SPACE)?;
        scanner.byte(b'[')?;
        let time = scanner.until(b']').filter(|time| !time.is_empty())?;
        scanner.one(Class::SPACE)?;
        scanner.byte(b'"')?;
        let method = scanner.run(Class::WORD)?;
        scanner.one(Class::SPACE)?;
        let path = scanner.run(Class::SOLID)?;
        scanner.one(Class::SPACE)?;
        let protocol = scanner.until(b'"')?;
        scanner.one(Class::SPACE)?;
        let status = scanner.run(Class::DECIMAL)?;
        scanner.one(Class::SPACE)?;
        let size = scanner.run(Class::DECIMAL).or_else(|| scanner.byte(b'-'))?;
        Some(Self { host, user, time, method, path, protocol, status, size })
    }
}

struct Scanner<'a, 'c> {
    line: &'a str,
    /// Always between two characters.
    at: usize,
    classes: &'c Classes,
}

impl<'a> Scanner<'a, '_> {
    /// One or more characters of a class, as many as there are.
    #[inline]
    fn run(&mut self, class: Class) -> Option<&'a str> {
        let rest = &self.line[self.at..];
        let ascii = rest.bytes().position(|byte| !self.classes.has_ascii(class, byte)).unwrap_or(rest.len());
        let length = if rest.as_bytes().get(ascii).is_some_and(|byte| !byte.is_ascii()) {
            ascii + self.length_of_run(&rest[ascii..], class)
        } else {
            ascii
        };
        self.at += length;
        (length > 0).then(|| &rest[..length])
    }

    /// Bytes of such a run that has characters beyond ASCII.
    #[cold]
    fn length_of_run(&self, rest: &str, class: Class) -> usize {
        rest.find(|one| !self.classes.has(class, one)).unwrap_or(rest.len())
    }

    /// One character of a class.
    #[inline]
    fn one(&mut self, class: Class) -> Option<()> {
        let rest = &self.line[self.at..];
        if self.classes.has_ascii(class, *rest.as_bytes().first()?) {
            self.at += 1;
            return Some(());
        }
        let first = rest.chars().next().filter(|&one| self.classes.has(class, one))?;
        self.at += first.len_utf8();
        Some(())
    }

    /// That ASCII character.
    #[inline]
    fn byte(&mut self, byte: u8) -> Option<&'a str> {
        let rest = &self.line[self.at..];
        (rest.as_bytes().first() == Some(&byte)).then(|| {
            self.at += 1;
            &rest[..1]
        })
    }

    /// What comes before that ASCII character, and then it.
    #[inline]
    fn until(&mut self, delimiter: u8) -> Option<&'a str> {
        let rest = &self.line[self.at..];
        let length = memchr::memchr(delimiter, rest.as_bytes())?;
        self.at += length + 1;
        Some(&rest[..length])
    }
}

#[cfg(all(test, feature = "python"))]
mod tests {
    use proptest::prelude::*;
    use pyo3::prelude::*;
    use pyo3::types::PyString;

    use super::*;

    type Groups = (String, String, String, String, String, String, String, String);

    /// The groups that Python's `re` captures, and those of the scanner.
    fn both(line: &str) -> (Option<Groups>, Option<Groups>) {
        Python::initialize();
        Python::attach(|py| {
            let found = py.import("re").unwrap().call_method1("match", (PATTERN, PyString::new(py, line))).unwrap();
            let expected = (!found.is_none()).then(|| found.call_method0("groups").unwrap().extract().unwrap());
            let got = Entry::of(line, &Classes::of_python(py).unwrap()).map(|entry| {
                let Entry { host, user, time, method, path, protocol, status, size } = entry;
                let [host, user, time, method] = [host, user, time, method].map(str::to_owned);
                let [path, protocol, status, size] = [path, protocol, status, size].map(str::to_owned);
                (host, user, time, method, path, protocol, status, size)
            });
            (expected, got)
        })
    }

    #[track_caller]
    fn assert_alike(line: &str, matches: bool) {
        let (expected, got) = both(line);
        assert_eq!(got, expected, "{line:?}");
        assert_eq!(got.is_some(), matches, "{line:?}");
    }

    #[test]
    fn a_line_matches_from_its_start_up_to_its_size() {
        let line = r#"web-1:80 - [10/Oct 13:55] "GET /a?b="c" HTTP/1.1" 200 17"#;
        assert_alike(line, true);
        assert_alike(&format!("{line}x\r\n"), true);
        assert_alike(&line.replace("17", "-"), true);
        assert_alike(&format!(" {line}"), false);
        assert_alike(line.trim_end_matches("17"), false);
        assert_alike(&line.replace("10/Oct 13:55", ""), false);
        assert_alike("", false);
    }

    #[test]
    fn classes_are_those_of_unicode_as_python_knows_it() {
        let line = |host, space, status| format!("{host}{space}-{space}[t]{space}\"GET{space}/{space}\" {status} 1");
        assert_alike(&line("wëb²", "\u{2003}", "٢٠٠"), true);
        assert_alike(&line("山田", "\u{1C}", "200"), true);
        assert_alike(&line("web", "\u{85}", "200"), true);
        assert_alike(&line("e\u{301}", " ", "200"), false);
        assert_alike(&line("a\u{200D}b", " ", "200"), false);
        assert_alike(&line("web", "\u{200B}", "200"), false);
        assert_alike(&line("web", " ", "²⁰⁰"), false);
    }

    /// Characters and pieces of lines that parts of the pattern disagree about.
    fn piece() -> impl Strategy<Value = String> {
        prop_oneof![
            6 => Just(String::from(" ")),
            4 => "[a-z0-9_.:-]{1,4}",
            2 => "[\\[\\]\"]",
            2 => "[ \t\r\n\u{1C}\u{85}\u{A0}\u{2028}²½٣é山\u{301}\u{200D}]",
            1 => any::<char>().prop_map(String::from),
        ]
    }

    proptest! {
        #[test]
        fn any_line_yields_the_groups_that_python_captures(
            pieces in prop::collection::vec(piece(), 8),
            spaces in prop::collection::vec("[ \t\u{1C}\u{85}]", 8),
            cut in 0..200_usize,
        ) {
            let [host, user, time, method, path, protocol, status, size] = &pieces[..] else { unreachable!() };
            let [a, b, c, d, e, f, g, _] = &spaces[..] else { unreachable!() };
            let line = format!("h{host}{a}u{user}{b}[{time}]{c}\"m{method}{d}/{path}{e}{protocol}\"{f}2{status}{g}1{size}");
            let cut: String = line.chars().take(cut).collect();
            for line in [line, cut, pieces.concat()] {
                let (expected, got) = both(&line);
                prop_assert_eq!(got, expected, "{:?}", line);
            }
        }
    }
}
