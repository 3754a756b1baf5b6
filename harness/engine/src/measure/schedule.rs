//! Who runs when, and for how long: pure decisions, all drawn from the seed.

use std::time::Duration;

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use sha2::{Digest, Sha256};

/// How much to measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effort {
    /// Wanted half width of intervals as a share of their estimate.
    pub precision: f64,
    /// Time to spend on a workload, checks and starting processes included. Never so short that no interval comes of it:
    /// [`Effort::FEWEST_ROUNDS`] are always made.
    pub budget: Duration,
    /// Time to spend on all workloads of a run, what comes before the first of them included; without end where somebody says
    /// how much each may take.
    pub whole: Duration,
    /// Time that a block of calls should take; a call that takes longer is a block.
    pub block: Duration,
    /// Rounds after which the precision is checked for the first time.
    pub rounds: u32,
    /// Most rounds.
    pub most_rounds: u32,
}

impl Effort {
    /// Fewer fresh processes than these allow no honest interval.
    pub const FEWEST_ROUNDS: u32 = 3;

    /// For results that are to be believed.
    pub const THOROUGH: Self = Self {
        precision: 0.02,
        budget: Duration::from_secs(30),
        whole: Duration::from_secs(200),
        block: Duration::from_millis(20),
        rounds: 5,
        most_rounds: 20,
    };

    /// For a first impression, and for continuous integration.
    pub const QUICK: Self = Self {
        precision: 0.1,
        budget: Duration::from_secs(8),
        whole: Duration::from_secs(75),
        block: Duration::from_millis(8),
        rounds: 3,
        most_rounds: 5,
    };

    /// With the budget that is left to each of that number of workloads to come when the whole run, which has taken `spent` so
    /// far, is to end in time: those that are quicker leave more to the others, those that take longer less.
    pub fn shared_among(self, workloads: usize, spent: Duration) -> Self {
        let share = self.whole.saturating_sub(spent) / u32::try_from(workloads).unwrap_or(u32::MAX).max(1);
        Self { budget: self.budget.min(share), ..self }
    }

    /// With another budget for each workload, and as many more rounds as it has room for.
    pub fn with_budget(self, budget: Duration) -> Self {
        let more = (budget.as_secs_f64() / self.budget.as_secs_f64()).max(1.0);
        Self { budget, whole: Duration::MAX, most_rounds: (f64::from(self.most_rounds) * more) as u32, ..self }
    }

    /// For each of the sizes that share the budget: as few rounds as allow an interval, and more while time is left.
    pub fn shared_by(self, sizes: usize) -> Self {
        if sizes < 2 {
            return self;
        }
        Self { budget: self.budget / sizes as u32, rounds: Self::FEWEST_ROUNDS, ..self }
    }

    /// How long a block should take where the slowest contender takes `slowest` seconds for a call: while one call of
    /// that one meets the machine at all of its speeds, blocks of the others should meet some of them too.
    pub fn block(&self, slowest: f64) -> Duration {
        let longest = Duration::from_millis(500).max(self.block);
        Duration::try_from_secs_f64(slowest / 10.0).unwrap_or(longest).clamp(self.block, longest)
    }

    /// The time that the next round may take, starting its processes included, when that number of rounds was made and `left`
    /// of the budget is left: those up to the first check of the precision share it.
    pub fn room(&self, left: Duration, rounds: u32) -> Duration {
        left / self.rounds.saturating_sub(rounds).max(1)
    }

    /// How many sweeps a round has when one sweep takes that long, and there is `room` for all of them: rounds share at
    /// most half of the budget, so that more of them can be made where starting processes takes little.
    pub fn sweeps(&self, sweep: Duration, room: Duration) -> u32 {
        let round = (self.budget / 2 / self.rounds).min(room);
        let sweeps = round.as_secs_f64() / sweep.as_secs_f64().max(1e-6);
        (sweeps as u32).clamp(1, 25)
    }
}

/// Whether calls of that duration are timed one by one in every block: reading the clock costs them nothing that shows.
pub(crate) fn timed_one_by_one(seconds: f64) -> bool {
    const EVERY_CALL: Duration = Duration::from_micros(20);
    seconds >= EVERY_CALL.as_secs_f64()
}

