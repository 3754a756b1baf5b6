//! The words that every rendering uses for the same thing.

use rustworthy_model::comparison::{ClaimVerdict, Contender, Interpreter, Kind, Route, Stopped};
use rustworthy_model::equivalence::EquivalenceStatus;

use super::visible::name;

/// What has one name in all renderings.
pub(crate) trait Worded {
    /// What it is called.
    fn word(self) -> &'static str;
}

/// Stands for the smallest change that a machine can detect where that isn't known.
pub(crate) const NO_NOISE: &str = "unknown; rustworthy doctor --noise finds it";

/// Column headings.
pub(crate) mod heading {
    pub(crate) const CONTENDER: &str = "contender";
    pub(crate) const WAY: &str = "kind/route";
    pub(crate) const TIME: &str = "time";
    pub(crate) const SPEEDUP: &str = "speedup";
    pub(crate) const P99: &str = "p99";
    pub(crate) const MEMORY: &str = "peak mem";
    pub(crate) const CPU: &str = "CPU/wall";
    pub(crate) const SYSTEM: &str = "system";
    pub(crate) const FAULTS: &str = "page faults";
    pub(crate) const THROUGHPUT: &str = "throughput";
    pub(crate) const STATE: &str = "settled";
    pub(crate) const VERDICT: &str = "verdict";
    pub(crate) const OUTPUT: &str = "output";
    pub(crate) const RUN: &str = "run";
    pub(crate) const SUMMARY: &str = "Summary";
    pub(crate) const SPEEDUPS: &str = "Every contender";
    pub(crate) const BY_WORKLOAD: &str = "Workload by workload";
    pub(crate) const AUDIT: &str = "Claims audit";
    pub(crate) const CODE: &str = "The code that was measured";
    pub(crate) const WORKLOAD: &str = "workload";
    pub(crate) const SOURCE: &str = "published in";
    pub(crate) const PUBLISHED: &str = "published";
    pub(crate) const CLAIMED: &str = "claimed";
    pub(crate) const MEASURED: &str = "measured";
    /// Columns of the summary beside the workload.
    pub(crate) const BEST: [&str; 4] = ["baseline", "without Rust", "with Rust", "Rust kernel"];
    pub(crate) const BREAK_EVEN: &str = "break-even";
    pub(crate) const COST: &str = "cost of a call";
    pub(crate) const BENCHMARK: &str = "benchmark";
    pub(crate) const IN_PRODUCTION: &str = "In production";
    pub(crate) const SWITCH: &str = "switch";
    pub(crate) const COMPARED: &str = "compared";
    pub(crate) const DIFFERENT: &str = "different";
    /// The upper bound of the rate of differences.
    pub(crate) const DIFFERENCE_RATE: &str = "rate of differences";
    pub(crate) const METRIC: &str = "metric";
    pub(crate) const OLD: &str = "old";
    pub(crate) const NEW: &str = "new";
    pub(crate) const CHANGE: &str = "change";
    pub(crate) const LIMIT: &str = "limit";
    pub(crate) const LEVEL: &str = "level";
    pub(crate) const FOUND: &str = "found";
    pub(crate) const WHY: &str = "why it matters";
    pub(crate) const REMEDY: &str = "remedy";
    pub(crate) const NOISE: &str = "Noise floor";
    pub(crate) const TEST: &str = "A/A test";
    pub(crate) const FUNCTION: &str = "function";
    pub(crate) const KIND: &str = "kind";
    pub(crate) const SELF: &str = "self";
    pub(crate) const TOTAL: &str = "total";
    pub(crate) const PLACE: &str = "where";
    pub(crate) const CALLS: &str = "calls";
    pub(crate) const CPU_SHARE: &str = "CPU";
    /// Shares of latency.
    pub(crate) const OF_P50: &str = "of p50";
    pub(crate) const OF_P99: &str = "of p99";
    pub(crate) const OF_P99_WITH_CALLS: &str = "of p99 incl.";
    pub(crate) const ASLEEP_OF_P99: &str = "of p99 asleep";
    pub(crate) const OF_TOP: &str = "of top 1%";
    pub(crate) const EXCESS: &str = "tail−body";
    pub(crate) const LATENCY: &str = "latency";
    pub(crate) const P50: &str = "p50";
    pub(crate) const P90: &str = "p90";
    pub(crate) const P999: &str = "p99.9";
    pub(crate) const MAX: &str = "max";
    pub(crate) const P99_CHANGE: &str = "p99 change";
    pub(crate) const CPU_SAVED: &str = "CPU saved";
    /// In its place of a trace, which tells of no processor.
    pub(crate) const TIME_SAVED: &str = "time saved";
    pub(crate) const LOAD: &str = "load";
    pub(crate) const FASTER: &str = "faster";
    pub(crate) const PROJECTED: &str = "projected";
    pub(crate) const ERROR: &str = "error";
}

