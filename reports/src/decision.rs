//! Renderings of a decision.
//!
//! They share one view model, which holds every word and rounded number that a reader sees but the reasons: these are part
//! of the result.

mod markdown;
pub(crate) mod section;
mod text;
mod view;

pub use markdown::markdown;
pub(crate) use section::DecisionSection;
pub use text::table;
