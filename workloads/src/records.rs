//! `records`: a pipeline over orders that are dicts of text.
//!
//! Text is treated as by Python's own methods. What works on columns refuses lone surrogates and amounts in digits of
//! other scripts, and letters that came to Unicode after the interpreter change their case by Rust's tables.

pub mod columns;
mod country;
mod dicts;
mod maps;
mod messages;
#[cfg(test)]
mod tests;
mod text;
pub mod texts;

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::endpoint::{Endpoint, Refusal};
use crate::kernel::{Call, Kernel, Output};
use crate::messages::{Record, RecordsResponse};
use columns::{Columns, Processed, parallel, serial};

pub(crate) const KERNELS: &[Kernel] = &[
    Kernel { name: "records-serial", prepare: |input| prepare(input, serial) },
    Kernel { name: "records-rayon", prepare: |input| prepare(input, parallel) },
];

/// Request: [`Columns`] as a JSON object of arrays. Response: [`Processed`] in the same form.
pub(crate) const ENDPOINTS: &[Endpoint] = &[Endpoint {
    name: "records",
    reads_files: false,
    respond: |request| {
        let orders: Columns = sonic_rs::from_slice(request).map_err(|error| not_orders(&error.to_string()))?;
        if !orders.is_rectangular() {
            return Err(not_orders("columns differ in length"));
        }
        sonic_rs::to_vec(&parallel(&orders)?).map_err(|error| Refusal::new("RuntimeError", error.to_string()))
    },
}];

/// Answers a gRPC request.
pub(crate) fn answer(records: &[Record]) -> Result<RecordsResponse, Refusal> {
    Ok(parallel(&Columns::of_messages(records))?.to_message())
}

fn not_orders(why: &str) -> Refusal {
    Refusal::new("ValueError", format!("not the columns of orders: {why}"))
}

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
