//! What equivalence promises.

mod laws;
mod numbers;
mod python;
mod shown;
mod strategy;

use rustworthy_protocol::Mode;

use super::compare::{Outcome, compare};
use super::value::Value;

/// All modes, each looser than the one before.
const MODES: [Mode; 3] = [Mode::Exact, Mode::Value, Mode::Tolerance { relative: 1e-6, absolute: 0.0 }];

fn is_equal(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Equal | Outcome::WithinTolerance)
}

/// The difference as it is shown.
fn difference(expected: &Value, got: &Value, mode: Mode) -> String {
    match compare(expected, got, mode) {
        Outcome::Different(difference) => difference.to_string(),
        other => format!("{other:?}"),
    }
}
