//! The gate: what was against what is. Of timing only gross changes are asserted.

mod edges;
mod import;
mod instructions;
mod interruption;
mod own_code;
pub(crate) mod repository;
mod saved;
mod sides;
mod turns;

use std::fs;

use serde_json::Value;

use repository::{Repository, benchmark};

use crate::support::Project;

/// Functions of the old side.
const OLD: &str = r#"
import os


def make(size, seed):
    return list(range(size * 20))


def same(numbers):
    return sum(number * number for number in numbers)


def tenfold(numbers):
    return [same(numbers) for _ in range(10)][0]


slower = faster = fails_new = fails_old = changed = gone = same


def faster(numbers):
    return tenfold(numbers)


def fails_old(numbers):
    raise ValueError("broken then")


def differs(numbers):
    return os.getpid()
"#;

/// What the new side has in their place.
const NEW: &str = r#"

slower, faster, fails_old, fresh = tenfold, same, same, same


def fails_new(numbers):
    raise ValueError("broken now")


def changed(numbers):
    return same(numbers) + 1
"#;

const NAMES: [&str; 8] = ["same", "slower", "faster", "fails_new", "fails_old", "changed", "gone", "differs"];

/// A repository where all of that has happened, and whose workload `x` has another input.
fn changed() -> Repository {
    let repository = Repository::of_functions(OLD, &format!("{OLD}{NEW}"), &NAMES);
    let other = "\n[workload.x]\ninput = \"other:make\"\nsizes = { default = 100 }\n\n\
                 [workload.x.contender.same]\npython = \"impls:same\"\nbaseline = true\n";
    let make = |value| format!("def make(size, seed):\n    return [{value}] * size\n");
    repository.git(&["stash", "--quiet"]);
    repository.edit_manifest(|manifest| manifest + other);
    repository.write("other.py", &make("1"));
    repository.commit("Two");
    repository.git(&["stash", "pop", "--quiet"]);
    repository.write("other.py", &make("10"));
    repository.edit_manifest(|manifest| {
        manifest.replace("contender.gone]\npython = \"impls:gone\"", "contender.fresh]\npython = \"impls:fresh\"")
    });
    repository
}

#[test]
fn everything_that_can_come_of_a_benchmark_is_told_and_nothing_of_the_callers_is_touched() {
    let repository = changed();
    repository.write("stashed", "");
    repository.git(&["stash", "push", "--quiet", "--include-untracked", "--", "stashed"]);
    repository.write("staged", "");
    repository.git(&["add", "staged"]);
    let before = repository.state();
    let (gate, ran) = repository.gate(&[]);
    assert_eq!(repository.state(), before);
    assert!(!repository.file(repository::WORKTREES).exists());

    assert_eq!(ran.code, Some(1), "{ran}");
    assert_eq!((gate["verdict"].as_str(), gate["run"]["complete"].as_bool()), (Some("regressed"), Some(true)));
    assert_eq!(gate["old"]["commit"].as_str().unwrap(), repository.git(&["rev-parse", "HEAD"]).trim());
    assert_eq!((&gate["new"]["origin"], &gate["new"]["modified"]), (&"working_tree".into(), &true.into()));

    let verdict = |name: &str| benchmark(&gate, name)["verdict"].as_str().unwrap().to_owned();
    let problem = |name: &str| benchmark(&gate, name)["problem"].clone();
    let change = |name: &str| benchmark(&gate, name)["change"]["estimate"].as_f64().unwrap();
    assert_eq!(verdict("w:slower"), "regressed", "{gate:#}");
    assert!((2.0..40.0).contains(&change("w:slower")), "{gate:#}");
    assert_eq!(verdict("w:faster"), "improved", "{gate:#}");
    assert!((-1.0..-0.6).contains(&change("w:faster")), "{gate:#}");
    assert!(["unchanged", "inconclusive"].contains(&verdict("w:same").as_str()), "{gate:#}");
    assert_eq!((verdict("w:gone"), verdict("w:fresh")), ("missing".into(), "new".into()));

    let failed = |name: &str, kind: &str, detail: &str| {
        assert_eq!((verdict(name), &problem(name)["kind"]), ("inconclusive".into(), &Value::from(kind)), "{gate:#}");
        assert!(problem(name)["detail"].as_str().unwrap().contains(detail), "{gate:#}");
    };
    failed("w:fails-new", "failed_new", "broken now");
    failed("w:fails-old", "failed_old", "broken then");
    failed("w:changed", "output_changed", "2664667001");
    failed("x:same", "input_changed", "sha256");
    // It isn't known whether it changed: that is no problem of the new side's, but it's said.
    assert_eq!(problem("w:differs"), Value::Null, "{gate:#}");
    assert!(gate["warnings"].to_string().contains("w:differs: it is unknown whether the output changed"), "{gate:#}");

    let run = fs::read_to_string(repository.file(".rustworthy/latest/run.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&run).unwrap(), gate);
    rendered_again(&repository);
}

/// `report` renders the newest run, whatever made it.
fn rendered_again(repository: &Repository) {
    for (format, part) in [
        ("json", "rustworthy.gate.v1"),
        ("table", "--filter w:slower --budget 100ms"),
        ("markdown", "**regressed**"),
        ("junit", "<testsuites"),
        ("github", "::error"),
    ] {
        let ran = repository.run(&["report", "--format", format]);
        assert!(ran.code == Some(0) && ran.stdout.contains(part), "{ran}");
    }
}

#[test]
fn each_of_them_alone_has_its_exit_code() {
    let repository = changed();
    let code = |name: &str| repository.gate(&["--filter", name]).1.code;
    assert_eq!(code("w:fails-new"), Some(3));
    assert_eq!(code("w:fails-old"), Some(3));
    assert_eq!(code("w:changed"), Some(3));
    assert_eq!(code("w:gone"), Some(5));
    assert_eq!(code("x:same"), Some(5));
    assert_eq!(code("w:fresh"), Some(0));
    let message = repository.refused(4, &["--against", "HEAD", "--filter", "nothing"]);
    assert!(message.contains("nothing to gate: no contender matches --filter"), "{message}");
}

#[test]
fn every_format_and_every_export_is_there_though_the_gate_fails() {
    let repository = Repository::of_functions(OLD, &format!("{OLD}{NEW}"), &["same", "fails_new"]);
    let summary = repository.file("summary.md");
    fs::write(&summary, "before\n").unwrap();
    let formats =
        [("text", "w:fails-new"), ("markdown", "broken now"), ("junit", "<testsuites"), ("github", "::error")];
    for (format, part) in formats {
        let arguments = ["gate", "--against", "HEAD", "--filter", "w:fails-new", "--format", format];
        let output = repository.command(&arguments).env("GITHUB_STEP_SUMMARY", &summary).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.code() == Some(3) && text.contains(part), "{format}: {text}");
    }
    let text = fs::read_to_string(&summary).unwrap();
    assert!(text.starts_with("before\n") && text.matches("broken now").count() >= formats.len(), "{text}");

    let exports = ["pyperf", "hyperfine", "bencher", "github-action-benchmark"];
    let exports: Vec<String> = exports.iter().map(|format| format!("--export={format}={format}.json")).collect();
    let exports: Vec<&str> = exports.iter().map(String::as_str).collect();
    let exported = |names: &[&str]| {
        for name in names {
            let text = fs::read_to_string(repository.file(name)).unwrap();
            let value: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}: {text}"));
            assert!(value.to_string().contains("w/same"), "{name}: {value}");
            fs::remove_file(repository.file(name)).unwrap();
        }
    };
    let new = ["pyperf.json", "hyperfine.json", "bencher.json", "github-action-benchmark.json"];
    let old = ["pyperf.old.json", "hyperfine.old.json", "bencher.old.json", "github-action-benchmark.old.json"];
    repository.gate(&[&exports[..], &["--filter", "w:same"]].concat());
    // What was exported can be imported.
    let ran = repository.run(&["gate", "--import", "pyperf.old.json", "pyperf.json", "--format", "json"]);
    benchmark(&repository::parse(&ran), "w:same");
    exported(&[new, old].concat());
    repository.compare(&[&exports[..], &["--filter", "same"]].concat());
    exported(&new);
}

