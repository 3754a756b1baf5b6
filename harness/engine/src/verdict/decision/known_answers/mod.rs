//! Projects of which the right answer is known: a manifest, a comparison and an attribution each.
//!
//! Tests of the rules go through them, and tests of the command line, which write them to disk.

mod results;

use rustworthy_model::Estimate;
use rustworthy_model::attribution::{Attribution, Kind as FunctionKind, Refusal};
use rustworthy_model::comparison::{Comparison, Contender, Kind, Remembers, Route};
use rustworthy_model::decision::Verdict;
use rustworthy_model::equivalence::{Equivalence, EquivalenceStatus};

pub(crate) use results::{around, baseline, contender, function, prices};
use results::{attribution, comparison, manifest, row, workload};

/// One of them.
pub(crate) struct Known {
    pub(crate) name: &'static str,
    /// `rustworthy.toml`
    pub(crate) manifest: String,
    pub(crate) comparison: Option<Comparison>,
    pub(crate) attribution: Option<Attribution>,
    /// What has to come of the first candidate.
    pub(crate) verdict: Verdict,
    pub(crate) contender: Option<&'static str>,
    /// The code of one of its reasons.
    pub(crate) code: &'static str,
    /// What its reasons have to say in words.
    pub(crate) says: &'static str,
    /// What its command has to be; none where it's settled.
    pub(crate) command: Option<&'static str>,
}

/// All of them.
pub(crate) fn known() -> Vec<Known> {
    vec![
        clear_win(),
        overhead_eats_it(),
        library_suffices(),
        algorithm_suffices(),
        compiler_suffices(),
        newer_python_suffices(),
        too_rare(),
        already_native(),
        io_bound(),
        asleep(),
        may_do_without_sleep(),
        gc_bound(),
        queue_bound(),
        outputs_differ(),
        results_remembered(),
        nothing_but_memory(),
        unstable_baseline(),
        thin_tail(),
        interval_too_wide(),
        kernel_alone(),
        cost_says_yes(),
        p99_says_yes(),
        speed_alone(),
        no_contender(),
        model_rejected(),
        load_missed(),
        little_at_another_load(),
        p99_hardly_known(),
        paid_back_at_another_load(),
    ]
}

fn clear_win() -> Known {
    Known {
        name: "clear win",
        verdict: Verdict::Migrate,
        contender: Some("rust"),
        code: "p99_effect",
        says: "p99 goes from 100 ms to",
        ..hot(vec![baseline(), contender("rust", Kind::Rust, Route::Pyo3, 10.0)], 0.5)
    }
}

fn overhead_eats_it() -> Known {
    Known {
        name: "call overhead eats it",
        verdict: Verdict::Leave,
        code: "none_faster",
        says: "No route is faster than the baseline",
        ..hot(
            vec![
                baseline(),
                contender("rust", Kind::Rust, Route::Pyo3, 0.7),
                contender("service", Kind::Rust, Route::Http, 0.04),
            ],
            0.5,
        )
    }
}

fn library_suffices() -> Known {
    Known {
        name: "library suffices",
        verdict: Verdict::UseLibrary,
        contender: Some("library"),
        code: "share_of_rust",
        says: "80% is enough",
        ..hot(
            vec![
                baseline(),
                contender("library", Kind::Library, Route::InProcess, 9.0),
                contender("rust", Kind::Rust, Route::Pyo3, 14.0),
            ],
            0.5,
        )
    }
}

fn algorithm_suffices() -> Known {
    Known {
        name: "algorithm suffices",
        verdict: Verdict::FixAlgorithm,
        contender: Some("hash-join"),
        code: "speed",
        says: "hash-join is 50× (49 to 51) as fast",
        ..hot(
            vec![
                baseline(),
                contender("rust", Kind::Rust, Route::Pyo3, 40.0),
                contender("hash-join", Kind::Algorithm, Route::InProcess, 50.0),
            ],
            0.5,
        )
    }
}

fn compiler_suffices() -> Known {
    Known {
        name: "compiler suffices",
        verdict: Verdict::Compile,
        contender: Some("mypyc"),
        code: "speed",
        says: "mypyc is 12× (11.8 to 12.2) as fast",
        ..hot(
            vec![
                baseline(),
                contender("rust", Kind::Rust, Route::Pyo3, 14.0),
                contender("mypyc", Kind::Compiler, Route::InProcess, 12.0),
            ],
            0.5,
        )
    }
}

