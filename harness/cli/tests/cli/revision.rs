//! This program as it was: built from a revision of a repository that is shaped like its own.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use rustworthy_engine::revision::{OwnBuild, Repository, RevisionError, is_own};
use tempfile::TempDir;

const LOCKED: &str = "version = 4\n\n[[package]]\nname = \"rustworthy\"\nversion = \"0.1.0\"\n";

fn git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"];
    let done = Command::new("git").arg("-C").arg(folder).args(identity).args(arguments).status();
    assert!(done.expect("git").success(), "git {arguments:?}");
}

/// A workspace whose program says 1 in its first commit and 2 in its second, and is broken in its third.
fn workspace() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, contents: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, contents).expect("a file");
    };
    write("Cargo.toml", "[workspace]\nmembers = [\"harness/cli\"]\nresolver = \"3\"\n");
    write("Cargo.lock", LOCKED);
    write("harness/cli/Cargo.toml", "[package]\nname = \"rustworthy\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    write("python_baselines/rustworthy.toml", "");
    git(folder.path(), &["init", "--quiet", "--initial-branch=main"]);
    for body in ["println!(\"1 {}\", env!(\"PYO3_PYTHON\"))", "println!(\"2\")", "no_such_function()"] {
        write("harness/cli/src/main.rs", &format!("fn main() {{ {body} }}\n"));
        git(folder.path(), &["add", "--all"]);
        git(folder.path(), &["commit", "--quiet", "--message", body]);
    }
    folder
}

fn output(program: &Path) -> String {
    let output = Command::new(program).output().expect("the program runs");
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

#[test]
fn programs_of_two_revisions_are_built_and_stay_apart() {
    let folder = workspace();
    assert!(is_own(folder.path()));
    let repository = Repository::around(folder.path(), &Arc::default()).expect("a repository");
    let check_out = |revision| {
        let commit = repository.resolve(revision).expect("a commit");
        repository.check_out(&commit, folder.path()).expect("a worktree")
    };
    let program = Path::new(env!("CARGO_BIN_EXE_rustworthy"));
    let built_with = rustworthy_worker::libpython::built_with();
    let (first, second, broken) = (check_out("HEAD~2"), check_out("HEAD~1"), check_out("HEAD"));
    let build = |worktree| OwnBuild { worktree, program, built_with: &built_with, release: false, offline: true }.run();
    let [one, two] = [build(&first), build(&second)].map(|built| built.expect("a program"));
    let python = std::env::var("PYO3_PYTHON").unwrap_or_else(|_| built_with.display().to_string());
    assert_eq!(output(&one), format!("1 {python}"));
    assert_eq!(output(&two), "2");
    assert_eq!(output(&build(&first).expect("a program")), format!("1 {python}"));

    let error = build(&broken).expect_err("it's broken");
    assert!(matches!(error, RevisionError::NotBuilt { .. }));
    let message = error.to_string();
    assert!(message.starts_with("the revision 'HEAD' doesn't build: \"cargo build --locked"), "{message}");
    assert!(message.contains("no_such_function"), "{message}");
    drop((first, second, broken));
    assert!(!one.exists() && folder.path().join(".rustworthy/target").exists());
}
