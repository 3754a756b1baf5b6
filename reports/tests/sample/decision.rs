//! Decisions that have everything a rendering may meet.

use rustworthy_model::Estimate;
use rustworthy_model::comparison::{Kind, Route};
use rustworthy_model::decision::*;
use rustworthy_model::rollout::{self, Rollout, Switch, TimesOf};

/// One of each verdict, and two plans.
pub(crate) fn decision() -> Decision {
    let comparison = crate::sample::comparison();
    let command = ["rustworthy", "decide", "--enough", "80%"].map(String::from).into();
    Decision {
        schema: SCHEMA.into(),
        production: Some(production()),
        run: rustworthy_model::Run { command, ..comparison.run },
        environment: Some(comparison.environment),
        terms: Terms {
            goal: Goal::Any,
            p99_target: None,
            p99_share: 0.05,
            enough: 0.8,
            isolated: false,
            horizon_months: Some(12.0),
            currency: Some("USD".into()),
        },
        candidates: vec![
            migrate(),
            Candidate {
                name: "ndjson".into(),
                workload: Some("ndjson".into()),
                verdict: Verdict::UseLibrary,
                contender: Some("msgspec".into()),
                route: Some(Route::InProcess),
                reasons: vec![speed("msgspec", Route::InProcess, MSGSPEC).into()],
                speedup: Some(MSGSPEC),
                considered: Some("msgspec".into()),
                ..nothing("ndjson")
            },
            Candidate {
                size: Some(InputSize { number: 100, name: None }),
                verdict: Verdict::FixAlgorithm,
                contender: Some("closed-form".into()),
                route: Some(Route::InProcess),
                reasons: vec![speed("closed-form", Route::InProcess, CLOSED_FORM).into(), Reason::SpeedAlone.into()],
                speedup: Some(CLOSED_FORM),
                considered: Some("closed-form".into()),
                ..nothing("sum-squares")
            },
            Candidate {
                scenario: Some("api".into()),
                function: Some("service:log".into()),
                reasons: vec![
                    Reason::P99Ceiling {
                        gone: Some(Gone::ProcessorTime),
                        change: Estimate { estimate: -0.012, low: -0.019, high: -0.004 },
                        threshold: P99Threshold::LowerByShare(0.05),
                    }
                    .into(),
                ],
                flips: vec![
                    Flip {
                        verdict: Verdict::Migrate,
                        input: FlipInput::ShareOfP99,
                        above: true,
                        value: 0.08,
                        unit: FlipUnit::Share,
                    }
                    .into(),
                ],
                ceiling: Ceiling {
                    p99_change: Some(Estimate { estimate: -0.012, low: -0.019, high: -0.004 }),
                    saving_per_month: None,
                },
                ..nothing("service:log")
            },
            Candidate {
                workload: Some("red-dict".into()),
                verdict: Verdict::Inconclusive,
                reasons: vec![
                    Reason::Blocked {
                        contender: "shared-index".into(),
                        route: Route::Pyo3,
                        obstacle: Obstacle::Different { difference: Some("[3]: 1 ≠ 2".into()) },
                    }
                    .into(),
                ],
                command: Some("rustworthy compare red-dict".into()),
                manifest: Some(
                    "[workload.red-dict]\ninput = \"MODULE:INPUT\"\n\n[workload.red-dict.contender.now]\n".into(),
                ),
                ..nothing("red-dict")
            },
        ],
        plans: plans(),
        sources: vec![
            Source {
                of: vec!["validate".into(), "ndjson".into()],
                run: "20261122T125608Z-7f3a".into(),
                started: "2026-11-22 12:56 UTC".into(),
                how: How::Reused,
            },
            Source {
                of: vec!["api".into()],
                run: "20261122T130000Z-7f3b".into(),
                started: "2026-11-22 13:00 UTC".into(),
                how: How::Measured,
            },
        ],
        notes: vec![
            Note::PricesMissing {
                missing: vec![MissingPrice::CallsPerMonth {
                    workloads: vec!["ndjson".into(), "sum-squares".into(), "red-dict".into()],
                }],
            }
            .into(),
        ],
    }
}

const BATCH: Estimate = Estimate { estimate: 14.2, low: 13.1, high: 15.6 };
const MSGSPEC: Estimate = Estimate { estimate: 2.78, low: 2.01, high: 3.9 };
const CLOSED_FORM: Estimate = Estimate { estimate: 759_000.0, low: 500_000.0, high: 990_000.0 };
const SAVING: Estimate = Estimate { estimate: 310.0, low: 280.0, high: 340.0 };
const PAYBACK: Estimate = Estimate { estimate: 12.9, low: 11.8, high: 14.3 };
const P99_CHANGE: Estimate = Estimate { estimate: -0.684, low: -0.741, high: -0.612 };

fn speed(contender: &str, route: Route, speedup: Estimate) -> Reason {
    Reason::Speed { contender: contender.into(), route, speedup, baseline: "python".into() }
}

