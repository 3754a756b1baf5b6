//! The Rust side of the built-in workloads.
//!
//! Every workload is one file: kernels in plain Rust, and their PyO3 face. Its Python side has the same name in
//! `python_baselines/`. A new workload adds one line to each of the two lists below, and to those of the [registry].
//! What other processes may ask for are its [endpoints](endpoint), which the [program] and the [service] answer for.

pub mod answer;
pub mod endpoint;
mod grpc;
pub mod kernel;
pub mod messages;
pub mod program;
pub mod registry;
pub mod service;

pub mod csv_apply;
pub mod ndjson;
pub mod pixels;
pub mod pixels_png;
pub mod protobuf;
pub mod records;
pub mod red_dict;
pub mod regex_logs;
pub mod string_hash;
pub mod sum_squares;

use pyo3::prelude::*;

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
    use crate::pixels::python as pixels;
    #[pymodule_export]
    use crate::pixels_png::python as pixels_png;
    #[pymodule_export]
    use crate::protobuf::python as protobuf;
    #[pymodule_export]
    use crate::records::python as records;
    #[pymodule_export]
    use crate::red_dict::python as red_dict;
    #[pymodule_export]
    use crate::regex_logs::python as regex_logs;
    #[pymodule_export]
    use crate::string_hash::python as string_hash;
    #[pymodule_export]
    use crate::sum_squares::python as sum_squares;
}
