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
///
/// # Errors
/// The Python exception that the baseline raises in the same case.
pub type Call = Box<dyn FnMut() -> PyResult<Box<dyn Output>>>;

/// What a kernel returns.
pub trait Output {
    /// The value as the Python object that the baseline would return.
    fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>>;
}

/// All kernels, in the order of the workloads.
pub fn all() -> impl Iterator<Item = &'static Kernel> {
    [].into_iter()
}

/// The kernel of that name.
pub fn find(name: &str) -> Option<&'static Kernel> {
    all().find(|kernel| kernel.name == name)
}
