//! Runs that are interrupted or killed: nothing is left behind, nothing is lost, and they can go on.

use std::fs;
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::Value;

use super::support::{Project, Ran, Running, contender};

const MODULE: &str = r#"
import os
import signal


def make(size, seed):
    return [(i * 7 + seed) % 1000 for i in range(size * 20)]


def plain(numbers):
    return [number * number for number in numbers]


def other(numbers):
    squares = []
    for number in numbers:
        squares.append(number * number)
    return squares


has_daemon = False


def daemonizes(numbers):
    global has_daemon
    if not has_daemon:
        has_daemon = True
        child = os.fork()
        if child == 0:
            os.setsid()
            if os.fork() == 0:
                os.execvp("sleep", ["sleep", "1000"])
            os._exit(0)
        os.waitpid(child, 0)
    return plain(numbers)


def kills_its_parent(numbers):
    os.kill(os.getppid(), signal.SIGKILL)
    while True:
        pass
"#;

const BRIEFLY: [&str; 5] = ["compare", "all", "--quick", "--budget", "2s"];

/// Far from finished when it's interrupted.
const LONG: [&str; 6] = ["compare", "all", "--precision", "0.01%", "--budget", "10m"];

fn project() -> Project {
    Project::of_functions(MODULE, &["plain", "daemonizes", "other"])
}

fn saved(project: &Project) -> Option<Value> {
    let text = fs::read_to_string(project.file(".rustworthy/latest/run.json")).ok()?;
    Some(serde_json::from_str(&text).expect("run.json is whole"))
}

fn counted(result: &Value) -> u64 {
    ["plain", "daemonizes", "other"].iter().map(|name| contender(result, "w", name)["samples"].as_u64().unwrap()).sum()
}

fn resume(project: &Project, arguments: &[&str]) -> Ran {
    project.run(&[arguments, &["--resume"]].concat())
}

/// Interrupts a run that has measured something.
#[track_caller]
fn interrupted(interrupt: impl FnOnce(&Running)) {
    let project = project();
    let mut running = project.start(&LONG);
    running.until("something is measured", || project.samples() >= 5);
    assert!(project.processes().iter().any(|line| line.contains("sleep 1000")), "there is no daemon to leave behind");
    interrupt(&running);
    let ran = running.finish();
    assert_eq!(ran.code, Some(130), "{ran}");
    project.assert_deserted();

    assert!(ran.stdout.contains("baseline") && ran.stdout.contains("daemonizes"), "{ran}");
    let result = saved(&project).expect("a result");
    assert_eq!(result["run"]["complete"], false);
    assert_eq!(result["workloads"][0]["stopped"], "interrupted");
    assert_eq!(counted(&result), project.samples());
    let text = fs::read_to_string(project.file(".rustworthy/latest/journal.jsonl")).unwrap();
    assert!(text.ends_with("\"reason\":\"interrupted\"}\n"), "{text}");
}

#[test]
fn ctrl_c_saves_what_was_measured_and_leaves_no_process_behind() {
    interrupted(|running| running.signal_group(Signal::SIGINT));
}

#[test]
fn sigterm_saves_what_was_measured_and_leaves_no_process_behind() {
    interrupted(|running| running.signal(Signal::SIGTERM));
}

#[test]
fn an_interruption_before_anything_is_measured_ends_with_the_same_code() {
    for wait in [50, 400] {
        let project = project();
        let mut running = project.start(&LONG);
        running.until("a worker starts", || project.processes().iter().any(|line| line.contains("__worker")));
        std::thread::sleep(Duration::from_millis(wait));
        running.signal_group(Signal::SIGINT);
        let ran = running.finish();
        assert_eq!(ran.code, Some(130), "{ran}");
        project.assert_deserted();
    }
}

#[test]
fn an_interrupted_run_goes_on_where_it_stopped() {
    let project = project();
    let mut running = project.start(&BRIEFLY);
    running.until("something is measured", || project.samples() >= 3);
    running.signal(Signal::SIGINT);
    let ran = running.finish();
    assert_eq!(ran.code, Some(130), "{ran}");
    let before = project.journal();

    let ran = resume(&project, &BRIEFLY);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(project.journal().starts_with(&before));
    assert_eq!(saved(&project).unwrap()["run"]["complete"], true);
}

/// When to kill: once so many more samples were taken and then so many milliseconds have passed.
type Moment = (u64, u64);