fn newer_python_suffices() -> Known {
    Known {
        name: "newer Python suffices",
        verdict: Verdict::UpgradePython,
        contender: Some("newer"),
        code: "share_of_rust",
        says: "of what rust (pyo3) brings; 80% is enough",
        ..hot(
            vec![
                baseline(),
                contender("newer", Kind::Interpreter, Route::InProcess, 1.6),
                contender("rust", Kind::Rust, Route::Pyo3, 1.7),
            ],
            0.5,
        )
    }
}

fn too_rare() -> Known {
    Known {
        name: "too rare to matter",
        verdict: Verdict::Leave,
        code: "p99_ceiling",
        says: "Even if it and all that it calls took no time, p99 would change by −1%",
        ..hot(vec![baseline(), contender("rust", Kind::Rust, Route::Pyo3, 80.0)], 0.01)
    }
}

fn already_native() -> Known {
    let mut known = hot(vec![baseline(), contender("rust", Kind::Rust, Route::Pyo3, 0.95)], 0.6);
    if let Some(attribution) = &mut known.attribution {
        attribution.functions[0].kind = FunctionKind::Native;
    }
    Known {
        name: "hot but already native",
        verdict: Verdict::Leave,
        code: "already_native",
        says: "spent in native code already",
        ..known
    }
}

fn io_bound() -> Known {
    let mut known = hot(vec![baseline(), contender("rust", Kind::Rust, Route::Pyo3, 20.0)], 0.02);
    if let Some(attribution) = &mut known.attribution {
        attribution.functions.push(row("(asleep)", FunctionKind::Unattributed, 0.9));
    }
    Known {
        name: "I/O-bound",
        verdict: Verdict::Leave,
        code: "p99_made_by",
        says: "What makes p99 is asleep, 90% (89 to 91) of it",
        ..known
    }
}

/// The same where it is the function itself that sleeps, and nothing was measured in its place.
fn asleep() -> Known {
    let mut known = hot(vec![baseline(), contender("slower", Kind::Algorithm, Route::InProcess, 0.9)], 0.02);
    if let Some(attribution) = &mut known.attribution {
        let function = &mut attribution.functions[0];
        (function.asleep_per_request, function.asleep_share_of_p99) = (Some(0.012), Some(around(0.6, 0.02)));
    }
    Known {
        name: "it sleeps itself",
        verdict: Verdict::Leave,
        code: "asleep",
        says: "for 12.0 ms of a request, 60% (58 to 62) of p99: what saves that is not to wait",
        ..known
    }
}

fn may_do_without_sleep() -> Known {
    let mut known = asleep();
    if let Some(comparison) = &mut known.comparison {
        comparison.workloads[0].contenders[1].speedup = Some(around(9.0, 0.1));
    }
    Known {
        name: "a contender may do without the sleep",
        verdict: Verdict::Inconclusive,
        code: "p99_doubtful",
        says: "a contender may do without: name what replaces it in the scenario's `migrated`",
        ..known
    }
}

fn gc_bound() -> Known {
    let mut known = hot(vec![baseline(), contender("rust", Kind::Rust, Route::Pyo3, 20.0)], 0.015);
    if let Some(attribution) = &mut known.attribution {
        attribution.functions.push(row("(garbage collection)", FunctionKind::Gc, 0.7));
    }
    Known {
        name: "GC-bound",
        verdict: Verdict::Leave,
        code: "p99_made_by",
        says: "What makes p99 is garbage collection",
        ..known
    }
}

fn queue_bound() -> Known {
    let mut known = hot(vec![baseline(), contender("rust", Kind::Rust, Route::Pyo3, 10.0)], 0.7);
    if let Some(attribution) = &mut known.attribution {
        // Little of p99, and nearly all of it if others needn't wait.
        let share = Some(around(0.025, 0.004));
        let function = &mut attribution.functions[0];
        (function.share_of_p99, function.inclusive_share_of_p99) = (share, share);
        attribution.waiting.share_of_p99 = Some(around(0.9, 0.02));
    }
    Known {
        name: "queue-bound with a small share but a large effect",
        verdict: Verdict::Migrate,
        contender: Some("rust"),
        code: "share_of_p99",
        says: "others wait in the queue behind it",
        ..known
    }
}

