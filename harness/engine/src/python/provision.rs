//! Providing what a project requires: in the environment that the user chose where that has it already, and otherwise
//! in a cached one of its own. Nothing is ever installed into an environment of the user's.
//!
//! `cache.rs` explains how the cache stays consistent.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;

use super::cache::{Requirements, Slot};
use super::error::{PythonError, shell_word};
use super::interpreter::{self, Interpreter, inspect};
use super::missing::Missing;
use super::requirements::unmet;
use super::select::Selection;
use crate::process::{self, Ending, Finished, RunLimits};

/// What is asked for.
#[derive(Debug)]
pub struct Request<'a> {
    /// The interpreter.
    pub selection: Selection,
    /// What its environment must have; `None` when it does as it is.
    pub requirements: Option<PathBuf>,
    /// Whether pip must not be run.
    pub offline: bool,
    /// Folder of the cache, which need not exist; see [`cache_directory`](super::cache_directory).
    pub cache: PathBuf,
    /// Set by somebody else, as by a handler of Ctrl-C, to give up.
    pub cancel: &'a AtomicBool,
}

/// What is going on, for whoever watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The environment that the user chose lacks packages: a cached one with the same interpreter takes its place.
    Lacking {
        /// Its interpreter.
        executable: PathBuf,
        /// What it lacks.
        missing: Missing,
    },
    /// Another run works on the same environment; its end is awaited.
    Waiting,
    /// A cached environment is unfinished or no longer runs, and is made anew.
    StartingOver {
        /// Why.
        reason: String,
    },
    /// A virtual environment is being created.
    CreatingEnvironment {
        /// Its folder.
        folder: PathBuf,
    },
    /// pip is at work.
    Installing {
        /// A line of its output.
        line: String,
    },
    /// A new environment is finished.
    Ready {
        /// Its interpreter.
        executable: PathBuf,
    },
}

/// Provides an environment that satisfies the request. Where one is at hand, nothing is said on `progress`.
///
/// The calling thread has to live on until this returns: on Linux pip is killed when it ends.
///
/// # Errors
/// When packages are missing that mustn't or can't be installed, when the cache can't be written, and
/// [`PythonError::Interrupted`] once the request's `cancel` is set.
pub fn environment(request: &Request<'_>, progress: &mut dyn FnMut(Progress)) -> Result<Interpreter, PythonError> {
    let chosen = &request.selection.interpreter;
    let Some(path) = &request.requirements else { return Ok(chosen.clone()) };
    let requirements = Requirements::read(path)?;
    if request.selection.origin.is_choice() {
        let missing = unmet(chosen, path, request.cancel)?;
        if missing.0.is_empty() {
            return Ok(chosen.clone());
        }
        progress(Progress::Lacking { executable: chosen.executable.clone(), missing });
    }

    let slot = Slot::new(&request.cache, chosen, &requirements);
    let lock = slot.lock(request.cancel, &mut || progress(Progress::Waiting))?;
    match slot.finished(&lock).map(|folder| usable(&folder, chosen)) {
        Some(Ok(interpreter)) => return Ok(interpreter),
        Some(Err(reason)) => progress(Progress::StartingOver { reason }),
        None if slot.has_leftovers(&lock) => {
            progress(Progress::StartingOver { reason: "an earlier run did not finish it".to_owned() });
        }
        None => {}
    }
    if request.offline {
        return without_network(request, &requirements);
    }

    let attempt = slot.begin(&lock)?;
    let mut work = Attempt { request, requirements: &requirements, folder: attempt.path(), progress };
    let prepared = fs::create_dir(work.temporary());
    prepared.map_err(|source| slot.error(source))?;
    let interpreter = work.create()?;
    work.install(&interpreter)?;
    // What pip leaves there is no part of the environment.
    let _ = fs::remove_dir_all(work.temporary());
    slot.finish(attempt, &lock)?;
    progress(Progress::Ready { executable: interpreter.executable.clone() });
    Ok(interpreter)
}

