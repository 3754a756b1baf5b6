//! The worker as an extension module, for a Python of the user's to load: `build` beside this folder makes one for each
//! version of Python, and the engine's `hosted.py` loads it.

use pyo3::prelude::*;

/// A worker of rustworthy. The program that starts it has a use for it, and switches of the Python package, which compare by it.
// The interpreter is held between requests, and nothing of a worker is shared between threads but atomics.
#[pymodule(gil_used = false)]
mod rustworthy_worker {
    use std::os::fd::{FromRawFd, OwnedFd, RawFd};
    use std::os::unix::net::UnixStream;
    use std::path::PathBuf;

    use super::*;

    /// Version of the protocol that it speaks.
    #[pymodule_export]
    const PROTOCOL: u32 = rustworthy_protocol::VERSION;

    /// Whether it has the kernels and the extension module of the built-in workloads.
    #[pymodule_export]
    const BUILTIN: bool = cfg!(feature = "builtin");

    /// What it is built for, in words that the engine looks for in the file, before a Python loads it that would crash if it were
    /// another (`rustworthy_protocol::BUILT_FOR`).
    #[pymodule_export]
    const BUILT_FOR: &str = concat!("rustworthy worker for CPython ", env!("RUSTWORTHY_BUILT_FOR"), ";");

    /// Whether two values are equal, by the rules of contenders: `equal`, `within_tolerance`, `different`, or `unknown` where not all
    /// of them can be compared. Switches in production ask this.
    #[pyfunction]
    fn compare(
        expected: &Bound<'_, PyAny>,
        got: &Bound<'_, PyAny>,
        exact: bool,
        relative: f64,
        absolute: f64,
        ignore: Vec<String>,
        unordered: Vec<String>,
    ) -> PyResult<&'static str> {
        ::rustworthy_worker::hosted::compare(expected, got, (exact, relative, absolute), (&ignore, &unordered))
    }

    /// Serves the engine at the other end of a socket, whose descriptor it takes over, and ends the process. Under callgrind
    /// `counts` is the folder that counts are written to.
    #[pyfunction]
    fn serve(py: Python<'_>, socket: RawFd, counts: Option<PathBuf>) -> PyResult<()> {
        // SAFETY: the engine's reaper has left the descriptor open for this alone.
        let socket = unsafe { OwnedFd::from_raw_fd(socket) };
        match ::rustworthy_worker::hosted::serve(py, UnixStream::from(socket), counts)? {}
    }
}
