//! Puts the lines of the terminal table together.

use rustworthy_model::comparison::Comparison;
use textwrap::Options;

use super::closing;
use super::columns::{Column, GAP, Layout, cut};
use super::paint::TextStyle;
use crate::audit::{Audit, Finding};
use crate::summary::{Summary, footnote};
use crate::view::{ComparisonView, Row, WorkloadView};
use crate::words::{self, heading};

/// Least room to the right of the columns for remarks to stand there, and not on lines of their own.
const REMARK_ROOM: usize = 36;
/// Widest that remarks are set: longer lines are hard to read.
const REMARK_WIDTH: usize = 72;
/// Lines of a traceback that are shown, the last ones.
const TRACE_LINES: usize = 8;
/// Narrowest width that is laid out for; on anything narrower the terminal wraps.
const NARROWEST: usize = 40;
/// Before remarks on lines of their own.
pub(crate) const REMARK_MARK: &str = "  └ ";

/// How to draw a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableOptions {
    /// Whether to use ANSI colours. They repeat what words and numbers say, and never say anything alone.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
}

impl Default for TableOptions {
    /// Plain text for 80 columns.
    fn default() -> Self {
        Self { color: false, width: 80 }
    }
}

/// The comparison as a table to read in a terminal.
///
/// A workload starts with its name, size and input. Its contenders follow: the baseline, then those with a
/// speedup, fastest first, then those without, whose verdict stands in the speedup's place. Intervals are relative
/// to their estimate: `±1.2%`, or `−3/+20%` where one arm is much longer than the other. Remarks stand beside
/// the columns where the width leaves room and under their row elsewhere. Columns that don't fit are left out
/// and named. A size sweep has a row for every contender and a column for every size, intervals under their values.
/// Control characters in names and messages are spelled out, so none reaches the terminal.
pub fn table(comparison: &Comparison, options: &TableOptions) -> String {
    let view = ComparisonView::new(comparison);
    let mut page = Page::new(options);
    for workload in &view.workloads {
        page.workload(workload);
    }
    page.summary(&view.summary);
    page.audit(view.audit.as_ref());
    page.closing(&view);
    page.text
}

/// The text so far, and how to add to it.
pub(crate) struct Page {
    pub(crate) text: String,
    pub(crate) color: bool,
    pub(crate) width: usize,
}

impl Page {
    /// An empty one.
    pub(crate) fn new(options: &TableOptions) -> Self {
        Self { text: String::new(), color: options.color, width: options.width.max(NARROWEST) }
    }

    fn workload(&mut self, workload: &WorkloadView) {
        self.header(workload);
        let layout = Layout::new(&workload.rows, self.width);
        self.rows(&layout, &workload.rows);
        self.left_out(&layout);
        self.traces(&workload.rows);
        for warning in &workload.warnings {
            self.warning(warning);
        }
        if !workload.tried.is_empty() {
            self.blank();
        }
        for line in &workload.tried {
            self.paragraph(TextStyle::Plain, line, "", "  ");
        }
        if let Some(sweep) = &workload.sweep {
            self.sweep(sweep);
        }
        self.blank();
    }

    /// Name and description, then size and input.
    fn header(&mut self, workload: &WorkloadView) {
        let name = TextStyle::Bold.paint(&cut(&workload.name, self.width), self.color);
        self.line(&name);
        if let Some(description) = &workload.description {
            self.paragraph(TextStyle::Plain, description, "", "");
        }
        self.paragraph(TextStyle::Faint, &workload.input, "", "");
        self.blank();
    }

    fn rows(&mut self, layout: &Layout, rows: &[Row]) {
        self.headings(layout);
        let room = self.width.saturating_sub(layout.width() + GAP);
        for (index, row) in rows.iter().enumerate() {
            let remarks = remarks(row, layout);
            if room >= REMARK_ROOM {
                self.row_with_remarks(layout, index, &remarks, room.min(REMARK_WIDTH));
            } else {
                self.line(self.cells(layout, index).trim_end());
                for remark in remarks {
                    self.paragraph(TextStyle::Faint, &remark, REMARK_MARK, "    ");
                }
            }
        }
    }

    pub(crate) fn headings(&mut self, layout: &Layout) {
        let headings: Vec<String> = layout.columns.iter().map(Column::padded_heading).collect();
        self.line(&TextStyle::Faint.paint(headings.join(&" ".repeat(GAP)).trim_end(), self.color));
    }

    /// Names the columns that found no room, but for those that turn up among the remarks.
    fn left_out(&mut self, layout: &Layout) {
        let names: Vec<&str> = layout.left_out.iter().copied().filter(|name| !AMONG_REMARKS.contains(name)).collect();
        if !names.is_empty() {
            self.paragraph(TextStyle::Faint, &format!("Too narrow for: {}.", names.join(", ")), "", "");
        }
    }