/// The interpreter of a finished environment, or why it can't be used any more.
fn usable(folder: &Path, base: &Interpreter) -> Result<Interpreter, String> {
    let interpreter = inspect(&folder.join("bin/python")).map_err(|error| error.to_string())?;
    if interpreter.version.full != base.version.full {
        Err(format!("it was made for Python {}, and runs {} now", base.version, interpreter.version))
    } else if !interpreter.is_virtual() {
        Err("its pyvenv.cfg is missing".to_owned())
    } else {
        Ok(interpreter)
    }
}

/// The chosen interpreter itself, when it happens to have everything.
fn without_network(request: &Request<'_>, requirements: &Requirements) -> Result<Interpreter, PythonError> {
    let chosen = &request.selection.interpreter;
    let missing = unmet(chosen, &requirements.path, request.cancel)?;
    if missing.0.is_empty() {
        return Ok(chosen.clone());
    }
    let command = command_by_hand(request, requirements);
    Err(PythonError::Offline { requirements: requirements.path.clone(), missing, command })
}

/// The arguments of a Python that installs the requirements.
fn pip_install(requirements: &Requirements) -> Vec<OsString> {
    let mut arguments = vec!["-m", "pip", "install", "--disable-pip-version-check", "--no-input"];
    if requirements.hashed {
        arguments.extend(["--require-hashes", "--only-binary", ":all:"]);
    }
    arguments.push("-r");
    let mut arguments: Vec<OsString> = arguments.into_iter().map(OsString::from).collect();
    arguments.push(requirements.path.clone().into());
    arguments
}

/// What installs packages into a virtual environment.
enum Installer {
    /// Its own pip.
    Pip,
    /// That which has made it without pip.
    Uv,
    /// Nothing that is known.
    None,
}

impl Installer {
    fn of(interpreter: &Interpreter) -> Self {
        let version = format!("python{}.{}", interpreter.version.major, interpreter.version.minor);
        let settings = fs::read_to_string(interpreter.prefix.join("pyvenv.cfg")).unwrap_or_default();
        if interpreter.prefix.join("lib").join(version).join("site-packages/pip").is_dir() {
            Self::Pip
        } else if settings.lines().any(|line| line.starts_with("uv = ")) {
            Self::Uv
        } else {
            Self::None
        }
    }
}

/// A shell command that gets what is missing: into the user's own environment where one was chosen, else into a new one
/// in the current folder, which `--python` then takes.
fn command_by_hand(request: &Request<'_>, requirements: &Requirements) -> String {
    let Selection { interpreter, origin } = &request.selection;
    let words: Vec<String> = pip_install(requirements).iter().map(|word| shell_word(Path::new(word))).collect();
    let install = words.join(" ");
    if origin.is_choice() && interpreter.is_virtual() {
        let python = shell_word(&interpreter.executable);
        match Installer::of(interpreter) {
            Installer::Pip => format!("{python} {install}"),
            Installer::Uv => format!("uv pip install --python {python} -r {}", shell_word(&requirements.path)),
            Installer::None => format!("{python} -m ensurepip && {python} {install}"),
        }
    } else {
        let base = shell_word(&interpreter.base_executable);
        format!("{base} -m venv .venv && .venv/bin/python {install}, and name it by --python .venv")
    }
}

/// Why no virtual environment came to be in `folder`, by what its creation printed.
pub(super) fn not_created(base: &Interpreter, folder: &Path, output: String) -> PythonError {
    let executable = base.base_executable.clone();
    if output.contains("No module named ensurepip") || output.contains("No module named venv") {
        return PythonError::NoVenv { executable, version: base.version.clone() };
    }
    PythonError::NotCreated { executable, folder: folder.to_owned(), output }
}

/// An attempt at making an environment.
struct Attempt<'a> {
    request: &'a Request<'a>,
    requirements: &'a Requirements,
    folder: &'a Path,
    progress: &'a mut dyn FnMut(Progress),
}