/// A duration from a number of seconds that was measured or computed; the longest there is for what isn't one.
pub(super) fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// How one contender takes part in the sweeps of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    /// Calls in a block.
    pub(super) calls: u64,
    /// It runs in every sweep whose number this divides: 1 for all but those far slower than the baseline, which would
    /// otherwise take most of the time.
    pub(super) every: u32,
}

impl Share {
    /// The share of a contender that takes `seconds` a call, beside a baseline that takes `baseline`, for blocks of that duration.
    pub(super) fn new(seconds: f64, baseline: f64, block: Duration) -> Self {
        const SLOWER: f64 = 4.0;
        let block = block.as_secs_f64();
        let calls = (block / seconds.max(1e-9)).round().max(1.0) as u64;
        let every = (seconds.max(block) / (SLOWER * baseline.max(block))).floor().clamp(1.0, 25.0) as u32;
        Self { calls, every }
    }

    /// Average time in seconds that it takes in a sweep.
    pub(super) fn seconds(&self, seconds: f64) -> f64 {
        seconds * self.calls as f64 / f64::from(self.every)
    }
}

/// A source of decisions for one purpose: the same seed and purpose give the same decisions, whatever else is drawn.
pub(crate) fn random(seed: u64, purpose: &[&str], number: u32) -> Pcg64Mcg {
    let mut digest = Sha256::new();
    digest.update(seed.to_le_bytes());
    for word in purpose {
        digest.update((word.len() as u64).to_le_bytes());
        digest.update(word);
    }
    digest.update(number.to_le_bytes());
    let digest = digest.finalize();
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    Pcg64Mcg::seed_from_u64(u64::from_le_bytes(bytes))
}

/// The order in which that number of contenders has its blocks in one sweep.
pub(super) fn order(random: &mut Pcg64Mcg, contenders: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..contenders).collect();
    order.shuffle(random);
    order
}

/// The logical processor of a round: all in turn, in an order that the seed decides.
pub(crate) fn cpu(seed: u64, workload: &str, round: u32, allowed: &[usize]) -> Option<usize> {
    let mut cpus = allowed.to_vec();
    let (turn, place) = (round / allowed.len().max(1) as u32, round as usize % allowed.len().max(1));
    cpus.shuffle(&mut random(seed, &["cpu", workload], turn));
    cpus.get(place).copied()
}

/// The seed of Python's string hashes in one process.
pub(crate) fn hash_seed(seed: u64, workload: &str, contender: &str, process: u32) -> u32 {
    // Zero would turn randomisation off.
    random(seed, &["hash", workload, contender], process).random_range(1..=u32::MAX)
}

