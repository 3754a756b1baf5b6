//! Traces that are samples, and traces whose root is elsewhere.

use serde_json::json;

use super::*;

/// Requests of 1 ms, every twentieth of 3 ms, as OTLP; `mark` adds to the span of each.
fn requests(number: u64, mark: impl Fn(u64) -> Value) -> String {
    let span = |number: u64| {
        let start = 10_000_000 * number;
        let mut span = json!({
            "traceId": format!("{number:032x}"),
            "spanId": "0000000000000001",
            "name": "GET /",
            "startTimeUnixNano": start.to_string(),
            "endTimeUnixNano": (start + if number.is_multiple_of(20) { 3_000_000 } else { 1_000_000 }).to_string(),
        });
        if let (Some(span), Value::Object(marks)) = (span.as_object_mut(), mark(number)) {
            span.extend(marks);
        }
        span
    };
    let spans: Vec<Value> = (1..=number).map(span).collect();
    let service = json!([{ "key": "service.name", "value": { "stringValue": "shop" } }]);
    json!({ "resourceSpans": [{ "resource": { "attributes": service }, "scopeSpans": [{ "spans": spans }] }] })
        .to_string()
}

fn attributed(project: &Project, arguments: &[&str]) -> Value {
    let ran = project.run(&[&["attribute", "--format", "json", "--trace"], arguments].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    let result = serde_json::from_str(&ran.stdout).unwrap();
    assert_valid::<rustworthy_model::attribution::Attribution>(&result);
    result
}

#[test]
fn requests_of_a_sample_stand_for_others_in_quantiles() {
    // Of the slow ones all were kept, of the others one of ten: so only one of 200 is slow.
    let sampled =
        requests(
            2_000,
            |number| if number.is_multiple_of(20) { Value::Null } else { json!({ "traceState": "ot=th:e66666" }) },
        );
    let project = Project::new(&[("sampled.json", &sampled)]);
    let result = attributed(&project, &["sampled.json"]);
    let trace = &result["trace"];
    assert_eq!(
        (&trace["sampled"], &trace["weights"], &result["requests"]),
        (&true.into(), &"ot=th".into(), &2000.into())
    );
    let represented = trace["represented_requests"].as_f64().unwrap();
    assert!((represented - 19_100.0).abs() < 1.0, "{represented}");
    let p99 = |result: &Value| result["latency"]["p99"]["estimate"].as_f64().unwrap();
    assert!((p99(&result) - 1e-3).abs() < 1e-9, "{result:#}");
    assert!(result["notes"][0].as_str().unwrap().contains("100 requests tell no weight"), "{result:#}");
    let kept = attributed(&project, &["sampled.json", "--weights", "none"]);
    assert!((p99(&kept) - 3e-3).abs() < 1e-9, "{kept:#}");
    assert!(kept["notes"][0].as_str().unwrap().contains("of the 2000 requests that were kept"), "{kept:#}");
    let table = project.run(&["attribute", "--trace", "sampled.json"]);
    assert!(table.stdout.contains("the requests stand for 19,100 (weights: ot=th)"), "{table}");
    let ran = project.run(&["attribute", "--trace", "sampled.json", "--weights", "adjusted"]);
    assert_eq!((ran.code, ran.stderr.contains("has an attribute 'adjusted'")), (Some(2), true), "{ran}");
}

#[test]
fn unequal_weights_tell_less_than_their_number() {
    let weight = |number: u64| if number.is_multiple_of(2) { 100 } else { 1 };
    let rate = |number| json!({ "attributes": [{ "key": "n", "value": { "intValue": weight(number) } }] });
    let project = Project::new(&[("sampled.json", &requests(1_500, rate))]);
    let result = attributed(&project, &["sampled.json", "--weights", "n"]);
    assert!(result["latency"]["p99"].is_null() && !result["latency"]["p90"].is_null(), "{result:#}");
    let reason = result["refused"]["reason"].as_str().unwrap();
    assert!(reason.contains("tell as much as 765 that stand for one each"), "{reason}");
}

#[test]
fn traces_that_were_chosen_by_latency_give_no_quantiles() {
    let policy = json!({ "attributes": [{ "key": "tailsampling.policy", "value": { "stringValue": "slow" } }] });
    let project = Project::new(&[("chosen.json", &requests(2_000, |_| policy.clone()))]);
    let result = attributed(&project, &["chosen.json"]);
    for quantile in ["p50", "p90", "p99", "p999"] {
        assert!(result["latency"][quantile].is_null(), "{result:#}");
    }
    let reason = result["refused"]["reason"].as_str().unwrap();
    assert!(reason.contains("tail sampling") && reason.contains("--weights KEY"), "{reason}");
    assert!(result["trace"]["effective_requests"].is_null() && result["functions"][0]["what_if"] == json!([]));
    for format in ["table", "markdown"] {
        let ran = project.run(&["attribute", "--format", format, "--trace", "chosen.json"]);
        assert!(ran.code == Some(0) && ran.stdout.contains("tail sampling") && !ran.stdout.contains("0 ns"), "{ran}");
    }
    let result = attributed(&project, &["chosen.json", "--weights", "none"]);
    assert!(!result["latency"]["p99"].is_null(), "{result:#}");
}

#[test]
fn requests_begin_where_they_reach_the_service_that_is_named() {
    let orphans = requests(1_200, |_| json!({ "parentSpanId": "00000000000000ff" }));
    let project = Project::new(&[("orphans.json", &orphans)]);
    let ran = project.run(&["attribute", "--trace", "orphans.json"]);
    assert_eq!((ran.code, ran.stderr.contains("--service 'shop' (1200 of these are its)")), (Some(2), true), "{ran}");
    let result = attributed(&project, &["orphans.json", "--service", "shop"]);
    assert_eq!((&result["requests"], &result["trace"]["orphans"]), (&1200.into(), &0.into()));
    let ran = project.run(&["attribute", "--trace", "orphans.json", "--service", "shops"]);
    assert_eq!(
        (ran.code, ran.stderr.contains("no span is of a service 'shops'; there are shop")),
        (Some(2), true),
        "{ran}"
    );
}

#[test]
fn what_there_is_of_a_file_that_ends_too_early_can_be_used() {
    let whole = requests(1_200, |_| Value::Null);
    let project = Project::new(&[("cut.json", &whole[..whole.len() - 300])]);
    let ran = project.run(&["attribute", "--trace", "cut.json"]);
    assert_eq!((ran.code, ran.stderr.contains("--allow-truncated uses what is there")), (Some(2), true), "{ran}");
    let result = attributed(&project, &["cut.json", "--allow-truncated"]);
    assert_eq!(result["trace"]["truncated"], 1);
    assert!(result["notes"][0].as_str().unwrap().contains("end too early"), "{result:#}");
}