impl Attempt<'_> {
    /// Creates the virtual environment, with nothing but pip in it.
    ///
    /// In two steps, because `venv` keeps to itself why `ensurepip` failed.
    fn create(&mut self) -> Result<Interpreter, PythonError> {
        (self.progress)(Progress::CreatingEnvironment { folder: self.folder.to_owned() });
        let mut venv = interpreter::command(&self.request.selection.interpreter.base_executable);
        venv.args(["-m", "venv", "--without-pip"]).arg(self.folder);
        self.run_to_create(venv)?;
        let interpreter = inspect(&self.folder.join("bin/python"))?;
        let mut ensurepip = interpreter::command(&interpreter.executable);
        ensurepip.args(["-u", "-m", "ensurepip", "--default-pip"]);
        self.run_to_create(ensurepip)?;
        Ok(interpreter)
    }

    fn run_to_create(&mut self, command: Command) -> Result<(), PythonError> {
        let finished = self.run(command)?;
        if finished.success() {
            return Ok(());
        }
        let output = finished.quote();
        self.disk_full(&output)?;
        Err(not_created(&self.request.selection.interpreter, self.folder, output))
    }

    /// Installs the requirements into it.
    fn install(&mut self, interpreter: &Interpreter) -> Result<(), PythonError> {
        let mut command = interpreter::command(&interpreter.executable);
        // Unbuffered, so that its lines come as they are written.
        command.arg("-u").args(pip_install(self.requirements)).args(["--progress-bar", "off"]);
        let finished = self.run(command)?;
        if finished.success() {
            return Ok(());
        }
        let output = finished.quote();
        self.disk_full(&output)?;
        let command = command_by_hand(self.request, self.requirements);
        let requirements = self.requirements.path.clone();
        if tells_of_no_network(&output)
            && let Ok(missing) = unmet(interpreter, &requirements, self.request.cancel)
        {
            return Err(PythonError::NoNetwork { requirements, missing, command });
        }
        Err(PythonError::NotInstalled { requirements, version: interpreter.version.clone(), output, command })
    }

    /// Runs a command of Python's, telling its output as progress.
    fn run(&mut self, mut command: Command) -> Result<Finished, PythonError> {
        // Requirements name paths relative to their own folder. Temporary files stay within the attempt: whatever
        // becomes of it, nothing is left elsewhere, and a small /tmp doesn't matter.
        command.current_dir(self.requirements.folder()).env("TMPDIR", self.temporary());
        let limits = RunLimits { timeout: None, cancel: Some(self.request.cancel) };
        let executable = PathBuf::from(command.get_program());
        let finished = process::run(command, &limits, &mut |line| {
            (self.progress)(Progress::Installing { line: line.to_owned() });
        });
        let finished = finished.map_err(|source| PythonError::NotExecutable { path: executable, source })?;
        if finished.ending == Ending::Cancelled { Err(PythonError::Interrupted) } else { Ok(finished) }
    }

    fn temporary(&self) -> PathBuf {
        self.folder.join("tmp")
    }

    fn disk_full(&self, output: &str) -> Result<(), PythonError> {
        let full = ["No space left on device", "Disk quota exceeded"].iter().any(|text| output.contains(text));
        if full { Err(PythonError::DiskFull { folder: self.request.cache.clone() }) } else { Ok(()) }
    }
}

/// Whether pip's last lines say that it failed for want of a connection, and not merely that one attempt did.
fn tells_of_no_network(output: &str) -> bool {
    let sign = |line: &str| {
        ["NewConnectionError", "NameResolutionError", "TimeoutError", "ProxyError", "Network is unreachable"]
            .iter()
            .any(|sign| line.contains(sign))
    };
    let found_nothing = output.contains("No matching distribution found");
    let last = output.lines().next_back().unwrap_or_default();
    let fatal = |line: &str| found_nothing || line == last || line.trim_start().starts_with("ERROR");
    output.lines().any(|line| sign(line) && fatal(line))
}

#[cfg(test)]
mod tests;
