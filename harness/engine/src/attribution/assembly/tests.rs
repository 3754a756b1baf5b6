//! Results of constructed requests, of which the right answer is known.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;
use rustworthy_model::attribution::{Attribution, Function as Row, Kind, NamedSpeedup, Speedup};
use rustworthy_model::{Estimate, Run as Header};
use rustworthy_protocol::Judgement;

use super::*;
use crate::sound::contradictions;
use rustworthy_attribution::Queue;
use rustworthy_attribution::{Function, Part, Request, Requests};

/// What each request spends in `parse`, in `render` that calls it, in pauses for garbage collection and in what has no row.
#[derive(Clone, Copy)]
struct Spent {
    parse: f64,
    render: f64,
    collection: f64,
    other: f64,
}

impl Spent {
    /// Usual requests take 1 s; of twenty one takes 3 s, for its rendering.
    fn usual(index: usize) -> Self {
        let render = if index % 20 == 7 { 2.3 } else { 0.3 };
        Self { parse: 0.5, render, collection: 0.1, other: 0.1 }
    }

    fn all(self) -> f64 {
        self.parse + self.render + self.collection + self.other
    }

    fn parts(self) -> Vec<Part> {
        let part = |function, calls, exclusive, inclusive| Part { function, calls, exclusive, inclusive, asleep: 0.0 };
        let row = |kind| 2 + RowKind::OTHERS.iter().position(|other| *other == kind).expect("a row") as u32;
        let mut parts = vec![
            part(0, 2, self.parse, self.parse),
            part(1, 1, self.render, self.render + self.parse),
            part(row(RowKind::GarbageCollection), 1, self.collection, self.collection),
            part(row(RowKind::OtherFunctions), 0, self.other, self.all()),
        ];
        parts.retain(|part| part.inclusive > 0.0);
        parts
    }
}

/// Requests to one server, two of which come every 2.5 s.
fn served(number: usize, spent: impl Fn(usize) -> Spent) -> Requests {
    let mut free = 0.0_f64;
    let request = |index: usize| {
        let spent = spent(index);
        let arrival = 2.5 * (index / 2) as f64;
        let start = free.max(arrival);
        free = start + spent.all();
        Request { arrival, start, end: free, cpu: spent.all(), parts: spent.parts(), ..Request::default() }
    };
    let function = |name: &str| Function { name: name.to_owned(), file: None, line: None, waits: false };
    let others = RowKind::OTHERS.into_iter().filter_map(RowKind::name);
    Requests {
        functions: ["m:parse", "m:render"].into_iter().chain(others).map(function).collect(),
        requests: (0..number).map(request).collect(),
    }
}

/// What a scenario knows of requests to so many servers.
fn measured(requests: &Requests, servers: u32) -> Evidence<'_> {
    Evidence {
        plain: requests,
        timed: requests,
        rows: [RowKind::Python, RowKind::Python].into_iter().chain(RowKind::OTHERS).collect(),
        nested: Vec::new(),
        serving: Serving {
            on_one_loop: false,
            servers,
            queue: Queue { servers: servers as usize, waking: 0.0 },
            recorded: requests,
            others: None,
        },
        most_candidates: usize::MAX,
        speedups: BTreeMap::new(),
        migration: None,
        delay: None,
    }
}

fn header() -> Header {
    Header {
        id: String::new(),
        started: Timestamp::UNIX_EPOCH,
        finished: None,
        command: Vec::new(),
        seed: 1,
        confidence: 0.95,
        complete: true,
    }
}

fn result(evidence: &Evidence<'_>) -> Attribution {
    assemble(evidence, "api".to_owned(), header(), &Analysis::default())
}

/// The result of the same requests if they were those of a trace.
fn traced(requests: &Requests) -> Attribution {
    let Ok(found) = of_paths(requests, &BTreeMap::new(), ("api".to_owned(), header()), &Analysis::default());
    found
}

