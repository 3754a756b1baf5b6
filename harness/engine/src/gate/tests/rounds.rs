//! Rounds, and when there are enough of them.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use super::{Gate, to_the_end};
use crate::gate::{Effort, Next, Plan, Side};
use crate::simulation::{Function, Input, MACHINES, NORMAL, SILENT};

#[test]
fn the_budget_is_kept_on_every_machine() {
    for machine in MACHINES {
        for seconds in [4, 12] {
            let budget = Duration::from_secs(seconds);
            let mut gate = Gate::of_one(machine, 1, [0.01, 0.01]);
            gate.settings.effort = Effort { budget };
            let record = &gate.measure_with(&to_the_end);
            let (name, rounds) = (machine.name, record.rounds().count());
            assert!(record.first.len() >= Plan::FEWEST_ROUNDS && record.in_second, "{name}: {rounds} rounds");
            assert!(gate.elapsed() < budget.mul_f64(1.1), "{name}: {:?} of {budget:?}", gate.elapsed());
            assert!(gate.elapsed() > budget.mul_f64(0.5), "{name}: {:?} of {budget:?}", gate.elapsed());
        }
    }
}

#[test]
fn what_takes_longer_than_the_budget_has_the_fewest_rounds_in_both_parts() {
    let mut gate = Gate::of_one(NORMAL, 1, [3.0, 3.0]);
    let record = &gate.measure_with(&to_the_end);
    assert_eq!((record.first.len(), record.second.len()), (Plan::FEWEST_ROUNDS, Plan::FEWEST_ROUNDS));
}

#[test]
fn both_sides_have_as_many_blocks_in_pairs_on_one_processor() {
    let mut gate = Gate::of_one(SILENT, 1, [0.01, 0.012]);
    let record = &gate.measure_with(&to_the_end);
    let plan = record.plan.clone().unwrap();
    for round in record.rounds() {
        assert_eq!((round.pairs.len(), round.calls), (plan.pairs as usize, plan.calls));
        assert!(round.cpu.is_some() && round.pairs.iter().all(|&[old, new]| old.abs_diff(10_000_000) < 9 && new > old));
        assert!(round.peak_memory.iter().all(Option::is_some));
    }
}

#[test]
fn two_processors_make_two_rounds_at_a_time() {
    let rounds = |cpus: &[usize]| {
        let mut gate = Gate::of_one(NORMAL, 1, [0.01, 0.01]);
        gate.settings.cpus = cpus.to_vec();
        gate.settings.effort = Effort { budget: Duration::from_secs(10) };
        let record = &gate.measure_with(&to_the_end);
        let used: BTreeSet<_> = record.rounds().map(|round| round.cpu).collect();
        (record.rounds().map(|round| round.pairs.len()).sum::<usize>(), used)
    };
    let ((one, alone), (two, paired)) = (rounds(&[3]), rounds(&[3, 5]));
    assert_eq!(alone, [Some(3)].into());
    assert_eq!(paired, [Some(3), Some(5)].into());
    assert!(two as f64 > 1.4 * one as f64, "{one} pairs on one processor, {two} on two");
}

#[test]
fn what_uses_several_processors_has_all_of_them_one_round_after_the_other() {
    let parallel = [("f", Function::taking(0.01).in_threads(0.5))];
    let mut gate = Gate::new(NORMAL, 1, [&parallel, &parallel]);
    let record = &gate.measure_with(&to_the_end);
    assert!(record.rounds().count() >= 2 * Plan::FEWEST_ROUNDS && record.rounds().all(|round| round.cpu.is_none()));
}

#[test]
fn the_verdict_is_asked_for_after_planned_rounds_alone() {
    let asked = RefCell::new(Vec::new());
    let mut gate = Gate::of_one(SILENT, 1, [0.01, 0.01]);
    let record = &gate.measure_with(&|paired, record| {
        asked.borrow_mut().push((record.first.len(), record.second.len(), record.first_over));
        to_the_end(paired, record)
    });
    let plan = record.plan.clone().unwrap();
    let asked = asked.into_inner();
    let (last, before) = asked.split_last().unwrap();
    let looks: Vec<_> = plan.looks().filter(|&look| look < last.0).map(|look| (look, 0, false)).collect();
    assert_eq!(before, looks);
    assert_eq!((last.0, last.1, last.2), (record.first.len(), 0, true));
}

#[test]
fn it_ends_when_it_is_decided() {
    let mut gate = Gate::of_one(SILENT, 1, [0.01, 0.01]);
    let record = &gate.measure_with(&|_, _| Next::End);
    assert_eq!((record.first.len(), record.second.len()), (Plan::FEWEST_ROUNDS, 0));
    assert!(!record.first_over && gate.ended() == Some(false));
}

#[test]
fn a_second_part_may_begin_before_the_first_is_over() {
    let mut gate = Gate::of_one(SILENT, 1, [0.01, 0.01]);
    let record = &gate.measure_with(&|_, _| Next::SecondPart);
    let plan = record.plan.clone().unwrap();
    assert_eq!((record.first.len(), record.second.len()), (Plan::FEWEST_ROUNDS, plan.more_rounds));
    assert!(!record.first_over);
}

#[test]
fn the_input_is_made_once_for_all_contenders_of_a_workload() {
    let functions = [("f", Function::taking(0.01)), ("g", Function::taking(0.01)), ("h", Function::taking(0.01))];
    let mut gate = Gate::new(SILENT, 1, [&functions, &functions[..2]]);
    for side in &mut gate.settings.sides {
        side.workers = side.workers.clone().with_input(Input { raises: true, ..Input::default() });
    }
    gate.measure_with(&to_the_end);
    assert_eq!(gate.simulation.started(), 1);
    assert!(["f", "g"].iter().all(|contender| gate.record(contender).failures.contains_key(&Side::Old)));
    assert!(gate.records.get("w", "h").is_none(), "the new revision doesn't have it");
}
