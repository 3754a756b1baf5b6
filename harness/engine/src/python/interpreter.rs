//! Inspecting a Python interpreter: one run of it reports all that is needed.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;

use super::architecture;
use super::error::PythonError;
use super::version::{OLDEST, Version};
use crate::process::{self, Ending, Finished, RunLimits, Variables};

const TIMEOUT: Duration = Duration::from_secs(20);
const QUESTIONS: &str = include_str!("inspect.py");

/// A Python interpreter in its environment, which may be virtual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interpreter {
    /// `sys.executable`. Symbolic links are kept: a virtual environment is found by them.
    pub executable: PathBuf,
    /// Its version.
    pub version: Version,
    /// `sys.prefix`, where its packages are.
    pub prefix: PathBuf,
    /// `sys.base_prefix`, where its standard library is.
    pub base_prefix: PathBuf,
    /// The interpreter that a virtual environment was made from; `executable` itself elsewhere.
    pub base_executable: PathBuf,
    /// Its shared library; `None` where it was built without one and none stands beside it.
    pub libpython: Option<PathBuf>,
    /// The name of its binary interface, `cpython-311-x86_64-linux-gnu`, which extension modules have in theirs; `None` where it
    /// doesn't report it.
    pub soabi: Option<String>,
    /// Whether it is a free-threaded build, which has another binary interface.
    pub gil_disabled: bool,
    /// Whether it is a debug build.
    pub debug: bool,
    /// The options that it was configured with, as a shell would read them; `None` where it doesn't report them.
    pub configured_with: Option<String>,
    /// Its compiler of hot code; `None` where it's built without one.
    pub jit: Option<Jit>,
}

/// Whether a Python compiles hot code while it runs, unless the variable `PYTHON_JIT` says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Jit {
    /// It doesn't.
    Off,
    /// It does.
    On,
}

impl Interpreter {
    /// Whether it is a virtual environment's.
    pub fn is_virtual(&self) -> bool {
        self.prefix != self.base_prefix
    }

    /// Sees that the variable `PYTHONHOME`, which workers inherit, leads to its own standard library.
    ///
    /// # Errors
    /// When it leads elsewhere.
    pub fn check_home(&self, variable: Option<&OsStr>) -> Result<(), PythonError> {
        // A folder for platform-independent files, and perhaps one for the others after a colon.
        let home = variable.and_then(|value| std::env::split_paths(value).next());
        let Some(home) = home.filter(|home| !home.as_os_str().is_empty()) else { return Ok(()) };
        let is_own = match (home.canonicalize(), self.base_prefix.canonicalize()) {
            (Ok(home), Ok(own)) => home == own,
            _ => false,
        };
        if is_own {
            return Ok(());
        }
        let (executable, base_prefix) = (self.executable.clone(), self.base_prefix.clone());
        Err(PythonError::ForeignHome { executable, home, base_prefix })
    }

    /// What the `activate` script of a virtual environment sets, so that commands such as `maturin` are its own and
    /// install into it. Nothing for an interpreter that isn't a virtual environment's.
    pub fn activation(&self) -> Variables {
        if !self.is_virtual() {
            return Variables::default();
        }
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let folders = [self.prefix.join("bin")].into_iter().chain(std::env::split_paths(&inherited));
        let variables = Variables::default().set("VIRTUAL_ENV", &self.prefix).remove("PYTHONHOME");
        // A folder whose name holds a colon can't be said in PATH.
        match std::env::join_paths(folders) {
            Ok(path) => variables.set("PATH", path),
            Err(_) => variables,
        }
    }
}

/// Runs the Python executable at `path` once, and asks what it is.
///
/// # Errors
/// When it isn't there, can't be run, isn't a Python, isn't CPython, is older than [`OLDEST`], or doesn't answer.
pub fn inspect(path: &Path) -> Result<Interpreter, PythonError> {
    inspect_within(path, TIMEOUT)
}

fn inspect_within(path: &Path, timeout: Duration) -> Result<Interpreter, PythonError> {
    // Without this a bare name would be looked up in PATH.
    let path = std::path::absolute(path).map_err(|_| PythonError::NotFound { path: path.to_owned() })?;
    let mut python = command(&path);
    python.args(["-c", QUESTIONS]);
    let limits = RunLimits { timeout: Some(timeout), cancel: None };
    let finished = process::run(python, &limits, &mut |_| {}).map_err(|source| cannot_run(&path, source))?;
    if finished.ending == Ending::TimedOut {
        return Err(PythonError::Hangs { path, seconds: timeout.as_secs() });
    }
    understand(path, &finished)
}

