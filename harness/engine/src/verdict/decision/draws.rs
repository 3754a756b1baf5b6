//! Draws from what was measured, each as likely as it is to be true (Monte Carlo). All judgements use the same draws, so that
//! two of them differ by their inputs alone.

use std::sync::LazyLock;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use rustworthy_model::Estimate;

use rustworthy_stats::{normal_quantile, quantile};

/// How many draws. They're spread evenly over their distribution, so that the ends of a 95 % interval are off by less than
/// 5 % of its arms. What would change a verdict is found by some hundred judgements, of a few thousand draws each.
pub(super) const DRAWS: usize = 512;

/// Streams of independent draws: one for each contender and two for what they share.
const STREAMS: usize = 32;

/// Standard normal numbers, by stream.
static NORMALS: LazyLock<Vec<Vec<f64>>> = LazyLock::new(|| {
    let mut random = Pcg64Mcg::seed_from_u64(7);
    let half: Vec<f64> = (0..DRAWS / 2).map(|draw| normal_quantile((draw as f64 + 0.5) / DRAWS as f64)).collect();
    let stream = |_| {
        // Spread evenly over the distribution and mirrored, in random order: so fewer draws are enough.
        let mut numbers: Vec<f64> = half.iter().flat_map(|number| [*number, -*number]).collect();
        for index in (1..numbers.len()).rev() {
            numbers.swap(index, random.random_range(0..=index));
        }
        numbers
    };
    (0..STREAMS).map(stream).collect()
});

/// The stream of changes of p99.
pub(super) const P99: usize = 0;
/// The stream of the time that there is to save.
pub(super) const TIME: usize = 1;

/// The stream of a contender, by its index in the workload.
pub(super) fn of_contender(index: usize) -> usize {
    2 + index % (STREAMS - 2)
}

/// How many standard deviations an interval of this level reaches.
fn reach(level: f64) -> f64 {
    normal_quantile(f64::midpoint(1.0, level.clamp(0.5, 0.9999)))
}

/// The confidence level of the intervals that draws are made from and put into.
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

/// A draw of something that may be negative, at a distance from its estimate: 1 is the upper end of the interval.
pub(super) fn linear(value: &Estimate, away: f64) -> f64 {
    let Estimate { estimate, low, high } = *value;
    estimate + away * if away < 0.0 { estimate - low } else { high - estimate }
}
