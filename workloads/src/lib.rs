//! The Rust side of the built-in workloads.
//!
//! Every workload is one file: a kernel in plain Rust, and its PyO3 face.

pub mod kernel;

use pyo3::prelude::*;

/// The extension module `rustworthy_workloads`, which the harness puts into the embedded interpreter.
#[pymodule]
#[pyo3(name = "rustworthy_workloads")]
pub mod extension {}
