//! The rules, row by row, and projects with known answers.

mod advice;
mod boundary;
mod production;
mod swaps;

use std::time::Duration;

use rustworthy_model::Estimate;
use rustworthy_model::attribution::{Function, Set, Trace, WhatIf};
use rustworthy_model::comparison::{Comparison, Kind, Route, Withheld};
use rustworthy_model::decision::{
    Candidate, Flip, FlipInput, FlipUnit, MissingPrice, NEVER, Note, Obstacle, P99Threshold, PlanEnd, Reason,
    SensitiveInput, Verdict,
};
use rustworthy_model::equivalence::{EquivalenceStatus, Status};
use rustworthy_model::sweep::{Sweep, SweptContender, SweptPoint, SweptSize};

use super::known_answers::{self, Known, around, baseline, contender, known};
use super::{Asked, Decided, Measured, Terms, decide};
use crate::manifest::{self, Cost, Goal, MigrationCost, Origin, Project};
use crate::sound::contradictions;

fn project(manifest: &str) -> Project {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rustworthy.toml");
    std::fs::write(&file, manifest).unwrap();
    manifest::load(&file, Origin::User).unwrap()
}

fn decided_with(known: &Known, change: impl FnOnce(&mut Terms)) -> Decided {
    let project = project(&known.manifest);
    let mut terms = Terms::of(&project);
    change(&mut terms);
    let workloads = known.comparison.iter().flat_map(|comparison| &comparison.workloads);
    let measured = Measured {
        project: &project,
        workloads: workloads.map(|workload| (workload, 0.95)).collect(),
        attributions: known.attribution.iter().collect(),
        boundaries: Vec::new(),
        switches: &[],
        asked: Asked::default(),
    };
    decide(&measured, &terms, &[])
}

fn decided(known: &Known) -> Decided {
    decided_with(known, |_| {})
}

fn candidate(known: &Known) -> Candidate {
    decided(known).candidates.remove(0)
}

fn reasons(candidate: &Candidate) -> Vec<Reason> {
    candidate.reasons.iter().map(|reason| reason.data.clone()).collect()
}

fn flips(candidate: &Candidate) -> Vec<Flip> {
    candidate.flips.iter().map(|flip| flip.data).collect()
}

fn code(reason: &Reason) -> String {
    serde_json::to_value(reason).unwrap()["code"].as_str().unwrap().to_owned()
}

fn named(name: &str) -> Known {
    known().into_iter().find(|known| known.name == name).unwrap()
}

fn prices() -> Cost {
    Cost {
        core_hour: 0.04,
        requests_per_month: Some(1e9),
        migration: Some(MigrationCost { engineer_day: 800.0, days: 5.0 }),
        horizon_months: 12.0,
        currency: "USD".into(),
    }
}

fn comparison_of(known: &mut Known) -> &mut Comparison {
    known.comparison.as_mut().unwrap()
}

#[test]
fn all_known_answers_come_out_right() {
    for known in known() {
        let found = candidate(&known);
        let codes: Vec<String> = reasons(&found).iter().map(code).collect();
        assert_eq!((found.verdict, found.contender.as_deref()), (known.verdict, known.contender), "{found:#?}");
        assert!(codes.iter().any(|code| code == known.code), "{}: {codes:?}, not “{}”", known.name, known.says);
        assert_eq!(found.command.as_deref(), known.command, "{}", known.name);
        assert!(found.name == "validate" || known.comparison.is_none());
        let is_alone = codes.iter().any(|code| code == "speed_alone");
        assert!(!is_alone || known.attribution.is_none(), "{}: there is a scenario: {codes:?}", known.name);
    }
}

