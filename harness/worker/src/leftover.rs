//! What calls leave of inputs that they may use up, since every call has one for itself.

use std::fs;
use std::path::{Path, PathBuf};

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use rustworthy_protocol::{Comparison, Equality, Judged, Judgement, Mode};

use crate::equivalence::{self, Outcome, Value};
use crate::input::Inputs;
use crate::judge::judgement;

/// Keeps what the call of the baseline left of its input, unless it left all as it was.
pub(crate) fn keep(py: Python<'_>, inputs: &Inputs<'_>, expected: &Path) -> PyResult<()> {
    let file = file(expected);
    match inputs.left(py)?.changed {
        Some(left) => left.write_to(&file),
        None if file.exists() => fs::remove_file(&file),
        None => Ok(()),
    }
    .map_err(PyOSError::new_err)
}

/// Compares what the last call left of its input with what the baseline left.
///
/// A difference counts where both change the input, and where the baseline returns `None`: then what it does to its input
/// is all that it does. Else one of them only uses the input up.
pub(crate) fn compare(
    py: Python<'_>,
    inputs: &Inputs<'_>,
    comparison: &Comparison,
    output: &Value,
    judged: Judged,
) -> PyResult<Judged> {
    let file = file(&comparison.expected);
    let expected = file.exists().then(|| Value::read_from(&file)).transpose().map_err(PyOSError::new_err)?;
    let left = inputs.left(py)?;
    if expected.is_none() && left.changed.is_none() {
        return Ok(judged);
    }
    let mode = match comparison.equality {
        Equality::Structural(mode) => mode,
        Equality::Callable(_) => Mode::Value,
    };
    let counts = *output == Value::None || (expected.is_some() && left.changed.is_some());
    let before = &left.before;
    let outcome =
        equivalence::compare(expected.as_ref().unwrap_or(before), left.changed.as_ref().unwrap_or(before), mode);
    Ok(match outcome {
        Outcome::Equal | Outcome::Unknown { .. } => judged,
        Outcome::Different(difference) if counts => {
            Judgement::Different(format!("it leaves its input otherwise than the baseline does: {difference}")).into()
        }
        Outcome::Different(difference) => Judged { leaves_input: Some(difference.to_string()), ..judged },
        tolerated => Judged { verdict: judgement(tolerated), ..judged },
    })
}

fn file(expected: &Path) -> PathBuf {
    expected.with_extension("input")
}
