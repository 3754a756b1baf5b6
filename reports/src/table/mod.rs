//! The comparison as text for a terminal.

mod closing;
mod columns;
mod paint;
mod render;
mod sweep;

pub use render::{TableOptions, table};
