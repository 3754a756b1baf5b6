//! `red-dict`: chains of arithmetic on a dict of numbers.
//!
//! The same three operations with ever less conversion: functions that take and return dicts, and classes that keep
//! their values in Rust from one operation to the next.

mod classes;
mod functions;

use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyInt, PyList};

use crate::kernel::{Kernel, Output};

pub(crate) const KERNELS: &[Kernel] = &[Kernel {
    name: "red-dict",
    prepare: |input| {
        let (values, other, rounds): (Bound<'_, PyDict>, Bound<'_, PyDict>, u64) = input.extract()?;
        let keys = Arc::new(values.keys().unbind());
        let column = column(&values)?;
        let terms = aligned(&values, &other, Add::FILL)?;
        let factors = aligned(&values, &other, Multiply::FILL)?;
        Ok(Box::new(move || {
            let column = chain(column.clone(), &terms, &factors, rounds);
            Ok(Box::new(Entries { keys: keys.clone(), column }))
        }))
    },
}];

/// All operations of all rounds on vectors of one length, a round at a time: with nothing between them, the five
/// operations become one pass.
pub fn chain(mut column: Vec<f64>, terms: &[f64], factors: &[f64], rounds: u64) -> Vec<f64> {
    for _ in 0..rounds {
        for ((value, term), factor) in column.iter_mut().zip(terms).zip(factors) {
            *value = (*value + 4.0 + term - 1.0 - term) * factor;
        }
    }
    column
}

/// Arithmetic on two numbers.
trait Operation {
    /// What stands in for the right number where the right dict has none.
    const FILL: f64;

    fn apply(left: f64, right: f64) -> f64;
}

struct Add;
struct Subtract;
struct Multiply;

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
fn aligned(keys: &Bound<'_, PyDict>, other: &Bound<'_, PyDict>, fill: f64) -> PyResult<Vec<f64>> {
    let value = |key| other.get_item(key)?.map_or(Ok(fill), |value| number(&value));
    keys.iter().map(|(key, _)| value(key)).collect()
}

/// The values of a dict, in its order.
fn column(dict: &Bound<'_, PyDict>) -> PyResult<Vec<f64>> {
    dict.iter().map(|(_, value)| number(&value)).collect()
}

/// A `float` or an `int`. What merely has a `__float__`, Python adds to no number either.
fn number(value: &Bound<'_, PyAny>) -> PyResult<f64> {
    if let Ok(float) = value.cast::<PyFloat>() {
        Ok(float.value())
    } else if value.is_instance_of::<PyInt>() {
        value.extract()
    } else {
        Err(PyTypeError::new_err(format!("expected a number, got {}", value.get_type())))
    }
}

/// What the kernel returns.
struct Entries {
    keys: Arc<Py<PyList>>,
    column: Vec<f64>,
}

impl Output for Entries {
    fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let dict = PyDict::new(py);
        for (key, value) in self.keys.bind(py).iter().zip(&self.column) {
            dict.set_item(key, value)?;
        }
        Ok(dict.into_any())
    }
}

/// `rustworthy_workloads.red_dict`
#[pymodule(submodule)]
#[pyo3(name = "red_dict")]
pub(crate) mod python {
    #[pymodule_export]
    use super::classes::{HashDict, RedDict};
    #[pymodule_export]
    use super::functions::{
        article_add, article_multiply, article_subtract, dict_add, dict_multiply, dict_subtract, naive_add,
        naive_multiply, naive_subtract,
    };
}
