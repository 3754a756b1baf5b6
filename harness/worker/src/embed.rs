//! Starting CPython inside the worker, as the chosen executable would start it.

use std::ffi::{CStr, CString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use pyo3::ffi;
use pyo3::prelude::*;
use rustworthy_protocol::variables::{INHERITED_LIBRARY_PATH, LIBRARY_PATH};
use rustworthy_protocol::{Ready, StartRequest};

use crate::start;

/// Starts the interpreter with the environment of `request.executable`. The caller's thread doesn't hold
/// the interpreter afterwards.
///
/// # Errors
/// CPython's own words on why it can't start.
pub(crate) fn start(request: &StartRequest) -> Result<Ready, String> {
    #[cfg(feature = "builtin")]
    {
        use rustworthy_workloads::extension as rustworthy_workloads;
        pyo3::append_to_inittab!(rustworthy_workloads);
    }
    initialize(&request.executable, request.hash_seed)?;
    Python::attach(|py| start::ready(py, request)).map_err(|error| error.to_string())
}

/// `PyConfig.executable` decides on prefix and site-packages; the environment variable `VIRTUAL_ENV` has no say.
fn initialize(executable: &Path, hash_seed: u32) -> Result<(), String> {
    let executable = CString::new(executable.as_os_str().as_bytes()).map_err(|error| error.to_string())?;
    // SAFETY: the configuration is initialised before use and cleared after; strings are copied by CPython.
    unsafe {
        let mut config = std::mem::zeroed::<ffi::PyConfig>();
        let config = &raw mut config;
        ffi::PyConfig_InitPythonConfig(config);
        (*config).install_signal_handlers = 0;
        (*config).parse_argv = 0;
        (*config).use_hash_seed = 1;
        (*config).hash_seed = hash_seed.into();
        let result = (|| {
            ok(ffi::PyConfig_SetBytesString(config, &raw mut (*config).executable, executable.as_ptr()))?;
            ok(ffi::PyConfig_SetBytesString(config, &raw mut (*config).program_name, executable.as_ptr()))?;
            ok(ffi::Py_InitializeFromConfig(config))
        })();
        ffi::PyConfig_Clear(config);
        result?;
        ffi::PyEval_SaveThread();
    }
    Ok(())
}

fn ok(status: ffi::PyStatus) -> Result<(), String> {
    // SAFETY: reads a plain struct; its message, if any, is a constant string.
    unsafe {
        if ffi::PyStatus_Exception(status) == 0 {
            return Ok(());
        }
        let message = if status.err_msg.is_null() { c"CPython can't start" } else { CStr::from_ptr(status.err_msg) };
        Err(message.to_string_lossy().into_owned())
    }
}

/// The libraries that this process was started with are mapped; what foreign code starts must not get them too.
pub(crate) fn restore_library_path() {
    let Some(inherited) = std::env::var_os(INHERITED_LIBRARY_PATH) else { return };
    // SAFETY: this process has one thread, and no Python yet.
    unsafe {
        std::env::remove_var(INHERITED_LIBRARY_PATH);
        if inherited.is_empty() {
            std::env::remove_var(LIBRARY_PATH);
        } else {
            std::env::set_var(LIBRARY_PATH, inherited);
        }
    }
}
