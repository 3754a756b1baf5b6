//! One run of the engine over the benchmarks that two sides share.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use rustworthy_protocol::{Input, Lookup, Made, MakeRequest};

use super::effort::Plan;
use super::event::{Event, EventKind, Failed, Record, Records, Side};
use super::lanes;
use super::pairing::Paired;
use super::settings::{Next, Settings, SideSettings};
use super::sides::{FirstCalls, Sides};
use crate::verdict::gate::instructions::TESTS;
use crate::workers::{Failure, Laboratory, Worker, Workers};

/// Measures one benchmark after the other, and emits everything that happens.
pub struct Session<'a, L = Workers> {
    settings: &'a Settings<L>,
    records: &'a mut Records,
    listener: &'a mut dyn FnMut(&Event),
    next: &'a dyn Fn(&Paired<'_>, &Record) -> Next,
    inputs: Option<Inputs>,
}

/// The inputs of a workload on both sides.
#[derive(Debug, Clone)]
struct Inputs {
    workload: String,
    size: u64,
    made: Result<BothMade, Failed>,
}

/// The inputs as they were made, and what a side has read for them that isn't its own.
#[derive(Debug, Clone)]
struct BothMade {
    inputs: [(MakeRequest, Made); 2],
    foreign: Option<String>,
}

