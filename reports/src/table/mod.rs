//! Results as text for a terminal.

mod closing;
mod columns;
mod doctor;
mod paint;
mod render;
mod sweep;

pub use doctor::doctor;
pub use render::{TableOptions, table};
