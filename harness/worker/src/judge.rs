//! Judging an output in the worker that made it: against the baseline's, and the input against what it was.

use std::cell::OnceCell;
use std::fs;
use std::path::{Path, PathBuf};

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use rustworthy_protocol::{Comparison, Equality, Exceptions, InputAfter, Judged, Judgement, Judging, Lookup, Mode};

use crate::equivalence::{self, Capture, Outcome, Value};
use crate::input::{Inputs, write};
use crate::judge_calls::judge_calls;
use crate::leftover;
use crate::lookup::resolve;
use crate::pickling::{dumps, loads};
use crate::serve::describe;
use crate::subject::Output;

/// Judges the output of the last call.
pub(crate) fn judge(py: Python<'_>, output: Output<'_>, inputs: &Inputs<'_>, judging: &Judging) -> PyResult<Judged> {
    let output = output.into_python()?;
    let value = equivalence::capture(&output, Capture { files: false })?;
    // Of recorded calls what is left of the input is part of the output, or the input has to stay as it was.
    let sees_leftover = judging.input == InputAfter::AsBaseline && inputs.calls().is_none();
    if let Some(keep) = &judging.keep {
        value.write_to(keep).map_err(PyOSError::new_err)?;
        // Not every object can be pickled, and only some comparisons need it.
        if let Ok(pickled) = dumps(py, &output) {
            write(&object_file(keep), &pickled)?;
        }
        if sees_leftover {
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
    let cache = OnceCell::new();
    let unpickled = || cache.get_or_init(|| unpickle(py, comparison).ok()).clone();
    let judged = match &comparison.equality {
        equality if inputs.calls().is_some() => {
            judge_calls(&expected, &value, &output, (equality, &comparison.except), &unpickled)?
        }
        Equality::Structural(mode) => {
            structurally(&expected, &value, &output, (*mode, &comparison.except), &unpickled)?
        }
        Equality::Callable(Lookup { module, callable, .. }) if comparison.of_other_python => Judgement::Unchecked(
            format!("the baseline's output is of another Python, so that {module}:{callable} can't see it"),
        )
        .into(),
        Equality::Callable(checker) => checked(py, unpickled(), &output, checker).into(),
    };
    if sees_leftover && judged.verdict.is_good() {
        return leftover::compare(py, inputs, comparison, &expected, judged);
    }
    Ok(judged)
}

/// Compares an output by its structure: `value` is `got` taken apart, and `unpickled` gives the baseline's output as an object,
/// where it could be pickled.
pub(crate) fn structurally<'py>(
    expected: &Value,
    value: &Value,
    got: &Bound<'py, PyAny>,
    (mode, except): (Mode, &Exceptions),
    unpickled: &dyn Fn() -> Option<Bound<'py, PyAny>>,
) -> PyResult<Judged> {
    if !except.is_empty() {
        let [expected, value] = [expected, value].map(|value| equivalence::prepared(value, except));
        return Ok(judgement(equivalence::compare(&expected, &value, mode)).into());
    }
    let in_python = |mode| match unpickled() {
        Some(expected) => equivalence::compare_objects(&expected, got, mode).map(Some),
        None => Ok(None),
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
pub(crate) fn checked(
    py: Python<'_>,
    expected: Option<Bound<'_, PyAny>>,
    got: &Bound<'_, PyAny>,
    checker: &Lookup,
) -> Judgement {
    let name = format!("{}:{}", checker.module, checker.callable);
    let Some(expected) = expected else {
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
