//! `rustworthy attribute`: which functions make up p99 of a service, and what it becomes when they get faster.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, anyhow};
use globset::Glob;
use jiff::Timestamp;
use rustworthy::attribution::trace::{self, TraceError};
use rustworthy::attribution::{
    Analysis, AttributeError, AttributeEvent, Attributed, Injection, Prerequisites, ScenarioEvent, ScenarioRequest,
    TraceRequest, attribute_scenario, attribute_trace, find_scenario,
};
use rustworthy::environment::{available_memory, environment};
use rustworthy::manifest::{Place, Target};
use rustworthy::measure::{Effort, Settings, allowed_cpus, control};
use rustworthy::python::Interpreter;
use rustworthy::run::{self, RunFolder};
use rustworthy::service::Services;
use rustworthy::worker::Workers;
use rustworthy_reports::attribution::{self as reports, Attribution};
use rustworthy_reports::comparison::{Environment, Run};
use rustworthy_reports::profile::difference;
use rustworthy_reports::to_json;
use tempfile::TempDir;

use super::arguments::{AttributeArguments, CommonMeasuring, Format, PythonOptions};
use super::decide::code::Digests;
use super::exit::Exit;
use super::files::begun;
use super::printer::Printer;
use super::progress::Spinner;
use super::project::{self, Loaded, Site};
use super::{compare, interrupt, past};

/// Rounds of the loop that tells how fast the embedded Python is.
const CONTROL_ROUNDS: u32 = 3;

pub(crate) fn run(arguments: &AttributeArguments, printer: &Printer) -> Result<Exit> {
    let cancel = interrupt::flag()?;
    run::survive_size_limit()?;
    match &arguments.scenario {
        Some(name) => of_scenario(arguments, name, &cancel, printer),
        None => of_trace(arguments, &cancel, printer),
    }
}

fn of_trace(arguments: &AttributeArguments, cancel: &AtomicBool, printer: &Printer) -> Result<Exit> {
    let started = Timestamp::now();
    let analysis = analysis(arguments)?;
    let options = trace_options(arguments)?;
    let output = Output::begin(arguments, &project::home(&arguments.project)?, started)?;
    let request = TraceRequest { paths: arguments.trace.clone(), options, analysis, run: output.run.clone() };
    let spinner = Spinner::new(printer);
    let attributed = attribute_trace(&request, cancel, &mut |event| show(event, &spinner));
    drop(spinner);
    match attributed {
        Ok(attributed) => output.deliver(attributed, arguments.result.format, printer)?,
        Err(AttributeError::Trace(TraceError::Cancelled)) => return Ok(Exit::Interrupted),
        Err(error) => return Err(error.into()),
    }
    Ok(Exit::Fine)
}

/// Measures a scenario, saves the result and prints it.
pub(super) fn of_scenario(
    arguments: &AttributeArguments,
    name: &str,
    cancel: &Arc<AtomicBool>,
    printer: &Printer,
) -> Result<Exit> {
    let started = Timestamp::now();
    let mut loaded = project::load(&arguments.project)?;
    compare::limit(&mut loaded.project, &arguments.measuring);
    let analysis = analysis(arguments)?;
    let project = &loaded.project;
    let scenario = find_scenario(project, name)?;
    let inject = injection(arguments)?;

    let prepared = Prepared::of(&loaded, &arguments.python, cancel, printer)?;
    let output = Output::begin(arguments, &loaded.home, started)?;
    Digests::of(project, &prepared.interpreter).keep(&output.folder);
    let environment = prepared.environment(&arguments.measuring)?;

    let request = ScenarioRequest {
        scenario,
        requests: arguments.requests,
        quick: arguments.quick,
        candidates: None,
        inject,
        speedups: past::speedups(&loaded.home, project),
        analysis,
        run: output.run.clone(),
    };
    let Prepared { workers, scratch, .. } = &prepared;
    let prerequisites = Prerequisites { project, workers, scratch: scratch.path(), environment: &environment };
    let spinner = Spinner::new(printer);
    let attributed = attribute_scenario(&request, prerequisites, &mut |event| show(event, &spinner));
    drop(spinner);
    let attributed = match attributed {
        Ok(attributed) => attributed,
        Err(failed @ AttributeError::Failed { .. }) => {
            printer.error(&failed.into());
            return Ok(Exit::ContenderFailed);
        }
        Err(error) => return Err(error.into()),
    };
    let differs = attributed.differs();
    output.deliver(attributed, arguments.result.format, printer)?;
    Ok(match () {
        () if cancel.load(Ordering::Relaxed) => Exit::Interrupted,
        () if differs => Exit::ContenderFailed,
        () => Exit::Fine,
    })
}

fn analysis(arguments: &AttributeArguments) -> Result<Analysis> {
    let confidence = compare::resampling(&arguments.measuring)?.confidence;
    Ok(Analysis { confidence, ..Analysis::default() })
}

fn injection(arguments: &AttributeArguments) -> Result<Option<Injection>> {
    let Some((function, delay)) = &arguments.inject else { return Ok(None) };
    let function = Target::parse(function, Place::default()).map_err(|error| anyhow!("--inject: {error}"))?;
    Ok(Some(Injection { function, delay: *delay }))
}

