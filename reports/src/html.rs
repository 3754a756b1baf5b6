//! The report: what one run or several found out, on one self-contained page.

mod code;
mod compared;
mod environment;
mod graph;
mod overview;
mod policy;
mod rows;
mod template;
mod workloads;

use std::sync::LazyLock;

use askama::Template;
use rustworthy_model::Run;
use rustworthy_model::attribution::Attribution;
use rustworthy_model::comparison::Comparison;
use rustworthy_model::decision::Decision;
use rustworthy_model::environment::Environment;
use rustworthy_model::gate::Gate;
use rustworthy_model::profile::Profile;

use crate::audit::Audit;
use crate::decision::DecisionSection;
use crate::profile::own_active_parts;
use crate::view::{ComparisonView, Fact, RunView};
use crate::words::{self, heading};
use crate::{attribution, gate, profile};
use code::Code;
use compared::Compared;
use environment::differing;
use overview::Overview;
use policy::policy;
use rows::Rows;
use workloads::Workloads;

pub(crate) use graph::Graph;
pub(crate) use template::filled;

/// The page's only style sheet. It goes into the page unescaped and must not contain `</style`.
static STYLE: LazyLock<String> = LazyLock::new(|| {
    [
        include_str!("../templates/page.css"),
        include_str!("../templates/attribution.css"),
        include_str!("../templates/decision.css"),
        include_str!("../templates/print.css"),
    ]
    .join("\n")
});
/// Runs before anything is painted. Like the next one it goes into the page unescaped and must not contain `</script`.
const THEME: &str = include_str!("../templates/theme.js");
/// Runs when all of the page is there.
const SCRIPT: &str = include_str!("../templates/page.js");

/// A result that a page can have a section of.
#[derive(Debug, Clone, Copy)]
pub enum Part<'a> {
    /// Of `compare`.
    Comparison(&'a Comparison),
    /// Of `decide`.
    Decision(&'a Decision),
    /// Of `gate`.
    Gate(&'a Gate),
    /// Of `attribute`.
    Attribution {
        /// The result.
        result: &'a Attribution,
        /// A flame graph of the slowest requests against those around the median, as SVG, such as
        /// [`profile::difference`](crate::profile::difference) draws; `tail.svg` beside the page.
        difference: Option<&'a str>,
    },
    /// Of `profile`.
    Profile {
        /// The result.
        result: &'a Profile,
        /// The flame graph of each target as SVG, where there is one; a file beside the page, named by [`Target::files`](profile::Target::files).
        graphs: &'a [Option<String>],
        /// How the second target differs from the first, as SVG; `difference.svg` beside the page.
        difference: Option<&'a str>,
    },
}

/// The comparison as one HTML page that needs nothing else.
pub fn html(comparison: &Comparison) -> String {
    report(&[Part::Comparison(comparison)])
}

/// Results of one run or of several as one HTML page that needs nothing else: no network, no fonts.
///
/// It can be read without its script, which sorts and filters the table of speedups and switches the theme. Its
/// Content-Security-Policy allows its own style sheet and scripts, and those of the flame graphs in their frames, by
/// digest, and nothing else at all. Flame graphs too large to put into a page stand in it as still pictures, and are
/// linked to as files beside it.
pub fn report(parts: &[Part<'_>]) -> String {
    let comparisons: Vec<(usize, &Comparison)> =
        (1..).zip(parts).filter_map(|(number, part)| Some((number, part.comparison()?))).collect();
    let views: Vec<Compared> = comparisons
        .iter()
        .map(|(number, comparison)| Compared {
            view: ComparisonView::new(comparison),
            label: (comparisons.len() > 1).then(|| label(*number)),
        })
        .collect();
    let workloads = Workloads::new(&views);
    let code = Code::new(&views);
    let measured: Vec<_> = comparisons.iter().flat_map(|(_, comparison)| &comparison.workloads).collect();

    let mut graphs = Vec::new();
    let mut contents = Vec::new();
    let mut sections = Vec::new();
    let mut add = |id: String, title: String, text: String| {
        contents.push(Link { id, title });
        sections.push(text);
    };
    // What to do comes first.
    for (part, number) in parts.iter().zip(1..) {
        if let Part::Decision(decision) = part {
            let id = format!("part-{number}");
            let text = DecisionSection::new(decision, &id).html();
            add(id, "What to do".into(), text);
        }
    }
    if !measured.is_empty() {
        let overview = Overview::new(&measured, &workloads);
        add("overview".into(), overview.title().into(), filled(&overview));
    }
    for (part, number) in parts.iter().zip(1..) {
        let id = format!("part-{number}");
        if let Part::Gate(gate) = part {
            let (title, text) = gate::section(gate, &id);
            add(id, title, text);
        }
    }
    if !measured.is_empty() {
        add("workloads".into(), heading::BY_WORKLOAD.into(), filled(&workloads));
        add("speedups".into(), heading::SPEEDUPS.into(), filled(&Rows::new(&views, &code)));
    }
    for (part, number) in parts.iter().zip(1..) {
        let id = format!("part-{number}");
        match part {
            Part::Comparison(_) | Part::Decision(_) | Part::Gate(_) => {}
            Part::Attribution { result, difference } => {
                let graph = difference.map(|svg| Graph::new(attribution::TAIL_GRAPH, svg, "tail.svg"));
                let (title, text) = attribution::section(result, graph.as_ref(), &id);
                add(id, title, text);
                graphs.extend(graph);
            }
            Part::Profile { result, graphs: drawn, difference } => {
                let (title, text, embedded) = profile::section(result, drawn, *difference, &id);
                add(id, title, text);
                graphs.extend(embedded);
            }
        }
    }
    if let Some(audit) = Audit::new(measured.iter().copied()) {
        add("audit".into(), heading::AUDIT.into(), filled(&AuditSection { audit }));
    }
    if !code.is_empty() {
        add("code".into(), heading::CODE.into(), filled(&code));
    }
    let has_interactive = graphs.iter().any(Graph::is_interactive);
    let page = Page {
        policy: policy(&STYLE, &[THEME, SCRIPT], own_active_parts().filter(|_| has_interactive)),
        style: &STYLE,
        theme: THEME,
        script: SCRIPT,
        title: title(parts),
        headline: headline(parts),
        runs: parts.iter().map(|part| RunView::new(part.run())).collect(),
        warnings: views.iter().flat_map(|compared| &compared.view.warnings).map(String::as_str).collect(),
        contents,
        sections,
        environments: environments(parts),
        comparing: !comparisons.is_empty(),
    };
    page.render().expect("writing a page of strings to memory cannot fail")
}

/// What the run of a part is called in a page with several.
fn label(number: usize) -> String {
    format!("run {number}")
}

impl<'a> Part<'a> {
    fn comparison(&self) -> Option<&'a Comparison> {
        match self {
            Self::Comparison(comparison) => Some(comparison),
            Self::Decision(_) | Self::Gate(_) | Self::Attribution { .. } | Self::Profile { .. } => None,
        }
    }

    fn run(&self) -> &'a Run {
        match self {
            Self::Comparison(comparison) => &comparison.run,
            Self::Decision(decision) => &decision.run,
            Self::Gate(gate) => &gate.run,
            Self::Attribution { result, .. } => &result.run,
            Self::Profile { result, .. } => &result.run,
        }
    }

    fn environment(&self) -> Option<&'a Environment> {
        match self {
            Self::Comparison(comparison) => Some(&comparison.environment),
            Self::Decision(decision) => decision.environment.as_ref(),
            Self::Gate(gate) => gate.environment.as_ref(),
            Self::Attribution { result, .. } => result.environment.as_ref(),
            Self::Profile { .. } => None,
        }
    }

    /// The name of its run in the page's title.
    fn word(&self) -> &'static str {
        match self {
            Self::Comparison(_) => "Comparison",
            Self::Decision(_) => "Decision",
            Self::Gate(_) => "Gate",
            Self::Attribution { .. } => "Attribution",
            Self::Profile { .. } => "Profile",
        }
    }

    /// The question that it answers.
    fn question(&self) -> &'static str {
        match self {
            Self::Comparison(_) => "Which Python is worth rewriting?",
            Self::Decision(_) => "What is worth migrating?",
            Self::Gate(_) => "Has anything become slower?",
            Self::Attribution { .. } => "Which functions make the slowest requests slow?",
            Self::Profile { .. } => "Where does the time go?",
        }
    }
}

