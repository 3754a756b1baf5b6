//! Tests and intervals for a change that hold for any distribution of the noise.
//!
//! Where nothing has changed the two sides of a round are exchangeable: both are fresh processes of the same code that
//! take turns in random order, so every log ratio could as well have had the other sign. Flipping the signs of whole rounds
//! at random therefore gives draws of the very distribution that the statistic has without a change: Fisher's
//! randomisation test (1935). It keeps its level exactly, with heavy tails, drift, two speeds, disturbed rounds, and for
//! any number of rounds; fewer than [`FEWEST_ROUNDS`] just can't be significant. The statistic is the score of the
//! [M-estimate](super::paired), so quiet rounds count most.
//!
//! The interval holds the changes that such a test doesn't reject.
//!
//! Looking several times spends the level over the looks: by the time that a share t of the planned rounds is made, at
//! most the share t² of it (Lan and DeMets 1983, with the power family of Kim and DeMets 1987), which leaves the last look
//! nearly all. The boundaries come from the same flips, followed from look to look, so they too hold for any noise
//! (sequential randomisation tests: Plamadeala and Rosenberger 2012).

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use rustworthy_model::Estimate;

use super::bootstrap::Resampling;
use super::paired::{BEND, Round, centre, deviations};

/// Rounds below which no sign pattern is rare enough for a 95 % interval: one of 2⁶ is 1.6 %.
pub const FEWEST_ROUNDS: usize = 6;

/// Which way a change goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The new side takes more.
    Up,
    /// The new side takes less.
    Down,
}

/// The new side over the old one, less 1: 0.05 is 5 % more.
///
/// `None` where the rounds are too few for an interval at the confidence asked.
pub fn change(rounds: &[Round], resampling: &Resampling) -> Option<Estimate> {
    let centre = centre(rounds)?;
    let flips = Flips::new(rounds.len(), resampling);
    let tail = (1.0 - resampling.confidence.level()) / 2.0;
    let low = end(rounds, centre, &flips, tail, Direction::Down)?;
    let high = end(rounds, centre, &flips, tail, Direction::Up)?;
    let [estimate, low, high] = [centre, low, high].map(|log| log.exp_m1().min(f64::MAX));
    Some(Estimate { estimate, low, high })
}

/// The probability of a statistic at least as far in that direction if nothing has changed; 1 without a round.
pub fn p_value(rounds: &[Round], direction: Direction, resampling: &Resampling) -> f64 {
    let flips = Flips::new(rounds.len(), resampling);
    let side = match direction {
        Direction::Up => 1.0,
        Direction::Down => -1.0,
    };
    flips.share_as_far(&scores(rounds, 0.0), side)
}

/// Whether the rounds have crossed the boundary of a two-sided test at this `level` at any look so far.
///
/// `looks` are the numbers of rounds after which was looked, ascending, the last being the present one; `planned` is the
/// number of rounds at which all of the level is spent, at least as large.
pub fn has_crossed(rounds: &[Round], looks: &[usize], planned: usize, level: f64, resampling: &Resampling) -> bool {
    let flips = Flips::new(rounds.len(), resampling);
    let mut gone = vec![false; flips.paths];
    let mut crossed = 0;
    for &look in looks {
        let statistics = flips.statistics(&scores(&rounds[..look.min(rounds.len())], 0.0));
        let spent = share_spent(look as f64 / planned as f64);
        let allowed = (level * spent * flips.paths as f64) as usize;
        let boundary = boundary(&statistics, &gone, allowed.saturating_sub(crossed));
        for (path, statistic) in statistics.iter().enumerate() {
            if !gone[path] && statistic.abs() > boundary {
                gone[path] = true;
                crossed += 1;
            }
        }
        // The first path has no flips: it's what was observed.
        if gone[0] {
            return true;
        }
    }
    false
}

/// Share of the level that is spent by the time that this share of the planned rounds is made.
pub fn share_spent(made: f64) -> f64 {
    made.min(1.0).powi(2)
}

