//! Stretches of requests that a service names itself, with `rustworthy.span`.

use serde_json::Value;

use super::{FEW, attribute, row};
use crate::rollout::PACKAGE;
use crate::support::Project;

/// Stretches of which it's known what they take. The package loads what tells of them with the first one.
const SERVICE: &str = r#"
import asyncio, time
import rustworthy

def busy(microseconds):
    end = time.perf_counter_ns() + 1000 * microseconds
    while time.perf_counter_ns() < end:
        pass

def parse(microseconds):
    busy(microseconds)

def handle(request):
    with rustworthy.span("compute"):
        busy(300)
        parse(200)
    with rustworthy.span("rest"):
        time.sleep(0.001)

async def part():
    with rustworthy.span("part"):
        parse(100)
        await asyncio.sleep(0.005)
        busy(50)

async def gathers(request):
    with rustworthy.span("fetch"):
        await asyncio.gather(part(), part())
    with rustworthy.span("compute"):
        busy(300)

def requests(count, seed):
    return list(range(count))
"#;

fn project(scenario: &str) -> Project {
    let service = format!("import sys\nsys.path.insert(0, {:?})\n{SERVICE}", PACKAGE.to_str().unwrap());
    let manifest = format!(
        "[scenario.api]\n{scenario}\nrequests = 'service:requests'\ncount = 1200\ncandidates = ['service:parse']\n\
         arrivals = {{ process = 'closed' }}\n"
    );
    Project::new(&[("service.py", &service), ("rustworthy.toml", &manifest)])
}

fn seconds(row: &Value, key: &str) -> f64 {
    row[key].as_f64().unwrap_or_else(|| panic!("{key}: {row:#}"))
}

fn sums_to_one(result: &Value) {
    let rows = result["functions"].as_array().unwrap();
    let shares = rows.iter().map(|row| row["share_of_p50"]["estimate"].as_f64().unwrap());
    let sum = shares.sum::<f64>() + result["waiting"]["share_of_p50"]["estimate"].as_f64().unwrap();
    assert!((sum - 1.0).abs() < 1e-6, "{sum}: {result:#}");
}

#[test]
fn a_stretch_is_a_row_that_takes_nothing_from_functions() {
    let project = project("handler = 'service:handle'");
    let (result, ran) = attribute(&project, &FEW);
    assert_eq!(ran.code, Some(0), "{ran}");
    let [compute, rest, parse] = ["(span compute)", "(span rest)", "service:parse"].map(|name| row(&result, name));
    for span in [compute, rest] {
        assert_eq!((&span["kind"], &span["calls_per_request"]), (&"span".into(), &1.0.into()), "{span:#}");
        assert_eq!(span["what_if"], Value::Array(Vec::new()));
    }
    assert!(seconds(compute, "inclusive_per_request") >= 500e-6, "{compute:#}");
    assert!(seconds(parse, "inclusive_per_request") >= 195e-6, "{parse:#}");
    assert!(seconds(rest, "asleep_per_request") >= 900e-6, "{rest:#}");
    assert!(seconds(compute, "seconds_per_request") > seconds(rest, "seconds_per_request"), "{result:#}");
    sums_to_one(&result);
    let table = project.run(&["report"]);
    assert!(table.stdout.contains("(span compute)") && table.stdout.contains("span, 1.0 calls"), "{table}");
}

#[test]
fn on_an_event_loop_a_stretch_goes_with_its_tasks_and_has_what_they_await() {
    let (result, ran) = attribute(&project("handler = 'service:gathers'\nconcurrency = 8"), &FEW);
    assert_eq!((ran.code, &result["failed_requests"]), (Some(0), &0.into()), "{ran}");
    let [fetch, part, compute] = ["(span fetch)", "(span part)", "(span compute)"].map(|name| row(&result, name));
    assert_eq!((&part["calls_per_request"], &fetch["calls_per_request"]), (&2.0.into(), &1.0.into()), "{result:#}");
    // The two tasks wait at the same time, which counts once.
    let [of_fetch, of_part] = [fetch, part].map(|row| seconds(row, "inclusive_per_request"));
    assert!(of_part >= 5e-3 && of_part <= of_fetch, "{of_part} of {of_fetch}: {result:#}");
    assert!(seconds(part, "asleep_per_request") >= 4e-3, "{part:#}");
    // While one computes no other runs on the loop.
    assert!(seconds(compute, "inclusive_per_request") >= 300e-6, "{compute:#}");
    // What a stretch awaits isn't its own.
    assert!(2.0 * seconds(fetch, "seconds_per_request") < of_fetch, "{result:#}");
    assert_eq!(row(&result, "service:parse")["calls_per_request"], 2.0);
    sums_to_one(&result);
}
