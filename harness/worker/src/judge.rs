//! Judging an output in the worker that made it: against the baseline's, and the input against what it was.

use std::fs;
use std::path::{Path, PathBuf};

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use rustworthy_protocol::{Comparison, Equality, InputAfter, Judged, Judgement, Judging, Lookup, Mode};

use crate::equivalence::{self, Capture, Outcome, Value};
use crate::input::{Inputs, write};
use crate::leftover;
use crate::lookup::resolve;
use crate::pickling::{dumps, loads};
use crate::serve::describe;
use crate::subject::Output;

/// Judges the output of the last call.
pub(crate) fn judge(py: Python<'_>, output: Output<'_>, inputs: &Inputs<'_>, judging: &Judging) -> PyResult<Judged> {
    let output = output.into_python()?;
    let value = equivalence::capture(&output, Capture { files: false })?;
    if let Some(keep) = &judging.keep {
        value.write_to(keep).map_err(PyOSError::new_err)?;
        // Not every object can be pickled, and only some comparisons need it.
        if let Ok(pickled) = dumps(py, &output) {
            write(&object_file(keep), &pickled)?;
        }
        if judging.input == InputAfter::AsBaseline {
            leftover::keep(py, inputs, keep)?;
        }
    }
    if judging.input == InputAfter::Unchanged
        && let Some(change) = inputs.change(py)?
    {
        return Ok(Judgement::Different(format!("it changes its input: {change}")).into());
    }
    let Some(comparison) = &judging.against else { return Ok(Judgement::Equal.into()) };
    let expected = Value::read_from(&comparison.expected).map_err(PyOSError::new_err)?;
    let judged = match &comparison.equality {
        Equality::Structural(mode) => structurally(py, comparison, &expected, &output, &value, *mode)?,
        Equality::Callable(checker) => by_checker(py, comparison, &output, checker).into(),
    };
    if judging.input == InputAfter::AsBaseline && judged.verdict.is_good() {
        return leftover::compare(py, inputs, comparison, &expected, judged);
    }
    Ok(judged)
}

fn structurally(
    py: Python<'_>,
    against: &Comparison,
    expected: &Value,
    got: &Bound<'_, PyAny>,
    value: &Value,
    mode: Mode,
) -> PyResult<Judged> {
    let in_python = |mode| match unpickle(py, against) {
        Ok(expected) => equivalence::compare_objects(&expected, got, mode).map(Some),
        Err(_) => Ok(None),
    };
    let mut outcome = equivalence::compare(expected, value, mode);
    if let (Outcome::Different(_), false) = (&outcome, mode == Mode::Exact)
        && let Some(found) = in_python(mode)?
    {
        outcome = found;
    }
    let hint = match &outcome {
        Outcome::Different(difference) => match equivalence::hint(expected, value, mode, difference) {
            None if mode == Mode::Exact && in_python(Mode::Value)? == Some(Outcome::Equal) => {
                Some(equivalence::by_value(difference))
            }
            hint => hint,
        },
        _ => None,
    };
    Ok(Judged { hint, ..judgement(outcome).into() })
}

/// The finding of a comparison.
pub(crate) fn judgement(outcome: Outcome) -> Judgement {
    match outcome {
        Outcome::Equal => Judgement::Equal,
        Outcome::WithinTolerance => Judgement::WithinTolerance,
        Outcome::Unknown { path, why } => Judgement::Unchecked(format!("{path}: {why}")),
        Outcome::Different(difference) => Judgement::Different(difference.to_string()),
    }
}

/// By the project's own callable. What that does wrong isn't the contender's fault.
fn by_checker(py: Python<'_>, against: &Comparison, got: &Bound<'_, PyAny>, checker: &Lookup) -> Judgement {
    let name = format!("{}:{}", checker.module, checker.callable);
    if against.of_other_python {
        return Judgement::Unchecked(format!(
            "the baseline's output is of another Python, so that {name} can't see it"
        ));
    }
    let Ok(expected) = unpickle(py, against) else {
        return Judgement::Unchecked(format!("the baseline's output can't be pickled, so that {name} can't see it"));
    };
    match resolve(py, checker).and_then(|checker| checker.call1((expected, got))) {
        Err(error) => Judgement::CheckerFailed(format!("{name} {}", describe(py, &error))),
        Ok(answer) => match answer.extract::<bool>() {
            Ok(true) => Judgement::Equal,
            Ok(false) => Judgement::Different(format!("{name} says so")),
            Err(_) => {
                let answer = answer.repr().map_or_else(|_| answer.get_type().to_string(), |answer| answer.to_string());
                Judgement::CheckerFailed(format!("{name} returned {answer}, which is neither True nor False"))
            }
        },
    }
}

fn unpickle<'py>(py: Python<'py>, against: &Comparison) -> PyResult<Bound<'py, PyAny>> {
    if against.of_other_python {
        return Err(PyValueError::new_err("it was pickled by another Python"));
    }
    loads(py, &fs::read(object_file(&against.expected))?)
}

/// Where the pickled form of an output stands, beside its value.
fn object_file(expected: &Path) -> PathBuf {
    expected.with_extension("pickle")
}
