//! OTLP's protobuf of the shop's traces, in the fields that its JSON has.

use super::writer::{SERVICES, Span, Trace};

fn varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// A field that has a length.
fn field(number: u64, value: impl AsRef<[u8]>, out: &mut Vec<u8>) {
    let value = value.as_ref();
    varint(number << 3 | 2, out);
    varint(value.len() as u64, out);
    out.extend_from_slice(value);
}

fn message(number: u64, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let mut value = Vec::new();
    write(&mut value);
    field(number, value, out);
}

fn number(number: u64, value: u64, out: &mut Vec<u8>) {
    varint(number << 3, out);
    varint(value, out);
}

fn fixed(number: u64, value: u64, out: &mut Vec<u8>) {
    varint(number << 3 | 1, out);
    out.extend_from_slice(&value.to_le_bytes());
}

fn text(tag: u64, key: &str, value: &str, out: &mut Vec<u8>) {
    message(tag, out, |out| {
        field(1, key, out);
        message(2, out, |out| field(1, value, out));
    });
}

fn whole(tag: u64, key: &str, value: u64, out: &mut Vec<u8>) {
    message(tag, out, |out| {
        field(1, key, out);
        message(2, out, |out| number(3, value, out));
    });
}

/// A request of a batch.
pub(super) fn request(batch: &[Trace]) -> Vec<u8> {
    let mut out = Vec::new();
    for (service, name) in SERVICES.iter().enumerate() {
        let spans = || batch.iter().flat_map(|trace| trace.spans.iter().map(|span| (trace.id, span)));
        if spans().all(|(_, span)| span.service != service) {
            continue;
        }
        message(1, &mut out, |out| {
            message(1, out, |out| {
                text(1, "service.name", name, out);
                text(1, "host.name", &format!("{name}-0"), out);
                text(1, "telemetry.sdk.language", "python", out);
            });
            message(2, out, |out| {
                message(1, out, |out| {
                    field(1, "opentelemetry.instrumentation", out);
                    field(2, "0.50b0", out);
                });
                for (trace, span) in spans().filter(|(_, span)| span.service == service) {
                    message(2, out, |out| write_span(trace, span, out));
                }
            });
        });
    }
    out
}

fn write_span(trace: u128, span: &Span, out: &mut Vec<u8>) {
    field(1, trace.to_be_bytes(), out);
    field(2, span.id.to_be_bytes(), out);
    if span.parent != 0 {
        field(4, span.parent.to_be_bytes(), out);
    }
    field(5, &span.name, out);
    number(6, 2, out);
    fixed(7, span.start * 1_000, out);
    fixed(8, span.end * 1_000, out);
    text(9, "http.request.method", "GET", out);
    text(9, "url.path", &span.name, out);
    whole(9, "http.response.status_code", 200, out);
    text(9, "server.address", "10.0.17.4", out);
    whole(9, "server.port", 8080, out);
    text(9, "network.protocol.version", "1.1", out);
    message(15, out, |out| {
        if span.failed {
            field(2, "declined", out);
            number(3, 2, out);
        }
    });
    varint(16 << 3 | 5, out);
    out.extend_from_slice(&256_u32.to_le_bytes());
}