/// Kills a run, and each that goes on with it, at these moments; then lets one finish.
#[track_caller]
fn killed_again_and_again(seed: &str, moments: &[Moment]) {
    let project = project();
    let arguments = |journal: &[String]| {
        // Killed early enough, a run hasn't begun.
        let resume: &[&str] = if journal.is_empty() { &[] } else { &["--resume"] };
        [&BRIEFLY[..], &["--seed", seed], resume].concat()
    };
    let mut journal = Vec::new();
    for &(samples, milliseconds) in moments {
        let samples = project.samples() + samples;
        let mut running = project.start(&arguments(&journal));
        running.until("it measures", || project.samples() >= samples);
        std::thread::sleep(Duration::from_millis(milliseconds));
        running.signal(Signal::SIGKILL);
        running.finish();
        project.assert_deserted();

        saved(&project);
        let now = project.journal();
        assert!(now.starts_with(&journal), "killed after {milliseconds} ms: lines are lost");
        assert!(now.iter().all(|line| serde_json::from_str::<Value>(line).is_ok()), "killed after {milliseconds} ms");
        journal = now;
    }

    let ran = project.run(&arguments(&journal));
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(project.journal().starts_with(&journal), "lines are lost");
    let result = saved(&project).expect("a result");
    assert_eq!(result["run"]["complete"], true);
    assert_eq!(counted(&result), project.samples());
}

#[test]
fn a_run_that_is_killed_at_any_moment_loses_nothing_and_can_be_finished() {
    killed_again_and_again("1", &[(0, 90), (0, 1370), (0, 1910)]);
}

#[test]
fn a_run_that_is_killed_while_it_measures_loses_nothing_and_can_be_finished() {
    killed_again_and_again("2", &[(1, 170), (2, 0), (1, 310)]);
}

#[test]
fn what_another_kill_left_is_no_result() {
    let project = project();
    let (result, _) = project.compare(&[]);
    fs::write(project.file(".rustworthy/latest/.part-x1"), "{").unwrap();
    let ran = project.run(&["report", "--format", "json"]);
    assert_eq!(serde_json::from_str::<Value>(&ran.stdout).unwrap(), result, "{ran}");
}

#[test]
fn killing_the_guard_of_a_worker_is_a_failure_that_leaves_nothing_running() {
    let project = Project::of_functions(MODULE, &["plain", "kills_its_parent", "other"]);
    let ran = project.start(&["compare", "all", "--quick", "--budget", "100ms", "--format", "json"]).finish();
    assert_eq!(ran.code, Some(3), "{ran}");
    let result = serde_json::from_str(&ran.stdout).expect("JSON");
    let found = contender(&result, "w", "kills-its-parent");
    assert!(found["error"].as_str().unwrap().contains("SIGKILL"), "{found:#}");
    assert_eq!(contender(&result, "w", "other")["status"], "measured");
    project.assert_deserted();
}

#[test]
fn a_run_goes_on_only_as_what_it_was() {
    let project = Project::of_functions(MODULE, &["plain", "other"]);
    assert_eq!(project.run(&BRIEFLY).code, Some(0));
    let journal = project.journal();
    let refused = |arguments: &[&str]| {
        let ran = resume(&project, &[&BRIEFLY[..], arguments].concat());
        assert_eq!(ran.code, Some(2), "{arguments:?}: {ran}");
        let message = "was of another program, manifest, source or command";
        assert!(ran.stderr.contains(message) && ran.stderr.contains("without --resume"), "{ran}");
        assert_eq!((ran.stdout.as_str(), project.journal()), ("", journal.clone()));
    };
    refused(&["--size", "50"]);
    refused(&["--seed", "5"]);
    let with_change = |name: &str, change: &dyn Fn(&str) -> String| {
        let before = fs::read_to_string(project.file(name)).unwrap();
        fs::write(project.file(name), change(&before)).unwrap();
        refused(&[]);
        fs::write(project.file(name), before).unwrap();
    };
    with_change("rustworthy.toml", &|manifest| manifest.replace("[workload.w]", "[workload.w]\nequal = \"value\""));
    with_change("impls.py", &|module| module.replace("number * number", "number ** 2"));

    let ran = resume(&project, &BRIEFLY);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stdout.contains("baseline"), "{ran}");
    assert_eq!(project.journal(), journal, "a finished run is only rendered again");
}

#[test]
fn a_run_that_is_still_going_on_is_not_taken_up_by_another() {
    let project = project();
    let mut running = project.start(&LONG);
    running.until("a run begins", || !project.journal().is_empty());
    let ran = resume(&project, &LONG);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("journal.jsonl: another run is writing it"), "{ran}");
    running.signal(Signal::SIGTERM);
    assert_eq!(running.finish().code, Some(130));
}

#[test]
fn two_runs_at_once_have_folders_of_their_own() {
    let project = Project::of_functions(MODULE, &["plain", "other"]);
    let both = [project.start(&BRIEFLY), project.start(&BRIEFLY)];
    for running in both {
        let ran = running.finish();
        assert_eq!(ran.code, Some(0), "{ran}");
    }
    let folders = fs::read_dir(project.file(".rustworthy/runs")).unwrap().flatten();
    let results: Vec<Value> = folders
        .map(|folder| serde_json::from_str(&fs::read_to_string(folder.path().join("run.json")).unwrap()).unwrap())
        .collect();
    assert_eq!(results.len(), 2);
    assert!(results.iter().all(|result| result["run"]["complete"] == true));
    assert!(results.contains(&saved(&project).unwrap()));
}
