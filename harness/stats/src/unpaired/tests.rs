//! Changes between unpaired sides, against noise whose truth is known.

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::*;
use crate::normal_quantile;

/// Share of simulated runs in which a finding is true.
fn share(runs: u32, mut finding: impl FnMut(&mut Pcg64Mcg) -> bool) -> f64 {
    let mut random = Pcg64Mcg::seed_from_u64(7);
    f64::from((0..runs).filter(|_| finding(&mut random)).count() as u32) / f64::from(runs)
}

fn noise(random: &mut Pcg64Mcg, deviation: f64) -> f64 {
    deviation * normal_quantile(random.random_range(1e-12..1.0))
}

/// Processes of a side that takes so many seconds, each of so many values, with normal noise on the log scale.
fn side(random: &mut Pcg64Mcg, seconds: f64, [processes, values]: [usize; 2], noises: [f64; 2]) -> Vec<Vec<f64>> {
    let process = |_| {
        let level = seconds.ln() + noise(random, noises[0]);
        (0..values).map(|_| (level + noise(random, noises[1])).exp()).collect()
    };
    (0..processes).map(process).collect()
}

fn found(old: &[Vec<f64>], new: &[Vec<f64>], assumed: f64) -> Unpaired {
    unpaired(old, new, assumed, Confidence::default()).unwrap()
}

fn holds(unpaired: Unpaired, truth: f64) -> bool {
    unpaired.change.low <= truth && truth <= unpaired.change.high
}

fn near(left: f64, right: f64) -> bool {
    (left - right).abs() <= 1e-6 * left.abs().max(right.abs()).max(1e-6)
}

/// A side of processes as a saved run keeps it: its geometric mean with the interval by Student's t.
fn reported(processes: &[Vec<f64>], level: f64) -> Reported {
    let confidence = Confidence::new(level).unwrap();
    let side = Side::new(processes, 0.0).unwrap();
    let reach = student_reach(side.freedom, 1.0 - level) * side.seen.sqrt();
    let [estimate, low, high] = [side.mean, side.mean - reach, side.mean + reach].map(f64::exp);
    Reported { estimate: Estimate { estimate, low, high }, processes: processes.len(), confidence }
}

#[test]
fn welch_gives_what_other_programs_give() {
    // scipy.stats.ttest_ind(new, old, equal_var=False) and its confidence_interval(0.95).
    let exp = |logs: &[f64]| logs.iter().map(|log| vec![log.exp()]).collect::<Vec<_>>();
    let old = exp(&[0.10, 0.12, 0.09, 0.11, 0.10]);
    let new = exp(&[0.15, 0.11, 0.18]);
    let Unpaired { change, p } = found(&old, &new, 0.0);
    let Estimate { low, high, .. } = change;
    assert!(near(low.ln_1p(), -0.038_168_676) && near(high.ln_1p(), 0.123_502_010), "{change:?}");
    assert!(near(p, 0.163_382_065), "{p}");
}

#[test]
fn intervals_of_unequal_sides_hold_the_truth_as_often_as_promised() {
    for (processes, noises) in
        [([5, 20], [0.05, 0.01]), ([20, 5], [0.05, 0.01]), ([10, 10], [0.02, 0.02]), ([3, 4], [0.02, 0.03])]
    {
        let held = share(3000, |random| {
            let old = side(random, 1.0, [processes[0], 4], [noises[0], 0.02]);
            let new = side(random, 1.1, [processes[1], 4], [noises[1], 0.02]);
            holds(found(&old, &new, 0.0), 0.1)
        });
        assert!((0.93..=0.97).contains(&held), "{processes:?} {noises:?}: {held}");
    }
}

#[test]
fn equal_sides_are_called_different_as_often_as_the_level_says() {
    for limit in [0.05, 0.01] {
        let alarms = share(4000, |random| {
            let old = side(random, 1.0, [6, 3], [0.03, 0.02]);
            let new = side(random, 1.0, [12, 3], [0.01, 0.02]);
            found(&old, &new, 0.0).p < limit
        });
        assert!((alarms / limit - 1.0).abs() < 0.35, "{limit}: {alarms}");
    }
}

#[test]
fn single_processes_are_covered_by_a_true_assumption_and_not_without_one() {
    for (values, between) in [(10, 0.01), (100, 0.02), (30, 0.0)] {
        let held = |assumed| {
            share(3000, |random| {
                let [old, new] = [1.0, 1.1].map(|seconds| side(random, seconds, [1, values], [between, 0.03]));
                holds(found(&old, &new, assumed), 0.1)
            })
        };
        let (with, without) = (held(between), held(0.0));
        assert!((0.93..=0.97).contains(&with), "{values} {between}: {with}");
        assert!(between == 0.0 || without < 0.9, "{values} {between}: {without}");
    }
}

