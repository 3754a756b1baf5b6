//! What simulated workers run: functions of known duration, outputs and failures.

use crate::manifest::Limits;
use crate::workers::Failure;

/// The code of a contender.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    seconds: f64,
    growth: f64,
    output: Output,
    other_threads: Option<f64>,
    waits: f64,
    waits_later: f64,
    memory: u64,
    mishap: Option<(MishapTime, Mishap)>,
}

/// What a function gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Always this.
    Same(u64),
    /// Something else in every process.
    DifferentByProcess,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// It raises an exception.
    Raises,
    /// A signal ends its process.
    IsKilled,
    /// It ends its own process.
    Exits,
    /// It closes the connection to the harness.
    Disconnects,
    /// It holds more memory than is allowed.
    RunsOutOfMemory,
    /// It never returns.
    Hangs,
}

/// When it goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MishapTime {
    /// While it's imported.
    Import,
    /// In a call, after that number of calls in all of its processes.
    AfterCalls(u64),
}

impl Function {
    /// A function of that duration in seconds, noise apart, with the output that all others have by default.
    pub fn taking(seconds: f64) -> Self {
        Self {
            seconds,
            growth: 0.0,
            output: Output::Same(0),
            other_threads: None,
            waits: 0.0,
            waits_later: 0.0,
            memory: 10 << 20,
            mishap: None,
        }
    }

    /// One whose time grows with that power of the input's size, from what it takes at a size of 1.
    pub fn growing(self, growth: f64) -> Self {
        Self { growth, ..self }
    }

    /// One that gives something else.
    pub fn giving(self, output: Output) -> Self {
        Self { output, ..self }
    }

    /// One of whose processor time threads of its own use that share.
    pub fn in_threads(self, share: f64) -> Self {
        Self { other_threads: Some(share), ..self }
    }

    /// One that waits for something else than the processor for that share of its time.
    pub fn waiting(self, share: f64) -> Self {
        Self { waits: share, ..self }
    }

    /// One that does so in other calls than the first.
    pub fn waiting_later(self, share: f64) -> Self {
        Self { waits_later: share, ..self }
    }

    /// One that needs that much memory, in bytes.
    pub fn holding(self, memory: u64) -> Self {
        Self { memory, ..self }
    }

    /// One that fails.
    pub fn failing(self, moment: MishapTime, mishap: Mishap) -> Self {
        Self { mishap: Some((moment, mishap)), ..self }
    }

    /// Seconds that calls take together, noise apart.
    pub(super) fn seconds(&self, calls: u64, size: u64) -> f64 {
        self.seconds * (size.max(1) as f64).powf(self.growth) * calls as f64
    }

    /// Processor time over wall time.
    pub(super) fn processors(&self) -> f64 {
        (1.0 - self.waits) / (1.0 - self.other_threads.unwrap_or_default())
    }

    pub(super) fn waits(&self) -> f64 {
        self.waits
    }

    pub(super) fn waits_later(&self) -> f64 {
        self.waits_later
    }

    pub(super) fn other_threads(&self) -> Option<f64> {
        self.other_threads
    }

    pub(super) fn memory(&self) -> u64 {
        self.memory
    }

    /// What a process of that seed gives.
    pub(super) fn output(&self, hash_seed: u32) -> u64 {
        match self.output {
            Output::Same(output) => output,
            Output::DifferentByProcess => hash_seed.into(),
        }
    }

    pub(super) fn mishap_of_import(&self) -> Option<Mishap> {
        self.mishap.filter(|&(moment, _)| moment == MishapTime::Import).map(|(_, mishap)| mishap)
    }

    /// What goes wrong in a call when that number of calls has been made.
    pub(super) fn mishap_of_call(&self, made: u64) -> Option<Mishap> {
        self.mishap
            .filter(|(moment, _)| matches!(moment, MishapTime::AfterCalls(calls) if made > *calls))
            .map(|(_, mishap)| mishap)
    }
}

impl Mishap {
    /// The failure as the harness sees it; `None` for what never ends.
    pub(super) fn failure(self, limits: Limits) -> Option<Failure> {
        let output = String::new();
        match self {
            Self::Raises => Some(Failure::Raised("raised ValueError: as the test wants".to_owned())),
            Self::IsKilled => Some(Failure::Killed { signal: "SIGSEGV".to_owned(), call: None, output }),
            Self::Exits => Some(Failure::Exited { status: 1, output }),
            Self::Disconnects => Some(Failure::Disconnected),
            Self::RunsOutOfMemory => Some(Failure::OutOfMemory { limit: limits.memory, held: limits.memory + 1 }),
            Self::Hangs => None,
        }
    }
}

/// What makes the input of a workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Input {
    /// Whether it can be pickled.
    pub pickled: bool,
    /// Whether making it raises.
    pub raises: bool,
    /// Inputs of other versions are other values.
    pub version: u32,
}

impl Default for Input {
    fn default() -> Self {
        Self { pickled: true, raises: false, version: 1 }
    }
}
