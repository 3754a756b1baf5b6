//! The attribution as text for a terminal.

use rustworthy_model::attribution::Attribution;
use unicode_width::UnicodeWidthStr;

use super::view::{AttributionView, COLUMNS, Check, EstimateText, Projection, Row};
use super::words;
use crate::table::{Cell, Column, GAP, Layout, Page, TableOptions, TextStyle, shortened};
use crate::words::{NOTHING, heading};

/// Longest name in terminal columns.
const LONGEST_NAME: usize = 44;
/// Names get as much before other columns may have the room.
const READABLE_NAME: usize = 18;
/// Names are never cut below this.
const SHORTEST_NAME: usize = 12;

/// The heading of a column, and what of a row it shows.
type Shown<T> = (&'static str, fn(&T) -> Option<&EstimateText>);

/// The attribution as tables to read in a terminal.
///
/// How requests came in and their latency come first, and what forbids to say more. Then stands what latency is made of,
/// waiting before functions; what it becomes when they get faster, one by one and together; and projections beside
/// measurements. Intervals stand under their values. Columns that don't fit are left out and named. Control
/// characters in names and messages are spelled out, so none reaches the terminal.
pub fn table(attribution: &Attribution, options: &TableOptions) -> String {
    let view = AttributionView::new(attribution);
    let mut page = Page::new(options);
    head(&mut page, &view);
    made_of(&mut page, &view);
    what_if(&mut page, &view);
    for check in &view.checks {
        self::check(&mut page, check);
    }
    closing(&mut page, &view);
    page.text
}

fn head(page: &mut Page, view: &AttributionView) {
    page.line(&TextStyle::Bold.paint(&shortened(&view.name, page.width), page.color));
    if let Some(load) = &view.load {
        page.paragraph(TextStyle::Plain, load, "", "");
    }
    if let Some(trace) = &view.trace {
        page.paragraph(TextStyle::Faint, trace, "", "");
    }
    page.blank();
    if !view.latency.is_empty() {
        latency(page, view);
    }
    if let Some(overhead) = &view.overhead {
        page.paragraph(TextStyle::Faint, overhead, "", "");
    }
    for warning in &view.warnings {
        page.warning(warning);
    }
    if let Some(refusal) = &view.refusal {
        page.paragraph(TextStyle::Slow, refusal, "", "");
    }
    if let Some(rejection) = &view.rejection {
        page.paragraph(TextStyle::Slow, rejection, "", "");
    }
    page.blank();
}

fn latency(page: &mut Page, view: &AttributionView) {
    let names = Column::new("", vec![plain(heading::LATENCY), plain("")]);
    let quantiles = view.latency.iter().map(|quantile| {
        let cells = two_lines(quantile.seconds.as_ref());
        Column::new(quantile.name, cells.into()).flush_right()
    });
    let max = Column::new(heading::MAX, vec![plain(&view.max), plain("")]).flush_right();
    let columns = std::iter::once(names).chain(quantiles).chain([max]).collect();
    rows(page, &Layout::fit(columns, &[heading::P90, heading::MAX, heading::P999], page.width));
}

fn made_of(page: &mut Page, view: &AttributionView) {
    if view.rows.is_empty() {
        return;
    }
    page.line(&TextStyle::Bold.paint(words::MADE_OF, page.color));
    let shares: [Shown<Row>; 7] = [
        (heading::CPU_SHARE, |row| row.cpu.as_ref()),
        (heading::OF_P50, |row| row.p50.as_ref()),
        (heading::OF_P99, |row| row.p99.as_ref()),
        (heading::OF_P99_WITH_CALLS, |row| row.inclusive.as_ref()),
        (heading::ASLEEP_OF_P99, |row| row.asleep.as_ref()),
        (heading::OF_TOP, |row| row.top.as_ref()),
        (heading::EXCESS, |row| row.excess.as_ref()),
    ];
    let shares = shares.into_iter().filter_map(|(heading, estimate)| column(heading, &view.rows, estimate));
    let changes = COLUMNS.into_iter().enumerate();
    let changes =
        changes.filter_map(|(index, (_, heading))| column(heading, &view.rows, |row| row.changes[index].as_ref()));
    let [measured, twice, ten, infinite] = COLUMNS.map(|(_, heading)| heading);
    let leaving = [
        twice,
        heading::EXCESS,
        ten,
        heading::OF_TOP,
        heading::ASLEEP_OF_P99,
        infinite,
        heading::CPU_SHARE,
        heading::OF_P50,
        heading::OF_P99_WITH_CALLS,
        measured,
    ];
    let names = view.rows.iter().map(|row| (row.name.as_str(), row.what())).collect();
    let layout = named(heading::FUNCTION, names, shares.chain(changes).collect(), &leaving, page.width);
    rows(page, &layout);
    if let Some(unlisted) = &view.unlisted {
        page.paragraph(TextStyle::Faint, unlisted, "", "");
    }
    left_out(page, &layout);
    page.paragraph(TextStyle::Faint, &view.shares, "", "");
    page.blank();
}

fn what_if(page: &mut Page, view: &AttributionView) {
    let brief: Vec<&Projection> = view.what_if.iter().filter(|projection| projection.is_brief).collect();
    let sets: Vec<&Projection> = view.sets.iter().collect();
    for (title, projections, text) in
        [(words::WHAT_IF, &brief, view.projections.as_str()), (words::TOGETHER, &sets, words::PLAN)]
    {
        if projections.is_empty() {
            continue;
        }
        page.line(&TextStyle::Bold.paint(title, page.color));
        let layout = self::projections(projections, view.saved(), page.width);
        rows(page, &layout);
        left_out(page, &layout);
        page.paragraph(TextStyle::Faint, text, "", "");
        page.blank();
    }
}

fn projections(projections: &[&Projection], saved: &'static str, width: usize) -> Layout {
    let shown: [Shown<&Projection>; 6] = [
        (heading::P50, |projection| Some(&projection.p50)),
        (heading::P90, |projection| Some(&projection.p90)),
        (heading::P99, |projection| Some(&projection.p99)),
        (heading::P999, |projection| projection.p999.as_ref()),
        (heading::P99_CHANGE, |projection| Some(&projection.change)),
        (saved, |projection| Some(&projection.cpu)),
    ];
    let shown = shown.into_iter().filter_map(|(heading, estimate)| column(heading, projections, estimate));
    let load = |projection: &&Projection| [plain(projection.load.as_deref().unwrap_or(NOTHING)), plain("")];
    let load = projections
        .iter()
        .any(|projection| projection.load.is_some())
        .then(|| Column::new(heading::LOAD, projections.iter().flat_map(load).collect()).flush_right());
    let names = projections.iter().map(|projection| (projection.name.as_str(), projection.how.clone())).collect();
    let leaving = [heading::P999, heading::P90, saved, heading::P50, heading::LOAD];
    named(heading::FUNCTION, names, shown.chain(load).collect(), &leaving, width)
}

fn check(page: &mut Page, check: &Check) {
    page.line(&TextStyle::Bold.paint(check.title, page.color));
    for text in &check.text {
        page.paragraph(TextStyle::Plain, text, "", "");
    }
    if let Some(warning) = &check.warning {
        page.warning(warning);
    }
    if !check.rows.is_empty() {
        let names = Column::new("", check.rows.iter().flat_map(|row| [plain(row.quantile), plain("")]).collect());
        let error = check.rows.iter().flat_map(|row| [plain(row.error.as_deref().unwrap_or(NOTHING)), plain("")]);
        let shown = [
            column(heading::PROJECTED, &check.rows, |row| row.projected.as_ref()),
            column(heading::MEASURED, &check.rows, |row| row.measured.as_ref()),
            Some(Column::new(heading::ERROR, error.collect()).flush_right()),
        ];
        let columns = std::iter::once(names).chain(shown.into_iter().flatten()).collect();
        rows(page, &Layout::fit(columns, &[], page.width));
    }
    page.blank();
}

fn closing(page: &mut Page, view: &AttributionView) {
    if let Some(model) = view.model.as_ref().filter(|_| view.has_projections() || !view.checks.is_empty()) {
        page.paragraph(TextStyle::Faint, model, "", "");
    }
    for note in &view.notes {
        page.paragraph(TextStyle::Plain, &format!("note: {note}"), "", "  ");
    }
    page.paragraph(TextStyle::Faint, &format!("Intervals: {}.", view.run.confidence), "", "");
    if let Some(machine) = &view.machine {
        page.paragraph(TextStyle::Faint, machine, "", "");
    }
}

/// Rows of names, what they are under them, and other columns. Where room is short, those of `leaving` go in that order,
/// then parts of names.
fn named(
    heading: &'static str,
    names: Vec<(&str, String)>,
    columns: Vec<Column>,
    leaving: &[&str],
    width: usize,
) -> Layout {
    let widths = names.iter().map(|(name, what)| name.width().max(what.width()));
    let longest = widths.chain([heading.width()]).max().unwrap_or(0).min(LONGEST_NAME);
    let mut layout = Layout { columns, left_out: Vec::new() };
    let room = |layout: &Layout| width.saturating_sub(layout.width() + GAP);
    for leaving in leaving {
        if room(&layout) >= longest.min(READABLE_NAME) {
            break;
        }
        if let Some(at) = layout.columns.iter().position(|column| column.heading == *leaving) {
            layout.left_out.push(layout.columns.remove(at).heading);
        }
    }
    let room = room(&layout).clamp(SHORTEST_NAME, LONGEST_NAME);
    let cells = names.iter().flat_map(|(name, what)| {
        [plain(&shortened(name, room)), Cell { text: shortened(what, room), style: TextStyle::Faint }]
    });
    layout.columns.insert(0, Column::new(heading, cells.collect()));
    layout
}

/// A column of values, their intervals under them; none where no row has any.
fn column<T>(heading: &'static str, rows: &[T], estimate: impl Fn(&T) -> Option<&EstimateText>) -> Option<Column> {
    rows.iter().any(|row| estimate(row).is_some()).then(|| {
        let cells = rows.iter().flat_map(|row| two_lines(estimate(row))).collect();
        Column::new(heading, cells).flush_right()
    })
}

fn two_lines(estimate: Option<&EstimateText>) -> [Cell; 2] {
    match estimate {
        Some(estimate) => [
            Cell { text: estimate.value.clone(), style: estimate.tone.into() },
            Cell { text: estimate.interval.clone(), style: TextStyle::Faint },
        ],
        None => [plain(NOTHING), plain("")],
    }
}

/// Headings, and two lines for each row; the second is left out where it would be empty.
fn rows(page: &mut Page, layout: &Layout) {
    page.headings(layout);
    let lines = layout.columns.first().map_or(0, |column| column.cells.len());
    for index in 0..lines {
        let line = page.cells(layout, index);
        if !line.trim().is_empty() {
            page.line(line.trim_end());
        }
    }
}

fn left_out(page: &mut Page, layout: &Layout) {
    if !layout.left_out.is_empty() {
        page.paragraph(TextStyle::Faint, &format!("Too narrow for: {}.", layout.left_out.join(", ")), "", "");
    }
}

fn plain(text: &str) -> Cell {
    Cell { text: text.to_owned(), style: TextStyle::Plain }
}
