//! Histograms of times that are merged by adding up, and the quantiles that can be read from them.

use std::collections::BTreeMap;

use rustworthy_model::Estimate;
use rustworthy_stats::{Confidence, normal_quantile};

/// Buckets for each doubling of the time: bucket `i` begins at 2^(i / 32) nanoseconds.
const BUCKETS_PER_DOUBLING: f64 = 32.0;

/// Times by bucket.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Histogram(BTreeMap<u32, u64>);

impl Histogram {
    /// Adds the times of another one.
    pub(super) fn add(&mut self, buckets: &BTreeMap<u32, u64>) {
        for (&bucket, &number) in buckets {
            let sum = self.0.entry(bucket).or_default();
            *sum = sum.saturating_add(number);
        }
    }

    /// A quantile in seconds, with an interval by order statistics that covers the width of the buckets too; `None` where too few
    /// times are beyond it.
    pub(super) fn quantile(&self, quantile: f64, confidence: Confidence) -> Option<Estimate> {
        let number = self.0.values().sum::<u64>() as f64;
        let reach =
            normal_quantile(f64::midpoint(1.0, confidence.level())) * (number * quantile * (1.0 - quantile)).sqrt();
        let (low, high) = ((number * quantile - reach).floor(), (number * quantile + reach).ceil() + 1.0);
        if low < 1.0 || high > number {
            return None;
        }
        let begin = |rank| self.bucket(rank).map(|bucket| beginning(f64::from(bucket)));
        Some(Estimate {
            estimate: self.bucket((number * quantile).ceil()).map(|bucket| beginning(f64::from(bucket) + 0.5))?,
            low: begin(low)?,
            high: self.bucket(high).map(|bucket| beginning(f64::from(bucket) + 1.0))?,
        })
    }

    /// The bucket that holds the time of a rank, counted from 1.
    fn bucket(&self, rank: f64) -> Option<u32> {
        let mut below = 0_u64;
        self.0.iter().find_map(|(&bucket, &number)| {
            below = below.saturating_add(number);
            (below as f64 >= rank).then_some(bucket)
        })
    }
}

/// Seconds at which a bucket begins.
pub(super) fn beginning(bucket: f64) -> f64 {
    (bucket / BUCKETS_PER_DOUBLING).exp2() * 1e-9
}

/// How much higher a quantile is above than below, less 1; `None` where either isn't known.
pub(super) fn change(above: &Histogram, below: &Histogram, quantile: f64, confidence: Confidence) -> Option<Estimate> {
    // Each side may be wrong half as often.
    let each = Confidence::new(f64::midpoint(1.0, confidence.level()))?;
    let (above, below) = (above.quantile(quantile, each)?, below.quantile(quantile, each)?);
    Some(Estimate {
        estimate: above.estimate / below.estimate - 1.0,
        low: above.low / below.high - 1.0,
        high: above.high / below.low - 1.0,
    })
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    use super::*;

    fn histogram(times: impl IntoIterator<Item = f64>) -> Histogram {
        let mut histogram = Histogram::default();
        for time in times {
            *histogram.0.entry(((time * 1e9).log2() * BUCKETS_PER_DOUBLING) as u32).or_default() += 1;
        }
        histogram
    }

    #[test]
    fn the_interval_holds_the_quantile() {
        let truth = 1e-3 * -(0.01_f64.ln());
        let holds = (0..400).filter(|&seed| {
            let mut random = Pcg64Mcg::seed_from_u64(seed);
            let times = (0..5_000).map(|_| 1e-3 * -random.random::<f64>().ln());
            let found = histogram(times).quantile(0.99, Confidence::USUAL).unwrap();
            found.low <= truth && truth <= found.high
        });
        let holds = holds.count();
        assert!(holds >= 376, "{holds} of 400");
    }

    #[test]
    fn a_quantile_needs_times_beyond_it() {
        let few = histogram((0..300).map(|_| 1e-3));
        assert_eq!(few.quantile(0.99, Confidence::USUAL), None);
        assert!(few.quantile(0.5, Confidence::USUAL).is_some());
        assert_eq!(Histogram::default().quantile(0.5, Confidence::USUAL), None);
    }

    #[test]
    fn a_change_is_that_of_the_quantile() {
        let times = |mean: f64| {
            let mut random = Pcg64Mcg::seed_from_u64(1);
            histogram((0..20_000).map(move |_| mean * -random.random::<f64>().ln()))
        };
        let found = change(&times(2e-3), &times(1e-3), 0.99, Confidence::USUAL).unwrap();
        assert!(0.5 < found.low && found.low < 1.0 && 1.0 < found.high && found.high < 1.5, "{found:?}");
    }
}
