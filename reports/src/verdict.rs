//! The verdict on a contender, in words.

use rustworthy_model::Estimate;
use rustworthy_model::comparison::{Contender, Route};
use rustworthy_model::equivalence::{EquivalenceStatus, Status};

use crate::visible;

/// Longest explanation in characters; anything beyond is cut, the whole text is in the JSON.
const LONGEST_DETAIL: usize = 400;

/// Whether a verdict is good or bad news. Renderings may colour by it, but colour is never the only sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Faster, with equal output.
    Good,
    /// Slower, with equal output.
    Slow,
    /// Something went wrong or differs.
    Problem,
    /// Neither.
    Plain,
}

/// A verdict that is good news or bad.
pub(crate) trait Toned {
    /// Whether it is good or bad news.
    fn tone(self) -> Tone;
}

impl Tone {
    /// The name that the page's style sheet knows it by.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Slow => "slow",
            Self::Problem => "problem",
            Self::Plain => "plain",
        }
    }
}

/// A verdict in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Whether it is good or bad news.
    pub(crate) tone: Tone,
    /// One or two words, `different`.
    pub(crate) headline: &'static str,
    /// What there is to add, `[17].price: 3.5 ≠ 3.4`.
    pub(crate) detail: Option<String>,
}

impl Verdict {
    fn new(tone: Tone, headline: &'static str, detail: Option<&str>) -> Self {
        let detail = detail.map(str::trim).filter(|text| !text.is_empty());
        Self { tone, headline, detail: detail.map(|text| visible::short_line(text, LONGEST_DETAIL)) }
    }

    /// The verdict of a contender. What forbids a speedup comes first, then how large it is.
    pub(crate) fn of(contender: &Contender) -> Self {
        let equivalence = &contender.equivalence;
        let finding = equivalence.detail.as_deref();
        match (contender.status, equivalence.status, contender.speedup) {
            (Status::Failed, ..) => {
                Self::new(Tone::Problem, "failed", contender.error.as_deref().and_then(error_headline))
            }
            (Status::TimedOut, ..) => {
                Self::new(Tone::Problem, "timed out", contender.error.as_deref().and_then(error_headline))
            }
            (Status::Skipped, ..) => {
                Self::new(Tone::Plain, "skipped", contender.error.as_deref().and_then(error_headline))
            }
            (_, EquivalenceStatus::Baseline, _) => Self::new(Tone::Plain, "baseline", None),
            (_, EquivalenceStatus::Different, _) => Self::different(contender),
            (_, EquivalenceStatus::Unchecked, _) => Self::new(Tone::Problem, "unchecked", finding),
            (.., Some(speedup)) => Self::timed(contender.route, &speedup),
            (.., None) if equivalence.expected.is_some() => Self::different(contender),
            (.., None) if contender.speedup_withheld.is_some() => {
                Self::new(Tone::Plain, "withheld", not_counted(contender.route))
            }
            (.., None) if contender.route == Route::Kernel => {
                Self::new(Tone::Plain, "kernel", Some("no Python boundary"))
            }
            (.., None) => Self::new(Tone::Plain, "no speedup", finding),
        }
    }

    /// What was found to differ, and what the manifest said would.
    fn different(contender: &Contender) -> Self {
        let equivalence = &contender.equivalence;
        let found = equivalence.detail.as_deref().filter(|_| equivalence.status == EquivalenceStatus::Different);
        let detail = match (found, equivalence.expected.as_deref()) {
            (Some(found), Some(expected)) => Some(format!("{found} (declared: {expected})")),
            (None, Some(expected)) => Some(format!("declared: {expected}")),
            (found, None) => found.map(str::to_owned),
        };
        let tone = if equivalence.expected.is_some() { Tone::Plain } else { Tone::Problem };
        Self::new(tone, "different", detail.as_deref())
    }

    fn timed(route: Route, speedup: &Estimate) -> Self {
        let beyond = not_counted(route);
        if speedup.low > 1.0 {
            Self::new(Tone::Good, "faster", beyond)
        } else if speedup.high < 1.0 {
            Self::new(Tone::Slow, "slower", beyond)
        } else {
            Self::new(Tone::Plain, "inconclusive", beyond.or(Some("inconclusive: the interval includes 1×")))
        }
    }

    /// The whole verdict as one phrase, `different: [17].price: 3.5 ≠ 3.4`.
    pub(crate) fn phrase(&self) -> String {
        match &self.detail {
            None => self.headline.into(),
            Some(detail) if detail.starts_with(self.headline) => detail.clone(),
            Some(detail) => format!("{}: {detail}", self.headline),
        }
    }
}

