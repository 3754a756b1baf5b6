//! `rustworthy compare`: times every contender on the same input.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, anyhow, bail};
use jiff::Timestamp;
use rustworthy::environment::{available_memory, environment};
use rustworthy::manifest::{Code, Project};
use rustworthy::measure::{Effort, Event, Planned, Record, Session, Settings, allowed_cpus, control};
use rustworthy::plan::{self, Wish, plan};
use rustworthy::run::{self, RunFolder};
use rustworthy::service::Services;
use rustworthy::stats::{Confidence, Resampling};
use rustworthy::verdict::{Outcome, is_precise, outcome, series, summarise, sweep};
use rustworthy_model::comparison::{Comparison, SCHEMA, Stopped, Workload};
use rustworthy_model::environment::Environment;
use rustworthy_model::{Run, Series};
use rustworthy_reports::embedding_warning;

use super::arguments::{CommonMeasuring, CompareArguments, Format, MeasuringOptions};
use super::doctor::Surroundings;
use super::exit::Exit;
use super::files::Files;
use super::printer::Printer;
use super::progress::RunProgress;
use super::project::{self, Codes, Site};
use super::{export, interrupt, report};

pub(crate) fn run(arguments: &CompareArguments, printer: &Printer) -> Result<Exit> {
    let cancel = interrupt::flag()?;
    run::survive_size_limit()?;
    let Some(compared) = compare(arguments, &cancel, printer)? else { return Ok(Exit::NothingRun) };
    let Compared { comparison, saved, .. } = &compared;
    // The table says it itself.
    if arguments.result.format != Format::Table {
        embedding_warning(&comparison.environment).iter().for_each(|warning| printer.warning(warning));
    }
    printer.result(&report::render(comparison, arguments.result.format, printer)?)?;
    compared.tell_folder(printer);
    export::write(&arguments.export, &compared.series, None)?;
    Ok(match outcome(&comparison.workloads) {
        _ if cancel.load(Ordering::Relaxed) => Exit::Interrupted,
        _ if saved.is_err() => Exit::Usage,
        Outcome::Fine => Exit::Fine,
        Outcome::ContenderFailed => Exit::ContenderFailed,
        Outcome::NothingRun => Exit::NothingRun,
    })
}

/// A comparison that was made.
pub(super) struct Compared {
    pub(super) comparison: Comparison,
    /// Whether its files could be written.
    saved: io::Result<()>,
    folder: Option<RunFolder>,
    series: Vec<Series>,
}

impl Compared {
    fn tell_folder(&self, printer: &Printer) {
        match (&self.saved, &self.folder) {
            (Ok(()), Some(folder)) => {
                printer.note(&format!("report: {}", folder.path().join("report.html").display()));
            }
            (Err(error), _) => printer.error(&anyhow!("the run could not be saved: {error}")),
            (Ok(()), None) => {}
        }
    }
}

/// Measures and saves a comparison; `None` where nothing was to be run.
pub(super) fn compare(
    arguments: &CompareArguments,
    cancel: &Arc<AtomicBool>,
    printer: &Printer,
) -> Result<Option<Compared>> {
    let mut loaded = project::load(&arguments.project)?;
    limit(&mut loaded.project, &arguments.measuring.common);
    let planned = plan(&loaded.project, &wish(arguments))?;
    if planned.is_empty() {
        printer.warning(&format!("nothing to run: {}", why_nothing(&loaded.project)));
        return Ok(None);
    }
    let measuring = Measuring::new(&arguments.measuring, planned.len())?;
    let surroundings = Surroundings::read(cancel);
    let interpreter = project::interpreter(&loaded.project, &arguments.python, cancel, printer)?;
    let mut workers = project::workers(&loaded.project, &interpreter, Arc::clone(cancel))?;
    project::build(&loaded.project, Site::of(&loaded.project, &interpreter), &workers, printer)?;
    let codes = project::check_targets(&loaded.project, &workers)?;
    let services = project::services(&loaded.project, loaded.built_in, &planned);
    let services = Services::start(services, &loaded.project.root, &workers.program, cancel)?;
    workers.env.extend(services.env.clone());

    // Only now is there anything to save: what goes wrong earlier leaves no empty run behind.
    let files = Files::open(arguments, &loaded, &interpreter, printer)?;
    let scratch =
        tempfile::Builder::new().prefix("rustworthy-").tempdir().context("can't create a temporary folder")?;
    workers.env.insert(project::SCRATCH.to_owned(), scratch.path().display().to_string());
    let settings = Settings {
        workers,
        effort: measuring.effort,
        seed: files.header.seed,
        cpus: allowed_cpus(),
        memory: available_memory() / 2,
        scratch: scratch.path().to_owned(),
    };
    let control = control(&settings, measuring.effort.rounds, &measuring.resampling)
        .map_err(|failure| anyhow!("the embedded Python doesn't work: {failure}"))?;
    project::check_embedded(&control, &interpreter)?;
    let environment = surroundings.added(environment(&interpreter, &control), &interpreter, &control);

    let mut work = Work { planned, codes, sweep: arguments.sweep, measuring, settings, environment, files, printer };
    work.measure();
    let comparison = work.comparison(Some(Timestamp::now()));
    let saved = work.files.save(&comparison);
    let series = work.series(&comparison);
    Ok(Some(Compared { comparison, saved, folder: work.files.folder, series }))
}

/// How much is measured, and how intervals are drawn.
struct Measuring {
    effort: Effort,
    resampling: Resampling,
}

impl Measuring {
    fn new(options: &MeasuringOptions, workloads: usize) -> Result<Self> {
        let mut effort = if options.quick { Effort::QUICK } else { Effort::THOROUGH };
        effort.precision = options.precision.unwrap_or(effort.precision);
        effort = match options.budget {
            Some(budget) => effort.with_budget(budget),
            None => effort.shared_among(workloads),
        };
        Ok(Self { effort, resampling: resampling(&options.common)? })
    }
}