fn migrate() -> Candidate {
    Candidate {
        name: "validate".into(),
        workload: Some("validate".into()),
        function: Some("service:validate".into()),
        scenario: Some("api".into()),
        size: Some(InputSize { number: 5000, name: Some("default".into()) }),
        verdict: Verdict::Migrate,
        contender: Some("batch".into()),
        route: Some(Route::Pyo3),
        reasons: vec![
            speed("batch", Route::Pyo3, BATCH).into(),
            Reason::P99Effect {
                p99_seconds: Estimate { estimate: 0.137, low: 0.128, high: 0.146 },
                after_seconds: Estimate { estimate: 0.0432, low: 0.0355, high: 0.0532 },
                change: P99_CHANGE,
                threshold: P99Threshold::LowerByShare(0.05),
            }
            .into(),
            Reason::Saving(Saving {
                saving_per_month: SAVING,
                currency: "USD".into(),
                payback: Some(Payback { migration: 4000.0, months: PAYBACK, horizon_months: 12.0 }),
            })
            .into(),
            Reason::ShareOfP99 {
                share: Estimate { estimate: 0.025, low: 0.021, high: 0.03 },
                with_callees: false,
                others_wait: true,
            }
            .into(),
        ],
        flips: vec![
            Flip {
                verdict: Verdict::Leave,
                input: FlipInput::Payload,
                above: false,
                value: 410.0,
                unit: FlipUnit::Bytes,
            }
            .into(),
        ],
        command: None,
        manifest: None,
        p99_change: Some(P99_CHANGE),
        speedup: Some(BATCH),
        cost: Some(Cost {
            saving_per_month: SAVING,
            migration: Some(4000.0),
            payback_months: Some(PAYBACK),
            sensitivity: Some(
                Sensitivity {
                    input: SensitiveInput::RequestsPerMonth { moved_by: 0.25 },
                    best_months: 10.3,
                    worst_months: 17.2,
                }
                .into(),
            ),
        }),
        considered: Some("batch".into()),
        ceiling: Ceiling {
            p99_change: Some(Estimate { estimate: -0.72, low: -0.78, high: -0.65 }),
            saving_per_month: Some(Estimate { estimate: 333.0, low: 301.0, high: 366.0 }),
        },
        runner_up: Some(RunnerUp {
            contender: "per-message".into(),
            kind: Kind::Rust,
            route: Route::Pyo3,
            speedup: Estimate { estimate: 4.1, low: 3.9, high: 4.3 },
            p99_change: Some(Estimate { estimate: -0.51, low: -0.58, high: -0.44 }),
            saving_per_month: Some(Estimate { estimate: -2.0, low: -3.0, high: 9.0 }),
        }),
    }
}

/// One of which nothing is known.
pub(crate) fn nothing(name: &str) -> Candidate {
    Candidate {
        name: name.into(),
        workload: None,
        function: None,
        scenario: None,
        size: None,
        manifest: None,
        verdict: Verdict::Leave,
        contender: None,
        route: None,
        reasons: Vec::new(),
        flips: Vec::new(),
        command: None,
        p99_change: None,
        speedup: None,
        cost: None,
        considered: None,
        ceiling: Ceiling { p99_change: None, saving_per_month: None },
        runner_up: None,
    }
}

fn plans() -> Vec<Plan> {
    let estimate = |estimate: f64, arm: f64| Some(Estimate { estimate, low: estimate - arm, high: estimate + arm });
    let first = Step {
        name: "validate".into(),
        verdict: Verdict::Migrate,
        contender: Some("batch".into()),
        supposed: false,
        p99: estimate(0.0432, 0.004),
        p99_change: estimate(-0.684, 0.06),
        saving_per_month: estimate(310.0, 30.0),
        migration: Some(4000.0),
        payback_months: estimate(12.9, 1.2),
    };
    let second = Step {
        name: "service:render".into(),
        verdict: Verdict::Inconclusive,
        contender: None,
        supposed: true,
        p99: estimate(0.0301, 0.004),
        p99_change: estimate(-0.78, 0.05),
        saving_per_month: estimate(420.0, 40.0),
        migration: Some(8000.0),
        payback_months: Some(Estimate { estimate: 19.0, low: 17.4, high: NEVER }),
    };
    let alone = Step {
        name: "sum-squares".into(),
        verdict: Verdict::FixAlgorithm,
        contender: Some("closed-form".into()),
        p99: None,
        p99_change: None,
        saving_per_month: None,
        migration: None,
        payback_months: None,
        supposed: false,
    };
    vec![
        Plan {
            scenario: Some("api".into()),
            p99: estimate(0.137, 0.009),
            steps: vec![first, second],
            ended: PlanEnd::NextIsLeft { candidate: "service:log".into() }.into(),
        },
        Plan { scenario: None, p99: None, steps: vec![alone], ended: PlanEnd::NoCommonQueue.into() },
    ]
}

/// What a switch has recorded of the first candidate.
fn production() -> Rollout {
    let first: jiff::Timestamp = "2026-11-20T08:00:00Z".parse().expect("a time");
    Rollout {
        schema: rollout::SCHEMA.into(),
        confidence: 0.95,
        bound: 1e-3,
        files: 4,
        skipped_lines: 1,
        salts: 1,
        switches: vec![Switch {
            name: "validate".into(),
            function: Some("service:validate".into()),
            calls: 1_204_331,
            answered_by_rust: 0,
            shadowed: 12_043,
            equal: 12_043,
            different: 0,
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
            last: Some(first + jiff::SignedDuration::from_hours(150)),
            difference_rate: Estimate { estimate: 0.0, low: 0.0, high: 3.1e-4 },
            speedup: Some(Estimate { estimate: 3.0, low: 2.9, high: 3.1 }),
            speedup_of: Some(TimesOf::Shadow),
            p99_change: None,
            verdict: rollout::Verdict::Promote,
            reasons: vec![
                rollout::Reason::Equal { calls: 12_043 },
                rollout::Reason::Faster,
                rollout::Reason::TailUnknown,
            ],
        }],
    }
}
