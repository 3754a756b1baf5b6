//! Progress on standard error: a line that moves on a terminal, plain lines elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use rustworthy::gate;
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
    /// Whether workloads are measured at more than one size.
    sweeps: bool,
    /// Name of the workload, with its size where there are others.
    workload: String,
    /// What has become of the workload's contenders so far, in the order in which they were first heard of.
    contenders: Vec<Contender>,
    round: u32,
}

struct Contender {
    name: String,
    samples: u64,
    failure: Option<String>,
}

impl<'a> RunProgress<'a> {
    pub(crate) fn new(printer: &'a Printer, sweeps: bool) -> Self {
        Self { spinner: Spinner::new(printer), sweeps, workload: String::new(), contenders: Vec::new(), round: 0 }
    }

    /// Takes in one event.
    pub(crate) fn show(&mut self, Event { workload, size, what }: &Event) {
        let workload = if self.sweeps { format!("{workload} at n = {size}") } else { workload.clone() };
        if self.workload != workload {
            (self.workload, self.contenders, self.round) = (workload.clone(), Vec::new(), 0);
        }
        match what {
            What::Started { .. } => self.spinner.detail(&format!("{workload}: making the input")),
            What::InputFailed { failure } => {
                self.spinner
                    .step(&format!("{workload}: making the input failed: {}", first_line(&failure.to_string())));
            }
            What::Checked { contender, .. } => {
                self.contender(contender);
                self.spinner.detail(&format!("{workload}: {contender} checked"));
            }
            What::Sample(sample) => {
                self.contender(&sample.contender).samples += 1;
                if sample.round + 1 != self.round {
                    self.round = sample.round + 1;
                    self.spinner.detail(&format!("{workload}: round {}", self.round));
                }
            }
            What::Failed { contender, failure } => {
                self.contender(contender).failure = Some(first_line(&failure.to_string()));
            }
            What::Stopped { .. } => self.finish(),
            _ => {}
        }
    }

    fn contender(&mut self, name: &str) -> &mut Contender {
        let known = self.contenders.iter().position(|contender| contender.name == name);
        let index = known.unwrap_or_else(|| {
            self.contenders.push(Contender { name: name.to_owned(), samples: 0, failure: None });
            self.contenders.len() - 1
        });
        &mut self.contenders[index]
    }

    /// A plain line for each contender, where there is no line that moves.
    fn finish(&self) {
        if self.spinner.bar.is_some() {
            return;
        }
        for Contender { name, samples, failure } in &self.contenders {
            let outcome = failure.clone().unwrap_or_else(|| format!("{samples} samples in {} rounds", self.round));
            self.spinner.step(&format!("{}/{name}: {outcome}", self.workload));
        }
    }
}

/// What a gate is doing.
pub(crate) struct GateProgress<'a> {
    spinner: Spinner<'a>,
    benchmarks: usize,
    begun: usize,
    rounds: usize,
}

impl<'a> GateProgress<'a> {
    pub(crate) fn new(printer: &'a Printer, benchmarks: usize) -> Self {
        Self { spinner: Spinner::new(printer), benchmarks, begun: 1, rounds: 0 }
    }

    /// Takes in one event.
    pub(crate) fn show(&mut self, gate::Event { workload, contender, what }: &gate::Event) {
        let place = format!("{}/{} {workload}:{contender}", self.begun, self.benchmarks);
        match what {
            gate::What::Round(_) => {
                self.rounds += 1;
                self.spinner.detail(&format!("{place}: round {}", self.rounds));
            }
            gate::What::SecondPart => self.spinner.detail(&format!("{place}: measuring again")),
            gate::What::Failed { failure, .. } => {
                self.spinner.step(&format!("{place}: {}", first_line(&failure.to_string())));
            }
            gate::What::Ended { .. } => {
                if self.spinner.bar.is_none() {
                    self.spinner.step(&format!("{place}: {} rounds", self.rounds));
                }
                (self.begun, self.rounds) = (self.begun + 1, 0);
            }
            _ => {}
        }
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
