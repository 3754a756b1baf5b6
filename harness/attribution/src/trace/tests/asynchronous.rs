//! What a request doesn't wait for: messages, and what follows.

use serde_json::{Value, json};

use super::calls::{call, jaeger, otlp};
use super::messages::protobuf;
use super::*;

const PRODUCER: u32 = 4;
const CONSUMER: u32 = 5;

fn of_kind(mut request: Value, name: &str, kind: u32) -> Value {
    for resource in request["resourceSpans"].as_array_mut().unwrap() {
        let span = &mut resource["scopeSpans"][0]["spans"][0];
        if span["name"] == name {
            span["kind"] = kind.into();
        }
    }
    request
}

/// A request sends a message, which is received after its end and then handled.
fn with_a_message() -> Value {
    let handle = call("handle", 210, 290, [call("db", 220, 250, []).of("worker")]).of("worker");
    let receive = call("receive", 200, 300, [handle]).of("worker");
    let trace = otlp(&[call("order", 0, 100, [call("send", 20, 30, [receive])])]);
    of_kind(of_kind(trace, "send", PRODUCER), "receive", CONSUMER)
}

#[test]
fn who_receives_a_message_is_a_request_of_its_own() {
    let mut trace = with_a_message();
    for content in [trace.to_string().into_bytes(), protobuf(&trace)] {
        let known = text(content);
        assert_eq!(known.exclusive(0), [("shop: order", 90.0), ("shop: send", 10.0)]);
        assert_eq!(known.exclusive(1), [("worker: db", 30.0), ("worker: handle", 50.0), ("worker: receive", 20.0)]);
        assert_eq!(known.counts(), [5, 0, 0, 0]);
    }
    // So it is beneath another, and where who has sent it isn't in the trace.
    trace = of_kind(trace, "handle", CONSUMER);
    trace["resourceSpans"].as_array_mut().unwrap().remove(1);
    let known = text(trace.to_string());
    assert_eq!((known.requests.requests.len(), known.counts()), (3, [4, 0, 0, 0]));
    assert_eq!(known.exclusive(1), [("worker: receive", 100.0)]);
    assert_eq!(known.exclusive(2), [("worker: db", 30.0), ("worker: handle", 50.0)]);
}

#[test]
fn a_service_that_sends_to_itself_has_one_request_in_a_trace() {
    let trace = of_kind(otlp(&[call("order", 0, 100, [call("later", 150, 170, [])])]), "later", CONSUMER);
    let options = Options { service: Some("shop".to_owned()), ..Options::default() };
    let known = known(in_file(trace.to_string(), &options));
    assert_eq!((known.requests.requests.len(), known.counts()), (1, [2, 1, 0, 0]));
}

#[test]
fn who_follows_is_a_request_of_its_own() {
    let mut trace = jaeger(&[call("order", 0, 100, [call("mail", 120, 150, [call("smtp", 130, 140, [])])])]);
    let reference = &mut trace["data"][0]["spans"][1]["references"][0];
    reference["refType"] = "FOLLOWS_FROM".into();
    let known = text(trace.to_string());
    assert_eq!(
        (known.exclusive(0), known.exclusive(1)),
        (vec![("order", 100.0)], vec![("mail", 20.0), ("smtp", 10.0)])
    );
    // Beside a parent it changes nothing.
    let references = trace["data"][0]["spans"][2]["references"].as_array_mut().unwrap();
    references.insert(0, json!({ "refType": "FOLLOWS_FROM", "traceID": "1", "spanID": "1" }));
    assert_eq!(text(trace.to_string()), known);
    trace["data"][0]["spans"][1]["references"][0]["refType"] = "CHILD_OF".into();
    trace["data"][0]["spans"][1]["tags"] = json!([{ "key": "span.kind", "value": "consumer" }]);
    assert_eq!(text(trace.to_string()).requests, known.requests);
}

#[test]
fn a_link_is_no_parent_and_takes_none_away() {
    let link = json!([{ "traceId": "0000000000000000000000000000000f", "spanId": "000000000000000f" }]);
    let traces = [call("a", 0, 10, [call("b", 2, 5, [])])];
    let mut linked = otlp(&traces);
    for span in 0..2 {
        linked["resourceSpans"][span]["scopeSpans"][0]["spans"][0]["links"] = link.clone();
    }
    assert_eq!(text(linked.to_string()), text(otlp(&traces).to_string()));
}
