//! The Rust side of the built-in workloads.
//!
//! Every workload is one file: kernels in plain Rust, and their PyO3 face. Its Python side has the same name in
//! `python_baselines/`. A new workload adds one line to each of the four lists below. What other processes may ask
//! for are its [endpoints](endpoint), which the [program] and the [service] answer for.

pub mod endpoint;
pub mod grpc;
pub mod kernel;
pub mod program;
pub mod service;

pub mod csv_apply;
pub mod ndjson;
pub mod protobuf;
pub mod records;
pub mod sum_squares;

use pyo3::prelude::*;

use endpoint::Endpoint;
use kernel::Kernel;

/// The kernels of each workload.
const KERNELS: &[&[Kernel]] = &[sum_squares::KERNELS, csv_apply::KERNELS, protobuf::KERNELS, ndjson::KERNELS];

/// The endpoints of each workload that has any.
const ENDPOINTS: &[&[Endpoint]] = &[sum_squares::ENDPOINTS, csv_apply::ENDPOINTS, ndjson::ENDPOINTS];
const KERNELS: &[&[Kernel]] = &[sum_squares::KERNELS, csv_apply::KERNELS, protobuf::KERNELS, records::KERNELS];

/// The endpoints of each workload that has any.
const ENDPOINTS: &[&[Endpoint]] = &[sum_squares::ENDPOINTS, csv_apply::ENDPOINTS, records::ENDPOINTS];

/// The extension module `rustworthy_workloads`, which the harness puts into the embedded interpreter.
/// Each workload is a submodule of it.
#[pymodule]
#[pyo3(name = "rustworthy_workloads")]
pub mod extension {
    #[pymodule_export]
    use crate::csv_apply::python as csv_apply;
    #[pymodule_export]
    use crate::ndjson::python as ndjson;
    #[pymodule_export]
    use crate::protobuf::python as protobuf;
    #[pymodule_export]
    use crate::records::python as records;
    #[pymodule_export]
    use crate::sum_squares::python as sum_squares;
}
