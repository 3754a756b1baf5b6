//! The words of attributions.

use rustworthy_model::attribution::{Kind, Load, NamedSpeedup, Speedup, Trace};
use rustworthy_model::figures;

use crate::visible;

/// What a kind is called.
pub(super) fn kind(kind: Kind, is_trace: bool) -> &'static str {
    match kind {
        Kind::Python if is_trace => "operation",
        Kind::Python => "python",
        Kind::Native => "native",
        Kind::Unknown => "unknown",
        Kind::Span => "span",
        Kind::Gc => "gc",
        Kind::Waiting => "waiting",
        Kind::Unattributed => "unattributed",
    }
}

/// What requests wait for before they start.
pub(super) const WAITING: &str = "waiting in queue";

/// What stretches that the service names take beside the functions that are listed, all together.
pub(super) const SPANS: &str = "(spans, without functions listed)";

/// Headings of the sections that the renderings share.
pub(super) const MADE_OF: &str = "What latency is made of";
pub(super) const WHAT_IF: &str = "What if it were faster";
pub(super) const TOGETHER: &str = "Faster together";

/// What the shares are of. Where nothing is said about p99, they are of the median alone;
/// `is_inclusive` where the share of p99 includes the functions that are called, `has_spans` where that of a stretch includes what
/// is awaited, `has_sleep` where functions slept. Of a trace it isn't known when a request was to come.
pub(super) fn shares(is_trace: bool, has_tail: bool, is_inclusive: bool, has_spans: bool, has_sleep: bool) -> String {
    let from = if is_trace { "its start" } else { "the planned arrival" };
    let (which, excess) = match has_tail {
        true => (
            "the requests around p50 and around p99, and of the slowest 1%, each",
            " Tail−body is how much longer a request of the slowest 1% spends there than one around the median.",
        ),
        false => ("the requests around p50, each", ""),
    };
    let inclusive = if is_inclusive { " Incl. counts other functions listed to those that call them." } else { "" };
    let spans = match has_spans {
        true => {
            " A span has what is in none of the functions listed, and as incl. all from its beginning to its end, what is awaited too."
        }
        false => "",
    };
    let sleep = match has_sleep {
        true => " Asleep is for how much of it a function and all that it calls slept, or waited for I/O.",
        false => "",
    };
    format!("Shares are of the latency of {which} from {from} to the end.{inclusive}{spans}{sleep}{excess}")
}

/// What the shares of a profile are of.
pub(super) const SHARES_OF_PROFILE: &str =
    "Shares are of all that the profile has, by the innermost function, whichever request that was in.";

/// What a what-if is, and what of a function is gone at ∞; `has_load` where it says something about load, `has_replaced` where
/// something was measured in the place of a function.
pub(super) fn projections(is_trace: bool, has_replaced: bool, has_load: bool) -> String {
    let replaced = match has_replaced {
        true => " One that has a measured speedup goes with all that it calls, sleep included.",
        false => "",
    };
    let gone = match is_trace {
        true => "an operation takes no time of its own; other operations that it calls take as long as before",
        false => {
            "a function takes no time on the processor; its sleep and its waiting for I/O, and other functions listed that it \
             calls, take as long as before"
        }
    };
    let load = if has_load { " Load is by how much more traffic could come until p99 is what it is now." } else { "" };
    format!("A what-if keeps the arrivals as they were. At ∞ {gone}.{replaced}{load}")
}

/// What the plan is.
pub(super) const PLAN: &str =
    "Each line adds the function that lowers p99 most, at its measured speedup, or 10× where none was measured.";

/// How requests came in, `poisson arrivals at 231/s, 1 server`.
pub(super) fn load(load: &Load) -> String {
    let arrivals = match load.process.as_str() {
        "closed" => "each request follows the answer to the one before".to_owned(),
        "fixed" => "evenly spaced arrivals".to_owned(),
        process => format!("{} arrivals", visible::short_line(process, 40)),
    };
    let rate = load.rate.map(|rate| format!(" at {}/s", figures::plain(rate))).unwrap_or_default();
    let at_once = match load.concurrency {
        0 | 1 => number(load.servers.into(), "server", "servers"),
        more => format!("up to {} at once on one event loop", figures::count(more.into())),
    };
    format!("{arrivals}{rate}, {at_once}")
}

/// `3,000 requests`
pub(super) fn number(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", figures::count(number), if number == 1 { one } else { many })
}

/// The same, said of a function: `at its measured speedup`.
pub(super) fn how(speedup: Speedup) -> String {
    match speedup {
        Speedup::Factor(factor) => format!("{}× as fast", figures::plain(factor)),
        Speedup::Named(NamedSpeedup::Measured) => "as measured".to_owned(),
        Speedup::Named(NamedSpeedup::Infinite) => "in no time (∞)".to_owned(),
    }
}

/// What a trace was made of, in a sentence.
pub(super) fn trace(trace: &Trace) -> String {
    let formats: Vec<String> = trace.formats.iter().map(|format| visible::short_line(format, 40)).collect();
    let formats = if formats.is_empty() { String::new() } else { format!(" ({})", formats.join(", ")) };
    let empty = if trace.empty_files > 0 {
        format!(" {} empty.", number(trace.empty_files, "file was", "files were"))
    } else {
        String::new()
    };
    format!(
        "{}{formats}: {} without their parent, {} cut to the time of their parent, {} outside it by another clock.{empty}{}",
        number(trace.spans, "span", "spans"),
        figures::count(trace.orphans),
        figures::count(trace.clamped),
        figures::count(trace.skewed),
        sampled(trace),
    )
}

/// How many requests those of a sample stand for, in a sentence after others.
fn sampled(trace: &Trace) -> String {
    let from = trace.weights.as_deref().map(|weights| visible::short_line(weights, 40));
    match (trace.sampled, from, trace.represented_requests, trace.effective_requests) {
        (true, Some(from), Some(all), Some(effective)) => format!(
            " A sample: the requests stand for {} (weights: {from}), and tell as much as {} that stand for one each.",
            figures::count(all.round() as u64),
            figures::count(effective.round() as u64),
        ),
        (true, _, _, _) => " A sample, of which nothing tells how many requests each stands for.".to_owned(),
        (false, ..) => String::new(),
    }
}

/// A quantile as a percentage, `99.9`.
pub(super) fn percentage(quantile: f64) -> String {
    let digits = format!("{:.3}", quantile * 100.0);
    digits.trim_end_matches('0').trim_end_matches('.').to_owned()
}
