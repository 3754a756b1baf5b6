//! `rustworthy compare`: times every contender on the same input.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, anyhow, bail};
use jiff::Timestamp;
use rustworthy::environment::{available_memory, environment, program};
use rustworthy::manifest::Project;
use rustworthy::measure::{Effort, Event, Planned, Record, Records, Session, Settings, allowed_cpus, control};
use rustworthy::plan::{Wish, plan};
use rustworthy::run::{self, Header, Journal, RunFolder};
use rustworthy::service::Services;
use rustworthy::stats::{Confidence, Resampling};
use rustworthy::verdict::{Outcome, is_precise, outcome, summarise};
use rustworthy_reports::comparison::{Comparison, Environment, Run, SCHEMA, Stopped};
use rustworthy_reports::{html, to_json};
use sha2::{Digest, Sha256};

use super::arguments::{CompareArguments, MeasuringOptions};
use super::exit::Exit;
use super::printer::Printer;
use super::progress::RunProgress;
use super::project::Loaded;
use super::{interrupt, project, report};

/// An embedded interpreter that strays further than this from the plain executable gets a warning.
const STRAY: f64 = 0.05;

pub(crate) fn run(arguments: &CompareArguments, printer: &Printer) -> Result<Exit> {
    let cancel = interrupt::flag()?;
    run::survive_size_limit()?;
    match compare(arguments, &cancel, printer) {
        // An interruption makes whatever goes on fail.
        Err(error) if cancel.load(Ordering::Relaxed) => {
            printer.error(&error);
            Ok(Exit::Interrupted)
        }
        ended => ended,
    }
}

fn compare(arguments: &CompareArguments, cancel: &Arc<AtomicBool>, printer: &Printer) -> Result<Exit> {
    let mut loaded = project::load(&arguments.project)?;
    limit(&mut loaded.project, &arguments.measuring);
    let planned = plan(&loaded.project, &wish(arguments))?;
    if planned.is_empty() {
        printer.warning(&format!("nothing to run: {}", why_nothing(&loaded.project)));
        return Ok(Exit::NothingRun);
    }
    let measuring = Measuring::new(&arguments.measuring)?;
    let interpreter = project::interpreter(&loaded.project, &arguments.python, cancel, printer)?;
    let mut workers = project::workers(&loaded.project, &interpreter, Arc::clone(cancel))?;
    project::build(&loaded.project, printer)?;
    project::check_targets(&loaded.project, &workers)?;
    let services = Services::start(&loaded.project.services, &loaded.project.root, &workers.program, cancel)?;
    workers.env.extend(services.env.clone());

    // Only now is there anything to save: what goes wrong earlier leaves no empty run behind.
    let files = Files::open(arguments, &loaded, &planned, printer)?;
    let scratch =
        tempfile::Builder::new().prefix("rustworthy-").tempdir().context("can't create a temporary folder")?;
    workers.env.insert("RUSTWORTHY_SCRATCH".to_owned(), scratch.path().display().to_string());
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
    let environment = environment(&interpreter, &control);
    warn_of(&environment, printer);

    let mut work = Work { planned, measuring, settings, environment, files, printer };
    work.measure();
    let comparison = work.comparison(Some(Timestamp::now()));
    let saved = work.files.save(&comparison);
    printer.result(&report::render(&comparison, arguments.format, printer)?)?;
    work.tell_folder(&saved);

    Ok(match outcome(&comparison.workloads) {
        _ if cancel.load(Ordering::Relaxed) => Exit::Interrupted,
        _ if saved.is_err() => Exit::Usage,
        Outcome::Fine => Exit::Fine,
        Outcome::ContenderFailed => Exit::ContenderFailed,
        Outcome::NothingRun => Exit::NothingRun,
    })
}

/// How much is measured, and how intervals are drawn.
struct Measuring {
    effort: Effort,
    resampling: Resampling,
}

impl Measuring {
    fn new(options: &MeasuringOptions) -> Result<Self> {
        let mut effort = if options.quick { Effort::QUICK } else { Effort::THOROUGH };
        effort.precision = options.precision.unwrap_or(effort.precision);
        effort.budget = options.budget.unwrap_or(effort.budget);
        let Some(confidence) = Confidence::new(options.confidence) else {
            bail!("--confidence {}%: give a share from 50% to 99.99%", options.confidence * 100.0);
        };
        Ok(Self { effort, resampling: Resampling { confidence, seed: options.seed, ..Resampling::default() } })
    }
}

