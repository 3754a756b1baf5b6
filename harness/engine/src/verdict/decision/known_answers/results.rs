//! Manifests and results as a measurement could have written them.

use rustworthy_model::attribution::{
    self, Attribution, Function, Kind as FunctionKind, Latency, Load, Model, NamedSpeedup, Set, Speedup, Waiting,
    WhatIf,
};
use rustworthy_model::comparison::{self, Comparison, Contender, Input, Kind, Route, Stopped, Workload};
use rustworthy_model::environment::{Environment, Python, PythonHost, Rustworthy};
use rustworthy_model::equivalence::{Equivalence, EquivalenceStatus, Status};
use rustworthy_model::{Estimate, Run};

/// The manifest of these contenders.
pub(super) fn manifest(contenders: &[Contender]) -> String {
    let mut text =
        "[workload.validate]\ninput = 'service:inputs'\nsizes = { default = 100 }\nreplaces = 'service:validate'\n"
            .to_owned();
    for one in contenders {
        let word = |value: &dyn std::fmt::Debug| format!("{value:?}").to_lowercase();
        let own = match one.route {
            Route::Kernel => "python = 'service:validate'\nkind = 'rust'\nroute = 'kernel'\n".to_owned(),
            _ if one.name == "python" => "python = 'service:validate'\nbaseline = true\n".to_owned(),
            Route::InProcess => format!("python = 'service:other'\nkind = '{}'\n", word(&one.kind)),
            route => format!("python = 'service:other'\nkind = '{}'\nroute = '{}'\n", word(&one.kind), word(&route)),
        };
        text += &format!("[workload.validate.contender.{}]\n{own}", one.name);
    }
    text + "[scenario.api]\nhandler = 'service:handle'\nrequests = 'service:requests'\ncount = 3000\n\
            arrivals = { process = 'poisson', utilization = 0.7 }\ncandidates = ['service:validate']\n"
}

/// Prices at a volume of requests.
pub(crate) fn prices(requests_per_month: f64) -> String {
    format!(
        "[cost]\ncore-hour = 0.04\nrequests-per-month = {requests_per_month:.1}\nengineer-day = 800\nmigration-days = 5\n"
    )
}

pub(crate) fn around(estimate: f64, arm: f64) -> Estimate {
    Estimate { estimate, low: estimate - arm, high: estimate + arm }
}

pub(crate) fn baseline() -> Contender {
    Contender {
        speedup: None,
        equivalence: Equivalence {
            status: EquivalenceStatus::Baseline,
            detail: None,
            expected: None,
            hint: None,
            test: None,
        },
        ..contender("python", Kind::Python, Route::InProcess, 1.0)
    }
}

/// One that is so many times as fast, give or take 2 %.
pub(crate) fn contender(name: &str, kind: Kind, route: Route, speedup: f64) -> Contender {
    Contender {
        name: name.into(),
        kind,
        route,
        status: Status::Measured,
        error: None,
        equivalence: Equivalence {
            status: EquivalenceStatus::Equal,
            detail: None,
            expected: None,
            hint: None,
            test: None,
        },
        seconds: Some(around(0.001 / speedup, 0.00001 / speedup)),
        scheme: None,
        system_seconds: None,
        page_faults: None,
        cpu_over_wall: Some(1.0),
        latency: None,
        peak_memory_bytes: None,
        speedup: Some(around(speedup, 0.02 * speedup)),
        interpreter: None,
        speedup_withheld: None,
        remembers: None,
        samples: 40,
        processes: 8,
        converged: true,
        settled: None,
        throughput: None,
        distribution: None,
        sources: Vec::new(),
        warnings: Vec::new(),
    }
}

pub(super) fn workload(name: &str, contenders: Vec<Contender>) -> Workload {
    Workload {
        name: name.into(),
        description: None,
        size: 100,
        size_name: Some("default".into()),
        input: Input { sha256: Some("9f86d081".repeat(8)), bytes: None },
        baseline: "python".into(),
        stopped: Stopped::Precision,
        error: None,
        warnings: Vec::new(),
        contenders,
        claims: Vec::new(),
        sweep: None,
        tried: None,
    }
}

pub(super) fn comparison(workloads: Vec<Workload>) -> Comparison {
    Comparison { schema: comparison::SCHEMA.into(), run: run("compare"), environment: environment(), workloads }
}

