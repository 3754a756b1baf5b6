//! What the values of samples count. A share of time on a processor follows from time, or from how many samples there are,
//! which samplers take at equal distances; from nothing else.

use std::collections::BTreeSet;
use std::fmt::Display;

/// What values of samples count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Unit {
    /// Time, by how many seconds one of them is.
    Time(f64),
    /// Samples.
    Samples,
    /// Bytes, objects, and whatever else is no time.
    Other,
}

impl Unit {
    /// The unit of that name. `none` is what speedscope's importers write for samples.
    pub(super) fn of(name: &str) -> Self {
        match name {
            "nanoseconds" | "nanosecond" | "ns" => Self::Time(1e-9),
            "microseconds" | "microsecond" | "us" | "µs" => Self::Time(1e-6),
            "milliseconds" | "millisecond" | "ms" => Self::Time(1e-3),
            "seconds" | "second" | "s" => Self::Time(1.0),
            "" | "none" | "samples" | "count" => Self::Samples,
            _ => Self::Other,
        }
    }
}

/// Why nothing can be ranked by what is in these units.
pub(super) fn no_time(units: impl IntoIterator<Item = impl Display>) -> String {
    let units: BTreeSet<String> = units.into_iter().map(|unit| format!("'{unit}'")).collect();
    let units: Vec<String> = units.into_iter().collect();
    format!(
        "holds no time but {}, by which functions can't be ranked; give a profile of processor time",
        units.join(", ")
    )
}

/// What is said of time that needn't be spent on a processor.
pub(super) fn other_time(kind: &str) -> String {
    format!("shares are of the time that the profile calls '{kind}', not of processor time")
}

/// What is said where samples stand for time.
pub(super) const SAMPLES: &str =
    "the profile counts samples and no time: each is taken for as much time on a processor as any other";
