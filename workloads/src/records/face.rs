//! What Python sees of it.

mod dicts;
mod maps;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyList;

use super::columns::{Columns, Processed, parallel, serial};
use crate::endpoint::Refusal;
use crate::kernel::{Call, Kernel, Output};

pub(crate) const KERNELS: &[Kernel] = &[
    Kernel { name: "records-serial", prepare: |input| prepare(input, serial) },
    Kernel { name: "records-rayon", prepare: |input| prepare(input, parallel) },
];

fn prepare(input: &Bound<'_, PyAny>, process: fn(&Columns) -> Result<Processed, Refusal>) -> PyResult<Call> {
    let records = list(input)?;
    let orders = Columns::convert(&records)?;
    let records = Arc::new(records.unbind());
    Ok(Box::new(move || Ok(Box::new(Merged { processed: process(&orders)?, records: records.clone() }))))
}

/// Processed orders, and the records that they were converted from.
struct Merged {
    processed: Processed,
    records: Arc<Py<PyList>>,
}

impl Output for Merged {
    fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.processed.merge(self.records.bind(py))?.into_any())
    }
}

/// Any iterable of records as a list.
fn list<'py>(records: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
    match records.cast::<PyList>() {
        Ok(list) => Ok(list.clone()),
        Err(_) => Ok(records.py().get_type::<PyList>().call1((records,))?.cast_into()?),
    }
}

/// `rustworthy_workloads.records`
#[pymodule(submodule)]
#[pyo3(name = "records")]
pub(crate) mod python {
    use std::collections::HashMap;

    use super::maps::{Owned, Text};
    use super::*;

    /// As published: maps of strings in and out.
    #[pyfunction]
    fn process_maps(records: Vec<HashMap<String, Text>>) -> PyResult<Vec<HashMap<String, String>>> {
        maps::process_maps(records)
    }

    /// All keys and values as Rust's own in and out, in order.
    #[pyfunction]
    fn process_owned(records: Vec<Owned>) -> PyResult<Vec<Owned>> {
        maps::process_owned(records)
    }

    /// Reads and writes the dicts themselves.
    #[pyfunction]
    fn process<'py>(records: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        dicts::process(records)
    }

    /// Converts to columns, processes them on all threads, and writes new dicts.
    #[pyfunction]
    fn process_columns<'py>(records: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let records = list(records)?;
        let orders = Columns::convert(&records)?;
        records.py().detach(|| parallel(&orders))?.merge(&records)
    }
}
