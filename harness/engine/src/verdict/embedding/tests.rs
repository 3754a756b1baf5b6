use std::collections::BTreeMap;
use std::time::Duration;

use rustworthy_model::comparison::{Claim, Published};
use rustworthy_stats::Resampling;

use super::*;
use crate::measure::{Effort, Planned, Record, Records, Session, Settings};
use crate::simulation::{Function, MACHINES, Simulation, workload};
use crate::verdict::comparison::tests::{contender, equivalence};
use crate::verdict::{summarise, sweep};
use rustworthy_model::equivalence::{EquivalenceStatus, Status};

fn ratio(low: f64, high: f64) -> Option<Estimate> {
    Some(Estimate { estimate: (low * high).sqrt(), low, high })
}

#[test]
fn only_an_interval_that_is_certainly_a_tenth_off_withholds() {
    let cases = [
        (1.42, 1.46, true),
        (1.101, 1.2, true),
        (1.09, 1.4, false),
        (1.05, 1.08, false),
        (0.98, 1.02, false),
        (0.9, 0.95, false),
        (0.7, 0.92, false),
        (0.8, 0.9, true),
    ];
    for (low, high, is_off) in cases {
        assert_eq!(is_certainly_off(&ratio(low, high).unwrap()), is_off, "{low} to {high}");
    }
}

#[test]
fn only_python_against_python_and_kernels_against_kernels_are_off_alike() {
    let of = |kind, route| {
        let contender = contender(Status::Measured, equivalence(EquivalenceStatus::Equal, None));
        Some(run_by(&Contender { kind, route, ..contender }))
    };
    let (python, kernel) = (of(Kind::Python, Route::InProcess), of(Kind::Rust, Route::Kernel));
    let cases = [
        (Kind::Python, Route::InProcess, false, true),
        (Kind::Algorithm, Route::InProcess, false, true),
        (Kind::Library, Route::InProcess, true, true),
        (Kind::Compiler, Route::InProcess, true, true),
        (Kind::Interpreter, Route::InProcess, true, true),
        (Kind::Rust, Route::InProcess, true, true),
        (Kind::Rust, Route::Pyo3, true, true),
        (Kind::Rust, Route::Kernel, true, false),
        (Kind::Rust, Route::Subprocess, true, true),
        (Kind::Rust, Route::Http, true, true),
        (Kind::Rust, Route::Grpc, true, true),
        (Kind::Python, Route::Subprocess, true, true),
        (Kind::Algorithm, Route::Http, true, true),
    ];
    for (kind, route, beside_python, beside_kernel) in cases {
        let other = of(kind, route);
        assert_eq!(is_ratio_affected(python, other), beside_python, "{kind:?} {route:?}");
        assert_eq!(is_ratio_affected(other, python), beside_python, "{kind:?} {route:?}");
        assert_eq!(is_ratio_affected(kernel, other), beside_kernel, "{kind:?} {route:?}");
    }
    let library = of(Kind::Library, Route::InProcess);
    assert!(is_ratio_affected(library, library), "shares of Python differ");
    assert!(is_ratio_affected(python, None), "one that wasn't chosen");
}

