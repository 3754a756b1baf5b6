//! Whatever files hold, reading them ends; what is read adds up.
//!
//! `PROPTEST_CASES` sets how many cases are tried.

use proptest::prelude::*;

use super::calls::{Call, call, chrome, chrome_begin_and_end, jaeger, otlp};
use super::messages::{framed, protobuf, requests, zstd};
use super::profiles::pprof;
use super::*;

/// A trace of each way to write it, and profiles.
const OTLP: [&str; 5] = [
    include_str!("otlp-hex.json"),
    include_str!("otlp-base64.json"),
    include_str!("otlp-old.jsonl"),
    include_str!("tempo.json"),
    include_str!("tempo-v2.json"),
];
const JAEGER: [&str; 2] = [include_str!("jaeger.json"), include_str!("jaeger-one.json")];
const CHROME: [&str; 2] = [include_str!("chrome-array.json"), include_str!("chrome-object.json")];
const PROFILES: [&str; 2] = [include_str!("profile.speedscope.json"), include_str!("profile.collapsed")];

/// Cut, overwritten, with bits flipped, or with what JSON or these formats give a meaning to put in.
pub(super) fn mutated(bytes: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let token = prop::sample::select(vec![
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "-",
        "0",
        "e9",
        "null",
        "\"",
        "1e-320",
        "\u{fffd}",
        "9223372036854775807",
        "\"spans\":",
        "\"ph\":\"B\",",
        "\"ph\":\"E\",",
        "eee19b7ec3c1b173",
        "{}",
        "[]",
        "\\u",
        "\n",
        "\u{0}",
    ]);
    let change = (any::<prop::sample::Index>(), 0..6_usize, token, prop::option::weighted(0.3, 0..8_u32));
    let cut = prop::option::weighted(0.2, any::<prop::sample::Index>());
    (prop::collection::vec(change, 0..8), cut).prop_map(move |(changes, end)| {
        let mut bytes = bytes.clone();
        for (at, removed, token, flip) in changes {
            let at = at.index(bytes.len());
            if let Some(bit) = flip {
                bytes[at] ^= 1 << bit;
                continue;
            }
            let until = (at + removed).min(bytes.len());
            bytes.splice(at..until, token.bytes());
        }
        bytes.truncate(end.map_or(bytes.len(), |end| end.index(bytes.len())));
        bytes
    })
}

