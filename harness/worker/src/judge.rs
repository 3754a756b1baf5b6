//! Judging an output in the worker that made it: against the baseline's, and the input against what it was.

use std::fs;
use std::path::{Path, PathBuf};

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use rustworthy_protocol::{Comparison, Equality, Judgement, Judging, Mode};

use crate::equivalence::{self, Capture, Outcome, Value};
use crate::input::{Inputs, dumps, loads, write};
use crate::lookup::resolve;
use crate::subject::Output;

/// Judges the output of the last call.
pub(crate) fn judge(py: Python<'_>, output: Output<'_>, inputs: &Inputs<'_>, judging: &Judging) -> PyResult<Judgement> {
    let output = output.into_python()?;
    let value = equivalence::capture(&output, Capture { files: false })?;
    if let Some(keep) = &judging.keep {
        value.write_to(keep).map_err(PyOSError::new_err)?;
        // Not every object can be pickled, and only some comparisons need it.
        if let Ok(pickled) = dumps(py, &output) {
            write(&object_file(keep), &pickled)?;
        }
    }
    if judging.input
        && let Some(change) = inputs.change(py)?
    {
        return Ok(Judgement::Different(format!("it changes its input: {change}")));
    }
    match &judging.against {
        Some(comparison) => compare(py, &output, &value, comparison),
        None => Ok(Judgement::Equal),
    }
}

fn compare(py: Python<'_>, got: &Bound<'_, PyAny>, value: &Value, comparison: &Comparison) -> PyResult<Judgement> {
    let mode = match &comparison.equality {
        Equality::Structural(mode) => *mode,
        Equality::Callable(callable) => {
            let name = format!("{}:{}", callable.module, callable.callable);
            let Ok(expected) = unpickle(py, &comparison.expected) else {
                return Ok(Judgement::Unchecked(format!(
                    "the baseline's output can't be pickled, so that {name} can't see it"
                )));
            };
            let equal = resolve(py, callable)?.call1((expected, got))?.is_truthy()?;
            return Ok(if equal { Judgement::Equal } else { Judgement::Different(format!("{name} says so")) });
        }
    };
    let expected = Value::read_from(&comparison.expected).map_err(PyOSError::new_err)?;
    Ok(match equivalence::compare(&expected, value, mode) {
        Outcome::Equal => Judgement::Equal,
        Outcome::WithinTolerance => Judgement::WithinTolerance,
        Outcome::Unknown { path, why } => Judgement::Unchecked(format!("{path}: {why}")),
        // Objects may have an `==` of their own, which their structure doesn't show.
        Outcome::Different(_) if mode == Mode::Value && equal_by_python(py, &comparison.expected, got) => {
            Judgement::Equal
        }
        Outcome::Different(difference) => Judgement::Different(difference.to_string()),
    })
}

fn equal_by_python(py: Python<'_>, expected: &Path, got: &Bound<'_, PyAny>) -> bool {
    let equal = || unpickle(py, expected)?.eq(got);
    equal().unwrap_or(false)
}

fn unpickle<'py>(py: Python<'py>, expected: &Path) -> PyResult<Bound<'py, PyAny>> {
    loads(py, &fs::read(object_file(expected))?)
}

/// Where the pickled form of an output stands, beside its value.
fn object_file(expected: &Path) -> PathBuf {
    expected.with_extension("pickle")
}
