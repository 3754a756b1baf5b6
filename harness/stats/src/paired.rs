//! From alternating blocks of two sides to how much one side is slower, for machines of changing speed.
//!
//! A shared machine has two speeds or more, and takes another within tens of milliseconds. Within a round, blocks of the
//! old and the new side alternate on one processor: most neighbours met the same speed, and those that didn't differ as
//! often in one direction as in the other. Hence two steps, both on the log scale:
//!
//! 1. A round counts with the **median** of the log ratios of its pairs of neighbours. Its variance comes from the median
//!    absolute deviation, which distinguishes a quiet round from a disturbed one.
//! 2. Over rounds a **Huber M-estimate** is taken in which every round has its own scale, that variance plus the variance
//!    between rounds (fresh processes differ). Disturbed rounds weigh little, and none weighs much if it is at odds with
//!    the rest. The variance between rounds is chosen so that the standardised deviations are as large as they should be:
//!    Paule and Mandel (1982), with Huber's "Proposal 2" (1964) in place of the mean square.
//!
//! In recorded runs of unchanged code on a two-core virtual machine with a busy neighbour this spreads a third as much as
//! the mean over rounds of the midmean of pairs: 0.19 % instead of 0.51 % for a Python function of 10 ms and 24 rounds,
//! 0.05 % instead of 0.15 % for a Rust kernel of 100 µs and 28 rounds.

use super::quantile::median;

/// Deviations beyond so many scales count no more than one of that many: 95 % as efficient as the mean for normal noise
/// would be 1.345; tails are heavier here than there.
pub(super) const BEND: f64 = 1.5;

/// Mean of min(z², BEND²) for a standard normal z.
const MEAN_SQUARE: f64 = 0.778;

/// Least number of pairs whose median absolute deviation is used to weight a round.
const PAIRS_THAT_TELL: usize = 6;

/// One round's estimate of a change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Round {
    /// Logarithm of the new side over the old one.
    pub log_ratio: f64,
    /// Variance of that within the round; 0 where it can't be estimated.
    pub variance: f64,
}

impl Round {
    /// The estimate from pairs of neighbouring blocks, each as times per call of the old and the new side; `None`
    /// without a usable pair.
    pub fn of_pairs(pairs: impl IntoIterator<Item = [f64; 2]>) -> Option<Self> {
        let usable = |time: f64| time.is_finite() && time > 0.0;
        let logs: Vec<f64> = pairs
            .into_iter()
            .filter(|&[old, new]| usable(old) && usable(new))
            .map(|[old, new]| new.ln() - old.ln())
            .collect();
        let centre = median(&logs)?;
        let variance = if logs.len() < PAIRS_THAT_TELL { 0.0 } else { variance_of_median(&logs, centre) };
        Some(Self { log_ratio: centre, variance })
    }
}

/// Variance of the median of normal data by their median absolute deviation, `π/2 · (1.4826 MAD)² / n`.
fn variance_of_median(sample: &[f64], centre: f64) -> f64 {
    let deviations: Vec<f64> = sample.iter().map(|value| (value - centre).abs()).collect();
    let scale = 1.4826 * median(&deviations).unwrap_or_default();
    std::f64::consts::FRAC_PI_2 * scale * scale / sample.len() as f64
}

/// The location of the rounds; `None` without one.
pub(super) fn centre(rounds: &[Round]) -> Option<f64> {
    let logs: Vec<f64> = rounds.iter().map(|round| round.log_ratio).collect();
    let within = within(rounds)?;
    let scales = scales(&logs, &within, |scales| m_estimate(&logs, scales));
    Some(m_estimate(&logs, &scales))
}

/// The standard error of the location of rounds, by the asymptotic variance of M-estimates (Huber, "Robust Statistics",
/// 1981, section 3.2); `None` below two rounds.
pub fn standard_error(rounds: &[Round]) -> Option<f64> {
    let deviations = deviations(rounds, centre(rounds)?);
    let scores = deviations.iter().map(|(deviation, scale)| (deviation.clamp(-BEND, BEND) / scale).powi(2));
    let slopes =
        deviations.iter().filter(|(deviation, _)| deviation.abs() <= BEND).map(|(_, scale)| 1.0 / scale.powi(2));
    let (scores, slope) = (scores.sum::<f64>(), slopes.sum::<f64>());
    let number = rounds.len() as f64;
    (number > 1.0 && slope > 0.0).then(|| (scores * number / (number - 1.0)).sqrt() / slope)
}

/// Deviations of the rounds from this change, each by its scale, and the scales, always positive: those that the rounds
/// would have if it were the true one. Turning a deviation's sign leaves every scale as it is.
pub(super) fn deviations(rounds: &[Round], change: f64) -> Vec<(f64, f64)> {
    let logs: Vec<f64> = rounds.iter().map(|round| round.log_ratio).collect();
    let Some(within) = within(rounds) else { return Vec::new() };
    let scales = scales(&logs, &within, |_| change);
    logs.into_iter().zip(scales).map(|(log, scale)| ((log - change) / scale, scale)).collect()
}

/// Standard deviation of each round, within and between, where `centre` returns the location for given scales.
fn scales(logs: &[f64], within: &[f64], centre: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let scales = |between: f64| -> Vec<f64> { within.iter().map(|variance| (variance + between).sqrt()).collect() };
    let excess = |between: f64| {
        let scales = scales(between);
        mean_square(logs, &scales, centre(&scales)) - MEAN_SQUARE
    };
    if excess(0.0) <= 0.0 {
        return scales(0.0);
    }
    let (mut low, mut high) = (0.0, spread(logs));
    while excess(high) > 0.0 && high < 1e9 {
        high *= 4.0;
    }
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        if excess(middle) > 0.0 { low = middle } else { high = middle }
    }
    scales(high)
}

