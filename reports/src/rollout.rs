//! Renderings of a rollout.
//!
//! They share one view model, which holds every word and rounded number that a reader sees.

mod markdown;
mod text;
mod view;

pub(crate) use markdown::blocks;
pub use markdown::markdown;
pub use text::text;
pub(crate) use view::{HEADINGS, RolloutView, one_in, words_of};
