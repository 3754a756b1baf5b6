//! Instructions in place of time. Without anything that counts there is nothing to see, except in CI, where there has to be.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::repository::{Repository, benchmark, parse};
use crate::support::Ran;

/// Functions of the old side.
const OLD: &str = r#"
import threading
import time


def make(size, seed):
    return size


def loop(rounds):
    total = 0
    for number in range(rounds):
        total += number * number
    return total


def same(size):
    loop(50_000)
    return size


def more(size):
    loop(50_000)
    return size


def fewer(size):
    loop(50_000)
    return size


def sleeps(size):
    time.sleep(0.02)
    return same(size)


def threads(size):
    others = [threading.Thread(target=same, args=(size,)) for _ in range(2)]
    for other in others:
        other.start()
    for other in others:
        other.join()
    return same(size)


def elsewhere(size):
    return size
"#;

/// The new side: 0.2 % more work in one function, and 0.2 % less in another.
fn new() -> String {
    let with = |code: String, name: &str, rounds: &str| {
        let head = format!("def {name}(size):\n    loop(");
        code.replace(&format!("{head}50_000)"), &format!("{head}{rounds})"))
    };
    with(with(OLD.to_owned(), "more", "50_100"), "fewer", "49_900")
}

fn find(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(program)).find(|file| file.exists())
}

/// Whether something counts. In CI a machine on which nothing does is an error.
fn counts() -> bool {
    let is_there = find("valgrind").is_some();
    assert!(is_there || env::var_os("CI").is_none(), "valgrind is missing: apt install valgrind");
    if !is_there {
        eprintln!("skipped: there is no valgrind on PATH");
    }
    is_there
}

/// Gates the working tree against HEAD by instructions.
#[track_caller]
fn gate(repository: &Repository, arguments: &[&str]) -> (Value, Ran) {
    let all = [
        "gate",
        "--against",
        "HEAD",
        "--metric",
        "instructions",
        "--format",
        "json",
        "--fail-over",
        "0.1%",
        "--budget",
        "1s",
    ];
    let ran = repository.run(&[&all[..], arguments].concat());
    (parse(&ran), ran)
}

#[test]
fn a_change_of_a_five_hundredth_is_found_and_the_same_code_is_unchanged() {
    if !counts() {
        return;
    }
    let repository = Repository::of_functions(OLD, &new(), &["sleeps", "more", "fewer"]);
    let (gate, ran) = gate(&repository, &[]);
    assert_eq!((ran.code, &gate["verdict"], &gate["metric"]), (Some(1), &"regressed".into(), &"instructions".into()));
    assert!(["hardware", "callgrind"].contains(&gate["counted_by"].as_str().unwrap()), "{gate:#}");
    for (name, verdict, expected) in
        [("w:sleeps", "unchanged", 0.0), ("w:more", "regressed", 0.002), ("w:fewer", "improved", -0.002)]
    {
        let benchmark = benchmark(&gate, name);
        assert_eq!(
            (&benchmark["verdict"], &benchmark["metric"]),
            (&verdict.into(), &"instructions".into()),
            "{gate:#}"
        );
        let change = benchmark["change"]["estimate"].as_f64().unwrap();
        assert!((change - expected).abs() < 0.0004, "{name}: {gate:#}");
        let counts = benchmark["counts"].as_array().unwrap();
        assert_eq!(benchmark["rounds"], counts.len(), "{gate:#}");
        for count in counts {
            let [old, new, calls] = ["old", "new", "calls"].map(|key| count[key].as_u64().unwrap());
            // A turn of the loop takes some dozens of instructions, whatever the Python.
            assert!(calls >= 1 && (old / calls) > 50_000 && (old / calls) < 50_000_000 && new > 0, "{gate:#}");
        }
    }
    let sleeps = benchmark(&gate, "w:sleeps");
    assert!(sleeps["remarks"][0].as_str().unwrap().starts_with("it waits for about "), "{gate:#}");
    said_by_all_renderings(&repository);

    let id = gate["run"]["id"].as_str().unwrap();
    let error = repository.refused(2, &["--against", id]);
    assert!(error.contains("instructions") && error.contains("a revision"), "{error}");
}

