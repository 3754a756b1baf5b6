//! The protobuf of OpenTelemetry's protocol, in the fields that are looked at (`trace.proto` of
//! github.com/open-telemetry/opentelemetry-proto).

use bytes::Bytes;
use prost::{Message, Oneof};

use super::{Fields, INSTANCE, NAME, SERVICE};
use crate::trace::error::TraceError;
use crate::trace::names::Resources;
use crate::trace::sampling::Mark;
use crate::trace::spans::{Collected, Side};
use crate::trace::telling::{Telling, Told};
use crate::trace::value::TagValue;
use crate::trace::wire::{Field, Wire, not};

#[derive(Clone, PartialEq, Message)]
struct Span {
    #[prost(bytes = "bytes", tag = "1")]
    trace: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    id: Bytes,
    #[prost(bytes = "bytes", tag = "3")]
    state: Bytes,
    #[prost(bytes = "bytes", tag = "4")]
    parent: Bytes,
    #[prost(bytes = "bytes", tag = "5")]
    name: Bytes,
    #[prost(int32, tag = "6")]
    kind: i32,
    #[prost(fixed64, tag = "7")]
    start: u64,
    #[prost(fixed64, tag = "8")]
    end: u64,
    /// As they are written: few are looked at.
    #[prost(bytes = "bytes", repeated, tag = "9")]
    attributes: Vec<Bytes>,
    #[prost(message, optional, tag = "15")]
    status: Option<Status>,
    #[prost(fixed32, tag = "16")]
    flags: u32,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Status {
    #[prost(int32, tag = "3")]
    code: i32,
}

/// `STATUS_CODE_ERROR`.
const ERROR: i32 = 2;

#[derive(Clone, PartialEq, Message)]
struct Resource {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<Attribute>,
}

#[derive(Clone, PartialEq, Message)]
struct Scope {
    #[prost(bytes = "bytes", repeated, tag = "3")]
    attributes: Vec<Bytes>,
}

#[derive(Clone, PartialEq, Message)]
struct Attribute {
    #[prost(bytes = "bytes", tag = "1")]
    key: Bytes,
    #[prost(message, optional, tag = "2")]
    value: Option<AnyValue>,
}

/// Lists and objects are left out.
#[derive(Clone, PartialEq, Message)]
struct AnyValue {
    #[prost(oneof = "Scalar", tags = "1, 2, 3, 4")]
    scalar: Option<Scalar>,
}

#[derive(Clone, PartialEq, Oneof)]
enum Scalar {
    #[prost(bytes = "bytes", tag = "1")]
    Text(Bytes),
    #[prost(bool, tag = "2")]
    Truth(bool),
    #[prost(int64, tag = "3")]
    Whole(i64),
    #[prost(double, tag = "4")]
    Number(f64),
}

impl Attribute {
    fn value(&self) -> TagValue<'_> {
        match self.value.as_ref().and_then(|value| value.scalar.as_ref()) {
            Some(Scalar::Text(text)) => {
                std::str::from_utf8(text).map_or(TagValue::Other, |text| TagValue::Text(text.into()))
            }
            Some(Scalar::Truth(is_true)) => TagValue::Truth(*is_true),
            Some(Scalar::Whole(number)) => TagValue::Number(*number as f64),
            Some(Scalar::Number(number)) => TagValue::Number(*number),
            None => TagValue::Other,
        }
    }

    fn text(&self) -> Option<&str> {
        match self.value.as_ref()?.scalar.as_ref()? {
            Scalar::Text(text) => std::str::from_utf8(text).ok(),
            _ => None,
        }
    }
}

impl Resource {
    fn number(&self, resources: &mut Resources, told_late: Option<u32>) -> Result<u32, String> {
        let get = |key: &str| self.attributes.iter().find(|attribute| attribute.key == key.as_bytes())?.text();
        let service = get(SERVICE).unwrap_or_default();
        let instance = INSTANCE.into_iter().find_map(get).unwrap_or_default();
        match told_late {
            None => resources.of(service, instance),
            Some(resource) => resources.define(resource, service, instance).map(|()| resource),
        }
    }
}

