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
    pyperf_of(project, name, seconds, processes, &json!({}))
}

/// The same with metadata of the file.
fn pyperf_of(project: &Project, name: &str, seconds: f64, processes: usize, metadata: &Value) -> PathBuf {
    let values = |process: usize| {
        let value = |index: usize| seconds * (1.0 + 0.002 * ((process * 7 + index * 3) % 5) as f64);
        (0..4).map(value).collect::<Vec<_>>()
    };
    let runs: Vec<Value> = (0..processes).map(|process| json!({"values": values(process)})).collect();
    let mut file = json!({"version": "1.0", "metadata": {"name": "parse", "loops": 1, "unit": "second"}, "benchmarks": [{"runs": runs}]});
    for (key, value) in metadata.as_object().unwrap() {
        file["metadata"][key] = value.clone();
    }
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
        ("pytest-benchmark-5.3.1.json", &[0, 5]),
        ("asv-0.6.6.json", &[0, 5]),
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

#[test]
fn files_of_other_machines_and_pythons_are_refused_unless_that_is_allowed() {
    let project = Project::new(&[]);
    let on = |name: &str, seconds: f64, changed: &Value| {
        let mut metadata = json!({"cpu_model_name": "Alpha", "hostname": "one", "cpu_count": 2,
                                  "python_version": "3.12.1 (64-bit)", "python_implementation": "cpython"});
        for (key, value) in changed.as_object().unwrap() {
            metadata[key] = value.clone();
        }
        pyperf_of(&project, name, seconds, 20, &metadata)
    };
    let old = on("old.json", 0.01, &json!({}));
    let same = on("same.json", 0.01, &json!({}));
    let ran = import(&project, &old, &same, &["--format", "json"]);
    let told = |gate: &Value, part: &str| gate["warnings"].to_string().contains(part);
    assert!(ran.code == Some(0) && !told(&parse(&ran), "isn't noticed"), "{ran}");
    for (changed, part) in [
        (json!({"cpu_model_name": "Beta"}), "processor: Alpha then, Beta now"),
        (json!({"hostname": "two"}), "host: one then, two now"),
        (json!({"cpu_count": 4}), "number of processors: 2 then, 4 now"),
        (json!({"python_version": "3.13.0 (64-bit)"}), "Python: 3.12.1 (64-bit) then, 3.13.0 (64-bit) now"),
        (json!({"python_implementation": "pypy"}), "implementation of Python: cpython then, pypy now"),
    ] {
        let new = on("new.json", 0.02, &changed);
        let ran = import(&project, &old, &new, &[]);
        assert!(ran.code == Some(2) && ran.stdout.is_empty() && ran.stderr.contains(part), "{ran}");
        assert!(ran.stderr.contains("--allow-environment-change"), "{ran}");
        let ran = import(&project, &old, &new, &["--allow-environment-change", "--format", "json"]);
        assert!(ran.code == Some(1) && told(&parse(&ran), part), "{ran}");
    }
    // What a file doesn't tell is no reason to refuse it, but said.
    let silent = pyperf(&project, "silent.json", 0.01, 20);
    let ran = import(&project, &old, &silent, &["--format", "json"]);
    assert!(ran.code == Some(0) && told(&parse(&ran), "isn't noticed: processor, host, number of processors"), "{ran}");
    let hyperfine = fixture("hyperfine-1.15.0-parameters.json");
    fs::copy(&hyperfine, project.file("copy.json")).unwrap();
    let ran = import(&project, &hyperfine, &project.file("copy.json"), &["--format", "json"]);
    assert!(told(&parse(&ran), "isn't noticed"), "{ran}");
}

#[test]
fn an_import_advises_nothing_that_cannot_be_done() {
    let project = Project::new(&[]);
    let [old, few] = [("old.json", 0.01, 20), ("few.json", 0.0108, 1)]
        .map(|(name, seconds, processes)| pyperf(&project, name, seconds, processes));
    for format in ["text", "markdown", "github", "junit"] {
        let ran = import(&project, &old, &few, &["--format", format]);
        assert_eq!(ran.code, Some(5), "{ran}");
        assert!(!ran.stdout.contains("--budget") && !ran.stdout.contains("fresh measurement"), "{ran}");
    }
    let ran = import(&project, &old, &few, &[]);
    assert!(ran.stdout.contains("more processes help"), "{ran}");
    let hyperfine = |name: &str| {
        let times: Vec<f64> = (0..20).map(|run| 1.0 + 0.01 * f64::from(run % 3)).collect();
        let file = json!({"results": [{"command": "python -c '\nimport this\n'", "times": times}]});
        fs::write(project.file(name), file.to_string()).unwrap();
        project.file(name)
    };
    let ran = import(&project, &hyperfine("a.json"), &hyperfine("b.json"), &[]);
    assert!(ran.code == Some(0) && !ran.stdout.contains("U+000A") && ran.stdout.contains("import this"), "{ran}");
}

#[test]
fn baselines_of_a_folder_of_criterion_are_compared_and_one_without_time_is_left_out() {
    let project = Project::new(&[]);
    for (name, baseline, nanoseconds) in
        [("sums", "main", 100.0), ("sums", "pr", 300.0), ("empty", "main", 0.0), ("empty", "pr", 5.0)]
    {
        let folder = project.file(&format!("criterion/{name}/{baseline}"));
        fs::create_dir_all(&folder).unwrap();
        let times: Vec<f64> = (0..100).map(|sample| nanoseconds * (1.0 + 0.001 * f64::from(sample % 7))).collect();
        fs::write(folder.join("benchmark.json"), json!({"group_id": name}).to_string()).unwrap();
        fs::write(folder.join("sample.json"), json!({"iters": vec![1.0; 100], "times": times}).to_string()).unwrap();
    }
    let of = |baseline: &str| project.file(&format!("criterion:{baseline}"));
    let ran = import(&project, &of("main"), &of("pr"), &["--format", "json"]);
    let gate = parse(&ran);
    assert_eq!(
        (ran.code, benchmark(&gate, "sums:criterion")["verdict"].as_str()),
        (Some(1), Some("regressed")),
        "{ran}"
    );
    assert_eq!(gate["benchmarks"].as_array().unwrap().len(), 1, "{gate:#}");
    assert!(gate["warnings"].to_string().contains("empty/criterion isn't compared: "), "{gate:#}");
    assert!(gate["old"]["name"].as_str().unwrap().ends_with("criterion:main"), "{gate:#}");
    let ran = import(&project, &of("old"), &of("pr"), &[]);
    assert!(ran.code == Some(2) && ran.stderr.contains("there are main, pr: name one with"), "{ran}");
}
