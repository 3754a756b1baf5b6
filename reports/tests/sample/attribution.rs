//! Attributions that have everything a rendering may meet.

use rustworthy_model::Estimate;

use rustworthy_model::attribution::*;

/// A name that would break out of whatever it is put into, if it could.
pub(crate) const HOSTILE: &str =
    "<script>alert('x')</script>|`@team`\u{202E}\x1b[31m]]>\" onload=\"x fill=\"#ABCDEF\" {{ name }}:f";

/// A service with a queue: waiting is what makes its tail.
pub(crate) fn attribution() -> Attribution {
    let comparison = crate::sample::comparison();
    let command = ["rustworthy", "attribute", "api", "--migrated"].map(String::from).into();
    Attribution {
        schema: SCHEMA.into(),
        run: rustworthy_model::Run { command, ..comparison.run },
        environment: Some(comparison.environment),
        scenario: "api".into(),
        load: Some(Load {
            process: "poisson".into(),
            rate: Some(231.4),
            utilization: Some(0.7),
            is_reached: Some(true),
            servers: 1,
            concurrency: 1,
        }),
        requests: 3_000,
        failed_requests: 12,
        failures: vec![
            Failure { message: "ValueError: no such customer".into(), requests: 10 },
            Failure { message: "TimeoutError".into(), requests: 2 },
        ],
        latency: Latency {
            p50: Some(around(0.004_12, 0.021)),
            p90: Some(around(0.0139, 0.034)),
            p99: Some(Estimate { estimate: 0.0421, low: 0.0383, high: 0.0497 }),
            p999: Some(around(0.0785, 0.19)),
            max: 0.0962,
        },
        refused: None,
        utilization: Some(Estimate { estimate: 0.71, low: 0.68, high: 0.74 }),
        instrumentation_overhead: Some(Estimate { estimate: 0.012, low: 0.007, high: 0.017 }),
        model: Model { accepted: true, reason: None, error_p50: Some(0.008), error_p99: Some(-0.019) },
        waiting: Waiting {
            share_of_p50: Some(share(0.24, 0.02)),
            share_of_p99: Some(share(0.81, 0.03)),
            share_of_top: Some(share(0.84, 0.03)),
        },
        functions: functions(),
        sets: sets(),
        migrated: Some(Migrated {
            functions: vec!["service:validate".into()],
            equivalence: "equal".into(),
            speedups: vec![Some(around(27.3, 0.04))],
            projected: Some(Quantiles { p50: around(0.002_61, 0.03), p99: around(0.0191, 0.08) }),
            measured: Some(Quantiles { p50: around(0.002_57, 0.02), p99: around(0.0199, 0.1) }),
            error_p50: Some(0.016),
            error_p99: Some(-0.04),
        }),
        injected: Some(Injected {
            function: "service:render".into(),
            delay: 0.001,
            expected: 0.001,
            found: 0.001_02,
            projected: Some(Quantiles { p50: around(0.006_2, 0.03), p99: around(0.118, 0.11) }),
            measured: Quantiles { p50: around(0.006_31, 0.03), p99: around(0.112, 0.12) },
            error_p50: Some(-0.017),
            error_p99: Some(0.054),
        }),
        trace: None,
        distribution: distribution(),
        bands: bands(),
        notes: vec!["in 3 of 3,000 requests a function was still running when the answer was out".into()],
    }
}

/// The same with too few requests to speak of p99.
pub(crate) fn thin() -> Attribution {
    let whole = attribution();
    let unknown = |function: Function| Function {
        share_of_p99: None,
        inclusive_share_of_p99: None,
        share_of_top: None,
        excess: None,
        what_if: Vec::new(),
        ..function
    };
    Attribution {
        requests: 400,
        failed_requests: 0,
        failures: Vec::new(),
        latency: Latency { p99: None, p999: None, max: 0.0433, ..whole.latency },
        refused: Some(Refusal { reason: "400 requests leave 4 beyond p99".into(), requests_needed: Some(2_000) }),
        waiting: Waiting { share_of_p99: None, share_of_top: None, ..whole.waiting },
        functions: whole.functions.into_iter().map(unknown).collect(),
        sets: Vec::new(),
        migrated: None,
        injected: None,
        model: Model { error_p99: None, ..whole.model },
        distribution: whole.distribution.into_iter().take(15).collect(),
        bands: whole.bands.into_iter().take(5).collect(),
        notes: Vec::new(),
        ..whole
    }
}

/// The same where a replay doesn't give what was observed.
pub(crate) fn rejected() -> Attribution {
    let whole = attribution();
    Attribution {
        model: Model {
            accepted: false,
            reason: Some(
                "replayed, the requests don't give the observed p99: requests share more than their server".into(),
            ),
            error_p50: Some(0.031),
            error_p99: Some(-0.384),
        },
        functions: whole.functions.into_iter().map(|function| Function { what_if: Vec::new(), ..function }).collect(),
        sets: Vec::new(),
        migrated: Some(Migrated {
            equivalence: "request 17: body: 'ok' ≠ 'OK'".into(),
            speedups: vec![None],
            projected: None,
            measured: None,
            error_p50: None,
            error_p99: None,
            ..whole.migrated.unwrap()
        }),
        injected: None,
        ..whole
    }
}

