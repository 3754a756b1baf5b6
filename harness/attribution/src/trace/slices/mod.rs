//! Slices of spans: what a process that reads some of the files passes on to those that have all spans of some of the traces.
//!
//! An engine for large data moves them: it runs [`cut`] on files, brings slices of one number together, and has [`resolve`] make a
//! [part](super::parts) of them. A slice is what spans are before they are resolved, 64 bytes each, with the names that they have.

mod cut;
mod packet;
mod resolve;

pub use super::files::files;
pub use cut::cut;
pub use resolve::resolve;