fn title(parts: &[Part<'_>]) -> String {
    match parts {
        [one] => format!("{} {}", one.word(), RunView::new(one.run()).id),
        several => format!("{} runs", several.len()),
    }
}

/// The question that all of it answers.
fn headline(parts: &[Part<'_>]) -> &'static str {
    let comparing = parts.iter().find(|part| part.comparison().is_some());
    comparing.or(parts.first()).map_or("Nothing was measured", Part::question)
}

/// What each run was measured on; of later runs only what differs from the first.
fn environments(parts: &[Part<'_>]) -> Vec<EnvironmentCard> {
    let mut known = (1..).zip(parts).filter_map(|(number, part)| Some((number, part.environment()?)));
    let Some((run, first)) = known.next() else { return Vec::new() };
    let name = |number| (parts.len() > 1).then(|| label(number));
    let card = EnvironmentCard { run: name(run), facts: crate::view::facts(first), same: None };
    let others = known.map(|(other, environment)| {
        let facts = differing(first, environment);
        let same = facts.is_empty().then(|| format!("Nothing differs from {}.", label(run)));
        EnvironmentCard { run: name(other), facts, same }
    });
    std::iter::once(card).chain(others).collect()
}

/// What the template is filled with.
#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    /// The Content-Security-Policy.
    policy: String,
    style: &'static str,
    theme: &'static str,
    script: &'static str,
    title: String,
    headline: &'static str,
    runs: Vec<RunView>,
    warnings: Vec<&'a str>,
    contents: Vec<Link>,
    /// Whole elements, their text escaped, in the order in which they are read.
    sections: Vec<String>,
    environments: Vec<EnvironmentCard>,
    /// Whether there are speedups to explain.
    comparing: bool,
}

/// A section in the table of contents.
struct Link {
    id: String,
    title: String,
}

/// What a run was measured on.
struct EnvironmentCard {
    /// Its name, where there are several.
    run: Option<String>,
    facts: Vec<Fact>,
    /// Said where nothing differs.
    same: Option<String>,
}

/// What `audit.html` is filled with.
#[derive(Template)]
#[template(path = "audit.html")]
struct AuditSection {
    audit: Audit,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_and_scripts_can_stand_in_a_page() {
        assert!(!STYLE.contains("</style") && !STYLE.contains("url(") && !STYLE.contains("@import"));
        for script in [THEME, SCRIPT] {
            assert!(!script.contains("</script") && !script.contains("<!--"));
            assert!(!script.contains("innerHTML") && !script.contains("eval("), "names stay text");
        }
    }
}
