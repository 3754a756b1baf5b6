//! One run of the engine over the benchmarks that two sides share.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use rustworthy_protocol::{Lookup, Made, MakeRequest};

use super::duel::{Duel, Tried};
use super::effort::{Effort, Plan};
use super::event::{Event, Record, Records, SideOf, What};
use super::lanes;
use super::pairing::Both;
use crate::manifest::Limits;
use crate::workers::{Failure, Workers};

/// One side of a gate, ready to be measured.
#[derive(Debug)]
pub struct Side {
    /// How to start its workers.
    pub workers: Workers,
    /// A folder for its inputs and outputs, emptied by the caller.
    pub scratch: PathBuf,
}

/// How to measure.
#[derive(Debug)]
pub struct Settings {
    /// How much to measure.
    pub effort: Effort,
    /// Seed of everything that is drawn.
    pub seed: u64,
    /// Logical processors to measure on.
    pub cpus: Vec<usize>,
    /// Whether single calls are timed where whole blocks would do.
    pub latencies: bool,
    /// The old and the new one.
    pub sides: [Side; 2],
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

/// Measures one benchmark after the other, and tells everything that happens.
pub struct Session<'a> {
    pub(super) settings: &'a Settings,
    records: &'a mut Records,
    listener: &'a mut dyn FnMut(&Event),
    next: &'a dyn Fn(&Both<'_>, &Record) -> Next,
    inputs: Option<Inputs>,
}

/// The inputs of a workload on both sides.
#[derive(Debug, Clone)]
struct Inputs {
    workload: String,
    size: u64,
    made: Result<[(MakeRequest, Made); 2], (SideOf, Failure)>,
}

