//! What differs between the machines of two runs.

use rustworthy_model::environment::Environment;

use crate::view::{Fact, facts};

/// Facts about an environment that aren't those of another.
pub(super) fn differing(known: &Environment, other: &Environment) -> Vec<Fact> {
    let known = facts(known);
    facts(other)
        .into_iter()
        .filter(|fact| !known.iter().any(|same| same.label == fact.label && same.value == fact.value))
        .collect()
}
