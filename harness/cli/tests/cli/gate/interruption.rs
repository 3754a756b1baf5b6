//! Gates that are interrupted or killed.

use std::fs;

use nix::sys::signal::Signal;
use serde_json::Value;

use super::repository::{Repository, WORKTREES, benchmark};
use super::{NEW, OLD};
use crate::support::Running;

fn repository() -> Repository {
    Repository::of_functions(OLD, &format!("{OLD}{NEW}"), &["same", "slower", "fails_new"])
}

/// Far from finished when it's interrupted.
const LONG: [&str; 7] = ["gate", "--against", "HEAD", "--budget", "10m", "--fail-over", "0.001%"];

fn until_measured(repository: &Repository, running: &mut Running) {
    running.until("a round is made", || repository.journal().iter().any(|line| line.contains("\"event\":\"round\"")));
}

/// Ends it as Ctrl-C does, and looks whether anything of it is left.
fn interrupt(repository: &Repository, running: Running, before: &(String, Vec<u8>)) {
    running.signal_group(Signal::SIGINT);
    let ran = running.finish();
    assert_eq!(ran.code, Some(130), "{ran}");
    repository.assert_deserted();
    assert_as_before(repository, before);
}

fn assert_as_before(repository: &Repository, before: &(String, Vec<u8>)) {
    assert_eq!(repository.state(), *before);
    assert!(!repository.file(WORKTREES).exists());
}

#[test]
fn ctrl_c_saves_what_was_measured_and_removes_the_worktree() {
    let repository = repository();
    let before = repository.state();
    let mut running = repository.start(&LONG);
    until_measured(&repository, &mut running);
    assert_eq!(repository.worktrees(), 3);
    interrupt(&repository, running, &before);

    let text = fs::read_to_string(repository.file(".rustworthy/latest/run.json")).unwrap();
    let gate: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(gate["run"]["complete"], false);
    assert_eq!(benchmark(&gate, "w:same")["problem"]["kind"], "interrupted");
    assert!(benchmark(&gate, "w:same")["rounds"].as_u64().unwrap() > 0);
    assert_eq!(benchmark(&gate, "w:slower")["rounds"], 0);
}

#[test]
fn an_interruption_while_the_revision_is_built_leaves_nothing_behind() {
    let repository = repository();
    repository.git(&["stash", "--quiet"]);
    let build = "build = [\"sh\", \"-c\", \"touch started; sleep 1000\"]";
    repository.edit_manifest(|manifest| manifest.replace("[project]", &format!("[project]\n{build}")));
    repository.commit("Slow to build");
    let before = repository.state();
    let mut running = repository.start(&LONG);
    running.until("it builds", || repository.processes().iter().any(|line| line.contains("sleep 1000")));
    interrupt(&repository, running, &before);
}

#[test]
fn what_a_killed_gate_left_is_removed_by_the_next() {
    let repository = repository();
    let before = repository.state();
    let mut running = repository.start(&LONG);
    until_measured(&repository, &mut running);
    running.signal(Signal::SIGKILL);
    running.finish();
    repository.assert_deserted();
    assert_eq!(repository.worktrees(), 3);

    assert_eq!(repository.gate(&["--filter", "fails-new"]).1.code, Some(3));
    assert_as_before(&repository, &before);
}
