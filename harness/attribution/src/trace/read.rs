//! From files to requests: all are read, then what they hold together is resolved.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use rustworthy_model::attribution::Trace;

use super::builder::RequestBuilder;
use super::error::TraceError;
use super::file_type::{FileType, file_type};
use super::files::files;
use super::imported::Imported;
use super::json::{self, JsonContents};
use super::options::Options;
use super::profile::{self, Profile};
use super::spans::Collected;
use super::threads::Threads;
use super::traces::add_traces;
use super::unpack::UnpackedFile;

/// Reads traces: files, and all in folders that are named like them. A trace may be spread over files.
///
/// # Errors
/// For what can't be read, isn't of a known format, isn't whole, is beyond a limit, or holds no request; when
/// `cancel` becomes true.
pub fn read(paths: &[PathBuf], options: &Options, cancel: &AtomicBool) -> Result<Imported, TraceError> {
    let files = files(paths)?;
    let mut collected = Collected::new(options);
    for (number, file) in files.iter().enumerate() {
        let unpacked = UnpackedFile::open(file, &options.limits)?;
        let profile = match file_type(file, &unpacked.start)? {
            FileType::Json => match json::collect(unpacked.reader(), file, number, &mut collected, cancel)? {
                JsonContents::Trace => continue,
                JsonContents::Profile => {
                    let again = UnpackedFile::open(file, &options.limits)?;
                    profile::speedscope(file, &again.whole(file, &options.limits)?)?
                }
            },
            FileType::Pprof => profile::pprof(file, &unpacked.whole(file, &options.limits)?)?,
            FileType::Collapsed => profile::collapsed(file, &unpacked.whole(file, &options.limits)?)?,
        };
        return alone(file, &files, profile);
    }
    requests(paths, collected, cancel)
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
    let Collected { options, operations, resources, spans, events, formats, read, skips } = collected;
    let mut builder = RequestBuilder::new(paths, options, &operations, &resources, skips);
    add_traces(spans.sorted()?, &mut builder, cancel)?;
    Threads::new(&mut builder).read(events.sorted()?, cancel)?;
    let trace = Trace {
        formats: formats.into_iter().map(str::to_owned).collect(),
        spans: read,
        orphans: builder.orphans,
        clamped: builder.fitted.clamped,
        skewed: builder.fitted.skewed,
    };
    builder.finish(trace)
}
