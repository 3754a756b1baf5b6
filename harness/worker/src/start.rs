//! What workers have in common, whoever has started their interpreter: its search path, the stack that it shows when it is
//! asked to, and serving.

use std::path::PathBuf;

use pyo3::prelude::*;
use rustworthy_protocol::{Ready, StartRequest};

use crate::conversation::Conversation;
use crate::watchers::watchers;
use crate::{crash, libpython, serve, subject};

/// Whether the compiler optimised this package.
const OPTIMISED: bool = !matches!(env!("RUSTWORTHY_WORKER_OPT_LEVEL").as_bytes(), b"0" | b"1");

/// Prepares an interpreter that has started.
///
/// # Errors
/// What Python raises.
pub(crate) fn ready(py: Python<'_>, request: &StartRequest) -> PyResult<Ready> {
    prepare(py, &request.python_path)?;
    let watchers = watchers(py)?;
    let version = libpython::version().split_whitespace().next().unwrap_or_default().to_owned();
    Ok(Ready { pid: std::process::id(), version, libpython: libpython::file(), watchers, optimised: OPTIMISED })
}

/// Answers requests until the engine says stop or goes away.
pub(crate) fn serve(py: Python<'_>, conversation: &mut Conversation) {
    subject::notice_forks();
    serve::serve(py, conversation);
}

/// Search path, and a stack on standard error when a signal ends the process or asks for one.
fn prepare(py: Python<'_>, python_path: &[PathBuf]) -> PyResult<()> {
    let path = py.import("sys")?.getattr("path")?;
    for folder in python_path.iter().rev() {
        path.call_method1("insert", (0, folder.as_os_str()))?;
    }
    // Where the system doesn't allow it, less is known of a crash.
    let _ = crash::watch();
    let faulthandler = py.import("faulthandler")?;
    faulthandler.call_method0("enable")?;
    faulthandler.call_method1("register", (nix::libc::SIGUSR2,))?;
    Ok(())
}