#[test]
fn a_goal_that_is_met_leaves_everything() {
    let known = named("clear win");
    let with =
        |ms| decided_with(&known, |terms| terms.goal = Some(Goal::P99(Duration::from_millis(ms)))).candidates.remove(0);
    let met = with(110);
    assert_eq!(met.verdict, Verdict::Leave, "{met:#?}");
    assert_eq!(reasons(&met)[0], Reason::GoalMet { p99_seconds: around(0.1, 0.004), goal_seconds: 0.11 });
    assert_eq!(with(70).verdict, Verdict::Migrate);
    let out_of_reach = with(40);
    assert_eq!(out_of_reach.verdict, Verdict::Leave, "{out_of_reach:#?}");
    assert!(
        matches!(reasons(&out_of_reach)[0], Reason::P99Ceiling { threshold: P99Threshold::GoalSeconds(0.04), .. }),
        "{out_of_reach:#?}"
    );
}

#[test]
fn a_goal_that_is_reached_together_counts() {
    let mut known = named("clear win");
    let attribution = known.attribution.as_mut().unwrap();
    let mut what_if = attribution.sets[0].what_if.clone();
    what_if.p99 = around(0.03, 0.002);
    let other = known_answers::function("service:render", 0.3, Some(around(5.0, 0.1)));
    attribution.functions.push(other);
    attribution.sets.push(Set { functions: vec!["service:validate".into(), "service:render".into()], what_if });
    let goal = |ms| Some(Goal::P99(Duration::from_millis(ms)));
    let found = decided_with(&known, |terms| terms.goal = goal(40));
    assert_eq!(found.candidates[0].verdict, Verdict::Migrate, "{:#?}", found.candidates[0]);
    assert_eq!(found.candidates[1].verdict, Verdict::Inconclusive, "nothing was measured of it");
    assert_eq!(decided_with(&known, |terms| terms.goal = goal(20)).candidates[0].verdict, Verdict::Leave);
}

#[test]
fn a_goal_limits_what_counts_to_one_benefit() {
    let (p99_only, cost_only) = (named("p99 says yes and cost no"), named("cost says yes and p99 no"));
    let with = |known: &Known, goal| decided_with(known, |terms| terms.goal = Some(goal)).candidates.remove(0).verdict;
    assert_eq!(with(&p99_only, Goal::Cost), Verdict::Leave);
    assert_eq!(with(&cost_only, Goal::Cost), Verdict::Migrate);
    assert_eq!(with(&cost_only, Goal::P99(Duration::from_millis(50))), Verdict::Leave);
    // Both are shown all the same.
    let found = candidate(&p99_only);
    assert!(found.p99_change.is_some() && found.cost.is_some(), "{found:#?}");
}

#[test]
fn a_goal_that_nothing_tells_of_is_inconclusive() {
    let known = named("neither scenario nor prices");
    let p99 = Goal::P99(Duration::from_millis(50));
    for (goal, expected) in [(Goal::Cost, Reason::GoalWithoutPrices), (p99, Reason::GoalWithoutScenario)] {
        let found = decided_with(&known, |terms| terms.goal = Some(goal)).candidates.remove(0);
        assert_eq!(found.verdict, Verdict::Inconclusive, "{found:#?}");
        assert_eq!(reasons(&found)[0], expected, "{found:#?}");
        assert_eq!(found.command, None, "deciding once more would find the same");
    }
}

#[test]
fn without_prices_it_says_which_numbers_would_allow_one() {
    let missing = |found: &Decided| match &found.notes[0] {
        Note::PricesMissing { missing } => missing.clone(),
        other => panic!("{other:?}"),
    };
    let found = decided(&named("clear win"));
    assert!(found.candidates[0].cost.is_none());
    assert_eq!(missing(&found), [MissingPrice::Cost, MissingPrice::RequestsPerMonth]);
    let found = decided_with(&named("neither scenario nor prices"), |terms| terms.cost = Some(prices()));
    assert_eq!(missing(&found), [MissingPrice::CallsPerMonth { workloads: vec!["validate".into()] }]);
    let found = decided_with(&named("clear win"), |terms| terms.cost = Some(Cost { migration: None, ..prices() }));
    let cost = found.candidates[0].cost.as_ref().unwrap();
    assert!(cost.payback_months.is_none() && cost.saving_per_month.estimate > 0.0);
    assert_eq!(missing(&found), [MissingPrice::Migration]);
    assert!(
        reasons(&found.candidates[0])
            .iter()
            .any(|reason| matches!(reason, Reason::Saving(saving) if saving.payback.is_none()))
    );
}

