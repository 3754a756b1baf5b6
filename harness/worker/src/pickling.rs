//! Pickles, in which arrays keep how they lie in memory.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyModule};

const SOURCE: &str = include_str!("pickling.py");
const NAME: &str = "rustworthy_pickling";

/// Pickles with protocol 5, the newest that every supported version has.
pub(crate) fn dumps(py: Python<'_>, object: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    module(py)?.call_method1("dumps", (object,))?.extract()
}

pub(crate) fn loads<'py>(py: Python<'py>, pickled: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    // Pickles call functions of the module.
    module(py)?;
    py.import("pickle")?.call_method1("loads", (PyBytes::new(py, pickled),))
}

/// How an array lies in memory otherwise in a copy than in the original, in words.
pub(crate) fn changed_layout(original: &Bound<'_, PyAny>, copy: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    module(original.py())?.call_method1("changed", (original, copy))?.extract()
}

fn module(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    if let Ok(module) = py.import("sys")?.getattr("modules")?.get_item(NAME) {
        return Ok(module.cast_into()?);
    }
    let source = std::ffi::CString::new(SOURCE)?;
    PyModule::from_code(py, &source, c"pickling.py", &std::ffi::CString::new(NAME)?)
}
