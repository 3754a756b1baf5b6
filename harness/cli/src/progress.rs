//! Progress on standard error: a line that moves on a terminal, plain lines elsewhere.

mod comparison;
mod gate;

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use rustworthy_engine::attribution::{AttributeEvent, ScenarioEvent};
use rustworthy_engine::context::Notice;
use rustworthy_engine::python;
use rustworthy_reports::visible::line;

use crate::printer::Printer;
use comparison::ComparisonProgress;
use gate::GateProgress;

/// How often the line moves: rarely, since drawing it takes time on a machine that is being measured.
const TICK: Duration = Duration::from_millis(250);

/// What the engine is doing.
pub(crate) struct Progress<'a> {
    spinner: Spinner<'a>,
    comparison: ComparisonProgress,
    gate: GateProgress,
}

impl<'a> Progress<'a> {
    pub(crate) fn new(printer: &'a Printer) -> Self {
        let spinner = Spinner { bar: None, printer };
        Self { spinner, comparison: ComparisonProgress::default(), gate: GateProgress::default() }
    }

    /// Shows what happens.
    pub(crate) fn show(&mut self, notice: &Notice<'_>) {
        match notice {
            Notice::Step(text) => self.spinner.step(text),
            Notice::Detail(text) => self.spinner.detail(text),
            Notice::Environment(progress) => environment(&mut self.spinner, progress),
            Notice::Measured { event, sweeps } => self.comparison.show(&mut self.spinner, event, *sweeps),
            Notice::Gated { event, benchmarks } => self.gate.show(&mut self.spinner, event, *benchmarks),
            Notice::Attributed(event) => attribution(&mut self.spinner, *event),
            // Not progress: these stay on the screen.
            Notice::Warning(_) | Notice::Failure(_) | Notice::Remark(_) => {}
        }
    }

    /// Clears the line that moves, if there is one, so that others can be printed.
    pub(crate) fn clear(&mut self) {
        if let Some(bar) = self.spinner.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// What takes a while, in the place where it shows.
struct Spinner<'a> {
    bar: Option<ProgressBar>,
    printer: &'a Printer,
}

impl Spinner<'_> {
    /// A step that everybody sees.
    fn step(&mut self, text: &str) {
        self.begin();
        match &self.bar {
            Some(bar) => bar.set_message(line(text)),
            None if self.printer.has_progress() => self.printer.note(&line(text)),
            None => {}
        }
    }

    /// A step that shows in passing, where there is a line that moves.
    fn detail(&mut self, text: &str) {
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

    fn moves(&self) -> bool {
        self.printer.has_bars()
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

/// The Python environment, as it is provided.
fn environment(spinner: &mut Spinner<'_>, progress: &python::Progress) {
    use python::Progress;
    match progress {
        Progress::Lacking { executable, missing } => spinner.step(&format!(
            "{} lacks {missing}; measuring in a cached environment of the same Python instead",
            executable.display()
        )),
        Progress::Waiting => spinner.step("another run is preparing the Python environment; waiting for it"),
        Progress::StartingOver { reason } => spinner.step(&format!("preparing the Python environment anew: {reason}")),
        Progress::CreatingEnvironment { folder } => spinner.step(&format!("creating {}", folder.display())),
        Progress::Installing { line } => spinner.detail(line),
        Progress::Ready { executable } => spinner.step(&format!("environment ready: {}", executable.display())),
    }
}

/// An attribution, step by step.
fn attribution(spinner: &mut Spinner<'_>, event: AttributeEvent) {
    match event {
        AttributeEvent::ReadingTrace => spinner.detail("reading the trace"),
        AttributeEvent::ReplayingTrace => spinner.detail("replaying its requests"),
        AttributeEvent::Scenario(event) => spinner.step(&match event {
            ScenarioEvent::Calibrating => "finding out how long requests take".to_owned(),
            ScenarioEvent::Sampling => "looking where the time goes".to_owned(),
            ScenarioEvent::Comparing => "comparing the answers of the migrated service".to_owned(),
            ScenarioEvent::Round { round, rounds, answered, requests } => {
                format!("round {round} of {rounds}: {answered} of {requests} requests")
            }
        }),
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
