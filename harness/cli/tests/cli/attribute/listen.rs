//! Traces that are received while a program runs, over HTTP and gRPC.

use std::fs;
use std::net::TcpListener;

use serde_json::Value;

use crate::support::{Project, Ran};

/// Sends requests of a service by all ways that exporters have, and what isn't right.
const SENDER: &str = r#"
import gzip, json, os, socket, struct, urllib.error, urllib.request

HOST, PORT = os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"].removeprefix("http://").split(":")

def traces(first, count):
    spans = []
    for number in range(first, first + count):
        start = 1_700_000_000_000_000_000 + 10_000_000 * number
        trace = f"{number + 1:032x}"
        spans += [
            {"traceId": trace, "spanId": "0000000000000001", "name": "GET /", "kind": 2,
             "startTimeUnixNano": str(start), "endTimeUnixNano": str(start + 1_000_000)},
            {"traceId": trace, "spanId": "0000000000000002", "parentSpanId": "0000000000000001", "name": "query",
             "startTimeUnixNano": str(start + 100_000), "endTimeUnixNano": str(start + 800_000)},
        ]
    return {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}

def varint(value):
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])

def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload

def protobuf(message):
    out = b""
    for span in message["resourceSpans"][0]["scopeSpans"][0]["spans"]:
        one = field(1, bytes.fromhex(span["traceId"])) + field(2, bytes.fromhex(span["spanId"]))
        if "parentSpanId" in span:
            one += field(4, bytes.fromhex(span["parentSpanId"]))
        one += field(5, span["name"].encode())
        one += varint(7 << 3 | 1) + struct.pack("<Q", int(span["startTimeUnixNano"]))
        one += varint(8 << 3 | 1) + struct.pack("<Q", int(span["endTimeUnixNano"]))
        out += field(2, one)
    return field(1, field(2, out))

def post(body, kind, path="/v1/traces", **headers):
    request = urllib.request.Request(f"http://{HOST}:{PORT}{path}", body, {"Content-Type": kind, **headers})
    try:
        return urllib.request.urlopen(request).status
    except urllib.error.HTTPError as error:
        return error.code

def grpc(message):
    """A call over HTTP/2, by hand; the status that the trailers end with isn't read, but that they come."""
    def frame(kind, flags, stream, payload):
        return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload
    def header(name, value):
        return b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
    path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
    headers = b"".join(header(*pair) for pair in [
        (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", f"{HOST}:{PORT}"),
        ("content-type", "application/grpc"), ("grpc-encoding", "gzip"), ("te", "trailers")])
    packed = gzip.compress(message)
    body = b"\1" + struct.pack(">I", len(packed)) + packed
    assert len(body) < 16_000, len(body)
    with socket.create_connection((HOST, int(PORT))) as connection:
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"") + frame(1, 4, 1, headers) + frame(0, 1, 1, body))
        reader = connection.makefile("rb")
        data = b""
        while True:
            length, kind, flags, stream = struct.unpack(">I", b"\0" + reader.read(3))[0], *reader.read(2), reader.read(4)
            payload = reader.read(length)
            if kind == 0:
                data += payload
            if kind == 1 and flags & 1:
                return data

JSON, PROTOBUF = "application/json", "application/x-protobuf"
found = [
    post(json.dumps(traces(0, 100)).encode(), JSON),
    post(gzip.compress(json.dumps(traces(100, 100)).encode()), JSON, **{"Content-Encoding": "gzip"}),
    post(protobuf(traces(200, 100)), PROTOBUF),
    post(b"{\"resourceSpans\": 7}", JSON),
    post(b"\xff\xff", PROTOBUF),
    post(gzip.compress(b"{" * 20_000_000), JSON, **{"Content-Encoding": "gzip"}),
    post(b"{}", "text/plain"),
    post(b"{}", JSON, path="/v1/metrics"),
]
assert found == [200, 200, 200, 400, 400, 413, 415, 404], found
assert grpc(protobuf(traces(300, 100))) == bytes(5)
"#;

fn attribute_with(project: &Project, arguments: &[&str]) -> (Value, Ran) {
    let ran = project.run(&[&["attribute", "--format", "json"], arguments].concat());
    let result = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}"));
    (result, ran)
}

#[test]
fn what_a_program_sends_is_attributed_and_kept() {
    let project = Project::new(&[("sender.py", SENDER)]);
    let (result, ran) = attribute_with(&project, &["--listen", "0", "--", "python3", "sender.py"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!((&result["requests"], &result["trace"]["spans"]), (&400.into(), &800.into()), "{result:#}");
    assert!(ran.stderr.contains("received 800 spans in 4 messages"), "{ran}");
    assert!(ran.stderr.contains("4 messages were refused, the first because"), "{ran}");
    let names: Vec<&str> =
        result["functions"].as_array().unwrap().iter().filter_map(|row| row["name"].as_str()).collect();
    assert!(names.contains(&"query"), "{names:?}");
    // The messages are a file like any other.
    let kept = project.file(".rustworthy/latest/received.binpb");
    let copy = project.file("kept.binpb");
    fs::copy(kept, &copy).unwrap();
    let (again, _) = attribute_with(&project, &["--trace", copy.to_str().unwrap()]);
    assert_eq!(again["functions"], result["functions"]);
    project.assert_deserted();
}

#[test]
fn what_is_wrong_with_listening_is_said() {
    let project = Project::new(&[("quiet.py", "")]);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (arguments, message) in [
        (&["--listen", "0"][..], "say how long: --for 10m, or a program after --"),
        (&["--listen", "nowhere", "--for", "1s"], "neither a port nor an address with a port"),
        (&["--listen", &taken, "--for", "1s"], &format!("--listen {taken}")),
        (&["--listen", "0", "--for", "100ms"], "nothing was received on"),
        (&["--listen", "0", "--", "python3", "quiet.py"], "nothing was received on"),
        (&["--listen", "0", "--", "/no/such/program"], "can't start /no/such/program"),
        (&["--for", "1s"], "--listen"),
    ] {
        let ran = project.run(&[&["attribute"], arguments].concat());
        assert!(ran.code == Some(2) && ran.stderr.contains(message), "{message}: {ran}");
    }
}
