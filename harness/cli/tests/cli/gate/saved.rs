//! A saved run as the old side.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::repository::{Repository, benchmark};
use super::{NEW, OLD};

/// A repository with a saved run of its old side, and that run's id.
fn with_run(names: &[&str]) -> (Repository, String) {
    let repository = Repository::of_functions(OLD, OLD, names);
    let (run, _) = repository.compare(&[]);
    let id = run["run"]["id"].as_str().unwrap().to_owned();
    repository.write("impls.py", &format!("{OLD}{NEW}"));
    (repository, id)
}

fn file(repository: &Repository, id: &str) -> PathBuf {
    repository.file(&format!(".rustworthy/runs/{id}/run.json"))
}

/// A copy of the run with another value in place of one.
fn doctored(repository: &Repository, id: &str, pointer: &str, value: Value) -> String {
    let mut run: Value = serde_json::from_str(&fs::read_to_string(file(repository, id)).unwrap()).unwrap();
    *run.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = value;
    repository.write("doctored.json", &run.to_string());
    "doctored.json".to_owned()
}

#[test]
fn a_run_is_named_by_its_id_its_folder_or_its_file() {
    let (repository, id) = with_run(&["same", "fails_new", "changed", "gone"]);
    let folder = format!(".rustworthy/runs/{id}");
    for (named, contender, kind) in [
        (id.as_str(), "w:fails-new", "failed_new"),
        (folder.as_str(), "w:changed", "output_changed"),
        (file(&repository, &id).to_str().unwrap(), "w:changed", "output_changed"),
    ] {
        let (gate, ran) = repository.gate_against(named, &["--quick", "--filter", contender]);
        assert_eq!((ran.code, &gate["old"]["origin"]), (Some(3), &"run".into()), "{ran}");
        assert_eq!(benchmark(&gate, contender)["problem"]["kind"], kind, "{gate:#}");
        assert_eq!(
            gate["benchmarks"].as_array().unwrap().len(),
            1,
            "what the filter leaves out isn't missing: {gate:#}"
        );
        assert!(gate["warnings"][0].as_str().unwrap().contains("measured at another time"), "{gate:#}");
    }
}

#[test]
fn the_control_keeps_another_machine_from_being_a_regression() {
    let (repository, id) = with_run(&["same", "slower"]);
    let run: Value = serde_json::from_str(&fs::read_to_string(file(&repository, &id)).unwrap()).unwrap();
    let scaled = |by: f64| {
        let seconds = &run["workloads"][0]["contenders"][0]["seconds"];
        let scale = |key: &str| seconds[key].as_f64().unwrap() * by;
        serde_json::json!({"estimate": scale("estimate"), "low": scale("low"), "high": scale("high")})
    };
    let slow = doctored(&repository, &id, "/workloads/0/contenders/0/seconds", scaled(0.01));
    let (gate, ran) = repository.gate_against(&slow, &["--quick"]);
    assert_eq!((ran.code, gate["verdict"].as_str()), (Some(5), Some("inconclusive")), "{ran}");
    assert_eq!(benchmark(&gate, "w:slower")["problem"]["kind"], "control_moved", "{gate:#}");

    let unknown = doctored(&repository, &id, "/workloads/0/contenders/0/seconds", Value::Null);
    let (gate, ran) = repository.gate_against(&unknown, &["--quick"]);
    assert_eq!(ran.code, Some(5), "{ran}");
    assert_eq!(benchmark(&gate, "w:slower")["problem"]["kind"], "control_moved", "{gate:#}");
}

#[test]
fn a_run_of_another_environment_is_refused_unless_that_is_allowed() {
    let (repository, id) = with_run(&["same", "fails_new"]);
    for (pointer, value, what) in [
        ("/environment/cpu", Value::from("Another CPU"), "processor: Another CPU then"),
        ("/environment/python/version", Value::from("3.1.4"), "Python: 3.1.4 then"),
    ] {
        let other = doctored(&repository, &id, pointer, value);
        let message = repository.refused(2, &["--against", &other, "--quick", "--budget", "1s"]);
        assert!(message.contains(what) && message.contains("--allow-environment-change"), "{message}");
    }
    let other = doctored(&repository, &id, "/environment/cpu", "Another CPU".into());
    let (gate, ran) = repository.gate_against(&other, &["--quick", "--allow-environment-change"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(gate["warnings"].to_string().contains("processor: Another CPU then"), "{gate:#}");
}

#[test]
fn what_only_one_of_them_has_is_told() {
    let (repository, id) = with_run(&["same", "gone"]);
    repository.edit_manifest(|manifest| {
        let other = "\n[workload.x]\ninput = \"impls:make\"\nsizes = { default = 100 }\n\n\
                     [workload.x.contender.same]\npython = \"impls:same\"\nbaseline = true\n";
        manifest.replace("contender.gone]\npython = \"impls:gone\"", "contender.fresh]\npython = \"impls:fresh\"")
            + other
    });
    let (gate, ran) = repository.gate_against(&id, &[]);
    assert_eq!(ran.code, Some(5), "{ran}");
    let verdict = |name: &str| benchmark(&gate, name)["verdict"].as_str().unwrap();
    assert_eq!([verdict("w:gone"), verdict("w:fresh"), verdict("x:same")], ["missing", "new", "new"]);
    let (_, ran) = repository.gate_against(&id, &["x"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let message = repository.refused(2, &["--against", &id, "y"]);
    assert!(message.contains("there is no workload 'y'"), "{message}");
    let message = repository.refused(4, &["--against", &id, "--filter", "same", "w"]);
    assert!(message.contains("the baselines are the control"), "{message}");

    repository.edit_manifest(|manifest| manifest.replace("[workload.w", "[workload.z"));
    let (gate, ran) = repository.gate_against(&id, &["w"]);
    assert_eq!((ran.code, benchmark(&gate, "w:same")["verdict"].as_str()), (Some(5), Some("missing")), "{ran}");
}

#[test]
fn what_is_no_saved_comparison_is_told() {
    let (repository, id) = with_run(&["same", "fails_new"]);
    let refused = |named: &str, part: &str| {
        let message = repository.refused(2, &["--against", named]);
        assert!(message.contains(part), "{message}");
    };
    repository.write("broken.json", "{\"schema\": ");
    refused("broken.json", "broken.json: not JSON");
    repository.write("foreign.json", "[1, 2]");
    refused("foreign.json", "not a saved run: it has no \"schema\"");
    refused(
        &doctored(&repository, &id, "/schema", "rustworthy.comparison.v2".into()),
        "its schema is 'rustworthy.comparison.v2'",
    );
    refused(&doctored(&repository, &id, "/workloads", "none".into()), "not a valid rustworthy.comparison.v1");
    let (gate, _) = repository.gate(&["--filter", "fails-new"]);
    refused(gate["run"]["id"].as_str().unwrap(), "the run of a gate has no times to gate against");
    let message = repository.refused(2, &["--against", &id, "--fail-over-p99", "3%"]);
    assert!(message.contains("without an interval"), "{message}");
    let message = repository.refused(2, &["--against", &id, "--size", "3"]);
    assert!(message.contains("leave --size out"), "{message}");
}