fn row<'a>(result: &'a Attribution, name: &str) -> &'a Row {
    result.functions.iter().find(|row| row.name == name).unwrap_or_else(|| panic!("no {name}: {result:#?}"))
}

fn near(left: f64, right: f64) -> bool {
    (left - right).abs() < 1e-9
}

#[test]
fn rows_hold_what_requests_spent() {
    let requests = served(1_000, Spent::usual);
    let found = result(&measured(&requests, 1));
    let parse = row(&found, "m:parse");
    assert_eq!((parse.kind, parse.calls_per_request), (Kind::Python, Some(2.0)));
    assert!(near(parse.seconds_per_request, 0.5) && near(parse.inclusive_per_request, 0.5), "{parse:?}");
    // One of twenty takes 2 s more.
    let render = row(&found, "m:render");
    assert!(near(render.seconds_per_request, 0.4) && near(render.inclusive_per_request, 0.9), "{render:?}");
    let cpu = |row: &Row| row.cpu_share.expect("it uses the processor").estimate;
    assert!(near(cpu(parse), 0.5 / 1.1) && near(cpu(render), 0.4 / 1.1), "{found:#?}");
    let shares = found.functions.iter().filter_map(|row| row.share_of_p99).map(|share| share.estimate);
    let waiting = found.waiting.share_of_p99.expect("there are enough requests").estimate;
    assert!(waiting > 0.0 && near(shares.sum::<f64>() + waiting, 1.0), "{found:#?}");
    // 2.2 s of every 2.5 s.
    assert!(found.utilization.is_some_and(|share| (share.estimate - 0.88).abs() < 0.01), "{:?}", found.utilization);
    assert_eq!(found.instrumentation_overhead.map(|overhead| overhead.estimate), Some(0.0));
}

#[test]
fn rows_that_are_no_functions_come_last_and_are_not_called() {
    let requests = served(1_000, Spent::usual);
    let names = |servers| {
        let found = result(&measured(&requests, servers));
        assert!(found.functions[2..].iter().all(|row| row.calls_per_request.is_none() && row.what_if.is_empty()));
        assert!(found.bands.iter().all(|band| band.functions.len() == found.functions.len()));
        found.functions.into_iter().map(|row| row.name).collect::<Vec<_>>()
    };
    // Rendering makes the tail.
    let rows = ["m:render", "m:parse", "(garbage collection)", "(other functions)", "(asleep)"];
    assert_eq!(names(1), rows);
    // Only several servers wait for the GIL.
    assert_eq!(names(2).len(), rows.len() + 1);
    assert!(names(2).contains(&"(waiting for the GIL)".to_owned()));
}

#[test]
fn a_trace_has_the_same_rows_and_nothing_of_servers() {
    let requests = served(1_000, Spent::usual);
    let of_scenario = result(&measured(&requests, 1));
    let found = traced(&requests);
    assert_eq!((&found.latency, &found.distribution), (&of_scenario.latency, &of_scenario.distribution));
    for function in ["m:parse", "m:render"] {
        let (one, other) = (row(&found, function), row(&of_scenario, function));
        assert_eq!(one.share_of_p99, other.share_of_p99);
        assert_eq!(one.excess, other.excess);
        assert_eq!(one.seconds_per_request, other.seconds_per_request);
    }
    assert!(found.functions.iter().all(|row| row.cpu_share.is_none()));
    assert_eq!((found.utilization, found.instrumentation_overhead, found.waiting.share_of_p99), (None, None, None));
    assert!(found.model.accepted && found.model.error_p99.is_none(), "{:?}", found.model);
    // Where nothing is known to wait, saving all of a function saves its own time and no more.
    let infinite = row(&found, "m:render").what_if.last().expect("it is a candidate");
    assert!(infinite.load.is_none() && infinite.p99_change.estimate >= -2.3 / 3.0 - 1e-9, "{infinite:?}");
}