impl<'a, L: Laboratory> Session<'a, L> {
    /// A session. `next` is consulted after planned numbers of rounds, and when the first part is over.
    pub fn new(
        settings: &'a Settings<L>,
        records: &'a mut Records,
        next: &'a dyn Fn(&Paired<'_>, &Record) -> Next,
        listener: &'a mut dyn FnMut(&Event),
    ) -> Self {
        Self { settings, records, listener, next, inputs: None }
    }

    /// Measures one benchmark.
    pub fn measure(&mut self, paired: &Paired<'_>) {
        let start = self.settings.laboratory().now();
        let interrupted = matches!(self.try_to(paired, start), Err((_, Failure::Interrupted)));
        self.emit(paired, EventKind::Ended { interrupted });
    }

    fn try_to(&mut self, paired: &Paired<'_>, start: Instant) -> Result<(), Failed> {
        let made = self.inputs(paired);
        let settings = self.settings;
        let tried = made.and_then(|BothMade { inputs, foreign }| {
            let digests = inputs.each_ref().map(|(_, made)| made.sha256.clone());
            if digests[0] != digests[1] {
                self.emit(paired, EventKind::InputChanged { digests });
                return Ok(None);
            }
            let sides = Sides::new(settings, paired, inputs);
            let mut first_calls = sides.call_first()?;
            // A module that isn't a side's own is told as that, though its file was read for the input already.
            first_calls.foreign_code = first_calls.foreign_code.or(foreign);
            Ok(Some((sides, first_calls)))
        });
        match tried {
            Ok(Some((_, FirstCalls { foreign_code: Some(detail), .. }))) => {
                self.emit(paired, EventKind::ForeignCode { detail });
                Ok(())
            }
            Ok(Some((sides, first_calls))) if settings.counts() => self.count(paired, &sides, first_calls, start),
            Ok(Some((sides, first_calls))) => self.make_rounds(paired, &sides, first_calls, start),
            Ok(None) => Ok(()),
            Err(failed) => self.fail(paired, failed),
        }
    }

    /// Counts instructions, with one seed after the other, for as long as there is something to decide and time for it.
    fn count(
        &mut self,
        paired: &Paired<'_>,
        sides: &Sides<'_, L>,
        first_calls: FirstCalls,
        start: Instant,
    ) -> Result<(), Failed> {
        let (unseen, order) = (first_calls.unseen(), first_calls.count_order());
        let is_in_vain = matches!(unseen, Some(EventKind::NotCounted { .. }));
        first_calls.findings.into_iter().chain(unseen).for_each(|finding| self.emit(paired, finding));
        for number in 0.. {
            let record = self.record(paired);
            let is_late = self.settings.laboratory().now() - start > self.settings.effort.budget;
            let is_enough = record.counts.len() >= TESTS[0] && is_late;
            if is_in_vain || is_enough || (self.next)(paired, &record) == Next::End {
                break;
            }
            match sides.count(order, number) {
                Ok(count) => self.emit(paired, EventKind::Counted(count)),
                Err(failed) => return self.fail(paired, failed),
            }
        }
        Ok(())
    }

    /// Makes rounds of both parts for as long as there is something to decide.
    fn make_rounds(
        &mut self,
        paired: &Paired<'_>,
        sides: &Sides<'_, L>,
        first_calls: FirstCalls,
        start: Instant,
    ) -> Result<(), Failed> {
        let (effort, laboratory) = (self.settings.effort, self.settings.laboratory());
        let spent = laboratory.now() - start;
        let lanes = lanes::split(&self.settings.cpus, first_calls.parallel);
        let plan = Plan::new(&effort, first_calls.costs(spent, lanes.len()));
        first_calls.findings.into_iter().for_each(|finding| self.emit(paired, finding));
        self.emit(paired, EventKind::Planned(plan.clone()));
        let make = |cpus: &[usize], number, over: &AtomicBool| sides.round(&plan, number, cpus, over);
        lanes::run(laboratory, &lanes, make, |rounds| {
            while !self.is_over(paired, &plan, start, spent) {
                match rounds.next() {
                    Some(Ok(round)) => self.emit(paired, EventKind::Round(round)),
                    Some(Err(failed)) => return self.fail(paired, failed),
                    None => break,
                }
            }
            Ok(())
        })
    }

    /// Whether it's decided, or there's no time for more. Ends the first part and begins the second when that's due.
    fn is_over(&mut self, paired: &Paired<'_>, plan: &Plan, start: Instant, spent: Duration) -> bool {
        let (record, effort) = (self.record(paired), &self.settings.effort);
        let elapsed = self.settings.laboratory().now() - start;
        let is_late = |made, end| made >= Plan::FEWEST_ROUNDS && elapsed > end;
        if record.in_second {
            let made = record.second.len();
            return made >= plan.more_rounds || is_late(made, effort.budget);
        }
        let made = record.first.len();
        let pace = elapsed.saturating_sub(spent).div_f64(made.max(1) as f64);
        let is_over = made >= plan.rounds || is_late(made, Plan::end_of_first(effort, spent, pace));
        if is_over {
            self.emit(paired, EventKind::FirstPartOver);
        } else if !plan.looks().any(|look| look == made) {
            return false;
        }
        match (self.next)(paired, &self.record(paired)) {
            Next::End => return true,
            Next::GoOn if !is_over => {}
            Next::GoOn | Next::SecondPart => self.emit(paired, EventKind::SecondPart),
        }
        false
    }

    /// Reports a failure, unless it's an interruption by the user.
    fn fail(&mut self, paired: &Paired<'_>, (side, failure): Failed) -> Result<(), Failed> {
        if failure == Failure::Interrupted {
            return Err((side, failure));
        }
        self.emit(paired, EventKind::Failed { side, failure });
        Ok(())
    }

    /// The inputs of both sides, made once for all contenders of a workload.
    fn inputs(&mut self, paired: &Paired<'_>) -> Result<BothMade, Failed> {
        let workload = &paired.workloads[1].name;
        match &self.inputs {
            Some(inputs) if inputs.workload == *workload && inputs.size == paired.size => inputs.made.clone(),
            _ => {
                let made = self.make(paired);
                self.inputs = Some(Inputs { workload: workload.clone(), size: paired.size, made: made.clone() });
                made
            }
        }
    }

    fn make(&self, paired: &Paired<'_>) -> Result<BothMade, Failed> {
        let of = |side: Side| {
            self.make_one(paired, side as usize).map_err(|failure| (side, in_words("making the input", failure)))
        };
        let [(old, old_reads), (new, new_reads)] = [of(Side::Old)?, of(Side::New)?];
        let foreign = self.settings.ownership.as_ref().and_then(|own| own.misreading(&[old_reads, new_reads]));
        Ok(BothMade { inputs: [old, new], foreign })
    }

    /// An input, and the files that were read for it where that is looked at.
    fn make_one(&self, paired: &Paired<'_>, side: usize) -> Result<((MakeRequest, Made), Vec<PathBuf>), Failure> {
        let (SideSettings { workers, scratch, .. }, workload) = (&self.settings.sides[side], paired.workloads[side]);
        let folder = scratch.join(&workload.name);
        workers.create_folder(&folder)?;
        let request = MakeRequest {
            input: Input::from(&workload.input),
            bytes: workload.bytes.as_ref().map(Lookup::from),
            size: paired.size,
            seed: self.settings.seed,
            file: folder.join("input"),
        };
        let mut worker = workers.start(&Default::default(), workload.baseline().limits, 1)?;
        let is_watched = self.settings.ownership.is_some();
        if is_watched {
            worker.watch_reads()?;
        }
        let made = worker.make(request.clone())?;
        let reads = if is_watched { worker.reads()? } else { Vec::new() };
        Ok(((request, made), reads))
    }

    fn emit(&mut self, paired: &Paired<'_>, kind: EventKind) {
        let [_, workload] = paired.workloads;
        let event = Event { workload: workload.name.clone(), contender: paired.contenders[1].name.clone(), kind };
        self.records.apply(&event);
        (self.listener)(&event);
    }

    fn record(&self, paired: &Paired<'_>) -> Record {
        self.records.get(&paired.workloads[1].name, &paired.contenders[1].name).cloned().unwrap_or_default()
    }
}

/// A failure of what isn't the contender itself says so.
fn in_words(what: &str, failure: Failure) -> Failure {
    match failure {
        Failure::Raised(message) => Failure::Raised(format!("{message}\n(while {what})")),
        other => other,
    }
}
