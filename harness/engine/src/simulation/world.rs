//! What all workers of a simulation share: time, processors, noise and files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

use super::machine::{Machine, Shape};
use super::processor::Processor;
use crate::workers::Failure;

/// The simulated machine.
#[derive(Debug)]
pub(super) struct World {
    machine: Machine,
    began: Instant,
    state: Mutex<State>,
}

/// Simulations have one thread: what happens at the same time is simulated one after the other, each from the time at which
/// it begins. This is the time, and the place, of what is simulated at present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Present {
    /// Since the beginning.
    pub(super) time: Duration,
    /// The processor that is used by the harness's thread, if it keeps to one.
    pub(super) cpu: Option<usize>,
}

#[derive(Debug)]
struct State {
    present: Present,
    random: Pcg64Mcg,
    /// By number; whoever isn't kept on one of them has one of his own.
    processors: BTreeMap<Option<usize>, Processor>,
    /// Outputs that were kept.
    files: BTreeMap<PathBuf, u64>,
    /// Calls that were made of each function.
    calls: BTreeMap<String, u64>,
    started: u64,
    interrupted: Option<Duration>,
}

impl World {
    pub(super) fn new(machine: Machine, seed: u64) -> Self {
        let state = State {
            present: Present { time: Duration::ZERO, cpu: None },
            random: Pcg64Mcg::seed_from_u64(seed),
            processors: BTreeMap::new(),
            files: BTreeMap::new(),
            calls: BTreeMap::new(),
            started: 0,
            interrupted: None,
        };
        Self { machine, began: Instant::now(), state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn present(&self) -> Present {
        self.state().present
    }

    pub(super) fn set_present(&self, present: Present) {
        self.state().present = present;
    }

    pub(super) fn now(&self) -> Instant {
        self.began + self.present().time
    }

    pub(super) fn interrupt_at(&self, time: Duration) {
        self.state().interrupted = Some(time);
    }

    /// Lets time pass, in seconds.
    ///
    /// # Errors
    /// When the user interrupts meanwhile.
    pub(super) fn pass(&self, seconds: f64) -> Result<(), Failure> {
        let mut state = self.state();
        let end = state.present.time + Duration::from_secs_f64(seconds);
        match state.interrupted {
            Some(interrupted) if interrupted <= end => {
                state.present.time = state.present.time.max(interrupted);
                Err(Failure::Interrupted)
            }
            _ => {
                state.present.time = end;
                Ok(())
            }
        }
    }

    /// Begins a process; returns what all of its times have in common, on the log scale.
    pub(super) fn start_process(&self) -> f64 {
        let mut state = self.state();
        state.started += 1;
        self.machine.process_noise(&mut state.random)
    }

    /// How many processes were begun.
    pub(super) fn started(&self) -> u64 {
        self.state().started
    }

    /// How many times as long as without noise a block of calls takes in a process of that noise. A machine that drifts does
    /// so once a second as far as from one round to the next.
    pub(super) fn slowdown(&self, process_noise: f64) -> f64 {
        let state = &mut *self.state();
        let now = state.present.time.as_secs_f64();
        (self.machine.drift * now + process_noise + self.machine.block_noise(&mut state.random)).exp()
    }

    /// Wall time of work of that many seconds that begins so many seconds from now.
    pub(super) fn take(&self, after: f64, work: f64, cpu: Option<usize>) -> f64 {
        let state = &mut *self.state();
        if self.machine.shape != Shape::TwoSpeeds {
            return work;
        }
        let begin = state.present.time.as_secs_f64() + after;
        state.processors.entry(cpu).or_insert_with(Processor::new).take(begin, work, &mut state.random)
    }

    /// How long it takes from now on to do what can be done of some work within a turn, and how much that is.
    pub(super) fn take_turn(&self, work: f64, turn: f64, cpu: Option<usize>) -> (f64, f64) {
        let state = &mut *self.state();
        if self.machine.shape != Shape::TwoSpeeds {
            return (work.min(turn), work.min(turn));
        }
        let begin = state.present.time.as_secs_f64();
        state.processors.entry(cpu).or_insert_with(Processor::new).take_turn(begin, work, turn, &mut state.random)
    }

    /// Counts calls of a function; returns how many there have been.
    pub(super) fn count(&self, function: &str, calls: u64) -> u64 {
        let mut state = self.state();
        let made = state.calls.entry(function.to_owned()).or_default();
        *made += calls;
        *made
    }

    pub(super) fn keep(&self, file: &Path, output: u64) {
        self.state().files.insert(file.to_owned(), output);
    }

    pub(super) fn kept(&self, file: &Path) -> Option<u64> {
        self.state().files.get(file).copied()
    }
}
