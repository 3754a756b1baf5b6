//! Progress on standard error: a line that moves on a terminal, plain lines elsewhere.

mod comparison;
mod gate;
mod spinner;

use rustworthy_engine::attribution::{AttributeEvent, ScenarioEvent};
use rustworthy_engine::context::Notice;
use rustworthy_engine::python;
use rustworthy_reports::standing;

use crate::printer::Printer;
use comparison::ComparisonProgress;
use gate::GateProgress;
use spinner::Spinner;

/// What the engine is doing.
pub(crate) struct Progress<'a> {
    spinner: Spinner<'a>,
    comparison: ComparisonProgress,
    gate: GateProgress,
}

impl<'a> Progress<'a> {
    pub(crate) fn new(printer: &'a Printer) -> Self {
        let spinner = Spinner::new(printer);
        Self { spinner, comparison: ComparisonProgress::default(), gate: GateProgress::default() }
    }

    /// Shows what happens.
    pub(crate) fn show(&mut self, notice: &Notice<'_>) {
        match notice {
            Notice::Step(text) => self.spinner.step(text),
            Notice::Detail(text) => self.spinner.detail(text),
            Notice::Environment(progress) => environment(&mut self.spinner, progress),
            Notice::Measured { event, sweeps } => self.comparison.show(&mut self.spinner, event, *sweeps),
            Notice::Standing(workload) => {
                self.spinner.table(|printer, height| standing(workload, &printer.table(), height))
            }
            Notice::Gated { event, benchmarks } => self.gate.show(&mut self.spinner, event, *benchmarks),
            Notice::Attributed(event) => attribution(&mut self.spinner, event),
            // Not progress: these stay on the screen.
            Notice::Warning(_) | Notice::Failure(_) | Notice::Remark(_) => {}
        }
    }

    /// Clears the line that moves, if there is one, so that others can be printed.
    pub(crate) fn clear(&mut self) {
        self.spinner.clear();
    }
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

/// Files that are named, where there may be many.
const NAMED: usize = 3;

/// An attribution, step by step.
fn attribution(spinner: &mut Spinner<'_>, event: &AttributeEvent) {
    match event {
        AttributeEvent::ReadingTrace => spinner.detail("reading the trace"),
        AttributeEvent::ReplayingTrace => spinner.detail("replaying its requests"),
        AttributeEvent::LeftAside(paths) => {
            let names: Vec<String> = paths.iter().take(NAMED).map(|path| path.display().to_string()).collect();
            let more = paths.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            spinner.step(&format!("left aside, since parts are called *.parquet: {}{more}", names.join(", ")));
        }
        AttributeEvent::Scenario(event) => scenario(spinner, *event),
    }
}

/// A scenario. Without a line that moves a round is told once it is over.
fn scenario(spinner: &mut Spinner<'_>, event: ScenarioEvent) {
    match event {
        ScenarioEvent::Calibrating => spinner.detail("finding out how long requests take"),
        ScenarioEvent::Sampling => spinner.detail("looking where the time goes"),
        ScenarioEvent::Comparing => spinner.detail("comparing the answers of the migrated service"),
        ScenarioEvent::Round { round, rounds, answered, requests } => {
            let text = format!("round {round} of {rounds}: {answered} of {requests} requests");
            if answered == requests { spinner.step(&text) } else { spinner.detail(&text) }
        }
    }
}
