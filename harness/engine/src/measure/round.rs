//! Rounds: fresh processes of all contenders take turns in short blocks on one processor.
//!
//! The noise of a shared machine is mostly two-valued: a processor is fast or slow, changes its mind within
//! tens of milliseconds, and its neighbour may be of another mind. So contenders that are compared stay on
//! the same processor and alternate quickly; the processor changes from round to round. A contender that
//! uses several processors gets all of them, while the others wait.

use std::time::{Duration, Instant};

use rustworthy_model::comparison::Stopped;
use rustworthy_protocol::{Judging, Timed, Verdict};

use super::affinity::KeepAway;
use super::check::Inputs;
use super::event::{Check, Sample, What};
use super::latency_histogram;
use super::schedule::{self, Effort, Share, timed_one_by_one};
use super::session::{Files, Planned, Session, load, seconds};
use crate::manifest::Contender;
use crate::stats::planned_looks;
use crate::workers::{Failure, Worker};

/// Calls that are timed one by one, once a round, where a block isn't.
const LATENCY_CALLS: u64 = 1000;

impl Session<'_> {
    /// Makes rounds until the intervals are narrow enough or the budget is spent.
    pub(super) fn time_rounds(&mut self, planned: &Planned<'_>, inputs: &Inputs, start: Instant) -> Stopped {
        let effort = self.settings.effort;
        let groups = self.groups(planned);
        let looks: Vec<usize> = planned_looks(effort.rounds as usize, effort.most_rounds as usize).collect();
        let mut slowest = Duration::ZERO;
        loop {
            let record = self.record(planned);
            if !groups.iter().flatten().any(|contender| record.can_be_timed(&contender.name)) {
                return Stopped::Failed;
            }
            let turns = record.rounds / groups.len() as u32;
            if looks.contains(&(turns as usize)) && (self.precise)(planned, &record) {
                return Stopped::Precision;
            }
            let out_of_time = turns >= Effort::FEWEST_ROUNDS && start.elapsed() + slowest > effort.budget;
            if turns >= effort.most_rounds || out_of_time {
                return Stopped::Budget;
            }
            let turn = Instant::now();
            let room = effort.room(effort.budget.saturating_sub(start.elapsed()), turns) / groups.len() as u32;
            for (round, group) in (record.rounds..).zip(&groups) {
                if self.round(planned, inputs, round, group, room).is_err() {
                    return Stopped::Interrupted;
                }
            }
            slowest = slowest.max(turn.elapsed());
        }
    }

    /// Contenders that are measured together, since their memory allows it.
    fn groups<'p>(&self, planned: &Planned<'p>) -> Vec<Vec<&'p Contender>> {
        let record = self.record(planned);
        let timed: Vec<&Contender> =
            planned.contenders.iter().copied().filter(|contender| record.can_be_timed(&contender.name)).collect();
        let peak = |contender: &&Contender| record.checks[&contender.name].called.peak_memory.unwrap_or_default();
        let peaks: Vec<u64> = timed.iter().map(peak).collect();
        let baseline = timed.iter().position(|contender| contender.baseline);
        let groups = schedule::groups(&peaks, baseline, self.settings.memory);
        groups.into_iter().map(|group| group.into_iter().map(|index| timed[index]).collect()).collect()
    }

    /// One round of one group, within `room` if that is possible.
    ///
    /// # Errors
    /// Only [`Failure::Interrupted`]: a contender that fails is told of and left out.
    fn round(
        &mut self,
        planned: &Planned<'_>,
        inputs: &Inputs,
        round: u32,
        group: &[&Contender],
        room: Duration,
    ) -> Result<(), Failure> {
        let begun = Instant::now();
        let record = self.record(planned);
        let group: Vec<&Contender> =
            group.iter().copied().filter(|contender| record.can_be_timed(&contender.name)).collect();
        let cpu = schedule::cpu(self.settings.seed, &planned.workload.name, round, &self.settings.cpus);
        let call = |contender: &Contender| record.checks[&contender.name].call_seconds();
        let block = self.settings.effort.block(group.iter().copied().map(call).fold(0.0, f64::max));
        let baseline = group.iter().find(|contender| contender.baseline).map(|&contender| call(contender));
        let mut runners = Vec::new();
        for (contender, started) in group.iter().copied().zip(self.start(planned, inputs, round, &group)) {
            match started {
                Ok(worker) => {
                    let share = Share::new(call(contender), baseline.unwrap_or(f64::INFINITY), block);
                    let check = &record.checks[&contender.name];
                    runners.push(Runner::new(contender, worker, check, share, cpu, &self.settings.cpus));
                }
                Err(failure) => self.drop_out(planned, contender, failure)?,
            }
        }

        let sweep = seconds(runners.iter().map(|runner| runner.share.seconds(runner.check.call_seconds())).sum());
        let mut random = schedule::random(self.settings.seed, &["order", &planned.workload.name], round);
        {
            let _away = KeepAway::from(cpu);
            for sweep in 0..self.settings.effort.sweeps(sweep, room.saturating_sub(begun.elapsed())) {
                for index in schedule::order(&mut random, runners.len()) {
                    if sweep % runners[index].share.every == 0 {
                        self.time_block(planned, &mut runners[index], round, sweep)?;
                    }
                }
                runners.retain(|runner| self.can_be_timed(planned, &runner.contender.name));
            }
        }
        let has_output = !record.failures.contains_key(&planned.workload.baseline().name);
        for runner in &mut runners {
            // Once is enough: every round would cost a call of each.
            if !record.verified.contains(&runner.contender.name) && has_output {
                self.verify(planned, runner, round)?;
            }
        }
        // Processes that hold much memory take a while to end: they may do so side by side.
        runners.iter_mut().for_each(|runner| runner.worker.dismiss());
        Ok(())
    }

    /// Fresh workers that have made one call; as many start at a time as there are processors.
    fn start(
        &self,
        planned: &Planned<'_>,
        inputs: &Inputs,
        round: u32,
        group: &[&Contender],
    ) -> Vec<Result<Worker, Failure>> {
        let start = |contender: &Contender| {
            let input = inputs.load(inputs.main.1.copies(), planned.workload.fresh_input);
            let mut worker = load(self.settings, planned, contender, round, input)?;
            worker.call()?;
            Ok(worker)
        };
        let mut started = Vec::new();
        for some in group.chunks(self.settings.cpus.len().max(1)) {
            std::thread::scope(|scope| {
                let threads: Vec<_> = some.iter().map(|contender| scope.spawn(|| start(contender))).collect();
                started.extend(threads.into_iter().map(|thread| {
                    thread
                        .join()
                        .unwrap_or_else(|_| Err(Failure::Harness("a thread of the harness panicked".to_owned())))
                }));
            });
        }
        started
    }

    fn time_block(
        &mut self,
        planned: &Planned<'_>,
        runner: &mut Runner<'_>,
        round: u32,
        sweep: u32,
    ) -> Result<(), Failure> {
        let each = timed_one_by_one(runner.check.calibrated.seconds);
        let calls = runner.share.calls;
        match runner.worker.time(calls, each) {
            Ok(timed) => self.tell(planned, What::Sample(runner.sample(round, sweep, calls, timed, false))),
            Err(failure) => return self.drop_out(planned, runner.contender, failure),
        }
        if sweep == 0 && !each {
            let calls = calls.min(LATENCY_CALLS);
            match runner.worker.time(calls, true) {
                Ok(timed) => self.tell(planned, What::Sample(runner.sample(round, sweep, calls, timed, true))),
                Err(failure) => return self.drop_out(planned, runner.contender, failure),
            }
        }
        Ok(())
    }

    /// Judges one more output, now that the code has run many times in its process.
    fn verify(&mut self, planned: &Planned<'_>, runner: &mut Runner<'_>, round: u32) -> Result<(), Failure> {
        let comparison = Files::new(planned, self.settings).comparison();
        let judging = Judging { keep: None, against: Some(comparison), input: !planned.workload.fresh_input };
        let contender = runner.contender.name.clone();
        match runner.worker.call().and_then(|_| runner.worker.judge(judging)) {
            Ok(verdict) => {
                if let (true, Verdict::Different(detail) | Verdict::Unchecked(detail)) =
                    (runner.contender.baseline, &verdict)
                {
                    self.tell(planned, What::BaselineUnstable { detail: format!("in a later call: {detail}") });
                }
                self.tell(planned, What::Verified { contender, round, verdict });
                Ok(())
            }
            Err(failure) => self.drop_out(planned, runner.contender, failure),
        }
    }

    fn drop_out(&mut self, planned: &Planned<'_>, contender: &Contender, failure: Failure) -> Result<(), Failure> {
        if failure == Failure::Interrupted {
            return Err(failure);
        }
        self.tell(planned, What::Failed { contender: contender.name.clone(), failure });
        Ok(())
    }
}