/// A service whose functions take these shares; what remains is the handler's own.
pub(super) fn attribution(functions: Vec<Function>) -> Attribution {
    let sets = functions
        .iter()
        .filter_map(|function| {
            let measured = function.what_if.iter().find(|one| one.speedup == Speedup::Named(NamedSpeedup::Measured))?;
            (measured.p99_change.estimate < -0.005)
                .then(|| Set { functions: vec![function.name.clone()], what_if: measured.clone() })
        })
        .take(1)
        .collect();
    Attribution {
        schema: attribution::SCHEMA.into(),
        run: run("attribute"),
        environment: Some(environment()),
        scenario: "api".into(),
        load: Some(Load {
            process: "poisson".into(),
            rate: Some(30.0),
            utilization: Some(0.7),
            is_reached: Some(true),
            servers: 1,
            concurrency: 1,
        }),
        requests: 3_000,
        failed_requests: 0,
        failures: Vec::new(),
        latency: Latency {
            p50: Some(around(0.02, 0.001)),
            p90: Some(around(0.06, 0.002)),
            p99: Some(around(0.1, 0.004)),
            p999: None,
            max: 0.14,
        },
        refused: None,
        utilization: Some(around(0.7, 0.01)),
        instrumentation_overhead: Some(around(0.01, 0.002)),
        model: Model { accepted: true, reason: None, error_p50: Some(0.01), error_p99: Some(-0.02) },
        waiting: Waiting { share_of_p50: None, share_of_p99: Some(around(0.1, 0.01)), share_of_top: None },
        functions,
        sets,
        migrated: None,
        injected: None,
        trace: None,
        distribution: Vec::new(),
        bands: Vec::new(),
        notes: Vec::new(),
    }
}

/// A function that takes that share of requests of 20 ms. p99 falls in proportion.
pub(crate) fn function(name: &str, share: f64, measured: Option<Estimate>) -> Function {
    let factors = [2.0, 10.0].map(|factor| (Speedup::Factor(factor), 1.0 - 1.0 / factor));
    let infinite = (Speedup::Named(NamedSpeedup::Infinite), 1.0);
    let measured = measured.map(|speedup| (Speedup::Named(NamedSpeedup::Measured), 1.0 - 1.0 / speedup.estimate));
    let what_ifs = measured.into_iter().chain(factors).chain([infinite]);
    Function {
        what_if: what_ifs.map(|(speedup, saved)| what_if(speedup, saved * share)).collect(),
        calls_per_request: Some(1.0),
        ..row(name, FunctionKind::Python, share)
    }
}

fn what_if(speedup: Speedup, saved: f64) -> WhatIf {
    let arm = 0.1 * saved.abs();
    let after = |seconds: f64| around(seconds * (1.0 - saved), seconds * arm);
    WhatIf {
        speedup,
        p50: after(0.02),
        p90: after(0.06),
        p99: after(0.1),
        p999: None,
        p99_change: around(-saved, arm),
        cpu_saved: around(saved, 0.02 * saved.abs()),
        load: None,
    }
}

pub(super) fn row(name: &str, kind: FunctionKind, share: f64) -> Function {
    let estimate = around(share, 0.01_f64.min(share / 10.0));
    Function {
        name: name.into(),
        file: None,
        line: None,
        kind,
        calls_per_request: None,
        seconds_per_request: 0.02 * share,
        inclusive_per_request: 0.02 * share,
        asleep_per_request: Some(0.0),
        asleep_share_of_p99: None,
        waits: false,
        called_within: Vec::new(),
        cpu_share: Some(estimate),
        share_of_p50: Some(estimate),
        share_of_p99: Some(estimate),
        inclusive_share_of_p99: Some(estimate),
        share_of_top: Some(estimate),
        excess: None,
        what_if: Vec::new(),
    }
}

fn run(command: &str) -> Run {
    Run {
        id: format!("20261122T125608Z-{}", if command == "compare" { "0001" } else { "0002" }),
        started: "2026-11-22T12:56:08Z".parse().expect("a time"),
        finished: Some("2026-11-22T12:58:31Z".parse().expect("a time")),
        command: vec!["rustworthy".into(), command.into()],
        seed: 1,
        confidence: 0.95,
        complete: true,
    }
}

fn environment() -> Environment {
    Environment {
        cpu: "Some Processor".into(),
        cores: 2,
        memory_bytes: 8 << 30,
        os: "Linux".into(),
        governor: None,
        python: Python {
            host: PythonHost::Embedded,
            version: "3.11.7".into(),
            executable: "/usr/bin/python3".into(),
            libpython: None,
            embedded_over_executable: Some(around(1.0, 0.01)),
        },
        spoiling: Vec::new(),
        noise: None,
        rustworthy: Rustworthy { version: "0.1.0".into(), commit: None, profile: "dev (opt-level 3)".into() },
    }
}
