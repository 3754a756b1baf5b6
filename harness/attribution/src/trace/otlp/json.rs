//! JSON of OpenTelemetry's protocol: an `ExportTraceServiceRequest`, one after the other, or Tempo's answer.
//!
//! Both mappings of protobuf's messages are read: OTLP's own (hexadecimal ids, names in lower camel case, numbers for
//! enums) and the canonical one (base64 ids, names of enums); so are names as they stand in the definition.

use serde::Deserialize;

use super::attributes::Attributes;
use super::{Fields, INSTANCE, NAME, SERVICE};
use crate::trace::error::TraceError;
use crate::trace::names::Resources;
use crate::trace::sampling::{Mark, may_tell};
use crate::trace::spans::{Collected, Side};
use crate::trace::stream::{Shape, Stream};
use crate::trace::telling::{Telling, Told};
use crate::trace::value::{Id, MaybeText, Text, Whole};

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
    flags: Whole,
    #[serde(rename = "traceState", alias = "trace_state", borrow)]
    state: MaybeText<'a>,
}

/// What of a span is looked at where it can tell how it was sampled.
#[derive(Deserialize, Default)]
#[serde(default, expecting = "a span")]
struct MarkedSpan<'a> {
    #[serde(borrow)]
    attributes: Attributes<'a>,
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
        self.get(SERVICE).unwrap_or_default()
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

#[derive(Deserialize, Default)]
#[serde(default, expecting = "a scope")]
struct Scope<'a> {
    #[serde(borrow)]
    attributes: Attributes<'a>,
}

struct ScopeShape;

impl Shape for ScopeShape {
    type Of<'text> = Option<Scope<'text>>;
}

struct ResourceShape;

impl Shape for ResourceShape {
    type Of<'text> = Option<Resource<'text>>;
}

/// Reads the value of a member of a request, if it is one of this format.
///
/// # Errors
/// When it isn't what it has to be.
pub(in crate::trace) fn member(
    stream: &mut Stream<'_>,
    key: &str,
    into: &mut Collected<'_>,
) -> Result<bool, TraceError> {
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
    let mut scope = Mark::default();
    let mut has_spans = false;
    stream.members(|stream, key| match key {
        "scope" | "instrumentationLibrary" | "instrumentation_library" => {
            let mark = |read: Option<Scope<'_>>| telling(&read.unwrap_or_default().attributes, None, into).mark();
            scope = stream.value::<ScopeShape, _>(mark)?.map_err(|message| stream.error(message))?;
            if has_spans {
                into.mark_all(scope);
            }
            Ok(())
        }
        "spans" => stream.elements(|stream| {
            has_spans = true;
            stream.peek()?;
            let place = (stream.path(), stream.place());
            into.read += 1;
            let span = stream.value_and_text::<SpanShape, _>(|span, text| {
                let fields = span.fields(text, scope, into)?;
                let operation = fields.operation(&span.name.0, &mut into.operations)?;
                Ok::<_, String>(fields.collected(operation, resource))
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
    fn fields(&self, text: &str, scope: Mark, into: &Collected<'_>) -> Result<Fields, String> {
        // Parsing the attributes of all spans takes a fifth of the time in which a file is read.
        let marked: MarkedSpan<'_> = match may_tell(&into.options.weights, text) {
            true => serde_json::from_str(text).map_err(|error| format!("its attributes: {error}"))?,
            false => MarkedSpan::default(),
        };
        let side = match &self.kind.0[..] {
            "2" | "SPAN_KIND_SERVER" => Side::Server,
            "3" | "SPAN_KIND_CLIENT" => Side::Client,
            "5" | "SPAN_KIND_CONSUMER" => Side::Consumer,
            _ => Side::Neither,
        };
        let told = telling(&marked.attributes, self.state.0.as_deref(), into).told(side)?;
        Ok(Fields {
            trace: self.trace.0,
            id: self.id.span(),
            parent: self.parent.span(),
            start: self.start.0,
            end: self.end.0,
            side,
            flags: self.flags.0.and_then(|flags| u32::try_from(flags).ok()).unwrap_or_default(),
            failed: self.status.as_ref().is_some_and(Status::is_error),
            told: Told { mark: told.mark.within(scope), ..told },
        })
    }
}

/// What attributes and the state of a trace tell.
fn telling<'o>(attributes: &Attributes<'_>, state: Option<&str>, into: &Collected<'o>) -> Telling<'o> {
    let mut telling = Telling::new(&into.options.weights);
    for attribute in &attributes.0 {
        let key = attribute.key.0.as_bytes();
        if telling.asks_for(key) {
            telling.attribute(key, &attribute.value);
        }
    }
    if let Some(state) = state {
        telling.trace_state(state.as_bytes());
    }
    telling
}