/// Requests of one span each, as a trace has them, the first of which came long before the others.
fn of_one_span(nanos: impl Iterator<Item = i64>) -> Requests {
    let request = |(index, nanos): (usize, i64)| {
        let arrival = if index == 0 { 0.0 } else { 80_000.0 + 0.37 * index as f64 };
        let seconds = nanos as f64 / 1e9;
        let part = Part { function: index as u32 % 2, calls: 1, exclusive: seconds, inclusive: seconds, asleep: 0.0 };
        Request { arrival, start: arrival, end: arrival + seconds, parts: vec![part], ..Request::default() }
    };
    let function = |name: &str| Function { name: name.to_owned(), file: None, line: None, waits: false };
    Requests { functions: ["a", "b"].map(function).to_vec(), requests: nanos.enumerate().map(request).collect() }
}

#[test]
fn nothing_is_left_of_a_request_whose_only_function_takes_no_time() {
    let mut requests = of_one_span((0..2_000).map(|index| 1_000 + 7 * index));
    requests.requests.iter_mut().for_each(|request| request.parts[0].function = 0);
    let found = traced(&requests);
    let infinite = row(&found, "a").what_if.last().expect("it is a candidate");
    let nothing = Estimate::exactly(0.0);
    assert_eq!((infinite.p50, infinite.p99, infinite.p99_change), (nothing, nothing, Estimate::exactly(-1.0)));
    assert_eq!(row(&found, "b").what_if.last().map(|what_if| what_if.p99_change.estimate), Some(0.0));
}

