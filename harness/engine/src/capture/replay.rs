//! Making the recorded calls again, to see what they depend on and what they do.

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

/// Tolerance that is proposed where outputs differ in the last digits.
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
    /// The largest relative difference of numbers.
    worst: f64,
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
    let differs = |kind: &str| report.kinds.iter().any(|found| found == kind);
    // What differs for that cause has no tolerance, however little it was.
    let by_chance = report.reads.iter().any(|read| ["clock", "random numbers"].contains(&read.as_str()));
    let equal = if report.kinds.is_empty() {
        Some("\"exact\"".to_owned())
    } else if differs("other") || by_chance || differs("unordered") || report.worst > TOLERANCE {
        None
    } else if differs("number") {
        Some(format!("{{ rel-tol = {TOLERANCE:e} }}"))
    } else {
        Some("\"value\"".to_owned())
    };
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

#[cfg(test)]
mod tests {
    use super::*;

    fn proposed(kinds: &[&str], worst: f64) -> Option<String> {
        let report = Report {
            failure: None,
            replayed: 1,
            unmade: Vec::new(),
            otherwise: 0,
            redacted_otherwise: 0,
            difference: None,
            kinds: kinds.iter().map(|&kind| kind.to_owned()).collect(),
            worst,
            reads: Vec::new(),
            effects: Vec::new(),
        };
        purity(report, false).unwrap().equal
    }

    #[test]
    fn the_strictest_equality_is_proposed_that_the_function_itself_meets() {
        assert_eq!(proposed(&[], 0.0).as_deref(), Some("\"exact\""));
        assert_eq!(proposed(&["order"], 0.0).as_deref(), Some("\"value\""));
        assert_eq!(proposed(&["number", "order"], 1e-12).as_deref(), Some("{ rel-tol = 1e-9 }"));
        assert_eq!(proposed(&["number"], 1e-3), None);
        assert_eq!(proposed(&["other"], 0.0), None);
    }
}
