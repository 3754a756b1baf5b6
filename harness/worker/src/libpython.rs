//! The libpython that is mapped into this process.

use std::ffi::CStr;
use std::path::{Path, PathBuf};

/// What `sys.version` says of the libpython that is mapped into this process: `3.11.7 (main, …) [GCC 12.2.0]`. Python need
/// not be started for it.
pub fn version() -> String {
    // SAFETY: Py_GetVersion may be called before initialisation, and returns a static string.
    unsafe { CStr::from_ptr(pyo3::ffi::Py_GetVersion()) }.to_string_lossy().into_owned()
}

/// The file of the libpython that is mapped into this process; `None` when the executable has it in itself.
pub fn file() -> Option<PathBuf> {
    let library = file_of(pyo3::ffi::Py_GetVersion as *const libc::c_void)?;
    let own = file_of(file as *const libc::c_void);
    let executable = std::env::current_exe().ok();
    (![own, executable].contains(&Some(library.clone()))).then_some(library)
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

/// The executable of the Python that this library was built with.
pub fn built_with() -> PathBuf {
    PathBuf::from(env!("RUSTWORTHY_BUILD_PYTHON"))
}
