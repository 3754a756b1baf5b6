//! Gates of simulated projects in simulated time.

mod failures;
mod imported;
mod rounds;
mod verdicts;

use std::time::Duration;

use rustworthy_model::gate::{Benchmark, Metric};

use super::{Effort, Event, EventKind, Next, Paired, Record, Records, Session, Settings, SideSettings, pair};
use crate::manifest::Workload;
use crate::measure::Planned;
use crate::simulation::{Function, Machine, SimulatedWorkers, Simulation, workload};
use crate::sound::contradictions;
use crate::verdict::gate::{Rule, judge, next};
use rustworthy_stats::{Confidence, Resampling};

/// Name of the workload.
const NAME: &str = "w";

/// The change that is tolerated.
const FAIL_OVER: f64 = 0.05;

/// Functions of one revision by name; the first is the baseline.
type Functions<'a> = &'a [(&'a str, Function)];

/// Two revisions of a project in one laboratory.
struct Gate {
    simulation: Simulation,
    settings: Settings<SimulatedWorkers>,
    workloads: [Workload; 2],
    records: Records,
    events: Vec<Event>,
}

impl Gate {
    fn new(machine: Machine, seed: u64, revisions: [Functions<'_>; 2]) -> Self {
        let simulation = Simulation::new(machine, seed);
        let sides = revisions.map(|functions| SideSettings {
            workers: simulation.workers(functions.iter().cloned()),
            scratch: "scratch".into(),
            counting: None,
        });
        let workloads = revisions.map(|functions| {
            let names: Vec<&str> = functions.iter().map(|(name, _)| *name).collect();
            workload(NAME, &names)
        });
        let settings =
            Settings { effort: Effort::QUICK, seed, cpus: vec![0, 1], latencies: false, ownership: None, sides };
        Self { simulation, settings, workloads, records: Records::default(), events: Vec::new() }
    }

    /// One function in both revisions, which takes so many seconds in the old and in the new one.
    fn of_one(machine: Machine, seed: u64, seconds: [f64; 2]) -> Self {
        let [old, new] = seconds.map(|seconds| [("f", Function::taking(seconds))]);
        Self::new(machine, seed, [&old, &new])
    }

    /// Measures all contenders that both revisions have, as the gate does.
    fn measure(&mut self) -> Record {
        let rule = self.rule();
        self.measure_with(&|_, record| next(record, &[(Metric::Time, FAIL_OVER)], &rule))
    }

    fn measure_with(&mut self, next: &dyn Fn(&Paired<'_>, &Record) -> Next) -> Record {
        let [old, new] = self.workloads.each_ref().map(|workload| {
            let contenders = workload.contenders.iter().collect();
            [Planned { workload, size: 1000, size_name: None, contenders }]
        });
        let mut listener = |event: &Event| self.events.push(event.clone());
        let mut session = Session::new(&self.settings, &mut self.records, next, &mut listener);
        pair(&old, &new).paired.iter().for_each(|paired| session.measure(paired));
        self.record("f").clone()
    }

    fn record(&self, contender: &str) -> &Record {
        self.records.get(NAME, contender).expect("it was measured")
    }

    fn judge(&self) -> Benchmark {
        let benchmark = judge(NAME, "f", self.record("f"), Metric::Time, FAIL_OVER, &self.rule());
        let contradictions = contradictions(&serde_json::to_value(&benchmark).unwrap());
        assert!(contradictions.is_empty(), "{contradictions:?}");
        benchmark
    }

    fn rule(&self) -> Rule {
        let resampling = Resampling { confidence: Confidence::USUAL, resamples: 2_000, seed: self.settings.seed };
        Rule { resampling, false_alarms: 0.05, changes: 1 }
    }

    /// Whether the last event is the end of measuring, and whether that was by the user.
    fn ended(&self) -> Option<bool> {
        match self.events.last()?.kind {
            EventKind::Ended { interrupted } => Some(interrupted),
            _ => None,
        }
    }

    fn elapsed(&self) -> Duration {
        self.simulation.elapsed()
    }
}

/// Goes on to the end of the second part.
fn to_the_end(_: &Paired<'_>, record: &Record) -> Next {
    if record.first_over { Next::SecondPart } else { Next::GoOn }
}