#[test]
fn prices_are_seconds_times_volume_times_a_core_hour() {
    let found = decided_with(&named("clear win"), |terms| terms.cost = Some(prices())).candidates.remove(0);
    let cost = found.cost.unwrap();
    // Half of 20 ms, of which nine tenths are saved.
    let expected = 0.02 * 0.5 * 0.9 * 1e9 / 3600.0 * 0.04;
    let Estimate { estimate, low, high } = cost.saving_per_month;
    assert!((estimate / expected - 1.0).abs() < 1e-9 && low < estimate && estimate < high, "{cost:?}");
    let payback = cost.payback_months.unwrap();
    assert!((payback.estimate / (4000.0 / expected) - 1.0).abs() < 1e-9, "{cost:?}");
    assert!((payback.low / (4000.0 / high) - 1.0).abs() < 1e-9, "{cost:?}");
    let sensitivity = cost.sensitivity.unwrap().data;
    assert!(sensitivity.best_months < payback.estimate && payback.estimate < sensitivity.worst_months);
    assert_eq!(
        sensitivity.input,
        SensitiveInput::RequestsPerMonth { moved_by: 0.25 },
        "a quarter less of it moves the payback more than two per cent of speed"
    );
}

#[test]
fn time_that_a_function_slept_is_not_sold_as_that_of_a_core() {
    let mut known = named("clear win");
    let sleepless = decided_with(&known, |terms| terms.cost = Some(prices())).candidates.remove(0).cost.unwrap();
    let function = &mut known.attribution.as_mut().unwrap().functions[0];
    let slept = 9.0 * function.inclusive_per_request;
    function.asleep_per_request = Some(slept);
    function.inclusive_per_request += slept;
    let found = decided_with(&known, |terms| terms.cost = Some(prices()));
    let cost = found.candidates[0].cost.clone().unwrap();
    let same = |one: f64, other: f64| (one / other - 1.0).abs() < 1e-9;
    let (one, other) = (cost.saving_per_month, sleepless.saving_per_month);
    assert!(same(one.estimate, other.estimate) && same(one.low, other.low) && same(one.high, other.high), "{cost:?}");
}

#[test]
fn one_request_that_was_held_up_does_not_spoil_a_p99_that_it_is_not_at() {
    let is_doubtful = |share_of_p99| {
        let mut known = named("a contender may do without the sleep");
        known.attribution.as_mut().unwrap().functions[0].asleep_share_of_p99 = Some(share_of_p99);
        candidate(&known).reasons.iter().any(|reason| code(&reason.data) == "p99_doubtful")
    };
    assert!(is_doubtful(Estimate { estimate: 0.6, low: 0.58, high: 0.62 }));
    assert!(!is_doubtful(Estimate { estimate: 0.0, low: 0.0, high: 0.0 }));
}

#[test]
fn what_costs_more_than_before_is_never_paid_back() {
    let mut known = named("clear win");
    for one in &mut comparison_of(&mut known).workloads[0].contenders {
        if one.name == "rust" {
            // Faster on twelve cores.
            one.cpu_over_wall = Some(12.0);
        }
    }
    let found = decided_with(&known, |terms| terms.cost = Some(prices())).candidates.remove(0);
    let cost = found.cost.unwrap();
    assert!(cost.saving_per_month.high < 0.0, "{cost:?}");
    assert_eq!(cost.payback_months.unwrap().estimate, NEVER);
    assert!(cost.sensitivity.is_none());
    assert_eq!(found.verdict, Verdict::Migrate, "for p99");
}

