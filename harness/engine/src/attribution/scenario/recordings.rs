//! Requests of all rounds of a scenario, by the mode in which the service was run.

use std::collections::{BTreeMap, BTreeSet};

use rustworthy_protocol::{Answered, Opened};

use super::mode::{Mode, ModeRun};
use crate::attribution::assembly::RowKind;
use rustworthy_attribution::{Function, Part, Request, Requests};

/// What was recorded of a scenario.
///
/// Functions of its requests are those that were watched; then come rows for the time that is no function's.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recordings {
    by_mode: BTreeMap<Mode, Requests>,
    /// By the number of the round, the number of its first request.
    first_of_round: BTreeMap<u32, u64>,
    failures: BTreeMap<String, u64>,
    statuses: BTreeMap<u16, u64>,
    /// For each function that is watched those within all of whose calls it was called, by their index.
    nested: Vec<Vec<usize>>,
    remarks: BTreeSet<String>,
}

impl Recordings {
    /// What whole rounds have recorded; nothing where functions weren't watched.
    pub fn of(runs: &[ModeRun]) -> Self {
        // All of them are known by the time of the rounds.
        let Some(named) = runs.iter().find(|run| run.mode == Mode::Watched) else { return Self::default() };
        let functions = functions(&named.opened);
        let mut sorted: Vec<&ModeRun> = runs.iter().collect();
        sorted.sort_by_key(|run| run.round);
        let mut recordings = Self::default();
        for ModeRun { round, first, mode, served, opened } in sorted {
            let requests = recordings
                .by_mode
                .entry(*mode)
                .or_insert_with(|| Requests { functions: functions.clone(), requests: Vec::new() });
            let watched = functions.len() - RowKind::OTHERS.len();
            requests.requests.extend(served.answered.iter().map(|answered| request(answered, *round, watched)));
            recordings.first_of_round.insert(*round, *first);
            recordings.remarks.extend(opened.remarks.iter().cloned());
            if *mode == Mode::Plain {
                for (message, requests) in &served.failures {
                    *recordings.failures.entry(message.clone()).or_default() += requests;
                }
                for (status, requests) in &served.statuses {
                    *recordings.statuses.entry(*status).or_default() += requests;
                }
            }
        }
        recordings.nested = nested(runs, functions.len() - RowKind::OTHERS.len());
        recordings.by_mode.retain(|_, requests| !requests.requests.is_empty());
        recordings
    }

    /// The requests of a mode in the order of their number; `None` where there are none.
    pub(super) fn get(&self, mode: Mode) -> Option<&Requests> {
        self.by_mode.get(&mode)
    }

    /// All modes that have requests.
    pub(super) fn modes(&self) -> impl Iterator<Item = (Mode, &Requests)> {
        self.by_mode.iter().map(|(mode, requests)| (*mode, requests))
    }

    /// The number of the first request of a round.
    pub(super) fn first_of(&self, round: u32) -> u64 {
        self.first_of_round.get(&round).copied().unwrap_or_default()
    }

    /// For each function that is watched those within all of whose calls it was called, by their index.
    pub(super) fn nested(&self) -> &[Vec<usize>] {
        &self.nested
    }

    /// What requests failed with in the service as it is, and how many.
    pub(super) fn failures(&self) -> impl Iterator<Item = (&str, u64)> {
        self.failures.iter().map(|(message, requests)| (message.as_str(), *requests))
    }

    /// Statuses of responses of the service as it is, and how many requests got each.
    pub(super) fn statuses(&self) -> impl Iterator<Item = (u16, u64)> {
        self.statuses.iter().map(|(status, requests)| (*status, *requests))
    }

    /// What could not be replaced or watched everywhere.
    pub(super) fn remarks(&self) -> impl Iterator<Item = &String> {
        self.remarks.iter()
    }
}

/// Functions that are watched, and rows for what isn't one.
fn functions(opened: &Opened) -> Vec<Function> {
    let watched = opened.watched.iter().flatten().map(|function| Function {
        name: function.name.clone(),
        file: function.file.clone(),
        line: function.line,
    });
    let others = RowKind::OTHERS.into_iter().filter_map(RowKind::name);
    watched.chain(others.map(|name| Function { name: name.to_owned(), file: None, line: None })).collect()
}

/// For each of the functions that are watched those within all of whose calls it was called in the service as it is.
fn nested(runs: &[ModeRun], watched: usize) -> Vec<Vec<usize>> {
    let as_it_is = runs.iter().filter(|run| run.mode == Mode::Watched).flat_map(|run| &run.served.answered);
    let mut callers: Vec<Option<u64>> = vec![None; watched];
    for spent in as_it_is.flat_map(|answered| &answered.spent) {
        if let Some(callers) = callers.get_mut(spent.function as usize) {
            *callers = Some(callers.unwrap_or(u64::MAX) & spent.callers);
        }
    }
    let others = |callers: Option<u64>| {
        let is_one = |&other: &usize| other < 64 && callers.unwrap_or_default() & (1 << other) != 0;
        (0..watched).filter(is_one).collect()
    };
    callers.into_iter().map(others).collect()
}

