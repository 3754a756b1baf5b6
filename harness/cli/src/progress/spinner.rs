//! The line that moves while something takes a while.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use rustworthy_reports::visible::line;

use crate::printer::Printer;

/// How often the line moves: rarely, since drawing it takes time on a machine that is being measured.
const TICK: Duration = Duration::from_millis(250);

/// A line on a terminal that shows the current step.
pub(super) struct Spinner<'a> {
    bars: Option<Bars>,
    printer: &'a Printer,
}

impl<'a> Spinner<'a> {
    pub(super) fn new(printer: &'a Printer) -> Self {
        Self { bars: None, printer }
    }

    /// A step that everybody sees.
    pub(super) fn step(&mut self, text: &str) {
        self.begin();
        match &self.bars {
            Some(bars) => bars.line.set_message(line(text)),
            None if self.printer.has_progress() => self.printer.note(&line(text)),
            None => {}
        }
    }

    /// A step that shows in passing, where there is a line that moves.
    pub(super) fn detail(&mut self, text: &str) {
        self.begin();
        match &self.bars {
            Some(bars) => bars.line.set_message(line(text)),
            None => self.printer.detail(&line(text)),
        }
    }

    /// Draws some lines above the one that moves, in place of those that were there, where there is a terminal for them. `draw`
    /// is given how many lines there is room for.
    pub(super) fn table(&mut self, draw: impl FnOnce(&Printer, usize) -> String) {
        /// Lines that stay for what stood on the terminal before, and the one that moves.
        const SPARED: usize = 4;
        self.begin();
        if let Some(Bars { table, .. }) = &self.bars {
            let (lines, _) = console::Term::stderr().size();
            table.set_message(draw(self.printer, usize::from(lines).saturating_sub(SPARED)));
        }
    }

    /// Takes the lines above the one that moves away.
    pub(super) fn end_table(&self) {
        if let Some(Bars { table, .. }) = &self.bars {
            table.set_message("");
        }
    }

    /// Draws the line that moves, where there is a terminal for it.
    fn begin(&mut self) {
        if self.bars.is_none() && self.printer.has_bars() {
            self.bars = Some(Bars::new());
        }
    }

    /// Whether there is a terminal for a line that moves.
    pub(super) fn moves(&self) -> bool {
        self.printer.has_bars()
    }

    /// Clears the line that moves, if there is one.
    pub(super) fn clear(&mut self) {
        if let Some(Bars { table, line, .. }) = self.bars.take() {
            table.finish_and_clear();
            line.finish_and_clear();
        }
    }
}

/// What is drawn again and again at the end of the terminal.
struct Bars {
    /// Keeps the two in order.
    _together: MultiProgress,
    table: ProgressBar,
    line: ProgressBar,
}

impl Bars {
    fn new() -> Self {
        let together = MultiProgress::new();
        let styled = |template: &str| {
            let bar = together.add(ProgressBar::new_spinner());
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar
        };
        let (table, line) = (styled("{msg}"), styled("{spinner} {wide_msg}"));
        line.enable_steady_tick(TICK);
        Self { _together: together, table, line }
    }
}

/// The first line of a message, for a place that has room for one.
pub(super) fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
