//! Projects in git repositories, and the gate run on them.

use std::fs;
use std::ops::Deref;
use std::path::Path;
use std::process::Command;

use rustworthy_model::gate::Gate;
use serde_json::Value;

use crate::support::{Project, Ran};
use crate::validation::assert_valid;

/// A project whose commits are old sides, and whose working tree is the new one.
pub(crate) struct Repository(Project);

/// Where the folders of checked-out revisions are, while they are.
pub(super) const WORKTREES: &str = ".rustworthy/worktrees";

impl Repository {
    /// A project as it stands, committed.
    pub(crate) fn of(project: Project) -> Self {
        let repository = Self(project);
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository.commit("One");
        repository
    }

    /// Contenders of one module as it was and as it is.
    pub(super) fn of_functions(old: &str, new: &str, names: &[&str]) -> Self {
        let repository = Self::of(Project::of_functions(old, names));
        repository.write("impls.py", new);
        repository
    }

    pub(super) fn git(&self, arguments: &[&str]) -> String {
        git(self.path(), arguments)
    }

    pub(super) fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    pub(crate) fn write(&self, name: &str, contents: &str) {
        fs::write(self.file(name), contents).expect("a file");
    }

    /// Changes the manifest.
    pub(super) fn edit_manifest(&self, change: impl FnOnce(String) -> String) {
        let manifest = fs::read_to_string(self.file("rustworthy.toml")).expect("a manifest");
        self.write("rustworthy.toml", &change(manifest));
    }

    /// What git keeps of the caller's: status, stash, branches, worktrees, and the index byte for byte.
    pub(super) fn state(&self) -> (String, Vec<u8>) {
        let asked = [
            &["--no-optional-locks", "status", "--porcelain=v2", "--branch"][..],
            &["stash", "list"],
            &["for-each-ref"],
            &["worktree", "list"],
        ];
        let said = asked.map(|arguments| self.git(arguments)).join("\n");
        (said, fs::read(self.file(".git/index")).expect("an index"))
    }

    pub(super) fn worktrees(&self) -> usize {
        self.git(&["worktree", "list"]).lines().count()
    }

    /// Gates the working tree against HEAD, in as few and short rounds as give a verdict.
    pub(super) fn gate(&self, arguments: &[&str]) -> (Value, Ran) {
        self.gate_against("HEAD", arguments)
    }

    /// Gates the working tree against something else, as briefly.
    #[track_caller]
    pub(super) fn gate_against(&self, old: &str, arguments: &[&str]) -> (Value, Ran) {
        let all = [&["gate", "--against", old, "--budget", "100ms", "--format", "json"], arguments].concat();
        let ran = self.run(&all);
        (parse(&ran), ran)
    }

    /// An error that nothing is measured for.
    #[track_caller]
    pub(super) fn refused(&self, code: i32, arguments: &[&str]) -> String {
        let ran = self.run(&[&["gate"], arguments].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(code), ""), "{arguments:?}: {ran}");
        assert_eq!(self.worktrees(), 1);
        ran.stderr
    }
}

impl Deref for Repository {
    type Target = Project;

    fn deref(&self) -> &Project {
        &self.0
    }
}

/// The JSON of a gate, checked against its schema.
#[track_caller]
pub(super) fn parse(ran: &Ran) -> Value {
    let value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}"));
    assert_valid::<Gate>(&value);
    value
}

/// A benchmark of a gate's result.
#[track_caller]
pub(crate) fn benchmark<'a>(gate: &'a Value, name: &str) -> &'a Value {
    let benchmarks = gate["benchmarks"].as_array().expect("benchmarks");
    let is_meant =
        |one: &&Value| format!("{}:{}", one["workload"].as_str().unwrap(), one["contender"].as_str().unwrap()) == name;
    benchmarks.iter().find(is_meant).unwrap_or_else(|| panic!("no benchmark {name}: {gate:#}"))
}

pub(super) fn git(folder: &Path, arguments: &[&str]) -> String {
    let settings = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "protocol.file.allow=always"];
    let output = Command::new("git").arg("-C").arg(folder).args(settings).args(arguments).output().expect("git");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
