//! The summary of a run: what each workload comes to, in a line.

use rustworthy_model::comparison::{Contender, Kind, Route, Workload};
use rustworthy_model::equivalence::EquivalenceStatus;
use rustworthy_model::figures;

use crate::measure::Measure;
use crate::verdict::{Tone, Verdict};
use crate::visible::name;
use crate::words;

/// The best of each kind in one workload.
pub(crate) struct Summary {
    pub(crate) workload: String,
    /// The baseline's time.
    pub(crate) baseline: Option<Best>,
    /// The fastest contender that isn't Rust.
    pub(crate) without_rust: Option<Best>,
    /// The fastest Rust that a caller can call.
    pub(crate) with_rust: Option<Best>,
    /// The fastest Rust without a Python boundary.
    pub(crate) kernel: Option<Best>,
}

/// A contender that is the fastest of its kind.
pub(crate) struct Best {
    /// Its name, and its route where the name doesn't say it.
    pub(crate) contender: String,
    /// Its speedup, or the baseline's time.
    pub(crate) measure: Measure,
    pub(crate) tone: Tone,
    /// Whether nothing else that can be called was found to be faster.
    pub(crate) is_first: bool,
}

/// The note under summaries, where one of them has the mark that it explains.
pub(crate) fn footnote(rows: &[Summary]) -> Option<&'static str> {
    let is_marked = |row: &Summary| row.cells().into_iter().flatten().any(|best| best.is_first);
    rows.iter().any(is_marked).then_some(words::FIRST)
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
        let best = best_of(workload.contenders.iter().filter(|contender| is_kind(contender)))?;
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

/// What a workload comes to, in the order in which it is read: the verdict of the contender that matters most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// The fastest contender is in Rust.
    FasterInRust,
    /// It's a library.
    FasterWithLibrary,
    /// It's another algorithm.
    FasterWithAlgorithm,
    /// It's the same source, compiled.
    FasterCompiled,
    /// It's the same source in another Python.
    FasterInOtherPython,
    /// It's other Python code.
    FasterInPython,
    /// None was found to be faster, and at least one is inconclusive.
    Inconclusive,
    /// All that can be compared are slower.
    Slower,
    /// Speedups are withheld, since the embedded Python isn't as fast as what users run.
    Withheld,
    /// Nothing can be compared: outputs differ, or could not be checked.
    Different,
    /// There is nothing else than the baseline, or nothing that could be timed.
    Nothing,
}

impl Standing {
    pub(crate) fn of(workload: &Workload) -> Self {
        if let Some(fastest) = fastest(workload) {
            return match fastest.kind {
                Kind::Rust => Self::FasterInRust,
                Kind::Library => Self::FasterWithLibrary,
                Kind::Algorithm => Self::FasterWithAlgorithm,
                Kind::Compiler => Self::FasterCompiled,
                Kind::Interpreter => Self::FasterInOtherPython,
                Kind::Python => Self::FasterInPython,
            };
        }
        let callable = || workload.contenders.iter().filter(|contender| is_callable(contender));
        let any = |headline: &str| callable().any(|contender| Verdict::of(contender).headline == headline);
        match () {
            () if any("inconclusive") => Self::Inconclusive,
            () if any("withheld") => Self::Withheld,
            () if any("slower") => Self::Slower,
            () if any("different") || any("unchecked") => Self::Different,
            () => Self::Nothing,
        }
    }

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::FasterInRust => "Faster in Rust",
            Self::FasterWithLibrary => "Faster with a library",
            Self::FasterWithAlgorithm => "Faster with another algorithm",
            Self::FasterCompiled => "Faster when compiled",
            Self::FasterInOtherPython => "Faster in another Python",
            Self::FasterInPython => "Faster in Python",
            Self::Inconclusive => "Inconclusive",
            Self::Slower => "Slower with everything tried",
            Self::Withheld => "Speedups withheld",
            Self::Different => "Different output: nothing to compare",
            Self::Nothing => "Nothing to compare",
        }
    }

    pub(crate) fn tone(self) -> Tone {
        match self {
            Self::FasterInRust
            | Self::FasterWithLibrary
            | Self::FasterWithAlgorithm
            | Self::FasterCompiled
            | Self::FasterInOtherPython
            | Self::FasterInPython => Tone::Good,
            Self::Slower => Tone::Slow,
            Self::Different => Tone::Problem,
            Self::Inconclusive | Self::Withheld | Self::Nothing => Tone::Plain,
        }
    }

    pub(crate) fn mark(self) -> &'static str {
        words::mark(match self {
            Self::FasterInRust
            | Self::FasterWithLibrary
            | Self::FasterWithAlgorithm
            | Self::FasterCompiled
            | Self::FasterInOtherPython
            | Self::FasterInPython => "faster",
            Self::Inconclusive => "inconclusive",
            Self::Slower => "slower",
            Self::Different => "different",
            Self::Withheld | Self::Nothing => "",
        })
    }
}

