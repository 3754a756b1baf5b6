//! The comparison as text for a terminal, and what other tables of a terminal are made of.

mod closing;
mod columns;
mod paint;
mod render;
mod sweep;

pub(crate) use columns::{Cell, Column, GAP, Layout, aligned_measures, cut};
pub(crate) use paint::Look;
pub(crate) use render::{Page, REMARK_MARK};
pub use render::{TableOptions, table};
