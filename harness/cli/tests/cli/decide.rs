//! Decisions: projects with known answers from saved runs, and real ones that are measured, reused and measured again.

// The rules' own tests use more of it.
#[allow(dead_code)]
#[path = "../../../engine/src/verdict/decision/known_answers/mod.rs"]
mod known_answers;

mod traced;

use std::fs;

use rustworthy_model::decision::{Decision, version_1};
use rustworthy_reports::to_json;
use serde_json::Value;

use super::support::{Project, Ran};
use super::validation::assert_valid;
use known_answers::{Known, known};

/// The module that manifests of known answers name.
const SERVICE: &str = "def inputs(size, seed):\n    return list(range(size))\n\n\
    def validate(value):\n    return sum(value)\n\n\
    def other(value):\n    return sum(value)\n\n\
    def handle(request):\n    return validate(request)\n\n\
    def requests(count, seed):\n    return [[1, 2, 3]] * count\n";

/// A project with the runs of a known answer beside it.
fn project(known: &Known) -> Project {
    let project = Project::new(&[("rustworthy.toml", &known.manifest), ("service.py", SERVICE)]);
    if let Some(comparison) = &known.comparison {
        fs::write(project.file("compare.json"), to_json(comparison)).unwrap();
    }
    if let Some(attribution) = &known.attribution {
        fs::write(project.file("attribute.json"), to_json(attribution)).unwrap();
    }
    project
}

/// Decides from the saved runs of a project.
fn from_saved(project: &Project, arguments: &[&str]) -> Ran {
    let runs = ["compare.json", "attribute.json"].into_iter().filter(|name| project.file(name).exists());
    let from: Vec<&str> = runs.flat_map(|name| ["--from", name]).collect();
    project.run(&[&["decide"], from.as_slice(), arguments].concat())
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}"))
}

fn named(name: &str) -> Known {
    known().into_iter().find(|known| known.name == name).unwrap()
}

#[test]
fn known_answers_come_out_right_from_saved_runs() {
    for known in known() {
        let project = project(&known);
        let ran = from_saved(&project, &["--format", "json"]);
        assert_eq!(ran.code, Some(0), "{}: {ran}", known.name);
        let result = json(&ran);
        assert_valid::<Decision<String>>(&result);
        let candidate = &result["candidates"][0];
        let expected = serde_json::to_value(known.verdict).unwrap();
        assert_eq!(candidate["verdict"], expected, "{}: {candidate:#}", known.name);
        assert_eq!(candidate["contender"].as_str(), known.contender, "{}: {candidate:#}", known.name);
        assert_eq!(candidate["command"].as_str(), known.command, "{}: {candidate:#}", known.name);
        let mut reasons = candidate["reasons"].as_array().unwrap().iter();
        let is_it =
            |reason: &Value| reason["code"] == known.code && reason["text"].as_str().unwrap().contains(known.says);
        assert!(reasons.any(is_it), "{}: {candidate:#}", known.name);
        assert!(project.file(".rustworthy/latest/report.html").exists());
    }
}

#[test]
fn what_is_suggested_after_a_run_of_another_size_is_of_that_size() {
    let mut known = named("too wide an interval");
    let command = |known: &Known| {
        let ran = from_saved(&project(known), &["--format", "json"]);
        json(&ran)["candidates"][0]["command"].as_str().unwrap_or_else(|| panic!("{ran}")).to_owned()
    };
    let sized = |known: &Known, sizes: &str| known.manifest.replace("{ default = 100 }", sizes);
    let plain = "rustworthy compare validate --precision 1% --budget 300s";
    assert_eq!(command(&known), plain);
    let manifests = [sized(&known, "{ default = 7, large = 100 }"), sized(&known, "{ default = 7 }")];
    for (manifest, size) in manifests.into_iter().zip(["large", "100"]) {
        known.manifest = manifest;
        assert_eq!(command(&known), format!("{plain} --size {size}"));
    }
}

#[test]
fn a_decision_is_rendered_again() {
    let project = project(&named("clear win"));
    let table = from_saved(&project, &[]);
    assert!(table.stdout.contains("migrate") && table.stdout.contains("Order of work"), "{table}");
    let again = project.run(&["report"]);
    assert_eq!((again.code, &again.stdout), (Some(0), &table.stdout), "{again}");
    // It's no gate.
    let refused = project.run(&["report", "--format", "junit"]);
    assert!(refused.code == Some(2) && refused.stderr.contains("junit and github are formats of gates"), "{refused}");
    let markdown = from_saved(&project, &["--format", "markdown"]);
    assert!(markdown.stdout.starts_with("# Decision: 1 to migrate"), "{markdown}");
}

