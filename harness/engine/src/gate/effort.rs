//! How much to measure of one benchmark: pure decisions.

use std::iter::successors;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::measure::schedule::timed_one_by_one;

/// How much to measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effort {
    /// Wall time for one benchmark: its inputs, first calls, rounds and a confirmation; not the environments and builds before.
    /// Never so short that no verdict could come of it: [`Plan::FEWEST_ROUNDS`] of either part are always made.
    pub budget: Duration,
}

impl Effort {
    /// For a gate that finds small changes.
    pub const THOROUGH: Self = Self { budget: Duration::from_secs(10) };

    /// For a gate that counts instructions, which ends by itself where counts don't depend on the seed.
    pub const COUNTING: Self = Self { budget: Duration::from_secs(120) };

    /// For a gate that finds large ones.
    pub const QUICK: Self = Self { budget: Duration::from_secs(4) };
}

/// What the measuring of one benchmark is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Calls in a block.
    pub calls: u64,
    /// Whether the clock is read after every call of a block.
    pub each: bool,
    /// Whether both sides take turns in the middle of their calls, and are judged by their processor time.
    #[serde(default)]
    pub in_turns: bool,
    /// Pairs of blocks, one of either side, in a round.
    pub pairs: u32,
    /// Most rounds of the first part, which may call for an alarm.
    pub rounds: usize,
    /// Rounds of the second part: a confirmation of an alarm, or more of the same where there is none to confirm.
    pub more_rounds: usize,
}

/// What is known of a benchmark before it's measured, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Costs {
    /// One call, with making its input where it has a fresh one; that of the slower side.
    pub(super) call: f64,
    /// Whether calls may be stopped in the middle: they need nothing but one processor.
    pub(super) may_be_stopped: bool,
    /// Starting both processes of a round, with all processors for it.
    pub(super) start: f64,
    /// The part of the budget that the checks have used, in seconds.
    pub(super) spent: f64,
    /// How many rounds are made at once.
    pub(super) lanes: usize,
}

impl Plan {
    /// Rounds before the first interim analysis. Fewer can hardly be significant.
    pub const FEWEST_ROUNDS: usize = 8;

    /// Most rounds of the first part; more would hardly narrow the interval.
    const MOST_ROUNDS: usize = 100;

    /// Rounds are shortened so that at least this many fit into the budget.
    const WANTED_ROUNDS: f64 = 14.0;

    /// How long a block should take: short, since pairs of blocks should meet the machine in the same state, which may
    /// change within a millisecond, but long enough for what the other side has left in the caches to count for little.
    const BLOCK: f64 = 3e-4;

    /// The shortest call to be stopped in the middle, in seconds. Shorter ones take turns by themselves.
    const STOPPED: f64 = 2e-3;

    /// Share of the time for the first part.
    const FIRST: f64 = 0.62;

    /// Rounds that are planned for the first part, in those that it probably has time for.
    const AMPLE: f64 = 1.5;

    pub(super) fn new(effort: &Effort, costs: Costs) -> Self {
        let call = costs.call.max(1e-9);
        let calls = (Self::BLOCK / call).round().max(1.0);
        let pair = 2.0 * calls * call;
        let lanes = costs.lanes.max(1) as f64;
        let start = lanes * costs.start;
        let left = (effort.budget.as_secs_f64() - costs.spent).max(0.0);
        // Rounds that measure about as long as their processes take to start are near the best that can be made of a
        // budget, whatever the shares of the noise between and within processes.
        let balanced = (1.5 * start / pair).clamp(6.0, 400.0);
        // Where there's little time, rounds are rather few than nearly all start.
        let affordable = ((lanes * left / Self::WANTED_ROUNDS - start) / pair).max(0.25 * start / pair);
        let pairs = balanced.min(affordable).max(1.0).floor();
        let round = start + (pairs + 1.0) * pair;
        let rounds =
            |share: f64| ((lanes * share * left / round) as usize).clamp(Self::FEWEST_ROUNDS, Self::MOST_ROUNDS);
        // A call that was tried in a slow moment must not cut the first part short: the clock ends it in time.
        let first = rounds(Self::AMPLE * Self::FIRST);
        Self {
            calls: calls as u64,
            each: timed_one_by_one(call),
            in_turns: costs.may_be_stopped && call >= Self::STOPPED,
            pairs: pairs as u32,
            rounds: first,
            more_rounds: rounds(1.0 - Self::FIRST),
        }
    }

