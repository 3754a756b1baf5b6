//! `try`: what costs nothing to try of a workload. Its baseline in the other Pythons of the machine, and by compilers that take
//! the same source; and what crossing the boundary to Rust costs, before any Rust is written.

mod boundary;
mod candidates;
mod findings;
mod subject;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, bail};
use rustworthy_model::comparison::Workload;
use rustworthy_model::environment::PythonHost;

use crate::compare::{CompareRequest, Compared, EffortRequest, Ready};
use crate::context::Context;
use crate::doctor::Surroundings;
use crate::manifest::{self, Code, Project, Target};
use crate::plan::{self, Filter, WorkloadSelection, plan};
use crate::prepared::Built;
use crate::project::Loaded;
use crate::python::select;
use crate::quiet::wait_for_quiet;
use crate::request::{Common, ProjectRequest};
use crate::verdict::{Outcome, outcome};
pub(crate) use boundary::crossing;
use candidates::Candidates;
use findings::Findings;

/// What to try, and how much to measure.
#[derive(Debug, Clone)]
pub struct TryRequest {
    /// The name of a workload, or a function, `module:function`.
    pub subject: String,
    /// What makes the argument of a function, `module:callable(size, seed)`; `None` for that of a workload.
    pub input: Option<Target>,
    /// Globs over what is tried; none lets all pass.
    pub filter: Vec<String>,
    /// Name of a size, or a number.
    pub size: Option<String>,
    /// How much to measure.
    pub effort: EffortRequest,
    /// Folder for the files of the run, instead of a new one of the project's.
    pub out: Option<PathBuf>,
    /// The options that all measuring commands share.
    pub common: Common,
}

/// The subjects that are meant: each that is named, and for `all` every workload with a baseline in Python.
///
/// # Errors
/// When the project can't be read, or has no such workload.
pub fn subjects(context: &Context<'_>, project: &ProjectRequest, named: &[String]) -> Result<Vec<String>> {
    if !named.iter().any(|name| name == "all") {
        return Ok(named.to_vec());
    }
    let loaded = Loaded::load(context.host, project)?;
    let is_python = |workload: &&manifest::Workload| matches!(workload.baseline().code, Code::Python(_));
    let all: Vec<String> =
        loaded.project.workloads.iter().filter(is_python).map(|workload| workload.name.clone()).collect();
    if all.is_empty() {
        bail!("{} has no workload with a baseline in Python", loaded.project.manifest.display());
    }
    Ok(all)
}

/// Tries, measures and saves.
///
/// # Errors
/// When there is no such workload or function, or the request can't be met. What can't be tried is no error.
pub fn try_out(context: &Context<'_>, request: &TryRequest) -> Result<Compared> {
    let common = &request.common;
    let mut loaded = Loaded::load_or_bare(context.host, &common.project, request.input.is_some())?;
    common.limit(&mut loaded.project);
    let workload = subject::find(&loaded.project, request)?;
    loaded.project = loaded.project.with_baseline_of(&workload);
    loaded.project.host = loaded.project.host.or_else(|| hosted_if_possible(context, common));
    let resampling = common.resampling()?;
    let effort = request.effort.effort();
    let filter = Filter::new(&request.filter)?;

    let mut project = loaded.project.clone();
    let mut candidates = Candidates::new(context, request, &filter);
    candidates.add_pythons(&mut project)?;
    let built = Built::new(context, &project, &common.python, &plan::needed(&plan_all(&project, request)?))?;
    // In other Pythons it may not be there, which is a finding, and modules that were compiled are found by their own workers
    // alone.
    let codes = built.check(context, &loaded.project)?;
    candidates.add_compiled(&mut project, &built)?;
    if context.is_cancelled() {
        bail!("interrupted");
    }
    wait_for_quiet(context, common.wait_for_quiet)?;
    let surroundings = Surroundings::read(&context.cancel);
    let start = Instant::now();
    let services = loaded.services(&plan_all(&project, request)?).to_vec();
    let prepared = built.start_checked(&project, &services, codes)?;
    let boundary = boundary::add(context, &mut project, &prepared, request, &filter)?;

    let findings = Findings { candidates: candidates.tried, passed_over: candidates.passed_over, boundary };
    let finish = |workload: Workload| findings.added_to(workload);
    let planned = plan_all(&project, request)?;
    let ready = Ready { loaded: &loaded, planned, prepared: &prepared, surroundings, start, finish: &finish };
    ready.compare(context, &compared(request, &loaded.project), effort, resampling)
}

/// How it went: what can't be tried, or gives other results, is a finding and no failure, but the baseline has to work.
pub fn outcome_of(compared: &Compared) -> Outcome {
    let baseline_alone = |workload: &Workload| {
        let contenders = workload.contenders.iter().filter(|one| one.name == workload.baseline).cloned().collect();
        Workload { contenders, ..workload.clone() }
    };
    outcome(&compared.comparison.workloads.iter().map(baseline_alone).collect::<Vec<_>>())
}

/// Other Pythons can only be hosted, and what is compared should be run alike.
fn hosted_if_possible(context: &Context<'_>, common: &Common) -> Option<PythonHost> {
    let supported = context.host.supported(Some(PythonHost::Python)).ok()?;
    select(common.python.named.as_deref(), supported).is_ok().then_some(PythonHost::Python)
}

/// Everything in the project is measured: it has nothing else.
fn plan_all<'a>(project: &'a Project, request: &TryRequest) -> Result<Vec<crate::measure::Planned<'a>>> {
    Ok(plan(project, &compared(request, project).selection)?)
}

/// The comparison that trying comes to.
fn compared(request: &TryRequest, project: &Project) -> CompareRequest {
    CompareRequest {
        selection: WorkloadSelection {
            workloads: project.workloads.iter().map(|workload| workload.name.clone()).collect(),
            filter: Vec::new(),
            size: request.size.clone(),
            quick: request.effort.quick,
            without_baseline: false,
        },
        sweep: false,
        effort: request.effort,
        out: request.out.clone(),
        resume: false,
        common: request.common.clone(),
    }
}
