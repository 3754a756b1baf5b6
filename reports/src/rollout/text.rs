//! A rollout as text for a terminal.

use rustworthy_model::rollout::Rollout;

use super::view::{RolloutView, Row};
use crate::TableOptions;
use crate::measure::Measure;
use crate::table::{Cell, Column, Layout, Page, REMARK_MARK, TextStyle, aligned_measures};
use crate::verdict::Toned;
use crate::words::{self, Worded, heading};

/// Columns in the order in which they go where room is short.
const LEAVING: [&str; 3] = [heading::P99, heading::CALLS, heading::DIFFERENT];

/// A rollout as a table to read in a terminal.
///
/// A row for each switch, and below it why its verdict is what it is. The commands that lead from a difference to a test follow,
/// each on a line of its own that isn't wrapped. Control characters in names and paths are spelled out.
pub fn text(rollout: &Rollout, options: &TableOptions) -> String {
    let view = RolloutView::new(rollout);
    let mut page = Page::new(options);
    let layout = Layout::fit(columns(&view.rows), &LEAVING, page.width);
    page.headings(&layout);
    for (index, row) in view.rows.iter().enumerate() {
        page.line(page.cells(&layout, index).trim_end());
        for note in &row.notes {
            page.paragraph(TextStyle::Faint, note, REMARK_MARK, "    ");
        }
    }
    if !layout.left_out.is_empty() {
        page.paragraph(TextStyle::Faint, &format!("Too narrow for: {}.", layout.left_out.join(", ")), "", "");
    }
    page.blank();
    let commands: Vec<&String> = view.rows.iter().filter_map(|row| row.command.as_ref()).collect();
    if !commands.is_empty() {
        page.line("To make a test of such calls, record them and compare:");
        for command in commands {
            page.line(&format!("  {command}"));
        }
        page.blank();
    }
    for warning in &view.warnings {
        page.warning(warning);
    }
    page.paragraph(TextStyle::Faint, &view.rule, "", "");
    page.text
}

fn columns(rows: &[Row]) -> Vec<Column> {
    let verdict = |row: &Row| Cell { text: row.verdict.word().into(), style: row.verdict.tone().into() };
    let speedup: fn(&Row) -> Option<&Measure> = |row| row.speedup.as_ref();
    let speedups = aligned_measures(rows.iter().map(speedup));
    let speedups = rows.iter().zip(speedups).map(|(row, text)| match row.speedup {
        Some(_) => plain(text),
        None => plain(words::NOTHING.into()),
    });
    vec![
        texts(heading::SWITCH, rows, |row| &row.name),
        Column::new(heading::VERDICT, rows.iter().map(verdict).collect()),
        texts(heading::CALLS, rows, |row| &row.calls).flush_right(),
        texts(heading::COMPARED, rows, |row| &row.compared).flush_right(),
        texts(heading::DIFFERENT, rows, |row| &row.different).flush_right(),
        texts(heading::DIFFERENCE_RATE, rows, |row| &row.bound),
        Column::new(heading::SPEEDUP, speedups.collect()),
        texts(heading::P99, rows, |row| &row.p99),
    ]
}

fn texts(heading: &'static str, rows: &[Row], text: fn(&Row) -> &String) -> Column {
    Column::new(heading, rows.iter().map(|row| plain(text(row).clone())).collect())
}

fn plain(text: String) -> Cell {
    Cell { text, style: TextStyle::Plain }
}
