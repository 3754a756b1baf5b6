//! Filling templates.

use askama::Template;

/// A template as text.
pub(crate) fn filled(template: &impl Template) -> String {
    template.render().expect("writing a page of strings to memory cannot fail")
}
