//! Services that are over quickly, that sleep, and of which little is known.

use super::*;

const SHORT: &str = r#"
import json, time

def work(number):
    total = 0
    for value in range(number):
        total += value * value % 7
    return total

def handle(request):
    return work(request)

def requests(count, seed):
    return [1500] * count

def texts(count, seed):
    return [json.dumps(list(range(1500)))] * count

def load(number):
    time.sleep(0.002)

def customer(number):
    load(number)

def page(request):
    customer(request)
    return work(request)

def faster(number):
    return sum(value * value % 7 for value in range(number))
"#;

fn short(scenario: &str) -> Project {
    Project::new(&[("short.py", SHORT), ("rustworthy.toml", &format!("[scenario.api]\n{scenario}\n"))])
}

fn open(handler: &str, requests: &str) -> Project {
    short(&format!(
        "handler = '{handler}'\nrequests = 'short:{requests}'\ncount = 1000\n\
         arrivals = {{ process = 'poisson', utilization = 0.5 }}"
    ))
}

#[test]
fn a_service_that_is_over_quickly_is_looked_at_until_there_is_enough() {
    let (result, ran) = attribute(&open("short:handle", "requests"), &["--quick"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let work = row(&result, "short:work");
    assert_eq!(work["kind"], "python", "{work:#}");
    // On a busy machine what is sampled varies much.
    assert!(work["cpu_share"]["high"].as_f64().unwrap() > 0.5, "{work:#}");
}

#[test]
fn without_candidates_what_does_not_wait_is_other_functions() {
    let (result, ran) = attribute(&open("json:loads", "texts"), &["--quick"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(result["functions"].as_array().unwrap().iter().all(|row| row["calls_per_request"].is_null()), "{result:#}");
    let other = row(&result, "(other functions)");
    assert!(other["share_of_p50"]["estimate"].as_f64().unwrap() > 0.0, "{other:#}");
    assert!(result["waiting"]["share_of_p50"]["estimate"].as_f64().unwrap() < 1.0, "{result:#}");
    let per_request = other["seconds_per_request"].as_f64().unwrap();
    assert!(per_request > 1e-6, "{other:#}");
}

#[test]
fn the_load_that_was_reached_is_told_beside_the_one_that_was_asked_for() {
    let project = open("short:handle", "requests");
    let (result, ran) = attribute(&project, &["--quick"]);
    let load = &result["load"];
    assert_eq!(load["utilization"], 0.5, "{ran}");
    let reached = result["utilization"]["estimate"].as_f64().unwrap();
    assert_eq!(load["is_reached"], (reached - 0.5).abs() <= 0.05, "{load:#} {reached}");
    let table = project.run(&["report"]);
    assert!(table.stdout.contains(", 50% asked for"), "{table}");
    let is_warned = table.stdout.contains("where 50% was asked for: latency is that of the load that was measured");
    assert_eq!(load["is_reached"] == false, is_warned, "{table}");
}

#[test]
fn each_function_tells_how_long_it_and_what_it_calls_was_asleep() {
    let project = short(
        "handler = 'short:page'\nrequests = 'short:requests'\ncount = 1000\narrivals = { process = 'closed' }\n\
         candidates = ['short:customer', 'short:load', 'short:work']",
    );
    let (result, ran) = attribute(&project, &["--quick"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let asleep = |name| row(&result, name)["asleep_per_request"].as_f64().unwrap();
    assert!(asleep("short:load") >= 0.0019 && asleep("short:customer") >= asleep("short:load"), "{result:#}");
    assert!(asleep("short:work") < 0.001, "{result:#}");
    let share = row(&result, "short:customer")["asleep_share_of_p99"]["estimate"].as_f64().unwrap();
    assert!(share > 0.0, "{result:#}");
    assert_eq!(row(&result, "short:load")["called_within"], serde_json::json!(["short:customer"]));
    assert_eq!(row(&result, "short:work")["called_within"], serde_json::json!([]));
    // The row of all is still their sum.
    let all = row(&result, "(asleep)")["seconds_per_request"].as_f64().unwrap();
    assert!(all >= asleep("short:load"), "{result:#}");
    let table = project.run(&["report"]);
    assert!(table.stdout.contains("of p99 asleep") && table.stdout.contains("% asleep"), "{table}");
}

#[test]
fn a_migration_of_few_requests_is_fine_where_responses_are_equal() {
    let project = short(
        "handler = 'short:handle'\nrequests = 'short:requests'\ncount = 300\narrivals = { process = 'closed' }\n\
         [scenario.api.migrated]\n'short:work' = 'short:faster'",
    );
    let (result, ran) = attribute(&project, &[]);
    assert_eq!(result["migrated"]["equivalence"], "equal", "{ran}");
    assert_eq!((ran.code, &result["migrated"]["measured"]), (Some(0), &Value::Null), "{ran}");
}
