//! Every code has its sentence.

use std::collections::BTreeSet;

use rustworthy_model::comparison::Route;
use rustworthy_model::decision::{
    Gone, InProduction, InputSize, NEVER, Obstacle, P99Doubt, P99Threshold, Payback, Reason, Saving, Speed,
};
use rustworthy_model::{Estimate, json_schema};
use serde::Serialize;

use super::*;

/// Sees that every code which the schema has for a type is there, and that each comes out in the expected words.
fn assert_all_said<T: Serialize>(stated: &str, words: fn(&T) -> String, expected: &[(T, &str)]) {
    let schema = serde_json::to_value(json_schema::<Decision<String>>()).unwrap();
    let variants = schema["$defs"][stated]["oneOf"].as_array().unwrap();
    let codes: BTreeSet<&str> =
        variants.iter().map(|variant| variant["properties"]["code"]["const"].as_str().unwrap()).collect();
    let mut said = BTreeSet::new();
    for (data, sentence) in expected {
        assert_eq!(words(data), *sentence);
        said.insert(serde_json::to_value(data).unwrap()["code"].as_str().unwrap().to_owned());
    }
    assert_eq!(said.iter().map(String::as_str).collect::<BTreeSet<_>>(), codes);
}

fn estimate(low: f64, estimate: f64, high: f64) -> Estimate {
    Estimate { estimate, low, high }
}

const SPEEDUP: Estimate = Estimate { estimate: 14.2, low: 13.1, high: 15.6 };
const SHARE: Estimate = Estimate { estimate: 0.48, low: 0.14, high: 0.88 };
const CHANGE: Estimate = Estimate { estimate: -0.312, low: -0.339, high: -0.281 };
const P99: Estimate = Estimate { estimate: 0.137, low: 0.128, high: 0.146 };
const LOWER: P99Threshold = P99Threshold::LowerByShare(0.05);

fn saving(payback: Option<Payback>) -> Saving {
    Saving { saving_per_month: estimate(280.0, 310.0, 340.0), currency: "USD".into(), payback }
}

