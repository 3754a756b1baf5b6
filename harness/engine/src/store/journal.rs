//! The journal: one line for everything that happened, as it happened.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::folder::naming;
use crate::measure::Event;

/// Name and version of the format.
const SCHEMA: &str = "rustworthy.journal.v1";

/// The first line: what the run is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    schema: String,
    /// Name of the run.
    pub id: String,
    /// Its start.
    pub started: Timestamp,
    /// The command that makes it again.
    pub command: Vec<String>,
    /// Its seed.
    pub seed: u64,
    /// Digest of everything that has to be the same for a run to go on: the program, the manifest, the plan.
    pub fingerprint: String,
}

impl Header {
    /// The header of a new run.
    pub fn new(id: String, started: Timestamp, command: Vec<String>, seed: u64, fingerprint: String) -> Self {
        Self { schema: SCHEMA.to_owned(), id, started, command, seed, fingerprint }
    }
}

/// Why a journal can't be read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file can't be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line isn't what it should be.
    #[error("{}:{line}: not a line of a journal of this version ({why}); begin a new run without --resume", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
}

/// A journal that is being written, by one process at a time.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Begins a journal.
    ///
    /// # Errors
    /// When the file can't be written, of the kind [`io::ErrorKind::ResourceBusy`] when another run is writing it.
    pub fn begin(path: &Path, header: &Header) -> io::Result<Self> {
        let mut journal = Self::open(path, OpenOptions::new().create(true))?;
        journal.cut(0)?;
        journal.line(header)?;
        Ok(journal)
    }

    /// Goes on with one. A last line that was cut off is removed first.
    ///
    /// # Errors
    /// When the file can't be written, of the kind [`io::ErrorKind::ResourceBusy`] when another run is writing it.
    pub fn resume(path: &Path) -> io::Result<Self> {
        let journal = Self::open(path, &OpenOptions::new())?;
        journal.cut(whole_lines(path).map_err(|error| naming(path, &error))?)?;
        Ok(journal)
    }

    /// Adds an event. The line is written with one call, so that a process which is killed leaves whole lines.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn add(&mut self, event: &impl Serialize) -> io::Result<()> {
        self.line(event)
    }

    /// The lock ends with the process, however that ends.
    fn open(path: &Path, options: &OpenOptions) -> io::Result<Self> {
        let file = options.clone().append(true).open(path).map_err(|error| naming(path, &error))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                let busy = format!("{}: another run is writing it; wait for its end, or stop it", path.display());
                Err(io::Error::new(io::ErrorKind::ResourceBusy, busy))
            }
            // Where a file system has no locks there is nothing better than going on.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Self { file, path: path.to_owned() }),
        }
    }

    fn cut(&self, length: u64) -> io::Result<()> {
        self.file.set_len(length).map_err(|error| naming(&self.path, &error))
    }

    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.file.write_all(&line).map_err(|error| naming(&self.path, &error))
    }
}

impl Drop for Journal {
    /// A process that is just being started holds a copy of every open file, and with it the lock, until it has become
    /// another program.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

/// Reads a journal. A last line that was cut off is passed over.
///
/// # Errors
/// When the file can't be read or isn't a journal.
pub fn read(path: &Path) -> Result<(Header, Vec<Event>), JournalError> {
    let unreadable = |source| JournalError::Unreadable { path: path.to_owned(), source };
    let malformed = |line, why: String| JournalError::Malformed { path: path.to_owned(), line, why };
    let mut lines = BufReader::new(File::open(path).map_err(unreadable)?);
    let mut line = Vec::new();
    let mut next = || -> Result<Option<Vec<u8>>, JournalError> {
        line.clear();
        lines.read_until(b'\n', &mut line).map_err(unreadable)?;
        Ok((line.last() == Some(&b'\n')).then(|| line.clone()))
    };

    let header = next()?.ok_or_else(|| malformed(1, "it has no first line".to_owned()))?;
    let header: Header = serde_json::from_slice(&header).map_err(|error| malformed(1, error.to_string()))?;
    if header.schema != SCHEMA {
        return Err(malformed(1, format!("its schema is {:?}, not {SCHEMA:?}", header.schema)));
    }
    let mut events = Vec::new();
    while let Some(line) = next()? {
        events.push(serde_json::from_slice(&line).map_err(|error| malformed(events.len() + 2, error.to_string()))?);
    }
    Ok((header, events))
}

/// Length in bytes of all lines that were written to their end.
fn whole_lines(path: &Path) -> io::Result<u64> {
    let mut lines = BufReader::new(File::open(path)?);
    let mut whole = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = lines.read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            return Ok(whole);
        }
        whole += length as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::EventKind;

    fn header() -> Header {
        Header::new("id".into(), Timestamp::UNIX_EPOCH, vec!["rustworthy".into()], 7, "f".into())
    }

    fn event(workload: &str) -> Event {
        Event {
            workload: workload.to_owned(),
            size: 7,
            kind: EventKind::BaselineUnstable { detail: "[3]: 1 ≠ 2\n".to_owned() },
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let mut journal = Journal::begin(&path, &header()).unwrap();
        journal.add(&event("a")).unwrap();
        drop(journal);
        Journal::resume(&path).unwrap().add(&event("b")).unwrap();
        assert_eq!(read(&path).unwrap(), (header(), vec![event("a"), event("b")]));
    }

    #[test]
    fn a_journal_that_was_cut_off_anywhere_keeps_its_whole_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let mut journal = Journal::begin(&path, &header()).unwrap();
        journal.add(&event("a")).unwrap();
        let first = std::fs::metadata(&path).unwrap().len();
        journal.add(&event("b")).unwrap();
        let whole = std::fs::read(&path).unwrap();
        drop(journal);
        for end in first as usize..whole.len() {
            std::fs::write(&path, &whole[..end]).unwrap();
            assert_eq!(read(&path).unwrap().1, [event("a")], "cut at {end}");
            Journal::resume(&path).unwrap().add(&event("c")).unwrap();
            assert_eq!(read(&path).unwrap().1, [event("a"), event("c")], "cut at {end}");
        }
    }

    #[test]
    fn only_one_at_a_time_writes_a_journal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let journal = Journal::begin(&path, &header()).unwrap();
        for second in [Journal::begin(&path, &header()), Journal::resume(&path)] {
            assert_eq!(second.unwrap_err().kind(), io::ErrorKind::ResourceBusy);
        }
        assert_eq!(read(&path).unwrap(), (header(), vec![]));
        drop(journal);
        Journal::resume(&path).unwrap();
    }

    #[test]
    fn what_is_no_journal_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        std::fs::write(&path, "{}\n").unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("journal.jsonl:1: not a line of a journal"));
        Journal::begin(&path, &header()).unwrap();
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"[1]\n").unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("journal.jsonl:2:"));
    }
}
