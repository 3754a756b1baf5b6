//! What becomes of speedups where the embedded Python isn't as fast as the executable that users run: a pure rule.
//!
//! Python code then takes longer, or less long, than users see, and code that isn't Python doesn't: a ratio of the two is off by as
//! much. A ratio of Python to Python keeps, since both sides are off alike.

use rustworthy_model::comparison::{Claim, ClaimVerdict, Contender, Kind, Quantity, Route, Withheld, Workload};
use rustworthy_model::environment::EMBEDDING_LIMIT;
use rustworthy_model::sweep::Sweep;
use rustworthy_model::{Estimate, figures};

use super::comparison::converged;

/// What runs the code of a contender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RunBy {
    /// The embedded interpreter, as far as is known.
    Interpreter,
    /// Nothing of Python.
    Machine,
    /// Either, in unknown shares: a library calls back or converts, a boundary is crossed, another interpreter runs.
    Both,
}

/// A workload without the speedups that a Python whose embedding is certainly off would make wrong by more than a tenth.
///
/// `embedded_over_executable` is the time of a control loop in the embedded interpreter over its time in the executable, and
/// `precision` what was asked of intervals, a share of their estimates.
pub fn withhold(workload: Workload, embedded_over_executable: Option<Estimate>, precision: f64) -> Workload {
    let Some(ratio) = embedded_over_executable.filter(is_certainly_off) else { return workload };
    let ran_by = |name: &str| workload.contenders.iter().find(|one| one.name == name).map(run_by);
    let is_affected = |one: &str, other: &str| is_ratio_affected(ran_by(one), ran_by(other));
    let baseline = workload.baseline.as_str();
    let affected = |name: &str| name != baseline && is_affected(baseline, name);
    let has_speedup = |one: &Contender| one.speedup.is_some() || has_swept_speedup(workload.sweep.as_ref(), &one.name);
    let contenders = workload.contenders.iter().map(|one| match affected(&one.name) && has_speedup(one) {
        true => without_speedup(one.clone(), ratio, precision),
        false => one.clone(),
    });
    let contenders: Vec<Contender> = contenders.collect();
    let claims = workload.claims.iter().map(|claim| match is_affected(&claim.against, &claim.contender) {
        true => incomparable(claim.clone(), &ratio),
        false => claim.clone(),
    });
    let claims = claims.collect();
    let sweep = workload.sweep.clone().map(|sweep| without_speedups(sweep, affected));
    let withheld: Vec<&str> =
        contenders.iter().filter(|one| one.speedup_withheld.is_some()).map(|one| one.name.as_str()).collect();
    let warning = (!withheld.is_empty()).then(|| {
        format!(
            "speedups of {} over {baseline} are withheld: {}; choose a Python whose executable runs its shared library (--python PATH, \
             one built with --enable-shared and --enable-optimizations); `rustworthy doctor` tells",
            withheld.join(", "),
            why(&ratio)
        )
    });
    let warnings = workload.warnings.iter().cloned().chain(warning).collect();
    Workload { contenders, claims, sweep, warnings, ..workload }
}

/// Whether the whole interval lies further from 1 than is tolerated, in either direction.
pub(crate) fn is_certainly_off(ratio: &Estimate) -> bool {
    ratio.low > 1.0 + EMBEDDING_LIMIT || ratio.high < 1.0 / (1.0 + EMBEDDING_LIMIT)
}

fn run_by(contender: &Contender) -> RunBy {
    match (contender.kind, contender.route) {
        (Kind::Python | Kind::Algorithm, Route::InProcess) => RunBy::Interpreter,
        (_, Route::Kernel) => RunBy::Machine,
        (
            Kind::Python | Kind::Algorithm | Kind::Library | Kind::Compiler | Kind::Interpreter | Kind::Rust,
            Route::InProcess | Route::Pyo3 | Route::Subprocess | Route::Http | Route::Grpc,
        ) => RunBy::Both,
    }
}

/// Whether a ratio of two times is off where the embedding is. What isn't known to be off alike may be.
fn is_ratio_affected(one: Option<RunBy>, other: Option<RunBy>) -> bool {
    !matches!(
        (one, other),
        (Some(RunBy::Interpreter), Some(RunBy::Interpreter)) | (Some(RunBy::Machine), Some(RunBy::Machine))
    )
}

fn why(ratio: &Estimate) -> String {
    let [speed, effect] = if ratio.estimate > 1.0 { ["slower", "large"] } else { ["faster", "small"] };
    format!(
        "the embedded Python takes {} {} of the time of the executable that users run, which makes Python look {speed} and the \
         speedups too {effect} by about as much",
        figures::factor(ratio.estimate),
        figures::interval(ratio),
    )
}

/// What is left to be precise about is its time.
fn without_speedup(contender: Contender, embedded_over_executable: Estimate, precision: f64) -> Contender {
    Contender {
        speedup: None,
        speedup_withheld: Some(Withheld::Embedding { embedded_over_executable }),
        converged: converged(contender.seconds.as_ref(), precision),
        ..contender
    }
}

fn has_swept_speedup(sweep: Option<&Sweep>, name: &str) -> bool {
    let swept = sweep.and_then(|sweep| sweep.contenders.iter().find(|one| one.name == name));
    swept.is_some_and(|one| one.points.iter().any(|point| point.speedup.is_some()))
}

/// Costs stay: they are times, not ratios.
fn without_speedups(mut sweep: Sweep, is_affected: impl Fn(&str) -> bool) -> Sweep {
    for contender in sweep.contenders.iter_mut().filter(|one| is_affected(&one.name)) {
        contender.break_even = None;
        contender.points.iter_mut().for_each(|point| point.speedup = None);
    }
    sweep
}

/// A claim about times, if it was comparable so far.
fn incomparable(claim: Claim, ratio: &Estimate) -> Claim {
    if claim.quantity != Quantity::Time || claim.measured_speedup.is_none() {
        return claim;
    }
    Claim { measured_speedup: None, verdict: ClaimVerdict::NotComparable, reason: Some(why(ratio)), ..claim }
}

#[cfg(test)]
mod tests;
