//! The manifest: `rustworthy.toml`, or `[tool.rustworthy]` in `pyproject.toml`.
//!
//! [`find`] finds the file, [`load`] (or [`understand`], of a text) turns it into a checked [`Project`] or into all of its [`ManifestErrors`].

mod claim;
mod contender;
mod document;
mod equality;
mod error;
mod find;
mod load;
mod policy;
mod project;
mod quantity;
mod scenario;
mod section;
mod service;
mod shared;
mod source;
mod suggest;
mod target;
#[cfg(test)]
mod tests;
mod value;
pub mod vocabulary;
mod workload;

pub use error::{ManifestError, ManifestErrors};
pub use find::{MANIFEST, find};
pub use load::{load, understand};
pub use project::*;
pub use quantity::{parse_duration, parse_memory, parse_percent};
pub use shared::Origin;
pub use source::shortened;
pub use suggest::{did_you_mean, hint};