#[test]
fn flips_are_where_the_rules_say_something_else() {
    let known = named("cost says yes and p99 no");
    let found = candidate(&known);
    let flips = flips(&found);
    let volume = flips.iter().find(|flip| flip.input == FlipInput::Volume && !flip.above).unwrap();
    assert_eq!((volume.verdict, volume.unit), (Verdict::Leave, FlipUnit::RequestsPerMonth));
    // The whole interval of the payback has to lie beyond the horizon.
    let with = |requests: f64| {
        decided_with(&known, |terms| terms.cost.as_mut().unwrap().requests_per_month = Some(requests))
            .candidates
            .remove(0)
    };
    assert_eq!(with(volume.value * 0.99).verdict, Verdict::Leave);
    assert_ne!(with(volume.value * 1.02).verdict, Verdict::Leave);
    let days = flips.iter().find(|flip| flip.input == FlipInput::MigrationDays && flip.above).unwrap();
    let with = |days: f64| {
        let change = |terms: &mut Terms| terms.cost.as_mut().unwrap().migration.as_mut().unwrap().days = days;
        decided_with(&known, change).candidates.remove(0).verdict
    };
    assert_eq!((with(days.value * 1.01), days.verdict), (Verdict::Leave, Verdict::Leave), "{days:?}");
    assert_ne!(with(days.value * 0.98), Verdict::Leave);
}

#[test]
fn a_rare_function_says_from_which_share_on_it_matters() {
    let found = candidate(&named("too rare to matter"));
    let flips = flips(&found);
    let flip = flips.iter().find(|flip| flip.input == FlipInput::ShareOfP99 && flip.above).unwrap();
    assert_eq!(flip.verdict, Verdict::Migrate);
    assert!((0.05..0.08).contains(&flip.value), "{flip:?}");
    assert_eq!(flip.unit, FlipUnit::Share);
}

#[test]
fn a_slow_route_says_how_fast_it_would_have_to_be() {
    let found = candidate(&named("call overhead eats it"));
    let flips = flips(&found);
    let flip = flips.iter().find(|flip| flip.input == FlipInput::Speedup && flip.above).unwrap();
    assert_eq!(flip.verdict, Verdict::Migrate);
    assert!((1.0..1.6).contains(&flip.value), "{flip:?}");
}

/// The workload measured at these sizes, where Rust is so many times as fast.
fn swept(known: &mut Known, speedups: &[(u64, f64)]) {
    let point = |seconds: f64, speedup: Option<f64>| SweptPoint {
        status: Status::Measured,
        error: None,
        equivalence: baseline().equivalence,
        seconds: Some(around(seconds, seconds * 0.01)),
        speedup: speedup.map(|speedup| around(speedup, speedup * 0.02)),
    };
    let of = |name: &str, points: Vec<SweptPoint>| SweptContender {
        name: name.into(),
        points,
        break_even: None,
        cost: None,
    };
    let python = speedups.iter().map(|(size, _)| point(*size as f64 * 1e-6, None)).collect();
    let rust = speedups.iter().map(|(size, speedup)| point(*size as f64 * 1e-6 / speedup, Some(*speedup))).collect();
    let sizes =
        speedups.iter().map(|(size, _)| SweptSize { size: *size, input_bytes: Some(40 * size), left_out: None });
    let workload = &mut comparison_of(known).workloads[0];
    workload.size = speedups.last().unwrap().0;
    workload.sweep = Some(Sweep { sizes: sizes.collect(), contenders: vec![of("python", python), of("rust", rust)] });
}

#[test]
fn a_size_sweep_says_with_which_payloads_the_verdict_changes() {
    let mut known = named("clear win");
    swept(&mut known, &[(1, 0.2), (10, 0.8), (100, 5.0), (1000, 10.0)]);
    let found = candidate(&known);
    let flips = flips(&found);
    let flip = flips.iter().find(|flip| flip.input == FlipInput::Payload).unwrap();
    assert_eq!((flip.verdict, flip.above), (Verdict::Leave, false), "{flip:?}");
    // 1× lies between 10 and 100, of 40 bytes each.
    assert!((400.0..4000.0).contains(&flip.value) && flip.unit == FlipUnit::Bytes, "{flip:?}");
}