/// What the figures of a route leave out.
fn not_counted(route: Route) -> Option<&'static str> {
    match route {
        Route::InProcess | Route::Pyo3 => None,
        Route::Kernel => Some("kernel: no Python boundary"),
        Route::Subprocess => Some("subprocess: its memory isn't counted"),
        Route::Http | Route::Grpc => Some("service: its processor time and memory aren't counted"),
    }
}

/// The line of an error that says what happened: the last one of a Python traceback, else the first.
pub(crate) fn error_headline(error: &str) -> Option<&str> {
    let mut lines = error.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next()?;
    if first.starts_with("Traceback (most recent call last)") {
        lines.rfind(|line| !line.starts_with(' ')).or(Some(first))
    } else {
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use rustworthy_model::comparison::{Kind, Withheld};
    use rustworthy_model::equivalence::Equivalence;

    use super::*;

    fn contender(status: EquivalenceStatus, detail: Option<&str>, speedup: Option<(f64, f64)>) -> Contender {
        let speedup = speedup.map(|(low, high)| Estimate { estimate: (low + high) / 2.0, low, high });
        Contender {
            name: "rust".into(),
            kind: Kind::Rust,
            route: Route::Pyo3,
            status: Status::Measured,
            error: None,
            equivalence: Equivalence {
                status,
                detail: detail.map(str::to_owned),
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
            speedup,
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

    fn equal(speedup: Option<(f64, f64)>) -> Contender {
        contender(EquivalenceStatus::Equal, None, speedup)
    }

    #[test]
    fn only_an_interval_on_one_side_of_one_is_faster_or_slower() {
        assert_eq!(Verdict::of(&equal(Some((1.1, 1.3)))).phrase(), "faster");
        assert_eq!(Verdict::of(&equal(Some((0.7, 0.9)))).phrase(), "slower");
        assert_eq!(Verdict::of(&equal(Some((0.9, 1.3)))).phrase(), "inconclusive: the interval includes 1×");
    }

    #[test]
    fn a_speedup_that_is_withheld_is_told_as_that_unless_outputs_forbid_it() {
        let embedded_over_executable = Estimate { estimate: 1.4, low: 1.3, high: 1.5 };
        let speedup_withheld = Some(Withheld::Embedding { embedded_over_executable });
        assert_eq!(Verdict::of(&Contender { speedup_withheld, ..equal(None) }).phrase(), "withheld");
        let different = contender(EquivalenceStatus::Different, Some("1 ≠ 2"), None);
        assert_eq!(Verdict::of(&Contender { speedup_withheld, ..different }).phrase(), "different: 1 ≠ 2");
    }

    #[test]
    fn a_difference_is_told_before_any_speed() {
        let different = contender(EquivalenceStatus::Different, Some("[17].price: 3.5 ≠ 3.4"), Some((9.0, 11.0)));
        assert_eq!(Verdict::of(&different).phrase(), "different: [17].price: 3.5 ≠ 3.4");
    }

    #[test]
    fn a_declared_difference_withholds_the_speedup_of_equal_output() {
        let mut declared = equal(None);
        declared.equivalence.expected = Some("counts bytes".into());
        assert_eq!(Verdict::of(&declared).phrase(), "different: declared: counts bytes");
    }

    #[test]
    fn a_failure_is_told_by_the_last_line_of_its_traceback() {
        let mut failed = contender(EquivalenceStatus::Unchecked, None, None);
        failed.status = Status::Failed;
        failed.error = Some("Traceback (most recent call last):\n  File \"a.py\", line 1\nKeyError: 'x'\n".into());
        assert_eq!(Verdict::of(&failed).phrase(), "failed: KeyError: 'x'");
        failed.error = Some("killed by SIGSEGV\n\nlast output:\nhello".into());
        assert_eq!(Verdict::of(&failed).phrase(), "failed: killed by SIGSEGV");
    }

    #[test]
    fn a_headline_is_not_said_twice() {
        let mut late = contender(EquivalenceStatus::Unchecked, None, None);
        late.status = Status::TimedOut;
        late.error = Some("timed out after 60 s".into());
        assert_eq!(Verdict::of(&late).phrase(), "timed out after 60 s");
    }

    #[test]
    fn a_route_out_of_the_process_says_what_is_not_counted() {
        let by = |route| Verdict::of(&Contender { route, ..equal(Some((2.0, 3.0))) }).detail;
        assert_eq!(by(Route::Pyo3), None);
        assert_eq!(by(Route::Subprocess).unwrap(), "subprocess: its memory isn't counted");
        assert_eq!(by(Route::Grpc).unwrap(), "service: its processor time and memory aren't counted");
    }

    #[test]
    fn a_kernel_is_named_as_one() {
        let kernel = Contender { route: Route::Kernel, ..equal(None) };
        assert_eq!(Verdict::of(&kernel).phrase(), "kernel: no Python boundary");
    }
}
