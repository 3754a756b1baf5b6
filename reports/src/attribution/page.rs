//! The attribution as one self-contained page, made around a section that other pages can hold too.

use std::sync::LazyLock;

use askama::Template;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use super::view::{AttributionView, COLUMNS, Projection, Told};
use super::{Attribution, chart, words};
use crate::html;
use crate::words::{NOTHING, heading};

/// What the section needs beyond the style of all pages. It goes into the page unescaped and must not contain `</style`.
const STYLE: &str = include_str!("../../templates/attribution.css");

/// The page's only style sheet.
static WHOLE_STYLE: LazyLock<String> = LazyLock::new(|| format!("{}\n{STYLE}", html::STYLE));

/// The attribution as one HTML page that needs nothing else: no script of its own, no network, no fonts.
///
/// `difference` is a flame graph of the slowest requests against those around the median, as SVG, such as
/// [`profile::difference`](crate::profile::difference) draws. It stands in a frame
/// that can't reach the page. A frame inherits the page's Content-Security-Policy, which allows the page's style
/// sheet and the graph's own style and script by digest, and nothing else at all.
pub fn page(attribution: &Attribution, difference: Option<&str>) -> String {
    let view = AttributionView::new(attribution);
    let page = Page {
        policy: policy(difference),
        style: &WHOLE_STYLE,
        section: Section::new(attribution, &view, difference, "attribution"),
        view: &view,
    };
    page.render().expect("writing a page of strings to memory cannot fail")
}

/// What the page and its frame may do.
fn policy(difference: Option<&str>) -> String {
    let mut styles = vec![digest(&WHOLE_STYLE)];
    let mut others = String::new();
    if let Some(svg) = difference {
        styles.extend(between(svg, "<style type=\"text/css\">", "</style>").map(digest));
        others.push_str("; frame-src data:");
        // What runs is the text of the element, without the marks of the sections that it stands in.
        let script = between(svg, "<script type=\"text/ecmascript\">", "</script>")
            .map(|sections| digest(&sections.replace("<![CDATA[", "").replace("]]>", "")));
        let handler = between(svg, "onload=\"", "\"").map(digest);
        if let (Some(script), Some(handler)) = (script, handler) {
            others.push_str(&format!("; script-src 'unsafe-hashes' {script} {handler}"));
        }
    }
    format!("default-src 'none'; style-src {}{others}; base-uri 'none'; form-action 'none'", styles.join(" "))
}

/// A source that only this text is.
fn digest(text: &str) -> String {
    format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)))
}

/// What stands between the first `start` and the `end` after it.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(found, _)| found)
}

/// What the template is filled with.
#[derive(Template)]
#[template(path = "attribution.html")]
struct Page<'a> {
    /// The Content-Security-Policy.
    policy: String,
    style: &'static str,
    section: Section<'a>,
    view: &'a AttributionView,
}

/// What `attribution-section.html` is filled with.
struct Section<'a> {
    /// Starts all ids of the section.
    id: &'static str,
    view: &'a AttributionView,
    latency_chart: Option<String>,
    latency: Option<Grid<'a>>,
    /// Classes of latency: from, to, and how many requests.
    classes: Vec<[String; 3]>,
    stack_chart: Option<String>,
    functions: Option<Grid<'a>>,
    what_if_chart: Option<String>,
    what_if: Option<Grid<'a>>,
    sets: Option<Grid<'a>>,
    checks: Vec<CheckSection<'a>>,
    /// A flame graph in base64.
    difference: Option<String>,
}

/// Projected beside measured.
struct CheckSection<'a> {
    title: &'static str,
    text: &'a [String],
    warning: Option<&'a str>,
    grid: Option<Grid<'a>>,
}

/// A table of numbers with intervals.
struct Grid<'a> {
    /// What it is a table of, for those who don't see it.
    label: String,
    /// Over the names.
    first: &'static str,
    headings: Vec<&'static str>,
    /// Over what has no interval, where there is any.
    last: Option<&'static str>,
    lines: Vec<Line<'a>>,
}

/// A row of it.
struct Line<'a> {
    name: &'a str,
    /// Under the name.
    small: String,
    cells: Vec<Option<&'a Told>>,
    last: &'a str,
}

