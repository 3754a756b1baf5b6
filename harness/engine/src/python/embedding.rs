//! Whether an interpreter can be embedded here, and how its own libpython gets mapped.
//!
//! The program is linked with one libpython. Any other of the same minor version can take its place when a worker is
//! started: the linker writes the build's folder as `RUNPATH`, which [`LIBRARY_PATH`](rustworthy_protocol::variables::LIBRARY_PATH) overrides (an `RPATH`
//! it would not; see `build.rs`). So the standard library always runs under the libpython that it came with.

use std::path::{Path, PathBuf};

use super::error::PythonError;
use super::interpreter::Interpreter;
use super::version::Version;

/// The Python that a program embeds in its workers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Embedded {
    /// The version of the libpython that is mapped into the program.
    pub version: Version,
    /// Its file; `None` when it is linked statically.
    pub libpython: Option<PathBuf>,
    /// The executable of the Python that the program was built with.
    pub built_with: PathBuf,
}

impl Embedded {
    /// What a program embeds: the text of `sys.version`, the file of the libpython that is mapped, and the executable that
    /// the program was built with.
    ///
    /// # Errors
    /// When the text names no version.
    pub fn new(version: &str, libpython: Option<PathBuf>, built_with: PathBuf) -> Result<Self, PythonError> {
        match Version::parse(version) {
            Some(version) => Ok(Self { version, libpython, built_with }),
            None => Err(PythonError::UnknownEmbedded { version: version.to_owned() }),
        }
    }

    /// Whether workers can embed `interpreter`.
    ///
    /// # Errors
    /// When its minor version, or its threading model, isn't the one that the program was built for; when it is another
    /// patch version and has no shared library to map.
    pub fn check(&self, interpreter: &Interpreter) -> Result<(), PythonError> {
        let path = interpreter.executable.clone();
        let (version, embedded) = (interpreter.version.clone(), self.version.clone());
        // The only trace that it leaves in what Py_GetVersion says, from 3.13 on.
        let free_threaded = embedded.full.contains("free-threading build");
        if (version.major, version.minor) != (embedded.major, embedded.minor) {
            Err(PythonError::OtherVersion { path, version, embedded })
        } else if interpreter.gil_disabled != free_threaded {
            Err(PythonError::OtherThreading { path, version, embedded })
        } else if interpreter.libpython.is_none() && version.micro != embedded.micro {
            Err(PythonError::NoLibrary { path, version, embedded })
        } else {
            Ok(())
        }
    }

    /// The folder to put first in [`LIBRARY_PATH`](rustworthy_protocol::variables::LIBRARY_PATH) of a worker, so that it maps `interpreter`'s own libpython.
    ///
    /// `None` when that is the one which would be mapped anyway, or when it has none. The variable is inherited by
    /// whatever a worker starts: it should take it out of its environment again once it runs.
    pub fn library_path(&self, interpreter: &Interpreter) -> Option<PathBuf> {
        let wanted = interpreter.libpython.as_deref()?;
        if wanted.canonicalize().ok() == self.libpython {
            return None;
        }
        wanted.parent().map(Path::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::interpreter::inspect;
    use crate::python::testing::{build_python, embedded};

    #[test]
    fn the_library_that_is_mapped_anyway_needs_no_path_and_another_brings_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let [own, other] = ["own", "other"].map(|name| folder.path().join(name).join("libpython3.11.so.1.0"));
        for library in [&own, &other] {
            std::fs::create_dir(library.parent().unwrap()).unwrap();
            std::fs::write(library, "").unwrap();
        }
        let embedded = Embedded { libpython: Some(own.canonicalize().unwrap()), ..embedded() };
        let python =
            |library: &Path| Interpreter { libpython: Some(library.to_owned()), ..inspect(&build_python()).unwrap() };
        assert_eq!(embedded.library_path(&python(&own)), None);
        assert_eq!(embedded.library_path(&python(&other)).as_deref(), other.parent());
    }

    #[test]
    fn only_the_minor_version_that_is_linked_can_be_embedded() {
        let python = inspect(&build_python()).unwrap();
        let like = |full: &str| Interpreter { version: Version::parse(full).unwrap(), ..python.clone() };
        let embedded = Embedded { version: Version::parse("3.11.7 (main)").unwrap(), ..embedded() };
        embedded.check(&like("3.11.2 (main)")).unwrap();
        assert!(matches!(embedded.check(&like("3.12.1 (main)")), Err(PythonError::OtherVersion { .. })));
        let static_build = Interpreter { libpython: None, ..like("3.11.2 (main)") };
        assert!(matches!(embedded.check(&static_build), Err(PythonError::NoLibrary { .. })));
        let free_threaded = Interpreter { gil_disabled: true, ..like("3.11.7 (main)") };
        assert!(matches!(embedded.check(&free_threaded), Err(PythonError::OtherThreading { .. })));
    }
}
