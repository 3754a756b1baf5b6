//! Critical paths that are known.

use serde_json::{Value, json};

use super::calls::{Call, EPOCH, call, otlp};
use super::*;

fn otlp_of(traces: &[Call]) -> Known {
    let known = text(otlp(traces).to_string());
    assert!(known.requests.requests.iter().all(is_consistent), "{known:?}");
    known
}

#[test]
fn a_request_without_children_is_its_own() {
    let known = otlp_of(&[call("a", 0, 100, [])]);
    assert_eq!(known.exclusive(0), [("a", 100.0)]);
    assert_eq!(known.counts(), [1, 0, 0, 0]);
}

#[test]
fn children_one_after_the_other_leave_the_gaps_to_their_parent() {
    let known = otlp_of(&[call("a", 0, 100, [call("b", 10, 30, []), call("c", 40, 90, [call("d", 50, 60, [])])])]);
    assert_eq!(known.exclusive(0), [("a", 30.0), ("b", 20.0), ("c", 40.0), ("d", 10.0)]);
    assert_eq!(known.inclusive(0), [("a", 100.0), ("b", 20.0), ("c", 50.0), ("d", 10.0)]);
}

#[test]
fn of_parallel_children_the_one_that_ends_last_is_on_the_path() {
    let children = [call("fast", 10, 50, []), call("slow", 10, 80, []), call("faster", 20, 40, [])];
    let known = otlp_of(&[call("a", 0, 100, children)]);
    assert_eq!(known.exclusive(0), [("a", 30.0), ("fast", 0.0), ("faster", 0.0), ("slow", 70.0)]);
    assert_eq!(known.calls(0), [("a", 1.0), ("fast", 1.0), ("faster", 1.0), ("slow", 1.0)]);
}

#[test]
fn before_it_comes_what_had_ended_when_it_began() {
    // 'b' was still under way when 'c' began, so 'c' didn't wait for it; it did for 'first'.
    let children = [call("first", 0, 20, []), call("b", 10, 60, []), call("c", 40, 100, [])];
    let known = otlp_of(&[call("a", 0, 100, children)]);
    assert_eq!(known.exclusive(0), [("a", 20.0), ("b", 0.0), ("c", 60.0), ("first", 20.0)]);
}

#[test]
fn an_overlap_of_a_hundredth_of_the_parent_is_none() {
    let known = otlp_of(&[call("a", 0, 1000, [call("b", 0, 510, []), call("c", 500, 1000, [])])]);
    assert_eq!(known.exclusive(0), [("a", 0.0), ("b", 500.0), ("c", 500.0)]);
    let known = otlp_of(&[call("a", 0, 1000, [call("b", 0, 511, []), call("c", 500, 1000, [])])]);
    assert_eq!(known.exclusive(0), [("a", 500.0), ("b", 0.0), ("c", 500.0)]);
}

#[test]
fn a_fan_out_and_its_join_follow_the_slowest_branch_through() {
    let branch = |name, until| call(name, 10, until, [call("query", 20, until - 5, [])]);
    let known = otlp_of(&[call("a", 0, 100, [branch("x", 40), branch("y", 90), branch("z", 60)])]);
    assert_eq!(known.exclusive(0), [("a", 20.0), ("query", 65.0), ("x", 0.0), ("y", 15.0), ("z", 0.0)]);
    assert_eq!(known.calls(0)[1], ("query", 3.0));
}

#[test]
fn children_that_overflow_their_parent_are_cut_and_counted() {
    let children = [call("early", -20, 30, []), call("late", 70, 150, [call("later", 120, 140, [])])];
    let known = otlp_of(&[call("a", 0, 100, children)]);
    assert_eq!(known.exclusive(0), [("a", 40.0), ("early", 30.0), ("late", 30.0), ("later", 0.0)]);
    assert_eq!(known.counts(), [4, 0, 3, 0]);
}

#[test]
fn a_child_of_the_same_clock_that_began_after_its_parent_ended_adds_nothing() {
    let known = otlp_of(&[call("a", 0, 100, [call("later", 150, 400, [call("b", 160, 300, [])])])]);
    assert_eq!(known.exclusive(0), [("a", 100.0), ("b", 0.0), ("later", 0.0)]);
    assert_eq!(known.counts(), [3, 0, 2, 0]);
}