impl<'a> Section<'a> {
    fn new(attribution: &Attribution, view: &'a AttributionView, difference: Option<&str>, id: &'static str) -> Self {
        let checks = view.checks.iter().map(|check| CheckSection {
            title: check.title,
            text: &check.text,
            warning: check.warning.as_deref(),
            grid: Grid::new(check.title, "", [heading::PROJECTED, heading::MEASURED].into(), Some(heading::ERROR))
                .filled(check.rows.iter().map(|row| Line {
                    name: row.quantile,
                    small: String::new(),
                    cells: vec![row.projected.as_ref(), row.measured.as_ref()],
                    last: row.error.as_deref().unwrap_or(NOTHING),
                })),
        });
        Self {
            id,
            view,
            latency_chart: chart::latency(attribution, view, &format!("{id}-latency")),
            latency: latency(view),
            classes: view.classes.clone(),
            stack_chart: chart::stack(&view.stack, &view.name, &format!("{id}-stack")),
            functions: functions(view),
            what_if_chart: chart::what_if(view, &format!("{id}-what-if")),
            what_if: projections(words::WHAT_IF, &view.what_if),
            sets: projections(words::TOGETHER, &view.sets),
            checks: checks.collect(),
            difference: difference.map(|svg| BASE64_STANDARD.encode(svg)),
        }
    }
}

impl<'a> Grid<'a> {
    fn new(label: &str, first: &'static str, headings: Vec<&'static str>, last: Option<&'static str>) -> Self {
        Self { label: label.to_owned(), first, headings, last, lines: Vec::new() }
    }

    /// With these lines, without columns that none of them has anything in; nothing without a line.
    fn filled(mut self, lines: impl Iterator<Item = Line<'a>>) -> Option<Self> {
        self.lines = lines.collect();
        for index in (0..self.headings.len()).rev() {
            if self.lines.iter().all(|line| line.cells[index].is_none()) {
                self.headings.remove(index);
                for line in &mut self.lines {
                    line.cells.remove(index);
                }
            }
        }
        (!self.lines.is_empty()).then_some(self)
    }
}

fn latency(view: &AttributionView) -> Option<Grid<'_>> {
    let headings = view.latency.iter().map(|quantile| quantile.name).collect();
    let cells = view.latency.iter().map(|quantile| quantile.told.as_ref()).collect();
    let line = Line { name: heading::LATENCY, small: String::new(), cells, last: &view.max };
    Grid::new("Percentiles of latency", "", headings, Some(heading::MAX)).filled(std::iter::once(line))
}

fn functions(view: &AttributionView) -> Option<Grid<'_>> {
    let mut headings = vec![heading::CPU_SHARE, heading::OF_P50, heading::OF_P99, heading::OF_TOP, heading::EXCESS];
    headings.extend(COLUMNS.map(|(_, heading)| heading));
    Grid::new(words::MADE_OF, heading::FUNCTION, headings, None).filled(view.rows.iter().map(|row| {
        let small = [Some(row.what()), row.place.clone()].into_iter().flatten().filter(|text| !text.is_empty());
        let shares = [&row.cpu, &row.p50, &row.p99, &row.top, &row.excess].map(Option::as_ref);
        Line {
            name: &row.name,
            small: small.collect::<Vec<_>>().join(" · "),
            cells: shares.into_iter().chain(row.changes.iter().map(Option::as_ref)).collect(),
            last: "",
        }
    }))
}

fn projections<'a>(label: &str, projections: &'a [Projection]) -> Option<Grid<'a>> {
    let headings =
        vec![heading::P50, heading::P90, heading::P99, heading::P999, heading::P99_CHANGE, heading::CPU_SAVED];
    let has_load = projections.iter().any(|projection| projection.load.is_some());
    let last = has_load.then_some(heading::LOAD);
    Grid::new(label, heading::FUNCTION, headings, last).filled(projections.iter().map(|projection| Line {
        name: &projection.name,
        small: projection.how.clone(),
        cells: vec![
            Some(&projection.p50),
            Some(&projection.p90),
            Some(&projection.p99),
            projection.p999.as_ref(),
            Some(&projection.change),
            Some(&projection.cpu),
        ],
        last: projection.load.as_deref().unwrap_or(NOTHING),
    }))
}
