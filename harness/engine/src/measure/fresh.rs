//! A process of a contender that has just begun.

use std::time::Duration;

use rustworthy_protocol::{Called, LoadRequest};

use super::settings::Settings;
use super::start::start;
use crate::manifest::{Contender, Workload};
use crate::workers::{Failure, Laboratory, Worker};

/// Processes of a contender are numbered: those of rounds by their round, those of checks from here on.
pub(super) const FIRST_CHECK: u32 = 1 << 20;

/// A worker with a contender and its input in it that has made one call.
pub(super) struct Fresh<W> {
    pub(super) worker: W,
    /// What that call was like.
    pub(super) called: Called,
    /// How long it took to start and to make the call.
    pub(super) took: Duration,
    process: u32,
}

impl<W: Worker> Fresh<W> {
    /// Starts one.
    pub(super) fn start<L: Laboratory<Worker = W>>(
        settings: &Settings<L>,
        workload: &Workload,
        contender: &Contender,
        process: u32,
        input: LoadRequest,
    ) -> Result<Self, Failure> {
        let Settings { workers, seed, .. } = settings;
        let begun = workers.now();
        let mut worker = start(workers, *seed, &workload.name, contender, process, input, |_| Ok(()))?;
        let called = worker.call()?;
        Ok(Self { worker, called, took: workers.now() - begun, process })
    }

    /// Whether it was started for a round, not for a check.
    pub(super) fn is_of_round(&self) -> bool {
        self.process < FIRST_CHECK
    }
}
