//! The same requests in every format, spread over files, compressed, and read piece by piece.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use globset::Glob;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::super::stream::Stream;
use super::calls::{Call, call, chrome, chrome_begin_and_end, jaeger, otlp};
use super::messages::{field, framed, protobuf, requests, zstd};
use super::*;

fn shop() -> Vec<Call> {
    vec![
        call(
            "GET /user/17",
            0,
            9_000,
            [
                call("auth", 100, 1_100, []),
                call("query", 2_000, 8_000, [call("connect", 2_000, 2_500, []), call("fetch", 3_000, 7_500, [])]),
            ],
        ),
        call("GET /user/18", 20_000, 24_000, [call("auth", 20_100, 21_000, [])]),
        call("health", 30_000, 30_010, []),
    ]
}

pub(super) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn the_same_requests_read_alike_in_every_format() {
    let traces = shop();
    let expected = text(otlp(&traces).to_string());
    assert_eq!(
        expected.exclusive(0),
        [("GET /user/{id}", 2_000.0), ("auth", 1_000.0), ("connect", 500.0), ("fetch", 4_500.0), ("query", 1_000.0)]
    );
    for (format, written) in
        [("jaeger", jaeger(&traces)), ("chrome", chrome(&traces)), ("chrome", chrome_begin_and_end(&traces))]
    {
        let mut read = text(written.to_string());
        assert_eq!(read.trace.formats, [format]);
        read.trace.formats = expected.trace.formats.clone();
        // The end of an event is an event too.
        read.trace.spans = expected.trace.spans;
        for request in 0..3 {
            assert_eq!(read.exclusive(request), expected.exclusive(request), "{format}");
            assert_eq!(read.inclusive(request), expected.inclusive(request), "{format}");
            assert_eq!(read.calls(request), expected.calls(request), "{format}");
            let [shape, wanted] = [&read, &expected].map(|known| known.requests.requests[request].clone());
            assert!(near(shape.arrival, wanted.arrival) && near(shape.end, wanted.end), "{format}");
        }
        assert_eq!(
            (read.trace, read.grouped, read.skipped),
            (expected.trace.clone(), expected.grouped.clone(), vec![])
        );
    }
}

#[test]
fn protobuf_reads_as_json_does_however_it_is_wrapped() {
    let value = otlp(&shop());
    let expected = text(value.to_string());
    let messages = requests(&value);
    let packed: Vec<Vec<u8>> = messages.iter().map(zstd).collect();
    let json: Vec<Vec<u8>> = messages
        .iter()
        .enumerate()
        .map(|(index, _)| zstd(serde_json::json!({ "resourceSpans": [value["resourceSpans"][index]] }).to_string()))
        .collect();
    for (how, content) in [
        ("plain", protobuf(&value)),
        // Messages after each other are one.
        ("concatenated", messages.concat()),
        ("empty resources first", [field(1, []), field(1, []), protobuf(&value)].concat()),
        ("the address of a schema first", [field(1, field(3, "https://opentelemetry.io")), protobuf(&value)].concat()),
        ("gzip", gzip(&protobuf(&value))),
        ("zstd", zstd(protobuf(&value))),
        ("behind lengths", framed(&messages)),
        ("all behind one length", framed(&[protobuf(&value)])),
        ("an empty message among others", framed(&[&messages[..2], &[Vec::new()], &messages[2..]].concat())),
        ("zstd by message", framed(&packed)),
        ("zstd of JSON by message", framed(&json)),
        ("behind lengths, in gzip", gzip(&framed(&messages))),
        ("behind lengths, in zstd", zstd(framed(&messages))),
    ] {
        assert_eq!(text(content), expected, "{how}");
    }
    let folder = folder_of(&[
        ("year=2026/minute=07/traces_1.binpb", &messages[..3].concat()),
        ("year=2026/minute=08/traces_2.binpb.gz", &gzip(&messages[3..].concat())),
        ("year=2026/minute=08/notes.txt", b"no trace"),
    ]);
    assert_eq!(known(read_with(&[folder.path().to_owned()], &Options::default())), expected);
}