fn outputs_differ() -> Known {
    let mut rust = contender("rust", Kind::Rust, Route::Pyo3, 30.0);
    rust.speedup = None;
    rust.equivalence.status = EquivalenceStatus::Different;
    rust.equivalence.detail = Some("[17].price: 3.5 ≠ 3.4".into());
    Known {
        name: "outputs differ",
        verdict: Verdict::Inconclusive,
        code: "blocked",
        says: "computes something else: [17].price: 3.5 ≠ 3.4",
        command: None,
        ..hot(vec![baseline(), rust], 0.5)
    }
}

/// A contender that is so fast because its results are there already.
fn memo() -> Contender {
    let remembers = Some(Remembers { first_over_repeat: 3_000.0, with_imports: false });
    Contender { remembers, ..contender("memo", Kind::Algorithm, Route::InProcess, 52.0) }
}

fn results_remembered() -> Known {
    Known {
        name: "the fastest remembers results",
        verdict: Verdict::Migrate,
        contender: Some("rust"),
        code: "not_chosen",
        says: "memo remembers results from call to call: only repeats were timed",
        ..hot(vec![baseline(), memo(), contender("rust", Kind::Rust, Route::Pyo3, 10.0)], 0.5)
    }
}

fn nothing_but_memory() -> Known {
    Known {
        name: "all there is remembers results",
        verdict: Verdict::Inconclusive,
        code: "blocked",
        says: "took 3,000 times as long.",
        ..hot(vec![baseline(), memo()], 0.5)
    }
}

fn unstable_baseline() -> Known {
    let unchecked = |contender: Contender| Contender {
        speedup: None,
        equivalence: Equivalence {
            status: EquivalenceStatus::Unchecked,
            detail: Some("the baseline differs from itself: [3]: 1 ≠ 2".into()),
            expected: None,
            hint: None,
            test: None,
        },
        ..contender
    };
    Known {
        name: "unstable baseline",
        verdict: Verdict::Inconclusive,
        code: "baseline_unstable",
        says: "No output can be held against the baseline's",
        command: None,
        ..hot(vec![unchecked(baseline()), unchecked(contender("rust", Kind::Rust, Route::Pyo3, 30.0))], 0.5)
    }
}

fn thin_tail() -> Known {
    let mut known = hot(vec![baseline(), contender("rust", Kind::Rust, Route::Pyo3, 10.0)], 0.5);
    if let Some(attribution) = &mut known.attribution {
        attribution.requests = 300;
        attribution.latency.p99 = None;
        attribution.refused =
            Some(Refusal { reason: "300 requests leave 3 beyond p99".into(), requests_needed: Some(1_000) });
        for function in &mut attribution.functions {
            (function.share_of_p99, function.inclusive_share_of_p99) = (None, None);
        }
    }
    Known {
        name: "thin tail",
        verdict: Verdict::Inconclusive,
        code: "tail_too_thin",
        says: "Too few requests tell of p99",
        command: Some("rustworthy attribute api --requests 1000"),
        ..known
    }
}

fn interval_too_wide() -> Known {
    let mut rust = contender("rust", Kind::Rust, Route::Pyo3, 1.6);
    rust.speedup = Some(Estimate { estimate: 1.6, low: 0.7, high: 3.4 });
    Known {
        name: "too wide an interval",
        verdict: Verdict::Inconclusive,
        code: "speed_too_wide",
        says: "the interval is too wide to tell",
        command: Some("rustworthy compare validate --precision 1% --budget 300s"),
        ..hot(vec![baseline(), rust], 0.5)
    }
}

fn kernel_alone() -> Known {
    Known {
        name: "kernel fast but every route slow",
        verdict: Verdict::Leave,
        code: "kernel_faster",
        says: "nobody can call it at that price",
        ..hot(
            vec![
                baseline(),
                contender("kernel", Kind::Rust, Route::Kernel, 60.0),
                contender("rust", Kind::Rust, Route::Pyo3, 0.9),
                contender("process", Kind::Rust, Route::Subprocess, 0.02),
            ],
            0.5,
        )
    }
}

/// 4,000 dollars once, against 0.54 ms of 200 billion requests a month at 0.04 dollars an hour: 1,200 dollars.
fn cost_says_yes() -> Known {
    let known = hot(vec![baseline(), contender("rust", Kind::Rust, Route::Pyo3, 10.0)], 0.03);
    Known {
        name: "cost says yes and p99 no",
        verdict: Verdict::Migrate,
        contender: Some("rust"),
        code: "saving",
        says: "are paid back in",
        manifest: known.manifest.clone() + &prices(2e11),
        ..known
    }
}

