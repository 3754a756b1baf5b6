//! A loop in plain Python that runs in the embedded interpreter and in the plain executable alike, to see
//! whether the embedded one is as fast.

use pyo3::prelude::*;
use pyo3::types::PyModule;
use rustworthy_protocol::CONTROL_LOOP;

/// The control loop in this process.
pub(crate) struct Control<'py>(Bound<'py, PyAny>);

impl<'py> Control<'py> {
    pub(crate) fn new(py: Python<'py>) -> PyResult<Self> {
        let source = std::ffi::CString::new(CONTROL_LOOP)?;
        let module = PyModule::from_code(py, &source, c"control.py", c"rustworthy_control")?;
        module.getattr("seconds").map(Self)
    }

    /// Seconds that so many iterations take.
    pub(crate) fn time(&self, iterations: u64) -> PyResult<f64> {
        self.0.call1((iterations,))?.extract()
    }
}
