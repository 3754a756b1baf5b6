//! OTLP's protobuf of what its JSON says, and files of it.

use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use serde_json::Value;

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// A field that has a length.
pub(super) fn field(number: u64, value: impl AsRef<[u8]>) -> Vec<u8> {
    let value = value.as_ref();
    [&varint(number << 3 | 2)[..], &varint(value.len() as u64), value].concat()
}

/// A field that is a number.
pub(super) fn number(number: u64, value: u64) -> Vec<u8> {
    [varint(number << 3), varint(value)].concat()
}

/// A field of eight bytes.
pub(super) fn fixed(number: u64, value: u64) -> Vec<u8> {
    [&varint(number << 3 | 1)[..], &value.to_le_bytes()].concat()
}

fn id(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap_or_default();
    (0..text.len() / 2).map(|byte| u8::from_str_radix(&text[2 * byte..2 * byte + 2], 16).unwrap()).collect()
}

fn whole(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_default()
}

fn each(value: &Value, make: impl Fn(&Value) -> Vec<u8>) -> Vec<u8> {
    value.as_array().into_iter().flatten().flat_map(make).collect()
}

fn attributes(value: &Value, tag: u64) -> Vec<u8> {
    each(value, |attribute| {
        let value = &attribute["value"];
        let value = match (&value["stringValue"], &value["doubleValue"], &value["boolValue"]) {
            (Value::String(text), ..) => field(1, text),
            (_, Value::Number(double), _) => fixed(4, double.as_f64().unwrap().to_bits()),
            (.., Value::Bool(truth)) => number(2, u64::from(*truth)),
            _ => number(3, whole(&value["intValue"])),
        };
        field(tag, [field(1, attribute["key"].as_str().unwrap()), field(2, value)].concat())
    })
}

fn span(span: &Value) -> Vec<u8> {
    let text = |tag, key: &str| span[key].as_str().map(|text| field(tag, text)).unwrap_or_default();
    [
        field(1, id(&span["traceId"])),
        field(2, id(&span["spanId"])),
        text(3, "traceState"),
        field(4, id(&span["parentSpanId"])),
        text(5, "name"),
        number(6, whole(&span["kind"])),
        fixed(7, whole(&span["startTimeUnixNano"])),
        fixed(8, whole(&span["endTimeUnixNano"])),
        attributes(&span["attributes"], 9),
        // Fields that aren't looked at: how many attributes were dropped, an event.
        number(10, 3),
        field(11, field(2, "retry")),
        field(15, number(3, whole(&span["status"]["code"]))),
        [&varint(16 << 3 | 5)[..], &(whole(&span["flags"]) as u32).to_le_bytes()].concat(),
    ]
    .concat()
}

/// The request that this JSON is.
pub(super) fn protobuf(request: &Value) -> Vec<u8> {
    each(&request["resourceSpans"], |resource| {
        let scopes = each(&resource["scopeSpans"], |scope| {
            let own = [field(1, "scope"), attributes(&scope["scope"]["attributes"], 3)].concat();
            field(2, [field(1, own), each(&scope["spans"], |value| field(2, span(value)))].concat())
        });
        field(1, [field(1, attributes(&resource["resource"]["attributes"], 1)), scopes].concat())
    })
}

/// One request for each of its resources.
pub(super) fn requests(request: &Value) -> Vec<Vec<u8>> {
    let one = |resource: &Value| protobuf(&serde_json::json!({ "resourceSpans": [resource] }));
    request["resourceSpans"].as_array().into_iter().flatten().map(one).collect()
}

/// A file of messages, each behind its length.
pub(super) fn framed(messages: &[Vec<u8>]) -> Vec<u8> {
    messages.iter().flat_map(|message| [&(message.len() as u32).to_be_bytes()[..], message].concat()).collect()
}

pub(super) fn zstd(content: impl AsRef<[u8]>) -> Vec<u8> {
    compress_to_vec(content.as_ref(), CompressionLevel::Fastest)
}