fn p99_says_yes() -> Known {
    let known = hot(vec![baseline(), contender("rust", Kind::Rust, Route::Pyo3, 10.0)], 0.5);
    Known {
        name: "p99 says yes and cost no",
        verdict: Verdict::Migrate,
        contender: Some("rust"),
        code: "saving",
        says: "within 12 months is what counts",
        manifest: known.manifest.clone() + &prices(1e4),
        ..known
    }
}

fn speed_alone() -> Known {
    let contenders = vec![
        baseline(),
        contender("library", Kind::Library, Route::InProcess, 1.5),
        contender("rust", Kind::Rust, Route::Pyo3, 12.0),
    ];
    Known {
        name: "neither scenario nor prices",
        verdict: Verdict::Migrate,
        contender: Some("rust"),
        code: "speed_alone",
        says: "This goes by speed alone",
        attribution: None,
        ..hot(contenders, 0.5)
    }
}

fn no_contender() -> Known {
    let known = hot(vec![baseline()], 0.5);
    Known {
        name: "nothing to hold it against",
        verdict: Verdict::Inconclusive,
        code: "no_workload",
        says: "No workload stands for it",
        command: None,
        manifest: known.manifest.replace("replaces = 'service:validate'\n", ""),
        comparison: None,
        ..known
    }
}

fn model_rejected() -> Known {
    let mut known = hot(vec![baseline(), contender("rust", Kind::Rust, Route::Pyo3, 10.0)], 0.5);
    if let Some(attribution) = &mut known.attribution {
        attribution.model.accepted = false;
        attribution.model.reason = Some("replayed, p99 is 38% lower than observed".into());
        attribution.functions.iter_mut().for_each(|function| function.what_if.clear());
        attribution.sets.clear();
    }
    Known {
        name: "model rejected",
        verdict: Verdict::Inconclusive,
        code: "model_rejected",
        says: "The model of the queue was rejected",
        command: Some("rustworthy attribute api --requests 12000"),
        ..known
    }
}

/// The same, busy a tenth more than was asked for.
fn overloaded(known: Known) -> Known {
    let mut known = known;
    if let Some(attribution) = &mut known.attribution {
        attribution.utilization = Some(around(0.8, 0.01));
        if let Some(load) = &mut attribution.load {
            (load.utilization, load.is_reached) = (Some(0.7), Some(false));
        }
    }
    known
}

fn load_missed() -> Known {
    Known {
        name: "another load than was asked for",
        verdict: Verdict::Inconclusive,
        contender: None,
        code: "p99_doubtful",
        says: "utilisation was 80% (79 to 81) where 70% was asked for",
        command: Some("rustworthy attribute api --wait-for-quiet 5m"),
        ..overloaded(clear_win())
    }
}

fn little_at_another_load() -> Known {
    Known {
        name: "little of p99 at another load",
        verdict: Verdict::Inconclusive,
        code: "p99_doubtful",
        says: "decides nothing",
        command: Some("rustworthy attribute api --wait-for-quiet 5m"),
        ..overloaded(too_rare())
    }
}

fn p99_hardly_known() -> Known {
    let mut known = clear_win();
    if let Some(attribution) = &mut known.attribution {
        attribution.latency.p99 = Some(Estimate { estimate: 0.1, low: 0.07, high: 0.16 });
    }
    Known {
        name: "p99 is hardly known",
        verdict: Verdict::Inconclusive,
        contender: None,
        code: "p99_doubtful",
        says: "it is 100 ms (70.0 ms to 160 ms)",
        command: Some("rustworthy attribute api --requests 12000 --wait-for-quiet 5m"),
        ..known
    }
}

/// What p99 is makes no difference to what is saved.
fn paid_back_at_another_load() -> Known {
    Known { name: "cost says yes at another load", ..overloaded(cost_says_yes()) }
}

/// A service in which one function takes that share, with a workload that stands for it.
pub(super) fn hot(contenders: Vec<Contender>, share: f64) -> Known {
    let manifest = manifest(&contenders);
    let rust = contenders.iter().filter(|one| one.kind == Kind::Rust && one.route != Route::Kernel);
    let best = rust.filter_map(|one| one.speedup).max_by(|one, other| one.estimate.total_cmp(&other.estimate));
    Known {
        name: "",
        manifest,
        comparison: Some(comparison(vec![workload("validate", contenders)])),
        attribution: Some(attribution(vec![function("service:validate", share, best)])),
        verdict: Verdict::Inconclusive,
        contender: None,
        code: "",
        says: "",
        command: None,
    }
}
