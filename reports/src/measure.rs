//! A measured value as readers see it.

use rustworthy_model::Estimate;
use rustworthy_model::figures::{self, Figure};

/// A measured value with its interval.
#[derive(Clone)]
pub(crate) struct Measure {
    pub(crate) value: Figure,
    /// Relative interval, `±1.2%`.
    pub(crate) interval: String,
    /// Both ends, `11.9 ms to 12.8 ms`.
    pub(crate) range: String,
    /// The numbers themselves, for charts.
    pub(crate) estimate: Estimate,
}

impl Measure {
    pub(crate) fn new(estimate: Estimate, figure: fn(f64) -> Figure) -> Self {
        Self {
            value: figure(estimate.estimate),
            interval: figures::interval(&estimate),
            range: format!("{} to {}", figure(estimate.low), figure(estimate.high)),
            estimate,
        }
    }

    /// The lower end, `11.9 ms`.
    pub(crate) fn low(&self) -> &str {
        self.range.split_once(" to ").map_or("", |(low, _)| low)
    }

    /// The upper end, `12.8 ms`.
    pub(crate) fn high(&self) -> &str {
        self.range.split_once(" to ").map_or("", |(_, high)| high)
    }

    /// Value and interval, `12.3 ms ±1.2%`.
    pub(crate) fn text(&self) -> String {
        format!("{} {}", self.value, self.interval)
    }
}
