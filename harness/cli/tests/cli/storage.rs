//! Runs that can't be saved, and readers that go away: the table is printed all the same.

use std::fs;
use std::io;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::support::{Project, Ran, contender};

const MODULE: &str = r#"
import signal
import tempfile


def make(size, seed):
    return list(range(size))


def plain(numbers):
    return sum(numbers)


def other(numbers):
    total = 0
    for number in numbers:
        total += number
    return total


def writes_much(numbers):
    with tempfile.TemporaryFile() as file:
        file.write(bytes(1 << 20))
    return sum(numbers)
"#;

const COMPARE: [&str; 5] = ["compare", "all", "--quick", "--budget", "100ms"];

fn project() -> Project {
    Project::of_functions(MODULE, &["plain", "other"])
}

/// The table was printed, and an error says which folder the run could not be saved in.
#[track_caller]
fn assert_unsaved(ran: &Ran, folder: &str, why: &str) {
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stdout.contains("baseline") && ran.stdout.contains("other"), "{ran}");
    let error = ran.stderr.lines().find(|line| line.starts_with("error: the run could not be saved: "));
    let error = error.unwrap_or_else(|| panic!("no error: {ran}"));
    assert!(error.contains(folder) && error.contains(why), "{ran}");
}

/// Runs the program through a line of shell, in which it's `"$0" "$@"`.
fn through_shell(project: &Project, shell: &[&str], line: &str, arguments: &[&str]) -> Ran {
    let program = project.command(arguments);
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).args(["-c", line]).arg(program.get_program()).args(program.get_args());
    command.current_dir(project.path()).env("NO_COLOR", "1").env_remove("VIRTUAL_ENV");
    // Only the program's own files are to hit the limit.
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    Ran::from(command.output().expect("a shell"))
}

#[test]
fn a_folder_that_cannot_be_created_costs_only_the_files() {
    let project = project();
    fs::write(project.file(".rustworthy"), "in the way").unwrap();
    let ran = project.run(&COMPARE);
    assert_unsaved(&ran, ".rustworthy", "");
    assert!(
        ran.stderr.contains("warning: ") && ran.stderr.contains("will not be saved"),
        "reported before measuring: {ran}"
    );
    assert_unsaved(&project.run(&[&COMPARE[..], &["-q"]].concat()), ".rustworthy", "");
    assert_eq!(fs::read_to_string(project.file(".rustworthy")).unwrap(), "in the way");
}

#[test]
fn a_limit_on_the_size_of_files_is_told_like_a_full_disk() {
    let project = project();
    let ran = through_shell(&project, &["sh"], "ulimit -f 8; exec \"$0\" \"$@\"", &COMPARE);
    assert_unsaved(&ran, ".rustworthy/runs/", "File too large");
    // What there is can be trusted.
    let run = project.file(".rustworthy/latest/run.json");
    assert!(fs::read_to_string(run).map_or(true, |text| serde_json::from_str::<Value>(&text).is_ok()));
    assert!(project.samples() > 0, "the journal has what went in before");
}

#[test]
fn the_limit_ends_a_contender_that_breaks_it() {
    let project = Project::of_functions(MODULE, &["plain", "writes_much", "other"]);
    let arguments = [&COMPARE[..], &["--format", "json"]].concat();
    let ran = through_shell(&project, &["sh"], "ulimit -f 800; exec \"$0\" \"$@\"", &arguments);
    assert_eq!(ran.code, Some(3), "{ran}");
    let result = serde_json::from_str(&ran.stdout).expect("JSON");
    let found = contender(&result, "w", "writes-much");
    assert!(found["error"].as_str().unwrap().contains("SIGXFSZ"), "{found:#}");
    assert_eq!(contender(&result, "w", "other")["status"], "measured");
}

#[test]
fn a_full_disk_costs_only_the_files() {
    let project = project();
    fs::create_dir(project.file("small")).unwrap();
    // A mount in a namespace of its own needs no rights and leaves with the program.
    let namespace = ["unshare", "--map-root-user", "--mount", "sh"];
    let mount = "mount -t tmpfs -o size=12k none small";
    let can_mount =
        Command::new(namespace[0]).args(&namespace[1..]).args(["-c", mount]).current_dir(project.path()).output();
    if !can_mount.is_ok_and(|ran| ran.status.success()) {
        eprintln!("skipped: a small file system can't be mounted here");
        return;
    }
    let arguments = [&COMPARE[..], &["--out", "small"]].concat();
    let ran = through_shell(&project, &namespace, &format!("{mount} && exec \"$0\" \"$@\""), &arguments);
    assert_unsaved(&ran, "small/", "No space left");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let project = project();
    for arguments in [&["list"][..], &["--help"], &COMPARE, &["report"], &["report", "--format", "json"]] {
        let (reader, writer) = io::pipe().expect("a pipe");
        drop(reader);
        let output = project.command(arguments).stdout(writer).output().expect("the program runs");
        let ran = Ran::from(output);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {ran}");
        assert!(!ran.stderr.contains("panicked") && !ran.stderr.contains("error"), "{arguments:?}: {ran}");
    }
}

#[test]
fn a_reader_of_messages_that_goes_away_is_no_error() {
    let project = project();
    for (arguments, code) in [(&COMPARE[..], 0), (&["compare", "nothing-like-it"], 2), (&["no-such-command"], 2)] {
        let (reader, writer) = io::pipe().expect("a pipe");
        drop(reader);
        let ran = project.command(arguments).stderr(writer).stdin(Stdio::null()).output().expect("the program runs");
        assert_eq!(ran.status.code(), Some(code), "{arguments:?}");
    }
}

#[test]
fn beside_a_run_that_was_killed_the_newest_finished_one_is_rendered() {
    let project =
        Project::of_functions("def make(size, seed):\n    return 1\n\n\ndef same(one):\n    return one\n", &["same"]);
    let (_, ran) = project.compare(&[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let killed = "runs/99991231T235959Z-dead";
    std::fs::create_dir(project.file(".rustworthy").join(killed)).unwrap();
    let latest = project.file(".rustworthy/latest");
    std::fs::remove_file(&latest).unwrap();
    std::os::unix::fs::symlink(killed, &latest).unwrap();
    let ran = project.run(&["report"]);
    assert!(ran.code == Some(0) && ran.stdout.contains("same"), "{ran}");
}
