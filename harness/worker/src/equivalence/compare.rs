//! Comparing two captured values.

use rustworthy_protocol::Mode;

use super::capture::{ITERATOR, OPEN_FILE};
use super::difference::{Difference, ROOT};
use super::value::Value;
use super::walk::Walk;

/// The result of comparing two values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// No difference.
    Equal,
    /// Some numbers differ, none by more than is tolerated.
    WithinTolerance,
    /// They differ; this is the first place.
    Different(Difference),
    /// No difference was found, but not everything could be compared.
    Unknown {
        /// Where, as in [`Difference::path`].
        path: String,
        /// Why it couldn't.
        why: String,
    },
}

/// What in an input a call uses up, in words: an iterator or an open file.
pub fn used_up(input: &Value) -> Option<String> {
    let Outcome::Unknown { path, why } = compare(input, input, Mode::Exact) else { return None };
    let name = [ITERATOR, OPEN_FILE].iter().find_map(|reason| why.strip_suffix(reason))?.trim_end_matches(": ");
    Some(if path == ROOT { name.to_owned() } else { format!("{name} at {path}") })
}

/// Compares a value with the one that is expected. A difference anywhere outweighs parts that can't be compared.
pub fn compare(expected: &Value, got: &Value, mode: Mode) -> Outcome {
    let named = |path: String| if path.is_empty() { ROOT.to_owned() } else { path };
    let mut walk = Walk::new(mode);
    match walk.values(expected, got) {
        Err(difference) => Outcome::Different(Difference { path: named(difference.path), ..*difference }),
        Ok(()) => match walk.unknown {
            Some((path, why)) => Outcome::Unknown { path: named(path), why },
            None if walk.tolerated => Outcome::WithinTolerance,
            None => Outcome::Equal,
        },
    }
}
