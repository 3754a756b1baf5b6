//! Reads requests from traces of production.
//!
//! OpenTelemetry's protobuf and JSON (OTLP, Tempo), JSON of Jaeger, and Chrome's trace events are read as streams, plain or
//! compressed, and Parquet some rows at a time, so the size of a file doesn't matter. What is kept of a span are 64 bytes, sorted by trace in memory or in temporary
//! files; then one trace at a time is resolved to what its requests spent where on their critical path.
//!
//! Data flows one way, as in [`read()`]: `files` → `unpack` → `frames`, `stream`, `wire` → a format (`otlp`, `jaeger`,
//! `chrome`) → `spans`, `rows` → `traces`, `threads` → `tree` → `builder` → `portion`.
//!
//! Nothing is lost silently: a span that isn't part of a request is counted in [`Skipped`], one that had to be fitted
//! into its parent in [`Trace`](rustworthy_model::attribution::Trace). Files come from anywhere, so what they hold is
//! limited ([`Limits`]), and every error names its place. A value of a wrong type is an error, since the file is then
//! something else; one that is merely odd (no id, a negative duration) concerns its span alone, and counts.

mod builder;
mod calibrate;
mod chrome;
mod code;
mod columns;
mod error;
mod file_type;
mod files;
mod foreign;
mod frames;
mod group;
mod groups;
mod imported;
mod jaeger;
mod json;
mod names;
mod options;
mod otlp;
mod parquet;
pub mod parts;
mod portion;
mod profile;
mod read;
mod rows;
mod sampling;
pub mod slices;
mod spans;
mod stream;
mod telling;
#[cfg(test)]
mod tests;
mod threads;
mod traced;
mod traces;
mod tree;
mod unpack;
mod value;
mod wire;

pub use calibrate::Calibration;
pub use columns::Columns;
pub use error::{Position, TraceError};
pub use frames::check_message;
pub use groups::Grouped;
pub use imported::Imported;
pub use options::{Limits, Options};
pub use profile::{Profile, Ranked};
pub use read::read;
pub use sampling::{Calibrated, Sampling, Weights};
pub use spans::{Reason, Skipped};
pub use traced::{RequestFile, TracedRequests};
