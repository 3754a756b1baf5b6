//! Operations from dict to dict. The right operand is a number or another dict.

use std::collections::HashMap;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::operations::{Add, Multiply, Operation, Subtract, number};

/// Makes the Python functions of an implementation.
macro_rules! functions {
    ($($name:ident: $implementation:ident::<$operation:ident>;)*) => {$(
        #[pyfunction]
        pub(super) fn $name<'py>(
            values: &Bound<'py, PyDict>,
            right: &Bound<'py, PyAny>,
        ) -> PyResult<Bound<'py, PyDict>> {
            $implementation::<$operation>(values, right)
        }
    )*};
}

functions! {
    article_add: article::<Add>;
    article_subtract: article::<Subtract>;
    article_multiply: article::<Multiply>;
    naive_add: naive::<Add>;
    naive_subtract: naive::<Subtract>;
    naive_multiply: naive::<Multiply>;
    dict_add: in_python::<Add>;
    dict_subtract: in_python::<Subtract>;
    dict_multiply: in_python::<Multiply>;
}

/// As published: PyO3 makes a `HashMap` of the whole dict, and a dict of another one.
fn article<'py, O: Operation>(values: &Bound<'py, PyDict>, right: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let values: HashMap<String, f64> = values.extract()?;
    apply::<O, _>(values, right)?.into_pyobject(right.py())
}

/// The same with pairs for the left operand, which keep its order.
fn naive<'py, O: Operation>(values: &Bound<'py, PyDict>, right: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let values: Vec<(String, f64)> = values.items().extract()?;
    let result = PyDict::new(right.py());
    for (key, value) in apply::<O, _>(values, right)? {
        result.set_item(key, value)?;
    }
    Ok(result)
}

/// The operation on entries of any kind, with a right operand that is converted to a `HashMap`.
fn apply<O: Operation, Entries>(entries: Entries, right: &Bound<'_, PyAny>) -> PyResult<Entries>
where
    Entries: IntoIterator<Item = (String, f64)> + FromIterator<(String, f64)>,
{
    let entries = entries.into_iter();
    if right.is_instance_of::<PyDict>() {
        let right: HashMap<String, f64> = right.extract()?;
        let value = |key: &String| right.get(key).copied().unwrap_or(O::FILL);
        Ok(entries
            .map(|(key, left)| {
                let right = value(&key);
                (key, O::apply(left, right))
            })
            .collect())
    } else {
        let right = number(right)?;
        Ok(entries.map(|(key, left)| (key, O::apply(left, right))).collect())
    }
}

/// Without conversion: only numbers leave Python's dicts, and only numbers are replaced in a copy of the left one.
fn in_python<'py, O: Operation>(
    values: &Bound<'py, PyDict>,
    right: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyDict>> {
    let result = values.copy()?;
    if let Ok(right) = right.cast::<PyDict>() {
        for (key, left) in values {
            let right = right.get_item(&key)?.map_or(Ok(O::FILL), |right| number(&right))?;
            result.set_item(key, O::apply(number(&left)?, right))?;
        }
    } else {
        let right = number(right)?;
        for (key, left) in values {
            result.set_item(key, O::apply(number(&left)?, right))?;
        }
    }
    Ok(result)
}
