//! Contenders that fail, hang or differ, and baselines and inputs that do.

use std::time::Duration;

use rustworthy_model::comparison::Stopped;
use rustworthy_protocol::Judgement;

use super::{Run, blocks, brief};
use crate::simulation::{Function, Input, Mishap, MishapTime, NORMAL, Output};
use crate::workers::Failure;

const MISHAPS: [Mishap; 6] =
    [Mishap::Raises, Mishap::IsKilled, Mishap::Exits, Mishap::Disconnects, Mishap::RunsOutOfMemory, Mishap::Hangs];

/// In its import, its first call, its calibration, its first and a later round.
const MOMENTS: [MishapTime; 5] = [
    MishapTime::Import,
    MishapTime::AfterCalls(0),
    MishapTime::AfterCalls(1),
    MishapTime::AfterCalls(8),
    MishapTime::AfterCalls(150),
];

/// Most that a call may take.
const TIMEOUT: Duration = Duration::from_secs(2);

fn good() -> Function {
    Function::taking(0.005)
}

fn run(functions: super::Functions<'_>) -> Run {
    let mut run = Run::new(NORMAL, functions).with_effort(brief());
    run.workload.contenders.iter_mut().for_each(|contender| contender.limits.timeout = TIMEOUT);
    run
}

fn is_of(failure: &Failure, mishap: Mishap) -> bool {
    match mishap {
        Mishap::Raises => matches!(failure, Failure::Raised(_)),
        Mishap::IsKilled => matches!(failure, Failure::Killed { .. }),
        Mishap::Exits => matches!(failure, Failure::Exited { .. }),
        Mishap::Disconnects => matches!(failure, Failure::Disconnected),
        Mishap::RunsOutOfMemory => matches!(failure, Failure::OutOfMemory { .. }),
        Mishap::Hangs => matches!(failure, Failure::TimedOut { limit, .. } if *limit >= TIMEOUT),
    }
}

#[test]
fn a_contender_that_fails_drops_out_while_the_others_are_measured_on() {
    for mishap in MISHAPS {
        for moment in MOMENTS {
            let mut run = run(&[("python", good()), ("bad", good().failing(moment, mishap)), ("rust", good())]);
            let record = &run.measure();
            let failure = record.failures.get("bad").unwrap_or_else(|| panic!("{mishap:?} {moment:?} isn't seen"));
            assert!(is_of(failure, mishap), "{mishap:?} {moment:?}: {failure:?}");
            assert_eq!((record.failures.len(), record.stopped), (1, Some(Stopped::Budget)), "{mishap:?} {moment:?}");
            assert!(run.was_measured("python") && run.was_measured("rust"), "{mishap:?} {moment:?}");
            assert!(record.rounds >= 3);
            let last = run.events.iter().rposition(|event| matches!(&event.kind, super::EventKind::Failed { .. }));
            let of_bad = |event: &super::Event| matches!(&event.kind, super::EventKind::Sample(sample) if sample.contender == "bad");
            assert!(!run.events[last.unwrap()..].iter().any(of_bad), "{mishap:?} {moment:?}: it was tried again");
        }
    }
}

#[test]
fn what_was_timed_before_a_failure_is_kept() {
    let failing = good().failing(MishapTime::AfterCalls(150), Mishap::IsKilled);
    let mut run = run(&[("python", good()), ("bad", failing)]);
    let record = &run.measure();
    let calls: u64 = blocks(record, "bad").map(|block| block.calls).sum();
    assert!((50..150).contains(&calls), "{calls} calls");
}

#[test]
fn one_that_hangs_takes_no_more_than_its_timeout() {
    let hanging = |moment| {
        let mut run = run(&[("python", good()), ("bad", good().failing(moment, Mishap::Hangs))]);
        run.measure();
        run.simulation.elapsed()
    };
    // Importing and a call may take the timeout, a block of calls two seconds more.
    for (moment, longest) in [(MishapTime::Import, 2), (MishapTime::AfterCalls(0), 2), (MishapTime::AfterCalls(8), 4)] {
        let most = brief().budget + Duration::from_secs(longest);
        assert!(hanging(moment) < most.mul_f64(1.1), "{moment:?}: {:?}", hanging(moment));
    }
}