#[test]
fn every_reason_is_said_in_a_sentence() {
    let (contender, route) = (String::from("batch"), Route::Pyo3);
    let in_twelve_months = |months| Payback { migration: 4000.0, months, horizon_months: 12.0 };
    let never = in_twelve_months(estimate(NEVER, NEVER, NEVER));
    let obstructed = |obstacle| Reason::NotChosen { contender: "batch".into(), route: Route::Pyo3, obstacle };
    assert_all_said(
        "StatedReason",
        |about| reason(about, None),
        &[
            (
                Reason::GoalMet { p99_seconds: P99, goal_seconds: 0.15 },
                "p99 is 137 ms (128 ms to 146 ms) and has to be 150 ms: there is nothing to do.",
            ),
            (
                Reason::AlreadyNative,
                "Its time is spent in native code already: a rewrite has nothing to take out of the interpreter.",
            ),
            (
                Reason::P99Ceiling { gone: Some(Gone::Everything), change: CHANGE, threshold: LOWER },
                "Even if it and all that it calls took no time, p99 would change by −31% (−34 to −28); 5% lower is what \
                 counts.",
            ),
            (
                Reason::P99Ceiling { gone: Some(Gone::ProcessorTime), change: CHANGE, threshold: LOWER },
                "Even if it took no time on the processor (its sleep, and other functions listed that it calls, as before), \
                 p99 would change by −31% (−34 to −28); 5% lower is what counts.",
            ),
            (
                Reason::Asleep { seconds_per_request: 0.002, share_of_p99: Some(SHARE), waits: false },
                "It sleeps, or waits for I/O, for 2.00 ms of a request, 48% (14 to 88) of p99: what saves that is not to \
                 wait, which no rewrite does by itself.",
            ),
            (
                Reason::Asleep { seconds_per_request: 0.002, share_of_p99: Some(SHARE), waits: true },
                "It waits for another service (kind CLIENT) for 2.00 ms of a request, 48% (14 to 88) of p99: that is to be made \
                 faster there, or called less often.",
            ),
            (
                Reason::P99Doubtful { doubt: P99Doubt::Asleep { share_of_p99: Some(SHARE) } },
                "The function slept, or waited for I/O, for 48% (14 to 88) of p99, which the replay keeps and a contender may \
                 do without: name what replaces it in the scenario's `migrated`, so that it is measured.",
            ),
            (
                Reason::SavingCeiling(saving(Some(never))),
                "At most it would save 310 USD a month (280 to 340): 4,000 USD of migration are never paid \
                 back; within 12 months is what counts.",
            ),
            (Reason::NoneLeft, "No contender is left that could be chosen."),
            (
                Reason::NoneFaster {
                    fastest: vec![
                        Speed { contender: contender.clone(), route, speedup: estimate(0.7, 0.75, 0.8) },
                        Speed { contender: "http-json".into(), route: Route::Http, speedup: estimate(0.1, 0.2, 0.3) },
                    ],
                },
                "No route is faster than the baseline, call and conversion included: batch (pyo3) 0.75× (0.7 to 0.8), \
                 http-json 0.2× (0.1 to 0.3).",
            ),
            (
                Reason::Speed { contender: contender.clone(), route, speedup: SPEEDUP, baseline: "python".into() },
                "batch (pyo3) is 14.2× (13.1 to 15.6) as fast as python, call and conversion included, with equal output.",
            ),
            (
                Reason::P99Effect {
                    p99_seconds: P99,
                    after_seconds: estimate(0.0905, 0.0943, 0.0985),
                    change: CHANGE,
                    threshold: P99Threshold::GoalSeconds(0.05),
                },
                "p99 goes from 137 ms to 94.3 ms: −31% (−34 to −28); the goal is 50.0 ms.",
            ),
            (
                Reason::P99WithPlan { p99_seconds: estimate(0.03, 0.04, 0.045), goal_seconds: 0.05 },
                "With the others of the plan p99 is 40.0 ms, within 50.0 ms.",
            ),
            (
                Reason::Saving(saving(Some(in_twelve_months(estimate(11.8, 12.9, NEVER))))),
                "It saves 310 USD a month (280 to 340): 4,000 USD of migration are paid back in 12.9 months (11.8 to \
                 never); within 12 months is what counts.",
            ),
            (
                Reason::Saving(saving(None)),
                "It saves 310 USD a month (280 to 340); engineer-day and migration-days in [cost] would tell when that \
                 pays.",
            ),
            (
                Reason::SpeedAlone,
                "This goes by speed alone: there is no scenario to show its effect on p99, and no price to show what it saves.",
            ),
            (
                Reason::WithoutRust { contender: "numpy".into(), route: Route::InProcess, share: SHARE, enough: 0.8 },
                "Without Rust, numpy brings 48% (14 to 88) of that; 80% would be enough.",
            ),
            (
                Reason::ShareOfRust {
                    rust: Some(Speed { contender: contender.clone(), route, speedup: SPEEDUP }),
                    share: SHARE,
                    enough: 0.4,
                },
                "That is 48% (14 to 88) of what batch (pyo3) brings; 40% is enough.",
            ),
            (
                Reason::ShareOfRust { rust: None, share: SHARE, enough: 0.4 },
                "That is 48% (14 to 88) of what the best Rust brings; 40% is enough.",
            ),
            (
                Reason::BaselineUnstable { difference: Some("[3]: 1 ≠ 2.".into()) },
                "No output can be held against the baseline's: [3]: 1 ≠ 2.",
            ),
            (
                Reason::BaselineFailed { is_in_run: true, error: Some("ValueError: no".into()) },
                "The baseline couldn't be measured: ValueError: no.",
            ),
            (
                Reason::BaselineFailed { is_in_run: true, error: None },
                "The baseline couldn't be measured: it wasn't timed.",
            ),
            (
                Reason::BaselineFailed { is_in_run: false, error: None },
                "The baseline couldn't be measured: it isn't in the run.",
            ),
            (
                Reason::NoWorkload,
                "No workload stands for it, so no contender of it has been measured: add one to the manifest, with a \
                 contender and `replaces` naming the function.",
            ),
            (
                Reason::WorkloadNotMeasured { workload: "validate".into() },
                "Workload validate stands for it, but has not been measured.",
            ),
            (Reason::KernelOnly { kernel: "scan".into() }, "Only a kernel was measured, which nobody can call."),
            (
                Reason::NoContender { tried: false },
                "It has no contender: `rustworthy try` finds what costs nothing, and `rustworthy new` writes one in Rust.",
            ),
            (
                Reason::NoContender { tried: true },
                "It has no contender, and nothing that `rustworthy try` found is surely faster: `rustworthy new` writes one \
                 in Rust.",
            ),
            (
                Reason::BoundaryCeiling {
                    argument: "list[str]".into(),
                    result: "int".into(),
                    speedup: Estimate { estimate: 3.0, low: 2.9, high: 3.1 },
                    p99_change: None,
                },
                "No Rust behind list[str] → int that reads all of its argument can be more than 3× (2.9 to 3.1) as fast: that \
                 is what crossing the boundary costs.",
            ),
            (
                Reason::InProduction(InProduction {
                    switch: "validate".into(),
                    calls: 1_204_331,
                    calls_per_month: Some(5_904_000.4),
                    compared: 12_043,
                    difference_rate: estimate(0.0, 0.0, 0.0003),
                    speedup: Some(estimate(2.9, 3.0, 3.1)),
                    verdict: rustworthy_model::rollout::Verdict::Promote,
                }),
                "In production switch validate has counted 1,204,331 calls, 5,904,000 a month, 12,043 compared, and differences on \
                 fewer than 1 in 3,333; 3× (2.9 to 3.1) as fast: promote.",
            ),
            (
                Reason::InProduction(InProduction {
                    switch: "validate".into(),
                    calls: 12,
                    calls_per_month: None,
                    compared: 0,
                    difference_rate: estimate(0.0, 0.0, 1.0),
                    speedup: None,
                    verdict: rustworthy_model::rollout::Verdict::KeepShadowing,
                }),
                "In production switch validate has counted 12 calls, none compared: keep shadowing.",
            ),
            (
                Reason::TailTooThin {
                    requests: 300,
                    requests_needed: Some(1000),
                    detail: "300 requests leave 3 beyond p99".into(),
                },
                "Too few requests tell of p99: 300 requests leave 3 beyond p99.",
            ),
            (
                Reason::ModelRejected { detail: Some("p99 is 38% lower".into()) },
                "The model of the queue was rejected, so p99 can't be projected: p99 is 38% lower.",
            ),
            (
                Reason::ModelRejected { detail: None },
                "The model of the queue was rejected, so p99 can't be projected: replayed, the requests don't give what \
                 was observed.",
            ),
            (
                Reason::NotProjected { share_of_p99: Some(SHARE) },
                "What becomes of p99 was projected for those operations alone that have the largest shares of it; this one has \
                 48% (14 to 88).",
            ),
            (
                Reason::NotInTrace { function: "service:validate".into(), trace: "spans.json".into() },
                "No span of spans.json is a call of service:validate, so its part in p99 isn't known: `code.function.name` says \
                 what a span is a call of. Spans of kind CLIENT keep their names.",
            ),
            (
                Reason::NotWatched { function: "service:validate".into(), scenario: None },
                "No scenario has seen service:validate, so its part in p99 isn't known: name it among the `candidates` of the \
                 one that calls it.",
            ),
            (
                Reason::NotWatched { function: "service:validate".into(), scenario: Some("api".into()) },
                "service:validate isn't among the functions that were watched in api, so its part in p99 isn't known: name it among the `candidates` of the scenario.",
            ),
            (
                Reason::GoalWithoutPrices,
                "The goal is a payback, which can't be determined without [cost] and a volume.",
            ),
            (Reason::GoalWithoutScenario, "The goal is p99, and it's in no scenario that was attributed."),
            (
                Reason::P99Doubtful { doubt: P99Doubt::LoadMissed { utilization: SHARE, asked: 0.7 } },
                "What was measured of p99 decides nothing: utilisation was 48% (14 to 88) where 70% was asked for. \
                 `--wait-for-quiet` waits until others leave the processors alone.",
            ),
            (
                Reason::P99Doubtful { doubt: P99Doubt::IntervalTooWide { p99_seconds: P99 } },
                "What was measured of p99 decides nothing: it is 137 ms (128 ms to 146 ms). `--wait-for-quiet` waits until \
                 others leave the processors alone.",
            ),
            (
                Reason::P99TooWide { change: estimate(-0.3, -0.1, 0.05), threshold: LOWER },
                "The interval of p99 is too wide: it reaches over what would count.",
            ),
            (
                Reason::PaybackTooWide { payback_months: estimate(9.0, 12.0, NEVER), horizon_months: 12.0 },
                "The interval of the payback is too wide: it reaches over the horizon.",
            ),
            (
                Reason::SpeedTooWide { contender: contender.clone(), route, speedup: estimate(0.7, 1.6, 3.4) },
                "batch (pyo3) is 1.6× (0.7 to 3.4) as fast: the interval is too wide to tell.",
            ),
            (
                Reason::ShareOfRustTooWide {
                    contender: "numpy".into(),
                    route: Route::InProcess,
                    share: SHARE,
                    enough: 0.8,
                },
                "numpy brings 48% (14 to 88) of what the best Rust does: whether that is 80% can't be determined.",
            ),
            (
                Reason::Blocked {
                    contender: "pyo3-batch".into(),
                    route,
                    obstacle: Obstacle::Different { difference: Some("[17].price: 3.5 ≠ 3.4".into()) },
                },
                "pyo3-batch computes something else: [17].price: 3.5 ≠ 3.4; no speedup without equality.",
            ),
            (
                obstructed(Obstacle::Failed { error: Some("ValueError: no".into()) }),
                "batch (pyo3) failed (ValueError: no).",
            ),
            (obstructed(Obstacle::Failed { error: None }), "batch (pyo3) failed (it isn't known why)."),
            (obstructed(Obstacle::TimedOut), "batch (pyo3) took longer than it may."),
            (obstructed(Obstacle::NotMeasured), "batch (pyo3) wasn't measured."),
            (obstructed(Obstacle::Different { difference: None }), "batch (pyo3) computes something else."),
            (
                obstructed(Obstacle::Unchecked { detail: Some("the baseline differs from itself.".into()) }),
                "batch (pyo3) has an output that couldn't be checked: the baseline differs from itself.",
            ),
            (
                obstructed(Obstacle::Embedding { embedded_over_executable: estimate(1.42, 1.44, 1.46) }),
                "batch (pyo3) has its speedup withheld, since the embedded Python takes 1.44× (1.42 to 1.46) of the \
                 executable's time; compare with a Python whose executable runs its shared library: --python PATH.",
            ),
            (
                Reason::Blocked { contender: "pyo3-batch".into(), route, obstacle: Obstacle::TooFewSamples },
                "pyo3-batch was timed too few times.",
            ),
            (obstructed(Obstacle::TooFewSamples), "batch (pyo3) was timed too few times."),
            (
                obstructed(Obstacle::RolledBack {
                    switch: "validate".into(),
                    reason: rustworthy_model::rollout::Reason::Different { calls: 3 },
                    difference: Some("result.tags: 2 elements, 1".into()),
                }),
                "batch (pyo3) is Rust, and switch validate says to roll that back: the two sides differ on 3 calls: result.tags: 2 \
                 elements, 1.",
            ),
            (obstructed(Obstacle::NotIsolated), "batch (pyo3) has no process of its own, which was asked for."),
            (
                obstructed(Obstacle::TooBusy { processors_share: estimate(1.4, 1.5, 1.6) }),
                "batch (pyo3) can't keep up: at this rate it would need 150% of all processors.",
            ),
            (
                Reason::ShareOfP99 { share: SHARE, with_callees: false, others_wait: false },
                "It takes 48% (14 to 88) of p99.",
            ),
            (
                Reason::ShareOfP99 { share: SHARE, with_callees: true, others_wait: true },
                "With all that it calls, it takes 48% (14 to 88) of p99, but others wait in the queue behind it: faster, \
                 it shortens their waiting too.",
            ),
            (
                Reason::P99MadeBy { row: Some("(garbage collection)".into()), share: SHARE },
                "What makes p99 is garbage collection, 48% (14 to 88) of it.",
            ),
            (
                Reason::P99MadeBy { row: Some("(asleep)".into()), share: SHARE },
                "What makes p99 is asleep, 48% (14 to 88) of it: waiting for others, which no rewrite shortens.",
            ),
            (
                Reason::P99MadeBy { row: None, share: SHARE },
                "What makes p99 is waiting in the queue, 48% (14 to 88) of it.",
            ),
            (
                Reason::KernelFaster { kernel: "scan".into(), speedup: SPEEDUP },
                "The kernel scan alone is 14.2× (13.1 to 15.6) as fast, without its boundary: nobody can call it at that \
                 price.",
            ),
            (
                Reason::P99Interpolated { contender },
                "p99 with batch lies between speedups that were replayed, by the share of time that it saves.",
            ),
            (Reason::Version1 { words: "As it was.".into() }, "As it was."),
        ],
    );
}