#[test]
fn isolation_leaves_routes_of_the_same_process_out() {
    let mut known = named("clear win");
    let contenders = &mut comparison_of(&mut known).workloads[0].contenders;
    contenders.push(contender("service", Kind::Rust, Route::Http, 3.0));
    let found = decided_with(&known, |terms| terms.isolated = true).candidates.remove(0);
    assert_eq!((found.verdict, found.contender.as_deref()), (Verdict::Migrate, Some("service")), "{found:#?}");
    assert_eq!(found.route, Some(Route::Http));
    let is_not_isolated = |reason: &Reason| matches!(reason, Reason::NotChosen { obstacle: Obstacle::NotIsolated, .. });
    assert!(reasons(&found).iter().any(is_not_isolated), "{found:#?}");
    let found = candidate(&known);
    assert_eq!(found.contender.as_deref(), Some("rust"));
    assert_eq!(found.runner_up.unwrap().contender, "service");
}

#[test]
fn a_route_that_cannot_keep_up_is_no_route() {
    let mut known = named("clear win");
    // Ten times as fast on a hundred cores, of which there are two: 30 requests a second with 10 ms each keep 0.3 busy.
    comparison_of(&mut known).workloads[0].contenders[1].cpu_over_wall = Some(100.0);
    let found = candidate(&known);
    assert_eq!(found.verdict, Verdict::Leave, "{found:#?}");
    let is_too_busy = |reason: &Reason| match reason {
        Reason::NotChosen { obstacle: Obstacle::TooBusy { processors_share }, .. } => processors_share.estimate > 1.0,
        _ => false,
    };
    assert!(reasons(&found).iter().any(is_too_busy), "{found:#?}");
}

#[test]
fn a_library_that_brings_too_little_of_what_rust_does_is_named_beside_it() {
    let mut known = named("library suffices");
    let contenders = &mut comparison_of(&mut known).workloads[0].contenders;
    contenders[1] = contender("library", Kind::Library, Route::InProcess, 2.0);
    let found = candidate(&known);
    assert_eq!((found.verdict, found.contender.as_deref()), (Verdict::Migrate, Some("rust")), "{found:#?}");
    let is_half = |reason: &Reason| match reason {
        Reason::WithoutRust { contender, share, .. } => contender == "library" && (share.estimate - 0.54).abs() < 0.01,
        _ => false,
    };
    assert!(reasons(&found).iter().any(is_half), "{found:#?}");
    // Half of it may be enough for somebody.
    let found = decided_with(&known, |terms| terms.enough = 0.4).candidates.remove(0);
    assert_eq!(found.verdict, Verdict::UseLibrary);
    // Which of the two is undecided where the interval reaches over the line.
    let contenders = &mut comparison_of(&mut known).workloads[0].contenders;
    contenders[1].speedup = Some(Estimate { estimate: 3.6, low: 2.0, high: 9.0 });
    let found = candidate(&known);
    assert_eq!(found.verdict, Verdict::Inconclusive, "{found:#?}");
    assert!(matches!(reasons(&found)[0], Reason::ShareOfRustTooWide { .. }), "{found:#?}");
}

#[test]
fn rust_that_differs_stands_in_the_way_only_of_what_brings_too_little() {
    let mut known = named("library suffices");
    let contenders = &mut comparison_of(&mut known).workloads[0].contenders;
    contenders[2].equivalence.status = EquivalenceStatus::Different;
    contenders[2].speedup = None;
    let found = candidate(&known);
    assert_eq!(found.verdict, Verdict::UseLibrary, "nine tenths of everything are enough: {found:#?}");
    let contenders = &mut comparison_of(&mut known).workloads[0].contenders;
    contenders[1] = contender("library", Kind::Library, Route::InProcess, 2.0);
    let found = candidate(&known);
    assert_eq!(found.verdict, Verdict::Inconclusive, "{found:#?}");
    let differs = Reason::Blocked {
        contender: "rust".into(),
        route: Route::Pyo3,
        obstacle: Obstacle::Different { difference: None },
    };
    assert_eq!(reasons(&found)[0], differs);
    // One that is known to compute something else is no contender.
    let contenders = &mut comparison_of(&mut known).workloads[0].contenders;
    contenders[2].equivalence.expected = Some("counts bytes".into());
    assert_eq!(candidate(&known).verdict, Verdict::UseLibrary);
}

