//! The section about a profile: flame graphs, and the functions that they are made of.

use askama::Template;
use rustworthy_model::profile::{Profile, Target};

use super::{text, words};
use crate::html::{Graph, filled};
use crate::visible;
use crate::words::heading;

/// A target and its graph.
struct Side {
    name: String,
    kinds: String,
    sampled: String,
    graph: Option<Graph>,
    functions: Vec<FunctionRow>,
    worth: String,
    notes: Vec<String>,
}

/// A function.
struct FunctionRow {
    name: String,
    kind: &'static str,
    own: String,
    total: String,
    place: String,
}

/// What `profile.html` is filled with.
#[derive(Template)]
#[template(path = "profile.html")]
struct Section {
    /// Starts all ids of the section.
    id: String,
    title: String,
    sides: Vec<Side>,
    difference: Option<Graph>,
}

/// The section about a profile: its title, the element, and the graphs that stand in it.
pub(crate) fn section(
    profile: &Profile,
    graphs: &[Option<String>],
    difference: Option<&str>,
    id: &str,
) -> (String, String, Vec<Graph>) {
    let graph = |place: usize, target: &Target| {
        let svg = graphs.get(place)?.as_deref()?;
        let title = format!("Flame graph of {}", visible::line(&target.name));
        Some(Graph::new(&title, svg, &format!("{}.svg", visible::line(&target.files))))
    };
    let sides = profile.targets.iter().enumerate().map(|(place, target)| Side {
        name: visible::line(&target.name),
        kinds: text::kinds(target),
        sampled: words::sampled(target),
        graph: graph(place, target),
        functions: text::listed(target)
            .into_iter()
            .map(|function| FunctionRow {
                name: visible::short_line(&function.name, 120),
                kind: words::kind(function.kind),
                own: text::share(&function.self_share),
                total: text::share(&function.total_share),
                place: text::place(function),
            })
            .collect(),
        worth: text::worth(target),
        notes: target.notes.iter().map(|note| visible::line(note)).collect(),
    });
    let mut sides: Vec<Side> = sides.collect();
    // What was before stands first.
    sides.reverse();
    let names: Vec<&str> = sides.iter().map(|side| side.name.as_str()).collect();
    let title = format!("Where the time of {} goes", names.join(" and "));
    let difference = difference.map(|svg| Graph::new("Flame graph of the difference", svg, "difference.svg"));
    let section = Section { id: id.to_owned(), title: title.clone(), sides, difference };
    let text = filled(&section);
    (title, text, section.sides.into_iter().filter_map(|side| side.graph).chain(section.difference).collect())
}