#[test]
fn every_note_is_said_in_a_sentence() {
    let workloads = || vec!["parse".into(), "validate".into()];
    assert_all_said(
        "StatedNote",
        note,
        &[
            (
                Note::PricesMissing {
                    missing: vec![
                        MissingPrice::Cost,
                        MissingPrice::RequestsPerMonth,
                        MissingPrice::CallsPerMonth { workloads: workloads() },
                    ],
                },
                "What would allow a price: [cost] with core-hour, engineer-day and migration-days; requests-per-month in \
                 [cost]; calls-per-month of parse, validate (a call is one with an input of the size that is measured).",
            ),
            (
                Note::PricesMissing { missing: vec![MissingPrice::Migration] },
                "What would allow a price: engineer-day and migration-days in [cost].",
            ),
            (
                Note::ScenarioNotAttributed { scenario: "api".into(), command: None },
                "Scenario api isn't part of this: `rustworthy attribute api` tells what p99 is made of.",
            ),
            (
                Note::ScenarioNotAttributed {
                    scenario: "api".into(),
                    command: Some("rustworthy attribute api --builtin".into()),
                },
                "Scenario api isn't part of this: `rustworthy attribute api --builtin` tells what p99 is made of.",
            ),
            (Note::RunIncomplete { run: "20261122T125608Z-7f3a".into() }, "Run 20261122T125608Z-7f3a is incomplete."),
            (
                Note::MeasuredAgain { what: vec!["scenario api by 4000 requests".into(), "totals for 60 s".into()] },
                "Measured again, once each, because it left verdicts open: scenario api by 4000 requests, totals for 60 s.",
            ),
            (Note::ScenarioFailed { scenario: "api".into() }, "Scenario api failed; what was measured of it counts."),
            (
                Note::LoadMissed { scenario: "api".into(), utilization: SHARE, asked: 0.7 },
                "Scenario api: utilisation was 48% (14 to 88) where 70% was asked for; latency is that of the load that was \
                 measured.",
            ),
            (
                Note::RequestsFailed { scenario: "api".into(), failed: 12, requests: 3000 },
                "Scenario api: 12 of 3,000 requests failed; they count like the others.",
            ),
            (
                Note::SwitchUnknown { switch: "validate".into(), function: Some("service:validate".into()) },
                "Switch validate is of service:validate, and no workload or scenario here is: name it in `replaces`.",
            ),
            (
                Note::AttributionNote { scenario: "api".into(), detail: "others had the processors".into() },
                "Scenario api: others had the processors.",
            ),
            (
                Note::NotMeasured { workloads: workloads() },
                "Not measured, since --from names what to go by: parse, validate.",
            ),
            (
                Note::NoQueueInTrace { trace: "spans.json".into() },
                "spans.json: p99 is projected by less time on the critical path, and no queue was replayed: a trace doesn't tell \
                 what waited for what. Under load the real change tends to be larger. Where arrivals and servers are known, a \
                 [scenario.NAME] with `arrivals` and `servers` replays one: rustworthy attribute NAME.",
            ),
            (Note::Version1 { words: "As it was.".into() }, "As it was."),
        ],
    );
}

