use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyModule;

const SOURCE: &str = include_str!("reads.py");

/// Keeps track of the files that Python code opens for reading.
pub(crate) struct Reads<'py>(Bound<'py, PyModule>);

impl<'py> Reads<'py> {
    /// Begins to. There is no end but that of the process: an audit hook can't be removed, and makes every audited event slower.
    pub(crate) fn watch(py: Python<'py>) -> PyResult<Self> {
        let source = std::ffi::CString::new(SOURCE)?;
        let module = PyModule::from_code(py, &source, c"reads.py", c"rustworthy_reads")?;
        module.getattr("watch")?.call0()?;
        Ok(Self(module))
    }

    /// The files so far, without links.
    pub(crate) fn files(&self) -> PyResult<Vec<PathBuf>> {
        self.0.getattr("files")?.call0()?.extract()
    }
}
