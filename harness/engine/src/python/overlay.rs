//! An environment laid over another: it sees what that one has, and keeps what is installed to itself.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;

use super::error::PythonError;
use super::interpreter::{self, Interpreter, inspect};
use super::provision::not_created;
use crate::process::{self, Ending, RunLimits};

const LAY_OVER: &str = include_str!("overlay.py");

/// A checkout of the project, and the worktree that takes its place.
#[derive(Debug, Clone)]
pub struct Move {
    /// The top level of the checkout, without links on the way.
    pub checkout: PathBuf,
    /// The same as the user spells it.
    pub spelled: PathBuf,
    /// The top level of the worktree.
    pub worktree: PathBuf,
}

/// A virtual environment that was laid over another.
#[derive(Debug, Clone)]
pub struct Overlay {
    /// Its interpreter.
    pub interpreter: Interpreter,
    /// Names of modules of the checkout that the environment below has as copies, whatever the worktree says.
    pub copies: Vec<String>,
}

/// Makes a virtual environment of `chosen`'s interpreter in `folder`, without pip and without the network.
///
/// Packages of `chosen` can be imported in it, editable ones too; one that is installed into it shadows them. Editable ones
/// of a checkout are found in the worktree that takes its place. Its `bin` has the commands of `chosen`; those written in
/// Python, pip among them, work on the new environment. So a build command for which it is [active](Interpreter::activation)
/// leaves `chosen` as it is.
///
/// # Errors
/// When the environment can't be made, and [`PythonError::Interrupted`] once `cancel` is set.
pub fn overlay(
    chosen: &Interpreter,
    folder: &Path,
    moved: Option<&Move>,
    cancel: &AtomicBool,
) -> Result<Overlay, PythonError> {
    let folder = std::path::absolute(folder).map_err(|error| not_created(chosen, folder, error.to_string()))?;
    let mut venv = interpreter::command(&chosen.base_executable);
    venv.args(["-m", "venv", "--without-pip"]).arg(&folder);
    run(venv, chosen, &folder, cancel)?;
    // Not isolated: the packages of the user are among those that workers see.
    let mut lay_over = interpreter::plain_command(&chosen.executable);
    lay_over.args(["-P", "-c", LAY_OVER]).arg(&folder);
    lay_over.args(moved.iter().flat_map(|moved| [&moved.checkout, &moved.worktree, &moved.spelled]));
    let printed = run(lay_over, chosen, &folder, cancel)?;
    let copies = serde_json::from_str(&printed)
        .map_err(|error| not_created(chosen, &folder, format!("it printed {printed:?}: {error}")))?;
    Ok(Overlay { interpreter: inspect(&folder.join("bin/python"))?, copies })
}

/// Runs a command that has to succeed, and returns what it prints.
fn run(command: Command, chosen: &Interpreter, folder: &Path, cancel: &AtomicBool) -> Result<String, PythonError> {
    let path = PathBuf::from(command.get_program());
    let limits = RunLimits { timeout: None, cancel: Some(cancel) };
    let finished = process::run(command, &limits, &mut |_| {});
    let finished = finished.map_err(|source| PythonError::NotExecutable { path, source })?;
    match finished.ending {
        Ending::Cancelled => Err(PythonError::Interrupted),
        _ if finished.success() => Ok(finished.stdout),
        _ => Err(not_created(chosen, folder, finished.quote())),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::python::testing::{bare_environment, build_python, script, site_packages};

    struct Environments {
        _folder: tempfile::TempDir,
        chosen: PathBuf,
        over: PathBuf,
    }

    impl Environments {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let [chosen, over] = ["chosen it's", "over it's"].map(|name| folder.path().join(name));
            bare_environment(&chosen);
            Self { _folder: folder, chosen, over }
        }

        fn lay_over(&self) -> Interpreter {
            let chosen = inspect(&self.chosen.join("bin/python")).unwrap();
            overlay(&chosen, &self.over, None, &AtomicBool::new(false)).unwrap().interpreter
        }
    }

    fn install(environment: &Path, name: &str, contents: &str) {
        fs::write(site_packages(environment).join(name), contents).unwrap();
    }

    /// What `print` prints in an activated environment.
    fn shell(interpreter: &Interpreter, line: &str) -> String {
        let mut command = Command::new("sh");
        command.args(["-c", line]);
        interpreter.activation().apply(&mut command);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    #[test]
    fn a_package_of_the_chosen_environment_is_seen_and_one_of_its_own_shadows_it() {
        let environments = Environments::new();
        install(&environments.chosen, "shared.py", "origin = 'chosen'");
        let python = environments.lay_over();
        assert_eq!(python.prefix, environments.over);
        let origin = |module: &str| shell(&python, &format!("python -c 'import {module}; print({module}.origin)'"));
        assert_eq!(origin("shared"), "chosen");
        install(&environments.over, "shared.py", "origin = 'overlay'");
        assert_eq!(origin("shared"), "overlay");
        let chosen = inspect(&environments.chosen.join("bin/python")).unwrap();
        assert_eq!(shell(&chosen, "python -c 'import shared; print(shared.origin)'"), "chosen");
    }

    #[test]
    fn editable_installs_of_both_count_and_its_own_shadow_again() {
        let environments = Environments::new();
        let sources = tempfile::tempdir().unwrap();
        let editable = |environment: &Path, name: &str| {
            let source = sources.path().join(name);
            fs::create_dir(&source).unwrap();
            fs::write(source.join("edited.py"), format!("origin = '{name}'")).unwrap();
            install(environment, "zzz.pth", &format!("{}\n", source.display()));
        };
        editable(&environments.chosen, "chosen");
        let python = environments.lay_over();
        let origin = || shell(&python, "python -c 'import edited; print(edited.origin)'");
        assert_eq!(origin(), "chosen");
        editable(&environments.over, "overlay");
        assert_eq!(origin(), "overlay");
    }

    #[test]
    fn commands_of_the_chosen_environment_work_on_the_overlay() {
        let environments = Environments::new();
        let bin = environments.chosen.join("bin");
        let python = bin.join("python");
        let body = format!(
            "'''exec' \"{}\" \"$0\" \"$@\"\n' '''\nimport sys\nprint(sys.prefix, sys.argv[1])",
            python.display()
        );
        script(&bin, "pip", &body);
        script(&bin, "maturin", "echo \"$VIRTUAL_ENV\"");
        let python = environments.lay_over();
        let over = environments.over.display();
        assert_eq!(shell(&python, "pip 'a b'"), format!("{over} a b"));
        assert_eq!(shell(&python, "maturin"), over.to_string());
    }

    #[test]
    fn an_interpreter_that_is_no_virtual_environments_can_be_laid_over_too() {
        let folder = tempfile::tempdir().unwrap();
        let chosen = inspect(&build_python()).unwrap();
        let python = overlay(&chosen, &folder.path().join("over"), None, &AtomicBool::new(false)).unwrap().interpreter;
        assert!(python.is_virtual());
        assert_eq!(python.base_prefix, chosen.base_prefix);
        assert_eq!(chosen.activation(), crate::process::Variables::default());
        let seen = shell(&python, "python -c 'import sys; print(sys.path)'");
        assert!(seen.contains(&site_packages(&chosen.prefix).display().to_string()), "{seen}");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_told() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let chosen = inspect(&build_python()).unwrap();
        let error = overlay(&chosen, &folder.path().join("file/over"), None, &AtomicBool::new(false)).unwrap_err();
        assert!(error.to_string().contains("cannot create a virtual environment in"), "{error}");
    }
}