/// A contender in a round.
struct Runner<'a> {
    contender: &'a Contender,
    worker: Worker,
    check: Check,
    share: Share,
    cpu: Option<usize>,
}

impl<'a> Runner<'a> {
    fn new(
        contender: &'a Contender,
        worker: Worker,
        check: &Check,
        share: Share,
        cpu: Option<usize>,
        all: &[usize],
    ) -> Self {
        let cpu = cpu.filter(|_| !check.calibrated.is_parallel());
        // Where the system doesn't allow it the run is noisier, which its intervals will show.
        let cpu = cpu.filter(|&cpu| worker.pin(&[cpu]).is_ok());
        if cpu.is_none() {
            let _ = worker.pin(all);
        }
        Self { contender, worker, check: check.clone(), share, cpu }
    }

    fn sample(&self, round: u32, sweep: u32, calls: u64, timed: Timed, latencies_only: bool) -> Sample {
        Sample {
            contender: self.contender.name.clone(),
            round,
            sweep,
            cpu: self.cpu,
            calls,
            wall_ns: timed.wall_ns,
            cpu_ns: timed.cpu_ns,
            idle_cpu_ns: timed.idle_cpu_ns,
            latencies: latencies(&timed.each_ns),
            latencies_only,
        }
    }
}

/// Values to three significant digits, with how often each occurred.
pub(crate) fn latencies(each_ns: &[u64]) -> Vec<(u64, u64)> {
    let mut histogram = latency_histogram();
    for &ns in each_ns {
        histogram.saturating_record(ns.max(1));
    }
    histogram.iter_recorded().map(|value| (value.value_iterated_to(), value.count_at_value())).collect()
}
