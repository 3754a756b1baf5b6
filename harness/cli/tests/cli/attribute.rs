//! Services under load: whose time is whose, in handlers, WSGI and ASGI applications, and what can go wrong with them.

pub(crate) mod concurrent;
mod failures;
mod listen;
mod parts;
mod samples;
mod short;
mod spans;

use std::sync::LazyLock;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::support::{Project, Ran};
use crate::validation::assert_valid;

/// Requests tell how long each function keeps the processor busy, in microseconds.
const SERVICE: &str = r#"
import random, sys, time
from functools import partial

def busy(microseconds):
    end = time.perf_counter_ns() + 1000 * microseconds
    while time.perf_counter_ns() < end:
        pass

def parse(microseconds):
    busy(microseconds)

def render(microseconds):
    busy(microseconds)

def quick(microseconds):
    busy(microseconds // 10)

def handle(request):
    parse(request["parse"])
    render(request["render"])
    return "done"

def requests(count, seed):
    choose = random.Random(seed)
    slow = [choose.random() < 0.05 for _ in range(count)]
    return [{"parse": 300, "render": 1500 if is_slow else 100} for is_slow in slow]

# Everything below is another way of holding `parse`.
class Codec:
    decode = staticmethod(parse)
    def __init__(self):
        self.own = parse
LATER = partial(parse)
TABLE = [parse]
KEPT = (parse,)

def bound(request):
    Codec.decode(100)
    Codec().own(50)
    LATER(50)
    TABLE[0](50)
    KEPT[0](50)

def held(request):
    KEPT[0](50)

def failing(request):
    if request["render"] > 1000:
        raise ValueError("too much to render")
    return handle(request)

def sleepy(request):
    time.sleep(0.001)
    parse(100)

def wsgi(environ, start_response):
    parse(200)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode(), environ["wsgi.input"].read()]

async def wait(microseconds):
    import asyncio
    busy(microseconds)
    await asyncio.sleep(0.02)

async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        return
    await wait(200)
    message = await receive()
    status = 500 if scope["path"] == "/3" else 200
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": message["body"]})

def posts(count, seed):
    return [{"method": "POST", "path": f"/{number}", "headers": [], "body": b"text"} for number in range(count)]

def few(count, seed):
    return requests(count // 2, seed)

def different(microseconds):
    busy(10)
    raise KeyError("nothing")
"#;

fn service(scenario: &str) -> Project {
    let manifest = format!("[scenario.api]\n{scenario}\n");
    Project::new(&[("service.py", SERVICE), ("rustworthy.toml", &manifest)])
}

/// A closed loop with a handler, and what else is said.
fn closed(handler: &str, more: &str) -> Project {
    service(&format!(
        "handler = 'service:{handler}'\nrequests = 'service:requests'\ncount = 1200\n\
         arrivals = {{ process = 'closed' }}\ncandidates = ['service:parse']\n{more}"
    ))
}

/// A first impression of so few requests that nothing is said of p99, and of enough for shares of p50: for all that asks for no
/// more.
const FEW: [&str; 3] = ["--quick", "--requests", "200"];

/// What a closed loop with `handle` and nothing else gave.
static CLOSED: LazyLock<(Value, Ran)> = LazyLock::new(|| attribute(&closed("handle", ""), &["--quick"]));

fn attribute(project: &Project, arguments: &[&str]) -> (Value, Ran) {
    let ran = project.run(&[&["attribute", "api", "--format", "json"], arguments].concat());
    let result = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}"));
    (result, ran)
}

fn row<'a>(result: &'a Value, name: &str) -> &'a Value {
    let mut rows = result["functions"].as_array().unwrap().iter();
    rows.find(|row| row["name"] == name).unwrap_or_else(|| panic!("no {name}: {result:#}"))
}

