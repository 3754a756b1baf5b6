//! From a file to a [`Project`].

use std::path::{Path, PathBuf};

use rustworthy_model::environment::PythonHost;
use toml::de::DeTable;

use super::document::{self, Lines, Syntax};
use super::error::{ManifestError, ManifestErrors};
use super::find::PYPROJECT;
use super::policy;
use super::project::{Gate, Limits, Project, Workload};
use super::quantity::quoted;
use super::scenario;
use super::section::Section;
use super::service;
use super::shared::{Origin, SectionContext, below, command, limits, requirements};
use super::value::{Report, Value, all};
use super::vocabulary::{FILE, HOSTS, PYPROJECT as SHARED_FILE};
use super::workload;

/// Reads and checks a manifest. Python isn't asked anything yet: whether targets exist remains to be seen.
///
/// # Errors
/// All that is wrong with the manifest.
pub fn load(path: &Path, origin: Origin<'_>) -> Result<Project, ManifestErrors> {
    let file =
        std::path::absolute(path).map_err(|error| ManifestError::file(path, format!("can't be found: {error}")))?;
    let text = document::read(&file)?;
    understand(&file, &text, origin)
}

/// The same of a text that isn't written yet; `file` is the absolute path that it's for.
///
/// # Errors
/// All that is wrong with it.
pub fn understand(file: &Path, text: &str, origin: Origin<'_>) -> Result<Project, ManifestErrors> {
    document::on_deep_stack(file, || check(file, text, origin))?
}

fn check(file: &Path, text: &str, origin: Origin<'_>) -> Result<Project, ManifestErrors> {
    let lines = Lines::new(text);
    let (tree, errors) = DeTable::parse_recoverable(text);
    let syntax = Syntax::new(text, &lines, tree.get_ref(), &errors);
    let report = Report::new(file, &lines);
    let project = if syntax.sound {
        root(&report, file, tree.get_ref()).and_then(|root| project(root, file, origin))
    } else {
        None
    };
    for (place, message) in syntax.errors {
        report.add(&place, message);
    }
    report.finish(project)
}

/// The table that describes the project.
fn root<'a>(report: &'a Report<'a>, file: &Path, tree: &'a DeTable<'a>) -> Option<Section<'a>> {
    if file.file_name().is_none_or(|name| name != PYPROJECT) {
        return Some(Section::root(report, tree, &FILE));
    }
    let root = Section::root(report, tree, &SHARED_FILE);
    let ours = root.take("tool").and_then(|tool| tool.section()).map(|tool| tool.take("rustworthy"));
    match ours.flatten() {
        Some(ours) => ours.section(),
        None => {
            report.add_about_file("has no [tool.rustworthy]; add it, or name a rustworthy.toml");
            None
        }
    }
}

fn project(root: Section<'_>, file: &Path, origin: Origin<'_>) -> Option<Project> {
    let folder = file.parent().unwrap_or(file);
    let workload_names = root.names_in("workload");
    let settings = settings(root.take("project"), folder);
    let limits = settings.as_ref().map(|settings| settings.limits).unwrap_or_default();
    let requirements = settings.as_ref().and_then(|settings| settings.requirements.as_deref());
    let context = SectionContext { folder, limits, requirements, origin };
    let workloads = workload::workloads(root.take("workload"), &context);
    let host = settings.as_ref().and_then(|settings| host(settings.host.as_ref(), workloads.as_deref()));
    let services = service::services(root.take("service"));
    let scenarios = scenario::scenarios(root.take("scenario"), &context);
    let cost = root.take("cost").map(|cost| policy::cost(&cost));
    let goal = root.take("goal").map(|goal| policy::goal(&goal));
    let gate = root.take("gate").map(|gate| policy::gate(&gate, &workload_names));
    root.finish();
    let settings = settings?;
    Some(Project {
        manifest: file.to_owned(),
        root: folder.to_owned(),
        python_path: settings.python_path,
        requirements: settings.requirements,
        build: settings.build,
        host,
        limits,
        workloads: workloads?,
        services: services?,
        scenarios: scenarios?,
        cost: cost.map_or(Some(None), |cost| cost.map(Some))?,
        goal: goal.flatten(),
        gate: gate.unwrap_or_else(|| Some(Gate::default()))?,
    })
}

/// `[project]`
struct Settings<'a> {
    python_path: Vec<PathBuf>,
    requirements: Option<PathBuf>,
    build: Option<Vec<String>>,
    host: Option<(PythonHost, Value<'a>)>,
    limits: Limits,
}

/// What runs the Python of workers. Pythons that contenders name are run by their executables, so that the others are too: they
/// are compared host over host.
fn host(named: Option<&(PythonHost, Value<'_>)>, workloads: Option<&[Workload]>) -> Option<PythonHost> {
    let contenders = workloads.into_iter().flatten().flat_map(|workload| &workload.contenders);
    let other = contenders.filter_map(|contender| contender.interpreter.as_ref()).next();
    match (named, other) {
        (Some((PythonHost::Embedded, value)), Some(other)) => {
            value.error(format!(
                "{} names a Python of its own, which can't be embedded; use \"python\", or remove one of the keys",
                other.place.key
            ));
            None
        }
        (Some((host, _)), _) => Some(*host),
        (None, Some(_)) => Some(PythonHost::Python),
        (None, None) => None,
    }
}

fn settings<'a>(project: Option<Value<'a>>, folder: &Path) -> Option<Settings<'a>> {
    let mut settings = Settings {
        python_path: vec![folder.to_owned()],
        requirements: None,
        build: None,
        host: None,
        limits: Limits::default(),
    };
    let Some(project) = project else {
        return Some(settings);
    };
    let section = project.section()?;
    if let Some(path) = section.take("python-path") {
        settings.python_path = python_path(&path, folder).unwrap_or_default();
    }
    settings.requirements = requirements(&section, folder);
    settings.build = section.take("build").and_then(|value| command(&value));
    settings.host = section.take("host").and_then(|value| Some((value.choice(&HOSTS)?, value)));
    settings.limits = limits(&section, settings.limits);
    section.finish();
    Some(settings)
}

fn python_path(value: &Value<'_>, folder: &Path) -> Option<Vec<PathBuf>> {
    let entries = value.elements()?;
    let existing = |entry: &Value<'_>| {
        let name = entry.string()?;
        let path = below(folder, name);
        if !path.is_dir() {
            entry.error(format!("there is no folder {} in {}; create or remove it", quoted(name), folder.display()));
        }
        Some(path)
    };
    all(entries.iter().map(existing))
}
