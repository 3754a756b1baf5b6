//! JSON of OpenTelemetry's protocol: an `ExportTraceServiceRequest`, one after the other, or Tempo's answer.
//!
//! Both mappings of protobuf's messages are read: OTLP's own (hexadecimal ids, names in lower camel case, numbers for
//! enums) and the canonical one (base64 ids, names of enums); so are names as they stand in the definition.

use serde::Deserialize;

use super::error::TraceError;
use super::names::Resources;
use super::spans::{Collected, LATEST, Reason, Side, Span as CollectedSpan};
use super::stream::{Shape, Stream};
use super::value::{Id, MaybeText, Text, Whole};

/// The name of the format in results.
pub(super) const NAME: &str = "otlp";

/// Attributes that tell instances of a service apart, the most specific first.
const INSTANCE: [&str; 4] = ["service.instance.id", "k8s.pod.name", "host.id", "host.name"];

#[derive(Deserialize, Default)]
#[serde(default, expecting = "a span")]
struct Span<'a> {
    #[serde(rename = "traceId", alias = "trace_id")]
    trace: Id,
    #[serde(rename = "spanId", alias = "span_id")]
    id: Id,
    #[serde(rename = "parentSpanId", alias = "parent_span_id")]
    parent: Id,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    kind: Text<'a>,
    #[serde(rename = "startTimeUnixNano", alias = "start_time_unix_nano")]
    start: Whole,
    #[serde(rename = "endTimeUnixNano", alias = "end_time_unix_nano")]
    end: Whole,
    #[serde(borrow)]
    status: Option<Status<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, expecting = "the status of a span")]
struct Status<'a> {
    #[serde(borrow)]
    code: Text<'a>,
}

impl Status<'_> {
    fn is_error(&self) -> bool {
        matches!(&self.code.0[..], "2" | "STATUS_CODE_ERROR")
    }
}

#[derive(Deserialize, Default)]
#[serde(default, expecting = "a resource")]
struct Resource<'a> {
    #[serde(borrow)]
    attributes: Option<Vec<Attribute<'a>>>,
}

#[derive(Deserialize, Default)]
#[serde(default, expecting = "an attribute")]
struct Attribute<'a> {
    #[serde(borrow)]
    key: Text<'a>,
    #[serde(borrow)]
    value: Option<Value<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, expecting = "the value of an attribute")]
struct Value<'a> {
    #[serde(rename = "stringValue", alias = "string_value", borrow)]
    string: MaybeText<'a>,
}

impl Resource<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        let attribute = self.attributes.iter().flatten().find(|attribute| attribute.key.0 == key)?;
        attribute.value.as_ref()?.string.0.as_deref()
    }

    fn service(&self) -> &str {
        self.get("service.name").unwrap_or_default()
    }

    fn instance(&self) -> &str {
        INSTANCE.into_iter().find_map(|key| self.get(key)).unwrap_or_default()
    }

    fn number(&self, resources: &mut Resources, told_late: Option<u32>) -> Result<u32, String> {
        match told_late {
            None => resources.of(self.service(), self.instance()),
            Some(resource) => resources.define(resource, self.service(), self.instance()).map(|()| resource),
        }
    }
}

struct SpanShape;

impl Shape for SpanShape {
    type Of<'text> = Span<'text>;
}

struct ResourceShape;

impl Shape for ResourceShape {
    type Of<'text> = Option<Resource<'text>>;
}

/// Reads the value of a member of a request, if it is one of this format.
///
/// # Errors
/// When it isn't what it has to be.
pub(super) fn member(stream: &mut Stream<'_>, key: &str, into: &mut Collected<'_>) -> Result<bool, TraceError> {
    match key {
        "resourceSpans" | "resource_spans" | "batches" => {
            into.formats.insert(NAME);
            stream.elements(|stream| resource_spans(stream, into))?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn resource_spans(stream: &mut Stream<'_>, into: &mut Collected<'_>) -> Result<(), TraceError> {
    let mut resource = None;
    stream.members(|stream, key| match key {
        "resource" => {
            let read = |read: Option<Resource<'_>>| read.unwrap_or_default().number(&mut into.resources, resource);
            resource = Some(stream.value::<ResourceShape, _>(read)?.map_err(|message| stream.error(message))?);
            Ok(())
        }
        "scopeSpans" | "scope_spans" | "instrumentationLibrarySpans" | "instrumentation_library_spans" => {
            // Where spans come before their resource, it is defined afterwards.
            let resource = *resource.get_or_insert_with(|| into.resources.undefined());
            stream.elements(|stream| scope_spans(stream, resource, into))
        }
        _ => stream.skip(),
    })
}

fn scope_spans(stream: &mut Stream<'_>, resource: u32, into: &mut Collected<'_>) -> Result<(), TraceError> {
    stream.members(|stream, key| match key {
        "spans" => stream.elements(|stream| {
            stream.peek()?;
            let place = (stream.path(), stream.place());
            into.read += 1;
            let span = stream.value::<SpanShape, _>(|span| {
                let operation = into.operations.of(&span.name.0)?;
                Ok::<_, String>(span.collected(operation, resource))
            })?;
            match span.map_err(|message| TraceError::at(place.0, place.1, message))? {
                Ok(span) => into.push(span, place),
                Err(reason) => {
                    into.skips.add(reason, 1, Some(place));
                    Ok(())
                }
            }
        }),
        _ => stream.skip(),
    })
}

impl Span<'_> {
    fn collected(&self, operation: u32, resource: u32) -> Result<CollectedSpan, Reason> {
        let (Some(trace), Some(id)) = (self.trace.0, self.id.span()) else { return Err(Reason::NoId) };
        // 0 is unknown.
        let known = |time: Whole| time.0.filter(|nanos| (1..LATEST).contains(nanos));
        let (Some(start), Some(end)) = (known(self.start), known(self.end)) else { return Err(Reason::NoTime) };
        Ok(CollectedSpan {
            trace,
            id,
            parent: self.parent.span(),
            start,
            end,
            operation,
            resource,
            failed: self.status.as_ref().is_some_and(Status::is_error),
            coarse: false,
            side: match &self.kind.0[..] {
                "2" | "SPAN_KIND_SERVER" => Side::Server,
                "3" | "SPAN_KIND_CLIENT" => Side::Client,
                _ => Side::Neither,
            },
        })
    }
}
