//! How the gate measures, and what it does next.

use std::path::PathBuf;

use super::effort::Effort;
use super::ownership::Ownership;
use crate::workers::Workers;

/// One side of a gate, ready to be measured.
#[derive(Debug)]
pub struct SideSettings<L = Workers> {
    /// How to start its workers.
    pub workers: L,
    /// A folder for its inputs and outputs, emptied by the caller.
    pub scratch: PathBuf,
    /// How to start its workers where instructions are counted; `None` where calls are timed.
    pub counting: Option<L>,
}

/// How to measure, in which laboratory.
#[derive(Debug)]
pub struct Settings<L = Workers> {
    /// How much to measure.
    pub effort: Effort,
    /// Seed of everything that is drawn.
    pub seed: u64,
    /// Logical processors to measure on.
    pub cpus: Vec<usize>,
    /// Whether single calls are timed where whole blocks would do.
    pub latencies: bool,
    /// Where the code of either side is; `None` where it isn't looked at.
    pub ownership: Option<Ownership>,
    /// The old and the new one.
    pub sides: [SideSettings<L>; 2],
}

impl<L> Settings<L> {
    /// Whether instructions are counted, rather than calls timed.
    pub(super) fn counts(&self) -> bool {
        self.sides.iter().any(|side| side.counting.is_some())
    }

    /// Where both sides are measured: they share clock and processors, so either's will do.
    pub(super) fn laboratory(&self) -> &L {
        &self.sides[0].workers
    }
}

/// What to do next, judged by what is known of a benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Go on with the first part, if it isn't over.
    GoOn,
    /// Begin the second part.
    SecondPart,
    /// It's decided.
    End,
}