#[test]
fn a_speedup_that_is_withheld_for_the_embedding_is_told_as_that() {
    let embedded_over_executable = Estimate { estimate: 1.44, low: 1.42, high: 1.46 };
    let mut known = named("library suffices");
    for contender in &mut comparison_of(&mut known).workloads[0].contenders[1..] {
        (contender.speedup, contender.speedup_withheld) =
            (None, Some(Withheld::Embedding { embedded_over_executable }));
    }
    let found = candidate(&known);
    assert_eq!((found.verdict, &found.command), (Verdict::Inconclusive, &None), "{found:#?}");
    let is_told = |name: &str| {
        let obstacle = Obstacle::Embedding { embedded_over_executable };
        reasons(&found).iter().any(|reason| {
            matches!(reason, Reason::Blocked { contender, obstacle: found, .. } if contender == name && *found == obstacle)
        })
    };
    assert!(is_told("library") && is_told("rust"), "{found:#?}");
    // What wasn't measured can be, with whatever Python.
    let rust = &mut comparison_of(&mut known).workloads[0].contenders[2];
    (rust.status, rust.speedup_withheld) = (Status::Skipped, None);
    assert!(candidate(&known).command.is_some());
}

#[test]
fn what_remembers_results_is_no_runner_up_either() {
    let found = candidate(&named("the fastest remembers results"));
    assert_eq!((found.considered.as_deref(), &found.runner_up), (Some("rust"), &None), "{found:#?}");
    let alone = candidate(&named("all there is remembers results"));
    assert_eq!((&alone.considered, &alone.speedup, &alone.cost), (&None, &None, &None), "{alone:#?}");
}

#[test]
fn what_an_attribution_warns_of_stands_beside_the_decision() {
    let mut known = named("another load than was asked for");
    let attribution = known.attribution.as_mut().unwrap();
    attribution.failed_requests = 12;
    attribution.notes = vec!["others had the processors".into()];
    let notes: Vec<Note> = decided(&known).notes;
    let scenario = || "api".to_owned();
    assert!(notes.contains(&Note::LoadMissed { scenario: scenario(), utilization: around(0.8, 0.01), asked: 0.7 }));
    assert!(notes.contains(&Note::RequestsFailed { scenario: scenario(), failed: 12, requests: 3000 }), "{notes:?}");
    let note = Note::AttributionNote { scenario: scenario(), detail: "others had the processors".into() };
    assert!(notes.contains(&note), "{notes:?}");
}

#[test]
fn a_goal_that_a_spoiled_p99_meets_leaves_nothing() {
    let known = named("another load than was asked for");
    let goal = |terms: &mut Terms| terms.goal = Some(Goal::P99(Duration::from_millis(110)));
    assert_eq!(decided_with(&known, goal).candidates[0].verdict, Verdict::Inconclusive);
}

#[test]
fn an_effect_whose_interval_reaches_over_the_threshold_is_not_forced() {
    let mut known = named("clear win");
    for what_if in &mut known.attribution.as_mut().unwrap().functions[0].what_if {
        what_if.p99_change = Estimate { estimate: -0.1, low: -0.3, high: 0.05 };
    }
    let found = candidate(&known);
    assert_eq!(found.verdict, Verdict::Inconclusive, "{found:#?}");
    assert_eq!(found.command.as_deref(), Some("rustworthy attribute api --requests 12000"));
}

#[test]
fn a_function_that_was_not_watched_is_not_decided_by_its_speed() {
    let mut known = named("clear win");
    known.attribution.as_mut().unwrap().functions[0].name = "service:other".into();
    let found = decided(&known);
    assert_eq!(found.candidates[0].verdict, Verdict::Inconclusive, "{:#?}", found.candidates[0]);
    let not_watched = Reason::NotWatched { function: "service:validate".into(), scenario: Some("api".into()) };
    assert_eq!(reasons(&found.candidates[0])[0], not_watched);
    assert_eq!(found.candidates[0].command, None, "the same scenario once more would tell the same");
    assert_eq!(found.candidates[1].name, "service:other");
}

