//! How a crate does: whether it builds, whether recorded calls come to the same, and how much faster they are.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustworthy_model::comparison::{Contender as Row, Workload as Summary};
use rustworthy_model::equivalence::{EquivalenceStatus, Status};
use rustworthy_model::new_crate::Check;
use rustworthy_protocol::BoundaryForm;

use super::build::{Building, NotBuilt};
use super::calls::read;
use super::existing::{Crate, find};
use super::text::{Price, workload};
use crate::compare::{CompareRequest, EffortRequest, Ready, environment};
use crate::context::Context;
use crate::doctor::Surroundings;
use crate::environments::{Environments, Needed};
use crate::manifest::{self, Code, Contender, Origin, Project, Workload};
use crate::plan::{WorkloadSelection, plan};
use crate::prepared::{BuildPlace, Built};
use crate::process::{Ending, RunLimits, run};
use crate::project::Loaded;
use crate::python::Interpreter;
use crate::request::Common;
use crate::trial::crossing;

/// Time for measuring where nobody says another.
const BUDGET: Duration = Duration::from_secs(8);

/// The contender that tells what crossing the boundary costs.
const CROSSING: &str = "crossing";

/// Longest that importing the crate's module may take.
const IMPORTING: Duration = Duration::from_secs(60);

/// Which crate to look at, and how much to measure.
#[derive(Debug, Clone)]
pub struct CheckRequest {
    /// Its name, its folder or its function; without one the only one there is.
    pub named: Option<String>,
    /// Time for measuring.
    pub budget: Option<Duration>,
    /// The options that all measuring commands share.
    pub common: Common,
}

/// How a crate does.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The crate.
    pub package: String,
    /// What was found.
    pub check: Check,
    /// Why it doesn't build, or why something isn't known, in words.
    pub remarks: Vec<String>,
    /// Whether calls differ, fail, or can't be compared.
    pub failed: bool,
}

/// Builds a crate and compares it with the function in Python, on the calls that the manifest or the crate names.
///
/// # Errors
/// When there is no such crate, or something is missing that it takes. A crate that doesn't compile is no error.
pub fn check(context: &Context<'_>, request: &CheckRequest) -> Result<Checked> {
    let loaded = load(context, &request.common)?;
    let one = find(&loaded.home, request.named.as_deref())?;
    if let Some(name) = unread(&loaded, &one, &request.common) {
        bail!("{}: {}", one.package, pickled(&name));
    }
    let own = of_manifest(&loaded.project, &one);
    let environments = provide(context, &loaded.project, own, &request.common)?;
    let building =
        Building { python: environments.first(), home: &loaded.home, offline: request.common.python.offline };
    match building.build(context, &one) {
        Ok(()) => {}
        Err(failed @ NotBuilt::Failed { .. }) => {
            let check = Check { builds: false, equal: None, first_difference: None, speedup: None };
            return Ok(Checked { package: one.package, check, remarks: vec![failed.to_string()], failed: true });
        }
        Err(other) => return Err(other.into()),
    }
    let measuring = Measuring { one: &one, environments, prices: false, request };
    measuring.measure(context, loaded).map(|measured| measured.checked)
}

/// The project, or the folder with nothing in it but modules.
pub(super) fn load(context: &Context<'_>, common: &Common) -> Result<Loaded> {
    if common.project.builtin {
        bail!("--builtin: the built-in workloads have their Rust already; name a project of yours by --project");
    }
    let mut loaded = Loaded::load_or_bare(context.host, &common.project, true)?;
    let source = loaded.home.join("src");
    // Where nobody has said where modules are: as most lay them out.
    if !loaded.project.manifest.is_file() && source.is_dir() && !loaded.project.python_path.contains(&source) {
        loaded.project.python_path.push(source);
    }
    Ok(loaded)
}

/// The Python of a workload, or else of a project's own modules.
pub(super) fn provide(
    context: &Context<'_>,
    project: &Project,
    workload: Option<&Workload>,
    common: &Common,
) -> Result<Environments> {
    let requirements = workload.map_or(project.requirements.as_deref(), |workload| workload.requirements.as_deref());
    let needed = Needed { requirements: vec![requirements], ..Needed::default() };
    Environments::provide(context, project, &common.python, &needed)
}

/// What is measured, and with what.
pub(super) struct Measuring<'a> {
    pub(super) one: &'a Crate,
    pub(super) environments: Environments,
    /// Whether what crossing the boundary costs is measured too.
    pub(super) prices: bool,
    pub(super) request: &'a CheckRequest,
}

/// What was measured.
pub(super) struct Measured {
    pub(super) checked: Checked,
    pub(super) price: Option<Price>,
}

