//! The workload that has recorded calls as its input, in TOML.

use std::fmt::Write as _;

use rustworthy_model::capture::Capture;

/// Seconds that the calls of one size should take together, and those that they may take so that none is left out.
const USUAL: f64 = 0.5;
const MOST: f64 = 5.0;
const QUICK: f64 = 0.1;

/// The workload; `mean` is how long a call takes on average, in seconds, and `by_itself` why its function can't be called as it is.
pub(super) fn toml(capture: &Capture, mean: f64) -> String {
    let Capture { name, function, kept, .. } = capture;
    let calls = |seconds: f64| (seconds / mean.max(1e-9)).min(1e9) as u64;
    // Each call that was kept at least once, and the others by their weights.
    let default = (kept * 5).min(calls(USUAL)).max((*kept).min(calls(MOST))).max(1);
    let quick = default.min(calls(QUICK).max(1));
    let mut text = String::new();
    let mut line = |words: std::fmt::Arguments<'_>| {
        let _ = writeln!(text, "{words}");
    };
    line(format_args!("[workload.{name}]"));
    line(format_args!("input = \"capture:{name}\"    # {} calls stand for {}", kept, capture.calls));
    line(format_args!("sizes = {{ default = {default}, quick = {quick} }}    # calls"));
    if let Some(purity) = &capture.purity {
        match purity.equal.as_deref() {
            Some("\"exact\"") => {}
            Some(equal) => line(format_args!("equal = {equal}    # exact outputs aren't the same in two processes")),
            None => line(format_args!("unstable = \"expected\"    # outputs aren't the same in two processes")),
        }
    }
    if let Some(why) = why_no_effects(capture) {
        line(format_args!("effects = \"none\"    # {why}"));
    }
    line(format_args!(""));
    line(format_args!("[workload.{name}.contender.python]"));
    line(format_args!("python = \"{function}\""));
    line(format_args!("baseline = true"));
    text
}

/// Why what calls leave of their arguments needn't be compared, if it needn't: then they need no arguments of their own each, which would be
/// timed apart, and what they cost at the boundary to Rust is known.
fn why_no_effects(capture: &Capture) -> Option<&'static str> {
    if !capture.recipes.is_empty() {
        return Some("what recipes make can't be compared");
    }
    let is_known = capture.purity.as_ref().is_some_and(|purity| !purity.mutates);
    is_known.then_some("no call changes its arguments, and a contender that does differs")
}
