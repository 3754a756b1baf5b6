//! `rollout`: what switches in production have recorded, and whether to promote their candidates.

mod check;
mod evidence;
mod histogram;
mod line;
mod marks;
mod read;
mod rules;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use rustworthy_model::rollout::{Rollout, SCHEMA, Switch};
use rustworthy_stats::Confidence;

use evidence::Evidence;
pub use rules::{Grounds, judge};

/// The rate of differences below which a switch has to be for sure where nobody asks for another.
pub const BOUND: f64 = 1e-3;

/// The request for `rollout`.
#[derive(Debug, Clone)]
pub struct RolloutRequest {
    /// The folder with the telemetry.
    pub folder: PathBuf,
    /// Switches that are asked about; all where none is named.
    pub names: Vec<String>,
    /// The rate of differences that a switch has to be below for sure.
    pub bound: f64,
    /// How sure intervals are to be, 0.95 for 95 %.
    pub confidence: f64,
}

/// Reads the telemetry of switches and judges each of them; `None` where there is nothing in the folder.
///
/// # Errors
/// When the folder can't be read, has what no switch writes, or has nothing of a switch that is named.
pub fn rollout(request: &RolloutRequest) -> Result<Option<Rollout>> {
    let Some(confidence) = Confidence::new(request.confidence) else {
        bail!("confidence has to be between 50% and 99.99%");
    };
    let found = read::folder(&request.folder)?;
    if found.switches.is_empty() {
        return Ok(None);
    }
    if let Some(missing) = request.names.iter().find(|name| !found.switches.contains_key(*name)) {
        bail!(missing_switch(missing, found.switches.keys(), &request.folder));
    }
    let is_asked = |name: &String| request.names.is_empty() || request.names.contains(name);
    let asked = found.switches.into_iter().filter(|(name, _)| is_asked(name));
    let switches = asked.map(|(name, evidence)| switch(name, &evidence, confidence, request.bound)).collect();
    Ok(Some(Rollout {
        schema: SCHEMA.to_owned(),
        confidence: confidence.level(),
        bound: request.bound,
        files: found.files,
        skipped_lines: found.skipped_lines,
        salts: found.salts.len() as u64,
        switches,
    }))
}

fn missing_switch<'a>(missing: &str, known: impl Iterator<Item = &'a String>, folder: &Path) -> String {
    let known = known.map(String::as_str).collect::<Vec<_>>().join(", ");
    format!("{}: nothing of a switch '{missing}'; there is telemetry of: {known}", folder.display())
}

fn switch(name: String, evidence: &Evidence, confidence: Confidence, bound: f64) -> Switch {
    let grounds = evidence.grounds(confidence, bound);
    let (verdict, reasons) = judge(&grounds);
    let counts = &evidence.counts;
    Switch {
        name,
        function: evidence.function.clone(),
        calls: counts.calls,
        answered_by_rust: counts.rust,
        shadowed: counts.shadowed,
        equal: counts.equal,
        different: counts.different,
        unchecked: counts.unchecked,
        failed: counts.failed,
        raised_alike: counts.raised_alike,
        fell_back: counts.fell_back,
        passed: counts.passed,
        unshadowed: evidence.unshadowed(),
        ended_within: evidence.ended_within,
        breakers: evidence.breakers(),
        first_difference: evidence.first_difference.clone(),
        first: evidence.first,
        last: evidence.last,
        difference_rate: grounds.difference_rate,
        speedup: grounds.speedup,
        speedup_of: grounds.speedup_of,
        p99_change: grounds.p99_change,
        verdict,
        reasons,
    }
}
