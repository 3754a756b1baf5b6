//! One comparison that has everything a rendering may meet.

use rustworthy_model::comparison::*;
use rustworthy_model::environment::{Detectable, Environment, Noise, Python, PythonHost, Rustworthy};
use rustworthy_model::equivalence::{Equivalence, EquivalenceStatus, Status};
use rustworthy_model::{Estimate, Run};

/// Where most of the claims are from.
const SEVEN_TIMES: &str = "7 Times Rust Made My Python Code Run 100x Faster";

/// A traceback as a worker reports it.
const TRACEBACK: &str = "Traceback (most recent call last):
  File \"/srv/project/impls.py\", line 90, in run
    return table.transform(rows)
  File \"/srv/project/impls.py\", line 81, in transform
    return [self.one(row) for row in rows]
  File \"/srv/project/impls.py\", line 81, in <listcomp>
    return [self.one(row) for row in rows]
  File \"/srv/project/impls.py\", line 64, in one
\treturn self.rules[row.kind](row)
  File \"/srv/project/rules.py\", line 12, in price
    return Decimal(row.price)
decimal.InvalidOperation: [<class 'decimal.ConversionSyntax'>]";

/// A page without its style and its scripts, which are files of their own, and without their digests.
#[allow(dead_code)]
pub(crate) fn without_style(page: &str) -> String {
    let cut = |text: &str, start: &str, end: &str| {
        let mut pieces = text.split(start);
        let first = pieces.next().unwrap_or_default().to_owned();
        pieces.fold(first, |cut, piece| cut + start + "…" + end + piece.split_once(end).map_or("", |(_, rest)| rest))
    };
    let page = cut(&cut(page, "<style>", "</style>"), "<script>", "</script>");
    cut(&page, "'sha256-", "'")
}

/// The sample.
pub(crate) fn comparison() -> Comparison {
    Comparison {
        schema: SCHEMA.into(),
        run: Run {
            id: "2026-11-22T12-56-08Z-7f3a".into(),
            started: "2026-11-22T12:56:08Z".parse().unwrap(),
            finished: Some("2026-11-22T12:58:31.5Z".parse().unwrap()),
            command: ["rustworthy", "compare", "all", "--size", "it's big"].map(String::from).into(),
            seed: 42,
            confidence: 0.95,
            complete: true,
        },
        environment: Environment {
            cpu: "AMD EPYC 7B13 64-Core Processor".into(),
            cores: 2,
            memory_bytes: 8_234_567_890,
            os: "Debian GNU/Linux 12, Linux 6.1.0".into(),
            governor: None,
            python: Python {
                version: "3.11.7".into(),
                executable: "/home/ann/project/.venv/bin/python".into(),
                host: PythonHost::Embedded,
                libpython: Some("/usr/lib/libpython3.11.so.1.0".into()),
                embedded_over_executable: Some(estimate(1.08, 0.012)),
            },
            rustworthy: Rustworthy {
                version: "0.1.0".into(),
                commit: Some("137d11c0ffee0ddba11".into()),
                profile: "dev (opt-level 3)".into(),
            },
            spoiling: vec!["load of others: 38 % of a processor".into(), "swap: 12 MiB of it are in use".into()],
            noise: Some(Noise {
                seconds_per_benchmark: 10.0,
                detectable: Detectable { python: Some(estimate(0.021, 0.2)), rust: Some(estimate(0.034, 0.2)) },
                false_alarm_rate: 0.005,
                comparisons: 6,
                alarms: 0,
                worktrees: true,
            }),
        },
        workloads: vec![sum_squares(), prices(), hostile()],
    }
}

