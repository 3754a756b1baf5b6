//! Arithmetic on numbers, and dicts as columns of them.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyInt};

/// Arithmetic on two numbers.
pub(super) trait Operation {
    /// What stands in for the right number where the right dict has none.
    const FILL: f64;

    fn apply(left: f64, right: f64) -> f64;
}

pub(super) struct Add;
pub(super) struct Subtract;
pub(super) struct Multiply;

impl Operation for Add {
    const FILL: f64 = 0.0;

    fn apply(left: f64, right: f64) -> f64 {
        left + right
    }
}

impl Operation for Subtract {
    const FILL: f64 = 0.0;

    fn apply(left: f64, right: f64) -> f64 {
        left - right
    }
}

impl Operation for Multiply {
    const FILL: f64 = 1.0;

    fn apply(left: f64, right: f64) -> f64 {
        left * right
    }
}

/// What `other` has for each key of `keys`, and `fill` where it has nothing.
pub(super) fn aligned(keys: &Bound<'_, PyDict>, other: &Bound<'_, PyDict>, fill: f64) -> PyResult<Vec<f64>> {
    let value = |key| other.get_item(key)?.map_or(Ok(fill), |value| number(&value));
    keys.iter().map(|(key, _)| value(key)).collect()
}

/// The values of a dict, in its order.
pub(super) fn column(dict: &Bound<'_, PyDict>) -> PyResult<Vec<f64>> {
    dict.iter().map(|(_, value)| number(&value)).collect()
}

/// A `float` or an `int`. What merely has a `__float__`, Python adds to no number either.
pub(super) fn number(value: &Bound<'_, PyAny>) -> PyResult<f64> {
    if let Ok(float) = value.cast::<PyFloat>() {
        Ok(float.value())
    } else if value.is_instance_of::<PyInt>() {
        value.extract()
    } else {
        Err(PyTypeError::new_err(format!("expected a number, got {}", value.get_type())))
    }
}
