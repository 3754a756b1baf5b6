//! The page of a result alone.

use rustworthy_model::profile::Profile;

use crate::html::{Part, report};

/// The flame graphs of a profile's targets, what was before first, and how they differ, as one page. The graphs keep
/// their own scripts, each in a frame that can't reach the page.
pub fn page(profile: &Profile, graphs: &[String], difference: &str) -> String {
    let graphs: Vec<Option<String>> = graphs.iter().cloned().map(Some).collect();
    report(&[Part::Profile { result: profile, graphs: &graphs, difference: Some(difference) }])
}