fn mutated_of(texts: &[&'static str]) -> impl Strategy<Value = Vec<u8>> + use<> {
    prop::sample::select(texts.to_vec()).prop_flat_map(|text| mutated(text.as_bytes().to_vec()))
}

/// Plain, behind lengths, and compressed behind them.
fn mutated_protobuf() -> impl Strategy<Value = Vec<u8>> {
    let value = || serde_json::from_str(OTLP[0]).unwrap();
    let calls = || otlp(&[call("a", 0, 90, [call("b", 5, 20, []), call("c", 30, 80, [call("d", 40, 70, [])])])]);
    let packed = requests(&calls()).iter().map(zstd).collect::<Vec<_>>();
    prop_oneof![
        mutated(protobuf(&value())),
        mutated(protobuf(&calls())),
        mutated(framed(&requests(&calls()))),
        mutated(framed(&packed)),
        mutated(zstd(framed(&requests(&calls())))),
        mutated(framed(&[zstd(calls().to_string())])),
    ]
}

/// Any JSON, with keys and values that the formats use.
fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let text = prop::sample::select(vec!["", "1", "a", "X", "B", "E", "2", "eee19b7ec3c1b173", "CHILD_OF", "é", "-5"]);
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        (0..5_i64).prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        text.prop_map(Into::into),
    ];
    let key = prop::sample::select(vec![
        "resourceSpans",
        "batches",
        "trace",
        "resource",
        "scopeSpans",
        "spans",
        "traceId",
        "spanId",
        "parentSpanId",
        "name",
        "startTimeUnixNano",
        "endTimeUnixNano",
        "status",
        "code",
        "attributes",
        "key",
        "value",
        "stringValue",
        "intValue",
        "scope",
        "traceState",
        "flags",
        "data",
        "traceID",
        "spanID",
        "references",
        "startTime",
        "duration",
        "processes",
        "processID",
        "process",
        "tags",
        "traceEvents",
        "ph",
        "ts",
        "dur",
        "pid",
        "tid",
        "args",
        "$schema",
        "shared",
        "profiles",
        "frames",
    ]);
    leaf.prop_recursive(8, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::Array),
            prop::collection::vec((key.clone(), inner), 0..8)
                .prop_map(|members| members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

/// Calls at any time, within their parents or not.
pub(super) fn any_calls() -> impl Strategy<Value = Vec<Call>> {
    let name = || prop::sample::select(vec!["a", "b", "GET /user/1", "GET /user/2", ""]);
    let service = prop::sample::select(vec!["shop", "stock", "pay"]);
    let leaf = (name(), service, -50..150_i64, 0..100_i64, any::<bool>()).prop_map(
        |(name, service, start, duration, failed)| {
            let call = call(name, start, start + duration, []).of(service);
            if failed { call.failed() } else { call }
        },
    );
    let tree = leaf.clone().prop_recursive(6, 40, 6, move |inner| {
        (leaf.clone(), prop::collection::vec(inner, 0..6)).prop_map(|(mut call, children)| {
            call.children = children;
            call
        })
    });
    prop::collection::vec(tree, 1..4)
}

/// Calls of one thread: within their parents, one after the other.
fn nested_calls() -> impl Strategy<Value = Vec<Call>> {
    let lengths = prop::collection::vec((1..20_i64, 0..4_usize), 1..30);
    prop::collection::vec(lengths, 1..4).prop_map(|traces| {
        traces
            .into_iter()
            .enumerate()
            .map(|(index, lengths)| nested(index as i64 * 10_000, &mut lengths.into_iter()))
            .collect()
    })
}

fn nested(start: i64, lengths: &mut impl Iterator<Item = (i64, usize)>) -> Call {
    let (gap, children) = lengths.next().unwrap_or((1, 0));
    let mut call = call(["a", "b", "c"][gap as usize % 3], start, start + gap, []);
    for _ in 0..children {
        let child = nested(call.end, lengths);
        call.end = child.end + gap;
        call.children.push(child);
    }
    call
}

/// Reads without a folder for the files that it has to make.
fn outcome(bytes: &[u8]) -> Result<Imported, TraceError> {
    in_file(bytes, &Options::default())
}

fn check(imported: Result<Imported, TraceError>) -> Result<(), TestCaseError> {
    match imported {
        Err(TraceError::File { message, .. }) => prop_assert!(!message.is_empty()),
        Err(TraceError::CutOff { file, .. }) => prop_assert!(file.ends_with("trace.json")),
        Err(error) => prop_assert!(!error.to_string().is_empty()),
        Ok(Imported::Profile(profile)) => {
            prop_assert!(profile.functions.iter().all(|ranked| (0.0..=1.0).contains(&ranked.own)));
        }
        Ok(Imported::Requests { requests, .. }) => {
            let requests = in_memory(&requests);
            prop_assert!(!requests.requests.is_empty());
            prop_assert!(requests.requests.iter().all(is_consistent), "{:?}", requests);
            prop_assert!(requests.requests.is_sorted_by(|one, next| one.arrival <= next.arrival));
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn mutated_otlp_gives_requests_that_add_up_or_an_error(bytes in mutated_of(&OTLP)) {
        check(outcome(&bytes))?;
    }

    #[test]
    fn mutated_traces_of_jaeger_give_requests_that_add_up_or_an_error(bytes in mutated_of(&JAEGER)) {
        check(outcome(&bytes))?;
    }

    #[test]
    fn mutated_events_of_chrome_give_requests_that_add_up_or_an_error(bytes in mutated_of(&CHROME)) {
        check(outcome(&bytes))?;
    }

    #[test]
    fn mutated_profiles_give_shares_or_an_error(bytes in prop_oneof![mutated_of(&PROFILES), mutated(pprof())]) {
        check(outcome(&bytes))?;
    }

    #[test]
    fn mutated_compressed_files_give_requests_or_an_error(
        bytes in prop_oneof![
            mutated(formats::gzip(OTLP[0].as_bytes())),
            mutated(ruzstd::encoding::compress_to_vec(OTLP[0].as_bytes(), ruzstd::encoding::CompressionLevel::Fastest)),
        ],
    ) {
        check(outcome(&bytes))?;
    }

    #[test]
    fn mutated_protobuf_gives_requests_that_add_up_or_an_error(bytes in mutated_protobuf()) {
        check(outcome(&bytes))?;
        check(in_file(&bytes, &Options { allow_truncated: true, ..Options::default() }))?;
    }

    #[test]
    fn any_json_gives_requests_or_an_error(value in any_json()) {
        check(outcome(value.to_string().as_bytes()))?;
    }

    #[test]
    fn any_bytes_give_an_error_or_a_profile(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(outcome(&bytes))?;
    }

    #[test]
    fn exclusive_times_add_up_to_latency(traces in any_calls()) {
        let from_otlp = text(otlp(&traces).to_string());
        prop_assert_eq!(from_otlp.requests.requests.len(), traces.len());
        prop_assert!(from_otlp.requests.requests.iter().all(is_consistent));
        let from_jaeger = text(jaeger(&traces).to_string());
        prop_assert!(from_jaeger.requests.requests.iter().all(is_consistent));
        prop_assert_eq!(sorted(&from_otlp), sorted(&from_jaeger));
        check(outcome(chrome(&traces).to_string().as_bytes()))?;
        check(outcome(chrome_begin_and_end(&traces).to_string().as_bytes()))?;
    }

    #[test]
    fn calls_of_a_thread_read_alike_in_every_format(traces in nested_calls()) {
        let expected = text(otlp(&traces).to_string());
        for written in [jaeger(&traces), chrome(&traces), chrome_begin_and_end(&traces)] {
            let read = text(written.to_string());
            for request in 0..traces.len() {
                prop_assert_eq!(read.exclusive(request), expected.exclusive(request));
                prop_assert_eq!(read.calls(request), expected.calls(request));
            }
        }
    }
}

/// Requests that begin and end together come in any order.
fn sorted(known: &Known) -> Vec<String> {
    let requests = 0..known.requests.requests.len();
    let mut requests: Vec<_> = requests.map(|request| format!("{:?}", known.exclusive(request))).collect();
    requests.sort();
    requests
}
