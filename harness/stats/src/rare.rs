//! How often something rare happens at most, however often that is asked while it is watched.
//!
//! The bound is that of Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial"
//! (1934), at a confidence that depends on how many events have been seen. While that number stays the same the bound falls with
//! every trial, so that it is at its most daring just before the next event. It misses the truth for some number of events k, at
//! whatever look, with the error that k was given, and all of these errors add up to the whole: a union bound over k, which holds
//! at all looks together. Without an event most of the error is at hand, and the rule of three becomes one of 3.2.

use rustworthy_model::Estimate;

use super::bootstrap::Confidence;
use super::distribution::incomplete_beta_share;

/// Part of the error that is left to chance while nothing was seen.
const WHILE_NOTHING_WAS_SEEN: f64 = 0.8;

/// Halvings of an interval of logarithms, more than a float has digits.
const HALVINGS: usize = 100;

/// The rate of events among trials. Either end of the interval holds by itself with the confidence asked for, at all looks
/// together. Without a trial it is anything.
pub fn rare_rate(events: u64, trials: u64, confidence: Confidence) -> Estimate {
    if trials == 0 {
        return Estimate { estimate: 0.0, low: 0.0, high: 1.0 };
    }
    let events = events.min(trials);
    let estimate = events as f64 / trials as f64;
    Estimate { estimate, low: lower(events, trials, confidence), high: upper(events, trials, confidence) }
}

/// Trials without an event after which the rate is below a limit for sure.
pub fn trials_without_event(limit: f64, confidence: Confidence) -> u64 {
    if limit >= 1.0 {
        return 1;
    }
    let error = error(confidence) * WHILE_NOTHING_WAS_SEEN;
    // One more, since the limit itself isn't below it.
    (error.ln() / (-limit).ln_1p()).floor() as u64 + 1
}

fn error(confidence: Confidence) -> f64 {
    1.0 - confidence.level()
}

/// The rate with which so few events, or fewer, are as improbable as the error for this number of them.
fn upper(events: u64, trials: u64, confidence: Confidence) -> f64 {
    if events == trials {
        return 1.0;
    }
    let share = match events {
        0 => WHILE_NOTHING_WAS_SEEN,
        seen => (1.0 - WHILE_NOTHING_WAS_SEEN) / (seen as f64 * (seen as f64 + 1.0)),
    };
    let error = error(confidence) * share;
    if events == 0 {
        return -(error.ln() / trials as f64).exp_m1();
    }
    let (seen, rest) = (events as f64, (trials - events) as f64);
    // At most `events` of `trials`: the beta distribution's upper tail, DLMF 8.17.5.
    solve(seen / (seen + rest), 1.0, |rate| incomplete_beta_share(rest, seen + 1.0, 1.0 - rate) <= error)
}

/// The rate with which so many events, or more, are as improbable as the error for this number of them.
fn lower(events: u64, trials: u64, confidence: Confidence) -> f64 {
    if events == 0 {
        return 0.0;
    }
    let seen = events as f64;
    let error = error(confidence) / (seen * (seen + 1.0));
    let rest = (trials - events) as f64;
    solve(f64::MIN_POSITIVE, seen / (seen + rest), |rate| incomplete_beta_share(seen, rest + 1.0, rate) > error)
}

/// The first rate between two that is far enough, on a scale of logarithms.
fn solve(low: f64, high: f64, is_enough: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (low.ln(), high.ln());
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if is_enough(middle.exp()) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high.exp()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    use super::*;

    #[test]
    fn without_an_event_it_is_the_rule_of_three_point_two() {
        let bound = rare_rate(0, 1_000_000, Confidence::USUAL);
        assert_eq!((bound.estimate, bound.low), (0.0, 0.0));
        assert!((bound.high * 1e6 - 3.219).abs() < 0.001, "{bound:?}");
        assert_eq!(rare_rate(0, 0, Confidence::USUAL).high, 1.0);
    }

    #[test]
    fn so_many_trials_are_enough_and_one_less_is_not() {
        for limit in [0.5, 0.1, 1e-3, 1e-5] {
            let trials = trials_without_event(limit, Confidence::USUAL);
            assert!(rare_rate(0, trials, Confidence::USUAL).high < limit);
            assert!(rare_rate(0, trials - 1, Confidence::USUAL).high >= limit);
        }
        assert_eq!(trials_without_event(1e-3, Confidence::USUAL), 3218);
    }

    /// 20 of 100 at an error of 0.05 · 0.2 / 420 above and 0.05 / 420 below; expected values are from mpmath.
    #[test]
    fn bounds_are_those_of_clopper_and_pearson_with_a_share_of_the_error() {
        let bound = rare_rate(20, 100, Confidence::USUAL);
        assert!((bound.high - UPPER_OF_20_IN_100).abs() < 1e-9, "{bound:?}");
        assert!((bound.low - LOWER_OF_20_IN_100).abs() < 1e-9, "{bound:?}");
        assert_eq!(rare_rate(7, 7, Confidence::USUAL).high, 1.0);
    }

    const UPPER_OF_20_IN_100: f64 = 0.3956135029186073;
    const LOWER_OF_20_IN_100: f64 = 0.08016961187729438;

    /// Rollouts of 60 days with a look a day. The truth is within the bound at all looks in at least 95 % of them.
    #[test]
    fn bounds_hold_at_all_looks_together() {
        let mut random = Pcg64Mcg::seed_from_u64(1);
        for rate in [0.0, 1e-5, 1e-4, 1e-3, 1e-2] {
            let missed = (0..1_000).filter(|_| {
                let mut events = 0;
                (1..=60).any(|day| {
                    events += binomial(&mut random, 2_000, rate);
                    let bound = rare_rate(events, day * 2_000, Confidence::USUAL);
                    rate > bound.high
                })
            });
            let missed = missed.count();
            assert!(missed <= 50, "{missed} of 1,000 at {rate}");
        }
    }

    fn binomial(random: &mut Pcg64Mcg, trials: u64, rate: f64) -> u64 {
        if rate == 0.0 {
            return 0;
        }
        // Gaps between events are geometric.
        let (mut events, mut at) = (0, 0.0);
        loop {
            at += (random.random::<f64>().ln() / (-rate).ln_1p()).floor() + 1.0;
            if at > trials as f64 {
                return events;
            }
            events += 1;
        }
    }

    proptest! {
        #[test]
        fn the_rate_lies_within_its_bounds(trials in 1_u64..1_000_000, part in 0.0..=1.0_f64) {
            let events = (trials as f64 * part) as u64;
            let found = rare_rate(events, trials, Confidence::USUAL);
            prop_assert!(0.0 <= found.low && found.low <= found.estimate);
            prop_assert!(found.estimate <= found.high && found.high <= 1.0);
        }

        #[test]
        fn more_trials_without_another_event_lower_the_bound(events in 0_u64..50, trials in 51_u64..100_000) {
            let before = rare_rate(events, trials, Confidence::USUAL).high;
            prop_assert!(rare_rate(events, trials + 1, Confidence::USUAL).high <= before);
        }
    }
}
