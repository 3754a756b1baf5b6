//! The statistics against machines whose truth is known, and the laws that any data must obey.

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use rustworthy_model::Estimate;

use super::*;

fn process(round: u32, blocks: &[(u32, f64)]) -> Process {
    let blocks = blocks.iter().map(|&(window, seconds)| Block { window, calls: 1, seconds }).collect();
    Process { round, blocks }
}

fn resampling(seed: u64) -> Resampling {
    Resampling { resamples: 500, seed, ..Resampling::default() }
}

fn is_close(left: f64, right: f64) -> bool {
    (left / right - 1.0).abs() < 1e-9
}

fn are_close(left: Estimate, right: Estimate) -> bool {
    is_close(left.estimate, right.estimate) && is_close(left.low, right.low) && is_close(left.high, right.high)
}

fn holds(estimate: Estimate, truth: f64) -> bool {
    estimate.low <= truth && truth <= estimate.high
}

fn noise(random: &mut Pcg64Mcg, deviation: f64) -> f64 {
    deviation * normal_quantile(random.random_range(1e-12..1.0))
}

/// Processes of a baseline that takes 2 s and of a contender that takes 1 s, with normal noise on the log scale.
fn nested(random: &mut Pcg64Mcg, rounds: u32, between: f64, within: f64) -> [Vec<Process>; 2] {
    [2f64, 1.0].map(|seconds| {
        let run = |round| {
            let process_noise = noise(random, between);
            let blocks = (0..10).map(|sweep| (sweep, (seconds.ln() + process_noise + noise(random, within)).exp()));
            process(round, &blocks.collect::<Vec<_>>())
        };
        (0..rounds).map(run).collect()
    })
}

/// The same two sides on a machine that is 1.6 times slower by turns, for both at once.
fn two_valued(random: &mut Pcg64Mcg, rounds: u32) -> [Vec<Process>; 2] {
    let mut sides = nested(random, rounds, 0.002, 0.002);
    for round in 0..rounds as usize {
        let share_of_slow = random.random::<f64>();
        for sweep in 0..10 {
            let factor = if random.random_bool(share_of_slow) { 1.6 } else { 1.0 };
            sides.iter_mut().for_each(|side| side[round].blocks[sweep].seconds *= factor);
        }
    }
    sides
}

/// Share of 1,000 simulated runs in which a finding is true.
fn share(mut finding: impl FnMut(u64, &mut Pcg64Mcg) -> bool) -> f64 {
    let mut random = Pcg64Mcg::seed_from_u64(1);
    (0..1000).filter(|&seed| finding(seed, &mut random)).count() as f64 / 1000.0
}

#[test]
fn intervals_of_few_processes_hold_the_truth_as_often_as_promised() {
    for (rounds, between, within) in
        [(2, 0.02, 0.02), (3, 0.02, 0.02), (5, 0.04, 0.02), (10, 0.0, 0.02), (20, 0.02, 0.02)]
    {
        let speedups = share(|seed, random| {
            let [baseline, contender] = nested(random, rounds, between, within);
            holds(speedup(&baseline, &contender, &resampling(seed)).unwrap(), 2.0)
        });
        let times = share(|seed, random| {
            let [baseline, _] = nested(random, rounds, between, within);
            holds(seconds(&baseline, &resampling(seed)).unwrap(), 2.0)
        });
        for share in [speedups, times] {
            assert!((0.925..=0.975).contains(&share), "{rounds} rounds: {speedups} {times}");
        }
    }
}

#[test]
fn stopping_at_a_width_keeps_most_of_the_confidence() {
    let holding = share(|seed, random| {
        let [processes, _] = nested(random, 20, 0.03, 0.01);
        let confidence = early_confidence(Confidence::default());
        let early = Resampling { confidence, ..resampling(seed) };
        let stopped = planned_looks(3, 20)
            .take_while(|&look| look < 20)
            .filter_map(|look| seconds(&processes[..look], &early))
            .find(|estimate| estimate.relative_half_width() <= 0.02);
        holds(stopped.or_else(|| seconds(&processes, &resampling(seed))).unwrap(), 2.0)
    });
    assert!(holding >= 0.93, "{holding}");
}

#[test]
fn a_machine_of_two_speeds_blurs_times_but_not_speedups() {
    let [baseline, contender] = two_valued(&mut Pcg64Mcg::seed_from_u64(3), 10);
    let times = seconds(&baseline, &resampling(0)).unwrap();
    let ratio = speedup(&baseline, &contender, &resampling(0)).unwrap();
    assert!(times.relative_half_width() > 0.05, "{times:?}");
    assert!(ratio.relative_half_width() < 0.005 && (ratio.estimate - 2.0).abs() < 0.01, "{ratio:?}");
}

#[test]
fn more_blocks_of_the_same_processes_are_no_more_evidence() {
    let once: Vec<Process> = (0..4).map(|round| process(round, &[(0, 1.0 + f64::from(round))])).collect();
    let often: Vec<Process> = (0..4)
        .map(|round| process(round, &(0..50).map(|sweep| (sweep, 1.0 + f64::from(round))).collect::<Vec<_>>()))
        .collect();
    assert!(are_close(seconds(&once, &resampling(5)).unwrap(), seconds(&often, &resampling(5)).unwrap()));
}

