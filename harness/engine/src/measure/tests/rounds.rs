//! Who runs when.

use std::collections::{BTreeMap, BTreeSet};

use rustworthy_model::comparison::Scheme;

use super::{Run, SIZE, blocks, seconds_in_round};
use crate::measure::{Effort, EventKind, Planned, Record, Session};
use crate::simulation::{Function, Machine, NORMAL, SILENT, Shape};

fn three() -> [(&'static str, Function); 3] {
    [("python", Function::taking(0.01)), ("library", Function::taking(0.005)), ("rust", Function::taking(0.002))]
}

/// Calls so short that turns end with them.
fn short() -> [(&'static str, Function); 3] {
    [("python", Function::taking(0.001)), ("library", Function::taking(5e-4)), ("rust", Function::taking(2e-4))]
}

#[test]
fn contenders_take_turns_evenly_the_baseline_twice_as_often_in_an_order_of_its_own() {
    let mut run = Run::new(NORMAL, &short());
    let record = &run.measure();
    assert!(record.samples.is_sorted_by_key(|sample| sample.round));
    let mut orders = BTreeSet::new();
    for round in 0..record.rounds {
        let order: Vec<&str> = record
            .samples
            .iter()
            .filter(|sample| sample.round == round)
            .map(|sample| sample.contender.as_str())
            .collect();
        let count = |of: &[&str], name| of.iter().filter(|turn| **turn == name).count();
        for part in (0..order.len()).map(|end| &order[..end]) {
            let [python, library, rust] = ["python", "library", "rust"].map(|name| count(part, name));
            assert!(library.abs_diff(rust) <= 1 && python.abs_diff(2 * library) <= 2, "{part:?}");
        }
        orders.insert(order);
    }
    assert_eq!(orders.len(), record.rounds as usize);
}

#[test]
fn long_calls_meet_the_machine_at_the_same_speeds_as_short_ones() {
    let functions = [("python", Function::taking(0.3)), ("rust", Function::taking(0.001))];
    let of_two_speeds = Machine { shape: Shape::TwoSpeeds, ..SILENT };
    let mut run = Run::new(of_two_speeds, &functions).with_effort(Effort::THOROUGH);
    let record = &run.measure();
    assert!(blocks(record, "python").all(|sample| sample.latencies.iter().map(|(_, count)| count).sum::<u64>() > 0));
    for round in 0..record.rounds {
        let [python, rust] = ["python", "rust"].map(|name| seconds_in_round(record, name, round));
        assert!((python / rust / 300.0).ln().abs() < 0.15, "{python} and {rust}: speeds are 1.6 apart");
    }
}

#[test]
fn who_waits_makes_whole_calls_in_a_window_with_the_baseline_alone() {
    let functions = [
        ("python", Function::taking(0.02)),
        ("rust", Function::taking(0.002)),
        ("http", Function::taking(0.02).waiting(0.5)),
    ];
    let mut run = Run::new(NORMAL, &functions);
    let record = &run.measure();
    assert!(run.was_measured("http"));
    let windows = |name| blocks(record, name).map(|sample| sample.window).collect::<BTreeSet<_>>();
    assert_eq!([windows("python"), windows("rust"), windows("http")], [[0, 1].into(), [0].into(), [1].into()]);
    assert!(blocks(record, "http").all(|sample| sample.own_ns > sample.cpu_ns));
}

#[test]
fn who_waits_in_later_calls_alone_is_noticed_and_makes_whole_calls_from_then_on() {
    let functions = [("python", Function::taking(0.02)), ("later", Function::taking(0.03).waiting_later(0.5))];
    let mut run = Run::new(NORMAL, &functions).with_effort(Effort::THOROUGH);
    let record = &run.measure();
    let noticed = run.events.iter().filter(|event| matches!(event.kind, EventKind::Waits { .. })).count();
    assert_eq!((noticed, record.scheme("later")), (1, Some(Scheme::WholeCalls)));
    assert!(blocks(record, "later").count() > 0 && blocks(record, "later").all(|sample| sample.window == 1));
    assert_eq!(record.scheme("python"), Some(Scheme::Turns));
}

#[test]
fn with_a_baseline_that_waits_all_are_in_its_window() {
    let functions = [("python", Function::taking(0.02).waiting(0.5)), ("rust", Function::taking(0.002))];
    let mut run = Run::new(NORMAL, &functions);
    let record = &run.measure();
    assert!(run.was_measured("python") && run.was_measured("rust"));
    assert!(record.samples.iter().all(|sample| sample.window == 1));
}

#[test]
fn the_seed_decides_on_orders_and_nothing_else_does() {
    let order = |machine: Machine, seed| {
        let mut run = Run::new(machine, &short());
        run.settings.seed = seed;
        let record = run.measure();
        record.samples.iter().map(|sample| (sample.contender.clone(), sample.cpu)).take(12).collect::<Vec<_>>()
    };
    assert_eq!(order(NORMAL, 1), order(SILENT, 1));
    assert_ne!(order(NORMAL, 1), order(NORMAL, 2));
}

#[test]
fn a_round_stays_on_one_processor_and_the_next_goes_to_another() {
    let mut run = Run::new(NORMAL, &three());
    let record = &run.measure();
    let mut cpus: BTreeMap<u32, BTreeSet<Option<usize>>> = BTreeMap::new();
    for sample in &record.samples {
        cpus.entry(sample.round).or_default().insert(sample.cpu);
    }
    assert!(cpus.values().all(|cpus| cpus.len() == 1), "{cpus:?}");
    assert_eq!(cpus.values().flatten().collect::<BTreeSet<_>>().len(), 2, "{cpus:?}");
}

#[test]
fn comparing_within_a_round_takes_drift_out_of_the_ratio() {
    let drifting = Machine { drift: 0.05, ..SILENT };
    let mut run = Run::new(drifting, &three());
    let record = &run.measure();
    let times =
        |contender| (0..record.rounds).map(|round| seconds_in_round(record, contender, round)).collect::<Vec<_>>();
    let (python, library) = (times("python"), times("library"));
    assert!(python.last().unwrap() / python[0] > 1.2, "the machine didn't drift: {python:?}");
    for (python, library) in python.iter().zip(library) {
        assert!((python / library / 2.0 - 1.0).abs() < 0.01, "{python} and {library}");
    }
}

#[test]
fn who_is_far_slower_than_the_others_takes_part_in_every_round_all_the_same() {
    let functions = [("python", Function::taking(0.02)), ("slow", Function::taking(0.6))];
    let mut run = Run::new(NORMAL, &functions);
    let record = &run.measure();
    assert!(run.was_measured("slow") && run.was_measured("python"));
    assert!(blocks(record, "slow").all(|sample| sample.calls == 1));
}

#[test]
fn what_uses_several_processors_has_all_of_them_and_the_others_one() {
    let mut run =
        Run::new(NORMAL, &[("python", Function::taking(0.01)), ("parallel", Function::taking(0.01).in_threads(0.5))]);
    let record = &run.measure();
    assert!(run.was_measured("parallel"));
    assert!(blocks(record, "parallel").all(|sample| sample.cpu.is_none()));
    assert!(blocks(record, "parallel").all(|sample| sample.cpu_ns.abs_diff(2 * sample.own_ns) < 10));
    assert!(blocks(record, "python").all(|sample| sample.cpu.is_some()));
}

#[test]
fn contenders_that_do_not_fit_into_memory_together_are_measured_apart_each_with_the_baseline() {
    let large = |seconds| Function::taking(seconds).holding(300 << 20);
    let mut run = Run::new(NORMAL, &[("python", large(0.01)), ("library", large(0.005)), ("rust", large(0.002))]);
    run.settings.memory = 700 << 20;
    let record = &run.measure();
    let mut rounds: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
    for sample in &record.samples {
        rounds.entry(sample.round).or_default().insert(&sample.contender);
    }
    let groups = [BTreeSet::from(["python", "library"]), BTreeSet::from(["python", "rust"])];
    assert!(rounds.len() >= 6);
    assert!(rounds.iter().all(|(&round, group)| *group == groups[round as usize % 2]), "{rounds:?}");
}

#[test]
fn calls_that_are_too_short_for_the_clock_are_timed_one_by_one_once_a_round() {
    let mut run = Run::new(NORMAL, &[("python", Function::taking(1e-4)), ("rust", Function::taking(1e-6))]);
    let record = &run.measure();
    for round in 0..record.rounds {
        let of = |contender| {
            record.samples.iter().filter(move |sample| sample.contender == contender && sample.round == round)
        };
        assert_eq!(of("rust").filter(|sample| sample.latencies_only).count(), 1);
        assert_eq!(of("python").filter(|sample| sample.latencies_only).count(), 0);
        assert!(of("python").all(|sample| !sample.latencies.is_empty()));
        assert!(of("rust").filter(|sample| !sample.latencies_only).all(|sample| sample.latencies.is_empty()));
    }
}

#[test]
fn every_size_of_a_sweep_has_a_record_of_its_own() {
    let functions = [("python", Function::taking(1e-5).growing(1.0)), ("rust", Function::taking(2e-6).growing(1.0))];
    let mut run = Run::new(SILENT, &functions);
    run.settings.effort = Effort::QUICK.shared_by(3);
    let contenders: Vec<_> = run.workload.contenders.iter().collect();
    let sizes = [10, 100, SIZE];
    for size in sizes {
        let planned = Planned { workload: &run.workload, size, size_name: None, contenders: contenders.clone() };
        Session::new(&run.settings, &mut run.records, &|_: &Planned<'_>, _: &Record| Vec::new(), &mut |_| ())
            .measure(&planned);
    }
    let times = sizes.map(|size| seconds_in_round(run.records.get("w", size).unwrap(), "python", 0));
    assert!(times.windows(2).all(|pair| (pair[1] / pair[0] - 10.0).abs() < 0.01), "{times:?}");
}
