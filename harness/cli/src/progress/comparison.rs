//! The progress of a comparison: contender by contender.

use rustworthy_engine::measure::{Event, EventKind};

use super::spinner::{Spinner, first_line};

/// The progress of the workload that is being measured.
#[derive(Default)]
pub(super) struct ComparisonProgress {
    /// Name of the workload, with its size where there are others.
    workload: String,
    /// Its contenders so far, in the order in which they were first heard of.
    contenders: Vec<Contender>,
    round: u32,
}

struct Contender {
    name: String,
    samples: u64,
    failure: Option<String>,
}

impl ComparisonProgress {
    /// Shows one event; `sweeps` says whether workloads are measured at more than one size.
    pub(super) fn show(&mut self, spinner: &mut Spinner<'_>, event: &Event, sweeps: bool) {
        let Event { workload, size, kind } = event;
        let workload = if sweeps { format!("{workload} at n = {size}") } else { workload.clone() };
        if self.workload != workload {
            *self = Self { workload: workload.clone(), ..Self::default() };
        }
        match kind {
            EventKind::Started { .. } => spinner.detail(&format!("{workload}: making the input")),
            EventKind::InputFailed { failure } => {
                let why = first_line(&failure.to_string());
                spinner.step(&format!("{workload}: making the input failed: {why}"));
            }
            EventKind::Checked { contender, .. } => {
                self.contender(contender);
                spinner.detail(&format!("{workload}: {contender} checked"));
            }
            EventKind::Sample(sample) => {
                self.contender(&sample.contender).samples += 1;
                if sample.round + 1 != self.round {
                    self.round = sample.round + 1;
                    spinner.detail(&format!("{workload}: round {}", self.round));
                }
            }
            EventKind::Failed { contender, failure } => {
                self.contender(contender).failure = Some(first_line(&failure.to_string()));
            }
            EventKind::Stopped { .. } => {
                spinner.end_table();
                self.finish(spinner);
            }
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
    fn finish(&self, spinner: &mut Spinner<'_>) {
        if spinner.moves() {
            return;
        }
        for Contender { name, samples, failure } in &self.contenders {
            let outcome = failure.clone().unwrap_or_else(|| format!("{samples} samples in {} rounds", self.round));
            spinner.step(&format!("{}/{name}: {outcome}", self.workload));
        }
    }
}
