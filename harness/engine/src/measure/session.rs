//! One run of the engine over the workloads of a project.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustworthy_model::comparison::Stopped;
use rustworthy_protocol::{Comparison, Equality, LoadRequest, Lookup, MakeRequest, Mode};

use super::event::{Event, What};
use super::record::{Record, Records};
use super::schedule::{self, Effort};
use crate::manifest::{self, Contender, Workload};
use crate::workers::{Failure, Worker, Workers};

/// What to measure: one workload at one size, with some of its contenders.
#[derive(Debug, Clone)]
pub struct Planned<'a> {
    /// The workload.
    pub workload: &'a Workload,
    /// Size of its input.
    pub size: u64,
    /// Name of that size, where it has one.
    pub size_name: Option<String>,
    /// The contenders to measure, in the order of the manifest; the baseline is among them.
    pub contenders: Vec<&'a Contender>,
}

/// How to measure.
#[derive(Debug)]
pub struct Settings {
    /// How to start workers.
    pub workers: Workers,
    /// How much to measure.
    pub effort: Effort,
    /// Seed of everything that is drawn.
    pub seed: u64,
    /// Logical processors to measure on.
    pub cpus: Vec<usize>,
    /// Memory in bytes that the workers of a round may hold together.
    pub memory: u64,
    /// A folder for inputs and outputs, emptied by the caller.
    pub scratch: PathBuf,
}

/// Measures one workload after the other, and tells everything that happens.
pub struct Session<'a> {
    pub(super) settings: &'a Settings,
    records: &'a mut Records,
    listener: &'a mut dyn FnMut(&Event),
    /// Judges after every planned look whether the intervals are narrow enough.
    pub(super) precise: &'a dyn Fn(&Planned<'_>, &Record) -> bool,
}

impl<'a> Session<'a> {
    /// A session that takes up where `records` ends.
    ///
    /// `precise` tells whether what is known of a workload is as precise as was asked; it is consulted at planned looks alone.
    pub fn new(
        settings: &'a Settings,
        records: &'a mut Records,
        precise: &'a dyn Fn(&Planned<'_>, &Record) -> bool,
        listener: &'a mut dyn FnMut(&Event),
    ) -> Self {
        Self { settings, records, listener, precise }
    }

    /// Measures one workload at one size, unless it has been measured already.
    pub fn measure(&mut self, planned: &Planned<'_>) {
        let chosen: Vec<String> = planned.contenders.iter().map(|contender| contender.name.clone()).collect();
        match self.records.get(&planned.workload.name, planned.size) {
            Some(record) if record.chosen == chosen => {
                if record.stopped.is_some_and(|reason| reason != Stopped::Interrupted) {
                    return;
                }
            }
            _ => self.tell(planned, What::Started { contenders: chosen }),
        }
        let start = std::time::Instant::now();
        let reason = match self.check_all(planned) {
            Ok(inputs) => self.time_rounds(planned, &inputs, start),
            Err(Failure::Interrupted) => Stopped::Interrupted,
            Err(_) => Stopped::Failed,
        };
        self.tell(planned, What::Stopped { reason });
    }

    pub(super) fn tell(&mut self, planned: &Planned<'_>, what: What) {
        let event = Event { workload: planned.workload.name.clone(), size: planned.size, what };
        self.records.apply(&event);
        (self.listener)(&event);
    }

    /// Whether a contender is still in the race.
    pub(super) fn can_be_timed(&self, planned: &Planned<'_>, contender: &str) -> bool {
        self.records.get(&planned.workload.name, planned.size).is_some_and(|record| record.can_be_timed(contender))
    }

    /// What is known of a workload whose measuring has begun.
    pub(super) fn record(&self, planned: &Planned<'_>) -> Record {
        self.records.get(&planned.workload.name, planned.size).cloned().unwrap_or_default()
    }
}

/// Where the files of one workload stand, and how its outputs are compared.
pub(super) struct Files<'a> {
    planned: &'a Planned<'a>,
    seed: u64,
    folder: PathBuf,
}

impl<'a> Files<'a> {
    pub(super) fn new(planned: &'a Planned<'a>, settings: &Settings) -> Self {
        Self { planned, seed: settings.seed, folder: settings.scratch.join(&planned.workload.name) }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The input that is measured.
    pub(super) fn input(&self) -> MakeRequest {
        self.make("input", self.planned.size, self.seed)
    }

    /// An input of a quarter of the size from another seed: it tells whether time grows with the input, and
    /// whether results are remembered.
    pub(super) fn other_input(&self) -> MakeRequest {
        self.make("other", (self.planned.size / 4).max(1), self.seed.wrapping_add(1))
    }

    fn make(&self, name: &str, size: u64, seed: u64) -> MakeRequest {
        let workload = self.planned.workload;
        MakeRequest {
            input: Lookup::from(&workload.input),
            bytes: workload.bytes.as_ref().map(Lookup::from),
            size,
            seed,
            file: self.folder.join(name),
        }
    }

    /// Where the baseline's output is kept.
    pub(super) fn expected(&self) -> PathBuf {
        self.folder.join("expected")
    }

    /// How an output is held against the baseline's.
    pub(super) fn comparison(&self) -> Comparison {
        comparison(&self.planned.workload.equal, self.expected())
    }
}

/// How outputs are held against the one that was kept in a file.
pub(crate) fn comparison(equal: &manifest::Equality, expected: PathBuf) -> Comparison {
    let equality = match equal {
        manifest::Equality::Exact => Equality::Structural(Mode::Exact),
        manifest::Equality::Value => Equality::Structural(Mode::Value),
        &manifest::Equality::Tolerance { relative, absolute } => {
            Equality::Structural(Mode::Tolerance { relative, absolute })
        }
        manifest::Equality::Callable(target) => Equality::Callable(target.into()),
    };
    Comparison { expected, equality }
}

/// Starts a fresh worker with a contender and its input in it.
pub(super) fn load(
    settings: &Settings,
    planned: &Planned<'_>,
    contender: &Contender,
    process: u32,
    input: LoadRequest,
) -> Result<Worker, Failure> {
    let name = &planned.workload.name;
    let hash_seed = schedule::hash_seed(settings.seed, name, &contender.name, process);
    let mut worker = settings.workers.start(&contender.env, contender.limits, hash_seed)?;
    worker.import(&contender.code)?;
    worker.load(input)?;
    Ok(worker)
}

/// A duration from a number of seconds that was measured or computed; the longest there is for what isn't one.
pub(super) fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}