/// What is rendered never calls fewer instructions faster, and says what isn't seen.
fn said_by_all_renderings(repository: &Repository) {
    for (format, parts) in [
        ("table", &["fewer instructions", "executes more instructions", "aren't seen", "--metric instructions"][..]),
        ("markdown", &["**fewer instructions**", "aren't seen"]),
        ("junit", &["more instructions", "instructions"]),
        ("github", &["fewer instructions"]),
    ] {
        let ran = repository.run(&["report", "--format", format]);
        assert_eq!(ran.code, Some(0), "{ran}");
        parts.iter().for_each(|part| assert!(ran.stdout.contains(part), "no {part}: {ran}"));
        assert!(!ran.stdout.contains("faster") && !ran.stdout.contains("improved"), "{ran}");
    }
    let page = fs::read_to_string(repository.file(".rustworthy/latest/report.html")).unwrap();
    assert!(page.contains("fewer instructions") && page.contains("aren&#39;t seen") && !page.contains("faster"));
}

#[test]
fn what_has_threads_or_works_elsewhere_is_told_as_that() {
    if !counts() {
        return;
    }
    let repository = Repository::of_functions(OLD, OLD, &["same", "threads", "elsewhere"]);
    let elsewhere = "\npython = \"impls:elsewhere\"";
    let routed = |manifest: String| manifest.replace(elsewhere, &format!("{elsewhere}\nroute = \"subprocess\""));
    repository.edit_manifest(routed);
    repository.commit("Two");
    let (gate, ran) = gate(&repository, &["--filter", "w:[te][lh]*"]);
    assert_eq!(ran.code, Some(5), "{ran}");

    let threads = benchmark(&gate, "w:threads");
    assert_eq!((&threads["verdict"], &threads["problem"]["kind"]), (&"inconclusive".into(), &"not_counted".into()));
    assert_eq!((&threads["change"], &threads["counts"]), (&Value::Null, &Value::Array(Vec::new())), "{gate:#}");

    let elsewhere = benchmark(&gate, "w:elsewhere");
    assert_eq!((&elsewhere["verdict"], &elsewhere["old"]), (&"skipped".into(), &Value::Null), "{gate:#}");
    assert!(elsewhere["remarks"][0].as_str().unwrap().contains("a process that it starts"), "{gate:#}");

    let (_, ran) = self::gate(&repository, &["--filter", "w:elsewhere"]);
    assert_eq!(ran.code, Some(4), "a gate that compares nothing doesn't pass: {ran}");
}

#[test]
fn where_nothing_counts_the_remedy_is_told_before_anything_is_built() {
    let repository = Repository::of_functions(OLD, OLD, &["same"]);
    repository.edit_manifest(|manifest| manifest.replace("[project]\n", "[project]\nbuild = [\"touch\", \"built\"]\n"));
    repository.commit("Two");
    let folder = tempfile::tempdir().unwrap();
    symlink(find("git").unwrap(), folder.path().join("git")).unwrap();
    let ran = command_with_path(&repository, folder.path());
    if ran.code == Some(0) {
        eprintln!("skipped: this machine's processor counts");
        return;
    }
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran}");
    for part in ["instructions can't be counted here", "apt install valgrind", "perf_event_paranoid"] {
        assert!(ran.stderr.contains(part), "{ran}");
    }
    assert_eq!(repository.worktrees(), 1);
}

fn command_with_path(repository: &Repository, path: &Path) -> Ran {
    let mut command = repository.command(&["gate", "--against", "HEAD", "--metric", "instructions"]);
    Ran::from(command.env("PATH", path).output().expect("the program runs"))
}

#[test]
fn times_and_instructions_are_not_compared_with_each_other() {
    let repository = Repository::of_functions(OLD, OLD, &["same"]);
    let (run, _) = repository.compare(&[]);
    let id = run["run"]["id"].as_str().unwrap();
    let error = repository.refused(2, &["--against", id, "--metric", "instructions"]);
    assert!(error.contains("holds times, and no instructions") && error.contains("against a revision"), "{error}");
    let error = repository.refused(2, &["--against", "HEAD", "--metric", "instructions", "--fail-over-p99", "5%"]);
    assert!(error.contains("limits of calls that are timed"), "{error}");
    let export = ["--against", "HEAD", "--metric", "instructions", "--export", "pyperf=times.json"];
    assert!(repository.refused(2, &export).contains("--export writes times"));
}