/// A run of the Python at `executable` that the caller's surroundings don't reach.
pub(super) fn command(executable: &Path) -> Command {
    let mut command = plain_command(executable);
    command.arg("-I");
    command
}

/// The same, but with the packages that the user has installed for all environments.
pub(super) fn plain_command(executable: &Path) -> Command {
    let mut command = Command::new(executable);
    for variable in ["PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"] {
        command.env_remove(variable);
    }
    command
}

fn cannot_run(path: &Path, source: io::Error) -> PythonError {
    let path = path.to_owned();
    // A script whose interpreter is missing is `NotFound` too.
    if source.kind() == io::ErrorKind::NotFound && path.symlink_metadata().is_err() {
        PythonError::NotFound { path }
    } else if let Some(architecture) = architecture::foreign(&path) {
        PythonError::OtherArchitecture { path, architecture }
    } else {
        PythonError::NotExecutable { path, source }
    }
}

/// What `inspect.py` prints.
#[derive(Deserialize)]
struct Answers {
    executable: PathBuf,
    implementation: String,
    version: String,
    prefix: PathBuf,
    base_prefix: PathBuf,
    base_executable: PathBuf,
    libraries: Vec<PathBuf>,
    #[serde(default)]
    soabi: Option<String>,
    gil_disabled: bool,
    debug: bool,
    configured_with: Option<String>,
    #[serde(default)]
    jit: Option<Jit>,
}

