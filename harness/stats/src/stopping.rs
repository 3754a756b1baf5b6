//! When to look at the intervals, and what stopping on them costs.
//!
//! Stopping as soon as an interval is narrow enough picks the moments at which it happens to be narrow:
//! few processes that agree by chance. Plain 95 % intervals then hold the true value in only 89 % of runs
//! when checked from 3 rounds on, in 92 % from 5, in 93 % from 8 (normal noise, at the precision for which
//! it comes out worst). Fewer looks hardly help, nor does judging by a wider interval than is reported.
//!
//! What helps is to leave less to chance where a run may stop early: intervals that end a run before its
//! last planned look, or its budget, are judged *and reported* at [`early_confidence`], a third of the
//! error. With up to 20 rounds that gives at worst 93.8 % from 3 rounds on, 94.5 % from 5 and 94.8 % from
//! 8, and more where noise is not at its worst. A run that goes on to its end wasn't stopped by its intervals and
//! reports them at the plain confidence. The benchmark `coverage` makes these figures.
//!
//! No rule helps where the first processes can't show how much processes differ: of two layouts in memory they
//! may have drawn one alone. Times are then too sure of themselves (88 %) and speedups are not (94 %): stop on
//! speedups where there are any.

use std::iter::successors;

use super::bootstrap::Confidence;

/// The numbers of rounds after which intervals are checked (the interim looks of a sequential test): from `min`, each
/// half as many again, to `max`.
///
/// Rises strictly and ends with `max`, whatever `min` is. It starts at 2 or later where `max` lets it,
/// since one round has no interval.
pub fn planned_looks(min: usize, max: usize) -> impl Iterator<Item = usize> {
    let first = min.max(2).min(max);
    successors(Some(first), move |&rounds| (rounds < max).then(|| (rounds + rounds.div_ceil(2)).min(max)))
}

/// The confidence at which intervals are judged and reported at every look but the last; see the head of
/// this module for the reason.
pub fn early_confidence(confidence: Confidence) -> Confidence {
    confidence.cutting_the_error_to_a_third()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn looks(min: usize, max: usize) -> Vec<usize> {
        planned_looks(min, max).collect()
    }

    #[test]
    fn looks_grow_by_half_and_end_with_the_last_round() {
        assert_eq!(looks(3, 30), [3, 5, 8, 12, 18, 27, 30]);
        assert_eq!(looks(5, 5), [5]);
        assert_eq!(looks(0, 4), [2, 3, 4]);
        assert_eq!(looks(9, 4), [4]);
        assert_eq!(looks(1, 1), [1]);
    }

    #[test]
    fn stopping_early_leaves_a_third_to_chance() {
        let left = 1.0 - early_confidence(Confidence::default()).level();
        assert!((left - 0.05 / 3.0).abs() < 1e-12, "{left}");
    }

    proptest! {
        #[test]
        fn looks_rise_to_the_last_round(min in 0usize..100, max in 1usize..1000) {
            let looks = looks(min, max);
            prop_assert!(looks.is_sorted_by(|a, b| a < b));
            prop_assert_eq!(looks.last(), Some(&max));
        }
    }
}