#[test]
fn functions_found_by_sampling_have_their_shares_of_body_and_tail() {
    let project = service(
        "handler = 'service:handle'\nrequests = 'service:requests'\ncount = 1200\n\
         arrivals = { process = 'poisson', utilization = 0.5 }",
    );
    let (result, ran) = attribute(&project, &FEW);
    assert_eq!(ran.code, Some(0), "{ran}");
    // All of the work, apart from waiting; how much of a request that is depends on who else has the processors.
    let share = |row: &Value| row["share_of_p50"]["estimate"].as_f64().unwrap();
    let of_service = result["functions"].as_array().unwrap().iter();
    let of_service = of_service.filter(|row| row["name"].as_str().unwrap().starts_with("service:"));
    let largest = of_service.max_by(|one, other| share(one).total_cmp(&share(other))).unwrap();
    assert!(largest["name"] == "service:busy" && share(largest) > 0.0, "{result:#}");
    assert!(row(&result, "service:busy")["calls_per_request"] == 2.0, "{result:#}");
    assert_eq!(row(&result, "(garbage collection)")["kind"], "gc");
    assert!(
        project.file(".rustworthy/latest/report.html").exists()
            && project.file(".rustworthy/latest/requests.jsonl").exists()
    );
    assert!(result["utilization"]["estimate"].as_f64().unwrap() > 0.0, "{result:#}");
    project.assert_deserted();
}

#[test]
fn candidates_keep_their_time_apart_and_shares_sum_to_one() {
    let (result, ran) = &*CLOSED;
    assert_eq!(ran.code, Some(0), "{ran}");
    let rows = result["functions"].as_array().unwrap();
    for at in ["share_of_p50", "share_of_p99", "share_of_top"] {
        let of_rows: f64 = rows.iter().map(|row| row[at]["estimate"].as_f64().unwrap()).sum();
        let sum = of_rows + result["waiting"][at]["estimate"].as_f64().unwrap();
        assert!((sum - 1.0).abs() < 1e-6, "{at}: {sum}");
    }
    assert!(row(result, "service:parse")["what_if"].as_array().is_some_and(|what_if| what_if.len() == 3));
    // Nothing waits in a closed loop.
    assert_eq!(result["waiting"]["share_of_p99"]["estimate"], 0.0);
}

#[test]
fn functions_that_workloads_stand_for_are_watched_where_they_are_called() {
    let workload = |name: &str| {
        format!(
            "\n[workload.{name}]\ninput = 'service:requests'\nsizes = {{ default = 10 }}\nreplaces = 'service:{name}'\n\
             [workload.{name}.contender.now]\npython = 'service:{name}'\nbaseline = true\n"
        )
    };
    let (result, ran) = attribute(&closed("handle", &(workload("render") + &workload("quick"))), &FEW);
    assert_eq!(ran.code, Some(0), "{ran}");
    let names: Vec<&str> =
        result["functions"].as_array().unwrap().iter().filter_map(|row| row["name"].as_str()).collect();
    // The manifest names the first alone as a candidate, and nobody calls the third.
    assert!(names.contains(&"service:parse") && names.contains(&"service:render"), "{names:?}");
    assert!(!names.contains(&"service:quick"), "{names:?}");
}

#[test]
fn off_a_terminal_a_round_is_told_once() {
    let (_, ran) = &*CLOSED;
    let rounds: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("round ")).collect();
    assert_eq!(rounds.len(), 3, "{ran}");
    for round in rounds {
        let (_, requests) = round.split_once(": ").unwrap();
        let numbers: Vec<&str> = requests.split(' ').filter(|word| word.parse::<u64>().is_ok()).collect();
        assert!(numbers.len() == 2 && numbers[0] == numbers[1], "{round}");
    }
}

#[test]
fn functions_are_found_wherever_they_are_bound() {
    let (result, _) = attribute(&closed("bound", ""), &FEW);
    assert_eq!(row(&result, "service:parse")["calls_per_request"], 5.0);
}

