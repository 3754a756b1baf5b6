//! What to do about every hot function and workload: a pure function of measurements and prices.
//!
//! A [subject](subject) is a workload or a function. What was measured of it is [extracted](extract) into [`evidence`],
//! numbers alone. The [`rules`] judge that, the [`reasons`] say why, as data, and the [tipping points](tipping_points)
//! are found by solving the rules. The [`plan`] orders the work across subjects.

mod benefit;
mod block;
mod candidate;
mod cost;
mod curve;
mod decide;
mod draws;
mod evidence;
mod extract;
#[cfg(test)]
mod known_answers;
mod notes;
mod plan;
mod price;
mod reasons;
mod remedy;
mod rules;
mod subject;
mod terms;
#[cfg(test)]
mod tests;
mod tipping_points;

pub use decide::{Decided, decide};
pub use remedy::Remedy;
pub use subject::{Asked, Measured};
pub use terms::{ENOUGH, P99_SHARE, Terms};
