//! Runs that are interrupted and go on.

use std::time::Duration;

use rustworthy_model::comparison::Stopped;

use super::{Run, SIZE, brief};
use crate::measure::{Event, EventKind, Records};
use crate::simulation::{Function, Input, Mishap, MishapTime, NORMAL};

fn functions() -> [(&'static str, Function); 3] {
    let bad = Function::taking(0.005).failing(MishapTime::AfterCalls(60), Mishap::IsKilled);
    [("python", Function::taking(0.01)), ("bad", bad), ("rust", Function::taking(0.002))]
}

fn run() -> Run {
    Run::new(NORMAL, &functions()).with_effort(brief())
}

/// Measures until the user interrupts.
fn interrupted(time: Duration) -> Run {
    let mut run = run();
    run.simulation.interrupt_at(time);
    run.measure();
    run
}

/// What a process begins with that reads the journal of another.
fn read_again(events: &[Event]) -> Records {
    let journal: Vec<String> = events.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
    let mut records = Records::default();
    journal.iter().for_each(|line| records.apply(&serde_json::from_str(line).unwrap()));
    records
}

/// Moments at which to interrupt a run, from the start of its first process to its last round.
fn moments() -> impl Iterator<Item = Duration> {
    (0..15).map(|moment| Duration::from_millis(1 + moment * 203))
}

#[test]
fn an_interruption_ends_a_run_at_once_and_keeps_what_there_is() {
    for moment in moments() {
        let run = interrupted(moment);
        assert_eq!(run.simulation.elapsed(), moment);
        assert_eq!(run.stopped(), Stopped::Interrupted, "{moment:?}");
        assert!(matches!(run.events.last().unwrap().kind, EventKind::Stopped { .. }));
        let samples = run.events.iter().filter(|event| matches!(event.kind, EventKind::Sample(_))).count();
        assert_eq!(run.record().samples.len(), samples);
        assert!(run.record().failures.keys().all(|failed| failed == "bad"), "{:?}", run.record().failures);
    }
    assert!(!interrupted(Duration::from_secs(3)).record().samples.is_empty());
}

#[test]
fn a_run_goes_on_from_its_journal_without_measuring_anything_twice() {
    for moment in moments() {
        let first = interrupted(moment);
        let mut second = run();
        second.records = read_again(&first.events);
        assert_eq!(second.record(), first.record(), "{moment:?}");
        second.measure();

        let (before, after) = (first.record(), second.record());
        assert_eq!(after.stopped, Some(Stopped::Budget), "{moment:?}");
        assert!(after.samples.starts_with(&before.samples), "{moment:?}");
        let mut more = after.samples[before.samples.len()..].iter();
        assert!(more.all(|sample| sample.round >= before.rounds), "{moment:?}: a round was measured twice");
        let again = |contender: &str| {
            second.events.iter().any(
                |event| matches!(&event.kind, EventKind::Checked { contender: checked, .. } if *checked == contender),
            )
        };
        // The baseline's output was in the folder of the first run.
        assert!(!["bad", "rust"].iter().any(|name| before.checks.contains_key(*name) && again(name)), "{moment:?}");
        assert!(!after.failures.contains_key("python") && after.rounds >= 3, "{moment:?}");
        assert!(
            ["python", "rust"].iter().all(|name| after.rounds_of(name) >= 3),
            "{moment:?}: too few for an interval"
        );
        assert_eq!(second.events.iter().filter(|event| matches!(event.kind, EventKind::Started { .. })).count(), 0);
    }
}

#[test]
fn a_workload_that_was_finished_is_not_measured_again() {
    let mut first = run();
    first.measure();
    let mut second = run();
    second.records = read_again(&first.events);
    assert_eq!(second.measure(), *first.record());
    assert_eq!((second.simulation.started(), second.events.len()), (0, 0));
}

#[test]
fn other_contenders_begin_anew() {
    let first = interrupted(Duration::from_secs(2));
    let mut second = Run::new(NORMAL, &functions()[..1]).with_effort(brief());
    second.records = read_again(&first.events);
    let record = &second.measure();
    assert_eq!(record.chosen, ["python"]);
    assert!(record.samples.iter().all(|sample| sample.contender == "python"));
    assert_eq!(record.samples.iter().map(|sample| sample.round).min(), Some(0));
}

#[test]
fn a_run_does_not_go_on_with_another_input() {
    let first = interrupted(Duration::from_secs(2));
    let mut second = run();
    second.records = read_again(&first.events);
    second.settings.workers = second.settings.workers.with_input(Input { version: 2, ..Input::default() });
    second.measure();
    let record = second.records.get("w", SIZE).unwrap();
    assert!(record.input_failure.as_ref().is_some_and(|failure| failure.to_string().contains("begin a new run")));
    assert_eq!((record.stopped, record.samples.len()), (Some(Stopped::Failed), first.record().samples.len()));
}
