//! The columns of one workload: what each holds, how it is aligned, and which of them fit.

use rustworthy_model::figures::Figure;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::paint::TextStyle;
use crate::measure::Measure;
use crate::view::Row;
use crate::words::heading;

/// Blanks between two columns.
pub(crate) const GAP: usize = 2;
/// A contender's name is not cut below this many columns.
const SHORTEST_NAME: usize = 12;
/// A contender's name gets no more than this, however wide the terminal.
const LONGEST_NAME: usize = 40;
/// Where room is short, names are cut to this before a column is left out.
const COMPACT_NAME: usize = 18;
/// Columns in the order in which they go where room is short; all others stay.
const LEAVING_ORDER: [&str; 7] =
    [heading::THROUGHPUT, heading::FAULTS, heading::CPU, heading::SYSTEM, heading::P99, heading::MEMORY, heading::WAY];

/// A column with all its cells.
pub(crate) struct Column {
    pub(crate) heading: &'static str,
    /// Whether it is set flush right, heading included.
    flush_right: bool,
    pub(crate) cells: Vec<Cell>,
    pub(crate) width: usize,
}

/// One cell.
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) style: TextStyle,
}

/// The columns that fit, and the names of those that did not.
pub(crate) struct Layout {
    pub(crate) columns: Vec<Column>,
    pub(crate) left_out: Vec<&'static str>,
}

impl Layout {
    /// Lays the rows out in at most `width` terminal columns, as far as that is possible.
    pub(crate) fn new(rows: &[Row], width: usize) -> Self {
        Self::fit(columns(rows), &LEAVING_ORDER, width)
    }

    /// Lays columns out that start with names; those of `leaving` go where room is short, in that order.
    pub(crate) fn fit(columns: Vec<Column>, leaving: &[&str], width: usize) -> Self {
        let mut layout = Self { columns, left_out: Vec::new() };
        layout.cut_names(width, COMPACT_NAME);
        for leaving in leaving {
            if layout.width() <= width {
                break;
            }
            if let Some(at) = layout.columns.iter().position(|column| column.heading == *leaving) {
                layout.left_out.push(layout.columns.remove(at).heading);
            }
        }
        layout.cut_names(width, SHORTEST_NAME);
        layout
    }

    /// Terminal columns that a row takes.
    pub(crate) fn width(&self) -> usize {
        self.columns.iter().map(|column| column.width + GAP).sum::<usize>().saturating_sub(GAP)
    }

    /// Cuts names so that a row fits into `width`, but to no less than `shortest`.
    fn cut_names(&mut self, width: usize, shortest: usize) {
        let excess = self.width().saturating_sub(width);
        if let Some(names) = self.columns.first_mut() {
            names.cut(names.width.saturating_sub(excess).max(shortest.min(names.width)));
        }
    }
}

impl Column {
    pub(crate) fn new(heading: &'static str, cells: Vec<Cell>) -> Self {
        let widest = cells.iter().map(|cell| cell.text.width()).max().unwrap_or(0);
        Self { heading, flush_right: false, width: widest.max(heading.width()), cells }
    }

    /// The same column, set flush right.
    pub(crate) fn flush_right(self) -> Self {
        Self { flush_right: true, ..self }
    }

    /// The heading, padded to the column's width.
    pub(super) fn padded_heading(&self) -> String {
        self.padded(self.heading, self.heading)
    }

    /// The cell of a row, painted and padded to the column's width.
    pub(super) fn padded_cell(&self, row: usize, color: bool) -> String {
        let Cell { text, style } = &self.cells[row];
        self.padded(text, &style.paint(text, color))
    }

    /// Adds the blanks that `text` lacks to `painted`, which is the same text in colour.
    fn padded(&self, text: &str, painted: &str) -> String {
        let blanks = " ".repeat(self.width.saturating_sub(text.width()));
        if self.flush_right { blanks + painted } else { format!("{painted}{blanks}") }
    }

    /// Narrows the column, ending cells that are too long in an ellipsis.
    fn cut(&mut self, width: usize) {
        for cell in &mut self.cells {
            cell.text = cut(&cell.text, width);
        }
        self.width = width;
    }
}

/// All columns that have anything to say about these rows.
fn columns(rows: &[Row]) -> Vec<Column> {
    let name = |row: &Row| Cell { text: cut(&row.contender, LONGEST_NAME), style: TextStyle::Plain };
    let way = |row: &Row| Cell { text: row.way.clone(), style: TextStyle::Faint };
    let optional = [
        figures(heading::P99, rows, |row| row.p99.as_ref()),
        figures(heading::MEMORY, rows, |row| row.memory.as_ref()),
        figures(heading::CPU, rows, |row| row.cpu.as_ref()),
        figures(heading::SYSTEM, rows, |row| row.system.as_ref()),
        figures(heading::FAULTS, rows, |row| row.faults.as_ref()),
        figures(heading::THROUGHPUT, rows, |row| row.throughput.as_ref()),
    ];
    let always = [
        Column::new(heading::CONTENDER, rows.iter().map(name).collect()),
        Column::new(heading::WAY, rows.iter().map(way).collect()),
        Column::new(heading::TIME, times(rows)),
        Column::new(heading::SPEEDUP, speedups(rows)),
    ];
    always.into_iter().chain(optional.into_iter().flatten()).collect()
}