fn trace_options(arguments: &AttributeArguments) -> Result<trace::Options> {
    let mut options = trace::Options { group: !arguments.no_grouping, ..Default::default() };
    if let Some(glob) = &arguments.request {
        let glob = Glob::new(glob).map_err(|error| anyhow!("--request: {error}"))?;
        options.request = Some(glob.compile_matcher());
    }
    for (name, value) in &arguments.limit {
        options.limits.set(name, *value).map_err(|error| anyhow!("--limit: {error}"))?;
    }
    Ok(options)
}

fn show(event: AttributeEvent, spinner: &Spinner<'_>) {
    match event {
        AttributeEvent::ReadingTrace => spinner.detail("reading the trace"),
        AttributeEvent::ReplayingTrace => spinner.detail("replaying its requests"),
        AttributeEvent::Scenario(event) => spinner.step(&match event {
            ScenarioEvent::Calibrating => "finding out how long requests take".to_owned(),
            ScenarioEvent::Sampling => "looking where the time goes".to_owned(),
            ScenarioEvent::Comparing => "comparing the answers of the migrated service".to_owned(),
            ScenarioEvent::Round { round, rounds, answered, requests } => {
                format!("round {round} of {rounds}: {answered} of {requests} requests")
            }
        }),
    }
}

/// What a scenario is measured with.
struct Prepared {
    interpreter: Interpreter,
    workers: Workers,
    scratch: TempDir,
    /// They run as long as this lives.
    _services: Services,
}

impl Prepared {
    fn of(loaded: &Loaded, python: &PythonOptions, cancel: &Arc<AtomicBool>, printer: &Printer) -> Result<Self> {
        let project = &loaded.project;
        let interpreter = project::interpreter(project, python, cancel, printer)?;
        let mut workers = project::workers(project, &interpreter, Arc::clone(cancel))?;
        project::build(project, Site::of(project, &interpreter), &workers, printer)?;
        project::check_targets(project, &workers)?;
        let services = if loaded.built_in { &[] } else { project.services.as_slice() };
        let services = Services::start(services, &project.root, &workers.program, cancel)?;
        workers.env.extend(services.env.clone());
        let scratch =
            tempfile::Builder::new().prefix("rustworthy-").tempdir().context("can't create a temporary folder")?;
        workers.env.insert(project::SCRATCH.to_owned(), scratch.path().display().to_string());
        Ok(Self { interpreter, workers, scratch, _services: services })
    }

    /// Measures how fast the embedded Python is, and describes it and the machine.
    fn environment(&self, measuring: &CommonMeasuring) -> Result<Environment> {
        let settings = Settings {
            workers: self.workers.clone(),
            effort: Effort::QUICK,
            seed: measuring.seed,
            cpus: allowed_cpus(),
            memory: available_memory() / 2,
            scratch: self.scratch.path().to_owned(),
        };
        let control = control(&settings, CONTROL_ROUNDS, &compare::resampling(measuring)?)
            .map_err(|failure| anyhow!("the embedded Python doesn't work: {failure}"))?;
        project::check_embedded(&control, &self.interpreter)?;
        Ok(environment(&self.interpreter, &control))
    }
}

/// Where the result goes.
struct Output {
    folder: RunFolder,
    run: Run,
}

impl Output {
    fn begin(arguments: &AttributeArguments, home: &Path, started: Timestamp) -> Result<Self> {
        let run = begun(started, &arguments.measuring);
        let folder = RunFolder::create(arguments.result.out.as_deref(), home, &run.id)?;
        Ok(Self { folder, run })
    }

    /// Saves the result and its renderings, and prints it.
    fn deliver(&self, attributed: Attributed, format: Format, printer: &Printer) -> Result<()> {
        let Attributed { mut attribution, requests, tail } = attributed;
        if let Some(requests) = requests {
            self.folder.write("requests.jsonl", &requests)?;
        }
        let tail = tail.map(|tail| difference((&tail.usual.0, &tail.usual.1), (&tail.slow.0, &tail.slow.1)));
        let tail = tail.transpose().unwrap_or_else(|error| {
            attribution.notes.push(format!("slow requests can't be drawn against usual ones: {error}"));
            None
        });
        if let Some(tail) = &tail {
            self.folder.write("tail.svg", tail)?;
        }
        self.folder.write("run.json", &to_json(&attribution))?;
        self.folder.write("report.html", &reports::page(&attribution, tail.as_deref()))?;
        self.folder.become_latest()?;
        printer.result(&render(&attribution, format, printer))?;
        printer.note(&format!("report: {}", self.folder.path().join("report.html").display()));
        Ok(())
    }
}

/// Renders an attribution for standard output.
pub(super) fn render(attribution: &Attribution, format: Format, printer: &Printer) -> String {
    match format {
        Format::Table => reports::table(attribution, &printer.table()),
        Format::Json => to_json(attribution),
        Format::Markdown => reports::markdown(attribution),
    }
}