/// Splits contenders into groups that fit into memory together. The baseline, if there is one, is in every group.
pub(super) fn groups(peaks: &[u64], baseline: Option<usize>, memory: u64) -> Vec<Vec<usize>> {
    let own = baseline.map_or(0, |index| peaks[index]);
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut held = 0;
    for (index, &peak) in peaks.iter().enumerate().filter(|&(index, _)| Some(index) != baseline) {
        match groups.last_mut() {
            Some(group) if held + peak <= memory => {
                group.push(index);
                held += peak;
            }
            _ => {
                groups.push(baseline.into_iter().chain([index]).collect());
                held = own + peak;
            }
        }
    }
    if groups.is_empty() {
        groups.extend(baseline.map(|index| vec![index]));
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_processor_has_its_turn_before_any_has_a_second() {
        let allowed = [0, 2, 5, 7];
        for turn in 0..5 {
            let mut seen: Vec<usize> = (0..4).map(|place| cpu(7, "w", turn * 4 + place, &allowed).unwrap()).collect();
            seen.sort_unstable();
            assert_eq!(seen, allowed);
        }
        assert_eq!(cpu(7, "w", 3, &[]), None);
    }

    #[test]
    fn orders_are_permutations_that_the_seed_decides() {
        let draw = |seed| order(&mut random(seed, &["order"], 0), 6);
        let mut sorted = draw(1);
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2, 3, 4, 5]);
        assert_eq!(draw(1), draw(1));
        assert!((2..20).any(|seed| draw(seed) != draw(1)));
    }

    #[test]
    fn purposes_do_not_run_into_each_other() {
        let draw = |purpose: &[&str]| random(1, purpose, 0).random_range(0..u64::MAX);
        assert_ne!(draw(&["ab", "c"]), draw(&["a", "bc"]));
    }

    #[test]
    fn contenders_that_do_not_fit_together_are_measured_apart_each_with_the_baseline() {
        assert_eq!(groups(&[10, 20, 30, 40], Some(0), 100), [vec![0, 1, 2, 3]]);
        assert_eq!(groups(&[10, 20, 30, 40], Some(0), 60), [vec![0, 1, 2], vec![0, 3]]);
        assert_eq!(groups(&[50, 60, 70], Some(1), 10), [vec![1, 0], vec![1, 2]]);
        assert_eq!(groups(&[5], Some(0), 1), [vec![0]]);
        assert_eq!(groups(&[5, 5], None, 10), [vec![0, 1]]);
        assert!(groups(&[], None, 10).is_empty());
    }

    #[test]
    fn blocks_are_as_long_as_asked_and_longer_beside_a_slow_contender() {
        assert_eq!(Effort::THOROUGH.block(0.001), Duration::from_millis(20));
        assert_eq!(Effort::THOROUGH.block(2.0), Duration::from_millis(200));
        assert_eq!(Effort::THOROUGH.block(60.0), Duration::from_millis(500));
        assert_eq!(Effort::THOROUGH.block(f64::INFINITY), Duration::from_millis(500));
    }

    #[test]
    fn who_is_far_slower_than_the_baseline_takes_part_less_often() {
        let block = Duration::from_millis(20);
        assert_eq!(Share::new(0.001, 0.1, block), Share { calls: 20, every: 1 });
        assert_eq!(Share::new(0.3, 0.1, block), Share { calls: 1, every: 1 });
        assert_eq!(Share::new(2.5, 0.1, block), Share { calls: 1, every: 6 });
        assert_eq!(Share::new(0.0, 0.0, block).calls, 20_000_000);
    }

    #[test]
    fn sizes_share_the_budget_and_a_single_one_has_it_all() {
        let shared = Effort::THOROUGH.shared_by(6);
        assert_eq!((shared.budget, shared.rounds), (Duration::from_secs(5), Effort::FEWEST_ROUNDS));
        assert_eq!(Effort::THOROUGH.shared_by(1), Effort::THOROUGH);
    }

    #[test]
    fn sweeps_fill_the_budget_but_there_is_always_one() {
        let (effort, room) = (Effort::THOROUGH, Duration::from_secs(6));
        assert_eq!(effort.sweeps(Duration::from_millis(500), room), 6);
        assert_eq!(effort.sweeps(Duration::from_millis(500), Duration::from_secs(1)), 2);
        assert_eq!(effort.sweeps(Duration::from_millis(500), Duration::ZERO), 1);
        assert_eq!(effort.sweeps(Duration::from_secs(100), room), 1);
        assert_eq!(effort.sweeps(Duration::ZERO, room), 25);
    }

    #[test]
    fn what_is_left_of_the_budget_is_shared_by_the_rounds_to_come() {
        let left = Duration::from_secs(10);
        let rooms: Vec<u64> = (0..7).map(|rounds| Effort::THOROUGH.room(left, rounds).as_millis() as u64).collect();
        assert_eq!(rooms, [2000, 2500, 3333, 5000, 10_000, 10_000, 10_000]);
    }

    #[test]
    fn many_workloads_share_the_time_of_a_run_and_few_have_all_that_they_want() {
        let budget = |effort: Effort, workloads| effort.shared_among(workloads, Duration::ZERO).budget.as_secs_f64();
        assert_eq!(
            [0, 1, 6, 10, 100].map(|workloads| budget(Effort::THOROUGH, workloads)),
            [30.0, 30.0, 30.0, 20.0, 2.0]
        );
        assert_eq!([1, 9, 10].map(|workloads| budget(Effort::QUICK, workloads)), [8.0, 8.0, 7.5]);
    }

    #[test]
    fn what_earlier_workloads_took_is_missing_to_the_others_and_what_they_left_is_theirs() {
        let left = |workloads, spent| {
            Effort::THOROUGH.shared_among(workloads, Duration::from_secs(spent)).budget.as_secs_f64()
        };
        assert_eq!([left(10, 50), left(9, 110), left(9, 20), left(2, 199), left(1, 500)], [15.0, 10.0, 20.0, 0.5, 0.0]);
        let asked = Effort::THOROUGH.with_budget(Duration::from_secs(45));
        assert_eq!(asked.shared_among(10, Duration::from_secs(400)), asked);
    }
}
