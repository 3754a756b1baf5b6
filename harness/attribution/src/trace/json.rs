//! Files of JSON: which of the formats they are, value by value.

use super::chrome::Events;
use super::error::TraceError;
use super::spans::Collected;
use super::stream::{Shape, Stream};
use super::value::MaybeText;
use super::{foreign, jaeger, otlp};

/// What a file of JSON holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JsonContents {
    /// A trace, which was collected.
    Trace,
    /// A profile, which has to be read in another way.
    Profile,
}

/// Collects the traces of a file, whose values stand one after the other.
///
/// # Errors
/// For JSON that isn't whole, or of something else.
pub(super) fn collect(stream: &mut Stream<'_>, into: &mut Collected<'_>) -> Result<JsonContents, TraceError> {
    stream.skip_mark()?;
    let events = Events::new(stream.path());
    let mut document = Document { events, foreign: Vec::new(), is_trace: false, is_profile: false };
    while let Some(byte) = stream.peek()? {
        match byte {
            b'{' => document.object(stream, into)?,
            b'[' => document.list(stream, into)?,
            _ => return Err(stream.unexpected("an object")),
        }
    }
    if document.is_profile && !document.is_trace {
        return Ok(JsonContents::Profile);
    }
    if !document.is_trace {
        return Err(TraceError::file(stream.path(), something_else(&document.foreign)));
    }
    Ok(JsonContents::Trace)
}

/// What is said of an object without any key of a trace.
fn something_else(keys: &[String]) -> String {
    const NAMED: usize = 5;
    if let Some(known) = foreign::named(keys) {
        return known.to_owned();
    }
    let named = |key: &String| format!("'{}'", key.chars().take(40).collect::<String>());
    let found = match keys {
        [] => "an empty object".to_owned(),
        keys => format!("an object of {}", keys.iter().take(NAMED).map(named).collect::<Vec<_>>().join(", ")),
    };
    format!(
        "is JSON of something else: {found}; traces have 'resourceSpans' or 'batches' (OTLP, Tempo), 'data' (Jaeger) or \
         'traceEvents' (Chrome)"
    )
}

struct StatusShape;

impl Shape for StatusShape {
    type Of<'text> = MaybeText<'text>;
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
        const MOST: usize = 32;
        // Jaeger's traces may stand alone, outside a list `data`.
        let mut trace = jaeger::Trace::default();
        stream.members(|stream, key| {
            let is_trace = match key {
                "data" => jaeger::data(stream, into).map(|()| true)?,
                "traceEvents" => self.events.list(stream, into).map(|()| true)?,
                // Tempo's second interface and Jaeger's third put a request into one of them.
                "trace" | "result" => {
                    let mut is_trace = false;
                    stream.members(|stream, key| {
                        if otlp::json::member(stream, key, into)? {
                            is_trace = true;
                            return Ok(());
                        }
                        stream.skip()
                    })?;
                    is_trace
                }
                // Tempo says so of a trace of which it has found some blocks alone, or more than it gives.
                "status" => {
                    let is_partial = |status: MaybeText<'_>| status.0.is_some_and(|status| status == "PARTIAL");
                    into.partial += u64::from(stream.value::<StatusShape, _>(is_partial)?);
                    false
                }
                _ if otlp::json::member(stream, key, into)? || trace.member(stream, key, into)? => true,
                _ => {
                    self.is_profile |= matches!(key, "$schema" | "shared" | "profiles");
                    if self.foreign.len() < MOST {
                        self.foreign.push(key.to_owned());
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
                Some(b'[') => return Err(stream.error(foreign::LISTS)),
                Some(_) => {}
            }
            let first = stream.first_key()?;
            if let Some(known) = foreign::listed(first.as_deref()) {
                return Err(TraceError::file(stream.path(), known));
            }
            match first.as_deref() {
                Some(
                    "resourceSpans" | "resource_spans" | "batches" | "traceID" | "spans" | "processes" | "trace"
                    | "result",
                ) => {
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
