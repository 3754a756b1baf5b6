//! Traces that are read in parts, and parts that are merged.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::*;

/// Requests as OTLP, each of a trace of its own: 1 ms, every twentieth 3 ms, with a call in each to a function of Python.
fn requests(numbers: std::ops::Range<u64>) -> String {
    let spans: Vec<Value> = numbers
        .flat_map(|number| {
            let start = 1_780_000_000_000_000_000 + 10_000_000 * number;
            let took = if number.is_multiple_of(20) { 3_000_000 } else { 1_000_000 };
            let span = |id: u64, parent: &str, name: &str, took: u64, attributes: Value| {
                json!({
                    "traceId": format!("{number:032x}"),
                    "spanId": format!("{id:016x}"),
                    "parentSpanId": parent,
                    "name": name,
                    "startTimeUnixNano": start.to_string(),
                    "endTimeUnixNano": (start + took).to_string(),
                    "attributes": attributes,
                })
            };
            let attribute = |key: &str, text: &str| json!({ "key": key, "value": { "stringValue": text } });
            let function =
                [attribute("code.function.name", "shop.cart.total"), attribute("code.file.path", "/srv/shop/cart.py")];
            [
                span(1, "", &format!("GET /carts/{number}"), took, json!([])),
                span(2, "0000000000000001", "total", took / 2, json!(function)),
            ]
        })
        .collect();
    let service = json!([{ "key": "service.name", "value": { "stringValue": "shop" } }]);
    json!({ "resourceSpans": [{ "resource": { "attributes": service }, "scopeSpans": [{ "spans": spans }] }] })
        .to_string()
}