/// What at most `allowed` of the paths that are left exceed.
fn boundary(statistics: &[f64], gone: &[bool], allowed: usize) -> f64 {
    let mut left: Vec<f64> =
        statistics.iter().zip(gone).filter(|(_, gone)| !**gone).map(|(statistic, _)| statistic.abs()).collect();
    if allowed >= left.len() {
        return f64::NEG_INFINITY;
    }
    let (_, boundary, _) = left.select_nth_unstable_by(allowed, |one, other| other.total_cmp(one));
    // What rounding does to equal sums must not make one exceed the other.
    *boundary * (1.0 + 1e-9)
}

/// The end of the interval in that direction: where the test of a change begins to reject. `None` if it never does.
fn end(rounds: &[Round], centre: f64, flips: &Flips, tail: f64, direction: Direction) -> Option<f64> {
    let (away, side) = match direction {
        Direction::Down => (-1.0, 1.0),
        Direction::Up => (1.0, -1.0),
    };
    let rejects = |distance: f64| flips.share_as_far(&scores(rounds, centre + away * distance), side) <= tail;
    let least = deviations(rounds, centre).iter().map(|(_, scale)| *scale).fold(f64::INFINITY, f64::min);
    let (mut inside, mut outside) = (0.0, least);
    while !rejects(outside) {
        (inside, outside) = (outside, outside * 2.0);
        if outside > 1e3 {
            return None;
        }
    }
    while outside - inside > 1e-4 * outside {
        let middle = f64::midpoint(inside, outside);
        if rejects(middle) { outside = middle } else { inside = middle }
    }
    Some(centre + away * outside)
}

/// What each round adds to the statistic of the test of a change.
fn scores(rounds: &[Round], change: f64) -> Vec<f64> {
    deviations(rounds, change).into_iter().map(|(deviation, scale)| deviation.clamp(-BEND, BEND) / scale).collect()
}

/// Random signs for rounds: so many paths, of which the first is all positive. What a path does in a round doesn't depend
/// on how many more there are.
struct Flips {
    paths: usize,
    /// For each round one sign of each path.
    rounds: Vec<Vec<bool>>,
}

impl Flips {
    fn new(rounds: usize, resampling: &Resampling) -> Self {
        let paths = resampling.resamples.max(2);
        let signs = |round: usize| {
            let mut random =
                Pcg64Mcg::seed_from_u64(resampling.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ round as u64);
            (0..paths).map(|path| path > 0 && random.random::<bool>()).collect()
        };
        Self { paths, rounds: (0..rounds).map(signs).collect() }
    }

