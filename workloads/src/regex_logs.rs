//! `regex-logs`: the requests of each host by status, from the lines of an access log.
//!
//! A line counts where [`PATTERN`] matches at its start, with `\w`, `\d` and `\s` as in Python's `re`. Which code
//! points those are depends on the interpreter's version of Unicode, so a request from another process brings it
//! along. A log is UTF-8; its lines end in LF alone.

mod classes;
mod engines;
#[cfg(feature = "python")]
pub(crate) mod face;
mod scanner;
mod tally;

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rayon::prelude::*;

use crate::endpoint::{Endpoint, Refusal};

pub use classes::Classes;
pub use engines::{Ascii, Corrected, Engine, Exact, Published, Scanner};
pub use scanner::{Entry, PATTERN};
pub use tally::Tally;

/// Pieces of a log for each thread, so that threads end at about the same time.
const PIECES_PER_THREAD: usize = 4;

/// A request is the version of Unicode and a line feed, and then the log, or its path. The answer has a line for each
/// host and status: both and the requests, separated by tabs, in order of first appearance.
pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        name: "regex-logs",
        reads_files: false,
        respond: |request| {
            let (engine, log) = asked_for(request)?;
            let log = str::from_utf8(log).map_err(|error| Refusal::new("UnicodeDecodeError", error.to_string()))?;
            Ok(answer(&of_text(log, &engine)))
        },
    },
    Endpoint {
        name: "regex-logs-path",
        reads_files: true,
        respond: |request| {
            let (engine, path) = asked_for(request)?;
            Ok(answer(&of_text(&read(Path::new(OsStr::from_bytes(path)))?, &engine)))
        },
    },
];

/// Counts the lines that an engine matches, one after the other.
pub fn serial<L: AsRef<str>>(lines: impl IntoIterator<Item = L>, engine: &mut (impl Engine + ?Sized)) -> Tally {
    let mut tally = Tally::default();
    for line in lines {
        if let Some(key) = engine.host_and_status(line.as_ref()) {
            tally.add(key, 1);
        }
    }
    tally
}

/// The same on all threads of the rayon pool.
pub fn parallel<L: AsRef<str> + Sync>(lines: &[L], engine: &(impl Engine + Clone + Sync)) -> Tally {
    let length = lines.len().div_ceil(rayon::current_num_threads() * PIECES_PER_THREAD).max(1);
    let pieces = lines.par_chunks(length);
    pieces.map(|piece| serial(piece, &mut engine.clone())).reduce(Tally::default, Tally::then)
}

/// Counts the lines of a log on all threads of the rayon pool.
pub fn of_text(log: &str, engine: &(impl Engine + Clone + Sync)) -> Tally {
    let pieces = pieces(log, rayon::current_num_threads() * PIECES_PER_THREAD).into_par_iter();
    pieces.map(|piece| serial(piece.split_inclusive('\n'), &mut engine.clone())).reduce(Tally::default, Tally::then)
}

/// Cuts a log into at most so many pieces of about the same size, each of whole lines.
fn pieces(log: &str, count: usize) -> Vec<&str> {
    let size = log.len().div_ceil(count).max(1);
    let mut pieces = Vec::with_capacity(count);
    let mut rest = log;
    while !rest.is_empty() {
        let line_feed = rest.as_bytes().get(size - 1..).and_then(|bytes| memchr::memchr(b'\n', bytes));
        let (piece, after) = rest.split_at(line_feed.map_or(rest.len(), |offset| size + offset));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// What a request is answered with, and the rest of it.
fn asked_for(request: &[u8]) -> Result<(Scanner, &[u8]), Refusal> {
    let end = memchr::memchr(b'\n', request).unwrap_or(request.len());
    let classes = Classes::of(&String::from_utf8_lossy(&request[..end]))?;
    Ok((Scanner(classes), request.get(end + 1..).unwrap_or_default()))
}

fn answer(tally: &Tally) -> Vec<u8> {
    let lines = tally.iter().map(|(host, status, requests)| format!("{host}\t{status}\t{requests}\n"));
    lines.collect::<String>().into_bytes()
}

/// The log at a path.
///
/// # Errors
/// What Python's `open` and `read` raise.
fn read(path: &Path) -> Result<String, Refusal> {
    if path.as_os_str().as_bytes().contains(&0) {
        return Err(Refusal::new("ValueError", "embedded null byte"));
    }
    let log = fs::read(path).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
    String::from_utf8(log).map_err(|error| Refusal::new("UnicodeDecodeError", error.to_string()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scanner() -> Scanner {
        Scanner(Classes::of("14.0.0").unwrap())
    }

    #[test]
    fn a_request_names_the_version_of_unicode() {
        let [of_contents, of_path] = ENDPOINTS else { unreachable!() };
        let log = "h - [t] \"GET / \" 200 1\n\u{1E4D0} - [t] \"GET / \" 404 -\nh - [t] \"GET / \" 200 1";
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("access.log");
        fs::write(&path, log).unwrap();
        for (version, expected) in [("14.0.0", "h\t200\t2\n"), ("15.0.0", "h\t200\t2\n\u{1E4D0}\t404\t1\n")] {
            let answers = [
                (of_contents.respond)(format!("{version}\n{log}").as_bytes()).unwrap(),
                (of_path.respond)(format!("{version}\n{}", path.display()).as_bytes()).unwrap(),
            ];
            assert!(answers.iter().all(|answer| answer == expected.as_bytes()), "{version}");
        }
    }

    #[test]
    fn bad_requests_name_the_exception_that_python_raises() {
        let [of_contents, of_path] = ENDPOINTS else { unreachable!() };
        let refusal = |endpoint: &Endpoint, request: &[u8]| (endpoint.respond)(request).unwrap_err().exception;
        assert_eq!(refusal(of_contents, b""), "ValueError");
        assert_eq!(refusal(of_contents, b"\xFF\n"), "ValueError");
        assert_eq!(refusal(of_contents, b"14.0.0\nZo\xEB"), "UnicodeDecodeError");
        assert_eq!(refusal(of_path, b"14.0.0\nno-such.log"), "FileNotFoundError");
        assert_eq!(refusal(of_path, b"14.0.0\n/"), "IsADirectoryError");
        assert_eq!(refusal(of_path, b"14.0.0\na\0b"), "ValueError");
    }

    proptest! {
        #[test]
        fn pieces_are_whole_lines_and_make_up_the_log(log in "[aé\n]{0,60}", count in 1..9_usize) {
            let pieces = pieces(&log, count);
            prop_assert!(pieces.len() <= count);
            prop_assert_eq!(pieces.concat(), log.as_str());
            prop_assert!(pieces.iter().rev().skip(1).all(|piece| piece.ends_with('\n')));
            prop_assert_eq!(of_text(&log, &scanner()), Tally::default());
        }
    }
}
