//! Quantiles, and the middle of a noisy sample.

/// The quantile of an ascending sample, interpolated linearly between neighbours: type 7 of
/// Hyndman and Fan, "Sample Quantiles in Statistical Packages" (1996), the default of R and NumPy.
///
/// `probability` lies between 0 and 1; beyond that it is taken as the nearer end. `None` for an empty sample.
pub fn quantile(ascending: &[f64], probability: f64) -> Option<f64> {
    let last = ascending.len().checked_sub(1)?;
    let position = probability.clamp(0.0, 1.0) * last as f64;
    let below = position.floor();
    let low = ascending[below as usize];
    let high = ascending[position.ceil() as usize];
    Some(if low == high { low } else { low + (position - below) * (high - low) })
}

/// The median; `None` for an empty sample.
pub fn median(sample: &[f64]) -> Option<f64> {
    quantile(&ascending(sample), 0.5)
}

/// The mean of the middle half of a sample, also called interquartile mean or 25 % trimmed mean.
///
/// A quarter of the sample's weight is cut off at either end; where that falls within a value, the
/// value counts with the rest of its weight. So samples of any size are treated alike: of one or two
/// values all count.
///
/// It stands between mean and median for the noise of shared machines: up to a quarter of blocks hit
/// by spikes doesn't move it far, and where blocks take one of two times by turns it follows their
/// proportion, while the median jumps from one to the other. `None` for an empty sample.
pub fn midmean(sample: &[f64]) -> Option<f64> {
    let size = sample.len() as f64;
    let (from, to) = (size * 0.25, size * 0.75);
    let weighted = ascending(sample).into_iter().enumerate().map(|(rank, value)| {
        let (start, end) = (rank as f64, rank as f64 + 1.0);
        value * (end.min(to) - start.max(from)).max(0.0)
    });
    (!sample.is_empty()).then(|| weighted.sum::<f64>() / (to - from))
}

fn ascending(sample: &[f64]) -> Vec<f64> {
    let mut sample = sample.to_vec();
    sample.sort_unstable_by(f64::total_cmp);
    sample
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quantiles_interpolate_as_r_and_numpy_do() {
        let sample = [1.0, 2.0, 4.0, 8.0];
        assert_eq!(quantile(&sample, 0.0), Some(1.0));
        assert_eq!(quantile(&sample, 0.25), Some(1.75));
        assert_eq!(quantile(&sample, 0.5), Some(3.0));
        assert_eq!(quantile(&sample, 0.9), Some(6.800000000000001));
        assert_eq!(quantile(&sample, 1.0), Some(8.0));
        assert_eq!(quantile(&sample, 7.0), Some(8.0));
    }

    #[test]
    fn an_empty_sample_has_no_middle() {
        assert_eq!((quantile(&[], 0.5), median(&[]), midmean(&[])), (None, None, None));
    }

    #[test]
    fn the_midmean_of_up_to_two_values_is_their_mean() {
        assert_eq!(midmean(&[3.0]), Some(3.0));
        assert_eq!(midmean(&[3.0, 5.0]), Some(4.0));
    }

    #[test]
    fn the_midmean_counts_values_at_its_edges_in_part() {
        // Of three values the outer two keep a quarter of their weight.
        assert_eq!(midmean(&[0.0, 6.0, 3.0]), Some(3.0));
        assert_eq!(midmean(&[0.0, 0.0, 6.0]), Some(1.0));
        assert_eq!(midmean(&[1.0, 2.0, 4.0, 1000.0]), Some(3.0));
    }

    #[test]
    fn the_midmean_follows_the_proportion_of_two_modes() {
        let modes = |slow: usize| [vec![1.0; 20 - slow], vec![2.0; slow]].concat();
        assert_eq!(midmean(&modes(8)), Some(1.3));
        assert_eq!(midmean(&modes(10)), Some(1.5));
        assert_eq!(median(&modes(9)), Some(1.0));
        assert_eq!(median(&modes(11)), Some(2.0));
    }

    proptest! {
        #[test]
        fn the_middle_lies_within_the_sample(sample in prop::collection::vec(-1e9..1e9, 1..40)) {
            let (low, high) = sample.iter().fold((f64::MAX, f64::MIN), |(l, h), x: &f64| (l.min(*x), h.max(*x)));
            for middle in [median(&sample), midmean(&sample)] {
                let middle = middle.unwrap();
                prop_assert!(low - 1e-6 <= middle && middle <= high + 1e-6);
            }
        }

        #[test]
        fn quantiles_never_fall(mut sample in prop::collection::vec(-1e9..1e9, 1..40), a in 0.0..1.0, b in 0.0..1.0) {
            sample.sort_by(f64::total_cmp);
            let (a, b) = if a < b { (a, b) } else { (b, a) };
            prop_assert!(quantile(&sample, a) <= quantile(&sample, b));
        }
    }
}
