//! What this machine is like, and what of that spoils measurements.
//!
//! [`Facts`] are read in one place: from [`system`] what all systems report alike, and below a [`Root`] that may be a
//! made-up one what only Linux reports. [`findings()`] judges them and reads nothing.

mod facts;
mod findings;
mod root;
pub mod system;
#[cfg(test)]
mod testing;

pub use facts::{
    Boost, Facts, Frequency, Host, Kernel, Limits, Load, Machine, Memory, MemoryLimit, Others, Power, Processors,
    PythonBuild, Sample, Throttling, Tracing, Usage,
};
pub use findings::findings;
pub use root::Root;
