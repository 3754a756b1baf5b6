//! From files to requests: all are read, then what they hold together is resolved.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use rustworthy_model::attribution::Trace;

use super::builder::RequestBuilder;
use super::calibrate::calibrate;
use super::error::TraceError;
use super::file_type::{FileType, file_type};
use super::files::files;
use super::frames;
use super::imported::Imported;
use super::json::{self, JsonContents};
use super::options::Options;
use super::otlp::protobuf;
use super::parquet;
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
    for (number, file) in files.iter().enumerate() {
        let contents = match collect(file, number, files.len() > 1, &mut collected, cancel) {
            Err(TraceError::CutOff { .. }) if options.allow_truncated => {
                collected.truncated += 1;
                continue;
            }
            contents => contents?,
        };
        let Some((profile, unpacked)) = contents else { continue };
        let profile = match profile {
            FileType::Json => profile::speedscope(file, &unpacked.whole(file, &options.limits)?)?,
            FileType::Pprof => profile::pprof(file, &unpacked.whole(file, &options.limits)?)?,
            FileType::Collapsed => profile::collapsed(file, &unpacked.whole(file, &options.limits)?)?,
            FileType::Protobuf | FileType::Frames | FileType::Parquet => continue,
        };
        return alone(file, &files, profile);
    }
    let mut imported = requests(paths, collected, cancel)?;
    if let (Some(calibration), Imported::Requests { requests, trace, sampling, .. }) =
        (&options.calibration, &mut imported)
    {
        calibrate(calibration, requests, trace, sampling)?;
    }
    Ok(imported)
}

/// Collects what a file holds of traces. A profile is what isn't one: its type and the file come back.
///
/// # Errors
/// For what can't be read, isn't whole, or is beyond a limit.
fn collect(
    file: &Path,
    number: usize,
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
            if json::collect(&mut stream, number, into)? == JsonContents::Profile {
                return Ok(Some((FileType::Json, UnpackedFile::open(file, limits)?)));
            }
        }
        FileType::Protobuf => {
            let mut wire = Wire::new(unpacked.reader(), file, limits.span_bytes, cancel);
            protobuf::requests(&mut wire, WITH_THE_FILE, into)?;
        }
        FileType::Frames => frames::collect(unpacked.reader(), file, number, into, cancel)?,
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

/// Makes requests of what was collected.
fn requests(paths: &[PathBuf], collected: Collected<'_>, cancel: &AtomicBool) -> Result<Imported, TraceError> {
    let Collected { options, operations, resources, spans, events, formats, read, skips, .. } = collected;
    let Collected { empty, truncated, partial, late_mark, .. } = collected;
    let mut builder = RequestBuilder::new(paths, options, &operations, &resources, skips)?;
    builder.late_mark = late_mark;
    add_traces(spans.sorted()?, &mut builder, cancel)?;
    Threads::new(&mut builder).read(events.sorted()?, cancel)?;
    let trace = Trace {
        formats: formats.into_iter().map(str::to_owned).collect(),
        spans: read,
        orphans: builder.orphans,
        clamped: builder.fitted.clamped,
        skewed: builder.fitted.skewed,
        empty_files: empty,
        truncated,
        partial,
        ..Trace::default()
    };
    builder.finish(trace)
}
