//! `rustworthy attribute`: which functions make up p99 of a service, and what it becomes when they get faster.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use globset::Glob;
use jiff::Timestamp;
use rustworthy::attribution::trace::{self, TraceError};
use rustworthy::attribution::{Measured, Mode, Session, Step, Watchable, imported, journal, outcome};
use rustworthy::environment::{available_memory, environment};
use rustworthy::manifest::{Arrivals, Place, Project, Scenario, Target, hint};
use rustworthy::measure::{Effort, Settings, allowed_cpus, control};
use rustworthy::run::{self, RunFolder};
use rustworthy::service::Services;
use rustworthy::worker::Failure;
use rustworthy_model::attribution::{Attribution, Kind};
use rustworthy_model::{Estimate, Run};
use rustworthy_reports::attribution as reports;
use rustworthy_reports::profile::difference as draw_difference;
use rustworthy_reports::to_json;

use super::arguments::{AttributeArguments, Format};
use super::decide::code::Digests;
use super::exit::Exit;
use super::files::begun;
use super::printer::Printer;
use super::progress::Spinner;
use super::project::{self, Site};
use super::{compare, interrupt, past};

/// Rounds that requests are divided among: each begins with fresh processes.
const ROUNDS: u32 = 6;
const QUICK_ROUNDS: u32 = 3;

/// Requests of a quick run: the fewest that tell anything of p99.
const QUICK_COUNT: u64 = 1_000;

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
    let confidence = compare::resampling(&arguments.measuring)?.confidence;
    let mut options = trace::Options { group: !arguments.no_grouping, ..Default::default() };
    if let Some(glob) = &arguments.request {
        let glob = Glob::new(glob).map_err(|error| anyhow!("--request: {error}"))?;
        options.request = Some(glob.compile_matcher());
    }
    for (name, value) in &arguments.limit {
        options.limits.set(name, *value).map_err(|error| anyhow!("--limit: {error}"))?;
    }
    let output = Output::begin(arguments, &project::home(&arguments.project)?, started)?;
    let spinner = Spinner::new(printer);
    spinner.detail("reading the trace");
    let read = match trace::read(&arguments.trace, &options, cancel) {
        Ok(read) => read,
        Err(TraceError::Cancelled) => return Ok(Exit::Interrupted),
        Err(error) => return Err(error.into()),
    };
    spinner.detail("replaying its requests");
    let names: Vec<String> = arguments.trace.iter().map(|path| path.display().to_string()).collect();
    let header = Run { complete: true, finished: Some(Timestamp::now()), ..output.run.clone() };
    let result = imported(&read, names.join(", "), header, confidence);
    drop(spinner);
    output.deliver(&result, None, arguments.result.format, printer)?;
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
    let resampling = compare::resampling(&arguments.measuring)?;
    let project = &loaded.project;
    let scenario = scenario(project, name)?;
    let delayed = arguments.inject.as_ref().map(|(function, delay)| Ok((target(function)?, *delay))).transpose();
    let delayed: Option<(Target, Duration)> = delayed.map_err(|error: String| anyhow!("--inject: {error}"))?;

    let interpreter = project::interpreter(project, &arguments.python, cancel, printer)?;
    let mut workers = project::workers(project, &interpreter, Arc::clone(cancel))?;
    project::build(project, Site::of(project, &interpreter), &workers, printer)?;
    project::check_targets(project, &workers)?;
    let services = if loaded.built_in { &[] } else { project.services.as_slice() };
    let services = Services::start(services, &project.root, &workers.program, cancel)?;
    workers.env.extend(services.env.clone());
    let scratch =
        tempfile::Builder::new().prefix("rustworthy-").tempdir().context("can't create a temporary folder")?;
    workers.env.insert(project::SCRATCH.to_owned(), scratch.path().display().to_string());
    let output = Output::begin(arguments, &loaded.home, started)?;
    Digests::of(project, &interpreter).keep(&output.folder);

    let settings = Settings {
        workers: workers.clone(),
        effort: Effort::QUICK,
        seed: arguments.measuring.seed,
        cpus: allowed_cpus(),
        memory: available_memory() / 2,
        scratch: scratch.path().to_owned(),
    };
    let control = control(&settings, CONTROL_ROUNDS, &resampling)
        .map_err(|failure| anyhow!("the embedded Python doesn't work: {failure}"))?;
    project::check_embedded(&control, &interpreter)?;
    let (count, rounds) = match arguments.quick {
        true => (arguments.requests.unwrap_or(QUICK_COUNT.min(scenario.count)), QUICK_ROUNDS),
        false => (arguments.requests.unwrap_or(scenario.count), ROUNDS),
    };
    let session = Session {
        workers: &workers,
        scenario,
        limits: project.limits,
        seed: arguments.measuring.seed,
        count,
        rounds: rounds.min(u32::try_from(count).unwrap_or(u32::MAX)).max(1),
        cpus: allowed_cpus(),
        scratch: scratch.path(),
        delayed,
    };
    let work = Work { session, project, confidence: resampling.confidence, printer };
    let measured = match work.measure(past::speedups(&loaded.home, project)) {
        Ok(measured) => measured,
        Err(Failure::Interrupted) => bail!("interrupted before there was anything to save"),
        Err(failure) => {
            printer.error(&anyhow!("{name}: {failure}"));
            return Ok(Exit::ContenderFailed);
        }
    };
    let (measured, difference) = measured;
    let header =
        Run { complete: !cancel.load(Ordering::Relaxed), finished: Some(Timestamp::now()), ..output.run.clone() };
    let environment = environment(&interpreter, &control);
    let Some(result) = outcome(&measured, header, Some(environment), resampling.confidence) else {
        bail!("interrupted before a round was over; there is nothing to save");
    };
    output.folder.write("requests.jsonl", &journal(&measured))?;
    output.deliver(&result, difference.as_deref(), arguments.result.format, printer)?;
    let differs = result.migrated.as_ref().is_some_and(|migrated| migrated.measured.is_none());
    Ok(match () {
        () if cancel.load(Ordering::Relaxed) => Exit::Interrupted,
        () if differs => Exit::ContenderFailed,
        () => Exit::Fine,
    })
}