#[test]
fn only_blocks_of_the_same_sweep_are_compared() {
    // The machine is ten times slower in window 1, which the contender missed in round 0 and the baseline in round 1.
    let baseline = [process(0, &[(0, 2.0), (1, 20.0), (2, 2.0)]), process(1, &[(0, 2.0), (2, 2.0)])];
    let contender = [process(0, &[(2, 1.0), (0, 1.0)]), process(1, &[(1, 10.0), (0, 1.0)])];
    let ratio = speedup(&baseline, &contender, &resampling(0)).unwrap();
    assert!(are_close(ratio, Estimate { estimate: 2.0, low: 2.0, high: 2.0 }), "{ratio:?}");
}

#[test]
fn rounds_that_one_side_missed_are_left_out() {
    let baseline: Vec<Process> = [0, 2, 5, 6].map(|round| process(round, &[(0, 3.0)])).to_vec();
    let contender: Vec<Process> = [6, 5, 3].map(|round| process(round, &[(0, 1.0)])).to_vec();
    assert!(is_close(speedup(&baseline, &contender, &resampling(0)).unwrap().estimate, 3.0));
    assert_eq!(speedup(&baseline[..3], &contender, &resampling(0)), None);
}

#[test]
fn a_round_without_pairs_compares_its_processes() {
    let baseline = [process(0, &[(0, 4.0), (1, 4.0)]), process(1, &[(0, 4.0)])];
    let contender = [process(0, &[(7, 2.0)]), process(1, &[(0, 2.0)])];
    assert!(is_close(speedup(&baseline, &contender, &resampling(0)).unwrap().estimate, 2.0));
}

#[test]
fn blocks_without_a_time_are_left_out() {
    let blocks = [(0, 0.0), (1, f64::NAN), (2, f64::INFINITY), (3, -1.0), (4, 5.0)];
    let timed = [process(0, &blocks), process(1, &blocks), process(2, &blocks[..4]), process(3, &[])];
    assert!(is_close(seconds(&timed, &resampling(0)).unwrap().estimate, 5.0));
    assert_eq!(seconds(&timed[1..], &resampling(0)), None);
}

/// Up to eight processes of up to nine blocks, some of their windows missing.
fn side() -> impl Strategy<Value = Vec<Process>> {
    let blocks = prop::collection::btree_map(0u32..10, 1e-7..1e3, 1..10);
    prop::collection::btree_map(0u32..9, blocks, 2..9).prop_map(|processes| {
        processes.into_iter().map(|(round, blocks)| process(round, &blocks.into_iter().collect::<Vec<_>>())).collect()
    })
}

fn scaled(side: &[Process], factor: f64) -> Vec<Process> {
    let mut side = side.to_vec();
    side.iter_mut().flat_map(|process| &mut process.blocks).for_each(|block| block.seconds *= factor);
    side
}

/// Whether two findings agree, both being nothing included.
fn agree(left: Option<Estimate>, right: Option<Estimate>) -> bool {
    left.zip(right).map_or(left.is_none() && right.is_none(), |(left, right)| are_close(left, right))
}

proptest! {
    #[test]
    fn intervals_contain_their_estimate(baseline in side(), contender in side(), seed: u64, level in 0.5..0.9999) {
        let resampling = Resampling { confidence: Confidence::new(level).unwrap(), ..resampling(seed) };
        let found = [seconds(&baseline, &resampling), speedup(&baseline, &contender, &resampling)];
        for estimate in found.into_iter().flatten() {
            prop_assert!(holds(estimate, estimate.estimate));
            prop_assert!(estimate.low > 0.0 && estimate.high.is_finite());
        }
    }

    #[test]
    fn scaling_all_times_scales_seconds_and_leaves_ratios(baseline in side(), contender in side(), factor in 1e-3..1e3) {
        let [slower, slower_contender] = [scaled(&baseline, factor), scaled(&contender, factor)];
        let expected = seconds(&baseline, &resampling(1))
            .map(|e| Estimate { estimate: e.estimate * factor, low: e.low * factor, high: e.high * factor });
        prop_assert!(agree(seconds(&slower, &resampling(1)), expected));
        prop_assert!(agree(
            speedup(&slower, &slower_contender, &resampling(1)),
            speedup(&baseline, &contender, &resampling(1)),
        ));
    }

    #[test]
    fn swapping_sides_inverts_the_ratio(baseline in side(), contender in side(), seed: u64) {
        let there = speedup(&baseline, &contender, &resampling(seed));
        let back = speedup(&contender, &baseline, &resampling(seed))
            .map(|e| Estimate { estimate: 1.0 / e.estimate, low: 1.0 / e.high, high: 1.0 / e.low });
        prop_assert!(agree(there, back), "{:?} {:?}", there, back);
    }

    #[test]
    fn the_order_of_processes_and_blocks_does_not_matter(
        (ordered, shuffled) in side().prop_flat_map(|side| (Just(side.clone()), Just(side).prop_shuffle())),
        contender in side(),
        seed: u64,
    ) {
        let mut shuffled = shuffled;
        shuffled.iter_mut().for_each(|process| process.blocks.reverse());
        prop_assert_eq!(seconds(&ordered, &resampling(seed)), seconds(&shuffled, &resampling(seed)));
        prop_assert_eq!(
            speedup(&ordered, &contender, &resampling(seed)),
            speedup(&shuffled, &contender, &resampling(seed)),
        );
    }

    #[test]
    fn the_same_seed_gives_the_same_interval(baseline in side(), seed: u64) {
        prop_assert_eq!(seconds(&baseline, &resampling(seed)), seconds(&baseline, &resampling(seed)));
    }
}
