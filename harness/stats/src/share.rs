//! The share of samples in which something was seen, and how sure that is.
//!
//! Samples that follow each other aren't independent: a program does one thing for a while, then another. So the time is cut
//! into slices, and how much the share differs between them shows how many independent samples all of them are worth
//! (the design effect of a ratio estimate, Kish 1965). The interval is Wilson's (1927) for that many, which stays within
//! 0 and 1 and holds for a handful of samples too, where nothing was ever seen included.

use rustworthy_model::Estimate;

use super::bootstrap::{Confidence, normal, student};

/// What a slice of the time has of samples, and of those in which it was seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Slice {
    /// Samples in which it was seen.
    pub seen: u64,
    /// All samples.
    pub all: u64,
}

/// The share over all slices; `None` without a sample.
pub fn share(slices: &[Slice], confidence: Confidence) -> Option<Estimate> {
    let slices: Vec<&Slice> = slices.iter().filter(|slice| slice.all > 0).collect();
    let seen = slices.iter().map(|slice| slice.seen).sum::<u64>() as f64;
    let all = slices.iter().map(|slice| slice.all).sum::<u64>() as f64;
    if all == 0.0 {
        return None;
    }
    let share = seen / all;
    let number = slices.len() as f64;
    let independent = share * (1.0 - share) / all;
    let effect = if number > 1.0 && independent > 0.0 {
        let deviation = |slice: &&Slice| (slice.seen as f64 - share * slice.all as f64).powi(2);
        let variance = slices.iter().map(deviation).sum::<f64>() * number / (number - 1.0) / (all * all);
        (variance / independent).max(1.0)
    } else {
        1.0
    };
    let quantile = student((number - 1.0).max(1.0), confidence);
    let (low, high) = wilson(share, all / effect, quantile);
    Some(Estimate { estimate: share, low, high })
}

/// What a share of so many independent samples may truly be.
pub fn of_independent(share: f64, samples: u64, confidence: Confidence) -> Estimate {
    let (low, high) = wilson(share, samples.max(1) as f64, normal(confidence));
    Estimate { estimate: share, low, high }
}

fn wilson(share: f64, number: f64, quantile: f64) -> (f64, f64) {
    let square = quantile * quantile / number;
    let centre = (share + square / 2.0) / (1.0 + square);
    let arm = quantile / (1.0 + square) * (share * (1.0 - share) / number + square / (4.0 * number)).sqrt();
    ((centre - arm).clamp(0.0, share), (centre + arm).clamp(share, 1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    use super::*;

    fn slices(counts: &[(u64, u64)]) -> Vec<Slice> {
        counts.iter().map(|&(seen, all)| Slice { seen, all }).collect()
    }

    #[test]
    fn three_of_three_hundred_may_be_anything_from_a_third_to_three_per_cent() {
        let one_in_ten: Vec<(u64, u64)> = (0..30).map(|slice| (u64::from(slice % 10 == 0), 10)).collect();
        let found = share(&slices(&one_in_ten), Confidence::USUAL).unwrap();
        assert_eq!(found.estimate, 0.01);
        assert!((0.002..0.005).contains(&found.low) && (0.025..0.035).contains(&found.high), "{found:?}");
    }

    #[test]
    fn what_was_never_seen_may_be_there_all_the_same() {
        let found = share(&slices(&[(0, 50); 4]), Confidence::USUAL).unwrap();
        assert!(found.low == 0.0 && found.estimate == 0.0 && found.high > 0.01, "{found:?}");
        assert_eq!(share(&slices(&[(0, 0)]), Confidence::USUAL), None);
    }

    /// A program that does the one thing for 20 samples, the other for 40, over and over, with random lengths: intervals of
    /// independent samples would be far too narrow.
    #[test]
    fn intervals_hold_though_samples_depend_on_each_other() {
        let mut random = Pcg64Mcg::seed_from_u64(5);
        let holds = (0..400).filter(|_| {
            let mut samples = Vec::new();
            while samples.len() < 2_000 {
                let one = random.random_range(1..=40);
                samples.extend(std::iter::repeat_n(true, one));
                let other = random.random_range(1..=80);
                samples.extend(std::iter::repeat_n(false, other));
            }
            samples.truncate(2_000);
            let of_slice = |slice: &[bool]| Slice {
                seen: slice.iter().filter(|seen| **seen).count() as u64,
                all: slice.len() as u64,
            };
            let found = share(&samples.chunks(100).map(of_slice).collect::<Vec<_>>(), Confidence::USUAL).unwrap();
            found.low <= 20.5 / 61.0 && 20.5 / 61.0 <= found.high
        });
        let holds = holds.count();
        assert!((356..=396).contains(&holds), "{holds} of 400");
    }

    proptest! {
        #[test]
        fn the_share_lies_in_its_interval(counts in prop::collection::vec((0_u64..50, 0_u64..50), 1..20)) {
            let some: Vec<Slice> = counts.iter().map(|&(seen, more)| Slice { seen, all: seen + more }).collect();
            if let Some(found) = share(&some, Confidence::USUAL) {
                prop_assert!(0.0 <= found.low && found.low <= found.estimate);
                prop_assert!(found.estimate <= found.high && found.high <= 1.0);
            }
        }
    }
}
