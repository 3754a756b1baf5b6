//! Results as text for a terminal.

mod capture;
mod closing;
mod columns;
mod doctor;
mod paint;
mod render;
mod standing;
mod sweep;

pub use capture::capture;
pub(crate) use columns::{Cell, Column, GAP, Layout, aligned_measures, shortened};
pub use doctor::doctor;
pub(crate) use paint::TextStyle;
pub(crate) use render::{Page, REMARK_MARK};
pub use render::{TableOptions, table};
pub use standing::standing;