    /// The numbers of rounds of the first part after which there is an interim analysis, ascending; the last is all of them.
    pub fn looks(&self) -> impl Iterator<Item = usize> {
        let next = |rounds: usize| (rounds + rounds.div_ceil(3)).min(self.rounds);
        let first = Self::FEWEST_ROUNDS.min(self.rounds);
        successors(Some(first), move |&rounds| (rounds < self.rounds).then(|| next(rounds)))
    }

    /// When the first part has to end though not all of its rounds are made, at that time for a round so far: what is left has to
    /// do for the fewest rounds of the second part. A neighbour that has turned up may have made rounds longer than planned.
    pub(super) fn end_of_first(effort: &Effort, spent: Duration, pace: Duration) -> Duration {
        let end = spent + effort.budget.saturating_sub(spent).mul_f64(Self::FIRST);
        end.min(effort.budget.saturating_sub(pace * Self::FEWEST_ROUNDS as u32))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plan(call: f64, start: f64) -> Plan {
        Plan::new(&Effort::THOROUGH, Costs { call, may_be_stopped: true, start, spent: 0.3, lanes: 2 })
    }

    #[test]
    fn a_function_of_ten_milliseconds_is_called_once_a_block() {
        let plan = plan(0.01, 0.08);
        assert_eq!((plan.calls, plan.pairs), (1, 12));
        assert!((30..50).contains(&plan.rounds) && plan.more_rounds >= 10, "{plan:?}");
    }

    #[test]
    fn a_fast_kernel_is_called_many_times_a_block() {
        let plan = plan(150e-6, 0.06);
        assert_eq!(plan.calls, 2);
        assert!(plan.pairs > 100 && plan.rounds > 30, "{plan:?}");
    }

    #[test]
    fn a_slow_function_has_fewer_pairs_and_few_rounds_but_enough() {
        let plan = plan(2.0, 0.2);
        assert_eq!((plan.calls, plan.pairs, plan.rounds, plan.more_rounds), (1, 1, 8, 8));
    }

    #[test]
    fn the_first_part_leaves_time_for_the_second_however_slow_rounds_have_become() {
        let end = |pace| Plan::end_of_first(&Effort::THOROUGH, Duration::from_secs(1), Duration::from_millis(pace));
        assert_eq!(end(100), Duration::from_millis(6_580));
        assert_eq!(end(1_000), Duration::from_secs(2));
        assert_eq!(end(5_000), Duration::ZERO);
    }

    #[test]
    fn looks_grow_by_a_third() {
        let plan = Plan { calls: 1, each: true, in_turns: false, pairs: 1, rounds: 27, more_rounds: 8 };
        assert_eq!(plan.looks().collect::<Vec<_>>(), [8, 11, 15, 20, 27]);
        let plan = Plan { rounds: 8, ..plan };
        assert_eq!(plan.looks().collect::<Vec<_>>(), [8]);
    }

    proptest! {
        #[test]
        fn there_is_always_something_to_measure(call in 1e-10..1e3f64, start in 0.0..10.0f64, spent in 0.0..30.0f64) {
            let plan = Plan::new(&Effort::QUICK, Costs { call, may_be_stopped: false, start, spent, lanes: 1 });
            prop_assert!(plan.calls >= 1 && plan.pairs >= 1);
            prop_assert!(plan.looks().last() == Some(plan.rounds) && plan.more_rounds >= Plan::FEWEST_ROUNDS);
        }
    }
}
