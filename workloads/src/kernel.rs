//! Kernels: Rust functions that are timed without a Python boundary.

use pyo3::prelude::*;

/// A Rust function that the harness can time on its own.
///
/// Converting the input happens once, in `prepare`, and converting an output happens in
/// [`Output::to_python`], for the equivalence check; neither is ever inside a timed region.
pub struct Kernel {
    /// The name that a manifest gives in `kernel = "NAME"`.
    pub name: &'static str,
    /// Converts the workload's input into what the kernel works on, and closes over it.
    ///
    /// # Errors
    /// The Python exception that the baseline raises on such an input.
    pub prepare: fn(&Bound<'_, PyAny>) -> PyResult<Call>,
}

/// One call of a prepared kernel. Its output is materialised: nothing is left for a later moment.
/// It needs no interpreter, so it may be made while detached from one.
///
/// # Errors
/// The Python exception that the baseline raises in the same case.
pub type Call = Box<dyn FnMut() -> PyResult<Box<dyn Output>> + Send>;

/// What a kernel returns.
pub trait Output: Send {
    /// The value as the Python object that the baseline would return.
    ///
    /// # Errors
    /// Those of making that object: memory, or a package that isn't installed.
    fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>>;
}
