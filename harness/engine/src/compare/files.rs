//! The files of a comparison, and resuming one from them.

use std::{fs, io};

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use rustworthy_model::comparison::Comparison;
use sha2::{Digest, Sha256};

use super::request::CompareRequest;
use crate::context::{Context, Finding};
use crate::measure::Records;
use crate::project::Loaded;
use crate::python::Interpreter;
use crate::store::{self, BestEffortJournal, CodeDigests, Header, Journal, RunFolder};

/// The run folder, if there could be one, and what it holds so far.
pub(super) struct RunFiles {
    pub(super) header: Header,
    pub(super) folder: Option<RunFolder>,
    pub(super) journal: BestEffortJournal,
    pub(super) records: Records,
}

impl RunFiles {
    /// Begins a run, or goes on with the newest one where that is asked for.
    ///
    /// # Errors
    /// When another run is writing to the same folder, or the run that is to go on is of something else.
    pub(super) fn open(
        context: &Context<'_>,
        request: &CompareRequest,
        loaded: &Loaded,
        interpreter: &Interpreter,
    ) -> Result<Self> {
        let fingerprint = fingerprint(context, request, loaded, interpreter)?;
        if request.resume {
            return Self::resume(request, loaded, &fingerprint);
        }
        let started = Timestamp::now();
        let command = context.command.clone();
        let header = Header::new(store::new_id(started), started, command, request.common.seed, fingerprint);
        let (folder, journal) = match store::begin(request.out.as_deref(), &loaded.home, &header) {
            Ok((folder, journal)) => {
                CodeDigests::of(&loaded.project, interpreter).keep(&folder);
                (Some(folder), Ok(journal))
            }
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy => return Err(error.into()),
            Err(error) => {
                context.warn(format!("{error}; the run goes on, but will not be saved"));
                (None, Err(error))
            }
        };
        Ok(Self { header, folder, journal: BestEffortJournal::new(journal), records: Records::default() })
    }

    fn resume(request: &CompareRequest, loaded: &Loaded, fingerprint: &str) -> Result<Self> {
        let path = match &request.out {
            Some(out) => out.clone(),
            None => store::latest(&loaded.home).context("--resume: there is no run yet")?,
        };
        if !path.is_dir() {
            bail!("--resume: {}: no such folder", path.display());
        }
        let folder = RunFolder::at(&path)?;
        let journal = Journal::resume(&folder.journal())?;
        let (header, events) = store::read_journal(&folder.journal())?;
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

    /// Saves the result as far as there is one, even if the journal couldn't be written.
    pub(super) fn save(&self, context: &Context<'_>, comparison: &Comparison) -> io::Result<()> {
        if let Some(folder) = &self.folder {
            (context.save)(folder, Finding::Comparison(comparison))?;
        }
        self.journal.outcome()
    }
}

/// Digest of all that has to be the same for one run's samples to be another's.
fn fingerprint(
    context: &Context<'_>,
    request: &CompareRequest,
    loaded: &Loaded,
    interpreter: &Interpreter,
) -> io::Result<String> {
    let program = fs::metadata(&context.host.program)?;
    let project = &loaded.project;
    let sources = store::sources_digest(project);
    let CompareRequest { selection, sweep, effort, common, .. } = request;
    let asked = format!("{selection:?} {sweep} {} {}", effort.quick, common.seed);
    let text = format!("{:?} {:?} {interpreter:?} {sources:?} {project:?} {asked}", program.len(), program.modified()?);
    Ok(Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect())
}