/// Stands where a value is unknown or has no meaning.
pub(crate) const NOTHING: &str = "–";

/// A shape that goes with a verdict's word, so that it can be found at a glance and without colour.
pub(crate) fn mark(headline: &str) -> &'static str {
    match headline {
        "faster" | "improved" | "pass" | "migrate" => "▲",
        "slower" | "regressed" => "▼",
        "use library" => "■",
        "fix algorithm" => "◆",
        "compile" => "▶",
        "upgrade python" => "△",
        "inconclusive" => "○",
        "different" => "≠",
        "failed" | "timed out" => "✕",
        "unchecked" => "?",
        "baseline" => "●",
        "kernel" => "◇",
        "unchanged" => "=",
        _ => "–",
    }
}

/// Stands where there is nothing to show.
pub(crate) const NO_WORKLOAD: &str = "No workload was measured.";

/// Kind and route as one word: `rust/pyo3`; the kind alone where the call stays in the interpreter, with the version of one that
/// the contender has to itself: `interpreter/3.14.0t`.
pub(crate) fn way(contender: &Contender) -> String {
    let kind = kind_word(contender.kind);
    match (contender.route, &contender.interpreter) {
        (Route::InProcess, None) => kind.into(),
        (Route::InProcess, Some(Interpreter { version, free_threaded, .. })) => {
            format!("{kind}/{}{}", name(version), if *free_threaded { "t" } else { "" })
        }
        (elsewhere, _) => format!("{kind}/{}", route(elsewhere)),
    }
}

pub(crate) fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Python => "python",
        Kind::Library => "library",
        Kind::Algorithm => "algorithm",
        Kind::Compiler => "compiler",
        Kind::Interpreter => "interpreter",
        Kind::Rust => "rust",
    }
}

/// How Python reaches a contender.
pub(crate) fn route(route: Route) -> &'static str {
    match route {
        Route::InProcess => "in-process",
        Route::Pyo3 => "pyo3",
        Route::Subprocess => "subprocess",
        Route::Http => "http",
        Route::Grpc => "grpc",
        Route::Kernel => "kernel",
    }
}

/// How a contender's output compares with the baseline's.
pub(crate) fn output(status: EquivalenceStatus) -> &'static str {
    match status {
        EquivalenceStatus::Baseline => "baseline",
        EquivalenceStatus::Equal => "equal",
        EquivalenceStatus::WithinTolerance => "within tolerance",
        EquivalenceStatus::Different => "different",
        EquivalenceStatus::Unchecked => "unchecked",
    }
}

/// The verdict on a published claim.
pub(crate) fn claim(verdict: ClaimVerdict) -> &'static str {
    match verdict {
        ClaimVerdict::Reproduced => "reproduced",
        ClaimVerdict::Exceeded => "exceeded",
        ClaimVerdict::NotReproduced => "not reproduced",
        ClaimVerdict::NotComparable => "not comparable",
    }
}

/// Why measuring ended too early, where it did.
pub(crate) fn stopped(reason: Stopped) -> Option<&'static str> {
    match reason {
        Stopped::Precision | Stopped::Budget => None,
        Stopped::Interrupted => Some("interrupted: what is shown was measured before; continue with --resume"),
        Stopped::Failed => Some("nothing could be timed"),
    }
}

/// Follows a contender in a summary that nothing was found to be faster than.
pub(crate) const FIRST_MARK: &str = " *";

/// What that mark means.
pub(crate) const FIRST: &str = "* Nothing else that a caller can call was found to be faster with equal output.";

/// What intervals and speedups are, in a line; `confidence` reads `95%`.
pub(crate) fn legend(confidence: &str) -> String {
    format!(
        "Intervals: {confidence}. Speedup: the baseline's time over the contender's, as the Python caller sees it, \
         and only for equal output."
    )
}