#[test]
fn a_workload_that_was_not_measured_is_told_with_how_to() {
    let known = Known { comparison: None, ..named("clear win") };
    let found = candidate(&known);
    assert_eq!(found.verdict, Verdict::Inconclusive);
    assert_eq!(reasons(&found)[0], Reason::WorkloadNotMeasured { workload: "validate".into() });
    assert_eq!(found.command.as_deref(), Some("rustworthy compare validate"));
}

#[test]
fn names_choose_what_is_decided() {
    let known = named("clear win");
    let project = project(&known.manifest);
    let comparison = known.comparison.unwrap();
    let measured = Measured {
        project: &project,
        workloads: vec![(&comparison.workloads[0], 0.95)],
        attributions: known.attribution.iter().collect(),
        boundaries: Vec::new(),
        switches: &[],
        asked: Asked::default(),
    };
    let names = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|&name| name.into()).collect();
        decide(&measured, &Terms::of(&project), &names).candidates.len()
    };
    assert_eq!(
        [
            names(&[]),
            names(&["all"]),
            names(&["validate"]),
            names(&["service:validate"]),
            names(&["api"]),
            names(&["w"])
        ],
        [1, 1, 1, 1, 1, 0]
    );
}

#[test]
fn the_plan_adds_up_jointly_and_ends_where_it_no_longer_pays() {
    let mut known = named("clear win");
    let attribution = known.attribution.as_mut().unwrap();
    let function = |name: &str, share| known_answers::function(name, share, None);
    attribution.functions.push(function("service:render", 0.2));
    attribution.functions.push(function("service:log", 0.06));
    let mut set = |names: &[&str], p99: f64| {
        let mut what_if = attribution.sets[0].what_if.clone();
        what_if.p99 = around(p99, 0.002);
        what_if.p99_change = around(p99 / 0.1 - 1.0, 0.02);
        what_if.cpu_saved = around(1.0 - p99 / 0.1, 0.01);
        let functions = names.iter().map(|name| format!("service:{name}")).collect();
        attribution.sets.push(Set { functions, what_if });
    };
    set(&["validate", "render"], 0.04);
    set(&["validate", "render", "log"], 0.039);
    let plan = decided_with(&known, |terms| terms.cost = Some(Cost { requests_per_month: Some(1e6), ..prices() }));
    let plan = &plan.plans[0];
    let names: Vec<(&str, bool)> = plan.steps.iter().map(|step| (step.name.as_str(), step.supposed)).collect();
    assert_eq!(names, [("validate", false), ("service:render", true)], "{plan:#?}");
    assert_eq!(plan.steps[1].p99.unwrap().estimate, 0.04);
    assert!(plan.steps[1].saving_per_month.unwrap().estimate > plan.steps[0].saving_per_month.unwrap().estimate);
    assert_eq!(plan.steps[1].migration, Some(8000.0));
    assert!(
        matches!(&plan.ended.data, PlanEnd::NextNoLongerPays { candidate, .. } if candidate == "service:log"),
        "{plan:#?}"
    );
}

/// A trace tells how long everything took, and nothing of processors.
#[test]
fn a_plan_by_traces_saves_time_of_the_path_and_none_of_waits() {
    let mut known = named("clear win");
    let attribution = known.attribution.as_mut().unwrap();
    attribution.trace = Some(Trace::default());
    attribution.functions.iter_mut().for_each(|function| function.cpu_share = None);
    let waits = |what_if: &[WhatIf]| Function {
        waits: true,
        asleep_per_request: Some(0.008),
        what_if: what_if.to_vec(),
        ..known_answers::function("shop: query", 0.4, None)
    };
    let wait = waits(&attribution.functions[0].what_if);
    attribution.functions.push(wait);
    let found = decided_with(&known, |terms| terms.cost = Some(Cost { requests_per_month: Some(1e6), ..prices() }));
    let step = &found.plans[0].steps[0];
    let own = found.candidates[0].cost.as_ref().unwrap().saving_per_month;
    assert!(own.estimate > 0.0 && step.saving_per_month.unwrap().estimate > 0.5 * own.estimate, "{step:#?} {own:?}");
    let wait = found.candidates.iter().find(|one| one.name == "shop: query").unwrap();
    assert_eq!((wait.verdict, code(&wait.reasons[0].data)), (Verdict::Leave, "asleep".to_owned()));
    assert!(wait.cost.is_none() || wait.cost.as_ref().unwrap().saving_per_month.estimate == 0.0, "{wait:#?}");
}

