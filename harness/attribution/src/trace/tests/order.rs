//! The order in which spans are read, and how they are spread over files, change nothing.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::calls::{Call, otlp};
use super::messages::{framed, protobuf};
use super::properties::any_calls;
use super::*;

/// Spans in any order, some of them twice, in files of every kind.
fn spread(traces: &[Call], order: &[prop::sample::Index], files: usize) -> TempDir {
    let mut spans: Vec<Value> = otlp(traces)["resourceSpans"].as_array().unwrap().clone();
    for at in order {
        let last = spans.len() - 1;
        let at = at.index(spans.len());
        spans.swap(at, last);
        if at % 4 == 0 {
            spans.push(spans[at].clone());
        }
    }
    let folder = tempfile::tempdir().unwrap();
    for (file, spans) in spans.chunks(spans.len().div_ceil(files)).enumerate() {
        let request = json!({ "resourceSpans": spans });
        let (ending, content) = match file % 3 {
            0 => ("json", request.to_string().into_bytes()),
            1 => ("binpb", protobuf(&request)),
            _ => ("binpb", framed(&[protobuf(&request)])),
        };
        fs::write(folder.path().join(format!("{file}.{ending}")), content).unwrap();
    }
    folder
}

proptest! {
    #[test]
    fn spans_in_any_order_and_in_any_files_give_the_same_requests(
        traces in any_calls(),
        order in prop::collection::vec(any::<prop::sample::Index>(), 1..40),
        files in 1..6_usize,
        in_memory in 1..30_u64,
    ) {
        let expected = text(otlp(&traces).to_string());
        let folder = spread(&traces, &order, files);
        let mut options = Options::default();
        options.limits.set("spans-in-memory", in_memory).unwrap();
        let mut found = known(read_with(&[folder.path().to_owned()], &options));
        // How many there were, and how many of them twice, are all that differs.
        found.skipped.retain(|skipped| !matches!(skipped.reason, Reason::Copy | Reason::Duplicate));
        found.trace.spans = expected.trace.spans;
        let without_places = |known: &Known| {
            known.skipped.iter().map(|skipped| (skipped.reason, skipped.spans)).collect::<Vec<_>>()
        };
        prop_assert_eq!(without_places(&found), without_places(&expected));
        found.skipped = expected.skipped.clone();
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn of_two_spans_of_one_id_and_time_the_same_one_is_kept_in_any_order() {
    let span = |name: &str| {
        format!(r#"{{"traceId":"1","spanId":"1","name":"{name}","startTimeUnixNano":"1000","endTimeUnixNano":"2000"}}"#)
    };
    let of = |names: [&str; 3]| {
        text(format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, names.map(span).join(",")))
    };
    let expected = of(["a", "b", "c"]);
    assert_eq!((expected.exclusive(0)[0].0, expected.reasons()), ("a", vec![(Reason::Duplicate, 2)]));
    for names in [["c", "b", "a"], ["b", "a", "c"], ["c", "a", "b"]] {
        assert_eq!(of(names), expected);
    }
}

#[test]
fn exact_copies_of_spans_are_told_apart_from_others_of_the_same_id_in_any_order() {
    let span = |name: &str| {
        format!(r#"{{"traceId":"1","spanId":"1","name":"{name}","startTimeUnixNano":"1000","endTimeUnixNano":"2000"}}"#)
    };
    let of = |names: [&str; 5]| {
        text(format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, names.map(span).join(",")))
    };
    for names in [["a", "a", "b", "b", "b"], ["b", "b", "a", "a", "b"], ["b", "a", "b", "a", "b"]] {
        let found = of(names);
        assert_eq!(found.exclusive(0)[0].0, "a", "{names:?}");
        assert_eq!(found.reasons(), [(Reason::Copy, 3), (Reason::Duplicate, 1)], "{names:?}");
    }
}

/// Spans of one id and the same times that differ in their service, their instance, their kind or their status.
#[test]
fn which_of_spans_that_differ_is_kept_depends_on_no_order() {
    let span = |service: &str, instance: &str, kind: u32, failed: bool| {
        json!({
            "resource": { "attributes": [
                { "key": "service.name", "value": { "stringValue": service } },
                { "key": "service.instance.id", "value": { "stringValue": instance } },
            ] },
            "scopeSpans": [{ "spans": [{
                "traceId": format!("{:032x}", 1), "spanId": format!("{:016x}", 1), "name": service, "kind": kind,
                "startTimeUnixNano": "1000", "endTimeUnixNano": "2000",
                "status": { "code": if failed { 2 } else { 0 } },
            }] }],
        })
    };
    let spans = [
        span("b", "1", 3, false),
        span("b", "2", 3, false),
        span("a", "1", 2, true),
        span("a", "1", 2, false),
        span("c", "3", 5, false),
    ];
    let of = |order: [usize; 5]| text(json!({ "resourceSpans": order.map(|place| spans[place].clone()) }).to_string());
    let expected = of([0, 1, 2, 3, 4]);
    assert_eq!(expected.reasons(), [(Reason::Duplicate, 3)]);
    for order in [[4, 3, 2, 1, 0], [2, 0, 3, 4, 1], [1, 4, 0, 3, 2], [3, 2, 1, 0, 4], [0, 2, 1, 4, 3]] {
        assert_eq!(of(order), expected);
    }
}
