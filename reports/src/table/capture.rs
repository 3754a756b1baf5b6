//! Recorded calls, for a terminal.

use rustworthy_model::capture::Capture;

use super::paint::TextStyle;
use super::render::{Page, TableOptions};
use crate::capture::words;
use crate::visible::line;

/// What was recorded of a function, and the workload for it.
///
/// Lines of the workload are never broken, so that they can be copied. Control characters in names are spelled out.
pub fn capture(capture: &Capture, options: &TableOptions) -> String {
    let mut page = Page::new(options);
    page.line(&TextStyle::Bold.paint(&line(&capture.function), options.color));
    let facts: Vec<(&str, String)> =
        words::facts(capture).into_iter().map(|(name, value)| (name, line(&value))).collect();
    page.pairs(&facts);
    for warning in words::warnings(capture) {
        page.warning(&line(&warning));
    }
    page.blank();
    for words in capture.workload.lines() {
        page.line(&line(words));
    }
    page.text
}