/// What a trace gives: no queue, no processor time, no load.
pub(crate) fn trace() -> Attribution {
    let whole = attribution();
    let names = ["GET /orders", "orders:query", "postgres:SELECT", "redis:GET", "render", "auth:verify"];
    let functions = whole.functions.into_iter().zip(names).map(|(function, name)| Function {
        name: name.into(),
        kind: Kind::Python,
        file: None,
        line: None,
        cpu_share: None,
        asleep_per_request: None,
        asleep_share_of_p99: None,
        what_if: function.what_if.into_iter().map(|what_if| WhatIf { load: None, ..what_if }).collect(),
        ..function
    });
    Attribution {
        environment: None,
        scenario: "traces/2026-11-20.otlp.json".into(),
        load: None,
        requests: 18_204,
        failed_requests: 0,
        failures: Vec::new(),
        utilization: None,
        instrumentation_overhead: None,
        model: Model {
            accepted: true,
            reason: Some("operations on the critical path are made shorter; there's no queue to replay".into()),
            error_p50: None,
            error_p99: None,
        },
        waiting: Waiting { share_of_p50: None, share_of_p99: None, share_of_top: None },
        functions: functions.collect(),
        sets: Vec::new(),
        migrated: None,
        injected: None,
        trace: Some(Trace {
            formats: vec!["otlp".into()],
            spans: 310_443,
            orphans: 12,
            clamped: 1_310,
            skewed: 3,
            sampled: true,
            weights: Some("ot=th".into()),
            represented_requests: Some(41_250.0),
            effective_requests: Some(2_871.4),
            ..Trace::default()
        }),
        bands: whole.bands.into_iter().map(|band| Band { waiting: 0.0, ..band }).collect(),
        ..whole
    }
}

/// The same with a hostile name wherever there is one.
pub(crate) fn hostile() -> Attribution {
    renamed(HOSTILE)
}

/// The same with another name wherever there is one.
pub(crate) fn renamed(name: &str) -> Attribution {
    let mut all = attribution();
    all.scenario = name.into();
    all.load = Some(Load {
        process: name.into(),
        rate: None,
        utilization: Some(0.8),
        is_reached: Some(false),
        servers: 2,
        concurrency: 1,
    });
    all.failures[0].message = name.into();
    all.refused = Some(Refusal { reason: name.into(), requests_needed: None });
    all.model.reason = Some(name.into());
    all.notes = vec![name.into()];
    for function in &mut all.functions {
        function.name = name.into();
        function.file = Some(format!("/srv/{name}"));
    }
    for set in &mut all.sets {
        set.functions = set.functions.iter().enumerate().map(|(index, _)| format!("{name}{index}")).collect();
    }
    let migrated = all.migrated.as_mut().unwrap();
    migrated.functions = vec![name.into()];
    migrated.equivalence = name.into();
    all.injected.as_mut().unwrap().function = name.into();
    all.trace = Some(Trace { formats: vec![name.into()], ..Trace::default() });
    all
}

fn functions() -> Vec<Function> {
    let candidate = |name: &str, line, calls, seconds, shares: [f64; 4], excess: f64, what_if| Function {
        name: name.into(),
        file: Some("/srv/project/service.py".into()),
        line: Some(line),
        kind: Kind::Python,
        calls_per_request: Some(calls),
        seconds_per_request: seconds,
        inclusive_per_request: seconds * 1.1,
        asleep_per_request: Some(0.0),
        asleep_share_of_p99: Some(share(0.0, 0.0)),
        waits: false,
        called_within: Vec::new(),
        cpu_share: Some(share(shares[0], 0.012)),
        share_of_p50: Some(share(shares[1], 0.021)),
        share_of_p99: Some(share(shares[2], 0.013)),
        inclusive_share_of_p99: Some(share(shares[2] * 1.25, 0.013)),
        share_of_top: Some(share(shares[3], 0.012)),
        excess: Some(around(excess, 0.17)),
        what_if,
    };
    let native = Function {
        kind: Kind::Native,
        file: None,
        line: None,
        asleep_per_request: Some(0.000_3),
        asleep_share_of_p99: Some(share(0.02, 0.01)),
        ..candidate("sqlite3:Cursor.execute", 0, 2.0, 0.000_41, [0.13, 0.1, 0.03, 0.02], 0.000_21, Vec::new())
    };
    let rest = |name: &str, kind, shares: [f64; 4], excess| Function {
        kind,
        file: None,
        line: None,
        calls_per_request: None,
        ..candidate(name, 0, 0.0, 0.000_1, shares, excess, Vec::new())
    };
    vec![
        candidate("service:validate", 41, 1.0, 0.001_26, [0.41, 0.31, 0.068, 0.061], 0.001_43, what_ifs(0.41, true)),
        candidate("service:render", 88, 1.0, 0.000_71, [0.23, 0.17, 0.037, 0.031], 0.000_32, what_ifs(0.23, false)),
        native,
        candidate(
            "service.pricing:price_of_item",
            12,
            8.4,
            0.000_29,
            [0.09, 0.07, 0.016, 0.011],
            -0.000_04,
            what_ifs(0.09, false),
        ),
        candidate("service:log_line", 140, 3.0, 0.000_13, [0.04, 0.03, 0.007, 0.005], 0.000_01, what_ifs(0.04, false)),
        rest("[garbage collection]", Kind::Gc, [0.03, 0.001, 0.009, 0.012], 0.000_82),
        rest("[unattributed]", Kind::Unattributed, [0.07, 0.08, 0.023, 0.021], 0.000_12),
    ]
}

