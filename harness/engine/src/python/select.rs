//! Choosing the interpreter: `--python`, else the active virtual environment, else the one that the program was built
//! with or is installed into, else `python3` in `PATH`.

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::discover::{installed, is_shim};
use super::embedding::Embedded;
use super::error::PythonError;
use super::interpreter::{Interpreter, inspect};
use super::supported::Supported;

/// An interpreter that workers can run, and why this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// The interpreter.
    pub interpreter: Interpreter,
    /// What led to it.
    pub origin: Origin,
}

/// What led to an interpreter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The user named it: `--python`.
    Named,
    /// Its virtual environment is active: `VIRTUAL_ENV`.
    Active,
    /// The program was built with it, or is installed into its environment.
    Own,
    /// It was found in `PATH`.
    Path,
}

impl Origin {
    /// Whether the user chose it, rather than the program.
    pub fn is_choice(self) -> bool {
        matches!(self, Self::Named | Self::Active)
    }
}

/// Selects the interpreter; `named` is the value of `--python`: an executable, the folder of a virtual environment, or
/// the name of a command.
///
/// # Errors
/// When there is none, or when the one selected can't be understood or run. What the user chose is never silently
/// passed over for another.
pub fn select(named: Option<&Path>, supported: Supported<'_>) -> Result<Selection, PythonError> {
    Candidates {
        active: env::var_os("VIRTUAL_ENV").filter(|folder| !folder.is_empty()).map(PathBuf::from),
        supported,
        path: env::var_os("PATH").unwrap_or_default(),
    }
    .select(named)
}

/// The file that runs where a Python is named so, symbolic links followed; `None` where there is none.
pub fn file_of(named: &Path) -> Option<PathBuf> {
    resolve(named, &env::var_os("PATH").unwrap_or_default()).ok()?.canonicalize().ok()
}

/// The executable that a name means. What isn't in `PATH`, or is there as one of pyenv's scripts that lead nowhere in this folder, may be
/// installed all the same.
fn resolve(named: &Path, path: &OsStr) -> Result<PathBuf, PythonError> {
    let is_bare = named.components().count() == 1 && named.file_name() == Some(named.as_os_str());
    if is_bare {
        let command = in_path(named, path);
        let leads_somewhere = |command: &PathBuf| !is_shim(command) || inspect(command).is_ok();
        let found = command.clone().filter(leads_somewhere).or_else(|| installed(named));
        if let Some(found) = found.or(command) {
            return Ok(found);
        }
    }
    if named.is_dir() {
        let folder = named.to_owned();
        return executable_of(named).ok_or(PythonError::NotAnEnvironment { folder });
    }
    if is_bare && !named.exists() {
        return Err(PythonError::NotInPath { name: named.display().to_string() });
    }
    Ok(named.to_owned())
}

fn in_path(name: &Path, path: &OsStr) -> Option<PathBuf> {
    env::split_paths(path).map(|folder| folder.join(name)).find(|file| is_executable(file))
}

/// The Pythons to choose from when the user names none.
struct Candidates<'a> {
    active: Option<PathBuf>,
    supported: Supported<'a>,
    path: OsString,
}

