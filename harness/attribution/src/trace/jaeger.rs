//! JSON of Jaeger, as its interface and `/api/traces` give it.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;

use super::error::TraceError;
use super::names::Resources;
use super::sampling::Mark;
use super::spans::{Collected, LATEST, Reason, Side, Span as CollectedSpan};
use super::stream::{Shape, Stream};
use super::telling::{Telling, Told};
use super::value::{Id, MaybeText, Micros, TagValue, Text};

/// The name of the format in results.
pub(super) const NAME: &str = "jaeger";

#[derive(Deserialize, Default)]
#[serde(default, expecting = "a span")]
struct Span<'a> {
    #[serde(rename = "traceID")]
    trace: Id,
    #[serde(rename = "spanID")]
    id: Id,
    #[serde(rename = "parentSpanID")]
    parent: Id,
    #[serde(rename = "operationName", borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    references: Option<Vec<Reference<'a>>>,
    #[serde(rename = "startTime")]
    start: Micros,
    duration: Micros,
    #[serde(borrow)]
    tags: Option<Vec<Tag<'a>>>,
    #[serde(rename = "processID", borrow)]
    process_id: Text<'a>,
    #[serde(borrow)]
    process: Option<Process<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, expecting = "a reference to a span")]
struct Reference<'a> {
    #[serde(rename = "refType", borrow)]
    kind: Text<'a>,
    #[serde(rename = "traceID")]
    trace: Id,
    #[serde(rename = "spanID")]
    id: Id,
}

#[derive(Deserialize, Default)]
#[serde(default, expecting = "a tag")]
struct Tag<'a> {
    #[serde(borrow)]
    key: Text<'a>,
    #[serde(borrow)]
    value: TagValue<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, expecting = "a process")]
struct Process<'a> {
    #[serde(rename = "serviceName", borrow)]
    service: Text<'a>,
    #[serde(borrow)]
    tags: Option<Vec<ProcessTag<'a>>>,
}

#[derive(Deserialize, Default)]
#[serde(default, expecting = "a tag of a process")]
struct ProcessTag<'a> {
    #[serde(borrow)]
    key: Text<'a>,
    #[serde(borrow)]
    value: MaybeText<'a>,
}

impl Process<'_> {
    fn instance(&self) -> &str {
        let get = |key: &str| self.tags.iter().flatten().find(|tag| tag.key.0 == key)?.value.0.as_deref();
        ["service.instance.id", "hostname", "host.name", "ip"].into_iter().find_map(get).unwrap_or_default()
    }
}

struct SpanShape;

impl Shape for SpanShape {
    type Of<'text> = Span<'text>;
}

struct ProcessShape;

impl Shape for ProcessShape {
    type Of<'text> = Process<'text>;
}

/// A trace that is being read: the processes come after the spans that name them.
#[derive(Default)]
pub(super) struct Trace {
    processes: HashMap<String, u32>,
}

