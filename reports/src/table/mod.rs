//! The comparison as text for a terminal.

mod closing;
mod columns;
mod paint;
mod render;

pub use render::{TableOptions, table};
