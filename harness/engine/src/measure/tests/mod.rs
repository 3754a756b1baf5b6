//! Sessions with simulated workers in simulated time.

mod budget;
mod failures;
mod resuming;
mod rounds;

use std::time::Duration;

use rustworthy_model::comparison::Stopped;

use super::{Effort, Event, EventKind, Planned, Record, Records, Referee, Sample, Session, Settings};
use crate::manifest::Workload;
use crate::simulation::{Function, Machine, SimulatedWorkers, Simulation, workload};

/// Name and size of the workload that is measured.
const NAME: &str = "w";
const SIZE: u64 = 1000;

/// Functions of a project by name; the first is the baseline.
type Functions<'a> = &'a [(&'a str, Function)];

/// A laboratory, and what a session in it adds up to.
struct Run {
    simulation: Simulation,
    settings: Settings<SimulatedWorkers>,
    workload: Workload,
    records: Records,
    events: Vec<Event>,
}

impl Run {
    /// A run that hasn't begun.
    fn new(machine: Machine, functions: Functions<'_>) -> Self {
        let simulation = Simulation::new(machine, 1);
        let names: Vec<&str> = functions.iter().map(|(name, _)| *name).collect();
        let settings = Settings {
            workers: simulation.workers(functions.iter().cloned()),
            effort: Effort::QUICK,
            seed: 1,
            cpus: vec![0, 1],
            memory: 1 << 40,
            scratch: "scratch".into(),
        };
        let (records, events) = (Records::default(), Vec::new());
        Self { simulation, settings, workload: workload(NAME, &names), records, events }
    }

    /// A run with that much effort.
    fn with_effort(self, effort: Effort) -> Self {
        let settings = Settings { effort, ..self.settings };
        Self { settings, ..self }
    }

    /// Measures all contenders until the budget is spent.
    fn measure(&mut self) -> Record {
        self.measure_until(&|_: &Planned<'_>, _: &Record| Vec::new())
    }

    /// Measures all contenders until the budget is spent, or they are settled.
    fn measure_until(&mut self, referee: &dyn Referee) -> Record {
        let contenders = self.workload.contenders.iter().collect();
        let planned = Planned { workload: &self.workload, size: SIZE, size_name: None, contenders };
        let mut listener = |event: &Event| self.events.push(event.clone());
        Session::new(&self.settings, &mut self.records, referee, &mut listener).measure(&planned);
        self.record().clone()
    }

    /// What is known of the workload.
    fn record(&self) -> &Record {
        self.records.get(NAME, SIZE).expect("it was measured")
    }

    fn stopped(&self) -> Stopped {
        self.record().stopped.expect("it has ended")
    }

    /// Whether the contender was checked, timed in every round and verified.
    fn was_measured(&self, contender: &str) -> bool {
        let record = self.record();
        record.can_be_timed(contender)
            && record.verified.contains(contender)
            && (0..record.rounds).all(|round| blocks(record, contender).any(|sample| sample.round == round))
    }
}

/// Timed blocks of one contender, those for latencies alone left out.
fn blocks<'a>(record: &'a Record, contender: &'a str) -> impl Iterator<Item = &'a Sample> {
    record.samples.iter().filter(move |sample| sample.contender == contender && !sample.latencies_only)
}

/// Mean time of a call in one round, in seconds.
fn seconds_in_round(record: &Record, contender: &str, round: u32) -> f64 {
    let blocks = || blocks(record, contender).filter(|sample| sample.round == round);
    let (own_ns, calls) = blocks().fold((0, 0), |sum, block| (sum.0 + block.own_ns, sum.1 + block.calls));
    own_ns as f64 / 1e9 / calls as f64
}

/// Enough for some rounds.
fn brief() -> Effort {
    Effort { budget: Duration::from_secs(4), ..Effort::QUICK }
}
