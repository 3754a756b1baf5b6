//! From files to requests: all are read, then what they hold together is resolved.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::builder::RequestBuilder;
use super::error::TraceError;
use super::file_type::{FileType, file_type};
use super::files::files;
use super::frames;
use super::imported::Imported;
use super::json::{self, JsonContents};
use super::options::Options;
use super::otlp::protobuf;
use super::parquet;
use super::portion::{Portion, Spool, finish};
use super::profile::{self, Profile};
use super::spans::Collected;
use super::stream::Stream;
use super::threads::Threads;
use super::traces::add_traces;
use super::unpack::UnpackedFile;
use super::wire::{WITH_THE_FILE, Wire};

/// Reads traces: files, and all in folders that are named like them. A trace may be spread over files.
///
/// # Errors
/// For what can't be read, isn't of a known format, isn't whole, is beyond a limit, or holds no request; when
/// `cancel` becomes true.
pub fn read(paths: &[PathBuf], options: &Options, cancel: &AtomicBool) -> Result<Imported, TraceError> {
    let files = files(paths)?;
    let mut collected = Collected::new(options);
    if let Some((file, profile)) = collect_all(&files, files.len() > 1, &mut collected, cancel)? {
        return alone(&file, &files, profile);
    }
    let Portion { requests, counters, .. } = portion(paths, collected, false, cancel)?;
    finish(Spool::of(requests), counters, paths, options)
}

/// Reads some of the traces there are, with or without a request, and which they are.
///
/// # Errors
/// For what can't be read, isn't of a known format, isn't whole, is beyond a limit, or is a profile; when `cancel` becomes true.
pub(super) fn read_portion(paths: &[PathBuf], options: &Options, cancel: &AtomicBool) -> Result<Portion, TraceError> {
    portion(paths, collect_traces(paths, options, cancel)?, true, cancel)
}

/// Collects some of the traces there are.
///
/// # Errors
/// For what can't be read, isn't of a known format, isn't whole, is beyond a limit, or is a profile; when `cancel` becomes true.
pub(super) fn collect_traces<'a>(
    paths: &[PathBuf],
    options: &'a Options,
    cancel: &AtomicBool,
) -> Result<Collected<'a>, TraceError> {
    let files = files(paths)?;
    let mut collected = Collected::new(options);
    match collect_all(&files, true, &mut collected, cancel)? {
        None => Ok(collected),
        Some((file, profile)) => {
            let message = format!("is a profile ({}), which has no requests to make parts of", profile.format);
            Err(TraceError::file(&file, message))
        }
    }
}

/// Collects what files hold of traces, up to the first that is a profile.
fn collect_all(
    files: &[PathBuf],
    is_among_others: bool,
    into: &mut Collected<'_>,
    cancel: &AtomicBool,
) -> Result<Option<(PathBuf, Profile)>, TraceError> {
    for file in files {
        let contents = match collect(file, is_among_others, into, cancel) {
            Err(TraceError::CutOff { .. }) if into.options.allow_truncated => {
                into.truncated += 1;
                continue;
            }
            contents => contents?,
        };
        let Some((profile, unpacked)) = contents else { continue };
        let limits = &into.options.limits;
        let profile = match profile {
            FileType::Json => profile::speedscope(file, &unpacked.whole(file, limits)?)?,
            FileType::Pprof => profile::pprof(file, &unpacked.whole(file, limits)?)?,
            FileType::Collapsed => profile::collapsed(file, &unpacked.whole(file, limits)?)?,
            FileType::Protobuf | FileType::Frames | FileType::Parquet => continue,
        };
        return Ok(Some((file.clone(), profile)));
    }
    Ok(None)
}

/// Collects what a file holds of traces. A profile is what isn't one: its type and the file come back.
///
/// # Errors
/// For what can't be read, isn't whole, or is beyond a limit.
fn collect(
    file: &Path,
    is_among_others: bool,
    into: &mut Collected<'_>,
    cancel: &AtomicBool,
) -> Result<Option<(FileType, UnpackedFile)>, TraceError> {
    let limits = &into.options.limits;
    let unpacked = UnpackedFile::open(file, limits)?;
    if unpacked.start.is_empty() && is_among_others {
        into.empty += 1;
        return Ok(None);
    }
    match file_type(file, &unpacked.start)? {
        FileType::Json => {
            let mut stream = Stream::new(unpacked.reader(), file, limits.span_bytes, cancel);
            if json::collect(&mut stream, into)? == JsonContents::Profile {
                return Ok(Some((FileType::Json, UnpackedFile::open(file, limits)?)));
            }
        }
        FileType::Protobuf => {
            let mut wire = Wire::new(unpacked.reader(), file, limits.span_bytes, cancel);
            protobuf::requests(&mut wire, WITH_THE_FILE, into)?;
        }
        FileType::Frames => frames::collect(unpacked.reader(), file, into, cancel)?,
        FileType::Parquet => parquet::collect(file, into, cancel)?,
        profile @ (FileType::Pprof | FileType::Collapsed) => return Ok(Some((profile, unpacked))),
    }
    Ok(None)
}

/// A profile has no requests to put beside those of other files.
fn alone(file: &Path, files: &[PathBuf], profile: Profile) -> Result<Imported, TraceError> {
    if files.len() > 1 {
        let message = format!("is a profile ({}), not a trace; give it alone", profile.format);
        return Err(TraceError::file(file, message));
    }
    Ok(Imported::Profile(profile))
}

/// Makes requests of what was collected, and remembers which traces have none if it matters.
///
/// # Errors
/// When there are too many, a trace is too large, or temporary files can't be read; when `cancel` becomes true.
pub(super) fn portion(
    paths: &[PathBuf],
    mut collected: Collected<'_>,
    keep_traces: bool,
    cancel: &AtomicBool,
) -> Result<Portion, TraceError> {
    let counters = collected.take_counters();
    let Collected { options, operations, resources, spans, events, .. } = collected;
    let mut builder = RequestBuilder::new(paths, options, &operations, &resources);
    if keep_traces {
        builder.keep_traces();
    }
    add_traces(spans.sorted()?, &mut builder, cancel)?;
    Threads::new(&mut builder).read(events.sorted()?, cancel)?;
    Ok(builder.finish(counters))
}
