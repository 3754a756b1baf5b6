//! Marks of processes that have ended, which no switch has been defined after: what they ended in is known before the next start.
//!
//! The package's `marks.py` writes them, and concludes the same. Nothing is changed here.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Threads that are told apart.
const SLOTS: usize = 4096;

/// Where threads begin, and names, and the report of a crash.
const THREADS_AT: usize = 2 * SLOTS;
const NAMES_AT: usize = THREADS_AT + 8 * SLOTS;
const REPORT_AT: usize = 1 << 23;
const LONGEST_REPORT: usize = 1 << 18;

/// Before the thread that crashed, in the report of `faulthandler`.
const CRASHED: &str = "Current thread 0x";

/// What a process that has ended was in.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct End {
    /// Switches in whose candidates it crashed.
    pub(super) died: BTreeSet<String>,
    /// Switches in whose candidates it ended otherwise, as far as is known.
    pub(super) ended: BTreeSet<String>,
    /// Switches whose candidates it was in no more.
    pub(super) elsewhere: BTreeSet<String>,
}

/// What the process of these marks ended in; `None` where it lives.
pub(super) fn end(path: &Path) -> io::Result<Option<End>> {
    let file = File::open(path)?;
    match file.try_lock_shared() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let marks = read(&file, 0, REPORT_AT)?;
    let report = read(&file, REPORT_AT, LONGEST_REPORT)?;
    Ok(Some(conclude(&marks, &String::from_utf8_lossy(&report))))
}

fn read(file: &File, at: usize, most: usize) -> io::Result<Vec<u8>> {
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX).saturating_sub(at).min(most);
    let mut bytes = vec![0; length];
    match file.read_exact_at(&mut bytes, at as u64) {
        // It has become shorter meanwhile: whose it was has ended it.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(Vec::new()),
        result => result.map(|()| bytes),
    }
}

fn conclude(marks: &[u8], report: &str) -> End {
    let Some((slots, names)) = marks.split_at_checked(NAMES_AT) else { return End::default() };
    let (slots, threads) = slots.split_at(THREADS_AT);
    let slots: Vec<u16> = slots.as_chunks().0.iter().copied().map(u16::from_ne_bytes).collect();
    let threads = threads.as_chunks().0.iter().copied().map(u64::from_ne_bytes);
    let crashed = report
        .lines()
        .find_map(|line| line.strip_prefix(CRASHED))
        .and_then(|rest| u64::from_str_radix(rest.split(|digit: char| !digit.is_ascii_hexdigit()).next()?, 16).ok());
    let marked: Vec<(u16, u64)> = slots.into_iter().zip(threads).filter(|(number, _)| *number > 0).collect();
    let names = String::from_utf8_lossy(names);
    let mut end = End::default();
    for (number, name) in (1_u16..).zip(names.trim_end_matches('\0').split_terminator('\n')) {
        let mut within = marked.iter().filter(|(one, _)| *one == number).peekable();
        let known = if within.peek().is_none() {
            if report.is_empty() { &mut end.elsewhere } else { continue }
        } else if report.is_empty() {
            &mut end.ended
        } else if crashed.is_none_or(|crashed| within.any(|(_, thread)| *thread == crashed)) {
            // A thread that is none of Python's may be one of the candidate's.
            &mut end.died
        } else {
            continue;
        };
        known.insert(name.to_owned());
    }
    end
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Marks of the switches `a`, `b` and `c`, of which threads 0xa1 and 0xb2 are in the first two.
    fn marks() -> Vec<u8> {
        let mut bytes = vec![0; NAMES_AT];
        bytes[..4].copy_from_slice(&[1_u16.to_ne_bytes(), 2_u16.to_ne_bytes()].concat());
        bytes[THREADS_AT..THREADS_AT + 16].copy_from_slice(&[0xa1_u64.to_ne_bytes(), 0xb2_u64.to_ne_bytes()].concat());
        bytes.extend(b"a\nb\nc\n");
        bytes
    }

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn a_crash_is_that_of_the_candidate_whose_thread_it_was_in() {
        let report = "Fatal Python error: Segmentation fault\n\nThread 0x00a1 (most recent call first):\n  File x\n\nCurrent thread 0x00000000000000b2 (most recent call first):\n";
        assert_eq!(conclude(&marks(), report), End { died: names(&["b"]), ..End::default() });
        let elsewhere = report.replace("b2", "c3");
        assert_eq!(conclude(&marks(), &elsewhere), End::default());
    }

    #[test]
    fn a_crash_of_a_thread_that_python_does_not_know_is_that_of_all_that_were_asked() {
        let report = "Fatal Python error: Aborted\n\nThread 0x00a1 (most recent call first):\n";
        assert_eq!(conclude(&marks(), report).died, names(&["a", "b"]));
    }

    #[test]
    fn an_end_without_a_report_is_no_crash() {
        let expected = End { ended: names(&["a", "b"]), elsewhere: names(&["c"]), ..End::default() };
        assert_eq!(conclude(&marks(), ""), expected);
        assert_eq!(conclude(&marks()[..100], ""), End::default());
    }

    #[test]
    fn marks_of_a_process_that_lives_say_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("1-ab.running");
        let mut bytes = marks();
        bytes.resize(REPORT_AT, 0);
        bytes.extend(b"Fatal Python error: Aborted\n\nCurrent thread 0xa1 (most recent call first):\n");
        fs::write(&path, bytes).unwrap();
        let alive = File::open(&path).unwrap();
        alive.lock().unwrap();
        assert_eq!(end(&path).unwrap(), None);
        drop(alive);
        assert_eq!(end(&path).unwrap().unwrap().died, names(&["a"]));
    }
}
