//! The workload that has recorded calls as its input, in TOML.

use std::fmt::Write as _;

use rustworthy_model::capture::Capture;

use crate::manifest::{Input, Project};

/// Seconds that the calls of one size should take together, and those that they may take so that none is left out.
const USUAL: f64 = 0.5;
const MOST: f64 = 5.0;
const QUICK: f64 = 0.1;

/// The workload; `mean` is how long a call takes on average, in seconds. It has a name that no workload of the project has, unless that
/// is of the same calls.
pub(super) fn toml(capture: &Capture, mean: f64, project: Option<&Project>) -> String {
    let Capture { name, function, kept, .. } = capture;
    let workload = workload_name(name, project);
    let calls = |seconds: f64| (seconds / mean.max(1e-9)).min(1e9) as u64;
    // Each call that was kept at least once, and the others by their weights.
    let default = (kept * 5).min(calls(USUAL)).max((*kept).min(calls(MOST))).max(1);
    let quick = default.min(calls(QUICK).max(1));
    let mut text = String::new();
    let mut line = |words: std::fmt::Arguments<'_>| {
        let _ = writeln!(text, "{words}");
    };
    match &workload {
        Named::New(workload) => line(format_args!("[workload.{workload}]")),
        Named::There => line(format_args!("[workload.{name}]    # in the manifest already; this takes its place")),
    }
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
    let workload = match &workload {
        Named::New(workload) => workload,
        Named::There => name,
    };
    line(format_args!("[workload.{workload}.contender.python]"));
    line(format_args!("python = \"{function}\""));
    line(format_args!("baseline = true"));
    text
}

/// The name of a workload of recorded calls.
enum Named {
    /// One that is free.
    New(String),
    /// That of the capture, by which the manifest has these calls already.
    There,
}

fn workload_name(capture: &str, project: Option<&Project>) -> Named {
    let taken = |name: &str| project?.workloads.iter().find(|workload| workload.name == name);
    match taken(capture).map(|workload| &workload.input) {
        None => Named::New(capture.to_owned()),
        Some(Input::Calls(calls)) if calls.name == capture => Named::There,
        Some(_) => {
            let names = std::iter::once(format!("{capture}-calls"))
                .chain((2..).map(|number| format!("{capture}-calls-{number}")));
            Named::New(names.into_iter().find(|name| taken(name).is_none()).unwrap_or_default())
        }
    }
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
