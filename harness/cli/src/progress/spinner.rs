//! The line that moves while something takes a while.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use rustworthy_reports::visible::line;

use crate::printer::Printer;

/// How often the line moves: rarely, since drawing it takes time on a machine that is being measured.
const TICK: Duration = Duration::from_millis(250);

/// A line on a terminal that shows the current step.
pub(super) struct Spinner<'a> {
    bar: Option<ProgressBar>,
    printer: &'a Printer,
}

impl<'a> Spinner<'a> {
    pub(super) fn new(printer: &'a Printer) -> Self {
        Self { bar: None, printer }
    }

    /// A step that everybody sees.
    pub(super) fn step(&mut self, text: &str) {
        self.begin();
        match &self.bar {
            Some(bar) => bar.set_message(line(text)),
            None if self.printer.has_progress() => self.printer.note(&line(text)),
            None => {}
        }
    }

    /// A step that shows in passing, where there is a line that moves.
    pub(super) fn detail(&mut self, text: &str) {
        self.begin();
        match &self.bar {
            Some(bar) => bar.set_message(line(text)),
            None => self.printer.detail(&line(text)),
        }
    }

    /// Draws the line that moves, where there is a terminal for it.
    fn begin(&mut self) {
        if self.bar.is_none() && self.printer.has_bars() {
            self.bar = Some(bar());
        }
    }

    /// Whether there is a terminal for a line that moves.
    pub(super) fn moves(&self) -> bool {
        self.printer.has_bars()
    }

    /// Clears the line that moves, if there is one.
    pub(super) fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(TICK);
    bar
}

/// The first line of a message, for a place that has room for one.
pub(super) fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