fn wish(arguments: &CompareArguments) -> Wish {
    Wish {
        workloads: arguments.workloads.clone(),
        filter: arguments.filter.clone(),
        size: arguments.size.clone(),
        quick: arguments.measuring.quick,
    }
}

/// Limits on the command line hold for every contender.
fn limit(project: &mut Project, options: &MeasuringOptions) {
    for contender in project.workloads.iter_mut().flat_map(|workload| &mut workload.contenders) {
        contender.limits.timeout = options.timeout.unwrap_or(contender.limits.timeout);
        contender.limits.memory = options.memory.unwrap_or(contender.limits.memory);
    }
}

fn why_nothing(project: &Project) -> String {
    if project.workloads.is_empty() {
        format!("{} has no workload; add [workload.NAME]", project.manifest.display())
    } else {
        "no contender matches --filter; `rustworthy list` shows all".to_owned()
    }
}

fn warn_of(environment: &Environment, printer: &Printer) {
    let Some(ratio) = environment.python.embedded_over_executable else { return };
    if (ratio.estimate - 1.0).abs() > STRAY {
        printer.warning(&format!(
            "the embedded Python takes {:.2} times as long as {} for the same loop (interval {:.2} to {:.2}); speedups are off by as much",
            ratio.estimate, environment.python.executable, ratio.low, ratio.high
        ));
    }
}

/// A comparison at work.
struct Work<'a> {
    planned: Vec<Planned<'a>>,
    measuring: Measuring,
    settings: Settings,
    environment: Environment,
    files: Files,
    printer: &'a Printer,
}

impl Work<'_> {
    fn measure(&mut self) {
        let Measuring { effort, resampling } = &self.measuring;
        let precise = |planned: &Planned<'_>, record: &Record| is_precise(planned, record, effort, resampling);
        let mut progress = RunProgress::new(self.printer);
        for index in 0..self.planned.len() {
            let planned = &self.planned[index];
            let journal = &mut self.files.journal;
            let mut listener = |event: &Event| {
                journal.add(event);
                progress.show(event);
            };
            Session::new(&self.settings, &mut self.files.records, &precise, &mut listener).measure(planned);
            if self.settings.workers.cancel.load(Ordering::Relaxed) {
                return;
            }
            // What is finished is readable even if the rest never is.
            let so_far = self.comparison(None);
            let _ = self.files.save(&so_far);
        }
    }

    fn comparison(&self, finished: Option<Timestamp>) -> Comparison {
        let Measuring { effort, resampling } = &self.measuring;
        let measured: Vec<_> = self
            .planned
            .iter()
            .filter_map(|planned| Some((planned, self.files.records.get(&planned.workload.name)?)))
            .map(|(planned, record)| summarise(planned, record, effort, resampling))
            .collect();
        let header = &self.files.header;
        let interrupted = measured.iter().any(|workload| workload.stopped == Stopped::Interrupted);
        Comparison {
            schema: SCHEMA.to_owned(),
            run: Run {
                id: header.id.clone(),
                started: header.started,
                finished,
                command: header.command.clone(),
                seed: header.seed,
                confidence: resampling.confidence.level(),
                complete: finished.is_some() && !interrupted && measured.len() == self.planned.len(),
            },
            environment: self.environment.clone(),
            workloads: measured,
        }
    }

    fn tell_folder(&self, saved: &io::Result<()>) {
        match (saved, &self.files.folder) {
            (Ok(()), Some(folder)) => {
                self.printer.note(&format!("report: {}", folder.path().join("report.html").display()));
            }
            (Err(error), _) => self.printer.error(&anyhow!("the run could not be saved: {error}")),
            (Ok(()), None) => {}
        }
    }
}

/// The run folder, if there could be one, and what it holds so far.
struct Files {
    header: Header,
    folder: Option<RunFolder>,
    journal: BestEffortJournal,
    records: Records,
}

