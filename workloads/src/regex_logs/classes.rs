//! The classes `\w`, `\d` and `\s` of Python's `re`, exactly, for a version of Unicode.
//!
//! They are [`str.isalnum()` or `_`, `str.isdecimal()`, `str.isspace()`][re], and those follow from Unicode's
//! categories. In Rust's `regex`, `\w` has marks and joiners but no numbers like `²`, and `\s` lacks U+001C to U+001F.
//!
//! [re]: https://docs.python.org/3/library/re.html#regular-expression-syntax

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use regex_syntax::hir::{Class as HirClass, HirKind};

use crate::endpoint::Refusal;

/// A set of code points, to be asked for in [`Classes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Class(u8);

impl Class {
    /// `\w`
    pub(super) const WORD: Self = Self(1);
    /// `\d`
    pub(super) const DECIMAL: Self = Self(2);
    /// `\s`
    pub(super) const SPACE: Self = Self(4);
    /// `\S`
    pub(super) const SOLID: Self = Self(8);
    /// `[.:-]`
    const JOINT: Self = Self(16);
    /// `[\w.:-]`
    pub(super) const HOST: Self = Self(Self::WORD.0 | Self::JOINT.0);
}

/// The classes of every code point, as one version of Unicode has them.
#[derive(Debug)]
pub struct Classes {
    version: Version,
    /// Those of each byte that is a character; none of the bytes beyond ASCII.
    ascii: [u8; 256],
    /// Those of each code point. A table of pages would take a second load for each.
    all: Box<[u8]>,
}

impl Classes {
    /// The classes of such a version, as `unicodedata.unidata_version` tells it: `14.0.0`. They are kept.
    ///
    /// # Errors
    /// `ValueError` where that isn't a version of Unicode, or is newer than what is known here.
    pub fn of(version: &str) -> Result<Arc<Self>, Refusal> {
        static KNOWN: Mutex<BTreeMap<Version, Arc<Classes>>> = Mutex::new(BTreeMap::new());
        let unknown = || Refusal::new("ValueError", format!("Unicode {version:?} isn't known here"));
        let version = Version::read(version).ok_or_else(unknown)?;
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(classes) = known.get(&version) {
            return Ok(Arc::clone(classes));
        }
        let classes = Arc::new(Self::build(version).ok_or_else(unknown)?);
        known.insert(version, Arc::clone(&classes));
        Ok(classes)
    }

    fn build(version: Version) -> Option<Self> {
        let mut all = vec![Class::SOLID.0; char::MAX as usize + 1].into_boxed_slice();
        for (class, pattern) in [(Class::WORD, version.word()), (Class::DECIMAL, version.decimal())] {
            for (first, last) in ranges(&pattern)? {
                all[first as usize..=last as usize].iter_mut().for_each(|classes| *classes |= class.0);
            }
        }
        for (first, last) in ranges(SPACE)? {
            all[first as usize..=last as usize].fill(Class::SPACE.0);
        }
        for joint in b".:-" {
            all[usize::from(*joint)] |= Class::JOINT.0;
        }
        let mut ascii = [0; 256];
        ascii[..128].copy_from_slice(&all[..128]);
        Some(Self { version, ascii, all })
    }

    /// Whether a byte is an ASCII character of that class.
    #[inline]
    pub(super) fn has_ascii(&self, class: Class, byte: u8) -> bool {
        self.ascii[usize::from(byte)] & class.0 != 0
    }

    /// Whether a character is of that class.
    #[inline]
    pub(super) fn has(&self, class: Class, character: char) -> bool {
        self.all[character as usize] & class.0 != 0
    }

    /// A pattern of Python's that means the same to Rust's `regex`.
    pub(super) fn spell_out(&self, pattern: &str) -> String {
        let pattern = pattern.replace(r"\w", &self.version.word()).replace(r"\d", &self.version.decimal());
        spell_out_spaces(&pattern)
    }
}

/// `\s`: what Unicode calls white space, and the four separators of ASCII, which are paragraphs or segments in
/// bidirectional text. No version has changed it since 6.3.
const SPACE: &str = r"[\s\x1C-\x1F]";

/// A pattern whose `\s` and `\S` are Python's. In ASCII, `\w` and `\d` are the same everywhere.
pub(super) fn spell_out_spaces(pattern: &str) -> String {
    pattern.replace(r"\s", SPACE).replace(r"\S", &SPACE.replacen('[', "[^", 1))
}

/// Major and minor version of Unicode; updates change no category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u8, u8);

impl Version {
    fn read(text: &str) -> Option<Self> {
        let mut numbers = text.split('.').map(str::parse);
        Some(Self(numbers.next()?.ok()?, numbers.next()?.ok()?))
    }

