//! What Python sees of it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::{Fault, article, json, parallel, serde_json, serial, sonic, total};
use crate::endpoint::Refusal;
use crate::kernel::{Call, Kernel, Output};

pub(crate) const KERNELS: &[Kernel] = &[
    Kernel { name: "ndjson-article", prepare: |path| prepare(path, article) },
    Kernel { name: "ndjson-serde-json", prepare: |path| prepare(path, serde_json) },
    Kernel { name: "ndjson-sonic", prepare: |path| prepare(path, sonic) },
    Kernel { name: "ndjson-serial", prepare: |path| prepare(path, serial) },
    Kernel { name: "ndjson-rayon", prepare: |path| prepare(path, parallel) },
];

/// Exceptions that aren't built in. The macro makes them public, which they needn't be.
mod exceptions {
    pyo3::import_exception!(json, JSONDecodeError);
}

impl From<Fault> for PyErr {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Json => exceptions::JSONDecodeError::new_err(("a line isn't JSON", "", 0)),
            Fault::Encoding(error) => error.into(),
            fault => Refusal::from(fault).into(),
        }
    }
}

fn prepare(path: &Bound<'_, PyAny>, total: fn(&Path) -> Result<u64, Fault>) -> PyResult<Call> {
    let path = path_of(path)?;
    Ok(Box::new(move || Ok(Box::new(Total(total(&path)?)))))
}

/// Reads a path as `open` does, but for numbers of descriptors.
pub(super) fn path_of(path: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    let encoded = path.py().import("os")?.call_method1("fsencode", (path,))?;
    Ok(OsStr::from_bytes(encoded.cast::<PyBytes>()?.as_bytes()).into())
}

struct Total(u64);

impl Output for Total {
    fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.0.into_pyobject(py)?.into_any())
    }
}

/// `rustworthy_workloads.ndjson`
#[pymodule(submodule)]
#[pyo3(name = "ndjson")]
pub(crate) mod python {
    use super::*;

    /// The characters of the errors in the log at `path`.
    #[pyfunction]
    fn serial(path: &Bound<'_, PyAny>) -> PyResult<u64> {
        let py = path.py();
        let path = path_of(path)?;
        Ok(py.detach(|| super::serial(&path))?)
    }

    /// The same on all processors.
    #[pyfunction]
    fn parallel(path: &Bound<'_, PyAny>) -> PyResult<u64> {
        let py = path.py();
        let path = path_of(path)?;
        Ok(py.detach(|| super::parallel(&path))?)
    }

    /// The characters of the errors in a log in memory.
    #[pyfunction]
    fn of_bytes(py: Python<'_>, log: &[u8]) -> PyResult<u64> {
        Ok(py.detach(|| total(log, json::is_error))?)
    }

    /// Whether one line is the record of an error.
    #[pyfunction]
    fn is_error(line: &str) -> PyResult<bool> {
        Ok(json::is_error(line)?)
    }
}
