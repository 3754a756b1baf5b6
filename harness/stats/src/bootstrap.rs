//! Confidence intervals by resampling processes.
//!
//! Calls of one process share its memory layout, hash seed and processor state, so they are no
//! independent evidence; processes are. Each process is therefore summarised once, and the summaries
//! are what is resampled. For a statistic that is a mean of process summaries that *is* the cluster
//! bootstrap, exactly: a resample of processes carries their calls along unchanged.
//! On why processes are the unit: Kalibera and Jones, "Rigorous Benchmarking in Reasonable Time" (2013).

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use rustworthy_model::Estimate;

use super::distribution::{normal_quantile, student_reach};
use super::quantile::quantile;

/// A confidence level: the share of intervals that are to hold the true value.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Confidence(f64);

impl Confidence {
    /// 95 %.
    pub const USUAL: Self = Self(0.95);

    /// A level from 0.5 to 0.9999, as in `0.95`; `None` for anything else.
    ///
    /// Below that an interval misses more often than it holds; beyond it, ten thousand resamples don't
    /// show the tails.
    pub fn new(level: f64) -> Option<Self> {
        (0.5..=0.9999).contains(&level).then_some(Self(level))
    }

    /// The level as a share, 0.95 for 95 %.
    pub fn level(self) -> f64 {
        self.0
    }

    /// The level that leaves a third as much to chance: 98.3 % for 95 %.
    pub(super) fn cutting_the_error_to_a_third(self) -> Self {
        Self(1.0 - (1.0 - self.0) / 3.0)
    }

    /// The probability that each end of the interval cuts off.
    fn tail(self) -> f64 {
        (1.0 - self.0) / 2.0
    }
}

impl Default for Confidence {
    fn default() -> Self {
        Self::USUAL
    }
}

/// How intervals are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resampling {
    /// How sure the interval is to be.
    pub confidence: Confidence,
    /// How many resamples are drawn, in mirrored pairs; an odd number is rounded up.
    pub resamples: usize,
    /// Seed of the draws: the same seed and data give the same interval.
    pub seed: u64,
}

impl Default for Resampling {
    /// 10,000 resamples for 95 %.
    fn default() -> Self {
        Self { confidence: Confidence::default(), resamples: 10_000, seed: 0 }
    }
}

/// The mean of one summary per process, with its interval; the order of the summaries doesn't matter.
///
/// `None` below two processes, from which no interval can be drawn, and for summaries that aren't finite.
///
/// The interval is the percentile bootstrap with its deviations from the mean stretched to what Student's
/// t would have them, since for few processes the percentiles alone are far too narrow. Every resample is
/// used with its mirror image (each draw of the k-th smallest answered by the k-th largest), so negated
/// summaries have the negated interval.
pub fn mean_interval(summaries: &[f64], resampling: &Resampling) -> Option<Estimate> {
    if summaries.len() < 2 || summaries.iter().any(|summary| !summary.is_finite()) {
        return None;
    }
    let mut summaries = summaries.to_vec();
    summaries.sort_unstable_by(f64::total_cmp);
    let mean = summaries.iter().sum::<f64>() / summaries.len() as f64;

    let deviations: Vec<f64> = summaries.iter().map(|summary| summary - mean).collect();
    let resampled = resampled_means(&deviations, resampling);
    let stretch = stretch(summaries.len(), resampling.confidence);
    let tail = resampling.confidence.tail();
    Some(Estimate {
        estimate: mean,
        low: mean + stretch * quantile(&resampled, tail)?.min(0.0),
        high: mean + stretch * quantile(&resampled, 1.0 - tail)?.max(0.0),
    })
}

/// The means of the resamples, ascending.
fn resampled_means(ascending: &[f64], resampling: &Resampling) -> Vec<f64> {
    let size = ascending.len();
    let mut random = Pcg64Mcg::seed_from_u64(resampling.seed);
    let pairs = resampling.resamples.div_ceil(2).max(1);
    let mut means = Vec::with_capacity(2 * pairs);
    for _ in 0..pairs {
        let (mut sum, mut mirrored) = (0.0, 0.0);
        for _ in 0..size {
            let drawn = random.random_range(0..size);
            sum += ascending[drawn];
            mirrored += ascending[size - 1 - drawn];
        }
        means.extend([sum / size as f64, mirrored / size as f64]);
    }
    means.sort_unstable_by(f64::total_cmp);
    means
}