fn scenario<'a>(project: &'a Project, name: &str) -> Result<&'a Scenario> {
    project.scenarios.iter().find(|scenario| scenario.name == name).ok_or_else(|| {
        let known: Vec<&str> = project.scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
        match known.as_slice() {
            [] => anyhow!("{} has no scenario; add a [scenario.NAME]", project.manifest.display()),
            _ => anyhow!(
                "there is no scenario '{name}'{}; there are {}",
                hint(name, known.iter().copied()),
                known.join(", ")
            ),
        }
    })
}

fn target(function: &str) -> Result<Target, String> {
    Target::parse(function, Place::default())
}

/// A measurement that is under way.
struct Work<'a> {
    session: Session<'a>,
    project: &'a Project,
    confidence: rustworthy::stats::Confidence,
    printer: &'a Printer,
}

impl<'a> Work<'a> {
    /// What was measured, and the flame graph of slow requests against usual ones, if there could be one.
    fn measure(&self, speedups: BTreeMap<String, Estimate>) -> Result<(Measured<'a>, Option<String>), Failure> {
        let Self { session, printer, .. } = self;
        let scenario = session.scenario;
        let spinner = Spinner::new(printer);
        let mut tell = |step: Step| spinner.step(&words(step, session.rounds));
        tell(Step::Calibrating);
        let prepared = session.prepare()?;
        let mut notes = Vec::new();
        if let (Arrivals::Open { .. }, Some(rate)) = (scenario.arrivals, prepared.rate)
            && rate * prepared.service >= f64::from(scenario.servers)
        {
            notes.push("requests arrive faster than they can be served: the queue grows as long as they do".to_owned());
        }
        tell(Step::Sampling);
        let look = self.look(&prepared, &mut notes)?;
        let sampled = match &look {
            Some(look) if scenario.candidates.is_empty() => look.candidates(&self.project.python_path),
            _ => Vec::new(),
        };
        let Watchable { functions, places, left_out } = session.watchable(&prepared, sampled)?;
        let mut kinds: BTreeMap<String, Kind> = BTreeMap::new();
        let mut difference = None;
        if let Some(look) = &look {
            let defined: Vec<_> = places.iter().map(|(_, file, line)| (file.as_deref(), *line)).collect();
            kinds.extend(places.iter().map(|(name, ..)| name.clone()).zip(look.kinds(&defined)));
            difference = look.body_and_tail(scenario.servers).and_then(|[body, tail]| {
                draw_difference((&body.0, &body.1), (&tail.0, &tail.1))
                    .inspect_err(|error| {
                        notes.push(format!("slow requests can't be drawn against usual ones: {error}"))
                    })
                    .ok()
            });
        }
        let mut modes = vec![Mode::Plain, Mode::Watched];
        if scenario.servers == 1 && matches!(scenario.arrivals, Arrivals::Open { .. }) {
            modes.push(Mode::Busy);
        }
        let mut equivalence = None;
        if !scenario.migrated.is_empty() {
            tell(Step::Comparing);
            equivalence = Some(session.compare_responses(&prepared)?);
            modes.extend([Mode::Migrated, Mode::MigratedWatched]);
        }
        if session.delayed.is_some() {
            modes.extend([Mode::Delayed, Mode::DelayedWatched]);
        }
        let mut runs = Vec::new();
        for round in 0..session.rounds {
            match session.round(&prepared, round, &modes, &functions, &mut tell) {
                Ok(more) => runs.extend(more),
                // What was measured is worth keeping.
                Err(Failure::Interrupted) => break,
                Err(failure) => return Err(failure),
            }
        }
        let delayed = session.delayed.as_ref().map(|(target, delay)| (target.to_string(), delay.as_secs_f64()));
        let rate = prepared.rate;
        Ok((Measured { scenario, rate, runs, kinds, left_out, equivalence, speedups, delayed, notes }, difference))
    }

    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    fn look(
        &self,
        prepared: &rustworthy::attribution::Prepared,
        notes: &mut Vec<String>,
    ) -> Result<Option<rustworthy::attribution::Look>, Failure> {
        use rustworthy::attribution::{Look, LookError};
        match Look::at(&self.session, prepared, self.confidence) {
            Ok(look) => Ok(Some(look)),
            Err(LookError::Failed(failure)) => Err(failure),
            Err(LookError::Profile(error)) => {
                notes.push(format!(
                    "the service can't be sampled ({error}); only candidates of the manifest are watched"
                ));
                Ok(None)
            }
        }
    }