#[test]
fn limits_of_p99_and_memory_in_the_manifest_are_gated_each_by_its_own() {
    let new = OLD.replace("def same(numbers):\n", "def same(numbers):\n    bytearray(64 << 20).count(1)\n");
    let repository = Repository::of_functions(OLD, &new, &["same"]);
    repository.edit_manifest(|manifest| {
        manifest + "\n[gate]\nfail-over = \"100000%\"\n[gate.workload.w]\nfail-over-p99 = \"100000%\"\nfail-over-memory = \"10%\"\n"
    });
    let (gate, ran) = repository.gate(&[]);
    assert_eq!(ran.code, Some(1), "{ran}");
    let of = |metric: &str| {
        let benchmarks = gate["benchmarks"].as_array().unwrap();
        benchmarks.iter().find(|benchmark| benchmark["metric"] == metric).unwrap_or_else(|| panic!("{gate:#}")).clone()
    };
    assert_eq!(of("peak_memory")["verdict"], "regressed", "{gate:#}");
    assert_eq!((of("time")["fail_over"].as_f64(), of("p99")["fail_over"].as_f64()), (Some(1000.0), Some(1000.0)));
    assert!(of("time")["verdict"] != "regressed" && of("p99")["verdict"] != "regressed", "{gate:#}");
}

#[test]
fn a_gate_of_nothing_in_particular_is_an_error_of_usage() {
    let project = Project::of_functions(OLD, &["same"]);
    let refused = |arguments: &[&str], part: &str| {
        let ran = project.run(&[&["gate"], arguments].concat());
        assert!(ran.code == Some(2) && ran.stdout.is_empty() && ran.stderr.contains(part), "{ran}");
    };
    refused(&[], "--against <REV|RUN|FILE>|--import <OLD> <NEW>");
    refused(&["--against", "HEAD", "--import", "a", "b"], "cannot be used with");
    refused(&["--import", "a"], "2 values required");
    for ignored in ["w", "--fail-over-p99=3%", "--filter=w", "--size=3", "--budget=3s"] {
        refused(&[ignored, "--import", "a", "b"], "cannot be used with");
    }
    refused(&["--against", "HEAD", "--export", "csv=a"], "known are pyperf");
}
