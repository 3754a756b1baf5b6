//! The workflow that people copy: it is what it looks like, and its steps run as written.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use saphyr::{LoadableYamlNode, Yaml};
use tempfile::TempDir;

use super::super::support::Ran;
use super::{copy, root};

const FILE: &str = "examples/gate/gate.yml";

/// The workflow that builds wheels, of which only the commands can be tried here.
const WHEEL: &str = ".github/workflows/wheel.yml";

fn workflow(check: impl FnOnce(&Yaml<'_>)) {
    workflow_of(FILE, check);
}

fn workflow_of(file: &str, check: impl FnOnce(&Yaml<'_>)) {
    let text = fs::read_to_string(root().join(file)).expect("the workflow");
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
    for (file, publishers) in [(FILE, &["actions/"][..]), (WHEEL, &["actions/", "astral-sh/"])] {
        workflow_of(file, |workflow| {
            let steps = steps(workflow);
            assert!(steps.len() > 6);
            for step in steps {
                match (value(step, "run"), value(step, "uses")) {
                    (Some(script), None) => {
                        run(Command::new("bash").args(["-n", "-c", script]));
                    }
                    (None, Some(action)) => {
                        let (name, version) = action.split_once('@').expect("a version");
                        let is_known = publishers.iter().any(|publisher| name.starts_with(publisher));
                        assert!(is_known && version.starts_with('v'), "{action}");
                    }
                    _ => panic!("{step:?}"),
                }
            }
        });
    }
}

/// A pull request that changes nothing but a comment, in a clone of a repository that has the example in it, as a package.
fn pull_request(folder: &Path) -> PathBuf {
    let origin = folder.join("origin");
    copy("examples/service", &origin.join("examples/service"));
    fs::write(origin.join("examples/service/pyproject.toml"), PACKAGE).expect("a file");
    fs::write(origin.join("examples/service/backend.py"), BACKEND).expect("a file");
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

/// A package that is built without the network.
const PACKAGE: &str = "[project]\nname = \"service\"\nversion = \"1.0\"\n\n\
                       [build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n";
const BACKEND: &str = r#"
import os, zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "service-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("service.pth", os.getcwd() + "\n")
        about = "service-1.0.dist-info/"
        wheel.writestr(about + "METADATA", "Metadata-Version: 2.1\nName: service\nVersion: 1.0\n")
        wheel.writestr(about + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(about + "RECORD", "")
    return name
"#;

/// A machine that workflows run on, as far as their scripts see it.
struct Runner {
    folder: TempDir,
    clone: PathBuf,
}

impl Runner {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clone = pull_request(folder.path());
        symlink(root(), clone.join(".rustworthy-source")).expect("the second checkout");
        let runner = Self { folder, clone };
        fs::create_dir(runner.file("temp")).expect("a folder");
        fs::create_dir(runner.file("tools")).expect("a folder");
        // Gates in a hurry here.
        let program = env!("CARGO_BIN_EXE_rustworthy");
        runner.tool(
            "quick",
            &format!("case $1 in gate) set -- \"$@\" --quick --budget 1s ;; esac\nexec '{program}' \"$@\""),
        );
        runner.tool("rustup", "exit 0");
        runner.tool("python", "exec python3 \"$@\"");
        // Installs what is built already, from where it is told to.
        let quick = runner.file("tools/quick");
        let install = "while [ $# -gt 0 ]; do case $1 in --path) path=$2 ;; --root) root=$2 ;; esac; shift; done\n\
                       test -f \"$path/Cargo.toml\" && mkdir -p \"$root/bin\"";
        runner.tool("cargo", &format!("{install} && cp '{}' \"$root/bin/rustworthy\"", quick.display()));
        runner
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn tool(&self, name: &str, script: &str) {
        let file = self.file("tools").join(name);
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("a script");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("a program");
    }

    /// Lines that steps before have written to one of the runner's files.
    fn lines(&self, name: &str) -> Vec<String> {
        fs::read_to_string(self.file(name)).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    /// Runs the script of a step as a runner does: in the checkout, with what steps before have left.
    fn run(&self, workflow: &Yaml<'_>, step: &Yaml<'_>) -> Ran {
        let mut command = Command::new("bash");
        command.args(["-e", "-o", "pipefail", "-c", value(step, "run").expect("a script")]).current_dir(&self.clone);
        command.env_remove("VIRTUAL_ENV").env("RUNNER_TEMP", self.file("temp"));
        for name in ["GITHUB_PATH", "GITHUB_ENV", "GITHUB_STEP_SUMMARY"] {
            command.env(name, self.file(name));
        }
        for line in self.lines("GITHUB_ENV") {
            let (name, value) = line.split_once('=').expect("a variable");
            command.env(name, value);
        }
        for variables in [workflow.as_mapping_get("env"), step.as_mapping_get("env")].into_iter().flatten() {
            for (name, value) in variables.as_mapping().expect("variables") {
                let value = value.as_str().expect("a text").replace("${{ github.base_ref }}", "main");
                command.env(name.as_str().expect("a name"), value);
            }
        }
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let added = self.lines("GITHUB_PATH").into_iter().map(PathBuf::from).chain([self.file("tools")]);
        let path = std::env::join_paths(added.chain(std::env::split_paths(&inherited))).expect("a path");
        Ran::from(command.env("PATH", path).output().expect("a shell"))
    }
}

#[test]
fn the_steps_of_the_workflow_run_as_written() {
    let runner = Runner::new();
    workflow(|workflow| {
        let steps = workflow["jobs"]["gate"]["steps"].as_vec().expect("steps");
        let named = |name: &str| steps.iter().find(|step| value(step, "name") == Some(name)).expect("the step");
        for step in steps.iter().filter(|step| value(step, "run").is_some()) {
            let ran = runner.run(workflow, step);
            // Which of these it is depends on the machine; an error would be 2, a failure 3.
            let is_gate = std::ptr::eq(step, named("Compare with the base"));
            assert!(ran.code == Some(0) || is_gate && matches!(ran.code, Some(1 | 5)), "{step:?}: {ran}");
        }
        let environment = runner.file("temp/environment");
        let installed = Command::new(environment.join("bin/python")).args(["-c", "import service"]).status();
        assert!(installed.expect("the environment").success(), "the project is installed in it");
        let comment = fs::read_to_string(runner.clone.join("gate.md")).expect("the body of a comment");
        assert!(comment.contains("totals:python"), "{comment}");
        let summary = fs::read_to_string(runner.file("GITHUB_STEP_SUMMARY")).expect("a summary");
        assert_eq!(summary.trim(), comment.trim());
        for file in value(&named("Keep the report")["with"], "path").expect("paths").lines() {
            assert!(runner.clone.join(file).is_file(), "{file} is to be kept");
        }
    });
}

#[test]
fn a_copy_that_names_no_source_of_the_program_says_what_to_set() {
    let runner = Runner::new();
    fs::remove_file(runner.clone.join(".rustworthy-source")).expect("no second checkout");
    workflow(|workflow| {
        let steps = workflow["jobs"]["gate"]["steps"].as_vec().expect("steps");
        let install = steps.iter().find(|step| value(step, "name") == Some("Install rustworthy")).expect("the step");
        let ran = runner.run(workflow, install);
        assert!(ran.code == Some(1) && ran.stdout.contains("set the variable RUSTWORTHY_REPOSITORY"), "{ran}");
    });
}
