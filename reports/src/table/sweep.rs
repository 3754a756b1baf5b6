//! The size sweep in the terminal: a row each contender, a column each size, intervals under their values.

use unicode_width::UnicodeWidthStr;

use super::columns::{GAP, cut};
use super::paint::TextStyle;
use super::render::{Page, REMARK_MARK};
use crate::view::{SweepCell, SweepRow, SweepView};
use crate::words::heading;

/// Longest name in terminal columns.
const LONGEST_NAME: usize = 24;

impl Page {
    /// The sweep of one workload.
    pub(super) fn sweep(&mut self, sweep: &SweepView) {
        self.blank();
        self.line(&TextStyle::Bold.paint("Speedup by size", self.color));
        let grid = Grid::new(sweep, self.width);
        let headings = grid.columns.iter().map(|column| (sweep.headings[column.index].as_str(), TextStyle::Faint));
        self.line(&grid.line((heading::CONTENDER, TextStyle::Faint), headings, self.color));
        for row in &sweep.rows {
            self.sweep_row(&grid, row);
        }
        let left_out: Vec<&str> = grid.left_out.iter().map(|index| sweep.headings[*index].as_str()).collect();
        if !left_out.is_empty() {
            self.paragraph(TextStyle::Faint, &format!("Too narrow for: {}.", left_out.join("; ")), "", "");
        }
        for warning in &sweep.warnings {
            self.warning(warning);
        }
    }

    fn sweep_row(&mut self, grid: &Grid, row: &SweepRow) {
        let cell = |column: &GridColumn| &row.cells[column.index];
        let values: Vec<(String, TextStyle)> = grid
            .columns
            .iter()
            .map(cell)
            .map(|cell| (cell.value(), if row.is_baseline { TextStyle::Plain } else { cell.verdict.tone.into() }))
            .collect();
        let name = cut(&row.contender, grid.name);
        let values = values.iter().map(|(value, style)| (value.as_str(), *style));
        self.line(&grid.line((&name, TextStyle::Plain), values, self.color));
        let intervals = grid.columns.iter().map(cell).map(|cell| (cell.interval(), TextStyle::Faint));
        let intervals =
            grid.line((if row.is_baseline { "  its time" } else { "" }, TextStyle::Faint), intervals, self.color);
        if !intervals.trim().is_empty() {
            self.line(&intervals);
        }
        for remark in row.break_even.iter().chain(&row.cost).chain(&row.notes) {
            self.paragraph(TextStyle::Faint, remark, REMARK_MARK, "    ");
        }
    }
}

/// The columns that fit.
struct Grid {
    /// Width of the names.
    name: usize,
    columns: Vec<GridColumn>,
    /// Sizes that found no room, ascending.
    left_out: Vec<usize>,
}

struct GridColumn {
    /// Which of the sizes it is.
    index: usize,
    width: usize,
}

impl Grid {
    fn new(sweep: &SweepView, width: usize) -> Self {
        let names = sweep.rows.iter().map(|row| row.contender.width()).chain([heading::CONTENDER.len()]);
        let column = |(index, heading): (usize, &String)| {
            let wide = |cell: &SweepCell| cell.value().width().max(cell.interval().width());
            let cells = sweep.rows.iter().map(|row| wide(&row.cells[index]));
            GridColumn { index, width: cells.chain([heading.width()]).max().unwrap_or(0) }
        };
        let columns = sweep.headings.iter().enumerate().map(column).collect();
        let mut grid = Self { name: names.max().unwrap_or(0).min(LONGEST_NAME), columns, left_out: Vec::new() };
        while grid.columns.len() > 2 && grid.width() > width {
            grid.leave_one_out(&sweep.sizes);
        }
        grid.left_out.sort_unstable();
        grid
    }

    fn width(&self) -> usize {
        self.name + self.columns.iter().map(|column| GAP + column.width).sum::<usize>()
    }

    /// Leaves out the size that is missed least: the one whose neighbours are closest to each other.
    fn leave_one_out(&mut self, sizes: &[u64]) {
        let size = |column: &GridColumn| sizes[column.index].max(1) as f64;
        let gap = |at: &usize| size(&self.columns[at + 1]) / size(&self.columns[at - 1]);
        if let Some(at) = (1..self.columns.len() - 1).min_by(|a, b| gap(a).total_cmp(&gap(b))) {
            self.left_out.push(self.columns.remove(at).index);
        }
    }

    /// A name flush left and cells flush right.
    fn line<'a>(
        &self,
        name: (&str, TextStyle),
        cells: impl Iterator<Item = (&'a str, TextStyle)>,
        color: bool,
    ) -> String {
        let blanks = |width: usize, text: &str| " ".repeat(width.saturating_sub(text.width()));
        let (name, style) = name;
        let mut line = format!("{}{}", style.paint(name, color), blanks(self.name, name));
        for (column, (text, style)) in self.columns.iter().zip(cells) {
            line += &format!("{}{}", blanks(GAP + column.width, text), style.paint(text, color));
        }
        line.truncate(line.trim_end().len());
        line
    }
}
