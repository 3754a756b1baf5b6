//! What telemetry says of one switch, in all processes together.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rustworthy_model::rollout::{Breaker, Difference, TimesOf, Trip, Unshadowed};
use rustworthy_stats::{Both, Confidence, Sums, rare_rate, ratio_of_means, trials_without_event};

use super::histogram::{Histogram, change};
use super::line::{CountLine, Counts, Event, EventLine, Times};
use super::rules::Grounds;

const SECONDS_PER_DAY: f64 = 86_400.0;

/// Seconds below which the pace of calls says nothing about a day.
const SHORTEST_PACE: f64 = 60.0;

/// Ends in the candidate, one after another, that are taken for deaths, as by the package.
const MOST_ENDS: u64 = 3;

/// What is known of a switch.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    pub(super) counts: Counts,
    pub(super) function: Option<String>,
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
    pub(super) first_difference: Option<Difference>,
    /// Processes that have ended in the candidate, for all that is known without a crash.
    pub(super) ended_within: u64,
    trips: BTreeMap<Trip, u64>,
    answers: Vec<Both>,
    pairs: Vec<Both>,
    python_requests: Histogram,
    rust_requests: Histogram,
}

impl Evidence {
    pub(super) fn add_event(&mut self, line: EventLine) {
        match line.event {
            Event::Breaker { why } => *self.trips.entry(why).or_default() += 1,
            Event::Difference { path, why, arguments } => {
                let Some(at) = time(line.at) else { return };
                if self.first_difference.as_ref().is_none_or(|first| at < first.at) {
                    self.first_difference = Some(Difference { at, path, why, arguments });
                }
            }
        }
    }

    pub(super) fn add_counts(&mut self, line: &CountLine) {
        self.counts.add(&line.counts);
        if self.function.is_none() {
            self.function.clone_from(&line.function);
        }
        if let (Some(from), Some(to)) = (time(line.from), time(line.to)) {
            self.first = Some(self.first.map_or(from, |first| first.min(from)));
            self.last = Some(self.last.map_or(to, |last| last.max(to)));
        }
        // Of calls that are all answered by one side nothing can be learned by comparison.
        if line.mode.ends_with('%') {
            self.answers.push(Both { above: sums(&line.python_times), below: sums(&line.rust_times), products: 0.0 });
            self.python_requests.add(&line.python_requests.buckets);
            self.rust_requests.add(&line.rust_requests.buckets);
        }
        let (above, below) = (sums(&line.pairs.python), sums(&line.pairs.rust));
        self.pairs.push(Both { above, below, products: line.pairs.products });
    }

    pub(super) fn unshadowed(&self) -> Unshadowed {
        let Counts { uncopyable, suspended, busy, impure, .. } = self.counts;
        Unshadowed { uncopyable, suspended, busy, impure }
    }

    /// A process has died in the candidate, whether or not an event tells of it.
    pub(super) fn add_death(&mut self) {
        self.trips.entry(Trip::Died).or_insert(1);
    }

    /// So many processes have ended in the candidate one after another, and for all that is known didn't crash.
    pub(super) fn add_ends(&mut self, ends: u64) {
        self.ended_within = self.ended_within.saturating_add(ends);
        if self.ended_within >= MOST_ENDS {
            self.add_death();
        }
    }

    pub(super) fn breakers(&self) -> Vec<Breaker> {
        self.trips.iter().map(|(&why, &times)| Breaker { why, times }).collect()
    }

    /// What the verdict rests on.
    pub(super) fn grounds(&self, confidence: Confidence, bound: f64) -> Grounds {
        let counts = &self.counts;
        let compared = counts.equal.saturating_add(counts.different);
        let unseen = counts.unchecked.saturating_add(counts.uncopyable).saturating_add(counts.impure);
        let answers = ratio_of_means(&self.answers, confidence).map(|speedup| (speedup, TimesOf::Answers));
        let speedup =
            answers.or_else(|| ratio_of_means(&self.pairs, confidence).map(|speedup| (speedup, TimesOf::Shadow)));
        let more = trials_without_event(bound, confidence).saturating_sub(compared);
        Grounds {
            compared,
            different: counts.different,
            failed: counts.failed.saturating_sub(counts.raised_alike),
            has_died: self.trips.contains_key(&Trip::Died),
            hangs: self.trips.contains_key(&Trip::Hangs),
            unseen: if unseen == 0 { 0.0 } else { unseen as f64 / (unseen as f64 + compared as f64) },
            more,
            days: self.per_day(compared).map(|per_day| more as f64 / per_day),
            bound,
            difference_rate: rare_rate(counts.different, compared, confidence),
            speedup: speedup.map(|(speedup, _)| speedup),
            speedup_of: speedup.map(|(_, of)| of),
            p99_change: change(&self.rust_requests, &self.python_requests, 0.99, confidence),
        }
    }

    /// Compared calls a day at the pace so far.
    fn per_day(&self, compared: u64) -> Option<f64> {
        let seconds = self.last?.duration_since(self.first?).as_secs_f64();
        (seconds >= SHORTEST_PACE && compared > 0).then(|| compared as f64 / seconds * SECONDS_PER_DAY)
    }
}

fn time(seconds: f64) -> Option<Timestamp> {
    let milliseconds = seconds * 1e3;
    // Beyond that no time can be written down.
    (milliseconds.abs() < 1e15).then(|| Timestamp::from_millisecond(milliseconds as i64).ok()).flatten()
}

fn sums(times: &Times) -> Sums {
    Sums { number: times.n as f64, total: times.sum, squares: times.squares }
}
