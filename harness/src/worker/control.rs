//! The control loop in the embedded interpreter.

use pyo3::prelude::*;
use pyo3::types::PyModule;

use super::protocol::CONTROL_LOOP;

/// The control loop in this process.
pub(super) struct Control<'py>(Bound<'py, PyAny>);

impl<'py> Control<'py> {
    pub(super) fn new(py: Python<'py>) -> PyResult<Self> {
        let source = std::ffi::CString::new(CONTROL_LOOP)?;
        let module = PyModule::from_code(py, &source, c"control.py", c"rustworthy_control")?;
        module.getattr("seconds").map(Self)
    }

    /// Seconds that so many iterations take.
    pub(super) fn time(&self, iterations: u64) -> PyResult<f64> {
        self.0.call1((iterations,))?.extract()
    }
}
