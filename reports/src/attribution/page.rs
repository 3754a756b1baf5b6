//! The section about an attribution, of the page that has all results.

use askama::Template;
use rustworthy_model::attribution::Attribution;

use super::view::{AttributionView, COLUMNS, EstimateText, Projection};
use super::{chart, words};
use crate::html::{Graph, filled};
use crate::words::{NOTHING, heading};

/// What the flame graph of a tail shows.
pub(crate) const TAIL_GRAPH: &str = "Flame graph of the slowest requests against those around the median";

/// The section about an attribution: its title, and the element.
pub(crate) fn section(attribution: &Attribution, difference: Option<&Graph>, id: &str) -> (String, String) {
    let view = AttributionView::new(attribution);
    let section = Section::new(attribution, &view, difference, id);
    (section.title.clone(), filled(&SectionTemplate { section }))
}

/// What the template is filled with.
#[derive(Template)]
#[template(path = "attribution-section.html")]
struct SectionTemplate<'a> {
    section: Section<'a>,
}

/// The content of the section.
struct Section<'a> {
    /// Starts all ids of the section.
    id: String,
    title: String,
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
    difference: Option<&'a Graph>,
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
    lines: Vec<GridRow<'a>>,
}

/// A row of it.
struct GridRow<'a> {
    name: &'a str,
    /// Under the name.
    small: String,
    cells: Vec<Option<&'a EstimateText>>,
    last: &'a str,
}

impl<'a> Section<'a> {
    fn new(attribution: &Attribution, view: &'a AttributionView, difference: Option<&'a Graph>, id: &str) -> Self {
        let checks = view.checks.iter().map(|check| CheckSection {
            title: check.title,
            text: &check.text,
            warning: check.warning.as_deref(),
            grid: Grid::new(check.title, "", [heading::PROJECTED, heading::MEASURED].into(), Some(heading::ERROR))
                .filled(check.rows.iter().map(|row| GridRow {
                    name: row.quantile,
                    small: String::new(),
                    cells: vec![row.projected.as_ref(), row.measured.as_ref()],
                    last: row.error.as_deref().unwrap_or(NOTHING),
                })),
        });
        Self {
            id: id.to_owned(),
            title: format!("Slow requests of {}", view.name),
            view,
            latency_chart: chart::latency(attribution, view, &format!("{id}-latency")),
            latency: latency(view),
            classes: view.classes.clone(),
            stack_chart: chart::stack(&view.stack, &view.name, &format!("{id}-stack")),
            functions: functions(view),
            what_if_chart: chart::what_if(view, &format!("{id}-what-if")),
            what_if: projections(words::WHAT_IF, &view.what_if, view.saved()),
            sets: projections(words::TOGETHER, &view.sets, view.saved()),
            checks: checks.collect(),
            difference,
        }
    }
}

impl<'a> Grid<'a> {
    fn new(label: &str, first: &'static str, headings: Vec<&'static str>, last: Option<&'static str>) -> Self {
        Self { label: label.to_owned(), first, headings, last, lines: Vec::new() }
    }

    /// With these lines, without columns that none of them has anything in; nothing without a line.
    fn filled(mut self, lines: impl Iterator<Item = GridRow<'a>>) -> Option<Self> {
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
    if view.latency.is_empty() {
        return None;
    }
    let headings = view.latency.iter().map(|quantile| quantile.name).collect();
    let cells = view.latency.iter().map(|quantile| quantile.seconds.as_ref()).collect();
    let line = GridRow { name: heading::LATENCY, small: String::new(), cells, last: &view.max };
    Grid::new("Percentiles of latency", "", headings, Some(heading::MAX)).filled(std::iter::once(line))
}

fn functions(view: &AttributionView) -> Option<Grid<'_>> {
    let mut headings = vec![
        heading::CPU_SHARE,
        heading::OF_P50,
        heading::OF_P99,
        heading::OF_P99_WITH_CALLS,
        heading::ASLEEP_OF_P99,
        heading::OF_TOP,
        heading::EXCESS,
    ];
    headings.extend(COLUMNS.map(|(_, heading)| heading));
    Grid::new(words::MADE_OF, heading::FUNCTION, headings, None).filled(view.rows.iter().map(|row| {
        let small = [Some(row.what()), row.place.clone()].into_iter().flatten().filter(|text| !text.is_empty());
        let shares = [&row.cpu, &row.p50, &row.p99, &row.inclusive, &row.asleep, &row.top, &row.excess];
        let shares = shares.map(Option::as_ref);
        GridRow {
            name: &row.name,
            small: small.collect::<Vec<_>>().join(" · "),
            cells: shares.into_iter().chain(row.changes.iter().map(Option::as_ref)).collect(),
            last: "",
        }
    }))
}

fn projections<'a>(label: &str, projections: &'a [Projection], saved: &'static str) -> Option<Grid<'a>> {
    let headings = vec![heading::P50, heading::P90, heading::P99, heading::P999, heading::P99_CHANGE, saved];
    let has_load = projections.iter().any(|projection| projection.load.is_some());
    let last = has_load.then_some(heading::LOAD);
    Grid::new(label, heading::FUNCTION, headings, last).filled(projections.iter().map(|projection| GridRow {
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
