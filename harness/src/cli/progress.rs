//! Progress on standard error: a line that moves on a terminal, plain lines elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use rustworthy::measure::{Event, What};
use rustworthy_reports::visible::line;

use super::printer::Printer;

/// How often the line moves: rarely, since drawing it takes time on a machine that is being measured.
const TICK: Duration = Duration::from_millis(250);

/// One thing that takes a while.
pub(crate) struct Spinner<'a> {
    bar: Option<ProgressBar>,
    printer: &'a Printer,
}

impl<'a> Spinner<'a> {
    pub(crate) fn new(printer: &'a Printer) -> Self {
        Self { bar: printer.has_bars().then(bar), printer }
    }

    /// A step that everybody sees.
    pub(crate) fn step(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(line(text)),
            None if self.printer.has_progress() => self.printer.note(&line(text)),
            None => {}
        }
    }

    /// A step that shows in passing, where there is a line that moves.
    pub(crate) fn detail(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(line(text)),
            None => self.printer.detail(&line(text)),
        }
    }
}

impl Drop for Spinner<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
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

/// What a run is doing.
pub(crate) struct RunProgress<'a> {
    spinner: Spinner<'a>,
    /// Rounds that the workload has samples of, by contender.
    finished: Vec<Finished>,
    rounds: u32,
}

struct Finished {
    name: String,
    samples: u64,
    failure: Option<String>,
}

impl<'a> RunProgress<'a> {
    pub(crate) fn new(printer: &'a Printer) -> Self {
        Self { spinner: Spinner::new(printer), finished: Vec::new(), rounds: 0 }
    }

    /// Takes in one event.
    pub(crate) fn show(&mut self, event: &Event) {
        let workload = &event.workload;
        match &event.what {
            What::Started { contenders, .. } => {
                let new = |name: &String| Finished { name: name.clone(), samples: 0, failure: None };
                self.finished = contenders.iter().map(new).collect();
                self.rounds = 0;
                self.spinner.detail(&format!("{workload}: making the input"));
            }
            What::Checked { contender, .. } => self.spinner.detail(&format!("{workload}: {contender} checked")),
            What::InputFailed { failure } => {
                self.spinner
                    .step(&format!("{workload}: making the input failed: {}", first_line(&failure.to_string())));
            }
            What::Sample(sample) => {
                self.finished.iter_mut().filter(|one| one.name == sample.contender).for_each(|one| one.samples += 1);
                if sample.round + 1 != self.rounds {
                    self.rounds = sample.round + 1;
                    self.spinner.detail(&format!("{workload}: round {}", self.rounds));
                }
            }
            What::Failed { contender, failure } => {
                let failure = first_line(&failure.to_string());
                self.finished
                    .iter_mut()
                    .filter(|one| one.name == *contender)
                    .for_each(|one| one.failure = Some(failure.clone()));
            }
            What::Stopped { .. } => self.finish(workload),
            _ => {}
        }
    }

    /// A plain line for each contender, where there is no line that moves.
    fn finish(&self, workload: &str) {
        if self.spinner.bar.is_some() {
            return;
        }
        for Finished { name, samples, failure } in &self.finished {
            self.spinner.step(&match failure {
                Some(failure) => format!("{workload}/{name}: {failure}"),
                None => format!("{workload}/{name}: {samples} samples in {} rounds", self.rounds),
            });
        }
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