fn sum_squares() -> Workload {
    Workload {
        description: Some("Sum of the squares of all whole numbers below n".into()),
        size: 5_000_000,
        size_name: Some("default".into()),
        claims: vec![
            claim(SEVEN_TIMES, "pyo3-serial", [68.0, 0.52], 82.8, ClaimVerdict::NotReproduced),
            Claim {
                against: "numpy-chunked".into(),
                ..claim(SEVEN_TIMES, "closed-form", [5e3, 0.01], 508_000.0, ClaimVerdict::Reproduced)
            },
            claim("A modest post", "pyo3-parallel", [1.2, 0.1], 158.0, ClaimVerdict::Exceeded),
            Claim {
                measured_speedup: None,
                reason: Some("numpy-int64 computes something else than the baseline".into()),
                ..claim("A post about something else", "numpy-int64", [9.0, 0.1], 1.0, ClaimVerdict::NotComparable)
            },
        ],
        contenders: vec![
            baseline(timed("python", Kind::Python, Route::InProcess, estimate(0.4125, 0.008))),
            Contender {
                peak_memory_bytes: Some(71_303_168),
                ..faster("numpy-chunked", Kind::Library, Route::InProcess, estimate(0.0123, 0.012), 33.5)
            },
            Contender {
                equivalence: found(EquivalenceStatus::Different, "-8 ≠ 41666654166667500000"),
                ..timed("numpy-int64", Kind::Library, Route::InProcess, estimate(0.0081, 0.01))
            },
            faster("closed-form", Kind::Algorithm, Route::InProcess, estimate(8.12e-7, 0.004), 508_000.0),
            faster("pyo3-serial", Kind::Rust, Route::Pyo3, estimate(0.004_98, 0.011), 82.8),
            Contender {
                cpu_over_wall: Some(1.93),
                warnings: vec!["intervals of parallel contenders hold for this number of cores alone".into()],
                ..faster("pyo3-parallel", Kind::Rust, Route::Pyo3, estimate(0.002_61, 0.023), 158.0)
            },
            Contender {
                warnings: vec!["its time doesn't grow with the input: the compiler removed the loop".into()],
                ..timed("kernel-serial", Kind::Rust, Route::Kernel, estimate(9.02e-8, 0.003))
            },
        ],
        ..workload("sum-squares", "python")
    }
}

fn prices() -> Workload {
    Workload {
        claims: vec![
            Claim {
                against: "pandas-apply".into(),
                quantity: Quantity::PeakMemory,
                claimed_speedup: None,
                measured_speedup: None,
                measured_memory_ratio: Some(estimate(1.02, 0.004)),
                ..claim(SEVEN_TIMES, "polars", [200e6, 120e6], 1.0, ClaimVerdict::NotReproduced)
            },
            Claim {
                against: "pandas-apply".into(),
                size: Some(1_000_000),
                reason: Some("it is about n = 1,000,000, and n = 500 was measured".into()),
                ..claim(SEVEN_TIMES, "pandas-vectorised", [45.0, 0.4], 13.2, ClaimVerdict::NotComparable)
            },
        ],
        description: Some("Prices of 500 rows of orders, parsed and converted".into()),
        size: 500,
        stopped: Stopped::Budget,
        error: None,
        warnings: vec!["another process kept 38 % of a processor busy".into()],
        contenders: vec![
            with_throughput(baseline(timed("pandas-apply", Kind::Python, Route::InProcess, estimate(0.0412, 0.02)))),
            with_throughput(Contender {
                equivalence: found(EquivalenceStatus::WithinTolerance, "largest relative error 2.2e-16"),
                ..faster("pandas-vectorised", Kind::Library, Route::InProcess, estimate(0.003_11, 0.03), 13.2)
            }),
            with_throughput(Contender {
                seconds: Some(Estimate { estimate: 0.0396, low: 0.0371, high: 0.0522 }),
                speedup: Some(Estimate { estimate: 1.04, low: 0.79, high: 1.11 }),
                converged: false,
                settled: None,
                ..faster("polars", Kind::Library, Route::InProcess, estimate(0.0396, 0.02), 1.04)
            }),
            with_throughput(faster("pyo3-callback-per-row", Kind::Rust, Route::Pyo3, estimate(0.0583, 0.015), 0.707)),
            Contender {
                equivalence: Equivalence {
                    status: EquivalenceStatus::Equal,
                    detail: None,
                    expected: Some("counts bytes, not characters".into()),
                    hint: None,
                    test: None,
                },
                warnings: vec!["this input shows no difference".into()],
                ..timed("pyo3-bytes", Kind::Rust, Route::Pyo3, estimate(0.000_62, 0.01))
            },
            Contender {
                equivalence: found(EquivalenceStatus::Different, "[17].price: 3.5 ≠ 3.4"),
                scheme: Some(Scheme::WholeCalls),
                system_seconds: Some(0.000_4),
                page_faults: Some(2440.0),
                cpu_over_wall: Some(0.31),
                ..timed("service", Kind::Rust, Route::Http, estimate(0.001_73, 0.04))
            },
            failed("decimal", Status::Failed, TRACEBACK),
            failed("wild-pointer", Status::Failed, "killed by SIGSEGV"),
            failed("slow-loop", Status::TimedOut, "timed out after 60 s"),
            failed("later", Status::Skipped, "interrupted before its turn"),
        ],
        ..workload("prices", "pandas-apply")
    }
}

