//! The progress of a gate: benchmark by benchmark.

use rustworthy_engine::gate::{Event, What};

use super::{Spinner, first_line};

/// How far it has got.
#[derive(Default)]
pub(super) struct GateProgress {
    /// Benchmarks that are over.
    ended: usize,
    /// Rounds of the one that is being measured.
    rounds: usize,
}

impl GateProgress {
    /// Takes in one event, of so many benchmarks.
    pub(super) fn show(&mut self, spinner: &mut Spinner<'_>, event: &Event, benchmarks: usize) {
        let Event { workload, contender, what } = event;
        let place = format!("{}/{benchmarks} {workload}:{contender}", self.ended + 1);
        match what {
            What::Round(_) => {
                self.rounds += 1;
                spinner.detail(&format!("{place}: round {}", self.rounds));
            }
            What::SecondPart => spinner.detail(&format!("{place}: measuring again")),
            What::Failed { failure, .. } => {
                spinner.step(&format!("{place}: {}", first_line(&failure.to_string())));
            }
            What::Ended { .. } => {
                if !spinner.moves() {
                    spinner.step(&format!("{place}: {} rounds", self.rounds));
                }
                *self = Self { ended: self.ended + 1, rounds: 0 };
            }
            _ => {}
        }
    }
}
