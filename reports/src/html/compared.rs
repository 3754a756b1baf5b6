//! A comparison as part of a page.

use crate::view::ComparisonView;

/// A comparison in words.
pub(super) struct Compared {
    pub(super) view: ComparisonView,
    /// The name of its run in this page, where there are several comparisons.
    pub(super) label: Option<String>,
}