/// By how much the deviations of a percentile interval for the mean of `size` values are stretched.
///
/// Percentiles of resampled means reach about `z·σ̂/√n`, where `σ̂` divides by n; the interval that
/// covers as promised for normal data reaches `t·s/√n`, where `s` divides by n − 1. Hence the factor
/// `t/z·√(n/(n−1))`: Hesterberg, "What Teachers Should Know about the Bootstrap" (2015), on narrowness
/// bias. He moves to outer percentiles instead, which few processes don't have: the outermost mean of
/// three resampled values is the smallest of them, with probability 1/27.
///
/// The percentiles of two values are the values themselves. They lie `s/√2`, one standard error, from
/// their mean, so there the factor is `t`.
pub fn stretch(size: usize, confidence: Confidence) -> f64 {
    let freedom = size as f64 - 1.0;
    let t = student(freedom, confidence);
    if size == 2 { t } else { t / normal(confidence) * (size as f64 / freedom).sqrt() }
}

/// How many standard errors an interval reaches to either side, by Student's t with these degrees of freedom.
pub(super) fn student(freedom: f64, confidence: Confidence) -> f64 {
    student_reach(freedom, 2.0 * confidence.tail())
}

/// The same for a normal distribution.
pub(super) fn normal(confidence: Confidence) -> f64 {
    normal_quantile(1.0 - confidence.tail())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(summaries: &[f64]) -> Estimate {
        mean_interval(summaries, &Resampling::default()).unwrap()
    }

    #[test]
    fn one_process_tells_no_interval() {
        assert_eq!(mean_interval(&[], &Resampling::default()), None);
        assert_eq!(mean_interval(&[1.0], &Resampling::default()), None);
        assert_eq!(mean_interval(&[1.0, f64::NAN], &Resampling::default()), None);
    }

    #[test]
    fn two_processes_give_the_t_interval() {
        let estimate = interval(&[1.0, 3.0]);
        assert!((estimate.low - (2.0 - 12.7062)).abs() < 1e-3, "{estimate:?}");
        assert!((estimate.high - (2.0 + 12.7062)).abs() < 1e-3, "{estimate:?}");
    }

    #[test]
    fn many_even_processes_come_close_to_the_t_interval() {
        let summaries: Vec<f64> = (0..30).map(|rank| f64::from(rank) - 14.5).collect();
        let (deviation, t) = (8.8034, 2.0452);
        let expected = t * deviation / 30f64.sqrt();
        let estimate = interval(&summaries);
        assert!((estimate.low / -expected - 1.0).abs() < 0.03, "{estimate:?} against {expected}");
        assert!((estimate.high / expected - 1.0).abs() < 0.03, "{estimate:?} against {expected}");
    }

    #[test]
    fn equal_processes_leave_no_doubt() {
        let estimate = interval(&[0.7; 5]);
        assert_eq!((estimate.low, estimate.high), (estimate.estimate, estimate.estimate));
    }

    #[test]
    fn more_confidence_takes_a_wider_interval() {
        let summaries = [1.0, 1.1, 1.3, 1.2, 0.8, 1.0];
        let width = |level| {
            let confidence = Confidence::new(level).unwrap();
            let estimate = mean_interval(&summaries, &Resampling { confidence, ..Resampling::default() }).unwrap();
            estimate.high - estimate.low
        };
        assert!(width(0.8) < width(0.95) && width(0.95) < width(0.99));
    }

    #[test]
    fn senseless_confidence_levels_are_refused() {
        for level in [0.0, 0.2, 1.0, 95.0, f64::NAN] {
            assert_eq!(Confidence::new(level), None);
        }
    }
}
