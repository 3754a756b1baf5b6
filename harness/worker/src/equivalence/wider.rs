//! How outputs that differ would be equal.

use rustworthy_model::equivalence::Hint;
use rustworthy_protocol::Mode;

use super::compare::{Outcome, compare};
use super::difference::Difference;
use super::value::Value;

/// Relative and absolute tolerances that are worth a try, and how a manifest writes them.
const TOLERANCES: [(f64, f64, &str); 5] = [
    (1e-12, 0.0, "{ rel-tol = 1e-12 }"),
    (1e-9, 0.0, "{ rel-tol = 1e-9 }"),
    (1e-9, 1e-12, "{ rel-tol = 1e-9, abs-tol = 1e-12 }"),
    (1e-6, 0.0, "{ rel-tol = 1e-6 }"),
    (1e-6, 1e-9, "{ rel-tol = 1e-6, abs-tol = 1e-9 }"),
];

/// The narrowest `equal` under which values would be equal that differ under a mode.
pub fn hint(expected: &Value, got: &Value, mode: Mode, difference: &Difference) -> Option<Hint> {
    if mode == Mode::Exact && compare(expected, got, Mode::Value) == Outcome::Equal {
        return Some(by_value(difference));
    }
    let tolerable = |&&(relative, absolute, _): &&(f64, f64, &str)| {
        compare(expected, got, Mode::Tolerance { relative, absolute }) == Outcome::WithinTolerance
    };
    TOLERANCES
        .iter()
        .find(tolerable)
        .map(|(.., equal)| Hint { equal: (*equal).to_owned(), because: "numbers that are close".to_owned() })
}

/// Where values are equal by `==`.
pub fn by_value(difference: &Difference) -> Hint {
    let because = difference.beside.as_deref().unwrap_or("attributes that `==` leaves out");
    Hint { equal: "value".to_owned(), because: because.to_owned() }
}
