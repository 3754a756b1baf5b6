//! `try`: what costs nothing to try of a workload. Its baseline in the other Pythons of the machine, and by compilers that take
//! the same source; and what crossing the boundary to Rust costs, before any Rust is written.

mod boundary;
mod compiled;
mod findings;
mod pythons;
mod subject;
mod watched;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, bail};
use rustworthy_model::comparison;
use rustworthy_model::environment::{Environment, PythonHost};
use rustworthy_model::tried::PassedOver;
use rustworthy_stats::Resampling;

use crate::compare::{CompareRequest, Compared, EffortRequest, Ready, environment};
use crate::context::Context;
use crate::doctor::Surroundings;
use crate::manifest::{Code, Project, Target, Workload};
use crate::measure::{Effort, Planned};
use crate::new_crate::building_only;
use crate::plan::{self, Filter, WorkloadSelection, plan};
use crate::prepared::{Built, Prepared};
use crate::project::Loaded;
use crate::python::select;
use crate::quiet::wait_for_quiet;
use crate::request::Common;
use crate::verdict::{Outcome, outcome};
pub(crate) use boundary::crossing;
use findings::Findings;
use pythons::Pythons;
use subject::Subject;

/// What to try, and how much to measure.
#[derive(Debug, Clone)]
pub struct TryRequest {
    /// Names of workloads, functions as `module:function`, or `all` for every workload with a baseline in Python.
    pub subjects: Vec<String>,
    /// What makes the argument of a function, `module:callable(size, seed)`; `None` for that of a workload.
    pub input: Option<Target>,
    /// Globs over what is tried; none lets all pass.
    pub filter: Vec<String>,
    /// Name of a size, or a number.
    pub size: Option<String>,
    /// How much to measure.
    pub effort: EffortRequest,
    /// Folder for the files of the run of one subject, instead of a new one of the project's.
    pub out: Option<PathBuf>,
    /// The options that all measuring commands share.
    pub common: Common,
}

/// Everything is there that trying needs: Pythons, what compilers have made, services. Only measuring is left, of one
/// subject after the other.
#[derive(Debug)]
pub struct Trial {
    request: TryRequest,
    subjects: Vec<Subject>,
    passed_over: Vec<PassedOver>,
    prepared: Prepared,
    environment: Environment,
    effort: Effort,
    resampling: Resampling,
    /// When the time began that all subjects share.
    start: Instant,
}

impl Trial {
    /// Prepares the trial of all subjects: what is the same for several is done once, and what takes long side by side.
    ///
    /// # Errors
    /// When there is no such workload or function, or the request can't be met. What can't be tried is no error.
    pub fn prepare(context: &Context<'_>, request: TryRequest) -> Result<Self> {
        let common = &request.common;
        let mut loaded = Loaded::load_or_bare(context.host, &common.project, request.input.is_some())?;
        common.limit(&mut loaded.project);
        loaded.project.host = loaded.project.host.or_else(|| hosted_if_possible(context, common));
        let mut subjects = subjects(&loaded, &request)?;
        if let Some(out) = request.out.as_ref().filter(|_| subjects.len() > 1) {
            let (out, number) = (out.display(), subjects.len());
            bail!("--out {out}: {number} subjects have a run each, which one folder can't hold; name one of them");
        }
        let resampling = common.resampling()?;
        let effort = request.effort.effort();
        let filter = Filter::new(&request.filter)?;

        let pythons = Pythons::find(context, &loaded.project, &request)?;
        subjects.iter_mut().for_each(|subject| pythons.add_to(subject, &filter));
        let project = of_baselines(&loaded, &subjects)?;
        let built = Built::new(context, &project, &common.python, &plan::needed(&planned(&subjects, &request)?))?;
        // In other Pythons it may not be there, which is a finding, and modules that were compiled are found by their own workers
        // alone.
        let codes = built.check(context, &project)?;
        compiled::add_to(context, &request, &filter, &mut subjects, &built)?;
        if context.is_cancelled() {
            bail!("interrupted");
        }
        wait_for_quiet(context, common.wait_for_quiet)?;
        let surroundings = Surroundings::read(&context.cancel);
        let start = Instant::now();
        let services = loaded.services(&planned(&subjects, &request)?).to_vec();
        let prepared = built.start_checked(&project, &services, codes)?;
        boundary::add_to(context, &request, &filter, &mut subjects, &prepared)?;
        let environment = environment(context, &prepared, surroundings, request.effort, common, &resampling)?;
        let passed_over = pythons.passed_over;
        Ok(Self { request, subjects, passed_over, prepared, environment, effort, resampling, start })
    }

