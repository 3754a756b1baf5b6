//! Renderings of a gate.
//!
//! They share one view model, which holds every word and rounded number that a reader sees.

mod github;
mod junit;
mod markdown;
mod page;
mod text;
mod view;

pub use github::github;
pub use junit::junit;
pub use markdown::markdown;
pub(crate) use page::section;
pub use text::text;