    /// The row, its remarks to the right and going on below.
    fn row_with_remarks(&mut self, layout: &Layout, index: usize, remarks: &[String], room: usize) {
        let options = Options::new(room).subsequent_indent("  ");
        let mut lines = remarks.iter().flat_map(|remark| textwrap::wrap(remark, &options));
        let gap = " ".repeat(GAP);
        let first = lines.next().unwrap_or_default();
        let cells = self.cells(layout, index);
        self.line(format!("{cells}{gap}{}", TextStyle::Faint.paint(&first, self.color)).trim_end());
        let indent = " ".repeat(layout.width() + GAP);
        for line in lines {
            self.line(&format!("{indent}{}", TextStyle::Faint.paint(&line, self.color)));
        }
    }

    /// The cells of one row, padded and painted.
    pub(crate) fn cells(&self, layout: &Layout, index: usize) -> String {
        let cells: Vec<String> = layout.columns.iter().map(|column| column.padded_cell(index, self.color)).collect();
        cells.join(&" ".repeat(GAP))
    }

    /// The ends of the tracebacks.
    fn traces(&mut self, rows: &[Row]) {
        for row in rows.iter().filter(|row| !row.trace.is_empty()) {
            self.blank();
            let shown = &row.trace[row.trace.len().saturating_sub(TRACE_LINES)..];
            let title = match row.trace.len() - shown.len() {
                0 => format!("{}:", row.contender),
                hidden => format!("{}, last {} of {} lines:", row.contender, shown.len(), hidden + shown.len()),
            };
            self.paragraph(TextStyle::Problem, &title, "", "");
            for line in shown {
                self.line(&cut(&format!("  {line}"), self.width));
            }
        }
    }

    /// What each workload comes to.
    fn summary(&mut self, summary: &[Summary]) {
        if summary.is_empty() {
            return;
        }
        self.line(&TextStyle::Bold.paint(heading::SUMMARY, self.color));
        self.blank();
        let layout = closing::summary(summary, self.width);
        self.headings(&layout);
        for index in 0..2 * summary.len() {
            let line = self.cells(&layout, index);
            // Where nothing was timed there is no second line.
            if !line.trim().is_empty() {
                self.line(line.trim_end());
            }
        }
        self.left_out(&layout);
        if let Some(note) = footnote(summary) {
            self.paragraph(TextStyle::Faint, note, "", "  ");
        }
        self.blank();
    }

    /// Published figures beside the measured ones, by publication.
    fn audit(&mut self, audit: Option<&Audit>) {
        let Some(audit) = audit else { return };
        self.line(&TextStyle::Bold.paint(heading::AUDIT, self.color));
        self.paragraph(TextStyle::Plain, &audit.tally, "", "");
        for source in &audit.sources {
            self.blank();
            self.paragraph(TextStyle::Faint, &source.title, "", "  ");
            let findings: Vec<&Finding> = source.findings.iter().collect();
            let layout = closing::audit(&findings, self.width);
            self.headings(&layout);
            for (index, finding) in findings.iter().enumerate() {
                self.line(self.cells(&layout, index).trim_end());
                if let Some(remark) = &finding.remark {
                    self.paragraph(TextStyle::Faint, remark, REMARK_MARK, "    ");
                }
            }
        }
        self.blank();
    }

    /// What holds for the whole run, and how to read it.
    fn closing(&mut self, view: &ComparisonView) {
        if view.workloads.is_empty() {
            self.line(words::NO_WORKLOAD);
            self.blank();
        }
        for warning in &view.warnings {
            self.warning(warning);
        }
        self.paragraph(TextStyle::Faint, &words::legend(&view.run.confidence), "", "");
        self.paragraph(TextStyle::Faint, &view.machine, "", "");
    }

    pub(crate) fn warning(&mut self, warning: &str) {
        self.paragraph(TextStyle::Slow, &format!("warning: {warning}"), "", "  ");
    }

    /// Wraps a text to the width, each line painted by itself.
    pub(crate) fn paragraph(&mut self, style: TextStyle, text: &str, first_indent: &str, indent: &str) {
        let options = Options::new(self.width).initial_indent(first_indent).subsequent_indent(indent);
        for line in textwrap::wrap(text, &options) {
            self.line(&style.paint(&line, self.color));
        }
    }

    pub(crate) fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// One empty line, and never two.
    pub(crate) fn blank(&mut self) {
        if !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }
}

/// Columns that few rows have a figure in.
const AMONG_REMARKS: [&str; 3] = [heading::CPU, heading::SYSTEM, heading::FAULTS];

/// What is said beside or under a row, and the contents of a column that was left out.
fn remarks(row: &Row, layout: &Layout) -> Vec<String> {
    let figures = AMONG_REMARKS.iter().zip([&row.cpu, &row.system, &row.faults]);
    let left_out = figures.filter(|(heading, _)| layout.left_out.contains(heading));
    let said = left_out.filter_map(|(heading, figure)| Some(format!("{heading} {}", figure.as_ref()?)));
    row.remarks().chain(said).collect()
}
