//! What files are, and reading them all.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use rustworthy_model::attribution::Trace;

use super::chrome::Events;
use super::error::TraceError;
use super::names::Grouped;
use super::options::Options;
use super::profile::{self, Profile};
use super::requests::requests;
use super::source::{self, Source};
use super::spans::{Collected, Skipped};
use super::stream::Stream;
use super::{jaeger, otlp};
use crate::attribution::Requests;

/// What files hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Imported {
    /// Requests of traces.
    Requests {
        /// In the order of their start, in seconds since the first.
        requests: Requests,
        /// What they were made of.
        trace: Trace,
        /// Names that were taken for one operation, the largest group first.
        grouped: Vec<Grouped>,
        /// Spans that are part of no request, and why.
        skipped: Vec<Skipped>,
    },
    /// A profile, which tells functions by their share of samples, and nothing of requests.
    Profile(Profile),
}

/// Reads traces: files, and all in folders that are named like them. A trace may be spread over files.
///
/// # Errors For what can't be read, isn't of a known format, isn't whole, is beyond a limit, or holds no request; when
/// `cancel` becomes true.
pub fn read(paths: &[PathBuf], options: &Options, cancel: &AtomicBool) -> Result<Imported, TraceError> {
    let files = source::files(paths)?;
    let mut collected = Collected::new(options);
    for (number, file) in files.iter().enumerate() {
        let source = Source::open(file, &options.limits)?;
        match kind(file, &source.start)? {
            Kind::Json => {
                let is_profile = json(source, file, number, &mut collected, cancel)?;
                if !is_profile {
                    continue;
                }
                let again = Source::open(file, &options.limits)?;
                return alone(file, &files, profile::speedscope(file, &again.whole(file, &options.limits)?)?);
            }
            Kind::Pprof => {
                let contents = source.whole(file, &options.limits)?;
                return alone(file, &files, profile::pprof(file, &contents)?);
            }
            Kind::Collapsed => {
                let contents = source.whole(file, &options.limits)?;
                return alone(file, &files, profile::collapsed(file, &contents)?);
            }
        }
    }
    requests(collected, cancel)
}

/// A profile has no requests to put beside those of other files.
fn alone(file: &Path, files: &[PathBuf], profile: Profile) -> Result<Imported, TraceError> {
    if files.len() > 1 {
        let message = format!("is a profile ({}), not a trace; give it alone", profile.format);
        return Err(TraceError::file(file, message));
    }
    Ok(Imported::Profile(profile))
}

enum Kind {
    Json,
    Pprof,
    Collapsed,
}

/// What a file is, by its first bytes.
fn kind(file: &Path, start: &[u8]) -> Result<Kind, TraceError> {
    // A message whose first field is a short one, which itself begins with a number: no text begins so.
    if let [0x0a, 2..=12, 0x08, ..] = start {
        return Ok(Kind::Pprof);
    }
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    match text.first() {
        None if start.is_empty() => Err(TraceError::file(file, "is empty")),
        Some(b'{' | b'[') => Ok(Kind::Json),
        Some(_) if profile::is_collapsed(text) => Ok(Kind::Collapsed),
        Some(_) if !text.is_ascii() && profile::is_pprof(start) => Ok(Kind::Pprof),
        _ => Err(TraceError::file(
            file,
            "is neither a trace (OTLP JSON, Jaeger's JSON, Chrome's trace events) nor a profile (speedscope, collapsed \
             stacks, pprof)",
        )),
    }
}

/// Reads the values of a file, one after the other; true if it is a profile.
fn json(
    source: Source,
    file: &Path,
    number: usize,
    into: &mut Collected<'_>,
    cancel: &AtomicBool,
) -> Result<bool, TraceError> {
    let mut stream = Stream::new(source.reader(), file, into.options.limits.span_bytes, cancel);
    stream.skip_mark()?;
    let mut document =
        Document { events: Events::new(number), foreign: Vec::new(), is_trace: false, is_profile: false };
    while let Some(byte) = stream.peek()? {
        match byte {
            b'{' => document.object(&mut stream, into)?,
            b'[' => document.list(&mut stream, into)?,
            _ => return Err(stream.unexpected("an object")),
        }
    }
    if document.is_profile && !document.is_trace {
        return Ok(true);
    }
    if !document.is_trace {
        let found = if document.foreign.is_empty() {
            "an empty object".to_owned()
        } else {
            format!("an object of {}", document.foreign.join(", "))
        };
        let message = format!(
            "is JSON of something else: {found}; traces have 'resourceSpans' or 'batches' (OTLP, Tempo), 'data' (Jaeger) or \
             'traceEvents' (Chrome)"
        );
        return Err(TraceError::file(file, message));
    }
    Ok(false)
}

/// A file that is being read.
struct Document {
    events: Events,
    /// The first keys that are of no trace.
    foreign: Vec<String>,
    is_trace: bool,
    is_profile: bool,
}

impl Document {
    fn object(&mut self, stream: &mut Stream<'_>, into: &mut Collected<'_>) -> Result<(), TraceError> {
        const NAMED: usize = 5;
        // Jaeger's traces may stand alone, outside a list `data`.
        let mut trace = jaeger::Trace::default();
        stream.members(|stream, key| {
            let is_trace = match key {
                "data" => jaeger::data(stream, into).map(|()| true)?,
                "traceEvents" => self.events.list(stream, into).map(|()| true)?,
                // Tempo's second interface puts a request into it.
                "trace" => {
                    let mut is_trace = false;
                    stream.members(|stream, key| {
                        if otlp::member(stream, key, into)? {
                            is_trace = true;
                            return Ok(());
                        }
                        stream.skip()
                    })?;
                    is_trace
                }
                _ if otlp::member(stream, key, into)? || trace.member(stream, key, into)? => true,
                _ => {
                    self.is_profile |= matches!(key, "$schema" | "shared" | "profiles");
                    if self.foreign.len() < NAMED {
                        self.foreign.push(format!("'{}'", key.chars().take(40).collect::<String>()));
                    }
                    stream.skip().map(|()| false)?
                }
            };
            self.is_trace |= is_trace;
            Ok(())
        })
    }

    /// Events of Chrome, or requests of OpenTelemetry. A list of events needn't be closed.
    fn list(&mut self, stream: &mut Stream<'_>, into: &mut Collected<'_>) -> Result<(), TraceError> {
        self.is_trace = true;
        stream.take(b'[')?;
        loop {
            match stream.peek()? {
                None => return Ok(()),
                Some(b']') => {
                    stream.take(b']')?;
                    return Ok(());
                }
                Some(_) => {}
            }
            let first = stream.first_key()?;
            match first.as_deref() {
                Some("resourceSpans" | "resource_spans" | "batches" | "traceID" | "spans" | "processes" | "trace") => {
                    self.object(stream, into)?;
                }
                _ => self.events.event(stream, into)?,
            }
            if !stream.take(b',')? && !matches!(stream.peek()?, None | Some(b']')) {
                return Err(stream.unexpected("',' or ']'"));
            }
        }
    }
}
