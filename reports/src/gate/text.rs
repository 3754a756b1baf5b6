//! The gate as text for a terminal.

use rustworthy_model::gate::{Gate, Metric};
use unicode_width::UnicodeWidthStr;

use super::view::{GateView, Row, commands};
use crate::TableOptions;
use crate::measure::Measure;
use crate::table::{Cell, Column, GAP, Layout, Page, REMARK_MARK, TextStyle, aligned_measures, shortened};
use crate::verdict::Toned;
use crate::words::{self, Worded, heading};

/// Longest name in terminal columns.
const LONGEST_NAME: usize = 48;
/// Names get as much before other columns may have the room.
const READABLE_NAME: usize = 24;
/// Names are never cut below this.
const SHORTEST_NAME: usize = 12;

/// The gate as a table to read in a terminal.
///
/// The verdict comes first, then a row for each benchmark: what changed or could not be judged, worst first, then what
/// didn't. What is wrong with a row stands below it; so do its sides and its limit, where the width has no room for
/// their columns. The commands that measure the changed rows again follow, each on a line of its own that isn't
/// wrapped, and last what the verdicts mean and how often they are wrong. Control characters in names and messages are
/// spelled out, so none reaches the terminal.
pub fn text(gate: &Gate, options: &TableOptions) -> String {
    let view = GateView::new(gate);
    let mut page = Page::new(options);
    page.paragraph(view.verdict.tone().into(), &view.finding, "", "");
    page.paragraph(TextStyle::Faint, &view.tally, "", "");
    page.blank();
    if !view.rows().is_empty() {
        table(&mut page, &view);
        page.blank();
    }
    again(&mut page, &commands(view.rows()));
    for warning in &view.warnings {
        page.warning(warning);
    }
    page.paragraph(TextStyle::Faint, view.rule, "", "");
    page.paragraph(TextStyle::Faint, &view.levels, "", "");
    if let Some(machine) = &view.machine {
        page.paragraph(TextStyle::Faint, machine, "", "");
    }
    page.text
}

fn table(page: &mut Page, view: &GateView) {
    let rows = view.rows();
    let (changed, _) = view.changed_and_unchanged();
    let layout = layout(rows, page.width);
    page.headings(&layout);
    for (index, row) in rows.iter().enumerate() {
        if index == changed.len() && index > 0 {
            page.blank();
        }
        page.line(page.cells(&layout, index).trim_end());
        let left_out = if index < changed.len() { left_out(row, &layout) } else { String::new() };
        for remark in [left_out].iter().filter(|text| !text.is_empty()).chain(row.notes()) {
            page.paragraph(TextStyle::Faint, remark, REMARK_MARK, "    ");
        }
    }
    if !layout.left_out.is_empty() {
        page.paragraph(TextStyle::Faint, &format!("Too narrow for: {}.", layout.left_out.join(", ")), "", "");
    }
}

/// The contents of a row in the columns that found no room.
fn left_out(row: &Row, layout: &Layout) -> String {
    let is_left_out = |heading| layout.left_out.contains(&heading);
    let sides = row.sides().filter(|_| is_left_out(heading::OLD));
    let limit = (is_left_out(heading::LIMIT) && row.change.is_some()).then(|| format!("limit {}", row.limit));
    sides.into_iter().chain(limit).collect::<Vec<_>>().join(", ")
}

/// Benchmarks and what became of them. Where room is short both sides go first, then the limit, then parts of names.
fn layout(rows: &[Row], width: usize) -> Layout {
    let longest = rows.iter().map(|row| row.benchmark.width()).max().unwrap_or(0).min(LONGEST_NAME);
    let leaving: [&[&str]; 3] = [&[], &[heading::OLD, heading::NEW], &[heading::OLD, heading::NEW, heading::LIMIT]];
    let figures = |leaving: &[&'static str]| {
        let columns = figures(rows).into_iter().filter(|column| !leaving.contains(&column.heading)).collect();
        Layout { columns, left_out: leaving.to_vec() }
    };
    let room = |layout: &Layout| width.saturating_sub(layout.width() + GAP);
    let fits = |layout: &Layout| room(layout) >= longest.min(READABLE_NAME);
    let mut layouts = leaving.into_iter().map(figures);
    let mut layout = layouts.find(fits).unwrap_or_else(|| figures(leaving[2]));
    let name = room(&layout).clamp(SHORTEST_NAME, LONGEST_NAME);
    layout.columns.insert(0, texts(heading::BENCHMARK, rows, |row| shortened(&row.benchmark, name)));
    layout
}

/// All columns but the names. Metrics have one where there is another than time.
fn figures(rows: &[Row]) -> Vec<Column> {
    let has_metrics = rows.iter().any(|row| row.metric != Metric::Time);
    let metrics = has_metrics.then(|| texts(heading::METRIC, rows, |row| row.metric.word().into()));
    let verdict = |row: &Row| Cell { text: row.standing.word().into(), style: row.standing.tone().into() };
    let columns = [
        measures(heading::OLD, rows, |row| row.old.as_ref()),
        measures(heading::NEW, rows, |row| row.new.as_ref()),
        measures(heading::CHANGE, rows, |row| row.change.as_ref()),
        texts(heading::LIMIT, rows, |row| row.limit.clone()),
        Column::new(heading::VERDICT, rows.iter().map(verdict).collect()),
    ];
    metrics.into_iter().chain(columns).collect()
}

fn texts(heading: &'static str, rows: &[Row], text: impl Fn(&Row) -> String) -> Column {
    Column::new(heading, rows.iter().map(|row| plain(text(row))).collect())
}

fn measures(heading: &'static str, rows: &[Row], measure: fn(&Row) -> Option<&Measure>) -> Column {
    let texts = aligned_measures(rows.iter().map(measure));
    let cell = |(row, text): (&Row, String)| plain(measure(row).map_or_else(|| words::NOTHING.into(), |_| text));
    Column::new(heading, rows.iter().zip(texts).map(cell).collect())
}

fn plain(text: String) -> Cell {
    Cell { text, style: TextStyle::Plain }
}

/// How to measure the changed rows again.
fn again(page: &mut Page, commands: &[&str]) {
    if commands.is_empty() {
        return;
    }
    page.line("To measure these again:");
    for command in commands {
        page.line(&format!("  {command}"));
    }
    page.blank();
}