#[test]
fn what_nobody_calls_once_its_caller_is_replaced_has_no_verdict_of_its_own() {
    let mut known = named("clear win");
    let mut callee = known_answers::function("service:compile", 0.3, None);
    callee.called_within = vec!["service:validate".into()];
    known.attribution.as_mut().unwrap().functions.push(callee);
    let names = |known: &Known, asked: &[String]| {
        let project = project(&known.manifest);
        let workloads = known.comparison.iter().flat_map(|comparison| &comparison.workloads);
        let workloads = workloads.map(|workload| (workload, 0.95)).collect();
        let measured = Measured {
            project: &project,
            workloads,
            attributions: known.attribution.iter().collect(),
            boundaries: Vec::new(),
            switches: &[],
            asked: Asked::default(),
        };
        let decided = decide(&measured, &Terms::of(&project), asked);
        decided.candidates.into_iter().map(|candidate| candidate.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&known, &[]), ["validate"]);
    assert_eq!(names(&known, &["service:compile".to_owned()]), ["service:compile"]);
    // A caller that is left as it is goes on calling it.
    let contenders = &mut comparison_of(&mut known).workloads[0].contenders;
    contenders[1] = contender("rust", Kind::Rust, Route::Pyo3, 0.9);
    assert_eq!(names(&known, &[]), ["validate", "service:compile"]);
}

#[test]
fn workloads_outside_of_scenarios_are_ranked_by_what_they_save() {
    let known = named("neither scenario nor prices");
    let found = decided(&known);
    assert_eq!(found.plans.len(), 1);
    assert_eq!(found.plans[0].steps[0].name, "validate");
    assert!(found.plans[0].steps[0].p99.is_none());
}

proptest::proptest! {
    #[test]
    fn whatever_was_measured_is_decided(
        speedup in 1e-3..1e4_f64, doubt in 0.0..0.9_f64, share in 1e-4..0.95_f64, requests in 1.0..1e12_f64,
    ) {
        let mut known = named("clear win");
        let one = &mut comparison_of(&mut known).workloads[0].contenders[1];
        one.speedup = Some(Estimate { estimate: speedup, low: speedup * (1.0 - doubt), high: speedup / (1.0 - doubt) });
        known.attribution.as_mut().unwrap().functions[0] = known_answers::function("service:validate", share, one.speedup);
        let change = |terms: &mut Terms| terms.cost = Some(Cost { requests_per_month: Some(requests), ..prices() });
        let found = decided_with(&known, change).candidates.remove(0);
        // Nothing is migrated to that isn't surely faster.
        let is_faster = found.speedup.is_some_and(|speedup| speedup.low > 1.0);
        proptest::prop_assert!(found.verdict != Verdict::Migrate || is_faster);
        proptest::prop_assert!(!found.reasons.is_empty());
        proptest::prop_assert_eq!(found.command.is_some(), found.verdict == Verdict::Inconclusive);
        for flip in flips(&found) {
            proptest::prop_assert!(flip.value.is_finite() && flip.value > 0.0 && flip.verdict != found.verdict);
        }
        let cost = found.cost.as_ref().map(|cost| (cost.saving_per_month, cost.payback_months));
        let numbers = (reasons(&found), found.p99_change, found.speedup, cost);
        let contradictions = contradictions(&serde_json::to_value(numbers).unwrap());
        proptest::prop_assert!(contradictions.is_empty(), "{:?}", contradictions);
    }
}