/// Whether a file that begins so is one: messages within each other whose lengths fit, of fields that requests have.
///
/// Profiles of pprof begin with a message too, in which numbers come first.
pub(in crate::trace) fn is_otlp(start: &[u8]) -> bool {
    let text = |byte: &u8| *byte >= b' ' || byte.is_ascii_whitespace();
    begins_so(start, u64::MAX) && !start.iter().all(text)
}

fn begins_so(mut start: &[u8], mut left: u64) -> bool {
    // Requests may begin with resources that have nothing.
    while let Some(rest) = start.strip_prefix(&[0x0a, 0]) {
        (start, left) = (rest, left - 2);
        if start.is_empty() {
            return true;
        }
    }
    let Some((0x0a, spans, length)) = field(start, left) else { return false };
    // A resource, spans of a scope, or the address of a schema.
    let Some((tag @ (0x0a | 0x12 | 0x1a), inner, _)) = field(spans, length) else { return false };
    // Attributes; a scope or spans; how many attributes were dropped; references to entities, or the address of a schema.
    tag == 0x1a || inner.first().is_none_or(|first| matches!(first, 0x0a | 0x12 | 0x10 | 0x1a))
}

/// The tag of a field that has a length, its value as far as it is known, and that length, which fits into what is left.
fn field(start: &[u8], left: u64) -> Option<(u8, &[u8], u64)> {
    let (tag, rest) = start.split_first()?;
    let mut length = 0_u64;
    for (index, byte) in rest.iter().take(5).enumerate() {
        length |= u64::from(byte & 0x7f) << (7 * index);
        if *byte < 0x80 {
            let value = &rest[index + 1..];
            let known = usize::try_from(length).map_or(value, |length| &value[..length.min(value.len())]);
            return (length + index as u64 + 2 <= left).then_some((*tag, known, length));
        }
    }
    None
}

/// Collects the spans of requests, which end there. One after the other they are one, as protobuf has it.
///
/// # Errors
/// For what isn't one.
pub(in crate::trace) fn requests(wire: &mut Wire<'_>, end: u64, into: &mut Collected<'_>) -> Result<(), TraceError> {
    into.formats.insert(NAME);
    while let Some(field) = wire.field(end)? {
        match field.number {
            1 => {
                let end = wire.message(field, end, "what a resource has emitted")?;
                resource_spans(wire, end, into)?;
            }
            _ => wire.skip(field, end)?,
        }
    }
    Ok(())
}

fn resource_spans(wire: &mut Wire<'_>, end: u64, into: &mut Collected<'_>) -> Result<(), TraceError> {
    let mut resource = None;
    while let Some(field) = wire.field(end)? {
        match field.number {
            1 => {
                let (read, place) = wire.decoded::<Resource>(field, end, "a resource")?;
                let number = read.number(&mut into.resources, resource);
                resource = Some(number.map_err(|message| TraceError::at(wire.path(), place, message))?);
            }
            // The second is what the first versions of the protocol called it.
            2 | 1000 => {
                // Where spans come before their resource, it is defined afterwards.
                let resource = *resource.get_or_insert_with(|| into.resources.undefined());
                let end = wire.message(field, end, "what a scope has emitted")?;
                scope_spans(wire, end, resource, into)?;
            }
            _ => wire.skip(field, end)?,
        }
    }
    Ok(())
}

fn scope_spans(wire: &mut Wire<'_>, end: u64, resource: u32, into: &mut Collected<'_>) -> Result<(), TraceError> {
    let mut scope = Mark::default();
    let mut has_spans = false;
    while let Some(field) = wire.field(end)? {
        match field.number {
            1 => {
                let (read, place) = wire.decoded::<Scope>(field, end, "a scope")?;
                let mark = telling(&read.attributes, None, into).and_then(Telling::mark);
                scope = mark.map_err(|message| TraceError::at(wire.path(), place, message))?;
                if has_spans {
                    into.mark_all(scope);
                }
            }
            2 => {
                has_spans = true;
                span(wire, field, end, (resource, scope), into)?;
            }
            _ => wire.skip(field, end)?,
        }
    }
    Ok(())
}

