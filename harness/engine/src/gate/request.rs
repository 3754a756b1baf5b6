//! The request for a gate, and its result.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};
use jiff::Timestamp;
use rustworthy_model::gate::{Gate, GateMetric, Metric};
use rustworthy_model::{Run, Series};

use crate::context::Context;
use crate::manifest::{FailOver, Gate as Tolerances};
use crate::project::Loaded;
use crate::request::Common;
use crate::store::{Header, Journal, RunFolder, begin};
use crate::verdict::gate::Rule;
use rustworthy_stats::Resampling;

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
    /// What is compared.
    pub metric: GateMetric,
    /// Slowdowns beyond which the gate fails, instead of what the manifest says.
    pub fail_over: FailOver,
    /// Probability of any false alarm in the whole suite, at most.
    pub false_alarms: f64,
    /// Whether a saved run of another processor or Python will do.
    pub allow_environment_change: bool,
    /// Folder for the files of the run, instead of a new one of the project's.
    pub out: Option<PathBuf>,
    /// The options that all measuring commands share.
    pub common: Common,
}

/// The old side of a gate.
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

impl GateRequest {
    /// The rule for judging that number of changes.
    pub(super) fn rule(&self, changes: usize) -> Result<Rule> {
        let resampling = Resampling { resamples: 4_096, ..self.common.resampling()? };
        Ok(Rule { resampling, false_alarms: self.false_alarms, changes })
    }

    /// Refuses limits of what isn't measured where instructions are counted.
    ///
    /// # Errors
    /// When the request has such limits.
    pub(super) fn refuse_limits_of_times(&self) -> Result<()> {
        let FailOver { p99, memory, .. } = self.fail_over;
        if self.metric == GateMetric::Instructions && (p99.is_some() || memory.is_some()) {
            bail!(
                "--fail-over-p99 and --fail-over-memory are limits of calls that are timed; leave them out with --metric \
                 instructions, or gate the time"
            );
        }
        Ok(())
    }

    /// The metrics that are gated of a workload: the request overrides the manifest.
    pub(super) fn limits(&self, manifest: &Tolerances, workload: &str) -> Vec<(Metric, f64)> {
        let FailOver { time, p99, memory } = self.fail_over.or(manifest.fail_over(workload));
        let limit = time.unwrap_or(Tolerances::FAIL_OVER);
        if self.metric == GateMetric::Instructions {
            return vec![(Metric::Instructions, limit)];
        }
        let time = Some((Metric::Time, limit));
        let p99 = p99.map(|limit| (Metric::P99, limit));
        let memory = memory.map(|limit| (Metric::PeakMemory, limit));
        [time, p99, memory].into_iter().flatten().collect()
    }
}

/// The folder of the run; the gate goes on without one if it can't be created.
pub(super) fn open(
    context: &Context<'_>,
    request: &GateRequest,
    loaded: &Loaded,
    header: &Header,
) -> Result<(Option<RunFolder>, Option<Journal>)> {
    match begin(request.out.as_deref(), &loaded.home, header) {
        Ok((folder, journal)) => Ok((Some(folder), Some(journal))),
        Err(error) if error.kind() == io::ErrorKind::ResourceBusy => Err(error.into()),
        Err(error) => {
            context.warn(format!("{error}; the run goes on, but will not be saved"));
            Ok((None, None))
        }
    }
}

/// When and how a gate was made.
pub(super) fn run(header: &Header, rule: &Rule, complete: bool) -> Run {
    Run {
        id: header.id.clone(),
        started: header.started,
        finished: Some(Timestamp::now()),
        command: header.command.clone(),
        seed: header.seed,
        confidence: rule.resampling.confidence.level(),
        complete,
    }
}
