//! A worker in a Python that somebody else has started: the user's own executable, as it runs in production.
//!
//! What embedding decides before Python starts, the engine has decided by environment variables and by how it starts the
//! executable; what is left of that is taken back here, before foreign code is asked for.

use std::convert::Infallible;
use std::io;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use rustworthy_protocol::{Exceptions, Mode, Parts, Reply, Request};

use crate::conversation::Conversation;
use crate::equivalence::{self, Capture, Outcome};
use crate::{count, layout, start};

/// Serves the engine in the interpreter that has loaded this worker until it says stop or goes away, and ends the process.
/// Under callgrind counts are written to the folder `counts`.
///
/// # Errors
/// When the system refuses what a worker needs.
pub fn serve(py: Python<'_>, socket: UnixStream, counts: Option<PathBuf>) -> io::Result<Infallible> {
    count::keep_folder(counts);
    let mut conversation = Conversation::new(socket)?;
    let Some(Request::Start(request)) = conversation.receive() else { end(1) };
    layout::shift(request.hash_seed);
    match resemble_embedded(py).and_then(|()| start::ready(py, &request)) {
        Ok(ready) => conversation.send(&Reply::Ready(ready)),
        Err(error) => {
            conversation.send(&Reply::Failed(error.to_string()));
            end(1);
        }
    }
    start::serve(py, &mut conversation);
    end(0)
}

/// Whether two values are equal by their structure, in a word: exactly, or within a relative and an absolute tolerance, with paths
/// that aren't compared and paths whose order doesn't count.
///
/// # Errors
/// Those of capturing, and for a path that is none.
pub fn compare(
    expected: &Bound<'_, PyAny>,
    got: &Bound<'_, PyAny>,
    (exact, relative, absolute): (bool, f64, f64),
    (ignore, unordered): (&[String], &[String]),
) -> PyResult<&'static str> {
    let part = |text: &String| Parts::parse(text).map_err(PyValueError::new_err);
    let parts = |texts: &[String]| texts.iter().map(part).collect::<PyResult<Vec<_>>>();
    let except = Exceptions { ignore: parts(ignore)?, unordered: parts(unordered)? };
    let mode = match exact {
        true => Mode::Exact,
        false if relative == 0.0 && absolute == 0.0 => Mode::Value,
        false => Mode::Tolerance { relative, absolute },
    };
    let capture = |value: &Bound<'_, PyAny>| {
        let value = equivalence::capture(value, Capture { files: false })?;
        Ok::<_, PyErr>(if except.is_empty() { value } else { equivalence::prepared(&value, &except) })
    };
    Ok(match equivalence::compare(&capture(expected)?, &capture(got)?, mode) {
        Outcome::Equal => "equal",
        Outcome::WithinTolerance => "within_tolerance",
        Outcome::Different(_) => "different",
        Outcome::Unknown { .. } => "unknown",
    })
}

/// Takes back what the executable does for a program on its command line, and an embedded interpreter doesn't.
///
/// Its handler of SIGINT isn't among that: an embedded interpreter has the same from when code first imports `signal`.
fn resemble_embedded(py: Python<'_>) -> PyResult<()> {
    let sys = py.import("sys")?;
    sys.setattr("argv", [""])?;
    // Where Python finds the code of its command line: the working directory, whatever `python-path` says.
    let path = sys.getattr("path")?;
    if path.get_item(0).is_ok_and(|first| first.eq("").unwrap_or(false)) {
        path.del_item(0)?;
    }
    Ok(())
}

/// Ends the process. Finalising the interpreter would run foreign code once more.
fn end(status: i32) -> ! {
    // SAFETY: ends the process at once.
    unsafe { libc::_exit(status) }
}
