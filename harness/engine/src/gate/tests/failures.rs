//! Sides that fail, and what can't be compared.

use std::time::Duration;

use super::{Gate, to_the_end};
use crate::gate::{EventKind, Side};
use crate::simulation::{Function, Input, Mishap, MishapTime, NORMAL, Output};
use crate::workers::Failure;

fn good() -> Function {
    Function::taking(0.01)
}

/// Two revisions of one function, with a timeout of two seconds.
fn gate(old: Function, new: Function) -> Gate {
    let mut gate = Gate::new(NORMAL, 1, [&[("f", old)], &[("f", new)]]);
    let contenders = gate.workloads.iter_mut().flat_map(|workload| &mut workload.contenders);
    contenders.for_each(|contender| contender.limits.timeout = Duration::from_secs(2));
    gate
}

#[test]
fn a_side_that_fails_ends_its_benchmark_at_once() {
    for mishap in [Mishap::Raises, Mishap::IsKilled, Mishap::Exits, Mishap::RunsOutOfMemory, Mishap::Hangs] {
        for moment in
            [MishapTime::Import, MishapTime::AfterCalls(0), MishapTime::AfterCalls(1), MishapTime::AfterCalls(100)]
        {
            let bad = good().failing(moment, mishap);
            for (side, mut gate) in [(Side::Old, gate(bad.clone(), good())), (Side::New, gate(good(), bad))] {
                let record = &gate.measure_with(&to_the_end);
                assert_eq!(record.failures.keys().collect::<Vec<_>>(), [&side], "{mishap:?} {moment:?}");
                assert!(!record.interrupted && !record.in_second);
                assert_eq!(record.plan.is_some(), moment == MishapTime::AfterCalls(100));
                assert_eq!(gate.ended(), Some(false));
                let failed = |kind: &EventKind| matches!(kind, EventKind::Failed { .. });
                assert_eq!(gate.events.iter().rev().position(|event| failed(&event.kind)), Some(1), "{mishap:?}");
            }
        }
    }
}

#[test]
fn the_next_benchmark_is_measured_after_one_that_failed() {
    let functions = [("bad", good().failing(MishapTime::AfterCalls(100), Mishap::IsKilled)), ("f", good())];
    let mut gate = Gate::new(NORMAL, 1, [&functions, &functions]);
    let record = &gate.measure_with(&to_the_end);
    assert!(record.failures.is_empty() && record.in_second);
    assert_eq!(gate.record("bad").failures.len(), 1);
}

#[test]
fn sides_with_other_inputs_are_not_compared() {
    let mut gate = gate(good(), good());
    let [_, new] = &mut gate.settings.sides;
    new.workers = new.workers.clone().with_input(Input { version: 2, ..Input::default() });
    let record = &gate.measure_with(&to_the_end);
    assert!(record.input_changed.is_some() && record.plan.is_none() && record.rounds().count() == 0);
}

#[test]
fn an_input_that_cannot_be_made_is_the_failure_of_its_side() {
    let mut gate = gate(good(), good());
    let [old, _] = &mut gate.settings.sides;
    old.workers = old.workers.clone().with_input(Input { raises: true, ..Input::default() });
    let record = &gate.measure_with(&to_the_end);
    assert!(matches!(&record.failures[&Side::Old], Failure::Raised(why) if why.contains("while making the input")));
}

#[test]
fn another_output_is_reported_and_measured() {
    let record = |old, new| gate(old, new).measure_with(&to_the_end);
    let changed = record(good(), good().giving(Output::Same(7)));
    assert!(changed.output_changed.is_some() && changed.output_unchecked.is_none() && changed.in_second);
    let unstable = good().giving(Output::DifferentByProcess);
    let unchecked = record(unstable.clone(), unstable.giving(Output::Same(7)));
    assert!(unchecked.output_changed.is_none() && unchecked.in_second);
    assert!(unchecked.output_unchecked.unwrap().contains("differs from process to process"));
}

#[test]
fn an_interruption_ends_a_gate_at_once_and_keeps_what_there_is() {
    for moment in (0..30).map(|moment| Duration::from_millis(1 + moment * 130)) {
        let mut gate = gate(good(), good());
        gate.simulation.interrupt_at(moment);
        let record = &gate.measure_with(&to_the_end);
        assert!(record.interrupted && record.failures.is_empty(), "{moment:?}: {:?}", record.failures);
        let rounds = gate.events.iter().filter(|event| matches!(event.kind, EventKind::Round(_))).count();
        assert_eq!(record.rounds().count(), rounds, "{moment:?}");
        assert_eq!((gate.ended(), gate.elapsed()), (Some(true), moment));
    }
}
