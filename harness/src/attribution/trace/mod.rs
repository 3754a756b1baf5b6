//! Reads requests from traces of production.
//!
//! JSON of OpenTelemetry (OTLP, Tempo), of Jaeger, and Chrome's trace events are read as streams, plain or compressed,
//! so the size of a file doesn't matter. What is kept of a span are 64 bytes, sorted by trace in memory or in temporary
//! files; then one trace at a time is resolved to what its requests spent where on their critical path.
//!
//! Data flows one way: `source` → `stream` → a format (`otlp`, `jaeger`, `chrome`) → `spans`, `rows` → `requests`,
//! `threads` → `tree`.
//!
//! Nothing is lost silently: a span that isn't part of a request is counted in [`Skipped`], one that had to be fitted
//! into its parent in [`Trace`](rustworthy_model::attribution::Trace). Files come from anywhere, so what they hold is
//! limited ([`Limits`]), and every error tells its place. A value of a wrong type is an error, since the file is then
//! something else; one that is merely odd (no id, a negative duration) concerns its span alone, and counts.

mod chrome;
mod error;
mod group;
mod jaeger;
mod names;
mod options;
mod otlp;
mod profile;
mod read;
mod requests;
mod rows;
mod source;
mod spans;
mod stream;
#[cfg(test)]
mod tests;
mod threads;
mod tree;
mod value;

pub use error::{Place, TraceError};
pub use names::Grouped;
pub use options::{Limits, Options};
pub use profile::{Profile, Ranked};
pub use read::{Imported, read};
pub use spans::{Reason, Skipped};
