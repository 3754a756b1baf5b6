//! The engine of rustworthy: measures Python hot paths against their contenders and decides what to migrate.
//!
//! Data flows one way: manifest → plan → workers → samples → statistics → verdicts → result types.
//! The engine prints nothing: it tells [events](measure::Event) and returns typed results.

pub mod attribution;
pub mod builtin;
pub mod environment;
pub mod equivalence;
pub mod gate;
pub mod import;
pub mod machine;
pub mod manifest;
pub mod measure;
pub mod plan;
pub mod process;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub mod profile;
pub mod python;
pub mod revision;
pub mod run;
pub mod service;
mod shell;
pub mod stats;
pub mod verdict;
pub mod worker;