fn understand(path: PathBuf, finished: &Finished) -> Result<Interpreter, PythonError> {
    // Whatever the environment's start-up files print comes before.
    let last_line = finished.stdout.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let answers = serde_json::from_str::<Answers>(last_line).ok().filter(|_| finished.success());
    let known = answers.and_then(|answers| Some((Version::parse(&answers.version)?, answers)));
    let Some((version, answers)) = known else {
        let output = finished.quote();
        return Err(if output.contains("Unknown option: -I") {
            PythonError::TooOld { path, version: "2".to_owned() }
        } else if let Some(architecture) = architecture::foreign(&path) {
            // A shell has tried to read it.
            PythonError::OtherArchitecture { path, architecture }
        } else {
            PythonError::NotPython { path, output }
        });
    };
    if answers.implementation != "cpython" {
        return Err(PythonError::NotCPython { path, implementation: answers.implementation });
    }
    if (version.major, version.minor) < OLDEST {
        return Err(PythonError::TooOld { path, version: version.to_string() });
    }
    Ok(Interpreter {
        executable: answers.executable,
        version,
        prefix: answers.prefix,
        base_prefix: answers.base_prefix,
        base_executable: answers.base_executable,
        libpython: answers.libraries.into_iter().find(|library| library.is_file()),
        soabi: answers.soabi,
        gil_disabled: answers.gil_disabled,
        debug: answers.debug,
        configured_with: answers.configured_with,
        jit: answers.jit,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::testing::{Fake, build_python, script};
    use proptest::prelude::*;

    fn failure(body: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = script(folder.path(), "python", body);
        let message = inspect_within(&path, Duration::from_millis(500)).unwrap_err().to_string();
        message.replace(&path.display().to_string(), "PYTHON")
    }

    #[test]
    fn the_build_interpreter_is_understood() {
        let python = inspect(&build_python()).unwrap();
        assert_eq!((python.version.major, python.version.minor >= OLDEST.1), (3, true));
        assert!(python.executable.is_file() && python.base_executable.is_file());
        assert!(python.libpython.is_some());
    }

    #[test]
    fn a_virtual_environment_keeps_its_own_executable() {
        let folder = tempfile::tempdir().unwrap();
        let environment = folder.path().join("env");
        crate::python::testing::bare_environment(&environment);
        let python = inspect(&environment.join("bin/python")).unwrap();
        assert_eq!(python.executable, environment.join("bin/python"));
        assert!(python.is_virtual());
        assert!(!python.base_executable.starts_with(&environment));
        assert!(python.libpython.is_some());
    }

    #[test]
    fn a_home_that_is_not_its_own_is_told_with_both() {
        let python = inspect(&build_python()).unwrap();
        let own = python.base_prefix.as_os_str();
        python.check_home(None).unwrap();
        python.check_home(Some("".as_ref())).unwrap();
        python.check_home(Some(own)).unwrap();
        let twice = std::env::join_paths([own, own]).unwrap();
        python.check_home(Some(&twice)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        for other in [folder.path(), "/no/such/home".as_ref()] {
            let message = python.check_home(Some(other.as_os_str())).unwrap_err().to_string();
            assert!(message.starts_with(&format!("PYTHONHOME is {}, but", other.display())), "{message}");
            assert!(message.contains(&*own.to_string_lossy()) && message.contains("unset PYTHONHOME"), "{message}");
        }
    }

    #[test]
    fn what_start_up_files_print_is_skipped() {
        let folder = tempfile::tempdir().unwrap();
        let fake = Fake { first_line: "hello from sitecustomize", ..Fake::default() }.install(folder.path());
        assert_eq!(inspect(&fake).unwrap().version.to_string(), "3.11.7");
    }

    #[test]
    fn a_missing_file_is_told() {
        let message = inspect("/no/such/python".as_ref()).unwrap_err().to_string();
        assert!(message.starts_with("/no/such/python: no such file; --python takes"), "{message}");
    }

    #[test]
    fn a_file_that_cannot_be_run_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("python");
        std::fs::write(&path, "print()").unwrap();
        let message = inspect(&path).unwrap_err().to_string();
        assert!(message.contains("cannot be run (Permission denied"), "{message}");
        let missing = failure_of_script_without_interpreter(folder.path());
        assert!(missing.contains("cannot be run (No such file"), "{missing}");
    }

    fn failure_of_script_without_interpreter(folder: &Path) -> String {
        let path = script(folder, "orphan", "");
        std::fs::write(&path, "#!/no/such/interpreter\n").unwrap();
        inspect(&path).unwrap_err().to_string()
    }

    #[test]
    fn a_program_that_is_no_python_is_told_with_what_it_said() {
        let message = failure("echo 'python: command not found' >&2; exit 127");
        assert!(message.contains("does not answer as a Python interpreter does: \n    python: command"), "{message}");
        assert!(failure("exit 7").contains("no output, exit status: 7"));
        assert!(failure("echo '{\"executable\": 1}'").contains("does not answer"));
    }

    #[test]
    fn a_program_that_hangs_is_told() {
        assert!(failure("sleep 1000").contains("gave no answer"));
        assert!(failure("yes").contains("gave no answer"));
    }

    #[test]
    fn other_implementations_and_old_versions_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let pypy = Fake { implementation: "pypy", ..Fake::default() }.install(folder.path());
        assert!(inspect(&pypy).unwrap_err().to_string().contains("is pypy, but only CPython is supported"));
        let old = Fake { version: "3.10.13 (main)", ..Fake::default() }.install(folder.path());
        assert!(inspect(&old).unwrap_err().to_string().contains("is Python 3.10.13, but 3.11 or newer is needed"));
        assert!(failure("echo 'Unknown option: -I' >&2; exit 2").contains("is Python 2, but"));
    }

    #[test]
    fn versions_are_read_in_every_form() {
        let version = Version::parse("3.15.0a1+ (heads/main:abc, Jan 1 2026) [Clang 17]").unwrap();
        assert_eq!((version.major, version.minor, version.micro), (3, 15, 0));
        assert_eq!(version.to_string(), "3.15.0a1+");
        assert_eq!(Version::parse("three"), None);
        assert_eq!(Version::parse("3.11"), None);
    }

    proptest! {
        #[test]
        fn any_version_is_read_back(major in 0u32..10, minor in 0u32..100, micro in 0u32..100, rest in "((a|b|rc)[0-9])?\\+?( .*)?") {
            let version = Version::parse(&format!("{major}.{minor}.{micro}{rest}")).unwrap();
            prop_assert_eq!((version.major, version.minor, version.micro), (major, minor, micro));
        }

        #[test]
        fn no_text_makes_reading_a_version_panic(text in ".*") {
            let _ = Version::parse(&text);
        }
    }
}
