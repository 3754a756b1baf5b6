//! `capture`: real calls of functions, recorded while a program runs.

mod beside;
#[allow(clippy::module_inception)]
mod capture;
mod choose;
mod journals;
mod keep;
mod name;
mod program;
mod replay;
mod stale;
mod target;
mod traffic;
mod workload;

pub(crate) use beside::{REPLAYING, TREES};
pub(crate) use name::{folder, is_name, names};

pub use capture::{CaptureError, CaptureMade, CaptureRequest, Driver, Place, capture};
pub use target::target;
