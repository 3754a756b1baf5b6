//! The Rust side of the built-in workloads.
//!
//! Every workload is one file in plain Rust, and its `face`: what Python sees of it, and the kernels that take what Python has made.
//! Its Python side has the same name in `python_baselines/`. A new workload adds one line to each of the two lists below, and to
//! those of the [registry]. What other processes may ask for are its [endpoints](endpoint), which the [program] and the [service]
//! answer for; they need no Python, and a program without the feature `python` links none.

pub mod answer;
pub mod endpoint;
mod grpc;
#[cfg(feature = "python")]
pub mod kernel;
pub mod messages;
pub mod program;
#[cfg(feature = "python")]
mod raising;
pub mod registry;
pub mod service;

pub mod csv_apply;
pub mod ndjson;
pub mod pixels;
pub mod pixels_png;
#[cfg(feature = "python")]
pub mod protobuf;
pub mod records;
#[cfg(feature = "python")]
pub mod red_dict;
pub mod regex_logs;
pub mod string_hash;
pub mod sum_squares;

/// The extension module `rustworthy_workloads`, which the harness puts into the embedded interpreter.
/// Each workload is a submodule of it.
#[cfg(feature = "python")]
#[pyo3::pymodule]
#[pyo3(name = "rustworthy_workloads")]
pub mod extension {
    #[pymodule_export]
    use crate::csv_apply::face::python as csv_apply;
    #[pymodule_export]
    use crate::ndjson::face::python as ndjson;
    #[pymodule_export]
    use crate::pixels::face::python as pixels;
    #[pymodule_export]
    use crate::pixels_png::face::python as pixels_png;
    #[pymodule_export]
    use crate::protobuf::python as protobuf;
    #[pymodule_export]
    use crate::records::face::python as records;
    #[pymodule_export]
    use crate::red_dict::python as red_dict;
    #[pymodule_export]
    use crate::regex_logs::face::python as regex_logs;
    #[pymodule_export]
    use crate::string_hash::face::python as string_hash;
    #[pymodule_export]
    use crate::sum_squares::face::python as sum_squares;
}