fn answer(project: &Project, arguments: &[&str]) -> Value {
    let ran = project.run(&[&["attribute", "--format", "json"], arguments].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    let mut result: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_valid::<rustworthy_model::attribution::Attribution>(&result);
    result.as_object_mut().unwrap().remove("run");
    result
}

/// Makes a part of a file in the folder `parts`.
fn make_part(project: &Project, file: &str, part: &str, more: &[&str]) -> Ran {
    fs::create_dir_all(project.file("parts")).unwrap();
    project.run(&[&["attribute", "--trace", file, "--partial", &format!("parts/{part}.parquet")], more].concat())
}

fn two_hours() -> Project {
    Project::new(&[
        ("one.json", &requests(1..801)),
        ("two.json", &requests(801..1_601)),
        ("none.json", &requests(0..0)),
    ])
}

/// What is said where parts can't be merged.
#[track_caller]
fn refusal(project: &Project) -> String {
    let ran = project.run(&["attribute", "--merge", "parts"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    ran.stderr
}

#[test]
fn parts_are_merged_to_the_answer_of_one_process() {
    let project = two_hours();
    for (file, part) in [("two.json", "a"), ("none.json", "b"), ("one.json", "c")] {
        let ran = make_part(&project, file, part, &[]);
        assert!(ran.code == Some(0) && ran.stdout.is_empty() && ran.stderr.contains("attribute --merge"), "{ran}");
    }
    let merged = answer(&project, &["--merge", "parts"]);
    let mut whole = answer(&project, &["--trace", "none.json", "one.json", "two.json"]);
    assert_eq!(merged, whole);
    assert_eq!((&merged["requests"], &merged["trace"]["left_out"]), (&1_600.into(), &0.into()));
    let function = |row: &&Value| row["name"] == "shop.cart:total";
    let found = merged["functions"].as_array().unwrap().iter().find(function).expect("a function of Python");
    assert_eq!(found["file"], "/srv/shop/cart.py");

    // What is beyond the limit goes through temporary files, to the same answer.
    assert_eq!(answer(&project, &["--merge", "parts", "--limit", "requests=800"]), merged);

    // Resamples are those of the seed and the confidence of whoever merges.
    let drawn = ["--seed", "7", "--confidence", "90%"];
    whole = answer(&project, &[&["--trace", "none.json", "one.json", "two.json"], &drawn[..]].concat());
    assert_eq!(answer(&project, &[&["--merge", "parts"], &drawn[..]].concat()), whole);
    assert_ne!(whole, merged);
}

#[test]
fn a_histogram_weighs_requests_where_parts_are_merged() {
    let metrics = [("0.002", 98_000), ("0.01", 100_000), ("+Inf", 100_000)]
        .map(|(bound, count)| format!("http_server_request_duration_seconds_bucket{{le=\"{bound}\"}} {count}\n"));
    let project = two_hours();
    fs::write(project.file("metrics.txt"), metrics.concat()).unwrap();
    for file in ["one.json", "two.json"] {
        assert_eq!(make_part(&project, file, file, &[]).code, Some(0));
    }
    let merged = answer(&project, &["--merge", "parts", "--calibrate", "metrics.txt"]);
    assert_eq!(merged, answer(&project, &["--trace", "one.json", "two.json", "--calibrate", "metrics.txt"]));
    assert_eq!(merged["trace"]["weights"], "histogram");
    let represented = merged["trace"]["represented_requests"].as_f64().unwrap();
    assert!((represented - 100_000.0).abs() < 1e-3, "{represented}");
    // A part alone isn't what the histogram is of.
    let ran = make_part(&project, "one.json", "weighed", &["--calibrate", "metrics.txt"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("--calibrate"), "{ran}");
    let ran = project.run(&["attribute", "--merge", "parts", "--calibrate", "nothing.txt"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("nothing.txt: can't be read"), "{ran}");
}

#[test]
fn spans_in_columns_are_read_at_once_and_in_parts_alike() {
    let project = Project::new(&[]);
    let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("../attribution/src/trace/tests/tables");
    fs::copy(tables.join("pyarrow.parquet"), project.file("spans.parquet")).unwrap();
    let columns = [
        "--columns",
        "start=start,trace=trace_id,span=span_id,parent=parent_id,state=state,name=name,kind=kind",
        "--columns",
        "service=service,resource=resource,attributes=attributes,duration=duration_ns,status=status",
    ];
    let whole = answer(&project, &[&["--trace", "spans.parquet"], &columns[..]].concat());
    assert_eq!((&whole["requests"], &whole["trace"]["formats"]), (&2.into(), &json!(["parquet"])));
    let ran = make_part(&project, "spans.parquet", "all", &columns);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(answer(&project, &["--merge", "parts"]), whole);

    for (more, says) in [
        (&[][..], "--columns"),
        (&["--columns", "trase=trace_id"], "did you mean 'trace'?"),
        (&["--columns", "trace"], "isn't of the form ROLE=COLUMN"),
        (&["--columns", "duration=took:weeks"], "what numbers count is said as :ns, :us, :ms or :s"),
    ] {
        let ran = project.run(&[&["attribute", "--trace", "spans.parquet"], more].concat());
        assert!(ran.code == Some(2) && ran.stderr.contains(says), "{more:?}: {ran}");
    }
    let ran = project.run(&["attribute", "--trace", "parts/all.parquet"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("attribute --merge takes the folder that it is in"), "{ran}");
}

#[test]
fn what_are_no_parts_of_one_whole_is_refused() {
    let project = two_hours();
    assert!(refusal(&project).contains("parts: can't be read: "));
    fs::create_dir(project.file("parts")).unwrap();
    assert!(refusal(&project).contains("parts: holds no part: no file is called *.parquet"));
    assert_eq!(make_part(&project, "one.json", "1", &[]).code, Some(0));
    fs::copy(project.file("parts/1.parquet"), project.file("parts/2.parquet")).unwrap();
    let said = refusal(&project);
    assert!(said.contains("parts/2.parquet: is the same part as parts/1.parquet; give each once"), "{said}");
    assert_eq!(make_part(&project, "two.json", "2", &["--service", "shop"]).code, Some(0));
    let said = refusal(&project);
    assert!(
        said.contains(
            "parts/2.parquet: was made with other options than parts/1.parquet: --service 'shop', and there none; make all parts \
             with the same"
        ),
        "{said}"
    );
    // Spans of one trace in two parts.
    fs::write(project.file("again.json"), requests(700..900)).unwrap();
    assert_eq!(make_part(&project, "again.json", "2", &[]).code, Some(0));
    let said = refusal(&project);
    assert!(said.contains(&format!("parts/2.parquet: the trace {:032x} lies in parts/1.parquet too", 700)), "{said}");

    let ran = make_part(&project, "one.json", "nowhere/1", &[]);
    let says = "parts/nowhere/1.parquet: can't be written: there is no folder parts/nowhere; make it first";
    assert!(ran.code == Some(2) && ran.stderr.contains(says), "{ran}");
}

#[test]
fn what_is_given_beside_parts_in_vain_is_refused_with_what_to_do() {
    let project = two_hours();
    assert_eq!(make_part(&project, "one.json", "1", &[]).code, Some(0));
    fs::write(project.file("notes.parquet"), "mine").unwrap();
    for (arguments, says) in [
        (&["--merge", "parts", "--partial", "all.parquet"][..], "copy them into one folder, and --merge that"),
        (
            &["--listen", "0", "--for", "1s", "--partial", "all.parquet"],
            "--trace DIR/received.binpb --partial FILE.parquet",
        ),
        (&["search", "--partial", "all.parquet"], "a scenario has no parts; give traces"),
        (&["--trace", "one.json", "--partial", "parts/2.part"], "parts/2.part: a part is called *.parquet"),
        (&["--trace", "one.json", "--partial", "parts/.2.parquet"], "parts/.2.parquet: a part is called *.parquet"),
        (
            &["--trace", "one.json", "--partial", "notes.parquet"],
            "notes.parquet: is there and no part that this program wrote",
        ),
        (&["--merge", "parts", "--service", "shop"], "--service: parts have it in them; leave it out here"),
        (&["--merge", "parts", "--weights", "auto"], "--weights: parts have it in them; leave it out here"),
        (
            &["--merge", "parts/1.parquet"],
            "parts/1.parquet: is a file; parts are merged by the folder that they are in: --merge parts",
        ),
    ] {
        let ran = project.run(&[&["attribute"], arguments].concat());
        assert!(ran.code == Some(2) && ran.stdout.is_empty() && ran.stderr.contains(says), "{arguments:?}: {ran}");
        assert!(!project.file("all.parquet").exists() && !project.file("parts/2.part").exists(), "{arguments:?}");
    }
    assert_eq!(fs::read(project.file("notes.parquet")).unwrap(), b"mine");
    // A part may be made anew.
    assert_eq!(make_part(&project, "two.json", "1", &[]).code, Some(0));
}

#[test]
fn what_else_is_beside_parts_is_left_aside_and_told() {
    let project = two_hours();
    for (file, part) in [("one.json", "1"), ("two.json", "2")] {
        assert_eq!(make_part(&project, file, part, &[]).code, Some(0));
    }
    let whole = answer(&project, &["--merge", "parts"]);
    fs::write(project.file("parts/3.part"), "").unwrap();
    fs::write(project.file("parts/.hidden"), "").unwrap();
    assert_eq!(answer(&project, &["--merge", "parts"]), whole);
    let ran = project.run(&["attribute", "--merge", "parts"]);
    assert!(ran.stderr.contains("left aside, since parts are called *.parquet: parts/3.part\n"), "{ran}");
}

#[test]
fn a_part_that_is_no_whole_one_of_this_version_is_refused() {
    let project = two_hours();
    assert_eq!(make_part(&project, "one.json", "1", &[]).code, Some(0));
    let file = project.file("parts/1.parquet");
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let said = refusal(&project);
    assert!(said.contains("parts/1.parquet: isn't a part, or not a whole one: "), "{said}");

    let version = format!("\"version\":\"{}\"", env!("CARGO_PKG_VERSION"));
    let at = whole.windows(version.len()).position(|bytes| bytes == version.as_bytes()).expect("a version");
    let mut other = whole.clone();
    other[at + "\"version\":\"".len()] = b'9';
    fs::write(&file, other).unwrap();
    let said = refusal(&project);
    assert!(
        said.contains("parts/1.parquet: is a part of rustworthy 9") && said.contains("make all parts with"),
        "{said}"
    );

    let mut damaged = whole;
    let middle = damaged.len() / 3;
    damaged[middle] ^= 1;
    fs::write(&file, damaged).unwrap();
    assert!(refusal(&project).contains("parts/1.parquet: is"));

    fs::write(&file, "no").unwrap();
    assert!(refusal(&project).contains("parts/1.parquet: isn't a part, or not a whole one: it ends too early"));
}