#[test]
fn one_that_needs_more_memory_than_it_may_have_has_failed() {
    let mut run = run(&[("python", good()), ("large", good().holding(3 << 30))]);
    run.workload.contenders[1].limits.memory = 1 << 30;
    let record = &run.measure();
    assert!(matches!(record.failures["large"], Failure::OutOfMemory { limit, .. } if limit == 1 << 30));
    assert!(run.was_measured("python"));
}

#[test]
fn one_that_gives_something_else_is_measured_all_the_same() {
    for output in [Output::Same(7), Output::DifferentByProcess] {
        let mut run = run(&[("python", good()), ("wrong", good().giving(output)), ("rust", good())]);
        let record = &run.measure();
        assert!(matches!(record.checks["wrong"].verdict, Judgement::Different(_)));
        assert!(matches!(record.second_thoughts["wrong"], Judgement::Different(_)));
        assert_eq!(record.checks["rust"].verdict, Judgement::Equal);
        assert!(run.was_measured("wrong") && run.was_measured("rust") && record.flaw.is_none());
    }
}

#[test]
fn a_baseline_that_differs_from_itself_is_told_and_all_are_measured() {
    let mut run = run(&[("python", good().giving(Output::DifferentByProcess)), ("rust", good())]);
    let record = &run.measure();
    assert!(record.flaw.is_some() && record.failures.is_empty());
    assert!(run.was_measured("python") && run.was_measured("rust"));
}

#[test]
fn without_a_baseline_the_others_are_timed_and_held_against_nothing() {
    for moment in [MishapTime::Import, MishapTime::AfterCalls(0), MishapTime::AfterCalls(1)] {
        let mut run =
            run(&[("python", good().failing(moment, Mishap::IsKilled)), ("rust", good().giving(Output::Same(7)))]);
        let record = &run.measure();
        assert_eq!(record.failures.keys().collect::<Vec<_>>(), ["python"], "{moment:?}");
        assert_eq!(record.checks["rust"].verdict, Judgement::Equal);
        assert!(record.rounds >= 3 && record.stopped == Some(Stopped::Budget));
        assert!(blocks(record, "rust").count() > 0 && record.verified.is_empty());
    }
}

#[test]
fn when_all_have_failed_measuring_has() {
    let mut run = run(&[
        ("python", good().failing(MishapTime::AfterCalls(200), Mishap::Exits)),
        ("rust", good().failing(MishapTime::AfterCalls(100), Mishap::Raises)),
    ]);
    run.measure();
    assert_eq!((run.stopped(), run.record().failures.len()), (Stopped::Failed, 2));
    assert!(!run.record().samples.is_empty());
}

#[test]
fn without_an_input_nothing_is_measured() {
    let mut run = run(&[("python", good()), ("rust", good())]);
    run.settings.workers = run.settings.workers.with_input(Input { raises: true, ..Input::default() });
    let record = &run.measure();
    assert!(matches!(record.input_failure, Some(Failure::Raised(_))));
    assert!(record.checks.is_empty() && record.samples.is_empty());
    assert_eq!((run.stopped(), run.simulation.started()), (Stopped::Failed, 1));
}

#[test]
fn an_input_that_cannot_be_pickled_is_measured_all_the_same() {
    let mut run = run(&[("python", good()), ("rust", good())]);
    run.settings.workers = run.settings.workers.with_input(Input { pickled: false, ..Input::default() });
    let record = &run.measure();
    assert!(record.input.as_ref().is_some_and(|input| !input.pickled) && record.failures.is_empty());
    assert!(run.was_measured("python") && run.was_measured("rust"));
}
