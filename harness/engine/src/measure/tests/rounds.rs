//! Who runs when.

use std::collections::{BTreeMap, BTreeSet};

use super::{Run, SIZE, blocks, seconds_in_round};
use crate::measure::{Effort, Planned, Session};
use crate::simulation::{Function, Machine, NORMAL, SILENT};

fn three() -> [(&'static str, Function); 3] {
    [("python", Function::taking(0.01)), ("library", Function::taking(0.005)), ("rust", Function::taking(0.002))]
}

#[test]
fn every_sweep_has_a_block_of_each_contender_in_an_order_of_its_own() {
    let mut run = Run::new(NORMAL, &three());
    let record = &run.measure();
    let places: Vec<(u32, u32)> = record.samples.iter().map(|sample| (sample.round, sample.sweep)).collect();
    assert!(places.is_sorted(), "blocks of a sweep aren't timed one after the other");
    let mut sweeps: BTreeMap<(u32, u32), Vec<&str>> = BTreeMap::new();
    for sample in &record.samples {
        sweeps.entry((sample.round, sample.sweep)).or_default().push(&sample.contender);
    }
    let all: BTreeSet<&str> = three().map(|(name, _)| name).into();
    assert!(sweeps.values().all(|order| order.len() == 3 && order.iter().copied().collect::<BTreeSet<_>>() == all));
    let orders: BTreeSet<&Vec<&str>> = sweeps.values().collect();
    assert_eq!(orders.len(), 6, "{orders:?}");
}

#[test]
fn the_seed_decides_on_orders_and_nothing_else_does() {
    let order = |machine: Machine, seed| {
        let mut run = Run::new(machine, &three());
        run.settings.seed = seed;
        let record = run.measure();
        record.samples.iter().map(|sample| (sample.contender.clone(), sample.cpu)).take(60).collect::<Vec<_>>()
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
fn who_is_far_slower_than_the_baseline_takes_part_in_every_round_but_not_in_every_sweep() {
    let functions = [("python", Function::taking(0.02)), ("slow", Function::taking(0.6))];
    let mut run = Run::new(NORMAL, &functions).with_effort(Effort::THOROUGH);
    let record = &run.measure();
    assert!(run.was_measured("slow"));
    let count = |contender| blocks(record, contender).count();
    assert!(count("slow") * 5 < count("python") * 3, "{} and {}", count("slow"), count("python"));
}

#[test]
fn what_uses_several_processors_has_all_of_them_and_the_others_one() {
    let mut run =
        Run::new(NORMAL, &[("python", Function::taking(0.01)), ("parallel", Function::taking(0.01).in_threads(0.5))]);
    let record = &run.measure();
    assert!(run.was_measured("parallel"));
    assert!(blocks(record, "parallel").all(|sample| sample.cpu.is_none()));
    assert!(blocks(record, "parallel").all(|sample| sample.cpu_ns.abs_diff(2 * sample.wall_ns) < 10));
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
        Session::new(&run.settings, &mut run.records, &|_, _| false, &mut |_| ()).measure(&planned);
    }
    let times = sizes.map(|size| seconds_in_round(run.records.get("w", size).unwrap(), "python", 0));
    assert!(times.windows(2).all(|pair| (pair[1] / pair[0] - 10.0).abs() < 0.01), "{times:?}");
}
