//! The workflow that people copy: it is what it looks like, and its gate runs as written.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use saphyr::{LoadableYamlNode, Yaml};

use super::super::support::Ran;
use super::{copy, root};

const FILE: &str = "examples/gate/gate.yml";

fn workflow(check: impl FnOnce(&Yaml<'_>)) {
    let text = fs::read_to_string(root().join(FILE)).expect("the workflow");
    let documents = Yaml::load_from_str(&text).expect("YAML");
    assert_eq!(documents.len(), 1);
    check(&documents[0]);
}

/// The steps of all jobs.
fn steps<'a, 'y>(workflow: &'a Yaml<'y>) -> Vec<&'a Yaml<'y>> {
    let jobs = workflow["jobs"].as_mapping().expect("jobs");
    jobs.values().flat_map(|job| job["steps"].as_vec().expect("steps")).collect()
}

/// What a step says under a key.
fn value<'a>(step: &'a Yaml<'_>, key: &str) -> Option<&'a str> {
    step.as_mapping_get(key)?.as_str()
}

/// Runs a program that has to succeed.
#[track_caller]
fn run(command: &mut Command) -> Output {
    let output = command.output().expect("the program runs");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"];
    run(Command::new("git").current_dir(folder).args(identity).args(arguments));
}

#[test]
fn every_step_runs_a_script_of_the_shell_or_an_action_of_a_stated_version() {
    workflow(|workflow| {
        let steps = steps(workflow);
        assert!(steps.len() > 6);
        for step in steps {
            match (value(step, "run"), value(step, "uses")) {
                (Some(script), None) => {
                    run(Command::new("bash").args(["-n", "-c", script]));
                }
                (None, Some(action)) => {
                    let (name, version) = action.split_once('@').expect("a version");
                    assert!(name.starts_with("actions/") && version.starts_with('v'), "{action}");
                }
                _ => panic!("{step:?}"),
            }
        }
    });
}

/// A pull request that changes nothing but a comment, in a clone of a repository that has the example in it.
fn pull_request(folder: &Path) -> std::path::PathBuf {
    let origin = folder.join("origin");
    copy("examples/service", &origin.join("examples/service"));
    git(&origin, &["init", "--quiet"]);
    git(&origin, &["add", "."]);
    git(&origin, &["commit", "--quiet", "-m", "the service"]);
    git(folder, &["clone", "--quiet", "origin", "clone"]);
    let clone = folder.join("clone");
    let changed = clone.join("examples/service/service.py");
    let text = fs::read_to_string(&changed).expect("the service") + "\n# Nothing else.\n";
    fs::write(changed, text).expect("a change");
    git(&clone, &["commit", "--quiet", "-a", "-m", "a change"]);
    clone
}

#[test]
fn the_gate_of_the_workflow_runs_as_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let clone = pull_request(folder.path());
    // What the step before would have built; in a hurry here.
    let built = clone.join(".rustworthy-source/target/debug");
    fs::create_dir_all(&built).expect("a folder");
    let program = env!("CARGO_BIN_EXE_rustworthy");
    let script = format!("#!/bin/sh\ncase $1 in gate) set -- \"$@\" --quick ;; esac\nexec '{program}' \"$@\"\n");
    let wrapper = built.join("rustworthy");
    fs::write(&wrapper, script).expect("a script");
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).expect("a program");

    workflow(|workflow| {
        let steps = steps(workflow);
        let named = |name: &str| steps.iter().copied().find(|step| value(step, "name") == Some(name));
        let step = named("Compare with the base").expect("the step");
        let base = value(&step["env"], "BASE").expect("a base").replace("${{ github.base_ref }}", "main");
        let summary = folder.path().join("summary.md");
        let mut command = Command::new("bash");
        command.args(["-e", "-o", "pipefail", "-c", value(step, "run").expect("a script")]).current_dir(&clone);
        command.env("PROJECT", value(&workflow["env"], "PROJECT").expect("a project")).env("BASE", base);
        command.env("GITHUB_STEP_SUMMARY", &summary).env_remove("VIRTUAL_ENV");
        let ran = Ran::from(command.output().expect("a shell"));
        // Which of these it is depends on the machine; an error would be 2, a failure 3.
        assert!(matches!(ran.code, Some(0 | 1 | 5)), "{ran}");
        let comment = fs::read_to_string(clone.join("gate.md")).expect("the body of a comment");
        assert!(comment.contains("totals:python"), "{comment}");
        assert_eq!(fs::read_to_string(summary).expect("a summary").trim(), comment.trim());

        let kept = named("Keep the report").expect("the step");
        for file in value(&kept["with"], "path").expect("paths").lines() {
            assert!(clone.join(file).is_file(), "{file} is to be kept");
        }
    });
}