    /// Candidates are those that the manifest names.
    #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
    fn look(
        &self,
        _: &rustworthy::attribution::Prepared,
        notes: &mut Vec<String>,
    ) -> Result<Option<rustworthy::attribution::Look>, Failure> {
        notes.push(
            "services can be sampled on Linux on x86-64 alone; only candidates of the manifest are watched".to_owned(),
        );
        Ok(None)
    }
}

fn words(step: Step, rounds: u32) -> String {
    match step {
        Step::Calibrating => "finding out how long requests take".to_owned(),
        Step::Sampling => "looking where the time goes".to_owned(),
        Step::Comparing => "comparing the answers of the migrated service".to_owned(),
        Step::Round { round, answered, requests } => {
            format!("round {round} of {rounds}: {answered} of {requests} requests")
        }
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

    fn deliver(&self, result: &Attribution, difference: Option<&str>, format: Format, printer: &Printer) -> Result<()> {
        if let Some(difference) = difference {
            self.folder.write("tail.svg", difference)?;
        }
        self.folder.write("run.json", &to_json(result))?;
        self.folder.write("report.html", &reports::page(result, difference))?;
        self.folder.become_latest()?;
        printer.result(&render(result, format, printer))?;
        printer.note(&format!("report: {}", self.folder.path().join("report.html").display()));
        Ok(())
    }
}

/// Renders an attribution for standard output.
pub(super) fn render(result: &Attribution, format: Format, printer: &Printer) -> String {
    match format {
        Format::Table => reports::table(result, &printer.table()),
        Format::Json => to_json(result),
        Format::Markdown => reports::markdown(result),
    }
}
