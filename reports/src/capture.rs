//! Renderings of recorded calls.

pub(crate) mod words;

pub use crate::markdown::capture as markdown;
pub use crate::table::capture as table;