#[test]
fn a_single_process_against_several_is_covered_too() {
    let held = share(3000, |random| {
        let old = side(random, 1.0, [8, 5], [0.02, 0.02]);
        let new = side(random, 1.1, [1, 40], [0.02, 0.02]);
        holds(found(&old, &new, 0.02), 0.1)
    });
    assert!((0.93..=0.975).contains(&held), "{held}");
}

#[test]
fn reported_intervals_give_nearly_what_the_data_behind_them_gives() {
    let mut random = Pcg64Mcg::seed_from_u64(3);
    let (old, new) = (side(&mut random, 1.0, [20, 3], [0.02, 0.0]), side(&mut random, 1.03, [20, 3], [0.02, 0.0]));
    let whole = found(&old, &new, 0.0);
    let kept = unpaired_estimates(&reported(&old, 0.98), &reported(&new, 0.9), Confidence::default()).unwrap();
    assert!(near(kept.change.estimate, whole.change.estimate));
    let width = |found: Unpaired| found.change.high - found.change.low;
    assert!((width(kept) / width(whole) - 1.0).abs() < 0.1, "{kept:?} {whole:?}");
    assert!((1.0..10.0).contains(&(kept.p / whole.p)), "{kept:?} {whole:?}");
}

#[test]
fn reported_intervals_hold_the_truth_at_least_as_often_as_promised() {
    for (processes, limits) in [([10, 10], 0.93..=0.97), ([5, 30], 0.93..=0.98), ([3, 3], 0.94..=1.0)] {
        let held = share(3000, |random| {
            let old = reported(&side(random, 1.0, [processes[0], 1], [0.03, 0.0]), 0.95);
            let new = reported(&side(random, 1.1, [processes[1], 1], [0.03, 0.0]), 0.99);
            holds(unpaired_estimates(&old, &new, Confidence::default()).unwrap(), 0.1)
        });
        assert!(limits.contains(&held), "{processes:?}: {held}");
    }
}

#[test]
fn a_lopsided_interval_stays_lopsided() {
    let even = Estimate { estimate: 1.0, low: 1.0, high: 1.0 };
    let lopsided = Estimate { estimate: 1.0, low: 0.99, high: 1.5 };
    let [old, new] =
        [even, lopsided].map(|estimate| Reported { estimate, processes: 5, confidence: Confidence::default() });
    let there = unpaired_estimates(&old, &new, Confidence::default()).unwrap();
    assert!(near(there.change.low, -0.01) && near(there.change.high, 0.5), "{there:?}");
    assert_eq!(there.p, 1.0);
}

#[test]
fn a_p_value_is_the_error_at_which_the_interval_touches_zero() {
    let estimate = |estimate: f64| Estimate { estimate, low: estimate * 0.97, high: estimate * 1.02 };
    let side =
        |centre, processes| Reported { estimate: estimate(centre), processes, confidence: Confidence::default() };
    let (old, new) = (side(1.0, 4), side(1.06, 9));
    let Unpaired { p, .. } = unpaired_estimates(&old, &new, Confidence::default()).unwrap();
    let touching = unpaired_estimates(&old, &new, Confidence::new(1.0 - p).unwrap()).unwrap();
    assert!(touching.change.low.abs() < 1e-9, "{p} {touching:?}");
}

#[test]
fn sides_that_never_vary_differ_for_certain_or_not_at_all() {
    let constant = |seconds: f64| vec![vec![seconds; 3]; 4];
    assert_eq!(found(&constant(1.0), &constant(1.0), 0.0).p, 1.0);
    let certain = found(&constant(1.0), &constant(2.0), 0.0);
    assert_eq!((certain.p, certain.change.low, certain.change.high), (0.0, 1.0, 1.0));
}

#[test]
fn too_little_gives_no_change() {
    let enough = [vec![1.0, 1.1], vec![1.05]];
    for little in [&[][..], &[vec![]], &[vec![1.0]], &[vec![1.0, f64::NAN], vec![0.0]]] {
        assert_eq!(unpaired(little, &enough, 0.02, Confidence::default()), None, "{little:?}");
        assert_eq!(unpaired(&enough, little, 0.02, Confidence::default()), None, "{little:?}");
    }
    for assumed in [-0.1, f64::NAN, f64::INFINITY] {
        assert_eq!(unpaired(&enough, &[vec![1.0, 1.1]], assumed, Confidence::default()), None, "{assumed}");
    }
}

