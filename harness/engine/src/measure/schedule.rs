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
    /// How long a turn of a contender takes: short against the seconds for which a machine keeps to a pattern of speeds, and long against
    /// the time in which a cache is filled again.
    pub turn: Duration,
    /// Rounds after which it is looked for the first time who is settled.
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
        turn: Duration::from_millis(50),
        rounds: 3,
        most_rounds: 20,
    };

    /// For a first impression, and for continuous integration.
    pub const QUICK: Self = Self {
        precision: 0.1,
        budget: Duration::from_secs(8),
        whole: Duration::from_secs(75),
        turn: Duration::from_millis(50),
        rounds: 3,
        most_rounds: 8,
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

    /// The time for the turns of the next round, when that number of rounds was made and `left` of the budget is left. Many
    /// short rounds tell more than a few long ones, but everyone is to have a few turns in each: `parts` is how many are to have as
    /// much as a contender other than the baseline. Nor does a round end before the processes of the next one have
    /// started, which takes as long as `starting`.
    pub(super) fn room(&self, left: Duration, rounds: u32, parts: u32, starting: Duration) -> Duration {
        /// Turns that each should have, and beyond which more of them in a process tell little.
        const TURNS: [u32; 2] = [2, 20];
        let [fewest, most] = TURNS.map(|turns| self.turn * turns * parts);
        let even = left / self.most_rounds.saturating_sub(rounds).max(1);
        let possible = left / Self::FEWEST_ROUNDS.saturating_sub(rounds).max(1);
        even.clamp(fewest, most).max(starting).min(possible)
    }
}

/// Whether calls of that duration are timed one by one in every block: reading the clock costs them nothing that shows.
pub(crate) fn timed_one_by_one(seconds: f64) -> bool {
    const EVERY_CALL: Duration = Duration::from_micros(20);
    seconds >= EVERY_CALL.as_secs_f64()
}

/// How one contender takes its turns in a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Share {
    /// Calls between two looks at the clock.
    pub(super) calls: u64,
    /// How long each takes.
    pub(super) turn: Duration,
    /// How many turns it is due. One whose calls are stopped in the middle may need more, to end the last.
    pub(super) turns: u32,
    /// Whether its calls are so long that turns end in the middle of them.
    pub(super) is_stopped: bool,
}

impl Share {
    /// The share of a contender that takes `seconds` a call and has `time` in a window. Its calls `may_be_stopped` where
    /// nothing but the processor is needed for them.
    pub(super) fn new(seconds: f64, time: Duration, turn: Duration, may_be_stopped: bool) -> Self {
        /// Calls in a turn below which the end of a turn would have to wait too long for the end of a call.
        const CALLS: f64 = 10.0;
        /// Looks at the clock in a turn.
        const LOOKS: f64 = 20.0;
        /// Where there is less time than a turn should have, it is shorter, but never than this.
        const SHORTEST: Duration = Duration::from_millis(10);
        let turn = turn.min(time).max(SHORTEST);
        let calls = turn.as_secs_f64() / seconds.max(1e-9);
        let turns = (time.as_secs_f64() / turn.as_secs_f64()).round();
        Self {
            calls: (calls / LOOKS).max(1.0) as u64,
            turns: (turns as u32).max(1),
            turn,
            is_stopped: may_be_stopped && calls < CALLS,
        }
    }
}

/// How the time of a round is shared by contenders of these weights: the baseline, against which all others are held, has
/// more of it.
pub(super) fn times(room: Duration, weights: &[u32]) -> Vec<Duration> {
    let all = weights.iter().sum::<u32>().max(1);
    weights.iter().map(|weight| room * *weight / all).collect()
}

/// Whose turn it is: one of those who have had the smallest part of the turns that they are due, each of them as likely.
/// Every item is how many turns somebody has had and is due; `None` where nobody is left.
pub(super) fn next(random: &mut Pcg64Mcg, all: impl Iterator<Item = Option<(u32, u32)>>) -> Option<usize> {
    all.enumerate()
        .filter_map(|(place, turns)| turns.map(|(had, due)| (place, f64::from(had) / f64::from(due))))
        .map(|(place, part)| (place, part, random.random::<u64>()))
        .min_by(|left, right| left.1.total_cmp(&right.1).then(left.2.cmp(&right.2)))
        .map(|(place, ..)| place)
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
    fn turns_go_by_what_each_is_due_in_an_order_that_the_seed_decides() {
        let play = |seed| {
            let (mut random, due, mut had) = (random(seed, &["turns"], 0), [2, 4, 6], [0; 3]);
            let left =
                |had: &[u32; 3]| [0, 1, 2].map(|place| (had[place] < due[place]).then_some((had[place], due[place])));
            std::iter::from_fn(|| {
                let place = next(&mut random, left(&had).into_iter())?;
                had[place] += 1;
                Some(place)
            })
            .collect::<Vec<_>>()
        };
        let turns = play(1);
        assert_eq!([0, 1, 2].map(|place| turns.iter().filter(|turn| **turn == place).count()), [2, 4, 6]);
        let halfway = &turns[..6];
        assert_eq!([0, 1, 2].map(|place| halfway.iter().filter(|turn| **turn == place).count()), [1, 2, 3]);
        assert_eq!(play(1), turns);
        assert!((2..20).any(|seed| play(seed) != turns));
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
    fn long_calls_are_stopped_where_they_may_be_and_short_ones_end_with_a_turn() {
        let (time, turn) = (Duration::from_millis(300), Duration::from_millis(50));
        let share = |seconds, may_be_stopped| Share::new(seconds, time, turn, may_be_stopped);
        assert_eq!(share(1e-4, true), Share { calls: 25, turn, turns: 6, is_stopped: false });
        assert_eq!(share(0.02, true), Share { calls: 1, turn, turns: 6, is_stopped: true });
        assert_eq!(share(0.02, false), Share { calls: 1, turn, turns: 6, is_stopped: false });
        let brief = Share::new(10.0, Duration::ZERO, turn, true);
        assert_eq!((brief.turns, brief.turn), (1, Duration::from_millis(10)));
        assert_eq!(share(0.0, true).calls, 2_500_000);
    }

    #[test]
    fn the_baseline_has_more_of_the_time() {
        let times = times(Duration::from_secs(4), &[2, 1, 1]);
        assert_eq!(times.iter().map(Duration::as_millis).collect::<Vec<_>>(), [2000, 1000, 1000]);
    }

    #[test]
    fn sizes_share_the_budget_and_a_single_one_has_it_all() {
        let shared = Effort::THOROUGH.shared_by(6);
        assert_eq!((shared.budget, shared.rounds), (Duration::from_secs(5), Effort::FEWEST_ROUNDS));
        assert_eq!(Effort::THOROUGH.shared_by(1), Effort::THOROUGH);
    }

    #[test]
    fn rounds_are_as_many_as_leave_everyone_a_few_turns() {
        let room = |left, rounds, parts, starting| {
            let [left, starting] = [left, starting].map(Duration::from_millis);
            Effort::THOROUGH.room(left, rounds, parts, starting).as_millis()
        };
        assert_eq!(room(20_000, 0, 4, 0), 1000, "twenty rounds");
        assert_eq!(room(20_000, 0, 15, 0), 1500, "two turns for everyone");
        assert_eq!(room(20_000, 5, 15, 4000), 4000, "what starts meanwhile needs longer");
        assert_eq!(room(1000, 1, 15, 4000), 500, "three rounds that share what there is");
        assert_eq!(room(1_000_000, 0, 4, 0), 4000, "twenty turns for everyone");
        assert_eq!(room(0, 3, 15, 0), 0);
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
