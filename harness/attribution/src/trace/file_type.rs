//! Telling apart what files are.

use std::path::Path;

use super::error::TraceError;
use super::otlp::protobuf::is_otlp;
use super::parquet;
use super::profile;
use super::unpack::ZSTD;

/// What a file is by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileType {
    /// A trace, or a profile of speedscope.
    Json,
    /// A trace: OTLP's protobuf.
    Protobuf,
    /// Traces: messages of OTLP, each behind its length.
    Frames,
    /// A table of spans.
    Parquet,
    /// A profile of pprof.
    Pprof,
    /// Collapsed stacks.
    Collapsed,
}

/// What a file is, by its first bytes.
///
/// # Errors
/// For one of no known type.
pub(super) fn file_type(file: &Path, start: &[u8]) -> Result<FileType, TraceError> {
    // A message whose first field is a short one, which itself begins with a number: no text begins so.
    if let [0x0a, 2..=12, 0x08, ..] = start {
        return Ok(FileType::Pprof);
    }
    if start.starts_with(&parquet::MAGIC) {
        return Ok(FileType::Parquet);
    }
    if is_otlp(start) {
        return Ok(FileType::Protobuf);
    }
    if are_frames(start) {
        return Ok(FileType::Frames);
    }
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    match text.first() {
        None if start.is_empty() => Err(TraceError::file(file, "is empty")),
        Some(b'{' | b'[') => Ok(FileType::Json),
        Some(_) if profile::is_collapsed(text) => Ok(FileType::Collapsed),
        Some(_) if !text.is_ascii() && profile::is_pprof(start) => Ok(FileType::Pprof),
        _ => Err(TraceError::file(
            file,
            "is neither a trace (OTLP's protobuf or JSON, Jaeger's JSON, Chrome's trace events, spans in Parquet) nor a profile \
             (speedscope, collapsed stacks, pprof)",
        )),
    }
}

/// Whether messages of OTLP come behind their length, four bytes of which the first is low: no text begins so.
fn are_frames(start: &[u8]) -> bool {
    const HIGHEST: u8 = 8;
    let [first @ ..=HIGHEST, _, _, _, message @ ..] = start else { return false };
    let is_json = || *first == 0 && matches!(message.first(), Some(b'{' | b'['));
    message.starts_with(&ZSTD) || is_otlp(message) || is_json()
}
