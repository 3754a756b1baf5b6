//! The engine of rustworthy: measures Python hot paths against their contenders and decides what to migrate.
//!
//! Data flows one way: manifest → plan → workers → samples → statistics → verdicts → result types.
//! The engine prints nothing: it emits [events](measure::Event) and returns typed results.

pub mod attribute;
pub mod attribution;
mod built_in;
pub mod capture;
pub mod compare;
pub mod context;
mod counterexample;
pub mod decide;
pub mod doctor;
pub mod environment;
pub mod environments;
pub mod gate;
pub mod host;
pub mod import;
pub mod init;
pub mod listen;
pub mod machine;
pub mod manifest;
pub mod measure;
pub mod new_crate;
pub mod plan;
pub mod prepared;
mod probe;
pub mod process;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub mod profile;
pub mod project;
pub mod python;
mod quiet;
pub mod request;
pub mod revision;
pub mod rollout;

pub mod service;
mod shell;
mod side_by_side;
#[cfg(any(test, feature = "simulation"))]
pub mod simulation;
#[cfg(test)]
#[path = "../../../reports/tests/validation/sound.rs"]
mod sound;
pub mod store;
pub mod targets;
pub mod trial;
pub mod verdict;
pub mod watch;
pub mod workers;