impl<'a> Session<'a> {
    /// A session. `next` is consulted after planned numbers of rounds, and when the first part is over.
    pub fn new(
        settings: &'a Settings,
        records: &'a mut Records,
        next: &'a dyn Fn(&Both<'_>, &Record) -> Next,
        listener: &'a mut dyn FnMut(&Event),
    ) -> Self {
        Self { settings, records, listener, next, inputs: None }
    }

    /// Measures one benchmark.
    pub fn measure(&mut self, both: &Both<'_>) {
        let start = Instant::now();
        let interrupted = matches!(self.try_to(both, start), Err((_, Failure::Interrupted)));
        self.tell(both, What::Ended { interrupted });
    }

    fn try_to(&mut self, both: &Both<'_>, start: Instant) -> Result<(), (SideOf, Failure)> {
        let made = self.inputs(both);
        let settings = self.settings;
        let tried = made.and_then(|inputs| {
            let digests = inputs.each_ref().map(|(_, made)| made.sha256.clone());
            if digests[0] != digests[1] {
                self.tell(both, What::InputChanged { digests });
                return Ok(None);
            }
            let duel = Duel::new(settings, both, inputs);
            let tried = duel.try_both()?;
            Ok(Some((duel, tried)))
        });
        match tried {
            Ok(Some((duel, tried))) => self.make_rounds(both, &duel, tried, start),
            Ok(None) => Ok(()),
            Err(failed) => self.fail(both, failed),
        }
    }

    /// Makes rounds of both parts for as long as there is something to decide.
    fn make_rounds(
        &mut self,
        both: &Both<'_>,
        duel: &Duel<'_>,
        tried: Tried,
        start: Instant,
    ) -> Result<(), (SideOf, Failure)> {
        let effort = self.settings.effort;
        let spent = start.elapsed();
        let lanes = lanes::of(&self.settings.cpus, tried.parallel);
        let plan = Plan::new(&effort, tried.costs(spent, lanes.len()));
        tried.findings.into_iter().for_each(|finding| self.tell(both, finding));
        self.tell(both, What::Planned(plan.clone()));
        let make = |cpus: &[usize], number, over: &AtomicBool| duel.round(&plan, number, cpus, over);
        lanes::run(&lanes, make, |rounds| {
            while !self.is_over(both, &plan, start, spent) {
                match rounds.recv() {
                    Ok(Ok(round)) => self.tell(both, What::Round(round)),
                    Ok(Err(failed)) => return self.fail(both, failed),
                    Err(_) => break,
                }
            }
            Ok(())
        })
    }

    /// Whether it's decided, or there's no time for more. Ends the first part and begins the second when that's due.
    fn is_over(&mut self, both: &Both<'_>, plan: &Plan, start: Instant, spent: Duration) -> bool {
        let (record, effort) = (self.record(both), &self.settings.effort);
        let is_late = |made, end| made >= Plan::FEWEST_ROUNDS && start.elapsed() > end;
        if record.in_second {
            let made = record.second.len();
            return made >= plan.more_rounds || is_late(made, effort.budget);
        }
        let made = record.first.len();
        let is_over = made >= plan.rounds || is_late(made, Plan::end_of_first(effort, spent));
        if is_over {
            self.tell(both, What::FirstPartOver);
        } else if !plan.looks().any(|look| look == made) {
            return false;
        }
        match (self.next)(both, &self.record(both)) {
            Next::End => return true,
            Next::GoOn if !is_over => {}
            Next::GoOn | Next::SecondPart => self.tell(both, What::SecondPart),
        }
        false
    }

    /// Tells of a failure, unless it's the user's.
    fn fail(&mut self, both: &Both<'_>, (side, failure): (SideOf, Failure)) -> Result<(), (SideOf, Failure)> {
        if failure == Failure::Interrupted {
            return Err((side, failure));
        }
        self.tell(both, What::Failed { side, failure });
        Ok(())
    }

    /// The inputs of both sides, made once for all contenders of a workload.
    fn inputs(&mut self, both: &Both<'_>) -> Result<[(MakeRequest, Made); 2], (SideOf, Failure)> {
        let workload = &both.workloads[1].name;
        match &self.inputs {
            Some(inputs) if inputs.workload == *workload && inputs.size == both.size => inputs.made.clone(),
            _ => {
                let made = self.make(both);
                self.inputs = Some(Inputs { workload: workload.clone(), size: both.size, made: made.clone() });
                made
            }
        }
    }

    fn make(&self, both: &Both<'_>) -> Result<[(MakeRequest, Made); 2], (SideOf, Failure)> {
        let of = |side: SideOf| {
            self.make_one(both, side as usize).map_err(|failure| (side, in_words("making the input", failure)))
        };
        Ok([of(SideOf::Old)?, of(SideOf::New)?])
    }

    fn make_one(&self, both: &Both<'_>, side: usize) -> Result<(MakeRequest, Made), Failure> {
        let (Side { workers, scratch }, workload) = (&self.settings.sides[side], both.workloads[side]);
        let folder = scratch.join(&workload.name);
        fs::create_dir_all(&folder).map_err(|error| Failure::Harness(format!("{}: {error}", folder.display())))?;
        let request = MakeRequest {
            input: Lookup::from(&workload.input),
            bytes: workload.bytes.as_ref().map(Lookup::from),
            size: both.size,
            seed: self.settings.seed,
            file: folder.join("input"),
        };
        let limits: Limits = workload.baseline().limits;
        let mut worker = workers.start(&Default::default(), limits, 1)?;
        let made = worker.make(request.clone())?;
        Ok((request, made))
    }

    fn tell(&mut self, both: &Both<'_>, what: What) {
        let [_, workload] = both.workloads;
        let event = Event { workload: workload.name.clone(), contender: both.contenders[1].name.clone(), what };
        self.records.apply(&event);
        (self.listener)(&event);
    }

    fn record(&self, both: &Both<'_>) -> Record {
        self.records.get(&both.workloads[1].name, &both.contenders[1].name).cloned().unwrap_or_default()
    }
}

/// A failure of what isn't the contender itself says so.
fn in_words(what: &str, failure: Failure) -> Failure {
    match failure {
        Failure::Raised(message) => Failure::Raised(format!("{message}\n(while {what})")),
        other => other,
    }
}