/// What-ifs of a function with this share of the processor time.
fn what_ifs(cpu: f64, is_measured: bool) -> Vec<WhatIf> {
    let measured = is_measured.then_some((Speedup::Named(NamedSpeedup::Measured), 27.3));
    let factors = [2.0, 5.0, 10.0].map(|factor| (Speedup::Factor(factor), factor));
    let infinite = (Speedup::Named(NamedSpeedup::Infinite), f64::INFINITY);
    let all = measured.into_iter().chain(factors).chain([infinite]);
    all.map(|(speedup, factor)| what_if(speedup, cpu * (1.0 - 1.0 / factor))).collect()
}

/// Latency with this share of the processor time saved.
fn what_if(speedup: Speedup, saved: f64) -> WhatIf {
    let tail = (1.0 - saved).powf(1.55);
    WhatIf {
        speedup,
        p50: around(0.004_12 * (1.0 - saved), 0.025),
        p90: around(0.0139 * (1.0 - saved).powf(1.3), 0.04),
        p99: around(0.0421 * tail, 0.07),
        p999: Some(around(0.0785 * tail, 0.18)),
        p99_change: Estimate { estimate: tail - 1.0, low: tail * 0.95 - 1.0, high: tail * 1.06 - 1.0 },
        cpu_saved: share(saved, 0.011),
        load: (saved < 0.4).then_some(1.0 / (1.0 - saved * 0.92)),
    }
}

fn sets() -> Vec<Set> {
    let names = ["service:validate", "service:render", "service.pricing:price_of_item"];
    let set = |(number, saved): (usize, f64)| Set {
        functions: names[..number].iter().map(|name| (*name).to_owned()).collect(),
        what_if: what_if(Speedup::Named(NamedSpeedup::Measured), saved),
    };
    [(1, 0.39), (2, 0.6), (3, 0.68)].map(set).into()
}

fn distribution() -> Vec<Class> {
    const REQUESTS: [u64; 24] =
        [8, 41, 122, 236, 301, 347, 361, 334, 276, 221, 174, 138, 109, 86, 71, 57, 43, 31, 21, 12, 6, 3, 1, 1];
    let edge = |index: usize| 0.001_06 * 1.21_f64.powi(i32::try_from(index).unwrap());
    let class = |(index, &requests)| Class { from: edge(index), to: edge(index + 1), requests };
    REQUESTS.iter().enumerate().map(class).collect()
}

fn bands() -> Vec<Band> {
    let band = |from: f64, to: f64, latency: f64, waiting: f64| {
        let rest = 1.0 - waiting;
        let parts = [0.41, 0.23, 0.13, 0.09, 0.04, 0.02, 0.08].map(|part| part * rest);
        let requests = (3_000.0 * (to - from)).round() as u64;
        Band { from, to, requests, latency, waiting, functions: parts.into() }
    };
    vec![
        band(0.0, 0.25, 0.002_61, 0.01),
        band(0.25, 0.5, 0.003_52, 0.12),
        band(0.5, 0.75, 0.005_36, 0.38),
        band(0.75, 0.9, 0.009_61, 0.59),
        band(0.9, 0.95, 0.0158, 0.7),
        band(0.95, 0.99, 0.0253, 0.77),
        band(0.99, 0.999, 0.0507, 0.84),
        band(0.999, 1.0, 0.0871, 0.89),
    ]
}

fn share(value: f64, half: f64) -> Estimate {
    Estimate { estimate: value, low: (value - half).max(0.0), high: (value + half).min(1.0) }
}

fn around(value: f64, relative: f64) -> Estimate {
    let (low, high) = (value * (1.0 - relative), value * (1.0 + relative));
    Estimate { estimate: value, low: low.min(high), high: high.max(low) }
}
