//! The section about a gate, of the page that has all results.

use askama::Template;
use rustworthy_model::gate::Gate;

use super::view::{GateView, commands};
use crate::html::filled;
use crate::verdict::Toned;
use crate::words::{self, Worded, heading};

/// What `gate.html` is filled with.
#[derive(Template)]
#[template(path = "gate.html")]
struct Section<'a> {
    /// Starts all ids of the section.
    id: &'a str,
    title: &'static str,
    view: &'a GateView,
    commands: Vec<&'a str>,
}

/// The section about a gate: its title, and the element.
pub(crate) fn section(gate: &Gate, id: &str) -> (String, String) {
    let view = GateView::new(gate);
    let title = "Old against new";
    (title.into(), filled(&Section { id, title, view: &view, commands: commands(view.rows()) }))
}