/// The one with the largest speedup: of those that were found to be faster, if any was, since a larger one that can't be
/// distinguished from 1× is worth less.
fn best_of<'a>(contenders: impl Iterator<Item = &'a Contender>) -> Option<&'a Contender> {
    let rank = |contender: &Contender| {
        let is_faster = Verdict::of(contender).tone == Tone::Good;
        (is_faster, contender.speedup.map_or(0.0, |speedup| speedup.estimate))
    };
    contenders.filter(|contender| contender.speedup.is_some()).max_by(|a, b| {
        let ((a_is_faster, a), (b_is_faster, b)) = (rank(a), rank(b));
        a_is_faster.cmp(&b_is_faster).then(a.total_cmp(&b))
    })
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

#[cfg(test)]
mod tests {
    use rustworthy_model::Estimate;
    use rustworthy_model::comparison::{Input, Stopped};
    use rustworthy_model::equivalence::{Equivalence, Status};

    use super::*;

    fn contender(name: &str, kind: Kind, route: Route, speedup: Option<(f64, f64, f64)>) -> Contender {
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
            seconds: None,
            scheme: None,
            system_seconds: None,
            page_faults: None,
            cpu_over_wall: None,
            latency: None,
            peak_memory_bytes: None,
            speedup: speedup.map(|(low, estimate, high)| Estimate { estimate, low, high }),
            interpreter: None,
            speedup_withheld: None,
            remembers: None,
            samples: 0,
            processes: 0,
            converged: true,
            settled: None,
            throughput: None,
            distribution: None,
            sources: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn workload(contenders: Vec<Contender>) -> Workload {
        Workload {
            name: "w".into(),
            description: None,
            size: 1,
            size_name: None,
            input: Input { sha256: None, bytes: None },
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

    fn rust(speedup: (f64, f64, f64)) -> Contender {
        contender("rust", Kind::Rust, Route::Pyo3, Some(speedup))
    }

    #[test]
    fn what_was_found_to_be_faster_is_better_than_what_may_be() {
        let wide = contender("wide", Kind::Rust, Route::Pyo3, Some((0.7, 4.0, 44.0)));
        let workload = workload(vec![wide, rust((1.9, 2.0, 2.1))]);
        assert_eq!(Summary::new(&workload).with_rust.unwrap().contender, "rust (pyo3)");
        assert_eq!(Standing::of(&workload), Standing::FasterInRust);
    }

    #[test]
    fn a_workload_comes_to_what_its_best_contender_does() {
        let standing = |contenders| Standing::of(&workload(contenders));
        let library = contender("library", Kind::Library, Route::InProcess, Some((2.9, 3.0, 3.1)));
        assert_eq!(standing(vec![rust((1.9, 2.0, 2.1)), library]), Standing::FasterWithLibrary);
        assert_eq!(standing(vec![rust((0.9, 1.0, 1.1)), rust((0.4, 0.5, 0.6))]), Standing::Inconclusive);
        assert_eq!(standing(vec![rust((0.4, 0.5, 0.6))]), Standing::Slower);
        assert_eq!(standing(Vec::new()), Standing::Nothing);
    }
}
