//! Two flame graphs side by side, and their difference, as one self-contained page.

use askama::Template;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::Profile;
use crate::visible;

/// A flame graph and its heading.
struct Graph {
    name: String,
    /// The SVG, which has a script of its own, in base64.
    svg: String,
}

#[derive(Template)]
#[template(path = "profile.html")]
struct Page {
    title: String,
    sides: Vec<Graph>,
    difference: String,
}

/// The flame graphs of a profile's targets, what was before first, and how they differ. The graphs keep their own scripts,
/// each in a frame that can't reach the page.
pub fn page(profile: &Profile, graphs: &[String], difference: &str) -> String {
    let sides: Vec<Graph> = profile
        .targets
        .iter()
        .zip(graphs)
        // What was before stands first.
        .rev()
        .map(|(target, svg)| Graph { name: visible::line(&target.name), svg: BASE64_STANDARD.encode(svg) })
        .collect();
    let title = sides.iter().map(|graph| graph.name.clone()).collect::<Vec<_>>().join(" and ");
    let page = Page { title, sides, difference: BASE64_STANDARD.encode(difference) };
    page.render().expect("writing a page of strings to memory cannot fail")
}
