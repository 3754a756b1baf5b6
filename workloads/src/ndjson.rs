//! `ndjson`: how many characters of a log are records of errors.
//!
//! A log has one JSON record a line. Lines are counted in code points, line break included, as Python's text files
//! have them; what JSON is, is what Python's `json.loads` takes for it.

#[cfg(feature = "python")]
pub(crate) mod face;
mod fault;
mod json;
mod lines;
mod parsers;

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rayon::prelude::*;

use crate::endpoint::{Endpoint, Refusal};
pub use fault::Fault;
use lines::{Pieces, lines};

/// Requests: a log, or the path of one. Response: the total, eight bytes, little-endian.
///
/// Where Python raises a `JSONDecodeError`, which isn't built in, the refusal is its base class.
pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint { name: "ndjson", reads_files: false, respond: |log| respond(total_parallel(log)) },
    Endpoint {
        name: "ndjson-path",
        reads_files: true,
        respond: |path| respond(parallel(Path::new(OsStr::from_bytes(path)))),
    },
];

fn respond(total: Result<u64, Fault>) -> Result<Vec<u8>, Refusal> {
    Ok(total?.to_le_bytes().into())
}

/// The characters of all lines whose last `level` is `ERROR`.
///
/// # Errors
/// The first [`Fault`] of the log.
pub fn serial(path: &Path) -> Result<u64, Fault> {
    total(File::open(path)?, json::is_error)
}

/// The same on all threads of rayon's pool.
///
/// # Errors
/// A [`Fault`] of the log.
pub fn parallel(path: &Path) -> Result<u64, Fault> {
    total_parallel(File::open(path)?)
}

/// The same with sonic-rs as the parser.
///
/// # Errors
/// The first [`Fault`] of the log.
pub fn sonic(path: &Path) -> Result<u64, Fault> {
    total(File::open(path)?, judged_by(parsers::sonic))
}

/// The same with `serde_json` as the parser: the article's program, set right.
///
/// # Errors
/// The first [`Fault`] of the log.
pub fn serde_json(path: &Path) -> Result<u64, Fault> {
    total(File::open(path)?, judged_by(parsers::serde_json))
}

/// What the article publishes: bytes instead of code points, without line breaks.
///
/// # Errors
/// A [`Fault`], also for records that Python reads: `serde_json` refuses numbers that overflow, lone surrogates and
/// nesting beyond 128 levels.
pub fn article(path: &Path) -> Result<u64, Fault> {
    parsers::article(File::open(path)?)
}

/// Lets another parser judge lines, and those that it makes nothing of as Python does.
fn judged_by(parser: fn(&str) -> Option<bool>) -> impl Fn(&str) -> Result<bool, Fault> {
    move |line| parser(line).map_or_else(|| json::is_error(line), Ok)
}

fn total(log: impl Read, is_error: impl Fn(&str) -> Result<bool, Fault>) -> Result<u64, Fault> {
    Pieces::of(log).map(|piece| characters(piece?, &is_error)).sum()
}

fn total_parallel(log: impl Read + Send) -> Result<u64, Fault> {
    // Unlike a sum, this stops at the first fault.
    let totals = Pieces::of(log).par_bridge().map(|piece| characters(piece?, json::is_error));
    totals.try_reduce(|| 0, |one, other| Ok(one + other))
}

/// The characters of those lines of a piece that are errors.
fn characters(piece: Vec<u8>, is_error: impl Fn(&str) -> Result<bool, Fault>) -> Result<u64, Fault> {
    let text = String::from_utf8(piece)?;
    let mut characters = 0;
    for (line, has_break) in lines(&text) {
        if is_error(line)? {
            characters += line.chars().count() as u64 + u64::from(has_break);
        }
    }
    Ok(characters)
}

#[cfg(all(test, feature = "python"))]
mod tests;