/// A request that was answered while so many functions were watched.
fn request(answered: &Answered, round: u32, watched: usize) -> Request {
    let row = |kind: RowKind| watched + RowKind::OTHERS.iter().position(|other| *other == kind).unwrap_or_default();
    let mut parts = Vec::with_capacity(answered.spent.len() + 1);
    let mut asleep_ns = 0;
    for spent in &answered.spent {
        asleep_ns += spent.asleep_ns;
        let function = spent.function as usize;
        parts.push(Part {
            // After the functions come the garbage collector, which has its row there, and the request itself.
            function: if function <= watched { function } else { row(RowKind::OtherFunctions) } as u32,
            calls: spent.calls,
            exclusive: seconds(spent.exclusive_ns as i64),
            inclusive: seconds(spent.inclusive_ns as i64),
            asleep: seconds(spent.asleep_inclusive_ns as i64),
        });
    }
    let gil_ns = answered.gil_ns.min(asleep_ns);
    let waits = [
        (RowKind::GilWait, gil_ns),
        (RowKind::LoopWait, answered.loop_ns),
        (RowKind::ExecutorWait, answered.executor_ns),
        (RowKind::Awaiting, answered.awaited_ns),
        (RowKind::Asleep, asleep_ns - gil_ns),
    ];
    for (kind, ns) in waits {
        if ns > 0 {
            let seconds = seconds(ns as i64);
            let function = row(kind) as u32;
            parts.push(Part { function, calls: 0, exclusive: seconds, inclusive: seconds, asleep: seconds });
        }
    }
    Request {
        round,
        arrival: seconds(answered.arrival_ns),
        start: seconds(answered.start_ns),
        end: seconds(answered.end_ns),
        cpu: seconds(answered.cpu_ns as i64),
        failed: answered.failed,
        parts,
        ..Request::default()
    }
}

fn seconds(ns: i64) -> f64 {
    ns as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use rustworthy_protocol::{Served, Spent, WatchedFunction};

    use super::*;

    fn spent(function: u32, exclusive_ns: u64, asleep_ns: u64) -> Spent {
        Spent { function, calls: 1, exclusive_ns, inclusive_ns: exclusive_ns, asleep_ns, ..Spent::default() }
    }

    fn run(round: u32, mode: Mode, answered: Vec<Answered>) -> ModeRun {
        let function = WatchedFunction { name: "m:f".to_owned(), file: None, line: None };
        let opened = Opened { watched: vec![Some(function)], remarks: vec!["kept in a tuple".to_owned()], cost_ns: 0 };
        let failures = vec![("ValueError".to_owned(), 1)];
        ModeRun {
            round,
            first: 10 * u64::from(round),
            mode,
            served: Served { answered, failures, ..Served::default() },
            opened,
        }
    }

    fn answered(spent: Vec<Spent>, gil_ns: u64) -> Answered {
        Answered {
            arrival_ns: 1_000_000_000,
            start_ns: 2_000_000_000,
            end_ns: 4_000_000_000,
            cpu_ns: 500_000_000,
            gil_ns,
            loop_ns: 0,
            executor_ns: 0,
            awaited_ns: 0,
            failed: false,
            spent,
        }
    }

    /// One function is watched, so that 1 is the garbage collector and 2 the request itself.
    #[test]
    fn what_is_no_functions_time_has_rows_of_its_own() {
        let all = vec![spent(0, 100, 70), spent(1, 20, 0), spent(2, 30, 10)];
        let recordings = Recordings::of(&[run(0, Mode::Watched, vec![answered(all, 50)])]);
        let requests = recordings.get(Mode::Watched).expect("one request");
        let names: Vec<&str> = requests.functions.iter().map(|function| function.name.as_str()).collect();
        let others = RowKind::OTHERS.into_iter().filter_map(RowKind::name);
        assert_eq!(names, ["m:f"].into_iter().chain(others).collect::<Vec<_>>());
        let request = &requests.requests[0];
        let exclusive =
            |name| requests.position(name).and_then(|row| request.part(row)).map(|part| (part.exclusive * 1e9).round());
        let rows = ["m:f", "(garbage collection)", "(waiting for the GIL)", "(asleep)", "(other functions)"];
        assert_eq!(rows.map(exclusive), [100.0, 20.0, 50.0, 30.0, 30.0].map(Some));
        assert_eq!((request.waiting(), request.service(), request.cpu), (1.0, 2.0, 0.5));
    }

    #[test]
    fn who_did_not_sleep_did_not_wait_for_the_gil() {
        let recordings = Recordings::of(&[run(0, Mode::Watched, vec![answered(vec![spent(0, 100, 0)], 50)])]);
        let request = &recordings.get(Mode::Watched).expect("one request").requests[0];
        assert_eq!(request.parts.len(), 1, "{request:?}");
    }

    #[test]
    fn rounds_come_in_order_and_modes_apart() {
        let one = || vec![answered(Vec::new(), 0)];
        let runs = [
            run(1, Mode::Plain, one()),
            run(0, Mode::Plain, one()),
            run(0, Mode::Watched, one()),
            run(0, Mode::Busy, Vec::new()),
        ];
        let recordings = Recordings::of(&runs);
        let rounds: Vec<u32> =
            recordings.get(Mode::Plain).expect("two").requests.iter().map(|request| request.round).collect();
        assert_eq!(rounds, [0, 1]);
        assert_eq!(recordings.modes().map(|(mode, _)| mode).collect::<Vec<_>>(), [Mode::Plain, Mode::Watched]);
        assert_eq!((recordings.first_of(0), recordings.first_of(1)), (0, 10));
        // Failures are those of the service as it is; what is remarked in every mode is remarked once.
        assert_eq!(recordings.failures().collect::<Vec<_>>(), [("ValueError", 2)]);
        assert_eq!(recordings.remarks().count(), 1);
    }

    #[test]
    fn without_a_whole_round_there_is_nothing() {
        assert_eq!(Recordings::of(&[run(0, Mode::Plain, vec![answered(Vec::new(), 0)])]), Recordings::default());
    }
}
