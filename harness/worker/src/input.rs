//! Inputs: made once, pickled, and loaded as distinct copies in every worker.

use std::fs;
use std::io::Write;
use std::path::Path;

use pyo3::exceptions::{PyOSError, PyRuntimeError};
use pyo3::prelude::*;
use rustworthy_protocol::{Input, LoadRequest, Made, MakeRequest, RecordedCalls};

use crate::calls;
use crate::equivalence::{self, Capture, Value};
use crate::lookup::resolve;
use crate::pickling::{changed_layout, dumps, loads};

/// Equal, distinct copies of one input.
pub(crate) struct Inputs<'py> {
    load: LoadRequest,
    pickled: Option<Vec<u8>>,
    copies: Vec<Bound<'py, PyAny>>,
}

/// What a call left of its input.
pub(crate) struct Left {
    /// The input as every call gets it.
    pub(crate) before: Value,
    /// What became of it, if it was changed.
    pub(crate) changed: Option<Value>,
}

impl<'py> Inputs<'py> {
    /// Makes the input, and pickles it if that keeps its value.
    pub(crate) fn make(py: Python<'py>, make: &MakeRequest) -> PyResult<Made> {
        let input = call(py, make)?;
        let value = capture(&input)?;
        let sha256 = equivalence::digest(&value);
        let bytes = make.bytes.as_ref().map(|bytes| resolve(py, bytes)?.call1((&input,))?.extract()).transpose()?;
        let used_up = equivalence::used_up(&value);
        let mut made = Made { sha256, bytes, pickled: false, pickled_bytes: 0, changed_layout: None, used_up };
        if let Some((pickled, copy)) = faithful_pickle(py, &input, &made.sha256) {
            write(&make.file, &pickled)?;
            made.changed_layout = changed_layout(&input, &copy).ok().flatten();
            made.pickled = true;
            made.pickled_bytes = pickled.len() as u64;
        }
        Ok(made)
    }

    /// Loads the copies asked for.
    pub(crate) fn new(py: Python<'py>, load: LoadRequest) -> PyResult<Self> {
        let pickled = load.made.pickled.then(|| fs::read(&load.make.file)).transpose().map_err(PyOSError::new_err)?;
        let mut inputs = Self { load, pickled, copies: Vec::new() };
        inputs.copies = (0..inputs.load.copies.max(1)).map(|_| inputs.copy(py)).collect::<PyResult<_>>()?;
        inputs.check()?;
        if !inputs.load.fresh {
            // Nothing but the copies themselves may count as the contender's memory.
            inputs.pickled = None;
        }
        Ok(inputs)
    }

    pub(crate) fn copies(&self) -> &[Bound<'py, PyAny>] {
        &self.copies
    }

    /// Where it's recorded calls: how they were recorded, and what counts as their output.
    pub(crate) fn calls(&self) -> Option<&RecordedCalls> {
        match &self.load.make.input {
            Input::Callable(_) => None,
            Input::Calls(recorded) => Some(recorded),
        }
    }

    /// Whether every call is to have a copy of its own.
    pub(crate) fn fresh(&self) -> bool {
        self.load.fresh
    }

    /// Replaces the copies with new ones.
    pub(crate) fn renew(&mut self, py: Python<'py>) -> PyResult<()> {
        self.copies.clear();
        self.copies.push(self.copy(py)?);
        Ok(())
    }

    /// The first difference between the first copy and what it was when loaded.
    ///
    /// # Errors
    /// When it's the contents of a file that changed: all contenders share it, so that is worse than a wrong output.
    pub(crate) fn change(&self, py: Python<'py>) -> PyResult<Option<String>> {
        let now = capture(&self.copies[0])?;
        if equivalence::digest(&now) == self.load.made.sha256 {
            return Ok(None);
        }
        let before = Self::new(py, LoadRequest { copies: 1, ..self.load.clone() })?;
        let before = capture(&before.copies[0])?;
        Ok(match equivalence::compare(&before, &now, rustworthy_protocol::Mode::Exact) {
            equivalence::Outcome::Different(difference) => Some(difference.to_string()),
            // Later loads of the file show the same change.
            _ => {
                return Err(PyRuntimeError::new_err(
                    "it changes the contents of a file that its input names, which the others need as it was",
                ));
            }
        })
    }

    /// What the last call left of its input. Files count by their paths: what is in them all copies share.
    pub(crate) fn left(&self, py: Python<'py>) -> PyResult<Left> {
        let captured = |input: &Bound<'_, PyAny>| equivalence::capture(input, Capture { files: false });
        let (before, after) = (captured(&self.copy(py)?)?, captured(&self.copies[0])?);
        let is_changed = equivalence::digest(&before) != equivalence::digest(&after);
        Ok(Left { before, changed: is_changed.then_some(after) })
    }

    fn copy(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match &self.pickled {
            Some(pickled) => loads(py, pickled),
            None => call(py, &self.load.make),
        }
    }

    /// An input that is made again in every worker has to come out the same.
    fn check(&self) -> PyResult<()> {
        if self.load.made.pickled || equivalence::digest(&capture(&self.copies[0])?) == self.load.made.sha256 {
            return Ok(());
        }
        Err(PyRuntimeError::new_err(match &self.load.make.input {
            Input::Callable(callable) => {
                format!("the input isn't the same in two processes: {callable} has to depend on size and seed alone")
            }
            Input::Calls(recorded) => {
                format!(
                    "the calls in {} aren't the same when they are read in two processes",
                    recorded.folder.display()
                )
            }
        }))
    }
}

fn call<'py>(py: Python<'py>, make: &MakeRequest) -> PyResult<Bound<'py, PyAny>> {
    match &make.input {
        Input::Callable(callable) => resolve(py, callable)?.call1((make.size, make.seed)),
        Input::Calls(recorded) => calls::load(py, recorded, make.size, make.seed),
    }
}

fn capture(input: &Bound<'_, PyAny>) -> PyResult<Value> {
    equivalence::capture(input, Capture { files: true })
}

/// The pickled input and what it unpickles to, if that has the same value.
fn faithful_pickle<'py>(
    py: Python<'py>,
    input: &Bound<'py, PyAny>,
    sha256: &str,
) -> Option<(Vec<u8>, Bound<'py, PyAny>)> {
    let pickled = dumps(py, input).ok()?;
    let copy = loads(py, &pickled).ok()?;
    (equivalence::digest(&capture(&copy).ok()?) == sha256).then_some((pickled, copy))
}

/// Writes a file whole, so that a reader never sees half of one.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> PyResult<()> {
    let part = path.with_extension("part");
    let write = || {
        let mut file = fs::File::create(&part)?;
        file.write_all(bytes)?;
        fs::rename(&part, path)
    };
    write().map_err(|error: std::io::Error| PyOSError::new_err(format!("{}: {error}", path.display())))
}
