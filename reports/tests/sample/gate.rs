//! One gate that has everything a rendering may meet.

use rustworthy_model::Estimate;

use rustworthy_model::gate::*;

/// A name that would break out of whatever it is put into, if it could.
pub(crate) const HOSTILE: &str = "<script>|a\n::error::`@team` %0A,x\u{202E}\x1b[31m";

/// The sample.
pub(crate) fn gate() -> Gate {
    let comparison = crate::sample::comparison();
    let command = ["rustworthy", "gate", "--against", "main"].map(String::from).into();
    Gate {
        schema: SCHEMA.into(),
        run: rustworthy_model::Run { command, complete: false, ..comparison.run },
        environment: Some(comparison.environment),
        old: Side {
            origin: Origin::Revision,
            name: "main".into(),
            commit: Some("137d11c0ffee0ddba11".into()),
            modified: false,
        },
        new: Side {
            origin: Origin::WorkingTree,
            name: "working tree".into(),
            commit: Some("9e8d7c6b5a4f3e2d1c0".into()),
            modified: true,
        },
        metric: GateMetric::Time,
        counted_by: None,
        verdict: Verdict::Regressed,
        false_alarm_rate: 0.05,
        benchmarks: benchmarks(),
        warnings: vec!["another process kept 38 % of a processor busy".into()],
    }
}

fn benchmarks() -> Vec<Benchmark> {
    let traceback =
        "Traceback (most recent call last):\n  File \"/srv/a.py\", line 3, in run\n    x[0]\nIndexError: none";
    vec![
        measured("sum-squares", "python", BenchmarkVerdict::Unchanged, 0.4125, [-0.004, 0.002, 0.008]),
        Benchmark {
            confirmation: Some(interval([0.0352, 0.0461, 0.0569])),
            ..measured("sum-squares", "pyo3-serial", BenchmarkVerdict::Regressed, 0.00498, [0.039, 0.048, 0.057])
        },
        Benchmark {
            metric: Metric::P99,
            problem: problem(ProblemKind::TooLittleData, "64 calls, 300 are needed"),
            ..nothing("sum-squares", "pyo3-serial", BenchmarkVerdict::Inconclusive)
        },
        Benchmark {
            metric: Metric::PeakMemory,
            fail_over: 0.1,
            ..measured("sum-squares", "pyo3-serial", BenchmarkVerdict::Regressed, 71_303_168.0, [0.21, 0.25, 0.31])
        },
        Benchmark {
            confirmation: Some(interval([-0.139, -0.127, -0.114])),
            ..measured("sum-squares", "pyo3-parallel", BenchmarkVerdict::Improved, 0.0026, [-0.148, -0.131, -0.116])
        },
        measured(
            "json-schema-validation",
            "pyo3-callback-per-row",
            BenchmarkVerdict::Inconclusive,
            1.2e-5,
            [-0.012, 0.031, 0.074],
        ),
        measured("json-schema-validation", "rust", BenchmarkVerdict::Unchanged, 9.4e-8, [-0.0004, 0.0001, 0.0006]),
        Benchmark {
            problem: problem(ProblemKind::ControlMoved, "python takes 1.08× ±1.2% of its time"),
            ..measured("json-schema-validation", "cached", BenchmarkVerdict::Inconclusive, 9.4e-4, [0.07, 0.08, 0.09])
        },
        Benchmark {
            problem: problem(ProblemKind::FailedOld, traceback),
            ..nothing("prices", "polars", BenchmarkVerdict::Inconclusive)
        },
        Benchmark {
            problem: problem(ProblemKind::FailedNew, "killed by SIGSEGV"),
            ..nothing("prices", "wild-pointer", BenchmarkVerdict::Inconclusive)
        },
        Benchmark {
            problem: problem(ProblemKind::FailedBoth, ""),
            ..nothing("prices", "decimal", BenchmarkVerdict::Inconclusive)
        },
        Benchmark {
            problem: problem(ProblemKind::OutputChanged, "[17].price: 3.5 ≠ 3.4"),
            ..measured("prices", "pandas", BenchmarkVerdict::Inconclusive, 0.0412, [-0.52, -0.5, -0.48])
        },
        Benchmark {
            problem: problem(ProblemKind::InputChanged, "its digest was 9f86d081884c and is 60303ae22b99"),
            ..nothing("prices", "numpy", BenchmarkVerdict::Inconclusive)
        },
        Benchmark {
            problem: problem(ProblemKind::Interrupted, "before its turn"),
            ..nothing("prices", "later", BenchmarkVerdict::Inconclusive)
        },
        nothing("prices", "removed", BenchmarkVerdict::Missing),
        Benchmark { new: Some(near(0.0021)), ..nothing("prices", "added", BenchmarkVerdict::New) },
        Benchmark {
            problem: problem(ProblemKind::FailedNew, HOSTILE),
            ..measured(HOSTILE, HOSTILE, BenchmarkVerdict::Inconclusive, 3.0, [0.11, 0.125, 0.14])
        },
    ]
}

fn measured(workload: &str, contender: &str, verdict: BenchmarkVerdict, old: f64, change: [f64; 3]) -> Benchmark {
    Benchmark {
        change: Some(interval(change)),
        old: Some(near(old)),
        new: Some(near(old * (1.0 + change[1]))),
        rounds: 24,
        ..nothing(workload, contender, verdict)
    }
}

/// A benchmark without any figures.
fn nothing(workload: &str, contender: &str, verdict: BenchmarkVerdict) -> Benchmark {
    Benchmark {
        workload: workload.into(),
        contender: contender.into(),
        metric: Metric::Time,
        verdict,
        change: None,
        fail_over: 0.03,
        old: None,
        new: None,
        confirmation: None,
        rounds: 0,
        problem: None,
        counts: Vec::new(),
        remarks: Vec::new(),
    }
}

fn problem(kind: ProblemKind, detail: &str) -> Option<Problem> {
    Some(Problem { kind, detail: detail.into() })
}

fn interval([low, estimate, high]: [f64; 3]) -> Estimate {
    Estimate { estimate, low, high }
}

fn near(value: f64) -> Estimate {
    interval([value * 0.992, value, value * 1.008])
}
