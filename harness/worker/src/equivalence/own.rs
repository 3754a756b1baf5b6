//! Objects whose classes have an `==` of their own, which their structure doesn't show.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use rustworthy_protocol::Mode;

use super::capture::{Capture, capture};
use super::compare::{Outcome, compare};
use super::path::{Step, render};

/// Compares as [`compare`] does, except that what Python calls equal is equal. Lists, tuples and dicts are looked into, so
/// that a difference is never in a part that is equal.
///
/// # Errors
/// Those of [`capture`].
pub fn compare_objects(expected: &Bound<'_, PyAny>, got: &Bound<'_, PyAny>, mode: Mode) -> PyResult<Outcome> {
    compare_down_to(DEPTH, expected, got, mode)
}

/// Containers within one another that are looked into: some contain themselves.
const DEPTH: usize = 100;

fn compare_down_to(depth: usize, expected: &Bound<'_, PyAny>, got: &Bound<'_, PyAny>, mode: Mode) -> PyResult<Outcome> {
    let options = Capture { files: false };
    let outcome = compare(&capture(expected, options)?, &capture(got, options)?, mode);
    if !matches!(outcome, Outcome::Different(_)) {
        return Ok(outcome);
    }
    if expected.eq(got).unwrap_or(false) {
        return Ok(Outcome::Equal);
    }
    let Some(parts) = parts(expected, got)?.filter(|_| depth > 0) else { return Ok(outcome) };
    let mut so_far = Outcome::Equal;
    for (path, expected, got) in parts {
        match compare_down_to(depth - 1, &expected, &got, mode)? {
            Outcome::Different(difference) => return Ok(Outcome::Different(difference.within(&path))),
            Outcome::Equal => {}
            other => so_far = other,
        }
    }
    Ok(so_far)
}

/// A part of two objects: the path to it, and what stands there.
type Part<'py> = (String, Bound<'py, PyAny>, Bound<'py, PyAny>);

/// The parts of two containers of the same type that have the same parts.
fn parts<'py>(expected: &Bound<'py, PyAny>, got: &Bound<'py, PyAny>) -> PyResult<Option<Vec<Part<'py>>>> {
    let same = |exact: fn(&Bound<'py, PyAny>) -> bool| exact(expected) && exact(got);
    let (list, tuple) = (
        same(|object| object.is_exact_instance_of::<PyList>()),
        same(|object| object.is_exact_instance_of::<PyTuple>()),
    );
    if (list || tuple) && expected.len()? == got.len()? {
        let part = |index| Ok((render(&[Step::Index(index)]), expected.get_item(index)?, got.get_item(index)?));
        return (0..expected.len()?).map(part).collect::<PyResult<_>>().map(Some);
    }
    let (Ok(expected), Ok(got)) = (expected.cast_exact::<PyDict>(), got.cast_exact::<PyDict>()) else {
        return Ok(None);
    };
    if expected.len() != got.len() {
        return Ok(None);
    }
    let mut parts = Vec::new();
    for (name, value) in expected {
        let Some(other) = got.get_item(&name)? else { return Ok(None) };
        let key = capture(&name, Capture { files: false })?;
        parts.push((render(&[Step::Key(&key)]), value, other));
    }
    Ok(Some(parts))
}
