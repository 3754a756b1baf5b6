//! `gate`: has anything become slower?

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use rustworthy_model::Series;
use rustworthy_model::gate::{Gate, Metric};

use super::{imported, revision, saved};
use crate::context::Context;
use crate::manifest::{FailOver, Gate as Limits};
use crate::request::Common;
use crate::stats::Resampling;
use crate::store::RunFolder;
use crate::verdict::gate::Rule;

/// What to gate, and against what.
#[derive(Debug, Clone)]
pub struct GateRequest {
    /// The old side.
    pub old: Old,
    /// Names of workloads; none for all.
    pub workloads: Vec<String>,
    /// Globs over `contender` and `workload:contender`; none lets all pass.
    pub filter: Vec<String>,
    /// Name of a size, or a number.
    pub size: Option<String>,
    /// Whether small inputs and little time will do.
    pub quick: bool,
    /// Time for each benchmark.
    pub budget: Option<Duration>,
    /// Slowdowns beyond which the gate fails, instead of what the manifest says.
    pub fail_over: FailOver,
    /// Probability of any false alarm in the whole suite, at most.
    pub false_alarms: f64,
    /// Whether a saved run of another processor or Python will do.
    pub allow_environment_change: bool,
    /// Folder for the files of the run, instead of a new one of the project's.
    pub out: Option<PathBuf>,
    /// What everything that measures is asked.
    pub common: Common,
}

/// What was before.
#[derive(Debug, Clone)]
pub enum Old {
    /// A saved run, by its id, folder or file, or else a revision of the project.
    Against(String),
    /// Files of another tool, the old and the new one.
    Import([PathBuf; 2]),
}

/// What a gate found.
#[derive(Debug)]
pub struct Gated {
    /// The result.
    pub gate: Gate,
    /// The old and the new side's times, for other tools.
    pub series: [Vec<Series>; 2],
    /// The folder of its run; `None` where there is none.
    pub folder: Option<RunFolder>,
}

/// Measures, or reads what was measured, and judges; `None` where nothing was to be gated.
///
/// # Errors
/// When the request can't be met: manifest, revision, saved run, Python, build, a service or a callable that it names isn't
/// as it should be.
pub fn gate(context: &Context<'_>, request: &GateRequest) -> Result<Option<Gated>> {
    match &request.old {
        Old::Import([old, new]) => imported::gate(context, request, old, new).map(Some),
        Old::Against(against) => match saved::find(request, against)? {
            Some(file) => saved::gate(context, request, against, &file),
            None => revision::gate(context, request, against),
        },
    }
}

impl GateRequest {
    /// The rule for so many changes.
    pub(super) fn rule(&self, changes: usize) -> Result<Rule> {
        let resampling = Resampling { resamples: 4_096, ..self.common.resampling()? };
        Ok(Rule { resampling, false_alarms: self.false_alarms, changes })
    }

    /// What is gated of a workload: what was asked for goes before the manifest.
    pub(super) fn limits(&self, manifest: &Limits, workload: &str) -> Vec<(Metric, f64)> {
        let FailOver { time, p99, memory } = self.fail_over.or(manifest.fail_over(workload));
        let time = Some((Metric::Time, time.unwrap_or(Limits::FAIL_OVER)));
        let p99 = p99.map(|limit| (Metric::P99, limit));
        let memory = memory.map(|limit| (Metric::PeakMemory, limit));
        [time, p99, memory].into_iter().flatten().collect()
    }
}
