//! Requests of all rounds of a scenario, by the mode in which the service was run.

use std::collections::{BTreeMap, BTreeSet};

use rustworthy_protocol::{Answered, Opened};

use super::mode::{Mode, ModeRun};
use super::stretches::Stretches;
use crate::attribution::assembly::RowKind;
use rustworthy_attribution::{Function, Part, Request, Requests};

/// What was recorded of a scenario.
///
/// Functions of its requests are those that were watched; then come stretches that the service names itself, and rows for the
/// time that is no function's.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recordings {
    by_mode: BTreeMap<Mode, Requests>,
    /// By the number of the round, the number of its first request.
    first_of_round: BTreeMap<u32, u64>,
    failures: BTreeMap<String, u64>,
    statuses: BTreeMap<u16, u64>,
    /// For each function that is watched those within all of whose calls it was called, by their index.
    nested: Vec<Vec<usize>>,
    stretches: Stretches,
    remarks: BTreeSet<String>,
}

impl Recordings {
    /// What whole rounds have recorded; nothing where functions weren't watched.
    pub fn of(runs: &[ModeRun]) -> Self {
        // All of them are known by the time of the rounds.
        let Some(named) = runs.iter().find(|run| run.mode == Mode::Watched) else { return Self::default() };
        let mut sorted: Vec<&ModeRun> = runs.iter().collect();
        sorted.sort_by_key(|run| run.round);
        let mut recordings = Self { stretches: Stretches::of(&sorted), ..Self::default() };
        let functions = functions(&named.opened, &recordings.stretches);
        let watched = functions.len() - recordings.stretches.len() - RowKind::OTHERS.len();
        for ModeRun { round, first, mode, served, opened } in sorted {
            let requests = recordings
                .by_mode
                .entry(*mode)
                .or_insert_with(|| Requests { functions: functions.clone(), requests: Vec::new() });
            let rows = Rows { watched, stretches: &recordings.stretches, names: &served.stretches };
            requests.requests.extend(served.answered.iter().map(|answered| rows.request(answered, *round)));
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
        recordings.nested = nested(runs, watched);
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

    /// How many stretches there are that the service names itself.
    pub(super) fn stretches(&self) -> usize {
        self.stretches.len()
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

/// Functions that are watched, stretches, and rows for what is neither.
fn functions(opened: &Opened, stretches: &Stretches) -> Vec<Function> {
    let watched = opened.watched.iter().flatten().map(|function| Function {
        name: function.name.clone(),
        file: function.file.clone(),
        line: function.line,
        waits: false,
    });
    let others = RowKind::OTHERS.into_iter().filter_map(RowKind::name).map(str::to_owned);
    let others = stretches.rows().chain(others);
    watched.chain(others.map(|name| Function { name, file: None, line: None, waits: false })).collect()
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

/// Which row what a request spent is in.
struct Rows<'a> {
    /// How many functions are watched.
    watched: usize,
    stretches: &'a Stretches,
    /// Names of stretches as the process that answered has numbered them.
    names: &'a [String],
}

impl Rows<'_> {
    /// The row of what isn't a function.
    fn other(&self, kind: RowKind) -> usize {
        let place = RowKind::OTHERS.iter().position(|other| *other == kind).unwrap_or_default();
        self.watched + self.stretches.len() + place
    }

    /// The row of what the process gave that number: after the functions come the garbage collector, the request itself, and
    /// stretches.
    fn row(&self, number: usize) -> usize {
        match number.checked_sub(self.watched) {
            None => number,
            Some(0) => self.other(RowKind::GarbageCollection),
            Some(1) => self.other(RowKind::OtherFunctions),
            Some(stretch) => match self.names.get(stretch - 2).and_then(|name| self.stretches.position(name)) {
                Some(place) => self.watched + place,
                None => self.other(RowKind::OtherFunctions),
            },
        }
    }

    /// A request that was answered.
    fn request(&self, answered: &Answered, round: u32) -> Request {
        let mut parts = Vec::with_capacity(answered.spent.len() + 1);
        let mut asleep_ns = 0;
        for spent in &answered.spent {
            asleep_ns += spent.asleep_ns;
            parts.push(Part {
                function: self.row(spent.function as usize) as u32,
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
                let function = self.other(kind) as u32;
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

    /// Processes number stretches as they come to them.
    #[test]
    fn stretches_have_rows_by_their_names_after_the_functions() {
        let named = |names: [&str; 2], round| {
            let spent = vec![spent(0, 100, 0), spent(2, 30, 0), spent(3, 7, 0)];
            let mut run = run(round, Mode::Watched, vec![answered(spent, 0)]);
            run.served.stretches = names.map(str::to_owned).into();
            run
        };
        let recordings = Recordings::of(&[named(["parse", "unused"], 0), named(["fetch", "parse"], 1)]);
        let requests = recordings.get(Mode::Watched).expect("two requests");
        let names: Vec<&str> = requests.functions.iter().map(|function| function.name.as_str()).collect();
        assert_eq!(names[..4], ["m:f", "(span parse)", "(span fetch)", "(garbage collection)"]);
        assert_eq!((names.len(), recordings.stretches()), (3 + RowKind::OTHERS.len(), 2));
        let exclusive = |request: usize, row| requests.requests[request].part(row).map(|part| part.exclusive * 1e9);
        let near = |found: Option<f64>, expected: f64| (found.unwrap_or_default() - expected).abs() < 1e-6;
        let others = names.len() - 1;
        assert!(near(exclusive(0, 1), 7.0) && exclusive(0, 2).is_none(), "{requests:?}");
        assert!(near(exclusive(1, 2), 7.0) && exclusive(1, 1).is_none(), "{requests:?}");
        assert!(near(exclusive(0, others), 30.0) && near(exclusive(0, 0), 100.0), "{requests:?}");
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
