//! Which Pythons can load a worker: those that one is built for.

use std::path::{Path, PathBuf};

use memchr::memmem;
use rustworthy_protocol::BUILT_FOR;
use rustworthy_protocol::variables::WORKERS;

use super::error::PythonError;
use super::interpreter::Interpreter;
use super::version::Version;

/// Where they are installed, below what the program's `bin` is in.
const INSTALLED: &str = "share/rustworthy/workers";

/// The folders in which workers for Pythons are looked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostedWorkers {
    folders: Vec<PathBuf>,
}

impl HostedWorkers {
    /// Those of a program: the folder that the variable `RUSTWORTHY_WORKERS` names, else `workers` beside it, as it is built, or
    /// `share/rustworthy/workers` beside its `bin`, as it is installed.
    pub fn of(program: &Path) -> Self {
        Self::named_or_beside(std::env::var_os(WORKERS).filter(|named| !named.is_empty()).map(PathBuf::from), program)
    }

    fn named_or_beside(named: Option<PathBuf>, program: &Path) -> Self {
        let program = program.canonicalize().unwrap_or_else(|_| program.to_owned());
        let beside = program.parent().into_iter().flat_map(|folder| {
            let prefix = folder.parent().unwrap_or(folder);
            [folder.join("workers"), prefix.join(INSTALLED)]
        });
        let named = named.map(|folder| vec![std::path::absolute(&folder).unwrap_or(folder)]);
        Self { folders: named.unwrap_or_else(|| beside.collect()) }
    }

    /// The worker for an interpreter.
    ///
    /// # Errors
    /// When none is built for it.
    pub fn find(&self, interpreter: &Interpreter) -> Result<PathBuf, PythonError> {
        let missing = || PythonError::NoWorker {
            path: interpreter.executable.clone(),
            version: interpreter.version.clone(),
            file: self.file(interpreter),
        };
        let name = file_name(interpreter);
        let files = self.folders.iter().filter_map(|folder| Some(folder.join(name.as_deref()?)));
        files.into_iter().find(|file| file.is_file()).ok_or_else(missing)
    }

    /// The worker for an interpreter, seen to be built for that: a Python that loads another's isn't refused by anything, and crashes.
    ///
    /// # Errors
    /// When none is built for it, or what has the name of that one can't be read or is built for another.
    pub fn find_checked(&self, interpreter: &Interpreter) -> Result<PathBuf, PythonError> {
        let file = self.find(interpreter)?;
        let contents =
            std::fs::read(&file).map_err(|source| PythonError::UnreadableWorker { file: file.clone(), source })?;
        match built_for(&contents) {
            Some(built_for) if built_for != minor_version(interpreter) => Err(PythonError::OtherWorker {
                file,
                built_for,
                path: interpreter.executable.clone(),
                version: interpreter.version.clone(),
            }),
            // One without the words is of another version of the protocol, which it is refused for when it's loaded.
            _ => Ok(file),
        }
    }

    /// Whether workers are where an installation of the program has put them, so that a Python beside it is the one it was installed
    /// by.
    pub(super) fn are_installed(&self) -> bool {
        self.folders.iter().any(|folder| folder.ends_with(INSTALLED) && folder.is_dir())
    }

    /// Where the worker for an interpreter is looked for first.
    fn file(&self, interpreter: &Interpreter) -> PathBuf {
        let name = file_name(interpreter).unwrap_or_else(|| "rustworthy_worker.*.so".to_owned());
        self.folders.first().map_or_else(|| name.clone().into(), |folder| folder.join(&name))
    }
}

/// What the words in the file of a worker say that it is built for, `3.14t`.
fn built_for(contents: &[u8]) -> Option<String> {
    let (_, after) = contents.split_at(memmem::find(contents, BUILT_FOR.as_bytes())? + BUILT_FOR.len());
    let version = after.split(|&byte| byte == b';').next()?;
    (version.len() < 16).then(|| String::from_utf8_lossy(version).into_owned())
}

/// The same of an interpreter.
fn minor_version(interpreter: &Interpreter) -> String {
    let Version { major, minor, .. } = &interpreter.version;
    format!("{major}.{minor}{}", if interpreter.gil_disabled { "t" } else { "" })
}

fn file_name(interpreter: &Interpreter) -> Option<String> {
    interpreter.soabi.as_ref().map(|soabi| format!("rustworthy_worker.{soabi}.so"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::interpreter::inspect;
    use crate::python::testing::build_python;

    #[test]
    fn a_worker_is_found_beside_the_program_and_where_it_is_installed_unless_a_folder_is_named() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let program = root.join("bin/rustworthy");
        let python = Interpreter { soabi: Some("cpython-399-any".to_owned()), ..inspect(&build_python()).unwrap() };
        let put = |folder: &str| {
            let file = root.join(folder).join("rustworthy_worker.cpython-399-any.so");
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, "").unwrap();
            file
        };
        std::fs::create_dir(root.join("bin")).unwrap();
        std::fs::write(&program, "").unwrap();
        let beside = || HostedWorkers::named_or_beside(None, &program).find(&python);
        let message = beside().unwrap_err().to_string();
        assert!(message.contains("bin/workers/rustworthy_worker.cpython-399-any.so isn't there"), "{message}");
        let installed = put("share/rustworthy/workers");
        assert_eq!(beside().unwrap(), installed);
        let built = put("bin/workers");
        assert_eq!(beside().unwrap(), built);
        let named = put("named");
        let in_named = HostedWorkers::named_or_beside(Some(root.join("named")), &program);
        assert_eq!(in_named.find(&python).unwrap(), named);
        let elsewhere = HostedWorkers::named_or_beside(Some(root.join("gone")), &program);
        assert!(matches!(elsewhere.find(&python), Err(PythonError::NoWorker { .. })));
    }

    #[test]
    fn a_worker_of_another_version_is_refused_before_it_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let python = Interpreter {
            soabi: Some("cpython-312-any".to_owned()),
            version: Version::parse("3.12.1 (main)").unwrap(),
            ..inspect(&build_python()).unwrap()
        };
        let workers = HostedWorkers { folders: vec![folder.path().to_owned()] };
        let checked = |contents: String, python: &Interpreter| {
            std::fs::write(folder.path().join("rustworthy_worker.cpython-312-any.so"), contents).unwrap();
            workers.find_checked(python).map(drop).map_err(|error| error.to_string())
        };
        assert_eq!(checked(format!("code{BUILT_FOR}3.12;code"), &python), Ok(()));
        assert_eq!(checked("code of a version that has no such words".to_owned(), &python), Ok(()));
        let message = checked(format!("code{BUILT_FOR}3.11;code"), &python).unwrap_err();
        assert!(message.contains("is built for CPython 3.11, whatever its name says, and"), "{message}");
        assert!(message.contains(" is 3.12.1; build it anew: harness/hosted/build /"), "{message}");
        let free_threaded = Interpreter { gil_disabled: true, ..python };
        let message = checked(format!("{BUILT_FOR}3.12;"), &free_threaded).unwrap_err();
        assert!(message.contains("is built for CPython 3.12, "), "{message}");
        assert_eq!(checked(format!("{BUILT_FOR}3.12t;"), &free_threaded), Ok(()));
    }
}
