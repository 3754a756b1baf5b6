//! The gate on code that hasn't changed, through real worktrees: what differs between its sides must not depend on where the
//! repository lies, nor on how large the environment is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use rustworthy_model::gate::{BenchmarkVerdict, Gate};

use crate::subject::program;

/// Lengths of the path of the repository, in bytes.
const PATHS: [usize; 5] = [20, 45, 70, 95, 120];

/// Sizes of the environment beside what is inherited, in bytes.
const ENVIRONMENTS: [usize; 3] = [1 << 10, 4 << 10, 16 << 10];

/// Contenders that allocate.
const CODE: &str = r#"
import re

WORD = re.compile(r"(\w+)-(\d+)")


def make(size, seed):
    return [f"name{(i * 7919) % size}-{i}" for i in range(size)]


def matches(lines):
    return sum(int(WORD.match(line).group(2)) for line in lines)


def counts(lines):
    found = {}
    for line in lines:
        name = line.split("-")[0]
        found[name] = found.get(name, 0) + 1
    return len(found)


def in_order(lines):
    return sorted(lines, key=lambda line: line[::-1])[0]
"#;

const NAMES: [&str; 3] = ["matches", "counts", "in_order"];

/// Gates an empty commit so many times in each place, and prints what was found.
pub(crate) fn print(times: usize) -> anyhow::Result<()> {
    println!("| path, bytes | environment, bytes | {} | called |", NAMES.join(" | "));
    println!("|--:|--:|{}--:|", "--:|".repeat(NAMES.len()));
    let (mut called, mut all) = (0, 0);
    for path in PATHS {
        let folder = tempfile::Builder::new().prefix("").tempdir_in("/tmp")?;
        let repository = repository(folder.path(), path)?;
        for environment in ENVIRONMENTS {
            let gates = (0..times).map(|seed| gate(&repository, environment, seed)).collect::<Result<Vec<_>, _>>()?;
            let changes = |place: usize| {
                let changes = gates.iter().filter_map(|gate| Some(gate.benchmarks[place].change?.estimate * 100.0));
                changes.map(|change| format!("{change:+.2} %")).collect::<Vec<_>>().join(", ")
            };
            let is_called = |verdict| matches!(verdict, BenchmarkVerdict::Regressed | BenchmarkVerdict::Improved);
            let verdicts = || gates.iter().flat_map(|gate| &gate.benchmarks).map(|benchmark| benchmark.verdict);
            let called_here = verdicts().filter(|&verdict| is_called(verdict)).count();
            (called, all) = (called + called_here, all + verdicts().count());
            let columns: Vec<String> = (0..NAMES.len()).map(changes).collect();
            println!("| {path} | {environment} | {} | {called_here} |", columns.join(" | "));
        }
    }
    println!("\n{called} of {all} benchmarks were called regressed or improved.");
    Ok(())
}

/// A repository with two commits of the same code, whose path has that length.
fn repository(folder: &Path, length: usize) -> anyhow::Result<PathBuf> {
    let left = length.saturating_sub(folder.as_os_str().len() + 1).max(1);
    let path = folder.join("x".repeat(left));
    fs::create_dir(&path)?;
    let mut manifest =
        "[project]\npython-path = [\".\"]\n[gate]\nfail-over = \"1%\"\n[workload.w]\ninput = \"code:make\"\n\
                        sizes = { default = 2000 }\n"
            .to_owned();
    for (index, name) in NAMES.iter().enumerate() {
        let dashed = name.replace('_', "-");
        let baseline = if index == 0 { "baseline = true\n" } else { "differs = \"another answer\"\n" };
        manifest += &format!("[workload.w.contender.{dashed}]\npython = \"code:{name}\"\n{baseline}");
    }
    fs::write(path.join("rustworthy.toml"), manifest)?;
    fs::write(path.join("code.py"), CODE)?;
    let identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"];
    let empty = ["commit", "--quiet", "--allow-empty", "-m", "Two"];
    for arguments in [&["init", "--quiet"][..], &["add", "--all"], &["commit", "--quiet", "-m", "One"], &empty] {
        let status = Command::new("git").arg("-C").arg(&path).args(identity).args(arguments).status()?;
        ensure!(status.success(), "git {arguments:?}: {status}");
    }
    Ok(path)
}

fn gate(repository: &Path, environment: usize, seed: usize) -> anyhow::Result<Gate> {
    let output = Command::new(program())
        .args(["gate", "--against", "HEAD~1", "--format", "json", "--no-progress", "--seed", &seed.to_string()])
        .current_dir(repository)
        .env("FILLED", "x".repeat(environment))
        .output()?;
    let gate: Gate =
        serde_json::from_slice(&output.stdout).with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
    let problem = gate.benchmarks.iter().find_map(|benchmark| benchmark.problem.as_ref());
    ensure!(problem.is_none(), "{}: {problem:?}", repository.display());
    Ok(gate)
}