    /// The statistic on every path.
    fn statistics(&self, scores: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.paths];
        for (score, flipped) in scores.iter().zip(&self.rounds) {
            for (sum, &flipped) in sums.iter_mut().zip(flipped) {
                *sum += if flipped { -score } else { *score };
            }
        }
        sums
    }

    /// Share of the paths whose statistic is at least as far on that side as what was observed.
    fn share_as_far(&self, scores: &[f64], side: f64) -> f64 {
        let statistics = self.statistics(scores);
        let observed = side * statistics[0];
        // Equal sums that were added up in another way count as equal.
        let least = observed - 1e-9 * observed.abs();
        statistics.iter().filter(|&&statistic| side * statistic >= least).count() as f64 / self.paths as f64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Confidence;

    const RESAMPLING: Resampling = Resampling { confidence: Confidence::USUAL, resamples: 2_000, seed: 1 };

    fn rounds(logs: &[f64]) -> Vec<Round> {
        logs.iter().map(|&log_ratio| Round { log_ratio, variance: 0.0 }).collect()
    }

    /// Rounds around a change with normal noise and, in a tenth of them, ten times as much.
    fn noisy(change: f64, size: usize, seed: u64) -> Vec<Round> {
        let mut random = Pcg64Mcg::seed_from_u64(seed);
        let mut normal = || (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0;
        (0..size)
            .map(|round| {
                let deviation = if round % 10 == 9 { 0.1 } else { 0.01 };
                Round { log_ratio: change.ln_1p() + deviation * normal(), variance: 0.0 }
            })
            .collect()
    }

    #[test]
    fn too_few_rounds_have_no_interval() {
        assert_eq!(change(&rounds(&[0.1; FEWEST_ROUNDS - 1]), &RESAMPLING), None);
        assert!(change(&rounds(&[0.1; FEWEST_ROUNDS]), &RESAMPLING).is_some());
        assert_eq!(change(&[], &RESAMPLING), None);
    }

    #[test]
    fn intervals_hold_the_change_as_often_as_they_say_and_p_values_reject_as_rarely() {
        let (mut held, mut rejected) = (0, 0);
        for seed in 0..400 {
            let resampling = Resampling { resamples: 500, seed, ..RESAMPLING };
            let found = change(&noisy(0.02, 15, seed), &resampling).unwrap();
            held += u32::from(found.low <= 0.02 && 0.02 <= found.high);
            rejected += u32::from(p_value(&noisy(0.0, 15, seed), Direction::Up, &resampling) <= 0.1);
        }
        assert!((366..=394).contains(&held), "{held} of 400");
        assert!((24..=58).contains(&rejected), "{rejected} of 400");
    }

    #[test]
    fn looking_again_and_again_keeps_the_level() {
        let looks = [8, 12, 16, 20, 24];
        let crossed = (0..400).filter(|&seed| {
            let (rounds, resampling) = (noisy(0.0, 24, seed), Resampling { resamples: 500, seed, ..RESAMPLING });
            (1..=looks.len()).any(|look| has_crossed(&rounds[..looks[look - 1]], &looks[..look], 24, 0.1, &resampling))
        });
        let crossed = crossed.count();
        assert!((20..=60).contains(&crossed), "{crossed} of 400 at a level of 10 %");
    }

    #[test]
    fn a_large_change_crosses_early_and_a_boundary_once_crossed_stays_so() {
        let mut some = noisy(0.2, 9, 1);
        assert!(has_crossed(&some, &[9], 24, 0.05, &RESAMPLING));
        some.extend(noisy(-0.2, 12, 2));
        assert!(has_crossed(&some, &[9, 21], 24, 0.05, &RESAMPLING));
        assert!(!has_crossed(&some, &[21], 24, 0.05, &RESAMPLING));
    }

    #[test]
    fn more_confidence_takes_a_wider_interval() {
        let width = |level| {
            let confidence = Confidence::new(level).unwrap();
            let found = change(&noisy(0.0, 20, 5), &Resampling { confidence, ..RESAMPLING }).unwrap();
            found.high - found.low
        };
        assert!(width(0.8) < width(0.95) && width(0.95) < width(0.99));
    }

    proptest! {
        #[test]
        fn swapping_the_sides_swaps_the_p_values(logs in prop::collection::vec(-1.0..1.0f64, 1..20)) {
            let (some, swapped) = (rounds(&logs), rounds(&logs.iter().map(|log| -log).collect::<Vec<_>>()));
            let (up, down) = (p_value(&some, Direction::Up, &RESAMPLING), p_value(&swapped, Direction::Down, &RESAMPLING));
            prop_assert!((up - down).abs() < 1e-9, "{} {}", up, down);
            prop_assert!(up > 0.0 && up <= 1.0);
        }

        #[test]
        fn the_estimate_lies_within_its_interval(logs in prop::collection::vec((-0.5..0.5f64, 0.0..1e-2f64), 6..20)) {
            let some: Vec<Round> = logs.iter().map(|&(log_ratio, variance)| Round { log_ratio, variance }).collect();
            if let Some(found) = change(&some, &RESAMPLING) {
                prop_assert!(found.low <= found.estimate && found.estimate <= found.high, "{:?}", found);
            }
        }
    }
}