#[test]
fn an_estimate_that_is_none_gives_no_change() {
    let reported = |estimate, low, high, processes| Reported {
        estimate: Estimate { estimate, low, high },
        processes,
        confidence: Confidence::default(),
    };
    let fine = reported(1.0, 0.9, 1.1, 5);
    for other in [
        reported(1.0, 0.0, 1.1, 5),
        reported(1.0, 1.05, 1.1, 5),
        reported(1.0, 0.9, f64::INFINITY, 5),
        reported(f64::NAN, 0.9, 1.1, 5),
        reported(1.0, 0.9, 1.1, 1),
        reported(1.0, 0.9, 1.1, 0),
    ] {
        assert_eq!(unpaired_estimates(&fine, &other, Confidence::default()), None, "{other:?}");
        assert_eq!(unpaired_estimates(&other, &fine, Confidence::default()), None, "{other:?}");
    }
}

/// Any processes of any finite positive values.
fn any_side() -> impl Strategy<Value = Vec<Vec<f64>>> {
    let value = prop_oneof![1e-9..1e3_f64, f64::MIN_POSITIVE..f64::MAX, Just(5e-324), Just(1.0)];
    prop::collection::vec(prop::collection::vec(value, 0..8), 0..6)
}

fn any_reported() -> impl Strategy<Value = Reported> {
    let edge = || prop_oneof![1e-9..1e3_f64, f64::MIN_POSITIVE..f64::MAX, Just(5e-324)];
    (edge(), edge(), edge(), 0..60_usize, 0.5..0.9999).prop_map(|(a, b, c, processes, level)| {
        let mut ends = [a, b, c];
        ends.sort_unstable_by(f64::total_cmp);
        let estimate = Estimate { low: ends[0], estimate: ends[1], high: ends[2] };
        Reported { estimate, processes, confidence: Confidence::new(level).unwrap() }
    })
}

fn is_sound(Unpaired { change, p }: Unpaired) -> bool {
    let Estimate { estimate, low, high } = change;
    -1.0 <= low && low <= estimate && estimate <= high && high.is_finite() && (0.0..=1.0).contains(&p)
}

/// Whether one change is the inverse of another.
fn is_inverse(there: Unpaired, back: Unpaired) -> bool {
    let turned = |change: f64| (1.0 + change).recip() - 1.0;
    near(there.change.estimate, turned(back.change.estimate))
        && near(there.change.low, turned(back.change.high))
        && near(there.change.high, turned(back.change.low))
        && near(there.p, back.p)
}

proptest! {
    #[test]
    fn whatever_was_measured_the_change_is_sound(old in any_side(), new in any_side(), assumed in 0.0..2_f64, level in 0.5..0.9999) {
        let found = unpaired(&old, &new, assumed, Confidence::new(level).unwrap());
        prop_assert!(found.is_none_or(is_sound), "{:?}", found);
    }

    #[test]
    fn whatever_was_reported_the_change_is_sound(old in any_reported(), new in any_reported(), level in 0.5..0.9999) {
        let found = unpaired_estimates(&old, &new, Confidence::new(level).unwrap());
        prop_assert!(found.is_none_or(is_sound), "{:?}", found);
    }

    #[test]
    fn swapping_sides_inverts_the_change(seed: u64, sizes in prop::array::uniform4(1..7_usize), assumed in 0.001..0.05_f64) {
        let mut random = Pcg64Mcg::seed_from_u64(seed);
        let old = side(&mut random, 1.0, [sizes[0], sizes[1] + 1], [0.02, 0.02]);
        let new = side(&mut random, 1.1, [sizes[2], sizes[3] + 1], [0.04, 0.01]);
        prop_assert!(is_inverse(found(&old, &new, assumed), found(&new, &old, assumed)));
        if sizes[0] > 1 && sizes[2] > 1 {
            let (old, new) = (reported(&old, 0.95), reported(&new, 0.99));
            let [there, back] = [(&old, &new), (&new, &old)]
                .map(|(old, new)| unpaired_estimates(old, new, Confidence::default()).unwrap());
            prop_assert!(is_inverse(there, back), "{:?} {:?}", there, back);
        }
    }

    #[test]
    fn an_interval_holds_zero_just_if_the_p_value_is_above_its_error(seed: u64, level in 0.5..0.9999) {
        let mut random = Pcg64Mcg::seed_from_u64(seed);
        let [old, new] = [1.0, 1.02].map(|seconds| side(&mut random, seconds, [5, 2], [0.02, 0.01]));
        let confidence = Confidence::new(level).unwrap();
        let whole = unpaired(&old, &new, 0.0, confidence).unwrap();
        let kept = unpaired_estimates(&reported(&old, 0.95), &reported(&new, 0.95), confidence).unwrap();
        for found in [whole, kept] {
            let margin = (found.p - (1.0 - level)).abs() < 1e-6;
            prop_assert!(margin || holds(found, 0.0) == (found.p > 1.0 - level), "{:?}", found);
        }
    }
}
