//! The vocabulary of manifests: every table, every key, and what its value looks like.
//!
//! The parser reads it: a key that isn't here is unknown, and messages describe the expected value in its words. The
//! reference of the book and the JSON Schema for editors are written from the same entries, so that neither can go stale.

mod contender;
mod form;
mod policy;
mod project;
mod reference;
mod scenario;
mod schema;
mod shared;
mod table;
#[cfg(test)]
mod tests;
mod workload;

pub(super) use contender::{KINDS, ROUTES};
pub(super) use form::{Choice, Form};
pub(super) use project::{FILE, HOSTS, PYPROJECT};
pub use reference::reference;
pub(super) use scenario::PROCESSES;
pub use schema::json_schema;
pub(super) use table::{Need, Table};
pub(super) use workload::{EFFECTS, RAISES, UNSTABLE};
