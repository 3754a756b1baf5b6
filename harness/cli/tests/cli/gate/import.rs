//! What other tools have measured, by the same rules.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::repository::{benchmark, parse};
use crate::support::{Project, Ran};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/src/import/tests").join(name)
}

fn import(project: &Project, old: &Path, new: &Path, arguments: &[&str]) -> Ran {
    let files = [old, new].map(|file| file.to_str().expect("a path"));
    project.run(&[&["gate", "--import"], &files[..], arguments].concat())
}

/// A file as pyperf writes it: seconds of each process, around a value.
fn pyperf(project: &Project, name: &str, seconds: f64, processes: usize) -> PathBuf {
    let values = |process: usize| {
        let value = |index: usize| seconds * (1.0 + 0.002 * ((process * 7 + index * 3) % 5) as f64);
        (0..4).map(value).collect::<Vec<_>>()
    };
    let runs: Vec<Value> = (0..processes).map(|process| json!({"values": values(process)})).collect();
    let file = json!({"version": "1.0", "metadata": {"name": "parse", "loops": 1, "unit": "second"}, "benchmarks": [{"runs": runs}]});
    fs::write(project.file(name), file.to_string()).unwrap();
    project.file(name)
}

#[test]
fn two_files_are_judged_like_everything_else() {
    let project = Project::new(&[]);
    let [old, new, few] = [("old.json", 0.01, 20), ("new.json", 0.02, 20), ("few.json", 0.0108, 1)]
        .map(|(name, seconds, processes)| pyperf(&project, name, seconds, processes));
    let verdict = |old: &Path, new: &Path, code: i32, verdict: &str| {
        let ran = import(&project, old, new, &["--format", "json"]);
        let gate = parse(&ran);
        assert_eq!((ran.code, &gate["old"]["origin"]), (Some(code), &"import".into()), "{ran}");
        assert_eq!(benchmark(&gate, "parse:pyperf")["verdict"], verdict, "{gate:#}");
        gate
    };
    let gate = verdict(&old, &new, 1, "regressed");
    let change = &benchmark(&gate, "parse:pyperf")["change"];
    assert!((change["estimate"].as_f64().unwrap() - 1.0).abs() < 0.05, "{gate:#}");
    assert!(gate["warnings"][0].as_str().unwrap().contains("measured apart"), "{gate:#}");
    verdict(&new, &old, 0, "improved");
    let copy = project.file("copy.json");
    fs::copy(&old, &copy).unwrap();
    verdict(&old, &copy, 0, "unchanged");
    // One process tells nothing of how much processes differ: 8 % more may be no more than that.
    let gate = verdict(&old, &few, 5, "inconclusive");
    assert!(gate["warnings"].to_string().contains("samples of one process"), "{gate:#}");
}

#[test]
fn real_files_of_every_tool_are_read() {
    let project = Project::new(&[]);
    for (name, code) in [
        ("pyperf-2.10.0.json", &[0, 5][..]),
        ("hyperfine-1.15.0-parameters.json", &[0, 5]),
        ("hyperfine-1.15.0-failing.json", &[3]),
    ] {
        let copy = project.file("copy.json");
        fs::copy(fixture(name), &copy).unwrap();
        let ran = import(&project, &fixture(name), &copy, &["--format", "json"]);
        let gate = parse(&ran);
        assert!(code.contains(&ran.code.unwrap()), "{name}: {ran}");
        assert!(!gate["benchmarks"].as_array().unwrap().is_empty(), "{gate:#}");
    }
}

#[test]
fn files_that_cannot_be_compared_are_told() {
    let project = Project::new(&[("broken.json", "{")]);
    let [pyperf, hyperfine] = ["pyperf-2.10.0.json", "hyperfine-1.15.0-parameters.json"].map(fixture);
    let refused = |old: &Path, new: &Path, part: &str| {
        let ran = import(&project, old, new, &[]);
        assert!(ran.code == Some(2) && ran.stdout.is_empty() && ran.stderr.contains(part), "{ran}");
    };
    refused(&pyperf, &hyperfine, "pyperf");
    refused(&pyperf, &pyperf, "is old and new side at once");
    refused(&project.file("broken.json"), &pyperf, "broken.json");
    refused(&pyperf, &project.file("gone.json"), "gone.json: can't be read");
    refused(&fixture("pyperf-2.10.0-memory.json"), &pyperf, "pyperf-2.10.0-memory.json");
}