impl Candidates<'_> {
    fn select(&self, named: Option<&Path>) -> Result<Selection, PythonError> {
        let (executable, origin) = if let Some(named) = named {
            (resolve(named, &self.path)?, Origin::Named)
        } else if let Some(folder) = &self.active {
            let gone = || PythonError::ActiveEnvironmentGone { folder: folder.clone() };
            (executable_of(folder).ok_or_else(gone)?, Origin::Active)
        } else if let Some(own) = self.supported.own_python() {
            (own, Origin::Own)
        } else {
            return self.search();
        };
        let interpreter = inspect(&executable)?;
        self.supported.check(&interpreter)?;
        Ok(Selection { interpreter, origin })
    }

    /// The first Python in `PATH` that workers can run, or why the first of all can't be.
    fn search(&self) -> Result<Selection, PythonError> {
        let only = self.supported.version();
        let versioned = only.map(|version| format!("python{}.{}", version.major, version.minor));
        let mut first_error = None;
        for name in ["python3"].into_iter().chain(versioned.as_deref()) {
            let Some(executable) = in_path(name.as_ref(), &self.path) else { continue };
            let checked = inspect(&executable).and_then(|python| self.supported.check(&python).map(|()| python));
            match checked {
                Ok(interpreter) => return Ok(Selection { interpreter, origin: Origin::Path }),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        Err(first_error.unwrap_or_else(|| match self.supported {
            Supported::Embedded(Embedded { version, built_with, .. }) => PythonError::None {
                built_with: built_with.clone(),
                embedded: format!("{}.{}", version.major, version.minor),
            },
            Supported::Hosted { .. } => PythonError::NoneToHost,
        }))
    }
}

/// The Python of a virtual environment.
fn executable_of(folder: &Path) -> Option<PathBuf> {
    ["bin/python", "bin/python3"].map(|name| folder.join(name)).into_iter().find(|file| file.is_file())
}

fn is_executable(file: &Path) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::testing::{Fake, bare_environment, build_python, embedded};

    /// Nothing is active, nothing in `PATH`, and the build's interpreter is there.
    fn plain(embedded: &Embedded) -> Candidates<'_> {
        Candidates { active: None, supported: Supported::Embedded(embedded), path: OsString::new() }
    }

    /// The Python that the program was built with is gone.
    fn without_python() -> Embedded {
        Embedded { built_with: "/gone/python3".into(), ..embedded() }
    }

    #[test]
    fn what_the_user_names_comes_before_an_active_environment_and_that_before_the_build() {
        let embedded = embedded();
        let folder = tempfile::tempdir().unwrap();
        let [named, active] = ["named", "active"].map(|name| folder.path().join(name));
        bare_environment(&named);
        bare_environment(&active);

        assert_eq!(plain(&embedded).select(None).unwrap().origin, Origin::Own);
        let surroundings = Candidates { active: Some(active.clone()), ..plain(&embedded) };
        let selection = surroundings.select(None).unwrap();
        assert_eq!((selection.origin, selection.interpreter.prefix), (Origin::Active, active));
        let selection = surroundings.select(Some(&named)).unwrap();
        assert_eq!((selection.origin, selection.interpreter.prefix), (Origin::Named, named.clone()));
        let selection = surroundings.select(Some(&named.join("bin/python"))).unwrap();
        assert_eq!(selection.interpreter.executable, named.join("bin/python"));
    }

    #[test]
    fn a_bare_name_is_looked_up_in_path() {
        let embedded = embedded();
        let folder = tempfile::tempdir().unwrap();
        bare_environment(folder.path());
        let surroundings = Candidates { path: folder.path().join("bin").into(), ..plain(&embedded) };
        let selection = surroundings.select(Some("python3".as_ref())).unwrap();
        assert_eq!(selection.interpreter.executable, folder.path().join("bin/python3"));
        let error = surroundings.select(Some("python9.9".as_ref())).unwrap_err();
        assert!(error.to_string().starts_with("python9.9: no such command in PATH"));
    }

    #[test]
    fn python3_in_path_is_the_last_resort() {
        let gone = without_python();
        let folder = tempfile::tempdir().unwrap();
        bare_environment(folder.path());
        let surroundings = Candidates { path: folder.path().join("bin").into(), ..plain(&gone) };
        assert_eq!(surroundings.select(None).unwrap().origin, Origin::Path);
        let message = plain(&gone).select(None).unwrap_err().to_string();
        assert!(message.starts_with("no Python found: no --python,") && message.contains("/gone/python3"), "{message}");
    }

    #[test]
    fn in_path_the_embedded_version_is_taken_where_python3_is_another() {
        let gone = without_python();
        let folder = tempfile::tempdir().unwrap();
        let other = Fake { version: "3.99.0 (main)", ..Fake::default() }.install(folder.path());
        let bin = folder.path().join("bin");
        std::fs::rename(other, bin.join("python3")).unwrap();
        let surroundings = Candidates { path: bin.clone().into(), ..plain(&gone) };
        let message = surroundings.select(None).unwrap_err().to_string();
        assert!(message.contains(" is 3.99.0. Have its executable run workers"), "{message}");

        let version = &gone.version;
        let versioned = bin.join(format!("python{}.{}", version.major, version.minor));
        std::os::unix::fs::symlink(build_python(), versioned).unwrap();
        assert_eq!(surroundings.select(None).unwrap().origin, Origin::Path);
    }

    #[test]
    fn a_choice_that_cannot_be_had_is_an_error_and_not_another_interpreter() {
        let embedded = embedded();
        let folder = tempfile::tempdir().unwrap();
        let message =
            |surroundings: Candidates, named: Option<&Path>| surroundings.select(named).unwrap_err().to_string();
        assert!(message(plain(&embedded), Some(folder.path())).contains("a folder without bin/python"));
        assert!(message(plain(&embedded), Some(&folder.path().join("none"))).contains("no such file"));
        let gone = Candidates { active: Some(folder.path().to_owned()), ..plain(&embedded) };
        assert!(message(gone, None).contains("VIRTUAL_ENV names this folder, but it has no bin/python"));
    }
}