impl Files {
    fn open(arguments: &CompareArguments, loaded: &Loaded, planned: &[Planned<'_>], printer: &Printer) -> Result<Self> {
        let fingerprint = fingerprint(arguments, &loaded.project, planned);
        if arguments.resume {
            return Self::resume(arguments, &loaded.home, &fingerprint);
        }
        let started = Timestamp::now();
        let id = format!("{}-{:04x}", started.strftime("%Y%m%dT%H%M%SZ"), std::process::id() & 0xffff);
        let header = Header::new(id, started, command(), arguments.measuring.seed, fingerprint);
        let (folder, journal) = match begin(arguments, &loaded.home, &header) {
            Ok((folder, journal)) => (Some(folder), Ok(journal)),
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy => return Err(error.into()),
            Err(error) => {
                printer.warning(&format!("{error}; the run goes on, but will not be saved"));
                (None, Err(error))
            }
        };
        Ok(Self { header, folder, journal: BestEffortJournal::new(journal), records: Records::default() })
    }

    fn resume(arguments: &CompareArguments, home: &Path, fingerprint: &str) -> Result<Self> {
        let path = match &arguments.out {
            Some(out) => out.clone(),
            None => run::latest(home).context("--resume: there is no run yet")?,
        };
        let folder = RunFolder::at(&path)?;
        let journal = Journal::resume(&folder.journal())?;
        let (header, events) = run::read(&folder.journal())?;
        if header.fingerprint != fingerprint {
            bail!(
                "--resume: run {} was of another program, manifest, source or command ({}); begin a new run without --resume",
                header.id,
                header.command.join(" ")
            );
        }
        let mut records = Records::default();
        events.iter().for_each(|event| records.apply(event));
        Ok(Self { header, folder: Some(folder), journal: BestEffortJournal::new(Ok(journal)), records })
    }

    /// Writes `run.json` and `report.html`, whatever became of the journal.
    fn save(&self, comparison: &Comparison) -> io::Result<()> {
        if let Some(folder) = &self.folder {
            folder.write("run.json", &to_json(comparison))?;
            folder.write("report.html", &html(comparison))?;
        }
        match &self.journal.error {
            Some(error) => Err(io::Error::new(error.kind(), error.to_string())),
            None => Ok(()),
        }
    }
}

/// Creates the folder of a new run. It's the newest one only when its journal has begun, so that there is always
/// something to resume.
fn begin(arguments: &CompareArguments, home: &Path, header: &Header) -> io::Result<(RunFolder, Journal)> {
    let folder = match &arguments.out {
        Some(out) => RunFolder::at(out)?,
        None => RunFolder::create(home, &header.id)?,
    };
    let journal = Journal::begin(&folder.journal(), header)?;
    if arguments.out.is_none() {
        folder.become_latest(home)?;
    }
    Ok((folder, journal))
}

/// A journal that a full disk doesn't stop the measuring of.
struct BestEffortJournal {
    journal: Option<Journal>,
    error: Option<io::Error>,
}

impl BestEffortJournal {
    fn new(journal: io::Result<Journal>) -> Self {
        match journal {
            Ok(journal) => Self { journal: Some(journal), error: None },
            Err(error) => Self { journal: None, error: Some(error) },
        }
    }

    fn add(&mut self, event: &Event) {
        if let Some(Err(error)) = self.journal.as_mut().map(|journal| journal.add(event)) {
            self.journal = None;
            self.error = Some(error);
        }
    }
}

/// The command that was given, without the flag that only goes on with an earlier one.
fn command() -> Vec<String> {
    let arguments = std::env::args().skip(1).filter(|argument| argument != "--resume");
    std::iter::once("rustworthy".to_owned()).chain(arguments).collect()
}

/// Digest of all that has to be the same for one run's samples to be another's.
fn fingerprint(arguments: &CompareArguments, project: &Project, planned: &[Planned<'_>]) -> String {
    let sources = run::sources_digest(project);
    let program = program();
    let python = arguments.python.python.as_ref();
    let measuring = &arguments.measuring;
    let text = format!("{program:?} {python:?} {sources:?} {} {:?} {planned:?}", measuring.seed, measuring.quick);
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