/// Variances within the rounds. None counts as smaller than a quarter of their median, for a handful of pairs may agree by
/// chance, and all are positive.
fn within(rounds: &[Round]) -> Option<Vec<f64>> {
    const SMALLEST: f64 = 1e-14;
    let variances: Vec<f64> = rounds.iter().map(|round| round.variance).collect();
    let least = (median(&variances)? / 4.0).max(SMALLEST);
    Some(variances.into_iter().map(|variance| variance.max(least)).collect())
}

/// A variance to begin the search with.
fn spread(logs: &[f64]) -> f64 {
    let (low, high) = logs.iter().fold((f64::MAX, f64::MIN), |(low, high), &log| (low.min(log), high.max(log)));
    ((high - low) * (high - low)).max(1e-12)
}

/// Mean of the bent squares of standardised deviations.
fn mean_square(logs: &[f64], scales: &[f64], centre: f64) -> f64 {
    let squares = logs.iter().zip(scales).map(|(log, scale)| ((log - centre) / scale).clamp(-BEND, BEND).powi(2));
    squares.sum::<f64>() / logs.len() as f64
}

/// Huber's M-estimate of location with known scales, by iterated weights.
fn m_estimate(logs: &[f64], scales: &[f64]) -> f64 {
    let mut centre = median(logs).unwrap_or_default();
    for _ in 0..100 {
        let (mut sum, mut weights) = (0.0, 0.0);
        for (log, scale) in logs.iter().zip(scales) {
            let deviation = ((log - centre) / scale).abs();
            let weight = if deviation <= BEND { 1.0 } else { BEND / deviation } / (scale * scale);
            sum += weight * log;
            weights += weight;
        }
        let next = sum / weights;
        let step = (next - centre).abs();
        centre = next;
        if step < 1e-10 {
            break;
        }
    }
    centre
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rounds(logs: &[f64]) -> Vec<Round> {
        logs.iter().map(|&log_ratio| Round { log_ratio, variance: 1e-6 }).collect()
    }

    #[test]
    fn a_round_counts_with_the_median_of_its_pairs() {
        // Two pairs met a change of speed, one in each direction.
        let pairs = [[1.0, 1.02], [1.0, 1.65], [1.6, 1.02], [1.6, 1.632], [1.0, 1.02], [1.0, 1.02], [1.0, 1.02]];
        let round = Round::of_pairs(pairs).unwrap();
        assert!((round.log_ratio - 1.02f64.ln()).abs() < 1e-12, "{round:?}");
        assert_eq!(Round::of_pairs([[0.0, 1.0], [f64::NAN, 1.0]]), None);
        assert_eq!(Round::of_pairs([[1.0, 2.0]]).unwrap().variance, 0.0);
    }

    #[test]
    fn disturbed_rounds_weigh_little() {
        let mut some = rounds(&[0.010, 0.011, 0.009, 0.010, 0.012, 0.008]);
        some.push(Round { log_ratio: 0.2, variance: 0.01 });
        let found = centre(&some).unwrap();
        assert!((found - 0.010).abs() < 0.0005, "{found}");
        let scales = deviations(&some, found);
        assert!(scales[6].1 > 10.0 * scales[0].1, "{scales:?}");
    }

    #[test]
    fn a_round_at_odds_with_the_rest_is_bent() {
        let found = centre(&rounds(&[0.010, 0.011, 0.009, 0.010, 0.012, 0.008, 0.5])).unwrap();
        assert!((found - 0.010).abs() < 0.001, "{found}");
    }

    #[test]
    fn rounds_that_agree_exactly_have_a_location_and_scales() {
        let some = [Round { log_ratio: 0.7, variance: 0.0 }; 5];
        assert!((centre(&some).unwrap() - 0.7).abs() < 1e-9);
        assert!(deviations(&some, 0.7).iter().all(|(_, scale)| *scale > 0.0));
        assert_eq!((centre(&[]), deviations(&[], 0.0).len()), (None, 0));
    }

    #[test]
    fn the_standard_error_is_that_of_a_mean_where_nothing_is_bent() {
        let logs: Vec<f64> = (0..30).map(|rank| 0.001 * f64::from(rank % 5 - 2)).collect();
        let found = standard_error(&rounds(&logs)).unwrap();
        let mean_square = logs.iter().map(|log| log * log).sum::<f64>() / 29.0;
        assert!((found / (mean_square / 30.0).sqrt() - 1.0).abs() < 0.15, "{found}");
        assert_eq!(standard_error(&rounds(&[0.1])), None);
    }

    proptest! {
        #[test]
        fn swapping_the_sides_negates_the_location_and_leaves_the_scales(
            logs in prop::collection::vec((-1.0..1.0, 0.0..1e-3), 1..30)
        ) {
            let some: Vec<Round> = logs.iter().map(|&(log_ratio, variance)| Round { log_ratio, variance }).collect();
            let swapped: Vec<Round> = some.iter().map(|round| Round { log_ratio: -round.log_ratio, ..*round }).collect();
            prop_assert!((centre(&some).unwrap() + centre(&swapped).unwrap()).abs() < 1e-6);
            for (one, other) in deviations(&some, 0.0).into_iter().zip(deviations(&swapped, 0.0)) {
                prop_assert!(one.1.is_finite() && one.1 > 0.0 && one.1 == other.1 && one.0 == -other.0);
            }
        }
    }
}
