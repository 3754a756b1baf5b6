//! What switches in production have recorded, in place of guesses.

use jiff::Timestamp;
use rustworthy_model::decision::{InProduction, Note};
use rustworthy_model::rollout::{self, Switch, TimesOf};

use super::*;

/// A switch of the function that the workload `validate` stands for, over so many days.
fn switch(function: &str, days: i64, different: u64) -> Switch {
    let first = Timestamp::UNIX_EPOCH;
    let (verdict, reasons) = match different {
        0 => (rollout::Verdict::Promote, vec![rollout::Reason::Equal { calls: 10_000 }]),
        calls => (rollout::Verdict::RollBack, vec![rollout::Reason::Different { calls }]),
    };
    Switch {
        name: "validate".into(),
        function: Some(function.into()),
        calls: 1_000_000,
        answered_by_rust: 0,
        shadowed: 10_000,
        equal: 10_000 - different,
        different,
        unchecked: 0,
        failed: 0,
        raised_alike: 0,
        fell_back: 0,
        passed: 0,
        unshadowed: Default::default(),
        ended_within: 0,
        breakers: Vec::new(),
        first_difference: None,
        first: Some(first),
        last: Some(first + jiff::SignedDuration::from_hours(24 * days)),
        difference_rate: Estimate { estimate: 0.0, low: 0.0, high: 3e-4 },
        speedup: Some(Estimate { estimate: 3.0, low: 2.9, high: 3.1 }),
        speedup_of: Some(TimesOf::Shadow),
        p99_change: None,
        verdict,
        reasons,
    }
}

fn decided_by(known: &Known, switches: &[Switch]) -> Decided {
    let project = project(&known.manifest);
    let workloads = known.comparison.iter().flat_map(|comparison| &comparison.workloads);
    let measured = Measured {
        project: &project,
        workloads: workloads.map(|workload| (workload, 0.95)).collect(),
        attributions: known.attribution.iter().collect(),
        boundaries: Vec::new(),
        switches,
        asked: Asked::default(),
    };
    decide(&measured, &Terms::of(&project), &[])
}

fn in_production(candidate: &Candidate) -> Option<InProduction> {
    reasons(candidate).into_iter().find_map(|reason| match reason {
        Reason::InProduction(found) => Some(found),
        _ => None,
    })
}

#[test]
fn calls_are_those_that_were_counted_once_that_was_for_a_day() {
    let known = named("clear win");
    for (days, expected) in [(10, Some(1_000_000.0 * 365.25 / 120.0)), (0, None)] {
        let found = decided_by(&known, &[switch("service:validate", days, 0)]).candidates.remove(0);
        let told = in_production(&found).expect("a reason");
        assert_eq!((told.calls_per_month, told.compared), (expected, 10_000), "{found:#?}");
        assert_eq!(found.verdict, Verdict::Migrate, "{found:#?}");
    }
}

#[test]
fn what_production_rolls_back_is_not_migrated_to() {
    let found = decided_by(&named("clear win"), &[switch("service:validate", 10, 2)]).candidates.remove(0);
    assert_eq!(found.verdict, Verdict::Inconclusive, "{found:#?}");
    assert!(
        reasons(&found)
            .iter()
            .any(|reason| matches!(reason, Reason::Blocked { obstacle: Obstacle::RolledBack { .. }, .. })),
        "{found:#?}"
    );
}

#[test]
fn a_switch_of_another_function_is_told() {
    let decided = decided_by(&named("clear win"), &[switch("service:other", 10, 2)]);
    assert_eq!(in_production(&decided.candidates[0]), None);
    let told = Note::SwitchUnknown { switch: "validate".into(), function: Some("service:other".into()) };
    assert!(decided.notes.contains(&told), "{:#?}", decided.notes);
}
