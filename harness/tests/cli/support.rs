//! Projects in temporary folders, and the real binary run on them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A project in a folder of its own.
pub(crate) struct Project {
    folder: TempDir,
}

/// What a run of the program left.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Project {
    /// A project of these files.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, contents) in files {
            fs::write(folder.path().join(name), contents).expect("a file in it");
        }
        Self { folder }
    }

    /// A workload `w` whose contenders are functions of one module: the first is the baseline.
    pub(crate) fn of_functions(module: &str, names: &[&str]) -> Self {
        Self::with_settings(module, names, "", "")
    }

    /// The same, with lines for the workload and for every contender but the baseline.
    pub(crate) fn with_settings(module: &str, names: &[&str], workload: &str, contender: &str) -> Self {
        let mut manifest = format!(
            "[project]\npython-path = [\".\"]\n\n[workload.w]\ninput = \"impls:make\"\nsizes = {{ default = 100 }}\n{workload}\n"
        );
        for (index, name) in names.iter().enumerate() {
            let dashed = name.replace('_', "-");
            let own = if index == 0 { "baseline = true" } else { contender };
            manifest.push_str(&format!("\n[workload.w.contender.{dashed}]\npython = \"impls:{name}\"\n{own}\n"));
        }
        Self::new(&[("rustworthy.toml", &manifest), ("impls.py", module)])
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program with these arguments, to be run in the project's folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rustworthy"));
        command.args(arguments).current_dir(self.path());
        command.env_remove("VIRTUAL_ENV").env_remove("FORCE_COLOR").env("NO_COLOR", "1");
        command
    }

    /// Runs the program.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().expect("the program runs"))
    }

    /// Compares all, quickly, and returns the result with how the program ended.
    pub(crate) fn compare(&self, arguments: &[&str]) -> (Value, Ran) {
        let mut all = vec!["compare", "all", "--quick", "--budget", "1s", "--format", "json"];
        all.extend(arguments);
        let ran = self.run(&all);
        let value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}"));
        (value, ran)
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "exit {:?}\n--- stdout\n{}\n--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

/// One contender of a result.
pub(crate) fn contender<'a>(result: &'a Value, workload: &str, name: &str) -> &'a Value {
    let workloads = result["workloads"].as_array().expect("workloads");
    let workload = workloads.iter().find(|one| one["name"] == workload).expect("the workload");
    let contenders = workload["contenders"].as_array().expect("contenders");
    contenders.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("no contender {name}: {workload:#}"))
}