    /// How many subjects there are.
    pub fn subjects(&self) -> usize {
        self.subjects.len()
    }

    /// Measures and saves one of them.
    ///
    /// # Errors
    /// When the run can't go on.
    pub fn measure(&self, context: &Context<'_>, place: usize) -> Result<Compared> {
        let Subject { loaded, project, candidates, boundary, .. } = &self.subjects[place];
        let findings = Findings { candidates, passed_over: &self.passed_over, boundary: boundary.as_ref() };
        let ready = Ready {
            loaded,
            planned: plan_all(project, &self.request)?,
            prepared: &self.prepared,
            environment: self.environment.clone(),
            start: Instant::now(),
            finish: &|workload| findings.added_to(workload),
            equal_alone: false,
        };
        let effort = self.effort.shared_among(self.subjects.len() - place, self.start.elapsed());
        ready.compare(context, &compared(&self.request, &loaded.project), effort, self.resampling)
    }
}

/// The subjects that are meant: each that is named, and for `all` every workload with a baseline in Python.
fn subjects(loaded: &Loaded, request: &TryRequest) -> Result<Vec<Subject>> {
    let find = |name: &str| Subject::find(loaded, name, request);
    if !request.subjects.iter().any(|name| name == "all") {
        return request.subjects.iter().map(|name| find(name)).collect();
    }
    let workloads = loaded.project.workloads.iter();
    let all: Vec<Subject> = workloads
        .filter(|workload| matches!(workload.baseline().code, Code::Python(_)))
        .map(|workload| find(&workload.name))
        .collect::<Result<_>>()?;
    if all.is_empty() {
        bail!("{} has no workload with a baseline in Python", loaded.project.manifest.display());
    }
    Ok(all)
}

/// The project with the workloads of all subjects, and of these nothing but their baselines.
///
/// # Errors
/// When a crate can't be read.
fn of_baselines(loaded: &Loaded, subjects: &[Subject]) -> Result<Project> {
    let workloads: Vec<Workload> =
        subjects.iter().flat_map(|subject| subject.loaded.project.workloads.clone()).collect();
    let contenders = workloads.iter().flat_map(|workload| &workload.contenders);
    let project = building_only(&loaded.project, &loaded.home, contenders)?;
    Ok(Project { workloads, scenarios: Vec::new(), ..project })
}

/// Everything in the projects of subjects is measured: they have nothing else.
fn planned<'a>(subjects: &'a [Subject], request: &TryRequest) -> Result<Vec<Planned<'a>>> {
    let planned = subjects.iter().map(|subject| plan_all(&subject.project, request));
    Ok(planned.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// How it went: what can't be tried, or gives other results, is a finding and no failure, but the baseline has to work.
pub fn outcome_of(compared: &Compared) -> Outcome {
    let baseline_alone = |workload: &comparison::Workload| {
        let contenders = workload.contenders.iter().filter(|one| one.name == workload.baseline).cloned().collect();
        comparison::Workload { contenders, ..workload.clone() }
    };
    outcome(&compared.comparison.workloads.iter().map(baseline_alone).collect::<Vec<_>>())
}

/// Other Pythons can only be hosted, and what is compared should be run alike.
fn hosted_if_possible(context: &Context<'_>, common: &Common) -> Option<PythonHost> {
    let supported = context.host.supported(Some(PythonHost::Python)).ok()?;
    select(common.python.named.as_deref(), supported).is_ok().then_some(PythonHost::Python)
}

fn plan_all<'a>(project: &'a Project, request: &TryRequest) -> Result<Vec<Planned<'a>>> {
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