#[test]
fn requests_that_take_no_time_do_so_for_certain() {
    let requests = of_one_span((0..2_000).map(|_| 0));
    let found = traced(&requests);
    assert!(found.model.accepted, "{:?}", found.model);
    assert_eq!((found.latency.p50, found.latency.p99), (Some(Estimate::exactly(0.0)), Some(Estimate::exactly(0.0))));
    assert_eq!(row(&found, "a").what_if[0].p99_change, Estimate::exactly(0.0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn no_estimate_is_outside_of_its_interval_and_no_share_more_than_all(
        times in prop::collection::vec((0.0..1e-3_f64, 0.0..1e-3_f64, prop::bool::weighted(0.05)), 1_000..1_100),
        nanos in prop::collection::vec(prop::sample::select(vec![0, 1, 999, 1_001, 123_456_789]), 1_000..1_100),
        servers in 1..3_u32,
    ) {
        let spent = |index: usize| {
            let (parse, render, is_slow) = times[index];
            Spent { parse, render: if is_slow { 2.0 } else { render }, collection: 0.0, other: parse / 3.0 }
        };
        let served = served(times.len(), spent);
        let one_span = of_one_span(nanos.into_iter());
        for result in [result(&measured(&served, servers)), traced(&one_span)] {
            let found = contradictions(&serde_json::to_value(result).unwrap());
            prop_assert!(found.is_empty(), "{found:?}");
        }
    }
}

#[test]
fn too_few_requests_are_refused_and_nothing_is_projected() {
    let requests = served(999, Spent::usual);
    let found = result(&measured(&requests, 1));
    assert_eq!(found.refused.and_then(|refused| refused.requests_needed), Some(1_000));
    assert!(found.model.accepted && found.latency.p99.is_none());
    assert!(found.sets.is_empty() && found.functions.iter().all(|row| row.what_if.is_empty()));
}

#[test]
fn a_queue_that_does_not_explain_what_was_observed_projects_nothing() {
    let requests = served(1_000, Spent::usual);
    let faster = served(1_000, |index| Spent { parse: 0.1, ..Spent::usual(index) });
    let migration = Migration {
        functions: vec!["m:parse".to_owned()],
        equivalence: Some(&Judgement::Equal),
        plain: &faster,
        timed: &faster,
    };
    // With two servers hardly anything would have waited.
    let found = result(&Evidence { migration: Some(migration), ..measured(&requests, 2) });
    assert!(!found.model.accepted && found.model.reason.is_some_and(|reason| reason.contains("GIL")));
    assert!(found.sets.is_empty() && found.functions.iter().all(|row| row.what_if.is_empty()));
    let migrated = found.migrated.expect("it was measured");
    assert!(migrated.projected.is_none() && migrated.measured.is_some() && migrated.error_p99.is_none());
}

#[test]
fn where_requests_wait_much_for_their_loop_nothing_is_projected_though_the_replay_is_right() {
    let place = |kind| 2 + RowKind::OTHERS.iter().position(|other| *other == kind).expect("a row") as u32;
    let (from, to) = (place(RowKind::OtherFunctions), place(RowKind::LoopWait));
    let found = |wait: f64| {
        let mut requests = served(1_000, |index| Spent { other: wait, ..Spent::usual(index) });
        for part in requests.requests.iter_mut().flat_map(|request| &mut request.parts) {
            part.function = if part.function == from { to } else { part.function };
        }
        let mut evidence = measured(&requests, 1);
        evidence.serving.on_one_loop = true;
        let found = result(&evidence);
        assert!(found.functions.iter().all(|row| row.name != "(waiting for the GIL)"), "{found:#?}");
        assert_eq!(row(&found, "(waiting for the event loop)").kind, Kind::Waiting);
        assert!(near(found.model.error_p99.expect("it's replayed"), 0.0), "{:?}", found.model);
        (found.model.accepted, !row(&found, "m:parse").what_if.is_empty(), found.model.reason.expect("one"))
    };
    let (accepted, projected, reason) = found(0.2);
    assert!(!accepted && !projected && reason.contains("waiting for the event loop makes"), "{reason}");
    let (accepted, projected, reason) = found(0.01);
    assert!(accepted && projected && reason == "first come, first served by one event loop with 1 places", "{reason}");
}

#[test]
fn every_function_is_asked_about_with_every_speedup() {
    let requests = served(1_000, Spent::usual);
    let found = result(&measured(&requests, 1));
    for function in ["m:parse", "m:render"] {
        let speedups: Vec<Speedup> = row(&found, function).what_if.iter().map(|what_if| what_if.speedup).collect();
        assert_eq!(speedups, Analysis::default().speedups, "{function}");
    }
    assert_eq!(found.sets[0].functions, ["m:render"]);
    // Only the largest of them, where no more are wanted.
    let few = result(&Evidence { most_candidates: 1, ..measured(&requests, 1) });
    assert!(row(&few, "m:parse").what_if.is_empty() && row(&few, "m:render").what_if.len() == 3);
    assert!(few.sets.iter().all(|set| set.functions == ["m:render"]));
}

#[test]
fn a_function_with_a_measured_speedup_goes_with_all_that_it_calls() {
    let requests = served(1_000, Spent::usual);
    let speedup = Estimate { estimate: 4.0, low: 3.0, high: 5.0 };
    let speedups = BTreeMap::from([("m:render".to_owned(), speedup)]);
    let alone = result(&measured(&requests, 1));
    let found = result(&Evidence { speedups, ..measured(&requests, 1) });
    let what_if = &row(&found, "m:render").what_if;
    assert_eq!(what_if[0].speedup, Speedup::Named(NamedSpeedup::Measured));
    assert!(what_if[0].cpu_saved.low < what_if[0].cpu_saved.high, "{:?}", what_if[0]);
    let saved = |result: &Attribution, index: usize| row(result, "m:render").what_if[index].cpu_saved.estimate;
    // All of it: 0.4 s by itself, 0.9 s with what it calls, of 1.1 s.
    assert!(near(saved(&alone, 2), 0.4 / 1.1) && near(saved(&found, 3), 0.9 / 1.1), "{found:#?}");
}

#[test]
fn functions_that_get_no_faster_are_not_chosen() {
    let requests = served(1_000, Spent::usual);
    let mut native = measured(&requests, 1);
    native.rows[1] = RowKind::Native;
    let found = result(&native);
    assert_eq!(row(&found, "m:render").kind, Kind::Native);
    assert!(!found.sets.is_empty() && found.sets.iter().all(|set| set.functions == ["m:parse"]), "{:?}", found.sets);
    // Nobody calls `parse` any more once `render` is replaced: its time is part of what that gains.
    let replaced = served(1_000, |index| Spent { parse: 0.0, render: 0.1, ..Spent::usual(index) });
    let migration = Migration {
        functions: vec!["m:render".to_owned()],
        equivalence: Some(&Judgement::Equal),
        plain: &replaced,
        timed: &replaced,
    };
    let found = result(&Evidence { migration: Some(migration), ..measured(&requests, 1) });
    assert!(!found.sets.is_empty() && found.sets.iter().all(|set| set.functions == ["m:render"]), "{:?}", found.sets);
}

#[test]
fn a_migration_is_projected_as_it_was_measured() {
    let requests = served(1_000, Spent::usual);
    let replaced = served(1_000, |index| Spent { render: 0.2, ..Spent::usual(index) });
    let evidence = |equivalence| Evidence {
        migration: Some(Migration {
            functions: vec!["m:render".to_owned(), "m:unknown".to_owned()],
            equivalence: Some(equivalence),
            plain: &replaced,
            timed: &replaced,
        }),
        ..measured(&requests, 1)
    };
    let migrated = result(&evidence(&Judgement::Equal)).migrated.expect("it was measured");
    assert_eq!(migrated.equivalence, "equal");
    // From 0.9 s to 0.7 s.
    assert!(migrated.speedups[0].is_some_and(|speedup| near(speedup.estimate, 0.9 / 0.7)), "{migrated:?}");
    assert_eq!(migrated.speedups[1], None);
    let errors = [migrated.error_p50, migrated.error_p99].map(|error| error.expect("both are known"));
    assert!(errors.iter().all(|error| error.abs() < 1e-6), "{migrated:?}");

    let different = Judgement::Different("call 3".to_owned());
    let migrated = result(&evidence(&different)).migrated.expect("it was measured");
    assert_eq!(migrated.equivalence, "different: call 3");
    assert!(migrated.projected.is_some() && migrated.measured.is_none() && migrated.error_p99.is_none());
}

#[test]
fn a_delay_is_found_where_it_was_added() {
    let requests = served(1_000, Spent::usual);
    // 0.02 s at each of two calls.
    let delayed = served(1_000, |index| Spent { parse: 0.54, ..Spent::usual(index) });
    let delay =
        |function: &str| Some(Delay { function: function.to_owned(), seconds: 0.02, plain: &delayed, timed: &delayed });
    let injected =
        result(&Evidence { delay: delay("m:parse"), ..measured(&requests, 1) }).injected.expect("it was measured");
    assert!(near(injected.expected, 0.04) && near(injected.found, 0.04), "{injected:?}");
    let errors = [injected.error_p50, injected.error_p99].map(|error| error.expect("both are known"));
    assert!(errors.iter().all(|error| error.abs() < 1e-6), "{injected:?}");
    assert_eq!(result(&Evidence { delay: delay("m:unknown"), ..measured(&requests, 1) }).injected, None);
}

#[test]
fn a_service_of_which_nothing_is_known_has_an_empty_result() {
    let found = unknown("file".to_owned(), header());
    assert_eq!((found.scenario.as_str(), found.requests, found.model.accepted), ("file", 0, false));
    let row = unmeasured(Function { name: "f".to_owned(), file: None, line: Some(3), waits: false }, Kind::Python);
    assert_eq!((row.line, row.calls_per_request, row.share_of_p50), (Some(3), None, None));
}
