//! Requests as trees of calls, and how each format writes them.

use serde_json::{Value, json};

/// A call; times are microseconds since its trace began.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) name: String,
    pub(super) service: &'static str,
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) failed: bool,
    pub(super) children: Vec<Call>,
}

pub(super) fn call(name: &str, start: i64, end: i64, children: impl IntoIterator<Item = Call>) -> Call {
    let children = children.into_iter().collect();
    Call { name: name.to_owned(), service: "shop", start, end, failed: false, children }
}

impl Call {
    pub(super) fn of(mut self, service: &'static str) -> Self {
        self.service = service;
        self
    }

    pub(super) fn failed(mut self) -> Self {
        self.failed = true;
        self
    }
}

/// 2026, in microseconds since 1970.
pub(super) const EPOCH: i64 = 1_780_000_000_000_000;

/// A call with its id, that of its parent, 0 for none, and that of its trace.
struct Numbered<'a> {
    call: &'a Call,
    trace: u64,
    id: u64,
    parent: u64,
}

fn numbered(traces: &[Call]) -> Vec<Numbered<'_>> {
    let mut all = Vec::new();
    for (trace, root) in traces.iter().enumerate() {
        let mut left = vec![(root, 0)];
        while let Some((call, parent)) = left.pop() {
            let id = all.len() as u64 + 1;
            all.push(Numbered { call, trace: trace as u64 + 1, id, parent });
            left.extend(call.children.iter().rev().map(|child| (child, id)));
        }
    }
    all
}

/// Every span in a resource of its own, as hexadecimal ids and texts of numbers.
pub(super) fn otlp(traces: &[Call]) -> Value {
    let spans = numbered(traces).into_iter().map(|Numbered { call, trace, id, parent }| {
        let mut span = json!({
            "traceId": format!("{trace:032x}"),
            "spanId": format!("{id:016x}"),
            "parentSpanId": if parent == 0 { String::new() } else { format!("{parent:016x}") },
            "name": call.name,
            "kind": 2,
            "startTimeUnixNano": ((EPOCH + call.start) * 1000).to_string(),
            "endTimeUnixNano": ((EPOCH + call.end) * 1000).to_string(),
            "attributes": [{ "key": "http.method", "value": { "stringValue": "GET" } }],
            "status": {},
        });
        if call.failed {
            span["status"] = json!({ "code": 2, "message": "no" });
        }
        json!({
            "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": call.service } }] },
            "scopeSpans": [{ "scope": { "name": "test" }, "spans": [span] }],
        })
    });
    json!({ "resourceSpans": spans.collect::<Vec<_>>() })
}

pub(super) fn jaeger(traces: &[Call]) -> Value {
    let all = numbered(traces);
    let traces = (1..=traces.len() as u64).map(|trace| {
        let spans = all.iter().filter(|numbered| numbered.trace == trace).map(|Numbered { call, id, parent, .. }| {
            let references = match parent {
                0 => json!([]),
                _ => json!([{ "refType": "CHILD_OF", "traceID": format!("{trace:x}"), "spanID": format!("{parent:x}") }]),
            };
            json!({
                "traceID": format!("{trace:x}"),
                "spanID": format!("{id:x}"),
                "operationName": call.name,
                "references": references,
                "startTime": EPOCH + call.start,
                "duration": call.end - call.start,
                "tags": [{ "key": "error", "type": "bool", "value": call.failed }],
                "logs": [],
                "processID": format!("p-{}", call.service),
            })
        });
        let process = |service: &str| (format!("p-{service}"), json!({ "serviceName": service, "tags": [] }));
        let services = all.iter().map(|numbered| numbered.call.service);
        json!({
            "traceID": format!("{trace:x}"),
            "spans": spans.collect::<Vec<_>>(),
            "processes": services.map(process).collect::<serde_json::Map<_, _>>(),
        })
    });
    json!({ "data": traces.collect::<Vec<_>>(), "total": 0, "errors": null })
}

/// Each trace is a thread of the same process; overlapping calls can't be recognised.
pub(super) fn chrome(traces: &[Call]) -> Value {
    let name = json!({ "ph": "M", "name": "process_name", "pid": 1, "args": { "name": "shop" } });
    let events = numbered(traces).into_iter().map(|Numbered { call, trace, .. }| {
        let duration = call.end - call.start;
        json!({ "ph": "X", "pid": 1, "tid": trace, "ts": call.start, "dur": duration, "name": call.name, "cat": "a,b" })
    });
    let events: Vec<_> = [name].into_iter().chain(events).collect();
    json!({ "traceEvents": events, "displayTimeUnit": "ms" })
}

/// The same with an event for each beginning and each end.
pub(super) fn chrome_begin_and_end(traces: &[Call]) -> Value {
    fn push(call: &Call, thread: usize, events: &mut Vec<Value>) {
        events.push(json!({ "ph": "B", "pid": 1, "tid": thread, "ts": call.start, "name": call.name }));
        for child in &call.children {
            push(child, thread, events);
        }
        events.push(json!({ "ph": "E", "pid": 1, "tid": thread, "ts": call.end }));
    }
    let mut events = Vec::new();
    for (thread, call) in traces.iter().enumerate() {
        push(call, thread, &mut events);
    }
    Value::Array(events)
}