#[test]
fn what_an_attribution_warned_of_is_in_every_rendering() {
    let mut known = named("another load than was asked for");
    known.attribution.as_mut().unwrap().notes = vec!["others had the processors".into()];
    let project = project(&known);
    let table = from_saved(&project, &[]);
    let markdown = from_saved(&project, &["--format", "markdown"]);
    let page = fs::read_to_string(project.file(".rustworthy/latest/report.html")).unwrap();
    for text in [table.stdout, markdown.stdout, page] {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("Scenario api: utilisation was 80% (79 to 81) where 70% was asked for"), "{text}");
        assert!(text.contains("Scenario api: others had the processors."), "{text}");
    }
}

/// The baseline of the workload is decided about beside a contender that raises.
#[test]
fn what_failed_is_told_in_its_own_line_whatever_the_verdict() {
    let manifest = "[workload.sums]\ninput = 'sums:inputs'\nsizes = { default = 2000 }\n\
        [workload.sums.contender.python]\npython = 'sums:slow'\nbaseline = true\n\
        [workload.sums.contender.fast]\npython = 'sums:fast'\nkind = 'algorithm'\n\
        [workload.sums.contender.boom]\npython = 'sums:boom'\n";
    let module = "def inputs(size, seed):\n    return list(range(size))\n\n\
        def slow(values):\n    total = 0\n    for value in values:\n        total += value\n    return total\n\n\
        def fast(values):\n    return sum(values)\n\n\
        def boom(values):\n    return values[0] / (values[0] - values[0])\n";
    let project = Project::new(&[("rustworthy.toml", manifest), ("sums.py", module)]);
    let ran = project.run(&QUICK);
    assert_eq!(ran.code, Some(3), "{ran}");
    let line = ran.stderr.lines().find(|line| line.contains("workload sums: boom failed: raised ZeroDivisionError"));
    assert!(line.is_some(), "{ran}");
    let reasons = json(&ran)["candidates"][0]["reasons"].to_string();
    assert!(reasons.contains("ZeroDivisionError") && !reasons.contains("^^^"), "{reasons}");
}

