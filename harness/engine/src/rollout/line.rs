//! Lines of telemetry as switches write them.

use std::collections::BTreeMap;

use rustworthy_model::rollout::Trip;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// The version of the format that is read.
pub(super) const VERSION: u64 = 1;

/// Something that happens rarely.
#[derive(Debug, Deserialize)]
pub(super) struct EventLine {
    pub(super) switch: String,
    /// Seconds since 1970.
    pub(super) at: f64,
    /// What tells the salt of its digests from others.
    pub(super) salt: Option<String>,
    #[serde(flatten)]
    pub(super) event: Event,
}

/// What has happened.
#[derive(Debug, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Event {
    /// The two sides have differed.
    Difference { path: String, why: String, arguments: String },
    /// A breaker has opened.
    Breaker { why: Trip },
}

/// What is new since the last line of the same process.
#[derive(Debug, Deserialize)]
pub(super) struct CountLine {
    pub(super) switch: String,
    /// Seconds since 1970.
    pub(super) from: f64,
    /// Seconds since 1970.
    pub(super) to: f64,
    pub(super) mode: String,
    pub(super) function: Option<String>,
    #[serde(flatten)]
    pub(super) counts: Counts,
    #[serde(default)]
    pub(super) python_times: Times,
    #[serde(default)]
    pub(super) rust_times: Times,
    #[serde(default)]
    pub(super) python_requests: Times,
    #[serde(default)]
    pub(super) rust_requests: Times,
    #[serde(default)]
    pub(super) pairs: Pairs,
}

/// How often what has happened.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Counts {
    pub(super) calls: u64,
    pub(super) rust: u64,
    pub(super) shadowed: u64,
    pub(super) equal: u64,
    pub(super) different: u64,
    pub(super) unchecked: u64,
    pub(super) failed: u64,
    pub(super) raised_alike: u64,
    pub(super) fell_back: u64,
    pub(super) passed: u64,
    pub(super) uncopyable: u64,
    pub(super) suspended: u64,
    pub(super) busy: u64,
    pub(super) impure: u64,
}

impl Counts {
    pub(super) fn add(&mut self, other: &Self) {
        let Self { calls, rust, shadowed, equal, different, unchecked, .. } = other;
        let Self { failed, raised_alike, fell_back, passed, uncopyable, suspended, busy, impure, .. } = other;
        for (sum, number) in [
            (&mut self.calls, calls),
            (&mut self.rust, rust),
            (&mut self.shadowed, shadowed),
            (&mut self.equal, equal),
            (&mut self.different, different),
            (&mut self.unchecked, unchecked),
            (&mut self.failed, failed),
            (&mut self.raised_alike, raised_alike),
            (&mut self.fell_back, fell_back),
            (&mut self.passed, passed),
            (&mut self.uncopyable, uncopyable),
            (&mut self.suspended, suspended),
            (&mut self.busy, busy),
            (&mut self.impure, impure),
        ] {
            *sum = sum.saturating_add(*number);
        }
    }
}

/// Times, by their histogram too.
#[derive(Debug, Default, Clone, Deserialize)]
pub(super) struct Times {
    pub(super) n: u64,
    pub(super) sum: f64,
    pub(super) squares: f64,
    #[serde(deserialize_with = "buckets")]
    pub(super) buckets: BTreeMap<u32, u64>,
}

/// Keys of JSON objects are texts, which serde doesn't read as numbers in a type that others are flattened into.
fn buckets<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<u32, u64>, D::Error> {
    let texts = BTreeMap::<String, u64>::deserialize(deserializer)?;
    texts.into_iter().map(|(bucket, number)| Ok((bucket.parse().map_err(D::Error::custom)?, number))).collect()
}

/// Times of both sides for the same calls.
#[derive(Debug, Default, Clone, Deserialize)]
pub(super) struct Pairs {
    pub(super) python: Times,
    pub(super) rust: Times,
    pub(super) products: f64,
}
