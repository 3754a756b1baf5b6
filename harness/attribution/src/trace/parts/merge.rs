//! Merges parts: the answer of all traces.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::header::{Header, MadeWith};
use super::read::read;
use crate::trace::calibrate::Calibration;
use crate::trace::error::{TraceError, unreadable};
use crate::trace::imported::Imported;
use crate::trace::options::{Limits, Options};
use crate::trace::portion::{Counters, Portion, Spool, finish};
use crate::trace::rows::{Row, Rows};

/// What parts hold together.
#[derive(Debug)]
pub struct Merged {
    /// As if their traces had been read at once.
    pub imported: Imported,
    /// The files and folders that they were made of, in the order of their names.
    pub paths: Vec<String>,
    /// What else is in the folder, and isn't called as parts are.
    pub left_aside: Vec<PathBuf>,
}

/// Merges all parts in a folder: files that are called `*.parquet`. More requests than the limit go to temporary files. A histogram of the latencies of all requests weighs them, if there
/// is one.
///
/// # Errors
/// For a folder without parts, for a part that can't be read, that is there twice, or that was made with other options than the
/// others, and for traces that lie in several parts; beyond a limit, and when there is no request; when temporary files can't be kept, and
/// when `cancel` becomes true.
pub fn merge(
    folder: &Path,
    calibration: Option<&Calibration>,
    limits: &Limits,
    cancel: &AtomicBool,
) -> Result<Merged, TraceError> {
    let (files, left_aside) = parts_in(folder)?;
    let scratch = Options::default().scratch;
    let traces = Rows::new(&scratch, limits.spans_in_memory);
    let mut seen = SeenParts { files: &files, first: None, digests: HashMap::new(), traces };
    let (mut requests, mut counters, mut paths) = (Spool::default(), Counters::default(), BTreeSet::new());
    for (number, file) in (0..).zip(&files) {
        if cancel.load(Ordering::Relaxed) {
            return Err(TraceError::Cancelled);
        }
        let (header, mut portion) = read(file, limits)?;
        let failed = |message| TraceError::file(file, message);
        seen.check(number, &header, &portion).map_err(failed)?;
        seen.add(number, &mut portion)?;
        requests.add(portion.requests, limits, &scratch)?;
        counters.merge(portion.counters);
        paths.extend(header.paths);
    }
    let made_with = seen.checked()?;
    let options = made_with.options(limits).map_err(|error| TraceError::file(folder, error.to_string()))?;
    // Of all requests together it is known how they must be weighed, and of none alone.
    let options = Options { calibration: calibration.cloned(), ..options };
    let imported = finish(requests, counters, &[folder.to_owned()], &options)?;
    Ok(Merged { imported, paths: paths.into_iter().collect(), left_aside })
}

/// Whether a file has the name of a part.
pub(super) fn is_named_so(file: &Path) -> bool {
    !is_hidden(file) && file.extension().is_some_and(|ending| ending == "parquet")
}

fn is_hidden(file: &Path) -> bool {
    file.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// The parts in a folder, and what else is there that isn't hidden, by their names.
fn parts_in(folder: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), TraceError> {
    if folder.is_file() {
        let within = folder.parent().filter(|within| !within.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let message =
            format!("is a file; parts are merged by the folder that they are in: --merge {}", within.display());
        return Err(TraceError::file(folder, message));
    }
    let (mut files, mut others) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        if is_named_so(&path) && path.is_file() {
            files.push(path);
        } else if !is_hidden(&path) {
            others.push(path);
        }
    }
    if files.is_empty() {
        let message =
            "holds no part: no file is called *.parquet; make some, attribute --trace FILES --partial FILE.parquet";
        return Err(TraceError::file(folder, message));
    }
    files.sort();
    others.sort();
    Ok((files, others))
}

/// What parts must have in common, and must not.
struct SeenParts<'a> {
    files: &'a [PathBuf],
    first: Option<MadeWith>,
    digests: HashMap<String, u32>,
    /// All traces, both halves of their ids, and the parts that they lie in.
    traces: Rows,
}

impl SeenParts<'_> {
    /// Takes note of a part.
    ///
    /// # Errors
    /// When it can't be merged with those before.
    fn check(&mut self, number: u32, header: &Header, portion: &Portion) -> Result<(), String> {
        let first = self.first.get_or_insert_with(|| header.options.clone());
        if !first.is_like(&header.options) {
            return Err(format!(
                "was made with other options than {}: {}, and there {}; make all parts with the same",
                self.files[0].display(),
                header.options.arguments(),
                first.arguments()
            ));
        }
        // Any number of parts may hold nothing, and they are all alike.
        if portion.requests.is_empty() && portion.without_request.is_empty() {
            return Ok(());
        }
        match self.digests.insert(header.digest.clone(), number) {
            Some(other) => Err(format!("is the same part as {}; give each once", self.files[other as usize].display())),
            None => Ok(()),
        }
    }

    /// Takes note of the traces in a part.
    ///
    /// # Errors
    /// When a temporary file can't be written.
    fn add(&mut self, number: u32, portion: &mut Portion) -> Result<(), TraceError> {
        let mut last = None;
        let of_requests = portion.requests.iter().map(|(row, _)| row.trace);
        for id in of_requests.chain(mem::take(&mut portion.without_request)).filter(|id| *id != 0) {
            // Requests of a trace mostly begin one after the other.
            if last.replace(id) != Some(id) {
                self.traces.push([(id >> 64) as u64, id as u64, number.into(), 0, 0, 0, 0, 0])?;
            }
        }
        Ok(())
    }

    /// How all parts were made.
    ///
    /// # Errors
    /// For a trace that lies in two parts: no request of it is whole; when a temporary file can't be read.
    fn checked(self) -> Result<MadeWith, TraceError> {
        let mut last: Option<Row> = None;
        for row in self.traces.sorted()? {
            let row = row?;
            let split = last.replace(row).filter(|last| last[..2] == row[..2] && last[2] != row[2]);
            if let Some([high, low, one, ..]) = split {
                let [one, other] = [one, row[2]].map(|number| &self.files[number as usize]);
                let message = format!(
                    "the trace {high:016x}{low:016x} lies in {} too: its requests are whole in neither; divide spans by the id of \
                     their trace before making parts, or read all at once with --trace",
                    one.display()
                );
                return Err(TraceError::file(other, message));
            }
        }
        self.first.ok_or_else(|| TraceError::Together { files: self.files.to_vec(), message: "no part".to_owned() })
    }
}