fn span(
    wire: &mut Wire<'_>,
    field: Field,
    end: u64,
    (resource, scope): (u32, Mark),
    into: &mut Collected<'_>,
) -> Result<(), TraceError> {
    let (span, place) = wire.decoded::<Span>(field, end, "a span")?;
    let place = (wire.path(), place);
    into.read += 1;
    let collected = span.fields(scope, into).and_then(|fields| {
        let name = std::str::from_utf8(&span.name);
        let name = name.map_err(|_| "isn't UTF-8, which names of spans have to be; export it again".to_owned())?;
        let operation = fields.operation(name, &mut into.operations)?;
        Ok(fields.collected(operation, resource))
    });
    match collected.map_err(|message| TraceError::at(place.0, place.1, message))? {
        Ok(span) => into.push(span, place),
        Err(reason) => {
            into.skips.add(reason, 1, Some(place));
            Ok(())
        }
    }
}

impl Span {
    fn fields(&self, scope: Mark, into: &Collected<'_>) -> Result<Fields, String> {
        let trace = id("the id of its trace", &self.trace, 16)?;
        let own = id("its id", &self.id, 8)? as u64;
        let parent = id("the id of its parent", &self.parent, 8)? as u64;
        let known = |time: u64| i64::try_from(time).ok();
        let is_error = |status: &Status| status.code == ERROR;
        let side = match self.kind {
            2 => Side::Server,
            3 => Side::Client,
            5 => Side::Consumer,
            _ => Side::Neither,
        };
        let told = telling(&self.attributes, Some(&self.state), into)?.told(side)?;
        Ok(Fields {
            trace: Some(trace).filter(|id| *id != 0),
            id: Some(own).filter(|id| *id != 0),
            parent: Some(parent).filter(|id| *id != 0),
            start: known(self.start),
            end: known(self.end),
            side,
            flags: self.flags,
            failed: self.status.as_ref().is_some_and(is_error),
            told: Told { mark: told.mark.within(scope), ..told },
        })
    }
}

/// What attributes and the state of a trace tell.
///
/// # Errors
/// For an attribute that is none.
fn telling<'o>(attributes: &[Bytes], state: Option<&Bytes>, into: &Collected<'o>) -> Result<Telling<'o>, String> {
    let mut telling = Telling::new(&into.options.weights);
    for written in attributes {
        // Decoding all of them takes a quarter of the time in which a file is read.
        if key(written).is_some_and(|key| !telling.asks_for(key)) {
            continue;
        }
        let attribute = Attribute::decode(written.clone()).map_err(|error| not("an attribute", &error.to_string()))?;
        if telling.asks_for(&attribute.key) {
            telling.attribute(&attribute.key, &attribute.value());
        }
    }
    if let Some(state) = state.filter(|state| !state.is_empty()) {
        telling.trace_state(state);
    }
    Ok(telling)
}

/// The name of an attribute, where it comes first and is short, as it does and is nearly always.
fn key(written: &Bytes) -> Option<&[u8]> {
    match &written[..] {
        [0x0a, length @ ..0x80, rest @ ..] => rest.get(..usize::from(*length)),
        _ => None,
    }
}

/// The number that an id of so many bytes is, 0 for none.
///
/// # Errors
/// For one of another length.
fn id(what: &str, id: &Bytes, length: usize) -> Result<u128, String> {
    if id.is_empty() || id.len() == length {
        return Ok(id.iter().fold(0, |number, byte| number << 8 | u128::from(*byte)));
    }
    Err(not("a span", &format!("{what} has {} bytes, not {length}", id.len())))
}
