//! Renderings of an attribution.
//!
//! They share one view model, which holds every word and rounded number that a reader sees.

mod chart;
mod markdown;
mod page;
mod standalone;
mod text;
mod view;
mod words;

pub use markdown::markdown;
pub(crate) use page::{TAIL_GRAPH, section};
pub use standalone::page;
pub use text::table;
