//! What a comparison leaves on disk, and where a resumed one takes up.

use std::path::Path;
use std::{fs, io};

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use rustworthy::manifest::Project;
use rustworthy::measure::{Event, Records};
use rustworthy::python::Interpreter;
use rustworthy::run::{self, Header, Journal, RunFolder};
use rustworthy_model::Run;
use rustworthy_model::comparison::Comparison;
use rustworthy_reports::{html, to_json};
use sha2::{Digest, Sha256};

use super::arguments::{CommonMeasuring, CompareArguments, MeasuringOptions};
use super::decide::code::Digests;
use super::printer::Printer;
use super::project::Loaded;

/// The run folder, if there could be one, and what it holds so far.
pub(super) struct Files {
    pub(super) header: Header,
    pub(super) folder: Option<RunFolder>,
    pub(super) journal: BestEffortJournal,
    pub(super) records: Records,
}

impl Files {
    pub(super) fn open(
        arguments: &CompareArguments,
        loaded: &Loaded,
        interpreter: &Interpreter,
        printer: &Printer,
    ) -> Result<Self> {
        let fingerprint = fingerprint(arguments, &loaded.project, interpreter)?;
        if arguments.resume {
            return Self::resume(arguments, &loaded.home, &fingerprint);
        }
        let started = Timestamp::now();
        let header = Header::new(new_id(started), started, command(), arguments.measuring.common.seed, fingerprint);
        let digests = Digests::of(&loaded.project, interpreter);
        let (folder, journal) = match begin(arguments.result.out.as_deref(), &loaded.home, &header) {
            Ok((folder, journal)) => {
                digests.keep(&folder);
                (Some(folder), Ok(journal))
            }
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy => return Err(error.into()),
            Err(error) => {
                printer.warning(&format!("{error}; the run goes on, but will not be saved"));
                (None, Err(error))
            }
        };
        Ok(Self { header, folder, journal: BestEffortJournal::new(journal), records: Records::default() })
    }

    fn resume(arguments: &CompareArguments, home: &Path, fingerprint: &str) -> Result<Self> {
        let path = match &arguments.result.out {
            Some(out) => out.clone(),
            None => run::latest(home).context("--resume: there is no run yet")?,
        };
        if !path.is_dir() {
            bail!("--resume: {}: no such folder", path.display());
        }
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
    pub(super) fn save(&self, comparison: &Comparison) -> io::Result<()> {
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
pub(super) fn begin(out: Option<&Path>, home: &Path, header: &Header) -> io::Result<(RunFolder, Journal)> {
    let folder = RunFolder::create(out, home, &header.id)?;
    let journal = Journal::begin(&folder.journal(), header)?;
    folder.become_latest()?;
    Ok((folder, journal))
}

/// A journal that a full disk doesn't stop the measuring of.
pub(super) struct BestEffortJournal {
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

    pub(super) fn add(&mut self, event: &Event) {
        if let Some(Err(error)) = self.journal.as_mut().map(|journal| journal.add(event)) {
            self.journal = None;
            self.error = Some(error);
        }
    }
}

/// The name of a run that begins now.
pub(super) fn new_id(started: Timestamp) -> String {
    format!("{}-{:04x}", started.strftime("%Y%m%dT%H%M%SZ"), std::process::id() & 0xffff)
}

/// A run that begins then, of which nothing is there yet.
pub(super) fn begun(started: Timestamp, measuring: &CommonMeasuring) -> Run {
    Run {
        id: new_id(started),
        started,
        finished: None,
        command: command(),
        seed: measuring.seed,
        confidence: measuring.confidence,
        complete: false,
    }
}

/// The command that was given, without the flag that only goes on with an earlier one.
pub(super) fn command() -> Vec<String> {
    let arguments = std::env::args().skip(1).filter(|argument| argument != "--resume");
    std::iter::once("rustworthy".to_owned()).chain(arguments).collect()
}

/// Digest of all that has to be the same for one run's samples to be another's.
fn fingerprint(arguments: &CompareArguments, project: &Project, interpreter: &Interpreter) -> io::Result<String> {
    let program = fs::metadata(std::env::current_exe()?)?;
    let sources = run::sources_digest(project);
    let CompareArguments { workloads, filter, size, sweep, measuring, .. } = arguments;
    let MeasuringOptions { quick, common: CommonMeasuring { seed, .. }, .. } = measuring;
    let wish = format!("{workloads:?} {filter:?} {size:?} {sweep} {quick} {seed}");
    let text = format!("{:?} {:?} {interpreter:?} {sources:?} {project:?} {wish}", program.len(), program.modified()?);
    Ok(Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect())
}
