//! Making the recorded calls again, to see what they depend on and what they do.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use rustworthy_model::capture::{Difference, Purity};
use serde::Deserialize;
use serde_json::json;

use super::beside::Beside;
use crate::context::Context;
use crate::process::{Ending, RunLimits, run};

/// Longest that one of the two processes makes calls, in seconds, and that it may take altogether.
const CALLS: u64 = 15;
const ALL: Duration = Duration::from_secs(60);

/// Tolerance that is proposed where outputs differ in the last digits, as the replay takes these.
const TOLERANCE: f64 = 1e-9;

/// What to make again, and where.
pub(super) struct Replay<'a> {
    /// The folder of the capture.
    pub(super) capture: &'a Path,
    pub(super) function: &'a str,
    pub(super) executable: &'a Path,
    /// The program's working directory.
    pub(super) folder: &'a Path,
    /// Its `sys.path`.
    pub(super) path: &'a [String],
    /// Whether some calls have changed their arguments.
    pub(super) mutates: bool,
    /// Items that are read of what a generator gives.
    pub(super) streams: Option<u64>,
    /// What makes values anew that can't be written down.
    pub(super) recipes: BTreeMap<&'a str, String>,
}

/// What the second process reports.
#[derive(Debug, Deserialize)]
struct Report {
    failure: Option<String>,
    replayed: u64,
    /// Numbers of calls whose arguments couldn't be made, and why.
    unmade: Vec<(u64, String)>,
    otherwise: u64,
    redacted_otherwise: u64,
    difference: Option<Difference>,
    /// How the two differ: `order`, `unordered`, `number`, `other`.
    kinds: Vec<String>,
    /// Paths of what differs but in the last digits of numbers, and in the order of elements; `None` where leaving that out leaves nothing.
    ignore: Option<Vec<String>>,
    unordered: Option<Vec<String>>,
    reads: Vec<String>,
    effects: Vec<String>,
}

/// Makes the calls twice, in two processes with different hash seeds.
///
/// # Errors
/// Why nothing is known.
pub(super) fn replay(context: &Context<'_>, beside: &Beside, replay: &Replay<'_>) -> Result<Purity> {
    let mut before: Option<PathBuf> = None;
    for (turn, is_reversed) in [false, true].into_iter().enumerate() {
        let out = beside.path().join(format!("replayed-{turn}.json"));
        let order = json!({
            "capture": replay.capture,
            "function": replay.function,
            "folder": replay.folder,
            "path": replay.path,
            "recorder": beside.modules(),
            "seconds": CALLS,
            "reversed": is_reversed,
            "profiles": !is_reversed,
            "streams": replay.streams,
            "recipes": replay.recipes,
            "against": before,
            "out": out,
        });
        let file = beside.path().join("order.json");
        std::fs::write(&file, order.to_string())?;
        let mut command = Command::new(replay.executable);
        command.arg(beside.modules().join("replaying.py")).arg(&file).current_dir(replay.folder);
        command.env("PYTHONHASHSEED", (turn + 1).to_string());
        let limits = RunLimits { timeout: Some(ALL), cancel: Some(&context.cancel) };
        let finished = run(command, &limits, &mut |_| ())?;
        match finished.ending {
            Ending::TimedOut => return Err(anyhow!("that took longer than {} s", ALL.as_secs())),
            Ending::Cancelled => return Err(anyhow!("it was interrupted")),
            Ending::Exited(_) if !out.exists() => return Err(anyhow!("the process ended early: {}", finished.quote())),
            Ending::Exited(_) => before = Some(out),
        }
    }
    let report = before.map(std::fs::read).transpose()?.unwrap_or_default();
    let report: Report = serde_json::from_slice(&report).context("the report of the replay")?;
    purity(report, replay.mutates)
}

/// What the report comes to.
fn purity(report: Report, mutates: bool) -> Result<Purity> {
    if let Some(failure) = report.failure {
        return Err(anyhow!("{failure}"));
    }
    if report.replayed == 0 {
        let why = report.unmade.first().map(|(call, why)| format!("call {call}: {why}"));
        return Err(anyhow!(why.unwrap_or_else(|| "no call could be made again in time".to_owned())));
    }
    let equal = equal(&report);
    Ok(Purity {
        replayed: report.replayed,
        stable: report.kinds.is_empty(),
        difference: report.difference,
        otherwise: report.otherwise,
        redacted_otherwise: report.redacted_otherwise,
        mutates,
        reads: report.reads,
        effects: report.effects,
        equal,
    })
}

/// The strictest `equal` that the function itself meets, as a manifest has it.
fn equal(report: &Report) -> Option<String> {
    let differs = |kind: &str| report.kinds.iter().any(|found| found == kind);
    let mut keys = Vec::new();
    if differs("number") {
        keys.push(format!("rel-tol = {TOLERANCE:e}"));
    }
    for (name, paths) in [("ignore", &report.ignore), ("unordered", &report.unordered)] {
        let paths = paths.as_ref()?;
        if !paths.is_empty() {
            keys.push(format!("{name} = {paths:?}"));
        }
    }
    match (keys.is_empty(), differs("order")) {
        (true, false) => Some("\"exact\"".to_owned()),
        (true, true) => Some("\"value\"".to_owned()),
        // The order of keys counts unless numbers are compared by value.
        (false, true) if !differs("number") => None,
        (false, _) => Some(format!("{{ {} }}", keys.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposed(kinds: &[&str], ignore: Option<&[&str]>, unordered: Option<&[&str]>) -> Option<String> {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        equal(&Report {
            failure: None,
            replayed: 1,
            unmade: Vec::new(),
            otherwise: 0,
            redacted_otherwise: 0,
            difference: None,
            kinds: owned(kinds),
            ignore: ignore.map(owned),
            unordered: unordered.map(owned),
            reads: Vec::new(),
            effects: Vec::new(),
        })
    }

    #[test]
    fn the_strictest_equality_is_proposed_that_the_function_itself_meets() {
        const NONE: Option<&[&str]> = Some(&[]);
        assert_eq!(proposed(&[], NONE, NONE).as_deref(), Some("\"exact\""));
        assert_eq!(proposed(&["order"], NONE, NONE).as_deref(), Some("\"value\""));
        assert_eq!(proposed(&["number", "order"], NONE, NONE).as_deref(), Some("{ rel-tol = 1e-9 }"));
        let parts = proposed(&["other", "unordered"], Some(&["[*].id"]), Some(&["tags"]));
        assert_eq!(parts.as_deref(), Some("{ ignore = [\"[*].id\"], unordered = [\"tags\"] }"));
        assert_eq!(proposed(&["other"], None, NONE), None);
        assert_eq!(proposed(&["other", "order"], Some(&["id"]), NONE), None);
    }
}
