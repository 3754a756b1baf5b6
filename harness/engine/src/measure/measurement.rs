//! The state of measuring one workload at one size, which checks and rounds add to.

use std::collections::BTreeMap;

use rustworthy_protocol::Judgement;

use super::event::{Event, EventKind};
use super::files::WorkloadFiles;
use super::fresh::Fresh;
use super::record::{Record, Records};
use super::settings::{Planned, Settings};
use crate::workers::{Failure, Laboratory};

/// One workload at one size while it is measured.
pub(super) struct Measurement<'a, L: Laboratory> {
    pub(super) settings: &'a Settings<L>,
    pub(super) planned: &'a Planned<'a>,
    records: &'a mut Records,
    listener: &'a mut dyn FnMut(&Event),
    /// The processes of checks that serve the first round, by contender.
    pub(super) checked: BTreeMap<&'a str, Fresh<L::Worker>>,
}

impl<'a, L: Laboratory> Measurement<'a, L> {
    pub(super) fn new(
        settings: &'a Settings<L>,
        planned: &'a Planned<'a>,
        records: &'a mut Records,
        listener: &'a mut dyn FnMut(&Event),
    ) -> Self {
        Self { settings, planned, records, listener, checked: BTreeMap::new() }
    }

    /// Adds an event to the record, and passes it on.
    pub(super) fn emit(&mut self, kind: EventKind) {
        let event = Event { workload: self.planned.workload.name.clone(), size: self.planned.size, kind };
        self.records.apply(&event);
        (self.listener)(&event);
    }

    /// A contender failed and takes no further part.
    ///
    /// # Errors
    /// When it is the user who ended it, which ends everything.
    pub(super) fn drop_out(&mut self, contender: &str, failure: Failure) -> Result<(), Failure> {
        if failure == Failure::Interrupted {
            return Err(failure);
        }
        self.emit(EventKind::Failed { contender: contender.to_owned(), failure });
        Ok(())
    }

    /// What is known of the workload so far.
    pub(super) fn record(&self) -> Record {
        self.records.get(&self.planned.workload.name, self.planned.size).cloned().unwrap_or_default()
    }

    /// Whether a contender gives something else than the baseline.
    pub(super) fn differs(&self) -> bool {
        let baseline = &self.planned.workload.baseline().name;
        let record = self.record();
        let mut others = record.checks.iter().filter(|(name, _)| *name != baseline);
        others.any(|(_, check)| matches!(check.verdict, Judgement::Different(_)))
    }

    /// The files of the workload.
    pub(super) fn files(&self) -> WorkloadFiles<'a> {
        WorkloadFiles::new(self.planned, self.settings)
    }
}
