//! Whether an environment satisfies a requirements file, without changing anything in it.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::error::PythonError;
use super::interpreter::{self, Interpreter};
use super::missing::Missing;
use crate::process::{self, Ending, RunLimits};

const TIMEOUT: Duration = Duration::from_secs(60);
const CHECK: &str = include_str!("requirements.py");

/// What of the file `requirements` the environment of `interpreter` doesn't satisfy.
///
/// Names, versions, markers and `-r` includes are read; extras, hashes and constraints are not, nor the
/// requirements of what is installed: a lock lists those itself. Paths and editables always count as unmet.
///
/// # Errors
/// When the file can't be read, or when the environment can't be asked. [`PythonError::Interrupted`] once `cancel` is
/// set.
pub fn unmet(interpreter: &Interpreter, requirements: &Path, cancel: &AtomicBool) -> Result<Missing, PythonError> {
    let path = || requirements.to_owned();
    std::fs::File::open(requirements).map_err(|source| PythonError::Requirements { path: path(), source })?;
    let mut python = interpreter::command(&interpreter.executable);
    python.arg("-c").arg(CHECK).arg(requirements);
    let limits = RunLimits { timeout: Some(TIMEOUT), cancel: Some(cancel) };

    let unchecked =
        |output| PythonError::Unchecked { path: path(), executable: interpreter.executable.clone(), output };
    let finished = process::run(python, &limits, &mut |_| {}).map_err(|error| unchecked(error.to_string()))?;
    match finished.ending {
        Ending::Cancelled => return Err(PythonError::Interrupted),
        Ending::TimedOut => return Err(unchecked(format!("no answer within {} s", TIMEOUT.as_secs()))),
        Ending::Exited(_) => {}
    }
    let answer = finished.stdout.lines().next_back().unwrap_or_default();
    let findings = serde_json::from_str(answer).ok().filter(|_| finished.success());
    findings.map(Missing).ok_or_else(|| unchecked(finished.quote()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::interpreter::inspect;
    use crate::python::missing::Unmet;
    use crate::python::testing::{bare_environment, pretend_installed};
    use std::fs;

    /// What the requirements leave unmet in an environment that has `alpha` 1.5 and `Beta_Two` 2.0rc1.
    fn unmet_of(requirements: &str) -> Result<Vec<String>, PythonError> {
        let folder = tempfile::tempdir().unwrap();
        let environment = folder.path().join("env");
        bare_environment(&environment);
        pretend_installed(&environment, "alpha", "1.5");
        pretend_installed(&environment, "Beta_Two", "2.0rc1");
        fs::write(folder.path().join("requirements.txt"), requirements).unwrap();
        fs::write(folder.path().join("more.txt"), "gamma==1\n-r requirements.txt\n").unwrap();
        let python = inspect(&environment.join("bin/python")).unwrap();
        let missing = unmet(&python, &folder.path().join("requirements.txt"), &AtomicBool::new(false))?;
        Ok(missing.0.iter().map(Unmet::to_string).collect())
    }

    #[test]
    fn what_is_installed_in_the_right_version_is_met() {
        let lock =
            "# comment\n\nalpha==1.5 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\nbeta-two>=2.0rc1,<3 # why\n";
        assert_eq!(unmet_of(lock).unwrap(), [] as [&str; 0]);
        assert_eq!(unmet_of("alpha\nBETA.two\n--index-url https://example.org\n").unwrap(), [] as [&str; 0]);
    }

    #[test]
    fn what_is_missing_or_of_another_version_is_named() {
        let unmet = unmet_of("alpha==1.4\nbeta_two<1\ndelta==3.0\nepsilon\n./local\n-e other\n").unwrap();
        let expected =
            ["alpha 1.4 (found 1.5)", "beta_two <1 (found 2.0rc1)", "delta 3.0", "epsilon", "./local", "-e other"];
        assert_eq!(unmet, expected);
    }

    #[test]
    fn markers_are_evaluated_and_includes_followed() {
        let requirements = "delta==1 ; sys_platform == 'win32'\nalpha==2 ; python_version >= '3'\n-r more.txt\n";
        assert_eq!(unmet_of(requirements).unwrap(), ["alpha 2 (found 1.5)", "gamma 1"]);
    }

    #[test]
    fn a_package_from_a_url_is_met_by_the_same_url_only() {
        assert_eq!(
            unmet_of("alpha @ https://example.org/a.whl\n").unwrap(),
            ["alpha https://example.org/a.whl (found 1.5)"]
        );
    }

    #[test]
    fn requirements_that_cannot_be_read_are_told() {
        let message = unmet_of("-r gone.txt").unwrap_err().to_string();
        assert!(message.contains("requirements.txt: cannot tell whether") && message.contains("gone.txt"), "{message}");
        let python = inspect(&crate::python::testing::build_python()).unwrap();
        let error = unmet(&python, "/no/such.txt".as_ref(), &AtomicBool::new(false)).unwrap_err();
        assert!(error.to_string().starts_with("/no/such.txt: cannot read these requirements: No such file"));
    }

    #[test]
    fn without_packaging_exact_pins_are_understood() {
        let folder = tempfile::tempdir().unwrap();
        let (environment, file) = (folder.path().join("env"), folder.path().join("pins.txt"));
        bare_environment(&environment);
        pretend_installed(&environment, "alpha", "1.5");
        // Shadows what ensurepip bundles.
        fs::write(crate::python::testing::site_packages(&environment).join("hide.pth"), HIDE_PACKAGING).unwrap();
        fs::write(&file, "alpha==1.5 --hash=sha256:00\nalpha==1.6 ; python_version > '3'\nalpha>=1\n").unwrap();
        let python = inspect(&environment.join("bin/python")).unwrap();
        let missing = unmet(&python, &file, &AtomicBool::new(false)).unwrap();
        assert_eq!(missing.to_string(), "alpha 1.6 (found 1.5), alpha>=1");
    }

    const HIDE_PACKAGING: &str =
        "import sys; sys.modules.update({name: None for name in ('packaging', 'pip', 'ensurepip')})\n";

    #[test]
    fn long_lists_are_cut() {
        let package = |number| Unmet { name: format!("p{number}"), wanted: String::new(), found: None };
        assert!(Missing((0..15).map(package).collect()).to_string().ends_with("p11 and 3 more"));
    }
}