#[test]
fn a_child_that_another_clock_put_outside_is_centred_with_all_beneath_it() {
    let query = call("query", 5_010, 5_030, []).of("stock");
    let known = otlp_of(&[call("a", 0, 100, [call("b", 5_000, 5_040, [query]).of("stock")])]);
    assert_eq!(known.exclusive(0), [("shop: a", 60.0), ("stock: b", 20.0), ("stock: query", 20.0)]);
    assert_eq!(known.counts(), [3, 0, 0, 1]);
    // It is in the middle: what precedes it on the path is its parent's alone.
    assert_eq!(known.inclusive(0), [("shop: a", 100.0), ("stock: b", 40.0), ("stock: query", 20.0)]);
}

#[test]
fn a_child_of_another_clock_that_took_longer_than_its_parent_fills_it() {
    let known = otlp_of(&[call("a", 0, 100, [call("b", -900, -100, []).of("stock")])]);
    assert_eq!(known.exclusive(0), [("shop: a", 0.0), ("stock: b", 100.0)]);
    assert_eq!(known.counts(), [2, 0, 1, 1]);
}

#[test]
fn a_child_of_another_clock_that_is_partly_inside_is_cut() {
    let known = otlp_of(&[call("a", 0, 100, [call("b", 80, 120, []).of("stock")])]);
    assert_eq!(known.exclusive(0), [("shop: a", 80.0), ("stock: b", 20.0)]);
    assert_eq!(known.counts(), [2, 0, 1, 0]);
}

#[test]
fn recursion_counts_once_in_what_is_inclusive() {
    let inner = call("walk", 30, 60, [call("walk", 40, 50, [])]);
    let known = otlp_of(&[call("a", 0, 100, [call("walk", 20, 80, [inner])])]);
    assert_eq!(known.exclusive(0), [("a", 40.0), ("walk", 60.0)]);
    assert_eq!(known.inclusive(0), [("a", 100.0), ("walk", 60.0)]);
    assert_eq!(known.calls(0), [("a", 1.0), ("walk", 3.0)]);
}

#[test]
fn requests_come_in_the_order_of_their_start_in_seconds_since_the_first() {
    let known = otlp_of(&[call("b", 2_000_000, 2_500_000, []).failed(), call("a", 0, 1_000, [])]);
    let times: Vec<_> = known.requests.requests.iter().map(|request| (request.arrival, request.failed)).collect();
    assert_eq!(times, [(0.0, false), (2.0, true)]);
    assert!(near(known.requests.requests[1].latency(), 0.5) && known.requests.requests[1].start == 2.0);
    assert!(near(known.requests.requests[0].end, 0.001));
}