impl Measuring<'_> {
    /// Compares a crate that is built.
    ///
    /// # Errors
    /// When the project isn't as it should be.
    pub(super) fn measure(self, context: &Context<'_>, mut loaded: Loaded) -> Result<Measured> {
        let one = self.one;
        let Some(workload) = self.workload(&loaded)? else { return self.import(context, &loaded) };
        let name = workload.name.clone();
        loaded.project = self.project(&loaded.project, workload);
        self.request.common.limit(&mut loaded.project);
        let compare = self.compare_request(&name);
        let resampling = self.request.common.resampling()?;
        let planned = plan(&loaded.project, &compare.selection)?;
        let built = Built::with(context, &loaded.project, self.environments);
        if loaded.project.build.as_deref().is_some_and(|command| !is_ours(command)) {
            let label = format!("{}: project.build:", loaded.project.manifest.display());
            let place = BuildPlace { folder: &loaded.project.root, variables: &Interpreter::activation, label };
            built.build(context, &loaded.project, place)?;
        }
        let surroundings = Surroundings::read(&context.cancel);
        let start = Instant::now();
        let prepared = built.start(context, &loaded.project, loaded.services(&planned))?;
        let common = &self.request.common;
        let environment = environment(context, &prepared, surroundings, compare.effort, common, &resampling)?;
        let finish = &|workload| workload;
        // Whoever edits a body wants to know first what is wrong with it. What differs before that is the price of the boundary.
        let equal_alone = !self.prices;
        let ready = Ready { loaded: &loaded, planned, prepared: &prepared, environment, start, finish, equal_alone };
        let compared = ready.compare(context, &compare, compare.effort.effort(), resampling)?;
        let Some(summary) = compared.comparison.workloads.first() else {
            bail!("{}: nothing was measured", one.package)
        };
        let is_own = |row: &&Row| is_meant(&loaded.project, &row.name, one);
        let row = summary.contenders.iter().find(is_own);
        Ok(Measured { checked: judged(one, summary, row), price: price(summary) })
    }

    /// The workload of the manifest that has the crate as a contender; without one that of its recorded calls, if there are any.
    fn workload(&self, loaded: &Loaded) -> Result<Option<Workload>> {
        let own = of_manifest(&loaded.project, self.one);
        // The price is that of recorded calls.
        if let Some(own) = own.filter(|_| !(self.prices && self.one.capture.is_some())) {
            let contenders =
                own.contenders.iter().filter(|one| one.baseline || is_of(one, self.one)).cloned().collect();
            return Ok(Some(Workload { contenders, claims: Vec::new(), ..own.clone() }));
        }
        let Some(name) = &self.one.capture else { return Ok(None) };
        let Some(capture) = read(&loaded.home, name).ok().filter(|capture| capture.kept > 0) else { return Ok(None) };
        if capture.pickled && !self.request.common.trusts_pickles {
            return Ok(None);
        }
        let text = workload(self.one, Some(&capture));
        let parsed = manifest::understand(&loaded.home.join("rustworthy.toml"), &text, Origin::User)?;
        let Project { requirements, limits, .. } = &loaded.project;
        Ok(parsed.workloads.into_iter().next().map(|mut workload| {
            workload.requirements = requirements.clone();
            workload.contenders.iter_mut().for_each(|contender| contender.limits = *limits);
            if let Some(Code::Python(target)) = self.prices.then(|| workload.baseline().code.clone()) {
                let code = Code::Boundary(target, BoundaryForm::Cheapest);
                let contender = crossing(&workload, CROSSING, code);
                workload.contenders.push(contender);
            }
            workload
        }))
    }

    /// The project with nothing but that workload, and with the crate's module where Python finds it.
    fn project(&self, project: &Project, workload: Workload) -> Project {
        let mut python_path = project.python_path.clone();
        let own = self.one.python_folder();
        if !python_path.contains(&own) {
            python_path.push(own);
        }
        Project { python_path, workloads: vec![workload], scenarios: Vec::new(), ..project.clone() }
    }

    fn compare_request(&self, workload: &str) -> CompareRequest {
        let effort =
            EffortRequest { quick: true, precision: None, budget: Some(self.request.budget.unwrap_or(BUDGET)) };
        CompareRequest {
            // At its usual size, so that every recorded call is made.
            selection: WorkloadSelection { workloads: vec![workload.to_owned()], ..WorkloadSelection::default() },
            sweep: false,
            effort,
            out: None,
            resume: false,
            common: self.request.common.clone(),
        }
    }

    /// Without calls there is one thing that can be seen: whether the module is imported.
    fn import(&self, context: &Context<'_>, loaded: &Loaded) -> Result<Measured> {
        let folders = loaded.project.python_path.iter().cloned().chain([self.one.python_folder()]);
        let mut command = Command::new(&self.environments.first().executable);
        command.args([
            "-P",
            "-c",
            "import importlib, sys; sys.path[:0] = sys.argv[2:]; importlib.import_module(sys.argv[1])",
        ]);
        command.arg(&self.one.module).args(folders);
        let limits = RunLimits { timeout: Some(IMPORTING), cancel: Some(&context.cancel) };
        let finished = run(command, &limits, &mut |_| ()).context("Python can't be started")?;
        if finished.ending == Ending::Cancelled {
            bail!("interrupted");
        }
        let check = Check { builds: true, equal: None, first_difference: None, speedup: None };
        let unread = unread(loaded, self.one, &self.request.common);
        let remark = if let Some(name) = unread.filter(|_| finished.success()) {
            format!("whether it's equal isn't known: {}", pickled(&name))
        } else if finished.success() {
            let function = super::names::capture_target(&self.one.function);
            format!(
                "there are no recorded calls, so whether it's equal isn't known; record some: rustworthy capture {function}{} -- python app.py",
                self.one.capture.as_ref().map(|name| format!(" --name {name}")).unwrap_or_default()
            )
        } else {
            format!("module {} can't be imported:{}", self.one.module, finished.quote())
        };
        let failed = !finished.success();
        let checked = Checked { package: self.one.package.clone(), check, remarks: vec![remark], failed };
        Ok(Measured { checked, price: None })
    }
}

