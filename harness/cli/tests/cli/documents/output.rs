//! What documents show is what the program prints today of results that were really measured.
//!
//! `docs/runs` keeps those results as the program wrote them (`docs/regenerate` measures them anew). They are rendered
//! here, so a change of a rendering shows in the documents without measuring anything.

use std::fs;
use std::path::Path;

use rustworthy_reports::TableOptions;
use rustworthy_reports::doctor::{self, Detail};
use rustworthy_reports::rollout;
use serde_json::Value;

use super::super::support::{Project, Ran};
use super::{assert_kept, copy, root, text};

/// Results that are shown as a whole.
const RUNS: [&str; 7] = ["compare", "sweep", "example", "profile", "attribute", "decide", "gate"];

/// Commands whose help is shown.
const COMMANDS: [&str; 14] = [
    "init",
    "list",
    "compare",
    "profile",
    "attribute",
    "decide",
    "try",
    "gate",
    "capture",
    "new",
    "report",
    "rollout",
    "watch",
    "doctor",
];

fn result(name: &str) -> Value {
    let text = text(&Path::new("docs/runs").join(format!("{name}.json")));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What `rustworthy report` prints of a result.
fn rendered(result: &Value) -> String {
    let project = Project::new(&[("run.json", &result.to_string())]);
    let ran = project.run(&["report", "run.json"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    ran.stdout
}

fn assert_shown(name: &str, output: &str) {
    assert_kept(&format!("docs/src/output/{name}.txt"), &tidy(output));
}

/// Lines without blanks at their ends, which editors and reviews stumble over.
fn tidy(output: &str) -> String {
    output.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

#[test]
fn results_are_shown_as_they_are_rendered() {
    for name in RUNS {
        assert_shown(name, &rendered(&result(name)));
    }
}

#[test]
fn findings_of_the_doctor_are_shown_as_they_are_rendered() {
    let doctor = serde_json::from_value(result("doctor")).expect("findings");
    let options = TableOptions { color: false, width: 120 };
    assert_shown("doctor", &doctor::table(&doctor, &options, Detail::Brief));
}

#[test]
fn rollouts_are_shown_as_they_are_rendered() {
    for name in ["different", "shadow", "share", "shipped"] {
        let rollout = serde_json::from_value(result(&format!("rollout-{name}"))).expect("a rollout");
        let options = TableOptions { color: false, width: 120 };
        assert_shown(&format!("rollout-{name}"), &rollout::text(&rollout, &options));
    }
}

#[test]
fn help_is_shown_as_it_is_printed() {
    let project = Project::new(&[]);
    for name in COMMANDS {
        let output = project.command(&[name, "--help"]).env("COLUMNS", "100").output().expect("the program runs");
        assert_shown(&format!("help-{name}"), &Ran::from(output).stdout);
    }
}

#[test]
fn lists_are_shown_as_they_are_printed() {
    let example = Project::new(&[]);
    copy("examples/service", example.path());
    let folder = example.path().canonicalize().expect("a folder");
    let listed = example.run(&["list"]).stdout.replace(&folder.display().to_string(), "examples/service");
    assert_shown("list", &listed);
    assert_shown("list-built-in", &Project::builtin().run(&["list"]).stdout);
}

#[test]
fn mistakes_are_shown_as_they_are_reported() {
    const MANIFEST: &str = "[project]\npython_path = [\".\"]\ntimeout = 60\n\n[workload.parse]\ninput = \"inputs.documents\"\n\
                            sizes = { quick = 5 }\n\n[workload.parse.contender.python]\npython = \"impls:parse\"\n\
                            kind = \"pyhton\"\n";
    let ran = Project::new(&[("rustworthy.toml", MANIFEST)]).run(&["list"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert_shown("mistakes", &ran.stderr);
}

/// The entries of a list that have one of these names, in the order of the list.
fn only(list: &mut Value, names: &[&str]) {
    let list = list.as_array_mut().expect("a list");
    list.retain(|entry| names.iter().any(|name| entry["name"] == *name));
    assert_eq!(list.len(), names.len(), "some of {names:?} aren't there");
}

/// The comparison of the built-in workloads, cut to two workloads and to what tells most of them.
fn short_comparison() -> String {
    let mut comparison = result("compare");
    only(&mut comparison["workloads"], &["sum-squares", "protobuf"]);
    let kept: [&[&str]; 2] = [
        &["python", "closed-form", "kernel-rayon", "pyo3-rayon", "numpy-chunked", "article-rust"],
        &["upb", "kernel", "pyo3-batch", "pyo3-per-message"],
    ];
    for (workload, contenders) in comparison["workloads"].as_array_mut().expect("workloads").iter_mut().zip(kept) {
        only(&mut workload["contenders"], contenders);
        workload["claims"] = Value::Array(Vec::new());
    }
    without(&rendered(&comparison), "Summary", "Intervals:")
}

/// The decision about the built-in workloads, cut to a few of them.
fn short_decision() -> String {
    let mut decision = result("decide");
    only(&mut decision["candidates"], &["sum-squares", "csv-apply"]);
    decision["plans"] = Value::Array(Vec::new());
    let text = rendered(&decision);
    text.split_once("\nWhat would allow a price").map_or(text.clone(), |(before, _)| before.to_owned())
}

/// A text without what stands between the line `from` and a line that begins with `to`.
fn without(text: &str, from: &str, to: &str) -> String {
    let mut is_within = false;
    let kept = text.lines().filter(|line| {
        is_within = (is_within || *line == from) && !line.starts_with(to);
        !is_within
    });
    kept.map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_readme_and_the_chapter_about_results_show_real_ones() {
    let file = Path::new("README.md");
    let mut readme = text(file);
    assert_shown("compare-short", &short_comparison());
    for (name, output) in [("compare", short_comparison()), ("decide", short_decision())] {
        let mark = format!("<!-- generated: {name} -->\n");
        let (before, rest) = readme.split_once(&mark).expect("the mark of the block");
        let (_, after) = rest.split_once("<!-- end -->").expect("the end of the block");
        readme = format!("{before}{mark}\n```text\n{}\n```\n\n<!-- end -->{after}", tidy(&output).trim());
    }
    assert_kept("README.md", &readme);
}

#[test]
fn results_that_are_kept_name_no_folder_of_a_machine() {
    for entry in fs::read_dir(root().join("docs/runs")).expect("the results") {
        let path = entry.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("a result");
        for folder in ["/root/", "/home/", "/tmp/"] {
            assert!(!text.contains(folder), "{} names {folder}", path.display());
        }
    }
}
