//! When it's enough.

use std::cell::RefCell;
use std::time::Duration;

use rustworthy_model::comparison::{Settled, Stopped};

use super::{Run, blocks, brief};
use crate::measure::{Effort, Planned, Record};
use crate::simulation::{Function, MACHINES, NORMAL, SILENT};

fn functions() -> [(&'static str, Function); 3] {
    [("python", Function::taking(0.03)), ("library", Function::taking(0.01)), ("rust", Function::taking(0.001))]
}

#[test]
fn the_budget_is_kept_on_every_machine() {
    for machine in MACHINES {
        for seconds in [3, 20] {
            let budget = Duration::from_secs(seconds);
            let mut run = Run::new(machine, &functions()).with_effort(Effort::THOROUGH.with_budget(budget));
            run.measure();
            let (name, elapsed) = (machine.name, run.simulation.elapsed());
            assert_eq!(run.stopped(), Stopped::Budget, "{name}");
            assert!(elapsed <= budget.mul_f64(1.1), "{name}: {elapsed:?} of {budget:?}");
            let rounds = run.record().rounds;
            assert!(elapsed > budget.mul_f64(0.6) || rounds == run.settings.effort.most_rounds, "{name}: {elapsed:?}");
        }
    }
}

#[test]
fn what_takes_longer_than_the_budget_is_measured_in_three_rounds() {
    let mut run = Run::new(NORMAL, &[("python", Function::taking(5.0)), ("rust", Function::taking(1.0))]);
    let record = &run.measure();
    assert_eq!((record.rounds, record.stopped), (Effort::FEWEST_ROUNDS, Some(Stopped::Budget)));
    assert!(run.was_measured("python") && run.was_measured("rust"));
}

#[test]
fn there_are_no_more_rounds_than_planned_however_much_time_is_left() {
    let effort = Effort { budget: Duration::from_secs(1000), most_rounds: 7, ..Effort::QUICK };
    let mut run = Run::new(SILENT, &functions()).with_effort(effort);
    assert_eq!(run.measure().rounds, 7);
    assert_eq!(run.stopped(), Stopped::Budget);
}

#[test]
fn it_ends_once_all_are_settled_and_asks_that_after_planned_rounds_alone() {
    let asked = RefCell::new(Vec::new());
    let effort = Effort { budget: Duration::from_secs(1000), ..Effort::THOROUGH };
    let mut run = Run::new(NORMAL, &functions()).with_effort(effort);
    run.measure_until(&|planned: &Planned<'_>, record: &Record| {
        assert_eq!(planned.contenders.len(), 3);
        asked.borrow_mut().push(record.rounds);
        let settled = |name: &str| (name.to_owned(), Settled::Precise);
        match record.rounds {
            5 => vec![settled("library")],
            12 => vec![settled("rust")],
            _ => Vec::new(),
        }
    });
    assert_eq!((run.stopped(), run.record().rounds), (Stopped::Precision, 12));
    assert_eq!(*asked.borrow(), [3, 5, 8, 12]);
    let rounds = |name| blocks(run.record(), name).map(|sample| sample.round).max();
    assert_eq!(["python", "library", "rust"].map(rounds), [Some(11), Some(4), Some(11)]);
}

#[test]
fn every_round_has_turns_of_everyone() {
    let mut run = Run::new(SILENT, &functions()).with_effort(brief());
    let record = &run.measure();
    let turns =
        |round| record.samples.iter().filter(|sample| sample.round == round && sample.contender == "rust").count();
    assert!(record.rounds > 3 && turns(0) >= 2, "{} rounds of {} turns", record.rounds, turns(0));
    assert!(
        (1..record.rounds).all(|round| turns(round).abs_diff(turns(0)) <= 1),
        "the machine is as fast in every round"
    );
}
