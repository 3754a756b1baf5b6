//! Dicts of numbers that stay in Rust between operations. Operations leave their operands as they are.

use std::collections::HashMap;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

use super::operations::{Add, Multiply, Operation, Subtract, aligned, column, number};

/// As in the article's second step: a `HashMap`, whose order isn't that of the dict that it was made of.
#[pyclass(frozen)]
pub(super) struct HashDict {
    values: HashMap<String, f64>,
}

#[pymethods]
impl HashDict {
    #[new]
    fn new(values: HashMap<String, f64>) -> Self {
        Self { values }
    }

    fn __add__(&self, right: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.apply::<Add>(right)
    }

    fn __sub__(&self, right: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.apply::<Subtract>(right)
    }

    fn __mul__(&self, right: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.apply::<Multiply>(right)
    }

    fn to_dict(&self) -> HashMap<&str, f64> {
        self.values.iter().map(|(key, value)| (key.as_str(), *value)).collect()
    }
}

impl HashDict {
    fn apply<O: Operation>(&self, right: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut values = self.values.clone();
        if let Ok(right) = right.cast::<Self>() {
            let right = &right.get().values;
            for (key, value) in &mut values {
                *value = O::apply(*value, right.get(key).copied().unwrap_or(O::FILL));
            }
        } else {
            let right = number(right)?;
            for value in values.values_mut() {
                *value = O::apply(*value, right);
            }
        }
        Ok(Self { values })
    }
}

/// The data-oriented one: keys apart from values, shared by all that is computed from them.
#[pyclass(frozen)]
pub(super) struct RedDict {
    index: Arc<Index>,
    /// In the order of the keys.
    values: Vec<f64>,
}

/// The keys of a dict.
struct Index {
    /// The dict that they are from, as it was then: for its keys and their order, not for its values.
    keys: Py<PyDict>,
    /// The position of each key, once it has been asked for.
    positions: PyOnceLock<Py<PyDict>>,
}

impl Index {
    fn of(dict: &Bound<'_, PyDict>) -> PyResult<Self> {
        Ok(Self { keys: dict.copy()?.unbind(), positions: PyOnceLock::new() })
    }

    fn positions<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyDict>> {
        let positions = || {
            let positions = PyDict::new(py);
            for (position, (key, _)) in self.keys.bind(py).iter().enumerate() {
                positions.set_item(key, position)?;
            }
            Ok::<_, PyErr>(positions.unbind())
        };
        Ok(self.positions.get_or_try_init(py, positions)?.bind(py))
    }
}

#[pymethods]
impl RedDict {
    #[new]
    fn new(values: &Bound<'_, PyDict>) -> PyResult<Self> {
        Ok(Self { index: Arc::new(Index::of(values)?), values: column(values)? })
    }

    /// The values of another dict under the keys of this one, and `fill` where it has none.
    fn align(&self, other: &Bound<'_, PyDict>, fill: f64) -> PyResult<Self> {
        let values = aligned(self.index.keys.bind(other.py()), other, fill)?;
        Ok(Self { index: Arc::clone(&self.index), values })
    }

    fn __add__(&self, right: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.apply::<Add>(right)
    }

    fn __sub__(&self, right: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.apply::<Subtract>(right)
    }

    fn __mul__(&self, right: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.apply::<Multiply>(right)
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let keys = self.index.keys.bind(py);
        let dict = keys.copy()?;
        for ((key, _), value) in keys.iter().zip(&self.values) {
            dict.set_item(key, value)?;
        }
        Ok(dict)
    }
}

impl RedDict {
    fn apply<O: Operation>(&self, right: &Bound<'_, PyAny>) -> PyResult<Self> {
        let values = match right.cast::<Self>() {
            Ok(right) if Arc::ptr_eq(&self.index, &right.get().index) => {
                self.values.iter().zip(&right.get().values).map(|(left, right)| O::apply(*left, *right)).collect()
            }
            Ok(right) => self.look_up::<O>(right)?,
            Err(_) => {
                let right = number(right)?;
                self.values.iter().map(|left| O::apply(*left, right)).collect()
            }
        };
        Ok(Self { index: Arc::clone(&self.index), values })
    }

    /// The operation on a dict with keys of its own.
    fn look_up<O: Operation>(&self, right: &Bound<'_, Self>) -> PyResult<Vec<f64>> {
        let py = right.py();
        let right = right.get();
        let positions = right.index.positions(py)?;
        let keys = self.index.keys.bind(py).iter();
        let entries = keys.zip(&self.values).map(|((key, _), left)| {
            let position: Option<usize> = positions.get_item(key)?.map(|position| position.extract()).transpose()?;
            let right = position.and_then(|position| right.values.get(position)).copied();
            Ok(O::apply(*left, right.unwrap_or(O::FILL)))
        });
        entries.collect()
    }
}