#[test]
fn a_function_is_suggested_by_its_last_name() {
    let project = project(&named("clear win"));
    let ran = project.run(&["decide", "validates"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("did you mean 'validate'?"), "{ran}");
    let manifest = fs::read_to_string(project.file("rustworthy.toml")).unwrap();
    fs::write(project.file("rustworthy.toml"), manifest.replace("workload.validate", "workload.check")).unwrap();
    let ran = project.run(&["decide", "validate"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("did you mean service:validate?"), "{ran}");
}

#[test]
fn version_1_is_written_on_request_and_read_for_good() {
    let known = named("library suffices");
    let project = project(&known);
    let old = from_saved(&project, &["--format", "json", "--json-version", "1"]);
    let result = json(&old);
    assert_valid::<version_1::Decision>(&result);
    assert_eq!(result["schema"], "rustworthy.decision.v1");
    let mut reasons = result["candidates"][0]["reasons"].as_array().unwrap().iter();
    assert!(reasons.any(|reason| reason.as_str().unwrap().contains(known.says)), "{old}");

    let newest = ["report", "--format", "json"];
    assert_eq!(json(&project.run(&newest))["schema"], "rustworthy.decision.v2");
    let again = project.run(&[&newest[..], &["--json-version", "1"]].concat());
    assert_eq!(again.stdout, old.stdout);

    // As an earlier version has saved it, which told no sizes but in its words.
    fs::write(project.file("old.json"), &old.stdout).unwrap();
    let read = project.run(&["report", "old.json"]);
    assert!(read.code == Some(0) && read.stdout.contains("at size"), "{read}");
    let written = project.run(&["report", "old.json", "--format", "json", "--json-version", "1"]);
    assert_eq!(written.stdout, old.stdout);
    let reason = json(&project.run(&["report", "old.json", "--format", "json"]))["candidates"][0]["reasons"][0].clone();
    assert_eq!(reason["code"], "version1");
    assert_eq!(reason["text"], result["candidates"][0]["reasons"][0]);
}

#[test]
fn what_is_wrong_with_runs_and_prices_is_said() {
    let known = named("clear win");
    let refused = |change: &dyn Fn(&Project), arguments: &[&str], says: &str| {
        let project = project(&known);
        change(&project);
        let ran = from_saved(&project, arguments);
        assert_eq!(ran.code, Some(2), "{says}: {ran}");
        assert!(ran.stderr.contains(says), "{says}: {ran}");
        assert!(ran.stdout.is_empty(), "{ran}");
    };
    let replace = |project: &Project, file: &str, old: &str, new: &str| {
        let text = fs::read_to_string(project.file(file)).unwrap();
        assert!(text.contains(old), "{file}: {old}");
        fs::write(project.file(file), text.replace(old, new)).unwrap();
    };
    let add = |project: &Project, text: &str| {
        let manifest = fs::read_to_string(project.file("rustworthy.toml")).unwrap();
        fs::write(project.file("rustworthy.toml"), manifest + text).unwrap();
    };
    refused(&|project| add(project, "[cost]\ncore-hour = -1\n"), &[], "expected a number above 0, found '-1'");
    refused(&|project| add(project, "[cost]\ncore-hour = 1e30\n"), &[], "cost.core-hour: 1e30 is more than");
    refused(
        &|project| replace(project, "compare.json", "comparison.v1", "comparison.v2"),
        &[],
        "its schema is 'rustworthy.comparison.v2'",
    );
    refused(
        &|project| replace(project, "compare.json", "\"name\": \"validate\"", "\"name\": \"parse\""),
        &[],
        "it's a run of another project",
    );
    refused(
        &|project| replace(project, "attribute.json", "\"scenario\": \"api\"", "\"scenario\": \"web\""),
        &[],
        "has no scenario 'web'",
    );
    refused(&|project| replace(project, "service.py", "validate", "check"), &[], "'validate' is gone");
    refused(
        &|project| replace(project, "attribute.json", "service:validate", "service:gone_long_ago"),
        &[],
        "is of a function that is gone",
    );
    refused(&|_| {}, &["valdate"], "did you mean 'validate'?");
    refused(&|_| {}, &["service:valdate"], "did you mean 'service:validate'?");
    refused(&|_| {}, &["--from", "nothing"], "no such run");
    refused(&|_| {}, &["--enough", "120%"], "at most 100%");
}

#[test]
fn names_choose_and_terms_change_the_verdict() {
    let project = project(&named("library suffices"));
    let verdict = |arguments: &[&str]| {
        let result = json(&from_saved(&project, &[arguments, &["--format", "json"]].concat()));
        result["candidates"][0]["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(verdict(&["validate"]), "use_library");
    assert_eq!(verdict(&["api", "--enough", "99%"]), "migrate");
    assert_eq!(verdict(&["service:validate", "--isolated"]), "leave");
}

/// Two ways to do the same, one of which takes a twentieth of the time.
const MODULE: &str = "def make(size, seed):\n    return size\n\n\
    def slow(n):\n    total = 0\n    for number in range(200 * n):\n        total += number\n    return total\n\n\
    def fast(n):\n    n *= 200\n    return n * (n - 1) // 2\n\n\
    def handle(request):\n    return slow(request)\n\n\
    def requests(count, seed):\n    return [2] * count\n";

const WORKLOAD: &str = "[workload.w]\ninput = 'impls:make'\nsizes = { default = 20 }\n\
    [workload.w.contender.slow]\npython = 'impls:slow'\nbaseline = true\n\
    [workload.w.contender.fast]\npython = 'impls:fast'\nkind = 'algorithm'\n";

const QUICK: [&str; 6] = ["decide", "--quick", "--budget", "100ms", "--format", "json"];

#[test]
fn what_is_lacking_is_measured_and_what_is_there_is_reused() {
    let project = Project::new(&[("rustworthy.toml", WORKLOAD), ("impls.py", MODULE)]);
    let first = project.run(&QUICK);
    assert_eq!(first.code, Some(0), "{first}");
    let result = json(&first);
    let candidate = &result["candidates"][0];
    assert_eq!(
        (&candidate["verdict"], &candidate["contender"]),
        (&"fix_algorithm".into(), &"fast".into()),
        "{candidate:#}"
    );
    assert_eq!(result["sources"][0]["how"], "measured");
    assert!(first.stderr.contains("measuring what no run has results of: w"), "{first}");

    // Prices are what measurements are decided by, not what they are of.
    let priced = format!(
        "[cost]\ncore-hour = 0.04\nengineer-day = 800\nmigration-days = 5\n{}",
        WORKLOAD.replace("[workload.w]\n", "[workload.w]\ncalls-per-month = 1e12\n")
    );
    fs::write(project.file("rustworthy.toml"), priced).unwrap();
    let second = project.run(&QUICK);
    let reused = json(&second);
    assert_eq!(reused["sources"][0]["how"], "reused", "{second}");
    assert_eq!(reused["sources"][0]["run"], result["sources"][0]["run"]);
    assert_eq!(reused["candidates"][0]["speedup"], candidate["speedup"]);
    assert!(reused["candidates"][0]["cost"]["payback_months"]["estimate"].is_f64(), "{second}");

    // Other code is measured again.
    fs::write(project.file("impls.py"), MODULE.replace("total = 0", "total = 0 # nothing yet")).unwrap();
    let third = json(&project.run(&QUICK));
    assert_eq!(third["sources"][0]["how"], "measured");
    assert_ne!(third["sources"][0]["run"], result["sources"][0]["run"]);
    let fresh = json(&project.run(&[&QUICK[..], &["--fresh"]].concat()));
    assert_eq!(fresh["sources"][0]["how"], "measured");
    project.assert_deserted();
}

/// How wide the widest interval of a comparison is, relative to the time.
fn widest(result: &Value) -> f64 {
    let contenders = result["workloads"][0]["contenders"].as_array().unwrap().iter();
    let end = |contender: &Value, name: &str| contender["seconds"][name].as_f64().unwrap();
    let widths = contenders.map(|one| (end(one, "high") - end(one, "low")) / end(one, "estimate"));
    widths.reduce(f64::max).unwrap()
}

#[test]
fn of_the_runs_that_hold_the_most_precise_is_reused_whenever_it_was_made() {
    let project = Project::new(&[("rustworthy.toml", WORKLOAD), ("impls.py", MODULE)]);
    let looks = [["--precision", "90%"], ["--precision", "1%"], ["--precision", "90%"]];
    let runs = looks.map(|look| {
        let ran =
            project.run(&[&["compare", "all", "--quick", "--budget", "1s", "--format", "json"], &look[..]].concat());
        assert_eq!(ran.code, Some(0), "{ran}");
        let result = json(&ran);
        (widest(&result), result["run"]["id"].clone())
    });
    let best = runs.iter().min_by(|one, other| one.0.total_cmp(&other.0)).unwrap();
    let decision = json(&project.run(&QUICK));
    let source = &decision["sources"][0];
    assert_eq!((&source["how"], &source["run"]), (&"reused".into(), &best.1), "{runs:?}");
}

#[test]
fn a_service_is_decided_by_its_p99() {
    let manifest = WORKLOAD.replace("[workload.w]\n", "[workload.w]\nreplaces = 'impls:slow'\n")
        + "[scenario.api]\nhandler = 'impls:handle'\nrequests = 'impls:requests'\ncount = 1000\n\
           arrivals = { process = 'closed' }\ncandidates = ['impls:slow']\n";
    let project = Project::new(&[("rustworthy.toml", &manifest), ("impls.py", MODULE)]);
    let ran = project.run(&QUICK);
    assert_eq!(ran.code, Some(0), "{ran}");
    let result = json(&ran);
    let candidates = result["candidates"].as_array().unwrap();
    assert_eq!(candidates.len(), 1, "joined: {result:#}");
    let candidate = &candidates[0];
    assert_eq!(
        (&candidate["scenario"], &candidate["function"]),
        (&"api".into(), &"impls:slow".into()),
        "{candidate:#}"
    );
    // On a busy machine p99 may be anybody's; otherwise it's this function's.
    let verdict = candidate["verdict"].as_str().unwrap();
    let is_open = candidate["command"].is_string() || candidate["reasons"][0]["code"] == "p99_doubtful";
    assert!(verdict == "fix_algorithm" || verdict == "inconclusive" && is_open, "{candidate:#}");
    assert_eq!(result["sources"].as_array().unwrap().len(), 2, "{result:#}");
    let again = json(&project.run(&QUICK));
    let sources = again["sources"].as_array().unwrap();
    assert!(sources.len() == 2 && sources.iter().all(|source| source["how"] == "reused"), "{again:#}");
}

#[test]
fn nothing_to_decide_is_told() {
    let ran = Project::new(&[("rustworthy.toml", "[project]\n")]).run(&["decide"]);
    assert_eq!(ran.code, Some(4), "{ran}");
    assert!(ran.stderr.contains("nothing to decide") && ran.stdout.is_empty(), "{ran}");
}