#[test]
fn every_end_of_a_plan_is_said_in_a_sentence() {
    let candidate = || String::from("service:log");
    assert_all_said(
        "StatedPlanEnd",
        plan_end,
        &[
            (PlanEnd::NoCommonQueue, "Each by itself: workloads outside of scenarios have no queue in common."),
            (PlanEnd::NextNotAsked, "The next step isn't among the candidates that were asked for."),
            (
                PlanEnd::NextIsLeft { candidate: candidate() },
                "The next step would be service:log, which is to be left as it is.",
            ),
            (
                PlanEnd::NextNoLongerPays { candidate: candidate(), lower_by: estimate(-0.01, 0.025, 0.06) },
                "The next step, service:log, would lower p99 by 2.5% more, which no longer pays.",
            ),
            (PlanEnd::GoalReached, "p99 is within its goal here."),
            (PlanEnd::ModelRejected, "Without an accepted model of the queue there is no joint plan."),
            (PlanEnd::NothingWorthDoing, "Nothing here is worth doing."),
            (PlanEnd::NothingFurther, "No further step lowers p99 by half a per cent or pays by itself."),
            (PlanEnd::Version1 { words: "As it was.".into() }, "As it was."),
        ],
    );
}

#[test]
fn what_would_change_a_verdict_is_said_with_its_unit() {
    let said = |verdict, input, above, value, unit| flip(&Flip { verdict, input, above, value, unit });
    assert_eq!(
        said(Verdict::Leave, FlipInput::Volume, false, 3.1e6 * DAYS, FlipUnit::RequestsPerMonth),
        "Becomes `leave` below 3.1 million requests a day."
    );
    assert_eq!(
        said(Verdict::Compile, FlipInput::Volume, true, 1200.0 * DAYS, FlipUnit::CallsPerMonth),
        "Becomes `compile` above 1,200 calls a day."
    );
    assert_eq!(
        said(Verdict::UpgradePython, FlipInput::MigrationDays, true, 6.5, FlipUnit::Days),
        "Becomes `upgrade_python` if the migration takes more than 6.5 days."
    );
    assert_eq!(
        said(Verdict::UseLibrary, FlipInput::Payload, false, 410.0, FlipUnit::Bytes),
        "Becomes `use_library` with payloads under 410 B."
    );
    assert_eq!(
        said(Verdict::FixAlgorithm, FlipInput::Payload, true, 50.0, FlipUnit::Size),
        "Becomes `fix_algorithm` with inputs of a size over 50."
    );
    assert_eq!(
        said(Verdict::Migrate, FlipInput::ShareOfP99, true, 0.08, FlipUnit::Share),
        "Becomes `migrate` if it exceeds 8% of p99, and takes as much more in all requests."
    );
    assert_eq!(
        said(Verdict::Leave, FlipInput::ShareOfP99, false, 0.0003, FlipUnit::Share),
        "Becomes `leave` if it takes less than 0.03% of p99, and as much less in all requests."
    );
    assert_eq!(
        [true, false].map(|above| said(Verdict::Migrate, FlipInput::Speedup, above, 1.25, FlipUnit::Factor)),
        [
            "Becomes `migrate` if Rust were 1.25× as fast as the baseline or more.",
            "Becomes `migrate` if Rust were less than 1.25× as fast as the baseline."
        ]
    );
}

