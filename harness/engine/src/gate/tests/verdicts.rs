//! What the gate says of projects whose truth is known, on machines of known noise.

use rustworthy_model::gate::BenchmarkVerdict;

use super::Gate;
use crate::simulation::{MACHINES, NORMAL};

#[test]
fn unchanged_code_is_not_called_changed_on_any_machine() {
    const RUNS: u64 = 6;
    let mut alarms = Vec::new();
    for machine in MACHINES {
        for seed in 0..RUNS {
            let mut gate = Gate::of_one(machine, seed, [0.01, 0.01]);
            gate.measure();
            let benchmark = gate.judge();
            if matches!(benchmark.verdict, BenchmarkVerdict::Regressed | BenchmarkVerdict::Improved) {
                alarms.push((machine.name, seed, benchmark.change));
            }
        }
    }
    // One in 200 is promised: of these 54 runs more than one would be a matter of 3 %.
    assert!(alarms.len() <= 1, "{alarms:?}");
}

#[test]
fn a_slowdown_by_a_tenth_is_found_on_every_machine() {
    const RUNS: u64 = 3;
    for machine in MACHINES {
        let found = (0..RUNS).filter(|&seed| {
            let mut gate = Gate::of_one(machine, seed, [0.01, 0.011]);
            gate.measure();
            gate.judge().verdict == BenchmarkVerdict::Regressed
        });
        assert_eq!(found.count() as u64, RUNS, "{}", machine.name);
    }
}

#[test]
fn a_slowdown_that_is_called_was_confirmed_by_rounds_of_its_own() {
    let mut gate = Gate::of_one(NORMAL, 1, [0.01, 0.013]);
    let record = &gate.measure();
    let plan = record.plan.clone().unwrap();
    assert!(record.in_second && record.first.len() < plan.rounds, "a clear change ends the first part early");
    let benchmark = gate.judge();
    assert_eq!(benchmark.verdict, BenchmarkVerdict::Regressed);
    let (change, confirmation) = (benchmark.change.unwrap(), benchmark.confirmation.unwrap());
    assert!(
        [change, confirmation].iter().all(|found| (found.estimate - 0.3).abs() < 0.05),
        "{change:?} {confirmation:?}"
    );
}

#[test]
fn a_speedup_is_an_improvement() {
    let mut gate = Gate::of_one(NORMAL, 1, [0.01, 0.008]);
    gate.measure();
    assert_eq!(gate.judge().verdict, BenchmarkVerdict::Improved);
}