#[test]
fn a_migration_is_measured_beside_its_projection() {
    let more = "[scenario.api.migrated]\n'service:parse' = 'service:quick'";
    let (result, ran) = attribute(&closed("handle", more), &["--quick"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let migrated = &result["migrated"];
    assert_eq!(migrated["equivalence"], "equal", "{migrated:#}");
    assert!(migrated["speedups"][0]["estimate"].as_f64().is_some_and(|speedup| speedup > 0.0), "{migrated:#}");
    assert!(migrated["error_p50"].is_number() && migrated["projected"]["p99"]["low"].is_number(), "{migrated:#}");
    assert_eq!(row(&result, "service:parse")["what_if"][0]["speedup"], "measured");
}

#[test]
fn a_replaced_function_that_is_still_called_is_an_error_that_says_from_where() {
    // A tuple can't be changed.
    let more = "[scenario.api.migrated]\n'service:parse' = 'service:quick'";
    let ran = closed("held", more).run(&[&["attribute", "api"][..], &FEW].concat());
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(ran.stderr.contains("service:parse was replaced, but is still called from"), "{ran}");
    assert!(ran.stderr.contains("service.py:"), "{ran}");
}

#[test]
fn different_answers_withhold_what_was_measured() {
    let more = "[scenario.api.migrated]\n'service:parse' = 'service:different'";
    let (result, ran) = attribute(&closed("handle", more), &FEW);
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(result["migrated"]["equivalence"].as_str().unwrap().starts_with("different: "), "{result:#}");
    assert_eq!(result["migrated"]["measured"], Value::Null);
}

#[test]
fn requests_that_raise_are_counted() {
    let (result, ran) = attribute(&closed("failing", ""), &["--quick", "--requests", "400"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let failed = result["failed_requests"].as_u64().unwrap();
    assert!((4..80).contains(&failed), "{failed}");
    assert_eq!(result["failures"][0]["message"], "ValueError: too much to render");
    assert_eq!(result["failures"][0]["requests"], failed);
}

#[test]
fn sleep_is_a_row_of_its_own_and_no_function_has_it() {
    let (result, _) = attribute(&closed("sleepy", ""), &FEW);
    assert!(row(&result, "(asleep)")["share_of_p50"]["estimate"].as_f64().unwrap() > 0.5, "{result:#}");
}

#[test]
fn a_delay_that_is_added_is_found() {
    let (result, ran) = attribute(&closed("handle", ""), &["--quick", "--inject", "service:parse=2ms"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let injected = &result["injected"];
    let (expected, found) = (injected["expected"].as_f64().unwrap(), injected["found"].as_f64().unwrap());
    // How long the processor was taken away meanwhile, nobody knows.
    assert!((expected - 0.002).abs() < 1e-6 && found > 0.0, "{injected:#}");
    assert!(injected["error_p50"].is_number(), "{injected:#}");
}

#[test]
fn wsgi_applications_are_served() {
    let project = service(
        "wsgi = 'service:wsgi'\nrequests = 'service:posts'\ncount = 60\narrivals = { process = 'fixed', rate = 500 }\n\
         candidates = ['service:parse']\nservers = 2",
    );
    let (result, ran) = attribute(&project, &["--quick"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(result["failed_requests"], 0, "{result:#}");
    assert_eq!(row(&result, "service:parse")["calls_per_request"], 1.0);
    // Sixty requests tell nothing of p99.
    assert_eq!(result["refused"]["requests_needed"], 1000);
    assert_eq!(result["latency"]["p99"], Value::Null);
}

/// The interpreter goes from thread to thread within whatever a server runs of Python's, the counting of responses too.
#[test]
fn servers_that_lose_the_interpreter_at_any_moment_answer_everything() {
    let code = "import sys\n\
                sys.setswitchinterval(1e-6)\n\
                class Slow(Exception):\n    \
                    def __str__(self):\n        \
                        return str(sum(range(50)))\n\
                def handle(request):\n    \
                    if request % 3 == 0:\n        raise Slow\n    \
                    return {'status': 200}\n\
                def requests(count, seed):\n    return list(range(count))\n";
    let manifest = "[scenario.api]\nhandler = 'hurried:handle'\nrequests = 'hurried:requests'\ncount = 3000\n\
                    arrivals = { process = 'closed' }\nservers = 4\n";
    let project = Project::new(&[("hurried.py", code), ("rustworthy.toml", manifest)]);
    let (result, ran) = attribute(&project, &["--quick"]);
    assert_eq!(
        result["failures"],
        json!([{ "message": "Slow: 1225", "requests": result["failed_requests"] }]),
        "{ran}"
    );
}

#[test]
fn asgi_applications_are_served_and_waiting_is_not_the_coroutines_time() {
    let project = service(
        "asgi = 'service:asgi'\nrequests = 'service:posts'\ncount = 60\narrivals = { process = 'closed' }\n\
         candidates = ['service:wait']",
    );
    let (result, ran) = attribute(&project, &["--quick"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(result["failures"][0]["message"], "status 500", "{result:#}");
    let wait = row(&result, "service:wait");
    assert_eq!(wait["calls_per_request"], 1.0);
    let asleep = row(&result, "(asleep)")["seconds_per_request"].as_f64().unwrap();
    assert!(asleep > 0.015 && wait["seconds_per_request"].as_f64().unwrap() < asleep, "{result:#}");
}

#[test]
fn what_is_wrong_is_said() {
    let project = closed("handle", "");
    let ran = project.run(&["attribute", "apy"]);
    assert_eq!((ran.code, ran.stderr.contains("did you mean 'api'?")), (Some(2), true), "{ran}");
    let ran = project.run(&["attribute", "api", "--inject", "service.parse=2ms"]);
    assert_eq!((ran.code, ran.stderr.contains("--inject")), (Some(2), true), "{ran}");
    let few =
        service("handler = 'service:handle'\nrequests = 'service:few'\ncount = 50\narrivals = { process = 'closed' }");
    let ran = few.run(&["attribute", "api"]);
    assert_eq!((ran.code, ran.stderr.contains("there are only 25 requests")), (Some(3), true), "{ran}");
}

#[test]
fn an_interrupted_run_keeps_its_rounds_and_leaves_nobody_behind() {
    let project = closed("handle", "");
    let mut running = project.start(&["attribute", "api", "--requests", "30000"]);
    running.until("servers are there", || project.processes().len() > 1);
    std::thread::sleep(std::time::Duration::from_secs(3));
    running.signal(Signal::SIGINT);
    let ran = running.finish();
    assert_eq!(ran.code, Some(130), "{ran}");
    project.assert_deserted();
}

/// The same thousand requests in three formats give the same answer.
#[test]
fn traces_of_all_formats_tell_the_same() {
    let (mut otlp, mut jaeger, mut chrome) = (Vec::new(), Vec::new(), Vec::new());
    for number in 1..=1000_u64 {
        // Microseconds: a request of 1 ms, or of 3 ms, whose query takes half of it.
        let (start, length) = (10_000 * number, if number % 20 == 0 { 3_000 } else { 1_000 });
        let (begin, middle, end) = (start, start + length / 2, start + length);
        for (id, parent, name, from, to) in [(1, 0, "GET /", begin, end), (2, 1, "query", middle, end)] {
            let nano = |at: u64| format!("{at}000");
            let parent_id = if parent == 0 { String::new() } else { format!(r#","parentSpanId":"{parent:016x}""#) };
            otlp.push(format!(
                r#"{{"traceId":"{:032x}","spanId":"{id:016x}","name":"{name}","startTimeUnixNano":"{}","endTimeUnixNano":"{}"{parent_id}}}"#,
                number, nano(from), nano(to)
            ));
            let reference = if parent == 0 {
                String::new()
            } else {
                format!(r#","references":[{{"refType":"CHILD_OF","traceID":"{number}","spanID":"{parent}"}}]"#)
            };
            jaeger.push((number, format!(
                r#"{{"traceID":"{number}","spanID":"{id}","operationName":"{name}","processID":"p1","startTime":{from},"duration":{}{reference}}}"#,
                to - from
            )));
            chrome.push(format!(r#"{{"name":"{name}","ph":"X","pid":1,"tid":1,"ts":{from},"dur":{}}}"#, to - from));
        }
    }
    let otlp = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, otlp.join(","));
    let traces: Vec<String> = jaeger
        .chunks(2)
        .map(|spans| {
            let all: Vec<&str> = spans.iter().map(|(_, span)| span.as_str()).collect();
            format!(
                r#"{{"traceID":"{}","spans":[{}],"processes":{{"p1":{{"serviceName":"shop"}}}}}}"#,
                spans[0].0,
                all.join(",")
            )
        })
        .collect();
    let jaeger = format!(r#"{{"data":[{}]}}"#, traces.join(","));
    let chrome = format!("[{}]", chrome.join(","));
    let project = Project::new(&[("otlp.json", &otlp), ("jaeger.json", &jaeger), ("chrome.json", &chrome)]);
    let results: Vec<Value> = ["otlp", "jaeger", "chrome"]
        .iter()
        .map(|format| {
            let ran = project.run(&["attribute", "--format", "json", "--trace", &format!("{format}.json")]);
            assert_eq!(ran.code, Some(0), "{ran}");
            let mut result: Value = serde_json::from_str(&ran.stdout).unwrap();
            assert_eq!(result["trace"]["formats"], serde_json::json!([format]));
            for own in ["run", "scenario", "trace"] {
                result[own] = Value::Null;
            }
            result
        })
        .collect();
    assert_eq!(results[0]["requests"], 1000);
    let share = row(&results[0], "query")["share_of_p99"]["estimate"].as_f64().unwrap();
    assert!((share - 0.5).abs() < 1e-9, "{share}");
    assert_eq!(results[0], results[1]);
    assert_eq!(results[0], results[2]);
}

#[test]
fn profiles_are_ranked_and_tell_nothing_of_p99() {
    let project =
        Project::new(&[("stacks.folded", "main;parse 30\nmain;render 10\n"), ("broken.json", "{\"resourceSpans\": [")]);
    let ran = project.run(&["attribute", "--format", "json", "--trace", "stacks.folded"]);
    let result: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(result["functions"][0]["name"], "parse");
    assert_eq!(result["functions"][0]["cpu_share"]["estimate"], 0.75);
    assert!(result["refused"]["reason"].is_string() && result["latency"]["p99"].is_null(), "{result:#}");
    // There are no requests, so there is no latency of theirs.
    for format in ["table", "markdown"] {
        let ran = project.run(&["attribute", "--format", format, "--trace", "stacks.folded"]);
        for absent in ["p90", "0 ns", "0 requests", "too few requests"] {
            assert!(ran.code == Some(0) && !ran.stdout.contains(absent), "{absent}: {ran}");
        }
        assert!(ran.stdout.contains("parse") && ran.stdout.contains("Shares are of all that the profile has"), "{ran}");
        assert!(ran.stdout.contains("the profile counts samples and no time"), "{ran}");
    }
    let ran = project.run(&["attribute", "--trace", "broken.json"]);
    assert_eq!((ran.code, ran.stderr.contains("broken.json: byte")), (Some(2), true), "{ran}");
    let ran = project.run(&["attribute", "--trace", "stacks.folded", "--limit", "nothing=3"]);
    assert_eq!((ran.code, ran.stderr.contains("there is no limit 'nothing'")), (Some(2), true), "{ran}");
}

#[test]
fn what_is_known_of_orphans_alone_has_no_share() {
    let span = |trace: u64, id: u64, parent: &str, name: &str, from: u64, to: u64| {
        format!(
            r#"{{"traceId":"{trace:x}","spanId":"{id:x}","parentSpanId":"{parent}","name":"{name}","startTimeUnixNano":"{}","endTimeUnixNano":"{}"}}"#,
            1_000_000 * trace + from,
            1_000_000 * trace + to
        )
    };
    let mut spans: Vec<String> = (1..=1000).map(|trace| span(trace, 1, "", "GET", 0, 900)).collect();
    spans.extend((1..=1000).map(|trace| span(trace, 2, "99", "SELECT *\\nFROM a", 100, 500)));
    let otlp = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, spans.join(","));
    let project = Project::new(&[("otlp.json", &otlp), ("empty.json", r#"{"resourceSpans":[]}"#)]);
    let ran = project.run(&["attribute", "--format", "json", "--trace", "otlp.json"]);
    let result: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_valid::<rustworthy_model::attribution::Attribution>(&result);
    let query = row(&result, "SELECT *\nFROM a");
    for unknown in ["share_of_p50", "share_of_p99", "share_of_top", "calls_per_request", "excess"] {
        assert!(query[unknown].is_null(), "{query:#}");
    }
    assert!(result["notes"][0].as_str().unwrap().contains("FROM a isn't known: all spans of theirs"), "{result:#}");
    // Of the only function nothing is left once it takes no time.
    let infinite = &row(&result, "GET")["what_if"][2];
    assert_eq!((&infinite["speedup"], &infinite["p99"]["estimate"]), (&"infinite".into(), &0.0.into()), "{result:#}");
    let table = project.run(&["attribute", "--trace", "otlp.json"]);
    assert!(table.stdout.contains("SELECT * FROM a") && !table.stdout.contains("U+000A"), "{table}");
    assert!(!table.stdout.contains("±?"), "{table}");
    let ran = project.run(&["attribute", "--trace", "empty.json"]);
    assert_eq!((ran.code, ran.stderr.contains("empty.json: holds no span")), (Some(2), true), "{ran}");
}