/// The recorded calls of a crate, where reading them takes a consent that nobody has given.
fn unread(loaded: &Loaded, one: &Crate, common: &Common) -> Option<String> {
    let name = one.capture.as_ref().filter(|_| !common.trusts_pickles)?;
    read(&loaded.home, name).is_ok_and(|capture| capture.pickled).then(|| name.clone())
}

fn pickled(name: &str) -> String {
    format!(
        "some values of capture '{name}' are pickled or made by recipes, and that may run any code; allow it with --trust-pickles"
    )
}

/// The workload of the manifest that has the crate as a contender.
fn of_manifest<'a>(project: &'a Project, one: &Crate) -> Option<&'a Workload> {
    project.workloads.iter().find(|workload| workload.contenders.iter().any(|contender| is_of(contender, one)))
}

/// Whether a contender is the crate.
pub(super) fn is_of(contender: &Contender, one: &Crate) -> bool {
    contender.target().is_some_and(|target| {
        (target.module == one.module && target.callable == one.name)
            || (target.module == format!("{}.awaited", one.module) && target.callable == "rust")
    })
}

fn is_meant(project: &Project, name: &str, one: &Crate) -> bool {
    let mut contenders = project.workloads.iter().flat_map(|workload| &workload.contenders);
    contenders.any(|contender| contender.name == name && is_of(contender, one))
}

/// Whether a build command is `new --build`, which has been done.
pub(super) fn is_ours(command: &[String]) -> bool {
    ["new", "--build"].iter().all(|own| command.iter().any(|word| word == own))
}

/// What a comparison says of the crate.
fn judged(one: &Crate, summary: &Summary, row: Option<&Row>) -> Checked {
    let mut check = Check { builds: true, equal: None, first_difference: None, speedup: None };
    let mut remarks = Vec::new();
    let mut failed = true;
    match row {
        Some(row) => match (row.status, row.equivalence.status) {
            (Status::Failed | Status::TimedOut, _) => {
                let error = row.error.as_deref().unwrap_or("no reason is known");
                check.equal = Some(false);
                check.first_difference = Some(format!("it failed: {}", first_line(error)));
                remarks.push(error.to_owned());
            }
            (_, EquivalenceStatus::Different) => {
                check.equal = Some(false);
                check.first_difference = row.equivalence.detail.clone();
            }
            (_, EquivalenceStatus::Equal | EquivalenceStatus::WithinTolerance) => {
                check.equal = Some(true);
                check.speedup = row.speedup;
                failed = false;
            }
            _ => remarks.extend(row.equivalence.detail.clone()),
        },
        None => remarks.push("the crate isn't among the contenders".to_owned()),
    }
    remarks.extend(summary.error.clone());
    let mut failing = summary.contenders.iter().filter(|row| matches!(row.status, Status::Failed | Status::TimedOut));
    let baseline = failing.find(|row| row.name == summary.baseline);
    if let Some(error) = baseline.and_then(|row| row.error.as_ref()) {
        // Then it says nothing that Rust failed too.
        (check.equal, check.first_difference) = (None, None);
        remarks = vec![format!("in Python: {error}")];
    }
    Checked { package: one.package.clone(), check, remarks, failed }
}

/// What crossing the boundary costs, per call.
fn price(summary: &Summary) -> Option<Price> {
    let seconds = |name: &str| summary.contenders.iter().find(|row| row.name == name).and_then(|row| row.seconds);
    let calls = summary.size.max(1) as f64;
    let each = |all: rustworthy_model::Estimate| rustworthy_model::Estimate {
        estimate: all.estimate / calls,
        low: all.low / calls,
        high: all.high / calls,
    };
    Some(Price { crossing: each(seconds(CROSSING)?), python: each(seconds(&summary.baseline)?) })
}

fn first_line(text: &str) -> &str {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
}
