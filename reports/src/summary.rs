//! The summary of a run: what each workload comes to, in a line.

use crate::comparison::{Contender, EquivalenceStatus, Kind, Route, Workload};
use crate::figures;
use crate::verdict::{Tone, Verdict};
use crate::view::{Measure, name};
use crate::words;

/// The best of each kind in one workload.
pub(crate) struct Summary {
    pub(crate) workload: String,
    /// The baseline's time.
    pub(crate) baseline: Option<Best>,
    /// The fastest library, algorithm or other Python.
    pub(crate) without_rust: Option<Best>,
    /// The fastest Rust that a caller can call.
    pub(crate) with_rust: Option<Best>,
    /// The fastest Rust without a Python boundary.
    pub(crate) kernel: Option<Best>,
}

/// A contender that is the fastest of its kind.
pub(crate) struct Best {
    /// Its name, and its route where the name doesn't tell.
    pub(crate) contender: String,
    /// Its speedup, or the baseline's time.
    pub(crate) measure: Measure,
    pub(crate) tone: Tone,
    /// Whether nothing else that can be called was found to be faster.
    pub(crate) is_first: bool,
}

impl Summary {
    pub(crate) fn new(workload: &Workload) -> Self {
        let baseline =
            workload.contenders.iter().find(|contender| contender.equivalence.status == EquivalenceStatus::Baseline);
        let first = fastest(workload);
        Self {
            workload: name(&workload.name),
            baseline: baseline.and_then(|baseline| Best::baseline(baseline, first.is_none())),
            without_rust: Best::of(workload, |contender| contender.kind != Kind::Rust && is_callable(contender)),
            with_rust: Best::of(workload, |contender| contender.kind == Kind::Rust && is_callable(contender)),
            kernel: Best::of(workload, |contender| !is_callable(contender)),
        }
    }

    /// In the order in which they are read.
    pub(crate) fn cells(&self) -> [Option<&Best>; 4] {
        [&self.baseline, &self.without_rust, &self.with_rust, &self.kernel].map(Option::as_ref)
    }
}

impl Best {
    fn baseline(contender: &Contender, is_first: bool) -> Option<Self> {
        let measure = Measure::new(contender.seconds?, figures::seconds);
        Some(Self { contender: name(&contender.name), measure, tone: Tone::Plain, is_first })
    }

    fn of(workload: &Workload, is_kind: impl Fn(&Contender) -> bool) -> Option<Self> {
        let speedup = |contender: &Contender| contender.speedup.map_or(0.0, |speedup| speedup.estimate);
        let of_kind = workload.contenders.iter().filter(|contender| contender.speedup.is_some() && is_kind(contender));
        let best = of_kind.max_by(|a, b| speedup(a).total_cmp(&speedup(b)))?;
        let measured = best.speedup?;
        let tone = Verdict::of(best).tone;
        let first = fastest(workload).and_then(|first| first.speedup);
        let is_first = tone == Tone::Good && is_callable(best) && first.is_some_and(|first| measured.high >= first.low);
        let measure = Measure::new(measured, figures::factor);
        Some(Self { contender: called(best), measure, tone, is_first })
    }

    /// The contender's name with a mark where none is faster.
    pub(crate) fn marked(&self) -> String {
        let mark = if self.is_first { words::FIRST_MARK } else { "" };
        format!("{}{mark}", self.contender)
    }
}

/// The fastest contender that a caller can call, with equal output, if any was found to be faster than the baseline.
pub(crate) fn fastest(workload: &Workload) -> Option<&Contender> {
    let estimate = |contender: &Contender| contender.speedup.map_or(0.0, |speedup| speedup.estimate);
    let callable = workload.contenders.iter().filter(|contender| is_callable(contender) && contender.speedup.is_some());
    let faster = callable.filter(|contender| Verdict::of(contender).tone == Tone::Good);
    faster.max_by(|a, b| estimate(a).total_cmp(&estimate(b)))
}

fn is_callable(contender: &Contender) -> bool {
    contender.route != Route::Kernel
}

/// Name and route, `batch (pyo3)`; the name alone where it says the route itself.
fn called(contender: &Contender) -> String {
    let route = words::route(contender.route);
    let name = name(&contender.name);
    if matches!(contender.route, Route::InProcess | Route::Kernel) || name.contains(route) {
        name
    } else {
        format!("{name} ({route})")
    }
}
