//! The page of a result alone.

use rustworthy_model::attribution::Attribution;

use crate::html::{Part, report};

/// The attribution as one HTML page that needs nothing else.
///
/// `difference` is a flame graph of the slowest requests against those around the median, as SVG, such as
/// [`profile::difference`](crate::profile::difference) draws. It stands in a frame that can't reach the page.
pub fn page(attribution: &Attribution, difference: Option<&str>) -> String {
    report(&[Part::Attribution { result: attribution, difference }])
}
