//! Kernels: Rust functions that are timed without a Python boundary. Only the built-in workloads have any.

#[cfg(not(feature = "builtin"))]
pub use none::{Call, Kernel, Output, find};
#[cfg(feature = "builtin")]
pub use rustworthy_workloads::kernel::{Call, Kernel, Output};
#[cfg(feature = "builtin")]
pub use rustworthy_workloads::registry::kernel as find;

/// Stands in where no workload is linked in: then there is no kernel.
#[cfg(not(feature = "builtin"))]
mod none {
    use pyo3::prelude::*;

    /// A kernel, prepared on an input.
    pub type Call = Box<dyn FnMut() -> PyResult<Box<dyn Output>> + Send>;

    /// What a kernel returns.
    pub trait Output: Send {
        /// The value as the Python object that the baseline would return.
        ///
        /// # Errors
        /// Those of making that object.
        fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>>;
    }

    /// A Rust function that can be timed on its own.
    pub struct Kernel {
        /// Converts the workload's input into what the kernel works on.
        ///
        /// # Errors
        /// The Python exception that the baseline raises on such an input.
        pub prepare: fn(&Bound<'_, PyAny>) -> PyResult<Call>,
    }

    /// The kernel of that name: none.
    pub fn find(_: &str) -> Option<&'static Kernel> {
        None
    }
}
