//! Whether an interpreter can be embedded here, and how its own libpython gets mapped.
//!
//! The program is linked with one libpython. Any other of the same minor version can take its place when a worker is
//! started: the linker writes the build's folder as `RUNPATH`, which [`LIBRARY_PATH_VARIABLE`](crate::worker::LIBRARY_PATH_VARIABLE) overrides (an `RPATH`
//! it would not; see `build.rs`). So the standard library always runs under the libpython that it came with.

use std::ffi::CStr;
use std::path::{Path, PathBuf};

use super::error::PythonError;
use super::interpreter::{Interpreter, Version};

/// The version of the libpython that is mapped into this process. Python need not be started for it.
pub fn embedded_version() -> Version {
    // SAFETY: Py_GetVersion may be called before initialisation, and returns a static string.
    let full = unsafe { CStr::from_ptr(pyo3::ffi::Py_GetVersion()) }.to_string_lossy();
    let unreadable = || Version { major: 0, minor: 0, micro: 0, full: full.clone().into_owned() };
    Version::parse(&full).unwrap_or_else(unreadable)
}

/// The file of the libpython that is mapped into this process; `None` when it is linked statically.
pub fn mapped_libpython() -> Option<PathBuf> {
    let library = file_of(pyo3::ffi::Py_GetVersion as *const libc::c_void)?;
    let own = file_of(mapped_libpython as *const libc::c_void);
    (Some(&library) != own.as_ref()).then_some(library)
}

/// The file that `address` was mapped from.
fn file_of(address: *const libc::c_void) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;

    let mut found = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: dladdr takes any address, and fills in a structure for which all zeroes is a valid value.
    let found = unsafe { (libc::dladdr(address, found.as_mut_ptr()) != 0).then(|| found.assume_init()) }?;
    if found.dli_fname.is_null() {
        return None;
    }
    // SAFETY: dladdr's file name is a string that lives as long as the mapping, here until the process ends.
    let name = unsafe { CStr::from_ptr(found.dli_fname) };
    Path::new(std::ffi::OsStr::from_bytes(name.to_bytes())).canonicalize().ok()
}

/// Whether workers can embed `interpreter`.
///
/// # Errors
/// When its minor version, or its threading model, isn't the one that this program was built for; when it is another
/// patch version and has no shared library to map.
pub fn check_embeddable(interpreter: &Interpreter) -> Result<(), PythonError> {
    check(interpreter, embedded_version())
}

fn check(interpreter: &Interpreter, embedded: Version) -> Result<(), PythonError> {
    let path = interpreter.executable.clone();
    let version = interpreter.version.clone();
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

/// The folder to put first in [`LIBRARY_PATH_VARIABLE`](crate::worker::LIBRARY_PATH_VARIABLE) of a worker, so that it maps `interpreter`'s own libpython.
///
/// `None` when that is the one which would be mapped anyway, or when it has none. The variable is inherited by whatever
/// a worker starts: it should take it out of its environment again once it runs.
pub fn library_path(interpreter: &Interpreter) -> Option<PathBuf> {
    let wanted = interpreter.libpython.as_deref()?;
    if wanted.canonicalize().ok() == mapped_libpython() {
        return None;
    }
    wanted.parent().map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::interpreter::inspect;
    use crate::python::testing::build_python;

    #[test]
    fn the_build_interpreter_is_embeddable_as_it_is() {
        let python = inspect(&build_python()).unwrap();
        check_embeddable(&python).unwrap();
        assert_eq!(python.version.full, embedded_version().full);
        assert_eq!(mapped_libpython(), python.libpython.as_ref().unwrap().canonicalize().ok());
        assert_eq!(library_path(&python), None);
    }

    #[test]
    fn another_installation_brings_its_own_library() {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("libpython3.11.so.1.0");
        std::fs::write(&library, "").unwrap();
        let other = Interpreter { libpython: Some(library), ..inspect(&build_python()).unwrap() };
        assert_eq!(library_path(&other).as_deref(), Some(folder.path()));
    }

    #[test]
    fn only_the_minor_version_that_is_linked_can_be_embedded() {
        let python = inspect(&build_python()).unwrap();
        let like = |full: &str| Interpreter { version: Version::parse(full).unwrap(), ..python.clone() };
        let embedded = || Version::parse("3.11.7 (main)").unwrap();
        check(&like("3.11.2 (main)"), embedded()).unwrap();
        assert!(matches!(check(&like("3.12.1 (main)"), embedded()), Err(PythonError::OtherVersion { .. })));
        let static_build = Interpreter { libpython: None, ..like("3.11.2 (main)") };
        assert!(matches!(check(&static_build, embedded()), Err(PythonError::NoLibrary { .. })));
        let free_threaded = Interpreter { gil_disabled: true, ..like("3.11.7 (main)") };
        assert!(matches!(check(&free_threaded, embedded()), Err(PythonError::OtherThreading { .. })));
    }
}
