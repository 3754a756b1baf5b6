//! One run of the engine over the workloads of a project.

use rustworthy_model::comparison::{Settled, Stopped};

use super::event::{Event, EventKind};
use super::measurement::Measurement;
use super::record::{Record, Records};
use super::settings::{Planned, Settings};
use crate::workers::{Failure, Laboratory, Workers};

/// Judges a workload by what is known of it so far.
pub trait Referee {
    /// Which contenders need no more rounds. It is asked after planned numbers of rounds alone.
    fn settle(&self, planned: &Planned<'_>, record: &Record) -> Vec<(String, Settled)>;

    /// Sees what is known after every round.
    fn see(&self, _: &Planned<'_>, _: &Record) {}
}

impl<F: Fn(&Planned<'_>, &Record) -> Vec<(String, Settled)>> Referee for F {
    fn settle(&self, planned: &Planned<'_>, record: &Record) -> Vec<(String, Settled)> {
        self(planned, record)
    }
}

/// Measures one workload after the other, and emits everything that happens.
pub struct Session<'a, L = Workers> {
    settings: &'a Settings<L>,
    records: &'a mut Records,
    listener: &'a mut dyn FnMut(&Event),
    referee: &'a dyn Referee,
    equal_alone: bool,
}

impl<'a, L: Laboratory> Session<'a, L> {
    /// A session that takes up where `records` ends.
    pub fn new(
        settings: &'a Settings<L>,
        records: &'a mut Records,
        referee: &'a dyn Referee,
        listener: &'a mut dyn FnMut(&Event),
    ) -> Self {
        Self { settings, records, listener, referee, equal_alone: false }
    }

    /// Has nothing of a workload timed of which a contender differs.
    pub fn equal_alone(self, equal_alone: bool) -> Self {
        Self { equal_alone, ..self }
    }

    /// Measures one workload at one size, unless it has been measured already.
    pub fn measure(&mut self, planned: &Planned<'_>) {
        let chosen: Vec<String> = planned.contenders.iter().map(|contender| contender.name.clone()).collect();
        let before = self.records.get(&planned.workload.name, planned.size).filter(|record| record.chosen == chosen);
        let is_new = before.is_none();
        if before.and_then(|record| record.stopped).is_some_and(|reason| reason != Stopped::Interrupted) {
            return;
        }
        let mut measurement = Measurement::new(self.settings, planned, self.records, self.listener);
        if is_new {
            measurement.emit(EventKind::Started { contenders: chosen });
        }
        let start = self.settings.workers.now();
        let reason = match measurement.check_all() {
            Ok(_) if self.equal_alone && measurement.differs() => Stopped::Failed,
            Ok(inputs) => measurement.time_rounds(&inputs, start, self.referee),
            Err(Failure::Interrupted) => Stopped::Interrupted,
            Err(_) => Stopped::Failed,
        };
        measurement.emit(EventKind::Stopped { reason });
    }
}
