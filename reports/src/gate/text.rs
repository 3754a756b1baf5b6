//! The gate as text for a terminal.

use super::Gate;
use super::view::{GateView, Row, commands};
use crate::TableOptions;
use crate::table::{Cell, Column, Layout, Look, Page, REMARK_MARK, aligned_measures, cut};
use crate::view::Measure;
use crate::words::{self, heading};

/// Longest name in terminal columns.
const LONGEST_NAME: usize = 40;

/// The gate as a table to read in a terminal.
///
/// The verdict comes first, then a row for each benchmark: what changed or could not be judged, worst first, then what
/// didn't. What is wrong with a row stands below it; so do both its sides, where the width has no room for their
/// columns. The commands that measure the changed rows again follow, each on a line of its own that isn't wrapped, and
/// last what the verdicts mean and how often they are wrong. Control characters in names and messages are spelled out,
/// so none reaches the terminal.
pub fn text(gate: &Gate, options: &TableOptions) -> String {
    let view = GateView::new(gate);
    let mut page = Page::new(options);
    page.paragraph(view.verdict.tone().into(), &view.finding, "", "");
    page.paragraph(Look::Faint, &view.tally, "", "");
    page.blank();
    if !view.rows().is_empty() {
        rows(&mut page, &view);
        page.blank();
    }
    again(&mut page, &commands(view.rows()));
    for warning in &view.warnings {
        page.warning(warning);
    }
    page.paragraph(Look::Faint, view.rule, "", "");
    page.paragraph(Look::Faint, &view.levels, "", "");
    if let Some(machine) = &view.machine {
        page.paragraph(Look::Faint, machine, "", "");
    }
    page.text
}

fn rows(page: &mut Page, view: &GateView) {
    let rows = view.rows();
    let wide = Layout { columns: columns(rows, true), left_out: Vec::new() };
    let has_sides = wide.width() <= page.width;
    let layout = if has_sides { wide } else { Layout::fit(columns(rows, false), &[heading::LIMIT], page.width) };
    let (changed, unchanged) = view.changed_and_unchanged();
    page.headings(&layout);
    for (index, row) in rows.iter().enumerate() {
        if index == changed.len() && index > 0 {
            page.blank();
        }
        page.line(page.cells(&layout, index).trim_end());
        let sides = row.sides().filter(|_| !has_sides && index < changed.len());
        for remark in sides.iter().chain(&row.notes) {
            page.paragraph(Look::Faint, remark, REMARK_MARK, "    ");
        }
    }
    if !has_sides && !unchanged.is_empty() {
        page.paragraph(Look::Faint, "Too narrow for old and new of what is unchanged.", "", "");
    }
}

/// Benchmarks and what became of them. Metrics have a column where there is another than time.
fn columns(rows: &[Row], with_sides: bool) -> Vec<Column> {
    let measures = |heading, measure: fn(&Row) -> Option<&Measure>| {
        let texts = aligned_measures(rows.iter().map(measure));
        let cell = |(row, text): (&Row, String)| plain(measure(row).map_or_else(|| words::NOTHING.into(), |_| text));
        Column::new(heading, rows.iter().zip(texts).map(cell).collect())
    };
    let texts =
        |heading, text: fn(&Row) -> String| Column::new(heading, rows.iter().map(|row| plain(text(row))).collect());
    let verdict = |row: &Row| Cell { text: row.standing.word().into(), look: row.standing.tone().into() };
    let mut columns = vec![texts(heading::BENCHMARK, |row| cut(&row.benchmark, LONGEST_NAME))];
    if rows.iter().any(|row| row.metric != super::Metric::Time) {
        columns.push(texts(heading::METRIC, |row| row.metric.word().into()));
    }
    if with_sides {
        columns.push(measures(heading::OLD, |row| row.old.as_ref()));
        columns.push(measures(heading::NEW, |row| row.new.as_ref()));
    }
    columns.push(measures(heading::CHANGE, |row| row.change.as_ref()));
    columns.push(texts(heading::LIMIT, |row| row.limit.clone()));
    columns.push(Column::new(heading::VERDICT, rows.iter().map(verdict).collect()));
    columns
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

fn plain(text: String) -> Cell {
    Cell { text, look: Look::Plain }
}