#[test]
fn a_payback_says_which_input_it_depends_on() {
    let said = |input| sensitivity(&Sensitivity { input, best_months: 10.3, worst_months: NEVER });
    let rest = " it takes 10.3 months to never.";
    let expected = |input: &str, how: &str| format!("Payback depends most on {input}: {how}{rest}");
    assert_eq!(
        said(SensitiveInput::Speedup { contender: "batch".into() }),
        expected("the speedup of batch", "over its interval")
    );
    assert_eq!(said(SensitiveInput::Time), expected("the time that there is to save", "over its interval"));
    assert_eq!(said(SensitiveInput::CallsPerMonth { moved_by: 0.25 }), expected("calls a month", "25% either way"));
    assert_eq!(
        said(SensitiveInput::RequestsPerMonth { moved_by: 0.25 }),
        expected("requests a month", "25% either way")
    );
    assert_eq!(said(SensitiveInput::MigrationDays { moved_by: 0.1 }), expected("migration-days", "10% either way"));
    let input = SensitiveInput::CallsPerMonth { moved_by: 0.25 };
    let never = sensitivity(&Sensitivity { input, best_months: NEVER, worst_months: NEVER });
    assert_eq!(never, "Payback depends most on calls a month: never, 25% either way.");
}

#[test]
fn speedups_and_prices_say_which_size_they_are_of() {
    let size = InputSize { number: 5000, name: Some("large".into()) };
    let (contender, route) = (String::from("batch"), Route::Pyo3);
    let fastest = vec![Speed { contender: contender.clone(), route, speedup: SPEEDUP }];
    for about in [
        Reason::Speed { contender: contender.clone(), route, speedup: SPEEDUP, baseline: "python".into() },
        Reason::SpeedTooWide { contender, route, speedup: SPEEDUP },
        Reason::NoneFaster { fastest },
        Reason::KernelFaster { kernel: "scan".into(), speedup: SPEEDUP },
        Reason::Saving(saving(None)),
        Reason::SavingCeiling(saving(None)),
    ] {
        let said = reason(&about, Some(&size));
        assert!(said.contains(" at size 5,000 (large)"), "{said}");
    }
    assert_eq!(super::super::phrases::size(&InputSize { number: 7, name: None }), "7");
}
