//! What Python sees of it.

use std::path::PathBuf;

use numpy::{IntoPyArray, PyArray1};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use super::{Order, article, net_revenues, net_revenues_serial};
use crate::kernel::{Kernel, Output};

pub(crate) const KERNELS: &[Kernel] = &[
    Kernel {
        name: "csv-apply-article",
        prepare: |input| {
            let path = path_of(input)?;
            Ok(Box::new(move || Ok(Box::new(article(&path)?))))
        },
    },
    Kernel {
        name: "csv-apply-serial",
        prepare: |input| {
            let path = path_of(input)?;
            Ok(Box::new(move || Ok(Box::new(Revenues(net_revenues_serial(&path)?)))))
        },
    },
    Kernel {
        name: "csv-apply",
        prepare: |input| {
            let path = path_of(input)?;
            Ok(Box::new(move || Ok(Box::new(Revenues(net_revenues(&path)?)))))
        },
    },
];

/// Reads a path as pandas does.
fn path_of(input: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    if input.is_instance_of::<PyBytes>() {
        return Err(PyTypeError::new_err("expected a path, got bytes"));
    }
    input.extract().map_err(|_| PyValueError::new_err(format!("invalid file path: {}", input.get_type())))
}

/// What the published code has to show for its work.
impl Output for () {
    fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(py.None().into_bound(py))
    }
}

struct Revenues(Vec<f64>);

impl Output for Revenues {
    fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        require_numpy(py)?;
        Ok(PyArray1::from_slice(py, &self.0).into_any())
    }
}

/// Raises `ModuleNotFoundError` where making an array would panic.
fn require_numpy(py: Python<'_>) -> PyResult<()> {
    py.import(intern!(py, "numpy")).map(drop)
}

/// `rustworthy_workloads.csv_apply`
#[pymodule(submodule)]
#[pyo3(name = "csv_apply")]
pub(crate) mod python {
    use super::*;

    /// The net revenue of each order in the file at `path`, as a float64 array.
    #[pyfunction]
    fn net_revenues<'py>(path: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let py = path.py();
        require_numpy(py)?;
        let path = path_of(path)?;
        let revenues = py.detach(|| super::net_revenues(&path))?;
        Ok(revenues.into_pyarray(py))
    }

    /// The net revenue of one order, given as a row of a data frame.
    #[pyfunction]
    pub(super) fn net_revenue(row: &Bound<'_, PyAny>) -> PyResult<f64> {
        let field = |name| row.get_item(name).map(|value| value.cast_into::<PyString>().ok());
        let py = row.py();
        let amount = field(intern!(py, "amount"))?;
        let quantity = field(intern!(py, "quantity"))?;
        let express = field(intern!(py, "express"))?;
        let engraving = field(intern!(py, "engraving"))?;
        let order = Order {
            amount: text(&amount)?,
            quantity: text(&quantity)?,
            express: text(&express)?,
            engraving: text(&engraving)?,
        };
        Ok(order.net_revenue()?)
    }
}

fn text<'a>(field: &'a Option<Bound<'_, PyString>>) -> PyResult<Option<&'a str>> {
    field.as_ref().map(|field| field.to_str()).transpose()
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use pyo3::exceptions::PyKeyError;

    use super::*;

    #[test]
    fn what_is_no_path_is_a_value_error() {
        Python::initialize();
        Python::attach(|py| {
            let number = pyo3::types::PyInt::new(py, 5);
            assert!(path_of(&number).unwrap_err().is_instance_of::<PyValueError>(py));
        });
    }

    #[test]
    fn a_row_is_anything_with_the_columns_of_an_order() {
        let revenue = |row: &CStr| {
            Python::initialize();
            Python::attach(|py| python::net_revenue(&py.eval(row, None, None)?))
        };
        let row = c"{'amount': '€2.00', 'quantity': '2', 'express': 'yes', 'engraving': float('nan')}";
        assert_eq!(revenue(row).unwrap(), 4.0 * 1.15);
        let missing = c"{'amount': None, 'quantity': '2', 'express': 'yes', 'engraving': 'x'}";
        assert!(revenue(missing).unwrap().is_nan());
        let error = revenue(c"{'amount': '€2.00'}").unwrap_err();
        assert!(Python::attach(|py| error.is_instance_of::<PyKeyError>(py)));
    }
}