/// How intervals are drawn.
pub(super) fn resampling(options: &CommonMeasuring) -> Result<Resampling> {
    let Some(confidence) = Confidence::new(options.confidence) else {
        bail!("--confidence {}%: give a share from 50% to 99.99%", options.confidence * 100.0);
    };
    Ok(Resampling { confidence, seed: options.seed, ..Resampling::default() })
}

fn wish(arguments: &CompareArguments) -> Wish {
    Wish {
        workloads: arguments.workloads.clone(),
        filter: arguments.filter.clone(),
        size: arguments.size.clone(),
        quick: arguments.measuring.quick,
        without_baseline: false,
    }
}

/// Limits on the command line hold for every contender.
pub(super) fn limit(project: &mut Project, options: &CommonMeasuring) {
    project.limits.timeout = options.timeout.unwrap_or(project.limits.timeout);
    project.limits.memory = options.memory.unwrap_or(project.limits.memory);
    for contender in project.workloads.iter_mut().flat_map(|workload| &mut workload.contenders) {
        contender.limits.timeout = options.timeout.unwrap_or(contender.limits.timeout);
        contender.limits.memory = options.memory.unwrap_or(contender.limits.memory);
    }
}

pub(super) fn why_nothing(project: &Project) -> String {
    if project.workloads.is_empty() {
        format!("{} has no workload; add [workload.NAME]", project.manifest.display())
    } else {
        "no contender matches --filter; `rustworthy list` shows all".to_owned()
    }
}

/// A comparison at work.
struct Work<'a> {
    planned: Vec<Planned<'a>>,
    /// The code of what Python calls.
    codes: Codes,
    /// Whether smaller sizes are measured too.
    sweep: bool,
    measuring: Measuring,
    settings: Settings,
    environment: Environment,
    files: Files,
    printer: &'a Printer,
}

impl<'a> Work<'a> {
    fn measure(&mut self) {
        let mut progress = RunProgress::new(self.printer, self.sweep);
        for index in 0..self.planned.len() {
            let sizes = self.sizes(&self.planned[index]);
            self.settings.effort = self.measuring.effort.shared_by(sizes.len());
            // The size that was asked for comes first, so that an interrupted sweep has it.
            for planned in sizes.iter().rev() {
                self.measure_size(planned, &mut progress);
                if self.settings.workers.cancel.load(Ordering::Relaxed) {
                    return;
                }
                // What is finished is readable even if the rest never is.
                let so_far = self.comparison(None);
                let _ = self.files.save(&so_far);
            }
        }
    }

    fn measure_size(&mut self, planned: &Planned<'_>, progress: &mut RunProgress<'_>) {
        let Measuring { effort, resampling } = &self.measuring;
        let precise = |planned: &Planned<'_>, record: &Record| is_precise(planned, record, effort, resampling);
        let journal = &mut self.files.journal;
        let mut listener = |event: &Event| {
            journal.add(event);
            progress.show(event);
        };
        Session::new(&self.settings, &mut self.files.records, &precise, &mut listener).measure(planned);
    }

    /// The sizes at which a workload is measured, ascending.
    fn sizes(&self, planned: &Planned<'a>) -> Vec<Planned<'a>> {
        if self.sweep { plan::sweep(planned) } else { vec![planned.clone()] }
    }

    fn record(&self, planned: &Planned<'_>) -> Option<&Record> {
        self.files.records.get(&planned.workload.name, planned.size)
    }

    /// The result of one workload, once it has begun.
    fn workload(&self, planned: &Planned<'a>) -> Option<Workload> {
        let Measuring { effort, resampling } = &self.measuring;
        let mut workload = summarise(planned, self.record(planned)?, effort, resampling);
        for (contender, planned) in workload.contenders.iter_mut().zip(&planned.contenders) {
            let called = match &planned.code {
                Code::Python(target) => self.codes.get(target),
                Code::Kernel(_) => None,
            };
            contender.sources = called.into_iter().chain(&planned.sources).cloned().collect();
        }
        let sweep = self.sweep.then(|| {
            let sizes = self.sizes(planned).into_iter().map(|planned| (self.record(&planned), planned));
            sweep(&sizes.map(|(record, planned)| (planned, record)).collect::<Vec<_>>(), effort, resampling)
        });
        Some(Workload { sweep, ..workload })
    }

    /// What was timed of every contender, for other tools.
    fn series(&self, comparison: &Comparison) -> Vec<Series> {
        let timed = self.planned.iter().zip(&comparison.workloads);
        timed
            .flat_map(|(planned, workload)| self.record(planned).map(|record| series(workload, record)))
            .flatten()
            .collect()
    }

    /// Whether a size was measured to its end.
    fn is_finished(&self, planned: &Planned<'_>) -> bool {
        let stopped = self.record(planned).and_then(|record| record.stopped);
        stopped.is_some_and(|reason| reason != Stopped::Interrupted)
    }

    fn comparison(&self, finished: Option<Timestamp>) -> Comparison {
        let header = &self.files.header;
        let mut sizes = self.planned.iter().flat_map(|planned| self.sizes(planned));
        Comparison {
            schema: SCHEMA.to_owned(),
            run: Run {
                id: header.id.clone(),
                started: header.started,
                finished,
                command: header.command.clone(),
                seed: header.seed,
                confidence: self.measuring.resampling.confidence.level(),
                complete: finished.is_some() && sizes.all(|planned| self.is_finished(&planned)),
            },
            environment: self.environment.clone(),
            workloads: self.planned.iter().filter_map(|planned| self.workload(planned)).collect(),
        }
    }
}