#[test]
fn a_trace_may_be_a_hundred_thousand_calls_deep() {
    let spans = (1..=100_000_u64).map(|id| {
        let parent = if id == 1 { String::new() } else { format!("{:x}", id - 1) };
        let (start, end) = (1_000_000_000 + id, 2_000_000_000 - id);
        format!(
            r#"{{"traceId":"1","spanId":"{id:x}","parentSpanId":"{parent}","name":"f","startTimeUnixNano":{start},"endTimeUnixNano":{end}}}"#
        )
    });
    let spans = spans.collect::<Vec<_>>().join(",");
    let known = text(format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#));
    assert_eq!(known.calls(0), [("f", 100_000.0)]);
    assert!(is_consistent(&known.requests.requests[0]));
    let nested = (0..100_000).map(|id| format!(r#"{{"ph":"B","ts":{id},"name":"f"}}"#));
    let ends = (0..100_000).map(|id| format!(r#"{{"ph":"E","ts":{}}}"#, 200_000 + id));
    let known = text(format!("[{}]", nested.chain(ends).collect::<Vec<_>>().join(",")));
    assert_eq!(known.calls(0), [("f", 100_000.0)]);
    assert!(is_consistent(&known.requests.requests[0]));
}

/// A gateway calls the shop, whose span has the id of the gateway's call; the shop queries, and the gateway encodes the call.
fn shared(client: &str, server: &str, kind: impl Fn(&str) -> Value) -> Vec<Value> {
    let span = |id: &str, parent: &str, name: &str, side: &str, start: i64, end: i64| {
        json!({ "id": id, "parent": parent, "name": name, "service": if name.starts_with('g') { "gate" } else { "shop" },
                "start": start, "end": end, "kind": kind(side) })
    };
    vec![
        span("1", "", "gateway", server, 0, 100),
        span("2", "1", "g-call", client, 10, 90),
        span("2", "1", "shop", server, 30, 70),
        span("3", "2", "query", client, 40, 50),
        span("4", "2", "g-encode", "", 12, 20),
        // Written twice.
        span("2", "1", "shop", server, 30, 70),
    ]
}

#[test]
fn client_and_server_may_share_an_id_of_which_the_servers_is_the_clients_child() {
    let expected = [
        ("gate: g-call", 32.0),
        ("gate: g-encode", 8.0),
        ("gate: gateway", 20.0),
        ("shop: query", 10.0),
        ("shop: shop", 30.0),
    ];
    let otlp = |client: &str, server: &str, kind: fn(&str) -> Value| {
        let spans = shared(client, server, kind).into_iter().map(|span| {
            let nanos = |time: &Value| ((EPOCH + time.as_i64().unwrap()) * 1000).to_string();
            json!({
                "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": span["service"] } }] },
                "scopeSpans": [{ "spans": [{
                    "traceId": "1", "spanId": span["id"], "parentSpanId": span["parent"], "name": span["name"],
                    "kind": span["kind"], "startTimeUnixNano": nanos(&span["start"]), "endTimeUnixNano": nanos(&span["end"]),
                }] }],
            })
        });
        json!({ "resourceSpans": spans.collect::<Vec<_>>() }).to_string()
    };
    let jaeger = shared("client", "server", |side| json!(side)).into_iter().map(|span| {
        json!({
            "traceID": "1", "spanID": span["id"], "parentSpanID": span["parent"], "operationName": span["name"],
            "startTime": EPOCH + span["start"].as_i64().unwrap(),
            "duration": span["end"].as_i64().unwrap() - span["start"].as_i64().unwrap(),
            "tags": [{ "key": "span.kind", "value": span["kind"] }], "processID": span["service"],
        })
    });
    let services = json!({ "gate": { "serviceName": "gate" }, "shop": { "serviceName": "shop" } });
    let jaeger = json!({ "data": [{ "spans": jaeger.collect::<Vec<_>>(), "processes": services }] }).to_string();
    let numbers = otlp("3", "2", |side| side.parse::<u32>().map_or(json!(null), |kind| json!(kind)));
    let names = otlp("SPAN_KIND_CLIENT", "SPAN_KIND_SERVER", |side| json!(side));
    for content in [numbers, names, jaeger] {
        let known = text(content);
        assert_eq!(known.exclusive(0), expected);
        assert_eq!((known.requests.requests.len(), known.reasons()), (1, vec![(Reason::Copy, 1)]));
        assert!(is_consistent(&known.requests.requests[0]));
    }
    // Of the same side there is one.
    let known = text(otlp("2", "2", |_| json!(2)));
    assert_eq!(known.reasons(), [(Reason::Copy, 1), (Reason::Duplicate, 1)]);
}

#[test]
fn a_request_that_begins_with_both_sides_of_a_call_is_one_whichever_began_first() {
    for server_start in [10, 0] {
        let span = |name: &str, kind: u32, start: i64, end: i64| {
            let [start, end] = [start, end].map(|time| ((EPOCH + time) * 1000).to_string());
            json!({ "traceId": "1", "spanId": "7", "name": name, "kind": kind,
                    "startTimeUnixNano": start, "endTimeUnixNano": end })
        };
        let spans = [span("client", 3, 5, 100), span("server", 2, server_start, 80)];
        let known = text(json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": spans }] }] }).to_string());
        assert_eq!((known.requests.requests.len(), known.reasons()), (1, vec![]));
        let inside = (80 - server_start.max(5)) as f64;
        assert_eq!(known.exclusive(0), [("client", 95.0 - inside), ("server", inside)]);
    }
}