fn times(rows: &[Row]) -> Vec<Cell> {
    let texts = aligned_measures(rows.iter().map(|row| row.time.as_ref()));
    texts.into_iter().map(|text| Cell { text, style: TextStyle::Plain }).collect()
}

/// The speedup, or the verdict in words where none is due.
fn speedups(rows: &[Row]) -> Vec<Cell> {
    let texts = aligned_measures(rows.iter().map(|row| row.speedup.as_ref()));
    let cell = |(row, text): (&Row, String)| Cell {
        text: if row.speedup.is_some() { text } else { row.verdict.headline.into() },
        style: row.verdict.tone.into(),
    };
    rows.iter().zip(texts).map(cell).collect()
}

/// A column of plain figures, set flush right, or none where no row has one.
fn figures<'a>(
    heading: &'static str,
    rows: &'a [Row],
    figure: impl Fn(&'a Row) -> Option<&'a Figure>,
) -> Option<Column> {
    let figures: Vec<Option<&Figure>> = rows.iter().map(figure).collect();
    if figures.iter().all(Option::is_none) {
        return None;
    }
    let text = |figure: &Option<&Figure>| figure.map_or_else(String::new, Figure::to_string);
    let cells = figures.iter().map(|figure| Cell { text: text(figure), style: TextStyle::Plain }).collect();
    Some(Column::new(heading, cells).flush_right())
}

/// Values with their intervals, decimal points under each other and intervals too.
pub(crate) fn aligned_measures<'a>(measures: impl Iterator<Item = Option<&'a Measure>>) -> Vec<String> {
    let measures: Vec<Option<&Measure>> = measures.collect();
    let values = aligned(&measures.iter().map(|measure| measure.map(|measure| &measure.value)).collect::<Vec<_>>());
    let cell = |(measure, value): (&Option<&Measure>, String)| match measure {
        Some(measure) => format!("{value} {}", measure.interval),
        None => value,
    };
    measures.iter().zip(values).map(cell).collect()
}

/// Figures padded so that their decimal points stand under each other; empty where there is none.
pub(super) fn aligned(figures: &[Option<&Figure>]) -> Vec<String> {
    let parts: Vec<_> = figures.iter().map(|figure| figure.map(Figure::at_decimal_point)).collect();
    let whole_width = parts.iter().flatten().map(|(whole, _)| whole.width()).max().unwrap_or(0);
    let rest_width = parts.iter().flatten().map(|(_, rest)| rest.width()).max().unwrap_or(0);
    let cell = |part: &Option<(&str, String)>| match part {
        Some((whole, rest)) => {
            let blanks = " ".repeat(rest_width - rest.width());
            format!("{whole:>whole_width$}{rest}{blanks}")
        }
        None => String::new(),
    };
    parts.iter().map(cell).collect()
}

/// The text in at most `width` terminal columns, ending in an ellipsis where it was longer.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.into();
    }
    let mut kept = String::new();
    for character in text.chars() {
        let longer = format!("{kept}{character}");
        if longer.width() + 1 > width {
            break;
        }
        kept = longer;
    }
    kept + "…"
}

/// The text in at most `width` terminal columns, without its middle where it was longer: names of benchmarks
/// and functions start with what they belong to and differ in how they end.
pub(crate) fn shortened(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.into();
    }
    let mut start = text.len();
    let mut room = width.saturating_sub(1) * 3 / 5;
    for (at, character) in text.char_indices().rev() {
        match room.checked_sub(character.width().unwrap_or(0)) {
            Some(left) => (start, room) = (at, left),
            None => break,
        }
    }
    let end = &text[start..];
    cut(text, width.saturating_sub(end.width())) + end
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_long_name_keeps_both_its_ends() {
        assert_eq!(shortened("sum-squares:pyo3-parallel", 16), "sum-sq…-parallel");
        assert_eq!(shortened("sum-squares:pyo3-parallel", 25), "sum-squares:pyo3-parallel");
    }

    proptest! {
        #[test]
        fn a_shortened_name_fits(text in any::<String>(), width in 2_usize..60) {
            let text = crate::visible::line(&text);
            prop_assert!(shortened(&text, width).width() <= width);
        }
    }
}
