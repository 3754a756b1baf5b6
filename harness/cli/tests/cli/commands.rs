//! What a project has run for it: its build command and its services.

use std::process::Command;

use super::support::{Project, contender};

const MODULE: &str = "import os, urllib.request\n\
                      def make(size, seed): return size\n\
                      def plain(n): return 200\n\
                      def asks(n):\n    with urllib.request.urlopen(os.environ['RUSTWORTHY_SERVICE_FILES']) as answer:\n        return answer.status\n";

/// A project with these lines in front of its workload.
fn project(head: &str, contenders: &[&str]) -> Project {
    let project = Project::of_functions(MODULE, contenders);
    let manifest = project.file("rustworthy.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace("[project]\n", &format!("{head}\n[project]\n"))).unwrap();
    project
}

fn service(command: &str) -> String {
    format!("[service.files]\ncommand = {command}\nready = \"http://127.0.0.1:{{port}}/\"\n")
}

#[test]
fn a_service_runs_while_its_contenders_are_measured_and_no_longer() {
    let head = service(r#"["python3", "-m", "http.server", "{port}", "--bind", "127.0.0.1"]"#);
    let project = project(&head, &["plain", "asks"]);
    let (result, ran) = project.compare(&[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(contender(&result, "w", "asks")["equivalence"]["status"], "equal", "{ran}");
    project.assert_deserted();
}

#[test]
fn a_service_that_ends_at_once_is_told_with_what_it_said() {
    let head = service(r#"["sh", "-c", "echo {port} is a bad port; exit 1"]"#);
    let ran = project(&head, &["plain", "asks"]).run(&["compare", "all", "--quick"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("service 'files' ended before it answered"), "{ran}");
    assert!(ran.stderr.contains("is a bad port"), "{ran}");
    assert_eq!(ran.stdout, "");
}

fn with_build(command: &str) -> Project {
    let project = Project::of_functions(MODULE, &["plain"]);
    let manifest = project.file("rustworthy.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace("[project]\n", &format!("[project]\nbuild = {command}\n"))).unwrap();
    project
}

#[test]
fn the_build_command_runs_once_before_measuring() {
    let project = with_build(r#"["sh", "-c", "echo built >> log"]"#);
    let (_, ran) = project.compare(&[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(std::fs::read_to_string(project.file("log")).unwrap(), "built\n");
}

#[test]
fn a_build_that_fails_is_told_with_its_output() {
    for (command, message) in [
        (r#"["sh", "-c", "echo no such crate; exit 3"]"#, "no such crate"),
        (r#"["no-such-command-anywhere"]"#, "No such file or directory"),
    ] {
        let ran = with_build(command).run(&["compare", "all", "--quick"]);
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.stderr.contains("project.build") && ran.stderr.contains(message), "{ran}");
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn the_build_command_runs_in_the_environment_of_the_chosen_interpreter() {
    let project = with_build(r#"["sh", "-c", "command -v python > log; echo $VIRTUAL_ENV >> log"]"#);
    let environment = project.file("env");
    let made = Command::new(rustworthy_worker::libpython::built_with())
        .args(["-m", "venv", "--without-pip"])
        .arg(&environment)
        .status();
    assert!(made.expect("a Python").success());
    let (_, ran) = project.compare(&["--python", &environment.display().to_string()]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let log = std::fs::read_to_string(project.file("log")).unwrap();
    assert_eq!(log, format!("{0}/bin/python\n{0}\n", environment.display()));
}

#[test]
fn shells_and_manuals_are_told_of_every_command() {
    let project = Project::new(&[]);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = project.run(&["completions", shell]);
        assert_eq!(ran.code, Some(0), "{ran}");
        assert!(ran.stdout.contains("wait-for-quiet") && ran.stdout.contains("attribute"), "{ran}");
    }
    assert_eq!(project.run(&["completions", "csh"]).code, Some(2));
    let ran = project.run(&["man"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    for expected in [".TH rustworthy 1", "rustworthy\\-gate", "\\-\\-wait\\-for\\-quiet", "Exit codes"] {
        assert!(ran.stdout.contains(expected), "{expected} isn't in: {ran}");
    }
}
