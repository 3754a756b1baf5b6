//! Requests that are answered at the same time on one event loop.

use serde_json::Value;

use super::{FEW, attribute, row};
use crate::support::Project;

const SERVICE: &str = r#"
import asyncio
import contextvars
import time

ASKED = 8
current = contextvars.ContextVar("current")
running = most = answered = 0

def busy(microseconds):
    end = time.perf_counter_ns() + 1000 * microseconds
    while time.perf_counter_ns() < end:
        pass

def parse(microseconds):
    busy(microseconds)

async def load(microseconds):
    busy(microseconds)
    await asyncio.sleep(0.005)
    busy(microseconds)

async def child(number):
    parse(20)
    await asyncio.sleep(0)
    if current.get() != number:
        raise RuntimeError("the task of another request")

async def handle(request):
    global running, most, answered
    running += 1
    most = max(most, running)
    try:
        if current.get(None) is not None:
            raise RuntimeError("the context of another request")
        current.set(request["number"])
        parse(100)
        await load(50)
        await asyncio.gather(child(request["number"]), child(request["number"]))
        await asyncio.to_thread(time.sleep, 0.002)
        if current.get() != request["number"]:
            raise RuntimeError("the context of another request")
        answered += 1
        if answered > 50 and most != ASKED:
            raise RuntimeError(f"{most} at the same time")
        return request["number"]
    finally:
        running -= 1

async def computes(request):
    parse(500)
    await asyncio.sleep(0)
    parse(500)

async def fails(request):
    await asyncio.sleep(0)
    if request["number"] % 10 == 0:
        raise ValueError("no good")
    if request["number"] % 10 == 1:
        asyncio.current_task().cancel()
        await asyncio.sleep(1)

async def hangs(request):
    await asyncio.Event().wait()

def plain(request):
    return request

class Instance:
    async def __call__(self, request):
        await asyncio.sleep(0.001)
instance = Instance()

async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        scope["state"]["started"] = True
        await send({"type": "lifespan.startup.complete"})
        return
    parse(100)
    await asyncio.sleep(0.002)
    message = await receive()
    status = 200 if scope["state"]["started"] else 500
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": message["body"]})

def wsgi(environ, start_response):
    start_response("200 OK", [])
    return []

def requests(count, seed):
    return [{"number": number} for number in range(count)]

def posts(count, seed):
    return [{"method": "POST", "path": f"/{number}", "headers": [], "body": b"text"} for number in range(count)]
"#;

/// A project with a scenario, and what else is said of either.
pub(crate) fn project(of_project: &str, entry: &str, more: &str) -> Project {
    let requests = if entry.starts_with("asgi") || entry.starts_with("wsgi") { "posts" } else { "requests" };
    let manifest = format!(
        "[project]\n{of_project}\n[scenario.api]\n{entry}\nrequests = 'service:{requests}'\ncount = 1200\ncandidates = ['service:parse', 'service:load']\n\
         {more}\n"
    );
    Project::new(&[("service.py", SERVICE), ("rustworthy.toml", &manifest)])
}

pub(crate) const CLOSED: &str = "concurrency = 8\narrivals = { process = 'closed' }";

fn share(row: &Value) -> f64 {
    row["share_of_p50"]["estimate"].as_f64().unwrap()
}