#[test]
fn answers_of_jaeger_come_one_or_several() {
    let value = otlp(&shop());
    let expected = text(value.to_string());
    let answer =
        |resources: &[serde_json::Value]| serde_json::json!({ "result": { "resourceSpans": resources } }).to_string();
    let resources = value["resourceSpans"].as_array().unwrap();
    let each: Vec<String> = resources.iter().map(|resource| answer(std::slice::from_ref(resource))).collect();
    for content in [answer(resources), each.join("\n"), each.concat(), format!("[{}]", each.join(","))] {
        assert_eq!(text(content), expected);
    }
}

#[test]
fn traces_that_are_not_whole_are_counted() {
    let answer = |status: &str| serde_json::json!({ "trace": otlp(&shop()), "status": status }).to_string();
    assert_eq!(text(answer("PARTIAL")).trace.partial, 1);
    assert_eq!(text(answer("COMPLETE")).trace.partial, 0);
    assert_eq!(text(format!("{}{}", answer("PARTIAL"), answer("PARTIAL"))).trace.partial, 2);
}

#[test]
fn resources_may_be_told_after_their_spans() {
    let value = otlp(&[call("a", 0, 10, [call("a", 2, 4, []).of("stock")])]);
    let late: Vec<u8> = requests(&value)
        .iter()
        .flat_map(|message| {
            // The length of the message, that of its resource, which comes first, and what follows.
            let resource = 4 + usize::from(message[if message[1] < 0x80 { 3 } else { 4 }]);
            let begin = if message[1] < 0x80 { 2 } else { 3 };
            let end = begin + resource - 2;
            field(1, [&message[end..], &message[begin..end]].concat())
        })
        .collect();
    assert_eq!(text(late), text(value.to_string()));
}

#[test]
fn files_as_tools_write_them_are_read() {
    for (name, format) in [
        ("otlp-hex.json", "otlp"),
        ("otlp-base64.json", "otlp"),
        ("otlp-old.jsonl", "otlp"),
        ("tempo.json", "otlp"),
        ("tempo-v2.json", "otlp"),
        ("jaeger.json", "jaeger"),
        ("jaeger-one.json", "jaeger"),
        ("jaeger-v3.json", "otlp"),
        ("chrome-array.json", "chrome"),
        ("chrome-object.json", "chrome"),
    ] {
        let known = known(read_with(&[fixture(name)], &Options::default()));
        assert_eq!(known.trace.formats, [format], "{name}");
        assert_eq!(known.requests.requests.len(), 1, "{name}");
        let exclusive = [("POST /checkout", 5_000.0), ("cart", 2_000.0), ("pay", 3_000.0)];
        assert_eq!(known.exclusive(0), exclusive, "{name}");
        assert_eq!(known.requests.requests[0].failed, format != "chrome", "{name}");
    }
}

#[test]
fn names_are_grouped_and_shown_and_that_can_be_switched_off() {
    let content = otlp(&shop()).to_string();
    let grouped = text(&content).grouped;
    let expected =
        Grouped { pattern: "GET /user/{id}".into(), example: "GET /user/17".into(), names: 2, is_estimate: false };
    assert_eq!(grouped, [expected]);
    let known = known(in_file(content, &Options { group: false, ..Options::default() }));
    assert_eq!((known.exclusive(1)[0].0, &known.grouped[..]), ("GET /user/18", &[][..]));
}

#[test]
fn compressed_files_read_as_plain_ones() {
    let plain = otlp(&shop()).to_string();
    let expected = text(&plain);
    let plain = plain.as_bytes();
    let (half, other) = plain.split_at(plain.len() / 2);
    let zstd = |content| compress_to_vec(content, CompressionLevel::Fastest);
    // A frame that holds no data.
    let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3][..], &zstd(plain)].concat();
    for packed in
        [gzip(plain), [gzip(half), gzip(other)].concat(), zstd(plain), [zstd(half), zstd(other)].concat(), skippable]
    {
        assert_eq!(text(packed), expected);
    }
}

#[test]
fn a_trace_may_be_spread_over_files_of_a_folder() {
    let whole = otlp(&shop());
    let parts: Vec<_> = whole["resourceSpans"].as_array().unwrap().iter().enumerate().collect();
    let folder = tempfile::tempdir().unwrap();
    for (index, part) in &parts {
        let name = if index % 2 == 0 { format!("{index}.json") } else { format!("in/{index}.jsonl.gz") };
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let content = serde_json::json!({ "resourceSpans": [part] }).to_string();
        fs::write(file, if index % 2 == 0 { content.into_bytes() } else { gzip(content.as_bytes()) }).unwrap();
    }
    fs::write(folder.path().join("notes.txt"), "no trace").unwrap();
    fs::write(folder.path().join(".hidden.json"), "no trace").unwrap();
    let known = known(read_with(&[folder.path().to_owned()], &Options::default()));
    let expected = text(whole.to_string());
    assert_eq!((known.requests.requests, known.trace), (expected.requests.requests, expected.trace));
}

