//! Parts of traces as files: their requests in Parquet, each written by a process of its own, and merged by one more.
//!
//! A part says how it was made, since parts that were made otherwise don't add up, and which traces it has seen, since a trace
//! that lies in two parts has its spans in none of them together.

mod header;
mod merge;
mod read;
mod schema;
mod write;

pub use merge::{Merged, merge};
pub use write::{WrittenPart, write};

pub(super) use header::MadeWith;
pub(super) use write::write_to;
