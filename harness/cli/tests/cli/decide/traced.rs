//! Decisions by traces of production, whose spans name functions.

use serde_json::json;

use super::*;

/// Requests of 10 to 20 ms of which two functions make 60 % and 20 %, as OTLP: one is named by the conventions of today, the
/// other as Logfire does it.
fn traces(requests: u64) -> String {
    let spans = (1..=requests).flat_map(|number| {
        let (start, unit) = (1_780_000_000_000_000_000 + 30_000_000 * number, 1_000_000 + 10_000 * (number % 100));
        let span = |id: u64, name: &str, kind: u64, [from, to]: [u64; 2], attributes: &[(&str, &str)]| {
            let attribute = |(key, value): &(&str, &str)| json!({ "key": key, "value": { "stringValue": value } });
            json!({
                "traceId": format!("{number:032x}"),
                "spanId": format!("{id:016x}"),
                "parentSpanId": if id == 1 { String::new() } else { format!("{:016x}", 1) },
                "name": name,
                "kind": kind,
                "startTimeUnixNano": (start + from * unit).to_string(),
                "endTimeUnixNano": (start + to * unit).to_string(),
                "attributes": attributes.iter().map(attribute).collect::<Vec<_>>(),
            })
        };
        let slow = [("code.function.name", "impls.slow"), ("code.file.path", "/srv/app/impls.py")];
        let other = [("code.function", "handle"), ("code.filepath", "impls.py"), ("code.lineno", "12")];
        [
            span(1, "GET /sums", 2, [0, 10], &[]),
            span(2, "sum up", 1, [1, 7], &slow),
            span(3, "the rest", 1, [7, 9], &other),
            span(4, "POST /log", 3, [9, 10], &other),
        ]
    });
    let spans: Vec<Value> = spans.collect();
    let service = json!([{ "key": "service.name", "value": { "stringValue": "shop" } }]);
    json!({ "resourceSpans": [{ "resource": { "attributes": service }, "scopeSpans": [{ "spans": spans }] }] })
        .to_string()
}

#[test]
fn traces_stand_in_place_of_a_scenario_and_their_functions_are_those_of_workloads() {
    let manifest = WORKLOAD.replace("[workload.w]\n", "[workload.w]\nreplaces = 'impls:slow'\n")
        + "[scenario.api]\nhandler = 'impls:handle'\nrequests = 'impls:requests'\ncount = 1000\n\
           arrivals = { process = 'closed' }\ncandidates = ['impls:slow']\n";
    let project = Project::new(&[("rustworthy.toml", &manifest), ("impls.py", MODULE), ("spans.json", &traces(1_200))]);
    let ran = project.run(&[&QUICK[..], &["--trace", "spans.json", "--service", "shop"]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    let result = json(&ran);
    assert_valid::<Decision<String>>(&result);
    let candidates = result["candidates"].as_array().unwrap();
    let of = |function: &str| candidates.iter().find(|candidate| candidate["function"] == function);
    let joined = of("impls:slow").unwrap_or_else(|| panic!("{result:#}"));
    assert_eq!((&joined["workload"], &joined["scenario"]), (&"w".into(), &"spans.json".into()), "{joined:#}");
    assert_eq!((&joined["verdict"], &joined["contender"]), (&"fix_algorithm".into(), &"fast".into()), "{joined:#}");
    let change = joined["ceiling"]["p99_change"]["estimate"].as_f64().unwrap();
    assert!((change + 0.6).abs() < 0.01, "{joined:#}");
    // One that no workload stands for comes with the table of one that would; whoever calls another service waits for it.
    let other = of("impls:handle").unwrap_or_else(|| panic!("{result:#}"));
    assert!(other["manifest"].as_str().unwrap().contains("replaces = \"impls:handle\""), "{other:#}");
    let waits = of("POST /log").unwrap_or_else(|| panic!("{result:#}"));
    assert_eq!((&waits["verdict"], &waits["reasons"][0]["code"]), (&"leave".into(), &"asleep".into()), "{waits:#}");
    let said = waits["reasons"][0]["text"].as_str().unwrap();
    assert!(said.starts_with("It waits for another service (kind CLIENT) for ") && said.contains(", 10% "), "{said}");
    assert_eq!(waits["manifest"], Value::Null);
    // Of what is left nobody knows whether it's work.
    let handled = of("GET /sums").unwrap_or_else(|| panic!("{result:#}"));
    let said: Vec<&str> =
        handled["reasons"].as_array().unwrap().iter().filter_map(|reason| reason["text"].as_str()).collect();
    assert!(said.iter().any(|said| said.contains("kind CLIENT") && said.contains("`code.function.name`")), "{said:?}");
    assert!(said.iter().all(|said| !said.contains("add one to the manifest")), "{said:?}");

    let notes = result["notes"].as_array().unwrap();
    let note = notes.iter().find(|note| note["code"] == "no_queue_in_trace").unwrap_or_else(|| panic!("{result:#}"));
    assert!(note["text"].as_str().unwrap().contains("no queue was replayed"), "{note:#}");
    let sources = result["sources"].as_array().unwrap();
    assert_eq!(sources.len(), 2, "the scenario wasn't measured: {result:#}");

    // The same from what was saved, without measuring or reading again.
    let runs: Vec<&str> = sources.iter().flat_map(|source| ["--from", source["run"].as_str().unwrap()]).collect();
    let again = json(&project.run(&[&["decide", "--format", "json"], &runs[..]].concat()));
    assert_eq!(again["candidates"][0]["p99_change"], result["candidates"][0]["p99_change"], "{again:#}");

    let refused = project.run(&["decide", "--service", "shop"]);
    assert!(refused.code == Some(2) && refused.stderr.contains("--trace"), "{refused}");
    let missing = project.run(&["decide", "--trace", "nothing.json", "--from", runs[1]]);
    assert!(missing.code == Some(2) && missing.stderr.contains("nothing.json"), "{missing}");
}
