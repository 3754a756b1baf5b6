//! Renderings of a decision.
//!
//! [`in_words`] makes the sentences of what a decision says as data. The other renderings share one view model, which holds
//! these sentences and every rounded number.

mod markdown;
mod phrases;
pub(crate) mod section;
mod text;
mod to_version_1;
mod view;
mod words;

pub use markdown::markdown;
pub(crate) use section::DecisionSection;
pub use text::table;
pub use to_version_1::to_version_1;
pub use words::in_words;
