//! Counting the instructions of one benchmark of two sides, seed by seed.

use std::time::Duration;

use rand::RngExt;
use rustworthy_model::gate::Count;
use rustworthy_protocol::{Calibrated, CountOrder};

use super::event::{EventKind, Failed, Side};
use super::sides::{FirstCalls, Sides, of};
use crate::measure::schedule;
use crate::workers::{Failure, Laboratory, Worker};

/// Share of waiting in the time of a call from which a reader is told that it isn't seen.
const WORTH_A_REMARK: f64 = 0.25;

impl FirstCalls {
    /// What counting can't see of the contender, as first calls have shown: nothing, something beside what it sees, or more
    /// than a count could stand for.
    pub(super) fn unseen(&self) -> Option<EventKind> {
        let most = |of: fn(&Calibrated) -> Option<f64>| self.calibrated.iter().filter_map(of).fold(0.0, f64::max);
        if self.parallel {
            let share = most(|calibrated| calibrated.other_threads);
            let detail = format!(
                "other threads or processes take about {:.0}% of its processor time; gate its time",
                100.0 * share
            );
            return Some(EventKind::NotCounted { detail });
        }
        let waits = most(|calibrated| calibrated.waits);
        (waits >= WORTH_A_REMARK).then(|| EventKind::Remark {
            detail: format!("it waits for about {:.0}% of its time, of which instructions tell nothing", 100.0 * waits),
        })
    }

    /// How its calls are counted.
    pub(super) fn count_order(&self) -> CountOrder {
        order(self.calibrated.iter().map(|calibrated| calibrated.seconds).fold(0.0, f64::max))
    }
}

/// Calls that count take this long together when nothing counts them. Callgrind makes that half a second.
const COUNTED: Duration = Duration::from_millis(10);

/// Calls before take this long together.
const WARMING_UP: Duration = Duration::from_millis(20);

/// Fewest calls before. Python specialises what was called a few times, and code with a loop sooner.
const FEWEST_WARM_UPS: f64 = 3.0;

/// Most calls, by when Python has specialised what it will.
const MOST: f64 = 1024.0;

/// How calls are counted that take so many seconds. Powers of two, so that it hardly depends on how fast calls were tried.
fn order(call: f64) -> CountOrder {
    let calls = |time: Duration, fewest: f64| {
        let calls = (time.as_secs_f64() / call.max(1e-9)).clamp(fewest, MOST);
        (calls as u64).next_power_of_two()
    };
    CountOrder { warm_ups: calls(WARMING_UP, FEWEST_WARM_UPS), calls: calls(COUNTED, 1.0), memory: 0 }
}

impl<L: Laboratory> Sides<'_, L> {
    /// Counts the same calls in a fresh process of either side, with the seed of that number.
    pub(super) fn count(&self, order: CountOrder, number: u32) -> Result<Count, Failed> {
        let [_, workload] = self.paired.workloads;
        let [_, contender] = self.paired.contenders;
        let tasks = Side::BOTH.map(|side| move || self.count_one(side, order, number));
        let counted = self.settings.laboratory().at_once(self.settings.cpus.len(), tasks.into());
        let [old, new] = <[_; 2]>::try_from(counted).unwrap_or_else(|_| unreachable!("every task has one result"));
        Ok(Count {
            hash_seed: schedule::hash_seed(self.settings.seed, &workload.name, &contender.name, number),
            calls: order.calls,
            old: of(Side::Old, old)?,
            new: of(Side::New, new)?,
        })
    }

    fn count_one(&self, side: Side, order: CountOrder, number: u32) -> Result<u64, Failure> {
        let settings = &self.settings.sides[side as usize];
        let workers = settings.counting.as_ref().unwrap_or(&settings.workers);
        // The layout in memory is the seed's, and nothing is drawn beside.
        workers.confine_to(None);
        let (mut worker, _) = self.start_with(workers, side, number)?;
        // Not the same on both sides: what memory does to counts is to show as spread, never as a change.
        let name = if side == Side::Old { "old" } else { "new" };
        let drawn = &["memory", &self.paired.workloads[1].name, name];
        let memory = schedule::random(self.settings.seed, drawn, number).random();
        worker.count(CountOrder { memory, ..order })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_calls_are_few_and_short_ones_enough_to_be_specialised() {
        assert_eq!(order(0.01), CountOrder { warm_ups: 4, calls: 1, memory: 0 });
        assert_eq!(order(3.0), CountOrder { warm_ups: 4, calls: 1, memory: 0 });
        assert_eq!(order(1e-7), CountOrder { warm_ups: 1024, calls: 1024, memory: 0 });
    }
}
