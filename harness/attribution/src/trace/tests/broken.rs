//! Files that are wrong in every way, each with its place and what to do.

use std::io::Write;
use std::sync::atomic::AtomicBool;

use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::calls::{call, jaeger, otlp};
use super::messages::{field, fixed, framed, number, protobuf, requests, zstd};
use super::*;

const SPAN: &str = r#""traceId":"1","spanId":"1","name":"a","startTimeUnixNano":"1000","endTimeUnixNano":"2000""#;

fn of_spans(spans: &str) -> String {
    format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#)
}

pub(super) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn what_is_no_trace_is_told_so() {
    assert_eq!(error(""), "trace.json: is empty");
    let formats = "is neither a trace (OTLP's protobuf or JSON, Jaeger's JSON, Chrome's trace events, spans in Parquet) nor a \
                   profile (speedscope, collapsed stacks, pprof)";
    assert_eq!(error("hello"), format!("trace.json: {formats}"));
    assert_eq!(error(" \n"), format!("trace.json: {formats}"));
    assert_eq!(error([0xff, 0xfe, 0x00]), format!("trace.json: {formats}"));
    let keys = "traces have 'resourceSpans' or 'batches' (OTLP, Tempo), 'data' (Jaeger) or 'traceEvents' (Chrome)";
    assert_eq!(error("{}"), format!("trace.json: is JSON of something else: an empty object; {keys}"));
    assert_eq!(
        error(r#"{"a":1,"b":[]}"#),
        format!("trace.json: is JSON of something else: an object of 'a', 'b'; {keys}")
    );
    assert_eq!(
        error(r#"[{"traceId":"1","id":"2","name":"x","timestamp":1}]"#),
        "trace.json: byte 1: is JSON of Zipkin, which isn't read; the OpenTelemetry Collector makes OTLP's JSON of its spans \
         (receiver 'zipkin', exporter 'file')"
    );
}

#[test]
fn files_of_other_tools_are_called_by_their_names() {
    for (content, tool) in [
        (r#"[[{"traceId":"1","id":"2","tags":{}}]]"#, "Zipkin's interface gives such"),
        (r#"[{"tags":{"a":"b"},"duration":3,"traceId":"1","id":"2"}]"#, "is JSON of Zipkin"),
        (r#"[{"jmhVersion":"1.37","benchmark":"a.B.c","primaryMetric":{}}]"#, "is a file of JMH"),
        (r#"{"machine_info":{"node":"x"},"commit_info":{},"benchmarks":[]}"#, "is a file of pytest-benchmark"),
        (r#"{"version":"1.0","metadata":{},"benchmarks":[{"runs":[]}]}"#, "`rustworthy gate --import` compares"),
        (
            r#"{"commit_hash":"a","env_name":"x","results":{"a":[[1.0]]},"version":2}"#,
            "`rustworthy gate --import` compares",
        ),
        (r#"{"schema":"rustworthy.comparison.v1","run":{},"workloads":[]}"#, "is a result of rustworthy"),
        (r#"{"nodes":[],"startTime":1,"samples":[],"timeDeltas":[]}"#, "is a profile of V8"),
    ] {
        let error = error(content);
        assert!(error.starts_with("trace.json: ") && error.contains(tool), "{content}: {error}");
        assert!(!error.contains("invalid type"), "{error}");
    }
}

#[test]
fn paths_that_can_not_be_read_are_named() {
    let error = read_with(&["/nowhere/a.json".into()], &Options::default()).unwrap_err().to_string();
    assert!(error.starts_with("/nowhere/a.json: can't be read: "), "{error}");
    let folder = folder_of(&[("notes.txt", b"x")]);
    let error = read_with(&[folder.path().to_owned()], &Options::default()).unwrap_err().to_string();
    assert!(
        error.ends_with(
            "holds no trace: no file is called *.json, *.jsonl, *.ndjson, *.trace, *.binpb, *.parquet, or so with .gz or .zst \
             after it"
        ),
        "{error}"
    );
    let error = read_with(&["/dev/null".into()], &Options::default()).unwrap_err().to_string();
    assert_eq!(error, "/dev/null: is neither a regular file nor a folder");
}

#[test]
fn truncated_files_tell_where_they_end() {
    let whole = of_spans(&format!("{{{SPAN}}}"));
    for end in 1..whole.len() {
        let error = error(&whole[..end]);
        assert!(error.contains("ends too early; was it copied whole?"), "{end}: {error}");
        // In the middle of a value it is the end of the file, else where something was to come.
        assert!(error.starts_with("trace.json: byte "), "{error}");
    }
    let packed = gzip(whole.as_bytes());
    for end in [20, packed.len() - 9, packed.len() - 1] {
        assert!(error(&packed[..end]).contains("ends too early"), "{end}: {}", error(&packed[..end]));
    }
    let packed = compress_to_vec(whole.as_bytes(), CompressionLevel::Fastest);
    for end in 4..packed.len() {
        assert!(error(&packed[..end]).starts_with("trace.json: "), "{end}");
    }
}

#[test]
fn values_of_a_wrong_type_tell_their_place() {
    let spans = [
        r#"{"name":[]}"#,
        r#"{"startTimeUnixNano":"soon"}"#,
        r#"{"traceId":{}}"#,
        "17",
        "null",
        "{'a':1}",
        r#"{"a":01}"#,
    ];
    assert_eq!(
        spans.map(|span| error(of_spans(span))),
        [
            "trace.json: byte 52: invalid type: sequence, expected a text",
            "trace.json: byte 69: invalid value: string \"soon\", expected a whole number of up to 64 bits",
            "trace.json: byte 55: invalid type: map, expected an id",
            "trace.json: byte 44: invalid type: integer `17`, expected a span",
            "trace.json: byte 46: invalid type: null, expected a span",
            "trace.json: byte 44: isn't JSON: key must be a string",
            "trace.json: byte 49: isn't JSON: invalid number",
        ]
    );
    assert_eq!(error(r#"{"data":{}}"#), "trace.json: byte 8: isn't JSON of a trace: a list belongs here, not '{'");
    assert_eq!(error(r#"{"data":[1]}"#), "trace.json: byte 9: isn't JSON of a trace: an object belongs here, not '1'");
    assert_eq!(
        error(r#"{"data":[],}"#),
        "trace.json: byte 11: isn't JSON of a trace: the name of a member belongs here, not '}'"
    );
    assert_eq!(error("{\n\"traceEvents\": [\n{\"ph\":\n\n5e}]}"), "trace.json: byte 29: isn't JSON: invalid number");
}

/// A request of one span, or of what stands in its place.
fn of_message(message: impl AsRef<[u8]>) -> Vec<u8> {
    let resource = field(1, field(1, [field(1, "service.name"), field(2, field(1, "shop"))].concat()));
    field(1, [resource, field(2, field(2, message))].concat())
}

#[test]
fn protobuf_of_something_else_is_told_so_with_its_place() {
    let log = [fixed(1, 1_780_000_000_000_000_000), number(2, 9), field(5, field(1, "hello"))].concat();
    let metric = |name: &str| [field(1, name), field(3, "ms"), field(5, field(1, fixed(3, 17)))].concat();
    let id = |bytes: usize| field(1, vec![7; bytes]);
    let own = field(2, [1; 8]);
    for (message, why) in [
        (log, "isn't a span of OTLP (Span.trace: invalid wire type: SixtyFourBit"),
        (metric("requests"), "isn't a span of OTLP (the id of its trace has 8 bytes, not 16)"),
        (metric("requests.per.second"), "isn't a span of OTLP (the id of its trace has 19 bytes, not 16)"),
        ([id(16), field(2, [1; 4])].concat(), "isn't a span of OTLP (its id has 4 bytes, not 8)"),
        ([id(16), own.clone(), field(4, [1; 9])].concat(), "(the id of its parent has 9 bytes, not 8)"),
        ([id(16), number(7, 17)].concat(), "(Span.start: invalid wire type: Varint"),
        (
            [id(16), own.clone(), field(5, [0xff]), fixed(7, 1), fixed(8, 2)].concat(),
            "isn't UTF-8, which names of spans",
        ),
        (vec![0x0a, 0x7f, 1], "isn't a span of OTLP ("),
    ] {
        let error = error(of_message(message));
        assert!(error.starts_with("trace.json: byte 3") && error.contains(why), "{why}: {error}");
    }
}

#[test]
fn damaged_protobuf_is_told_with_its_place() {
    let good = protobuf(&otlp(&[call("a", 0, 10, [])]));
    let after = |bytes: &[u8]| error([&good[..], bytes].concat());
    let at = good.len();
    for (bytes, byte, message) in [
        (&[0x0b][..], 1, "isn't OTLP: no field of a trace is of wire type 3"),
        (&[0x00, 0x00], 1, "isn't protobuf: there is no field of that number"),
        (&[0x08, 0x01], 1, "isn't OTLP: what a resource has emitted is a message, not a number"),
        (
            &[0x0a, 0x02, 0x0a, 0x05, 0x00],
            4,
            "isn't OTLP, or is damaged: a value of 5 bytes in a message that has 0 left",
        ),
        (&[0x0a, 0x01, 0x8a, 0x01], 2, "isn't OTLP, or is damaged: a number goes beyond the message that it is in"),
        (&[0xff; 12], 0, "isn't protobuf: a number of more than 64 bits"),
        (
            &[0x0a, 0x03, 0x12, 0x01, 0x21],
            5,
            "isn't OTLP, or is damaged: a value of 8 bytes in a message that has 0 left",
        ),
    ] {
        assert_eq!(after(bytes), format!("trace.json: byte {}: {message}", at + byte));
    }
    // Lengths that lie take no memory: the file is over before.
    let huge = [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    assert!(after(&huge).contains("ends too early"), "{}", after(&huge));
    let longest = [&[0x0a][..], &[0xff; 9], &[0x01]].concat();
    assert!(after(&longest).contains("isn't OTLP, or is damaged: a value of 18446744073709551615 bytes"));
    assert!(error([0, 0, 0xff, 0xff, 0x0a, 0x05, 0x12, 0x03, 0x12, 0x01]).contains("ends too early"));
}

#[test]
fn limits_of_protobuf_are_those_of_json() {
    let value = otlp(&[call("a", 0, 10, []), call(&"b".repeat(2_000), 0, 10, [])]);
    let mut options = Options::default();
    options.limits.set("span-bytes", 1_000).unwrap();
    for content in [protobuf(&value), framed(&requests(&value)), framed(&[zstd(protobuf(&value))])] {
        let error = in_file(content, &options).unwrap_err().to_string();
        assert!(error.contains("more than 1000, the limit; raise it with --limit span-bytes=N"), "{error}");
    }
    // Many small bombs are a large one: a message of 15 MB in some kB, again and again.
    let bomb = zstd(of_message(field(99, vec![0; 15 << 20])));
    let bombs = framed(&vec![bomb.clone(); 5]);
    let error = error(&bombs);
    assert!(error.contains("of the message at byte ") && error.contains("as a decompression bomb does"), "{error}");
    options.limits.set("expansion", 1_000_000).unwrap();
    options.limits.set("span-bytes", 64 << 20).unwrap();
    let error = in_file(&bombs, &options).unwrap_err().to_string();
    assert!(error.contains("5 without an id"), "{error}");
}

#[test]
fn deep_values_neither_overflow_nor_are_taken_for_traces() {
    let deep = "[".repeat(1_000_000);
    assert_eq!(
        error(format!(r#"{{"a":{deep}"#)),
        "trace.json: byte 133: values within each other more than 128 deep, the limit, which is no trace"
    );
    assert!(error(&deep).contains("byte 1: is a list of lists"), "{}", error(&deep));
    // Of what is in a span and isn't looked at, depth doesn't matter.
    let attributes = format!("{}{}", deep, "]".repeat(1_000_000));
    let known = text(of_spans(&format!(r#"{{{SPAN},"attributes":{attributes}}}"#)));
    assert_eq!(known.requests.requests.len(), 1);
    assert!(error(of_spans(&format!(r#"{{{SPAN},"attributes":{deep}}}"#))).starts_with("trace.json: byte "));
    let objects = r#"{"a":"#.repeat(1_000_000);
    assert!(error(&objects).contains("128 deep"), "{}", error(&objects));
}

#[test]
fn what_is_not_utf_8_tells_its_place() {
    let content = of_spans(&format!("{{{SPAN},\"x\":\"?\"}}"));
    let at = content.find('?').unwrap();
    let mut bytes = content.into_bytes();
    bytes[at] = 0xff;
    assert_eq!(error(bytes), format!("trace.json: byte {at}: isn't UTF-8, which JSON has to be; export it again"));
    assert_eq!(error(b"{\"a\xc3"), "trace.json: byte 3: isn't UTF-8, which JSON has to be; export it again");
    // A mark before the text is no mistake.
    assert_eq!(text(format!("\u{feff}{}", of_spans(&format!("{{{SPAN}}}")))).requests.requests.len(), 1);
}

#[test]
fn decompression_bombs_end_at_the_limit() {
    let spaces = vec![b' '; 80 << 20];
    let expected = "it unpacks to more than 250 times its size, the limit, as a decompression bomb does; raise it with --limit \
                    expansion=N if that is right";
    for packed in [gzip(&spaces), compress_to_vec(&spaces[..], CompressionLevel::Fastest)] {
        // A trace in front, so that it begins like one.
        let begin = of_spans(&format!("{{{SPAN}}}"));
        let packed = if packed[0] == 0x1f {
            [gzip(begin.as_bytes()), packed].concat()
        } else {
            [compress_to_vec(begin.as_bytes(), CompressionLevel::Fastest), packed].concat()
        };
        let error = error(packed);
        assert!(error.starts_with("trace.json: byte ") && error.ends_with(expected), "{error}");
    }
    let mut options = Options::default();
    options.limits.set("expansion", 1_000_000).unwrap();
    let packed = [gzip(of_spans(&format!("{{{SPAN}}}")).as_bytes()), gzip(&spaces)].concat();
    assert_eq!(known(in_file(packed, &options)).requests.requests.len(), 1);
}

#[test]
fn damaged_compressed_files_are_told() {
    let mut packed = gzip(of_spans(&format!("{{{SPAN}}}")).as_bytes());
    let end = packed.len();
    packed[end - 6] ^= 1;
    assert!(error(&packed).contains("can't be read: corrupt gzip stream"), "{}", error(&packed));
    let mut packed = compress_to_vec(of_spans(&format!("{{{SPAN}}}")).as_bytes(), CompressionLevel::Fastest);
    let end = packed.len();
    packed[end - 1] ^= 1;
    assert!(error(&packed).contains("its checksum isn't that of its contents"), "{}", error(&packed));
}

#[test]
fn spans_that_are_odd_are_counted_and_the_first_is_placed() {
    let good = format!("{{{SPAN}}}");
    let spans = [
        &good[..],
        r#"{"spanId":"2","startTimeUnixNano":1,"endTimeUnixNano":2}"#,
        r#"{"traceId":"1","spanId":"0000000000000000","startTimeUnixNano":1,"endTimeUnixNano":2}"#,
        r#"{"traceId":"1","spanId":"3","parentSpanId":"1","startTimeUnixNano":1}"#,
        r#"{"traceId":"1","spanId":"4","parentSpanId":"1","startTimeUnixNano":"18446744073709551615","endTimeUnixNano":2}"#,
        r#"{"traceId":"1","spanId":"5","parentSpanId":"1","startTimeUnixNano":5,"endTimeUnixNano":2}"#,
        &good[..],
        r#"{"traceId":"1","spanId":"8","parentSpanId":"5","startTimeUnixNano":5,"endTimeUnixNano":9}"#,
        r#"{"traceId":"1","spanId":"9","parentSpanId":"8","startTimeUnixNano":5,"endTimeUnixNano":9}"#,
        r#"{"traceId":"1","spanId":"a","parentSpanId":"b","startTimeUnixNano":5,"endTimeUnixNano":9}"#,
        r#"{"traceId":"1","spanId":"b","parentSpanId":"a","startTimeUnixNano":5,"endTimeUnixNano":9}"#,
        r#"{"traceId":"1","spanId":"c","parentSpanId":"c","startTimeUnixNano":5,"endTimeUnixNano":9}"#,
        r#"{"traceId":"1","spanId":"d","parentSpanId":"a","startTimeUnixNano":5,"endTimeUnixNano":9}"#,
    ];
    let known = text(of_spans(&spans.join(",")));
    assert_eq!(known.counts(), [13, 1, 0, 0]);
    assert_eq!(known.calls(0), [("a", 1.0)]);
    assert_eq!(
        known.reasons(),
        [
            (Reason::NoId, 2),
            (Reason::NoTime, 2),
            (Reason::Negative, 1),
            (Reason::Copy, 1),
            (Reason::Cycle, 4),
            (Reason::BeneathOrphan, 1)
        ]
    );
    let place = known.skipped[0].first.as_ref().unwrap().1;
    assert_eq!(place, Position::Byte(43 + good.len() as u64 + 1));
}

#[test]
fn negative_durations_of_other_formats_are_counted_too() {
    let mut traces = jaeger(&[call("a", 0, 10, []), call("b", 0, 10, [])]);
    traces["data"][0]["spans"][0]["duration"] = (-1).into();
    assert_eq!(text(traces.to_string()).reasons(), [(Reason::Negative, 1)]);
    let known =
        text(r#"[{"ph":"X","ts":1,"dur":-5,"name":"a"},{"ph":"X","ts":1,"dur":1e19},{"ph":"X","ts":1,"dur":1}]"#);
    assert_eq!(known.reasons(), [(Reason::NoTime, 1), (Reason::Negative, 1)]);
    assert_eq!(known.exclusive(0), [("(nameless)", 1.0)]);
}

#[test]
fn times_of_more_than_64_bits_are_refused_with_their_place() {
    for time in ["18446744073709551616", "\"18446744073709551616\"", "1e30", "\"-1e30\"", "\"inf\"", "\"NaN\""] {
        let otlp =
            of_spans(&format!(r#"{{"traceId":"1","spanId":"3","startTimeUnixNano":{time},"endTimeUnixNano":2}}"#));
        let jaeger =
            format!(r#"{{"data":[{{"spans":[{{"traceID":"1","spanID":"1","startTime":{time},"duration":1}}]}}]}}"#);
        let chrome = format!(r#"[{{"ph":"X","ts":{time},"dur":1,"name":"a"}}]"#);
        for content in [otlp, jaeger, chrome] {
            let error = error(&content);
            assert!(error.starts_with("trace.json: byte ") && error.contains("of up to 64 bits"), "{content}: {error}");
        }
    }
}

#[test]
fn orphans_are_counted_apart() {
    let mut traces = otlp(&[call("a", 0, 100, []), call("b", 0, 100, [call("c", 10, 20, [call("d", 12, 14, [])])])]);
    traces["resourceSpans"].as_array_mut().unwrap().remove(1);
    let known = text(traces.to_string());
    assert_eq!((known.requests.requests.len(), known.counts()), (1, [3, 1, 0, 0]));
    assert_eq!(known.reasons(), [(Reason::BeneathOrphan, 1)]);
    // What share they have isn't known: it isn't nothing.
    let names = |functions: &[Function]| functions.iter().map(|function| function.name.clone()).collect::<Vec<_>>();
    assert_eq!(
        (names(&known.requests.functions), names(&known.unplaced)),
        (vec!["a".into()], vec!["c".into(), "d".into()])
    );
}

#[test]
fn operations_are_unplaced_only_if_all_of_their_spans_are() {
    let beneath = || [call("c", 10, 20, [call("a", 12, 14, [])])];
    let mut traces = otlp(&[call("b", 0, 100, beneath()), call("a", 0, 100, [call("e", 1, 2, [])])]);
    traces["resourceSpans"].as_array_mut().unwrap().remove(0);
    let known = text(traces.to_string());
    assert_eq!(known.exclusive(0), [("a", 99.0), ("e", 1.0)]);
    assert_eq!(known.unplaced.iter().map(|function| &function.name[..]).collect::<Vec<_>>(), ["c"]);
    let unended = text(r#"[{"ph":"X","ts":1,"dur":5,"name":"a"},{"ph":"B","ts":10,"name":"open"}]"#);
    assert_eq!((unended.exclusive(0), &unended.unplaced[0].name[..]), (vec![("a", 5.0)], "open"));
}

#[test]
fn without_a_request_there_is_an_error_that_tells_why() {
    assert_eq!(error(of_spans("")), "trace.json: holds no span, so no request");
    let mut traces = otlp(&[call("b", 0, 100, [call("c", 10, 20, [])])]);
    traces["resourceSpans"].as_array_mut().unwrap().remove(0);
    assert_eq!(
        error(traces.to_string()),
        "trace.json: no request among 1 span: 1 whose parent isn't in the trace; a request begins with a span without a \
         parent: if other files hold the parents, give them too, and if they are elsewhere, name the service with whose first span \
         of a trace a request begins: --service 'shop' (1 of these is its)"
    );
    let timeless = of_spans(r#"{"traceId":"1","spanId":"2"}"#);
    assert_eq!(error(timeless), "trace.json: no request among 1 span: 1 without a start or an end");
    let files: Vec<PathBuf> = (0..5).map(|file| format!("/{file}.json").into()).collect();
    let many = TraceError::Together { files, message: "holds no span".to_owned() };
    assert_eq!(many.to_string(), "/0.json, /1.json, /2.json and 2 more: holds no span");
}

#[test]
fn every_limit_is_named_by_its_error() {
    let traces: Vec<_> =
        (0..20).map(|index| call(&format!("op {index}"), 0, 10, [call("x", 1, 2, []), call("y", 3, 4, [])])).collect();
    let content = otlp(&traces).to_string();
    for (name, value, message) in [
        ("operations", 5, "more than 5 names of operations, the limit, which has to be an id that isn't in a path"),
        (
            "trace-spans",
            2,
            "the trace 00000000000000000000000000000001 has more than 2 spans, the limit; raise it with --limit trace-spans=N if that is right; --skip-long-traces leaves such traces out",
        ),
        ("requests", 19, "more than 19 requests, the limit"),
    ] {
        let mut options = Options::default();
        options.limits.set(name, value).unwrap();
        let error = in_file(&content, &options).unwrap_err().to_string();
        assert!(error.starts_with("trace.json: ") && error.contains(message), "{error}");
        assert!(error.contains(&format!("raise it with --limit {name}=N")), "{error}");
    }
    let mut options = Options::default();
    options.limits.set("span-bytes", 300_000).unwrap();
    let large = of_spans(&format!(r#"{{{SPAN},"x":"{}"}}"#, "y".repeat(2_000_000)));
    let error = in_file(&large, &options).unwrap_err().to_string();
    assert_eq!(
        error,
        "trace.json: byte 43: a value of more than 300000 bytes, the limit; raise it with --limit span-bytes=N if that is right"
    );
    assert_eq!(text(large).requests.requests.len(), 1);
    options.limits.set("profile-bytes", 3).unwrap();
    let error = in_file("a;b 12", &options).unwrap_err().to_string();
    assert!(
        error.contains("is a profile of more than 3 bytes, the limit; raise it with --limit profile-bytes=N"),
        "{error}"
    );
    let mistake = options.limits.set("bytes", 3).unwrap_err();
    assert!(mistake.starts_with("there is no limit 'bytes'; there are expansion, "), "{mistake}");
}

#[test]
fn reading_stops_when_it_is_asked_to() {
    let folder = folder_of(&[("a.json", of_spans(&format!("{{{SPAN}}}")).as_bytes())]);
    let stopped = read(&[folder.path().to_owned()], &Options::default(), &AtomicBool::new(true));
    assert!(matches!(stopped, Err(TraceError::Cancelled)));
}
