//! The decision as text for a terminal.

use rustworthy_model::decision::Decision;
use unicode_width::UnicodeWidthStr;

use super::view::{DecisionView, PlanView, Row, heading};
use crate::table::{Cell, Column, GAP, Layout, Page, REMARK_MARK, TableOptions, TextStyle, shortened};
use crate::words::heading as common;

/// Longest name in terminal columns.
const LONGEST_NAME: usize = 64;
/// Names get as much before other columns may have the room.
const READABLE_NAME: usize = 26;
/// Names are never cut below this.
const SHORTEST_NAME: usize = 12;

/// The decision as tables to read in a terminal.
///
/// A row for each candidate, with its reasons, what would change the verdict, and the command that would settle it below.
/// Then the order of work, with what all steps up to each come to together. Columns that don't fit are left out and
/// named. Commands and tables for the manifest are never broken. Control characters in names and reasons are spelled out, so none reaches the terminal.
pub fn table(decision: &Decision, options: &TableOptions) -> String {
    let view = DecisionView::new(decision);
    let mut page = Page::new(options);
    page.paragraph(TextStyle::Bold, &view.finding, "", "");
    for warning in &view.warnings {
        page.warning(warning);
    }
    page.blank();
    if !view.rows.is_empty() {
        candidates(&mut page, &view.rows);
    }
    if !view.plans.is_empty() {
        page.line(&TextStyle::Bold.paint(heading::PLAN, page.color));
        page.blank();
    }
    for plan in &view.plans {
        self::plan(&mut page, plan);
    }
    for text in view.notes.iter().chain(&view.sources) {
        page.paragraph(TextStyle::Faint, text, "", "  ");
    }
    page.paragraph(TextStyle::Faint, &view.rule, "", "");
    if let Some(machine) = &view.machine {
        page.paragraph(TextStyle::Faint, machine, "", "");
    }
    page.text
}

fn candidates(page: &mut Page, rows: &[Row]) {
    let verdicts = rows.iter().map(|row| Cell { text: row.verdict.to_owned(), style: row.tone.into() }).collect();
    let others = vec![
        Column::new(common::VERDICT, verdicts),
        texts(heading::WITH, rows, |row| &row.with),
        texts(heading::SIZE, rows, |row| &row.size),
        texts(common::SPEEDUP, rows, |row| &row.speedup),
        texts(common::P99_CHANGE, rows, |row| &row.p99),
        texts(heading::SAVES, rows, |row| &row.saves),
        texts(heading::PAYBACK, rows, |row| &row.payback),
    ];
    let leaving = [heading::SAVES, heading::PAYBACK, common::SPEEDUP, heading::SIZE, common::P99_CHANGE, heading::WITH];
    let layout = fitted(heading::CANDIDATE, rows, |row| &row.name, others, &leaving, page.width);
    page.headings(&layout);
    for (index, row) in rows.iter().enumerate() {
        page.line(page.cells(&layout, index).trim_end());
        let place = row.place.iter().map(|place| (TextStyle::Faint, place));
        let reasons = row.reasons.iter().map(|reason| (TextStyle::Plain, reason));
        let more = row.runner_up.iter().chain(&row.flips).chain(&row.sensitivity).map(|text| (TextStyle::Faint, text));
        for (style, text) in place.chain(reasons).chain(more) {
            page.paragraph(style, text, REMARK_MARK, "    ");
        }
        if let Some(command) = &row.command {
            page.line(&format!("{REMARK_MARK}{}", TextStyle::Bold.paint(command, page.color)));
        }
        if !row.manifest.is_empty() {
            page.paragraph(TextStyle::Plain, &format!("{}:", heading::MANIFEST), REMARK_MARK, "    ");
            row.manifest.iter().for_each(|line| page.line(format!("    {line}").trim_end()));
        }
        page.blank();
    }
    left_out(page, &layout);
}

fn plan(page: &mut Page, plan: &PlanView) {
    page.paragraph(TextStyle::Plain, &plan.title, "", "");
    if !plan.steps.is_empty() {
        let steps = &plan.steps;
        let others = vec![
            texts(common::P99, steps, |step| &step.p99),
            texts(common::P99_CHANGE, steps, |step| &step.change),
            texts(heading::SIZE, steps, |step| &step.size),
            texts(heading::SAVES, steps, |step| &step.saves),
            texts(heading::PAYBACK, steps, |step| &step.payback),
        ];
        let leaving = [common::P99, heading::SAVES, heading::SIZE, heading::PAYBACK, common::P99_CHANGE];
        let layout = fitted(heading::STEP, steps, |step| &step.what, others, &leaving, page.width);
        page.headings(&layout);
        for index in 0..steps.len() {
            page.line(page.cells(&layout, index).trim_end());
        }
        left_out(page, &layout);
    }
    page.paragraph(TextStyle::Faint, &plan.ended, "", "");
    page.blank();
}

/// Columns that have anything to say, after one of names that is cut to what they leave.
fn fitted<T>(
    heading: &'static str,
    rows: &[T],
    name: fn(&T) -> &String,
    others: Vec<Column>,
    leaving: &[&'static str],
    width: usize,
) -> Layout {
    let has_anything = |column: &Column| column.cells.iter().any(|cell| cell.text != crate::words::NOTHING);
    let mut columns: Vec<Column> = others.into_iter().filter(has_anything).collect();
    let longest = rows.iter().map(|row| name(row).width()).max().unwrap_or(0).max(heading.width()).min(LONGEST_NAME);
    let mut left_out = Vec::new();
    let taken = |columns: &[Column]| columns.iter().map(|column| column.width + GAP).sum::<usize>();
    for leaving in leaving {
        if taken(&columns) + longest.min(READABLE_NAME) <= width {
            break;
        }
        if let Some(at) = columns.iter().position(|column| column.heading == *leaving) {
            left_out.push(columns.remove(at).heading);
        }
    }
    let room = width.saturating_sub(taken(&columns)).clamp(SHORTEST_NAME, LONGEST_NAME.max(longest));
    let heading = if heading.width() > room { "name" } else { heading };
    columns.insert(0, Column::new(heading, rows.iter().map(|row| plain(shortened(name(row), room))).collect()));
    Layout { columns, left_out }
}

fn left_out(page: &mut Page, layout: &Layout) {
    if !layout.left_out.is_empty() {
        page.paragraph(TextStyle::Faint, &format!("Too narrow for: {}.", layout.left_out.join(", ")), "", "");
        page.blank();
    }
}

fn texts<T>(heading: &'static str, rows: &[T], text: fn(&T) -> &String) -> Column {
    Column::new(heading, rows.iter().map(|row| plain(text(row).clone())).collect())
}

fn plain(text: String) -> Cell {
    Cell { text, style: TextStyle::Plain }
}