fn hostile() -> Workload {
    let name = "<script>alert('x')</script>\x1b[31m|`@team`\u{202E}]]>\" and a name that goes on and on and on";
    Workload {
        description: Some("<b>bold</b> & 日本語, a|b, ``ticks``\x07".into()),
        size: u64::MAX,
        stopped: Stopped::Interrupted,
        error: None,
        warnings: vec!["</style><script>\u{2066}\nsecond line".into()],
        input: Input { sha256: None, bytes: None },
        claims: vec![Claim {
            source: "<a href=\"javascript:alert(1)\">#12</a> | x".into(),
            published: Published { against: f64::INFINITY, contender: 1.0 },
            measured_speedup: Some(estimate(1e-9, 0.5)),
            reason: Some("\x1b]0;title\x07</td><script>".into()),
            against: "another | one".into(),
            ..claim("", name, [1.0, 1.0], 1.0, ClaimVerdict::NotReproduced)
        }],
        contenders: vec![
            Contender {
                equivalence: found(EquivalenceStatus::Unchecked, "two processes differ: {'a', 'b'} ≠ {'b', 'a'}"),
                ..timed("unstable", Kind::Python, Route::InProcess, estimate(1.0, 0.1))
            },
            Contender {
                peak_memory_bytes: Some(u64::MAX),
                ..faster(name, Kind::Rust, Route::Subprocess, estimate(12_345.0, 0.7), 1e-9)
            },
            faster("enormous", Kind::Rust, Route::Grpc, estimate(3e-10, 0.001), 3e9),
            Contender {
                seconds: Some(estimate(f64::NAN, 0.1)),
                ..timed("not-a-number", Kind::Python, Route::InProcess, estimate(1.0, 0.1))
            },
            failed("```", Status::Failed, "Traceback:\x1b]0;title\x07\n```\n</pre><script>\n````"),
        ],
        ..workload("<script>|hostile", name)
    }
}

fn workload(name: &str, baseline: &str) -> Workload {
    Workload {
        name: name.into(),
        description: None,
        size: 1,
        size_name: None,
        input: Input { sha256: Some("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b".into()), bytes: Some(40_000_000) },
        baseline: baseline.into(),
        stopped: Stopped::Precision,
        error: None,
        warnings: Vec::new(),
        contenders: Vec::new(),
        claims: Vec::new(),
        sweep: None,
        tried: None,
    }
}