impl Trace {
    /// Reads the value of a member of a trace, if it is one of this format.
    ///
    /// # Errors
    /// When it isn't what it has to be.
    pub(super) fn member(
        &mut self,
        stream: &mut Stream<'_>,
        key: &str,
        into: &mut Collected<'_>,
    ) -> Result<bool, TraceError> {
        match key {
            "spans" => {
                into.formats.insert(NAME);
                stream.elements(|stream| self.span(stream, into))?;
            }
            "processes" => stream.members(|stream, id| {
                let process = self.processes.get(id).copied();
                let defined = stream.value::<ProcessShape, _>(|read| match process {
                    Some(process) => into.resources.define(process, &read.service.0, read.instance()).map(|()| process),
                    None => into.resources.of(&read.service.0, read.instance()),
                })?;
                self.processes.insert(id.to_owned(), defined.map_err(|message| stream.error(message))?);
                Ok(())
            })?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn span(&mut self, stream: &mut Stream<'_>, into: &mut Collected<'_>) -> Result<(), TraceError> {
        stream.peek()?;
        let place = (stream.path(), stream.place());
        into.read += 1;
        let span = stream.value::<SpanShape, _>(|span| {
            let Told { mark, function } = span.told(into)?;
            let operation = into.operations.of_span(&span.name.0, function.as_ref())?;
            let resource = self.resource(&span, &mut into.resources)?;
            Ok::<_, String>(span.collected(operation, resource, mark))
        })?;
        match span.map_err(|message| TraceError::at(place.0, place.1, message))? {
            Ok(span) => into.push(span, place),
            Err(reason) => {
                into.skips.add(reason, 1, Some(place));
                Ok(())
            }
        }
    }

    fn resource(&mut self, span: &Span<'_>, resources: &mut Resources) -> Result<u32, String> {
        if let Some(process) = &span.process {
            return resources.of(&process.service.0, process.instance());
        }
        Ok(match self.processes.get(&span.process_id.0[..]) {
            Some(process) => *process,
            None => {
                let process = resources.undefined();
                self.processes.insert(Cow::into_owned(span.process_id.0.clone()), process);
                process
            }
        })
    }
}

/// Reads the value of `data`, a list of traces.
///
/// # Errors
/// When it isn't what it has to be.
pub(super) fn data(stream: &mut Stream<'_>, into: &mut Collected<'_>) -> Result<(), TraceError> {
    stream.elements(|stream| {
        let mut trace = Trace::default();
        stream.members(|stream, key| if trace.member(stream, key, into)? { Ok(()) } else { stream.skip() })
    })
}

impl Span<'_> {
    fn collected(&self, operation: u32, resource: u32, mark: Mark) -> Result<CollectedSpan, Reason> {
        let (Some(trace), Some(id)) = (self.trace.0, self.id.span()) else { return Err(Reason::NoId) };
        // Unlike OpenTelemetry's, a start of 0 is one.
        let start = self.start.0.filter(|start| (0..LATEST).contains(start));
        let (Some(start), Some(duration)) = (start, self.duration.0) else { return Err(Reason::NoTime) };
        let Some(end) = start.checked_add(duration).filter(|end| *end < LATEST) else { return Err(Reason::NoTime) };
        let failed = |tag: &Tag<'_>| matches!(&tag.key.0[..], "error" | "otel.status_code") && tag.value.is_failure();
        Ok(CollectedSpan {
            trace,
            id,
            parent: self.parent_in(trace),
            start,
            end,
            operation,
            resource,
            failed: self.tags.iter().flatten().any(failed),
            coarse: true,
            side: self.side(),
            has_remote_parent: false,
            mark,
        })
    }

    fn told(&self, into: &Collected<'_>) -> Result<Told, String> {
        let mut telling = Telling::new(&into.options.weights);
        for tag in self.tags.iter().flatten() {
            let key = tag.key.0.as_bytes();
            if telling.asks_for(key) {
                telling.attribute(key, &tag.value);
            }
        }
        telling.told(self.side())
    }

    fn side(&self) -> Side {
        let kind = self.tags.iter().flatten().find(|tag| tag.key.0 == "span.kind").map(|tag| &tag.value);
        match kind {
            Some(kind) if kind.is_text("client") => Side::Client,
            Some(kind) if kind.is_text("server") => Side::Server,
            Some(kind) if kind.is_text("consumer") => Side::Consumer,
            _ => Side::Neither,
        }
    }

    /// What it is a child of. What it follows doesn't wait for it, and links to other traces aren't meant.
    fn parent_in(&self, trace: u128) -> Option<u64> {
        let mut here = self.references.iter().flatten().filter(|reference| reference.trace.0 == Some(trace));
        let parent = here.find(|reference| reference.kind.0 == "CHILD_OF");
        parent.and_then(|parent| parent.id.span()).or_else(|| self.parent.span())
    }
}