#[test]
fn what_requests_wait_for_has_rows_of_its_own_and_coroutines_have_what_they_run() {
    let (result, ran) = attribute(&project("", "handler = 'service:handle'", CLOSED), &["--quick"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!((&result["failed_requests"], &result["load"]["concurrency"]), (&0.into(), &8.into()), "{result:#}");
    let [awaiting, executor, event_loop] =
        ["(awaiting I/O and others)", "(waiting for the executor)", "(waiting for the event loop)"]
            .map(|name| row(&result, name));
    assert!(
        [awaiting, executor, event_loop].iter().all(|row| row["kind"] == "waiting" && share(row) > 0.0),
        "{result:#}"
    );
    // The sleep of `load` is not its own time; the tasks of a request are its own.
    assert!(share(awaiting) > share(row(&result, "service:load")), "{result:#}");
    assert_eq!(row(&result, "service:load")["calls_per_request"], 1.0);
    assert_eq!(row(&result, "service:parse")["calls_per_request"], 3.0);
    let rows = result["functions"].as_array().unwrap();
    assert!(!rows.iter().any(|row| row["name"] == "(waiting for the GIL)"), "{rows:#?}");
    for at in ["share_of_p50", "share_of_p99", "share_of_top"] {
        let of_rows: f64 = rows.iter().map(|row| row[at]["estimate"].as_f64().unwrap()).sum();
        let sum = of_rows + result["waiting"][at]["estimate"].as_f64().unwrap();
        assert!((sum - 1.0).abs() < 1e-6, "{at}: {sum}");
    }
}

#[test]
fn a_loop_that_computes_is_no_queue_of_places_and_nothing_is_projected() {
    let open = "concurrency = 8\narrivals = { process = 'poisson', utilization = 0.7 }";
    let (result, ran) = attribute(&project("", "handler = 'service:computes'", open), &["--quick"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let model = &result["model"];
    assert_eq!(model["accepted"], false, "{result:#}");
    assert!(model["reason"].as_str().unwrap().contains("waiting for the event loop makes"), "{model:#}");
    assert_eq!(row(&result, "service:parse")["what_if"], serde_json::json!([]));
    assert!(result["load"]["is_reached"].is_null(), "{result:#}");
}

#[test]
fn without_recording_or_with_it_applications_and_instances_are_answered_together() {
    for (entry, more) in [
        ("asgi = 'service:asgi'", CLOSED),
        ("handler = 'service:instance'", CLOSED),
        ("asgi = 'service:asgi'", "concurrency = 3\narrivals = { process = 'fixed', rate = 500 }"),
    ] {
        let (result, ran) = attribute(&project("", entry, more), &FEW);
        assert_eq!((ran.code, &result["failed_requests"]), (Some(0), &0.into()), "{ran}");
        assert!(share(row(&result, "(awaiting I/O and others)")) > 0.0, "{result:#}");
    }
}

#[test]
fn requests_that_raise_or_are_cancelled_have_failed() {
    let (result, ran) = attribute(&project("", "handler = 'service:fails'", CLOSED), &FEW);
    assert_eq!(ran.code, Some(0), "{ran}");
    let number = |name: &str| result[name].as_u64().unwrap();
    assert_eq!(number("failed_requests") * 5, number("requests"), "{result:#}");
    let messages: Vec<_> = result["failures"].as_array().unwrap().iter().map(|failure| &failure["message"]).collect();
    assert!(messages.contains(&&"ValueError: no good".into()), "{messages:?}");
    assert!(messages.contains(&&"CancelledError: ".into()), "{messages:?}");
}

#[test]
fn requests_that_never_end_say_where_they_wait() {
    let project = project("", "handler = 'service:hangs'", CLOSED);
    let ran = project.run(&["attribute", "api", "--quick", "--timeout", "2s"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(ran.stderr.contains("in hangs") || ran.stdout.contains("in hangs"), "{ran}");
    project.assert_deserted();
}

#[test]
fn what_has_no_loop_cannot_be_concurrent() {
    for (entry, more, code, expected) in [
        ("handler = 'service:plain'", CLOSED, 3, "`concurrency` needs a coroutine function"),
        ("wsgi = 'service:wsgi'", CLOSED, 2, "scenario.api.concurrency: WSGI applications have no event loop"),
        (
            "handler = 'service:handle'",
            "servers = 2\nconcurrency = 2\narrivals = { process = 'closed' }",
            2,
            "one thread",
        ),
        ("handler = 'service:handle'", "concurrency = 0\narrivals = { process = 'closed' }", 2, "at least 1"),
    ] {
        let ran = project("", entry, more).run(&["attribute", "api", "--quick"]);
        assert_eq!(ran.code, Some(code), "{ran}");
        assert!(ran.stderr.contains(expected), "{ran}");
    }
}
