//! The progress of a gate: benchmark by benchmark.

use rustworthy_engine::gate::{Event, EventKind};

use super::spinner::{Spinner, first_line};

/// The progress so far.
#[derive(Default)]
pub(super) struct GateProgress {
    /// Benchmarks that are over.
    ended: usize,
    /// Rounds of the one that is being measured.
    rounds: usize,
    /// Seeds with which its instructions were counted.
    seeds: usize,
}

impl GateProgress {
    /// Shows one event; `benchmarks` is how many there are.
    pub(super) fn show(&mut self, spinner: &mut Spinner<'_>, event: &Event, benchmarks: usize) {
        let Event { workload, contender, kind } = event;
        let place = format!("{}/{benchmarks} {workload}:{contender}", self.ended + 1);
        match kind {
            EventKind::Round(_) => {
                self.rounds += 1;
                spinner.detail(&format!("{place}: round {}", self.rounds));
            }
            EventKind::Counted(_) => {
                self.seeds += 1;
                spinner.detail(&format!("{place}: counted with {} seeds", self.seeds));
            }
            EventKind::SecondPart => spinner.detail(&format!("{place}: measuring again")),
            EventKind::Failed { failure, .. } => {
                spinner.step(&format!("{place}: {}", first_line(&failure.to_string())));
            }
            EventKind::Ended { .. } => {
                if !spinner.moves() {
                    let (number, unit) = if self.seeds > 0 { (self.seeds, "seeds") } else { (self.rounds, "rounds") };
                    spinner.step(&format!("{place}: {number} {unit}"));
                }
                *self = Self { ended: self.ended + 1, ..Self::default() };
            }
            _ => {}
        }
    }
}
