//! Renderings of a doctor's result.

pub(crate) mod words;

pub use crate::markdown::doctor as markdown;
pub use crate::table::doctor as table;

/// How detailed a rendering is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What is fine, and what is unknown, by name alone.
    Brief,
    /// Everything.
    Full,
}