fn timed(name: &str, kind: Kind, route: Route, seconds: Estimate) -> Contender {
    let p50 = seconds.estimate;
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
        seconds: Some(seconds),
        scheme: Some(Scheme::Turns),
        system_seconds: Some(0.0),
        page_faults: Some(0.0),
        cpu_over_wall: Some(0.99),
        latency: Some(Latency { count: 2_000, p50, p90: p50 * 1.03, p99: Some(p50 * 1.2), max: p50 * 2.0 }),
        peak_memory_bytes: Some(12_582_912),
        speedup: None,
        interpreter: None,
        speedup_withheld: None,
        remembers: None,
        samples: 240,
        processes: 6,
        converged: true,
        settled: None,
        throughput: None,
        distribution: Some(distribution(p50)),
        sources: sources(name, route),
        warnings: Vec::new(),
    }
}

/// Samples around a time, two of them far beyond the others.
fn distribution(middle: f64) -> Distribution {
    let counts = vec![2, 11, 38, 61, 52, 33, 21, 9, 6, 3, 0, 1, 0, 0, 1, 0];
    Distribution { low: middle * 0.96, high: middle * 1.12, counts, beyond: 2, slowest: middle * 1.7 }
}

/// A function in Python, and one in Rust where that is called.
fn sources(name: &str, route: Route) -> Vec<Source> {
    let python = format!("def {}(data):\n    # half of \"it\" < 2\n    return data / 2\n", name.replace('-', "_"));
    let rust = "pub fn half(x: u64) -> u64 {\n    x / 2 // \"rounded\" & down\n}\n";
    let python = Source { file: "impls.py".into(), line: 12, text: python };
    let rust = Source { file: "rust/src/lib.rs".into(), line: 40, text: rust.into() };
    match route {
        Route::Kernel => vec![rust],
        Route::InProcess => vec![python],
        _ => vec![python, rust],
    }
}

fn faster(name: &str, kind: Kind, route: Route, seconds: Estimate, speedup: f64) -> Contender {
    Contender { speedup: Some(estimate(speedup, 0.013)), ..timed(name, kind, route, seconds) }
}

fn baseline(contender: Contender) -> Contender {
    let equivalence =
        Equivalence { status: EquivalenceStatus::Baseline, detail: None, expected: None, hint: None, test: None };
    Contender { equivalence, ..contender }
}

fn with_throughput(contender: Contender) -> Contender {
    let per_second = 40e6 / contender.seconds.unwrap().estimate;
    Contender { throughput: Some(Throughput { unit: "bytes".into(), per_second }), ..contender }
}

fn failed(name: &str, status: Status, error: &str) -> Contender {
    Contender {
        status,
        error: Some(error.into()),
        equivalence: Equivalence {
            status: EquivalenceStatus::Unchecked,
            detail: None,
            expected: None,
            hint: None,
            test: None,
        },
        seconds: None,
        scheme: None,
        system_seconds: None,
        page_faults: None,
        cpu_over_wall: None,
        latency: None,
        peak_memory_bytes: None,
        samples: 0,
        processes: 0,
        converged: false,
        settled: None,
        distribution: None,
        ..timed(name, Kind::Python, Route::InProcess, estimate(1.0, 0.1))
    }
}

fn found(status: EquivalenceStatus, detail: &str) -> Equivalence {
    Equivalence { status, detail: Some(detail.into()), expected: None, hint: None, test: None }
}

/// A claim about times, held against `python`.
fn claim(source: &str, contender: &str, seconds: [f64; 2], measured: f64, verdict: ClaimVerdict) -> Claim {
    let [against, own] = seconds;
    Claim {
        source: source.into(),
        contender: contender.into(),
        against: "python".into(),
        quantity: Quantity::Time,
        published: Published { against, contender: own },
        size: None,
        claimed_speedup: Some(against / own),
        measured_speedup: Some(estimate(measured, 0.013)),
        measured_memory_ratio: None,
        verdict,
        reason: None,
    }
}

fn estimate(value: f64, relative: f64) -> Estimate {
    Estimate { estimate: value, low: value * (1.0 - relative), high: value * (1.0 + relative) }
}
