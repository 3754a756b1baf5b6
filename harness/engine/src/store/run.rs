//! Beginning a run: its name, its folder, its journal.

use std::io;
use std::path::Path;

use jiff::Timestamp;
use rustworthy_model::Run;
use serde::Serialize;

use super::folder::RunFolder;
use super::journal::{Header, Journal};

/// The name of a run that begins then.
pub fn new_id(started: Timestamp) -> String {
    format!("{}-{:04x}", started.strftime("%Y%m%dT%H%M%SZ"), std::process::id() & 0xffff)
}

/// A run that begins then, of which nothing is there yet.
pub fn begun(started: Timestamp, command: Vec<String>, seed: u64, confidence: f64) -> Run {
    Run { id: new_id(started), started, finished: None, command, seed, confidence, complete: false }
}

/// Creates the folder of a new run. It's the newest one only when its journal has begun, so that there is always
/// something to resume.
///
/// # Errors
/// When a file can't be written, of the kind [`io::ErrorKind::ResourceBusy`] when another run is writing it.
pub fn begin(out: Option<&Path>, home: &Path, header: &Header) -> io::Result<(RunFolder, Journal)> {
    let folder = RunFolder::create(out, home, &header.id)?;
    let journal = Journal::begin(&folder.journal(), header)?;
    folder.become_latest()?;
    Ok((folder, journal))
}

/// A journal whose errors, such as a full disk, don't stop the measuring.
#[derive(Debug)]
pub struct BestEffortJournal {
    journal: Option<Journal>,
    error: Option<io::Error>,
}

impl BestEffortJournal {
    /// A journal, or the error for which it couldn't be begun.
    pub fn new(journal: io::Result<Journal>) -> Self {
        match journal {
            Ok(journal) => Self { journal: Some(journal), error: None },
            Err(error) => Self { journal: None, error: Some(error) },
        }
    }

    /// Adds an event, unless something has gone wrong before.
    pub fn add(&mut self, event: &impl Serialize) {
        if let Some(Err(error)) = self.journal.as_mut().map(|journal| journal.add(event)) {
            self.journal = None;
            self.error = Some(error);
        }
    }

    /// Whether everything was written.
    ///
    /// # Errors
    /// The first error.
    pub fn outcome(&self) -> io::Result<()> {
        match &self.error {
            Some(error) => Err(io::Error::new(error.kind(), error.to_string())),
            None => Ok(()),
        }
    }
}
