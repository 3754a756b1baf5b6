//! Renderings of an attribution.
//!
//! They share one view model, which holds every word and rounded number that a reader sees.

mod chart;
mod markdown;
mod page;
mod text;
mod view;
mod words;

pub use markdown::markdown;
pub use page::page;
pub(crate) use page::{TAIL_GRAPH, section};
pub use text::table;