/// A workload as `compare` assembles it, measured on a simulated machine at two sizes: `python` is the baseline, `rust` is four
/// times as fast, `algorithm` twice.
fn measured() -> Workload {
    let functions = [("python", 8.0), ("rust", 2.0), ("algorithm", 4.0)];
    let functions = functions.map(|(name, milliseconds)| (name, Function::taking(milliseconds * 1e-3)));
    let simulation = Simulation::new(MACHINES[0], 1);
    let settings = Settings {
        workers: simulation.workers(functions.iter().cloned()),
        effort: Effort { budget: Duration::from_secs(20), ..Effort::QUICK },
        seed: 1,
        cpus: vec![0],
        memory: 1 << 40,
        scratch: "scratch".into(),
    };
    let mut manifest = workload("w", &["python", "rust", "algorithm"]);
    (manifest.contenders[1].kind, manifest.contenders[1].route) = (Kind::Rust, Route::Pyo3);
    manifest.contenders[2].kind = Kind::Algorithm;
    let mut records = Records::default();
    let planned = [250, 1000].map(|size| Planned {
        workload: &manifest,
        size,
        size_name: None,
        contenders: manifest.contenders.iter().collect(),
    });
    for planned in &planned {
        Session::new(&settings, &mut records, &|_: &Planned<'_>, _: &Record| Vec::new(), &mut |_| ()).measure(planned);
    }
    let record = |planned: &Planned<'_>| records.get("w", planned.size);
    let (effort, resampling) = (settings.effort, Resampling::default());
    let summary = summarise(&planned[1], record(&planned[1]).unwrap(), &effort, &resampling);
    let sizes = planned.each_ref().map(|planned| (planned.clone(), record(planned)));
    let claim = |contender: &str| Claim {
        source: "an article".into(),
        contender: contender.into(),
        against: "python".into(),
        quantity: Quantity::Time,
        published: Published { against: 4.0, contender: 1.0 },
        size: None,
        claimed_speedup: Some(4.0),
        measured_speedup: Some(Estimate::exactly(4.0)),
        measured_memory_ratio: None,
        verdict: ClaimVerdict::Reproduced,
        reason: None,
    };
    let claims = vec![claim("rust"), claim("algorithm")];
    Workload { sweep: Some(sweep(&sizes, &effort, &resampling)), claims, ..summary }
}

#[test]
fn an_embedding_that_is_slow_withholds_rust_and_leaves_the_algorithm() {
    let measured = measured();
    let speedups = |workload: &Workload| -> BTreeMap<String, Option<Estimate>> {
        workload.contenders.iter().map(|one| (one.name.clone(), one.speedup)).collect()
    };
    let before = speedups(&measured);
    assert!(before["rust"].is_some_and(|speedup| speedup.low > 2.0), "{before:?}");
    assert_eq!(withhold(measured.clone(), ratio(1.02, 1.3), 0.02), measured, "it may be as fast");
    assert_eq!(withhold(measured.clone(), None, 0.02), measured, "nothing is known");

    let off = ratio(1.42, 1.46);
    let withheld = withhold(measured.clone(), off, 0.02);
    let [python, rust, algorithm] = withheld.contenders.as_slice() else { panic!("{withheld:#?}") };
    let why = off.map(|embedded_over_executable| Withheld::Embedding { embedded_over_executable });
    assert_eq!((rust.speedup, rust.speedup_withheld), (None, why));
    assert_eq!((algorithm.speedup, algorithm.speedup_withheld), (before["algorithm"], None));
    assert_eq!((python.speedup_withheld, rust.seconds), (None, measured.contenders[1].seconds));
    let [warning] = withheld.warnings.as_slice() else { panic!("{:?}", withheld.warnings) };
    assert!(
        warning.starts_with("speedups of rust over python are withheld: the embedded Python takes 1.44×"),
        "{warning}"
    );
    assert!(warning.contains("too large") && warning.contains("--enable-shared"), "{warning}");

    let swept = &withheld.sweep.as_ref().unwrap().contenders;
    assert!(swept[1].break_even.is_none() && swept[1].points.iter().all(|point| point.speedup.is_none()));
    assert!(swept[1].points.iter().all(|point| point.seconds.is_some()) && swept[1].cost.is_some());
    assert_eq!(swept[2], measured.sweep.as_ref().unwrap().contenders[2]);
    assert!(swept[2].points.iter().all(|point| point.speedup.is_some()), "{swept:#?}");

    let [of_rust, of_algorithm] = withheld.claims.as_slice() else { panic!() };
    assert_eq!((of_rust.verdict, of_rust.measured_speedup), (ClaimVerdict::NotComparable, None));
    assert!(of_rust.reason.as_ref().is_some_and(|reason| reason.contains("embedded Python")));
    assert_eq!(of_algorithm, &measured.claims[1]);
}

#[test]
fn an_embedding_that_is_fast_withholds_as_well() {
    let withheld = withhold(measured(), ratio(0.7, 0.8), 0.02);
    assert_eq!(withheld.contenders[1].speedup, None);
    assert!(withheld.warnings[0].contains("too small"), "{:?}", withheld.warnings);
}

#[test]
fn what_has_no_speedup_anyway_is_not_told_to_be_withheld() {
    let mut different = measured();
    different.sweep = None;
    different.contenders[1].speedup = None;
    different.contenders[1].equivalence.status = EquivalenceStatus::Different;
    different.claims.clear();
    assert_eq!(withhold(different.clone(), ratio(1.42, 1.46), 0.02), different);
}
