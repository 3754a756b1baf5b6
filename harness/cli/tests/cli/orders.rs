//! The built-in scenario `orders`: what its service answers, as it is and migrated.

use serde_json::Value;

use super::support::Project;

const BASELINES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../python_baselines");

/// The scenario's traffic, whole and broken, sent to the application in process.
const PROBE: &str = r#"
import asyncio
import random

import orders
import orders_traffic

WRONG = [
    ("POST", "/orders", b""),
    ("POST", "/orders", b"\n"),
    ("POST", "/orders", b"\xff"),
    ("POST", "/orders", b'{"name": "cut o'),
    ("POST", "/orders", b"[]"),
    ("POST", "/orders", b"{}"),
    ("POST", "/orders", b"9" * 5000),
    ("POST", "/orders", b"[" * 100_000),
    ("POST", "/events", b"\xff"),
    ("POST", "/events", b"{}\n\n{}"),
    ("POST", "/events", b"[]"),
    ("POST", "/events", b"[" * 100_000),
    ("POST", "/logs", b"\xff"),
    ("POST", "/thumbnails/16", b""),
    ("POST", "/thumbnails/16", b"GIF89a"),
    ("POST", "/thumbnails/16", b"\x89PNG\r\n\x1a\n"),
    ("POST", "/thumbnails/17", b""),
    ("POST", "/thumbnails/" + "9" * 5000, b""),
    ("GET", "/orders/-1", b""),
    ("GET", "/orders/" + "9" * 5000, b""),
    ("GET", "/logs", b""),
    ("GET", "/", b""),
]
ORDER = b'{"name": "Ada", "email": "a@b.c", "country": "SE", "amount": "1", "note": "", "lines": []}'
FIELDS = [
    (b'"SE"', b'"nowhere"'),
    (b'"1"', b"1"),
    (b'"1"', b'"five"'),
    (b'"Ada"', b"null"),
    (b'"Ada"', b'"\\ud800"'),
    (b'"note": ""', b'"note": 5'),
    (b'"note": "", ', b""),
    (b"[]", b"[5]"),
    (b"[]", b"5"),
    (b"[]", b'[{"quantity": -1}]'),
    (b"[]", b'[{"quantity": 1.5}]'),
    (b"[]", b'[{"pieces": 1}]'),
]


def cases(size, seed):
    """The traffic, and some of it with bodies that were damaged on their way."""
    requests = orders_traffic.requests(size, seed)
    rng = random.Random(seed)
    return requests + [request | {"body": damaged(rng, request["body"])} for request in requests[: size // 2]]


def damaged(rng, body):
    place = rng.randrange(min(len(body), rng.choice([80, len(body)])) or 1) if body else 0
    change = rng.choice([b"", b"\0", b'"', b"{", b"\n", b"\xff", b"1e400", b"null"])
    rest = rng.choice([body[place:], body[place + 1 :], b""])
    return body[:place] + change + rest


def python(requests):
    return asyncio.run(answers(requests))


def migrated(requests):
    import orders_rust

    for name in "hash_orders", "clean_orders", "encode_orders", "count_errors", "parse_logs", "brighten_picture":
        setattr(orders, name, getattr(orders_rust, name))
    return python(requests)


async def answers(requests):
    assert (await answer(sent("POST", "/orders", ORDER)))[0] == 200
    wrong = WRONG + [("POST", "/orders", ORDER.replace(field, change)) for field, change in FIELDS]
    refusals = [await answer(sent(*request)) for request in wrong]
    for (status, _, _), request in zip(refusals, wrong):
        assert 400 <= status < 500, (status, request)
    answered = [await answer(request) for request in requests]
    statuses = {status for status, _, _ in answered}
    assert statuses == {200, 400}, statuses
    return refusals + answered


def sent(method, path, body):
    return {"method": method, "path": path, "headers": [], "body": body}


async def answer(request):
    """Status, headers and body. What the application raises is raised."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": request["method"],
        "path": request["path"],
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in request["headers"]],
    }
    received, messages = [{"type": "http.request", "body": request["body"]}], []

    async def receive():
        return received.pop()

    async def send(message):
        messages.append(message)

    await orders.app(scope, receive, send)
    start, *parts = messages
    return start["status"], start["headers"], b"".join(part["body"] for part in parts)
"#;

#[test]
fn the_migrated_service_answers_alike_and_refuses_what_is_wrong_with_a_request() {
    let manifest = format!(
        "[project]\npython-path = [\".\", {BASELINES:?}]\nrequirements = \"{BASELINES}/requirements/service.lock\"\n\n\
         [workload.w]\ninput = \"probe:cases\"\nsizes = {{ default = 300 }}\n\n\
         [workload.w.contender.python]\npython = \"probe:python\"\nbaseline = true\n\n\
         [workload.w.contender.migrated]\npython = \"probe:migrated\"\nkind = \"rust\"\nroute = \"pyo3\"\n"
    );
    let (result, ran) = Project::new(&[("rustworthy.toml", &manifest), ("probe.py", PROBE)]).compare(&[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let migrated = &result["workloads"][0]["contenders"][1];
    assert_eq!(migrated["equivalence"]["status"], "equal", "{migrated:#}");
}

#[test]
fn the_scenario_is_listed_with_the_workloads() {
    let ran = Project::builtin().run(&["list", "--format", "json"]);
    let list: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(list["scenarios"], serde_json::json!(["orders"]), "{ran}");
}
