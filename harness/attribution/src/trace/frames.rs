//! Messages with their length before each, as the file exporter of the OpenTelemetry Collector writes them.
//!
//! The length is four bytes, the highest first. Each message is OTLP's protobuf, or compressed by itself with Zstandard;
//! then it may be JSON too.

use std::cell::Cell;
use std::io::Read;
use std::path::Path;
use std::rc::Rc;
use std::sync::atomic::AtomicBool;

use super::error::TraceError;
use super::json::{self, JsonContents};
use super::options::Options;
use super::otlp::protobuf;
use super::spans::Collected;
use super::stream::Stream;
use super::unpack::{ALWAYS_UNPACKED, Limited, ZSTD, zstd};
use super::wire::{WITH_THE_FILE, Wire};

/// Collects the traces of all messages of a file.
///
/// # Errors
/// For a message that isn't whole, or of something else.
pub(super) fn collect(
    contents: impl Read,
    file: &Path,
    into: &mut Collected<'_>,
    cancel: &AtomicBool,
) -> Result<(), TraceError> {
    let limits = &into.options.limits;
    let mut wire = Wire::new(contents, file, limits.span_bytes, cancel);
    // Many small bombs are as bad as a large one, so messages have one limit together.
    let unpacked = Rc::new(Cell::new(ALWAYS_UNPACKED));
    let expansion = limits.expansion;
    while let Some(length) = wire.frame()? {
        let end = wire.at() + length;
        unpacked.set(unpacked.get().saturating_add(length.saturating_mul(expansion)));
        match message(&mut wire, end, &unpacked, into, cancel) {
            // What follows a message that isn't whole may be.
            Err(TraceError::CutOff { .. }) if into.options.allow_truncated => into.truncated += 1,
            other => other?,
        }
        match wire.skip_to(end) {
            // It was counted already.
            Err(TraceError::CutOff { .. }) if into.options.allow_truncated => return Ok(()),
            other => other?,
        }
    }
    Ok(())
}

/// How many spans a message of OTLP holds, protobuf or JSON, which [`read`](super::read()) will take once it's in a file.
///
/// # Errors
/// For what isn't whole, isn't a trace, or is beyond a limit.
pub fn check_message(message: &[u8], options: &Options) -> Result<u64, TraceError> {
    let file = Path::new("message");
    let length = u32::try_from(message.len()).map_err(|_| TraceError::file(file, "has more than 4 GiB"))?;
    let framed = length.to_be_bytes();
    let mut collected = Collected::new(options);
    collect(framed.chain(message), file, &mut collected, &AtomicBool::new(false))?;
    Ok(collected.read)
}

/// Collects the traces of the message that comes next.
fn message(
    wire: &mut Wire<'_>,
    end: u64,
    unpacked: &Rc<Cell<u64>>,
    into: &mut Collected<'_>,
    cancel: &AtomicBool,
) -> Result<(), TraceError> {
    let (at, file, most) = (wire.at(), wire.path(), into.options.limits.span_bytes);
    let start = wire.peek(ZSTD.len())?;
    if start != ZSTD {
        return match start.first() {
            Some(b'{' | b'[') => of_json(Stream::new(wire.bytes_until(end), file, most, cancel).of_message(at), into),
            _ => protobuf::requests(wire, end, into),
        };
    }
    let packed = zstd(wire.bytes_until(end));
    let mut contents =
        Limited { unpacked: packed, left: Rc::clone(unpacked), expansion: into.options.limits.expansion };
    let mut first = Vec::new();
    // An error comes again where it is told with its place.
    let _ = contents.by_ref().take(1).read_to_end(&mut first);
    let is_json = matches!(first.first(), Some(b'{' | b'['));
    let contents = first.as_slice().chain(contents);
    if is_json {
        return of_json(Stream::new(contents, file, most, cancel).of_message(at), into);
    }
    protobuf::requests(&mut Wire::new(contents, file, most, cancel).of_message(at), WITH_THE_FILE, into)
}

fn of_json(mut stream: Stream<'_>, into: &mut Collected<'_>) -> Result<(), TraceError> {
    match json::collect(&mut stream, into)? {
        JsonContents::Trace => Ok(()),
        JsonContents::Profile => Err(stream.error("is a profile among messages, not a trace; give it alone")),
    }
}