    /// `\w`: letters, and all that has a numeric value. Both are categories.
    fn word(self) -> String {
        self.assigned(r"[\p{L}\p{N}_]")
    }

    /// `\d`
    fn decimal(self) -> String {
        self.assigned(r"\p{Nd}")
    }

    /// What of a class was assigned in this version already.
    fn assigned(self, class: &str) -> String {
        format!(r"[{class}&&\p{{age:{}.{}}}]", self.0, self.1)
    }
}

/// First and last characters of a class's ranges.
fn ranges(class: &str) -> Option<Vec<(char, char)>> {
    match regex_syntax::parse(class).ok()?.into_kind() {
        HirKind::Class(HirClass::Unicode(class)) => {
            Some(class.iter().map(|range| (range.start(), range.end())).collect())
        }
        _ => None,
    }
}

#[cfg(all(test, feature = "python"))]
mod tests {
    use pyo3::prelude::*;

    use super::*;

    /// Code points of a class that Python's `re` finds by itself.
    fn python(py: Python<'_>, class: &str) -> Vec<char> {
        let all: String = ('\0'..=char::MAX).collect();
        let found = py.import("re").unwrap().call_method1("findall", (class, all)).unwrap();
        found.extract::<Vec<char>>().unwrap()
    }

    #[test]
    fn every_code_point_is_in_the_classes_that_python_has_it_in() {
        Python::initialize();
        Python::attach(|py| {
            let classes = Classes::of_python(py).unwrap();
            let cases = [
                (Class::WORD, r"\w"),
                (Class::DECIMAL, r"\d"),
                (Class::SPACE, r"\s"),
                (Class::SOLID, r"\S"),
                (Class::HOST, r"[\w.:-]"),
            ];
            for (class, name) in cases {
                let expected = python(py, name);
                let in_table: Vec<char> = ('\0'..=char::MAX).filter(|&one| classes.has(class, one)).collect();
                assert!(in_table == expected, "{name} in the table");
                let ascii: Vec<char> =
                    (0..=255).filter(|&byte| classes.has_ascii(class, byte)).map(char::from).collect();
                assert_eq!(ascii, expected.iter().copied().filter(char::is_ascii).collect::<Vec<_>>(), "{name}");
                let spelled = ranges(&classes.spell_out(name)).unwrap();
                assert!(spelled.into_iter().flat_map(|(first, last)| first..=last).eq(expected), "{name} spelled out");
            }
        });
    }

    #[test]
    fn lone_surrogates_are_in_no_class_that_what_stands_for_them_is_not_in() {
        Python::initialize();
        Python::attach(|py| {
            let of = |text| py.import("re").unwrap().call_method1("sub", (r"[\w\s.:-]", "", text)).unwrap();
            let surrogate = py.eval(c"''.join(map(chr, range(0xD800, 0xE000)))", None, None).unwrap();
            assert_eq!(of(surrogate).len().unwrap(), 0x800);
            let classes = Classes::of_python(py).unwrap();
            assert!([Class::HOST, Class::SPACE].iter().all(|class| !classes.has(*class, char::REPLACEMENT_CHARACTER)));
        });
    }

    #[test]
    fn rust_has_other_classes() {
        let differing = |class: &str, python: Class| {
            let classes = Classes::of("16.0.0").unwrap();
            let rust: Vec<_> = ranges(class).unwrap();
            let in_rust = |one| rust.iter().any(|(first, last)| (*first..=*last).contains(&one));
            "\u{300}²½\u{200D}\u{203F}\u{1C}\u{85}\u{A0}٣é"
                .chars()
                .filter(|&one| in_rust(one) != classes.has(python, one))
                .collect::<String>()
        };
        assert_eq!(differing(r"\w", Class::WORD), "\u{300}²½\u{200D}\u{203F}");
        assert_eq!(differing(r"\d", Class::DECIMAL), "");
        assert_eq!(differing(r"\s", Class::SPACE), "\u{1C}");
    }

    #[test]
    fn a_letter_is_one_from_the_version_on_that_has_it() {
        let nag_mundari = '\u{1E4D0}';
        assert!(!Classes::of("14.0.0").unwrap().has(Class::WORD, nag_mundari));
        assert!(Classes::of("15.0.0").unwrap().has(Class::WORD, nag_mundari));
    }

    #[test]
    fn what_is_no_known_version_is_a_value_error() {
        for version in ["", "14", "99.0.0", "-1.0", "1.0}]", "14.0\n", "x.y"] {
            assert_eq!(Classes::of(version).unwrap_err().exception, "ValueError", "{version:?}");
        }
    }
}