#[test]
fn traces_of_several_services_name_them() {
    let known = text(otlp(&[call("a", 0, 10, [call("a", 2, 4, []).of("stock")])]).to_string());
    assert_eq!(known.exclusive(0), [("shop: a", 8.0), ("stock: a", 2.0)]);
}

#[test]
fn temporary_files_change_nothing() {
    let traces = shop();
    for written in [otlp(&traces), chrome(&traces)] {
        let mut options = Options::default();
        options.limits.set("spans-in-memory", 2).unwrap();
        assert_eq!(known(in_file(written.to_string(), &options)), text(written.to_string()));
    }
}

#[test]
fn in_chromes_traces_what_is_a_request_can_be_named() {
    let main = [call("main", 0, 100_000, [call("loop", 0, 99_000, shop())])];
    let options =
        |glob: &str| Options { request: Some(Glob::new(glob).unwrap().compile_matcher()), ..Options::default() };
    for written in [chrome(&main), chrome_begin_and_end(&main)] {
        let found = known(in_file(written.to_string(), &options("GET *")));
        assert_eq!(found.requests.requests.len(), 2);
        assert_eq!(found.exclusive(1), [("GET /user/{id}", 3_100.0), ("auth", 900.0)]);
        assert_eq!(found.reasons(), [(Reason::NotAskedFor, 3)]);
    }
    let found = known(in_file(otlp(&shop()).to_string(), &options("health")));
    assert_eq!((found.requests.requests.len(), found.reasons()), (1, vec![(Reason::NotAskedFor, 7)]));
    assert_eq!((found.requests.functions.len(), found.unplaced.len()), (1, 0));
    let calls = [call("a", 0, 10, [call("b", 2, 4, []).of("stock")]), call("c", 0, 10, [])];
    let found = known(in_file(otlp(&calls).to_string(), &options("shop: a")));
    assert_eq!((found.requests.requests.len(), found.exclusive(0)[0].0), (1, "shop: a"));
    let error = in_file(otlp(&shop()).to_string(), &options("PUT *")).unwrap_err().to_string();
    assert!(error.contains("no request among 8 spans: 8 of no request that was asked for"), "{error}");
}

#[test]
fn asynchronous_events_and_others_are_counted_apart() {
    let known = text(
        r#"[{"ph":"X","ts":1,"dur":5,"name":"a"},{"ph":"b","ts":1,"id":1,"name":"x"},{"ph":"e","ts":2,"id":1,"name":"x"},
           {"ph":"i","ts":3},{"ph":"C","ts":3,"args":{"free":[1]}},{"ph":"E","ts":9},{"ph":"B","ts":10,"name":"open"},
           {"ph":"X","ts":11,"dur":1,"name":"in it"},{"ph":"M","name":"thread_name","args":{"name":"main"}}"#,
    );
    assert_eq!(known.exclusive(0), [("a", 5.0)]);
    assert_eq!(known.reasons(), [(Reason::Unended, 2), (Reason::Unbegun, 1), (Reason::OtherEvent, 4)]);
    assert_eq!(known.trace.spans, 8);
}

#[test]
fn events_that_touch_after_rounding_follow_each_other() {
    let known = text(r#"[{"ph":"X","ts":0.0,"dur":10.0004,"name":"a"},{"ph":"X","ts":10,"dur":5,"name":"b"}]"#);
    assert_eq!((known.requests.requests.len(), known.trace.clamped), (2, 0));
}

#[test]
fn what_is_skipped_may_be_more_than_is_read_at_once() {
    let cancel = AtomicBool::new(false);
    let value = format!(r#"{{"a":["\"}}]{}",[{{}}],12],"é":null}}"#, "x".repeat(600_000));
    let content = format!("{value} [1] \"a\\\"\" 17 {value}");
    let mut stream = Stream::new(content.as_bytes(), Path::new("a.json"), 1 << 20, &cancel);
    for _ in 0..5 {
        stream.skip().unwrap();
    }
    assert_eq!(stream.peek().unwrap(), None);
}
