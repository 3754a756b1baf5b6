//! Draws of what was measured, as likely as they are to be true: Monte Carlo with the same seed for all, so that what differs
//! between two judgements are their inputs alone.

use std::sync::LazyLock;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use rustworthy_model::Estimate;

use crate::stats::{normal_quantile, quantile};

/// How many draws. They're spread evenly over their distribution, so that the ends of a 95 % interval are off by less than
/// 5 % of its arms; flips are found by some hundred judgements, of a few thousand draws each.
pub(super) const DRAWS: usize = 512;

/// Independent quantities that may vary: one for each contender and some for what they share.
const STREAMS: usize = 32;

/// Standard normal numbers, by stream.
static NORMALS: LazyLock<Vec<Vec<f64>>> = LazyLock::new(|| {
    let mut random = Pcg64Mcg::seed_from_u64(7);
    let half: Vec<f64> = (0..DRAWS / 2).map(|place| normal_quantile((place as f64 + 0.5) / DRAWS as f64)).collect();
    let stream = |_| {
        // Evenly spread over the distribution and mirrored, in random order: fewer draws do.
        let mut numbers: Vec<f64> = half.iter().flat_map(|number| [*number, -*number]).collect();
        for place in (1..numbers.len()).rev() {
            numbers.swap(place, random.random_range(0..=place));
        }
        numbers
    };
    (0..STREAMS).map(stream).collect()
});

/// The stream of what p99 does.
pub(super) const P99: usize = 0;
/// The stream of the time that is there to be saved.
pub(super) const TIME: usize = 1;

/// The stream of a contender.
pub(super) fn of_contender(place: usize) -> usize {
    2 + place % (STREAMS - 2)
}

/// How many standard deviations an interval of this level reaches.
fn reach(level: f64) -> f64 {
    normal_quantile(f64::midpoint(1.0, level.clamp(0.5, 0.9999)))
}

/// What draws are made with: the confidence level of intervals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Level {
    level: f64,
    reach: f64,
}

impl Level {
    pub(super) fn new(level: f64) -> Self {
        Self { level, reach: reach(level) }
    }

    /// How far a draw is from the estimate, 1 being the end of the interval.
    pub(super) fn away(self, stream: usize, draw: usize) -> f64 {
        NORMALS[stream % STREAMS][draw % DRAWS] / self.reach
    }

    /// A draw of something positive, whose logarithm is taken to be normal.
    pub(super) fn positive(self, value: &Estimate, stream: usize, draw: usize) -> f64 {
        let Estimate { estimate, low, high } = *value;
        if !(estimate > 0.0 && low > 0.0 && low <= estimate && estimate <= high && high.is_finite()) {
            return estimate;
        }
        let away = self.away(stream, draw);
        let side = if away < 0.0 { estimate / low } else { high / estimate };
        estimate * side.powf(away)
    }

    /// An estimate with the interval in which the draws lie.
    pub(super) fn around(self, estimate: f64, mut drawn: Vec<f64>) -> Estimate {
        drawn.sort_unstable_by(f64::total_cmp);
        let tail = (1.0 - self.level) / 2.0;
        let at = |probability| quantile(&drawn, probability).unwrap_or(estimate);
        Estimate { estimate, low: at(tail).min(estimate), high: at(1.0 - tail).max(estimate) }
    }
}

/// A draw of something that may be negative, so far from its estimate.
pub(super) fn linear(value: &Estimate, away: f64) -> f64 {
    let Estimate { estimate, low, high } = *value;
    estimate + away * if away < 0.0 { estimate - low } else { high - estimate }
}
