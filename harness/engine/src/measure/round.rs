//! Rounds: fresh processes of all contenders take turns in short blocks on one processor.
//!
//! The noise of a shared machine is mostly two-valued: a processor is fast or slow, changes its speed within
//! tens of milliseconds, and its neighbour may have the other speed. So contenders that are compared stay on
//! the same processor and alternate quickly; the processor changes from round to round. A contender that
//! uses several processors gets all of them, while the others wait.

use std::time::{Duration, Instant};

use rustworthy_model::comparison::Stopped;
use rustworthy_protocol::{Judged, Judgement, Judging, Timed};

use super::check::Inputs;
use super::event::{Check, EventKind, Sample};
use super::latency::latencies;
use super::measurement::Measurement;
use super::record::Record;
use super::schedule::{self, Effort, Share, timed_one_by_one};
use super::settings::{Planned, Settings};
use super::start::start;
use crate::manifest::Contender;
use crate::workers::{Failure, Laboratory, Worker};
use rustworthy_stats::planned_looks;

/// Calls that are timed one by one, once a round, where a block isn't.
const LATENCY_CALLS: u64 = 1000;

impl<'a, L: Laboratory> Measurement<'a, L> {
    /// Makes rounds until the intervals are narrow enough, which `precise` judges, or the budget is spent that began at
    /// `start`.
    pub(super) fn time_rounds(
        &mut self,
        inputs: &Inputs,
        start: Instant,
        precise: &dyn Fn(&Planned<'_>, &Record) -> bool,
    ) -> Stopped {
        let (effort, laboratory) = (self.settings.effort, &self.settings.workers);
        let groups = self.groups();
        let looks: Vec<usize> = planned_looks(effort.rounds as usize, effort.most_rounds as usize).collect();
        let mut slowest = Duration::ZERO;
        loop {
            let record = self.record();
            if !groups.iter().flatten().any(|contender| record.can_be_timed(&contender.name)) {
                return Stopped::Failed;
            }
            let turns = record.rounds / groups.len() as u32;
            if looks.contains(&(turns as usize)) && precise(self.planned, &record) {
                return Stopped::Precision;
            }
            let begun = laboratory.now();
            let spent = begun - start;
            let out_of_time = turns >= Effort::FEWEST_ROUNDS && spent + slowest > effort.budget;
            if turns >= effort.most_rounds || out_of_time {
                return Stopped::Budget;
            }
            let room = effort.room(effort.budget.saturating_sub(spent), turns) / groups.len() as u32;
            for (round, group) in (record.rounds..).zip(&groups) {
                if self.round(inputs, round, group, room).is_err() {
                    return Stopped::Interrupted;
                }
            }
            slowest = slowest.max(laboratory.now() - begun);
        }
    }

    /// Contenders that are measured together, since their memory allows it.
    fn groups(&self) -> Vec<Vec<&'a Contender>> {
        let (record, contenders) = (self.record(), &self.planned.contenders);
        let timed: Vec<&Contender> =
            contenders.iter().copied().filter(|contender| record.can_be_timed(&contender.name)).collect();
        let peak = |contender: &&Contender| record.checks[&contender.name].called.peak_memory.unwrap_or_default();
        let peaks: Vec<u64> = timed.iter().map(peak).collect();
        let baseline = timed.iter().position(|contender| contender.baseline);
        let groups = schedule::groups(&peaks, baseline, self.settings.memory);
        groups.into_iter().map(|group| group.into_iter().map(|index| timed[index]).collect()).collect()
    }

    /// One round of one group, within `room` if that is possible.
    ///
    /// # Errors
    /// Only [`Failure::Interrupted`]: a contender that fails is reported and left out.
    fn round(&mut self, inputs: &Inputs, round: u32, group: &[&'a Contender], room: Duration) -> Result<(), Failure> {
        let (settings, workload) = (self.settings, self.planned.workload);
        let begun = settings.workers.now();
        let record = self.record();
        let cpu = schedule::cpu(settings.seed, &workload.name, round, &settings.cpus);
        let mut runners = self.start_runners(inputs, round, group, cpu)?;

        let sweep = runners.iter().map(|runner| runner.share.seconds(runner.check.call_seconds())).sum();
        let room = room.saturating_sub(settings.workers.now() - begun);
        let sweeps = settings.effort.sweeps(schedule::duration(sweep), room);
        settings.workers.keep_off(cpu, || self.time_sweeps(&mut runners, round, sweeps))?;

        let has_output = !record.failures.contains_key(&workload.baseline().name);
        for runner in &mut runners {
            // Once is enough: every round would cost a call of each.
            if !record.verified.contains(&runner.contender.name) && has_output {
                self.verify(runner, round)?;
            }
        }
        // Processes that hold much memory take a while to end: they may do so side by side.
        runners.iter_mut().for_each(|runner| runner.worker.dismiss());
        Ok(())
    }

    /// Fresh processes of those contenders of a group that haven't failed, ready to be timed.
    fn start_runners(
        &mut self,
        inputs: &Inputs,
        round: u32,
        group: &[&'a Contender],
        cpu: Option<usize>,
    ) -> Result<Vec<Runner<'a, L::Worker>>, Failure> {
        let record = self.record();
        let group: Vec<&Contender> =
            group.iter().copied().filter(|contender| record.can_be_timed(&contender.name)).collect();
        let call = |contender: &Contender| record.checks[&contender.name].call_seconds();
        let block = self.settings.effort.block(group.iter().copied().map(call).fold(0.0, f64::max));
        let baseline = group.iter().find(|contender| contender.baseline).map(|&contender| call(contender));
        let mut runners = Vec::new();
        for (contender, started) in group.iter().copied().zip(self.start_workers(inputs, round, &group)) {
            match started {
                Ok(worker) => {
                    let share = Share::new(call(contender), baseline.unwrap_or(f64::INFINITY), block);
                    let check = &record.checks[&contender.name];
                    runners.push(Runner::new(contender, worker, check, share, cpu, &self.settings.cpus));
                }
                Err(failure) => self.drop_out(&contender.name, failure)?,
            }
        }
        Ok(runners)
    }

    /// Fresh workers that have made one call; as many start at a time as there are processors.
    fn start_workers(&self, inputs: &Inputs, round: u32, group: &[&Contender]) -> Vec<Result<L::Worker, Failure>> {
        let (settings, workload) = (self.settings, self.planned.workload);
        let tasks = group.iter().map(|&contender| {
            move || {
                let input = inputs.load(inputs.main.1.copies(), workload.fresh_input);
                let Settings { workers, seed, .. } = settings;
                let mut worker = start(workers, *seed, &workload.name, contender, round, input)?;
                worker.call()?;
                Ok(worker)
            }
        });
        settings.workers.at_once(settings.cpus.len(), tasks.collect())
    }

    /// Times blocks of all contenders in that number of sweeps, each in an order of its own.
    fn time_sweeps(
        &mut self,
        runners: &mut Vec<Runner<'a, L::Worker>>,
        round: u32,
        sweeps: u32,
    ) -> Result<(), Failure> {
        let mut random = schedule::random(self.settings.seed, &["order", &self.planned.workload.name], round);
        for sweep in 0..sweeps {
            for index in schedule::order(&mut random, runners.len()) {
                if sweep % runners[index].share.every == 0 {
                    self.time_block(&mut runners[index], round, sweep)?;
                }
            }
            runners.retain(|runner| self.can_be_timed(&runner.contender.name));
        }
        Ok(())
    }

    fn time_block(&mut self, runner: &mut Runner<'_, L::Worker>, round: u32, sweep: u32) -> Result<(), Failure> {
        let each = timed_one_by_one(runner.check.calibrated.seconds);
        let calls = runner.share.calls;
        match runner.worker.time(calls, each) {
            Ok(timed) => self.emit(EventKind::Sample(runner.sample(round, sweep, calls, timed, false))),
            Err(failure) => return self.drop_out(&runner.contender.name, failure),
        }
        if sweep == 0 && !each {
            let calls = calls.min(LATENCY_CALLS);
            match runner.worker.time(calls, true) {
                Ok(timed) => self.emit(EventKind::Sample(runner.sample(round, sweep, calls, timed, true))),
                Err(failure) => return self.drop_out(&runner.contender.name, failure),
            }
        }
        Ok(())
    }

    /// Judges one more output, now that the code has run many times in its process.
    fn verify(&mut self, runner: &mut Runner<'_, L::Worker>, round: u32) -> Result<(), Failure> {
        let comparison = self.files().comparison();
        let judging = Judging { keep: None, against: Some(comparison), input: self.input_after() };
        let contender = runner.contender.name.clone();
        match runner.worker.call().and_then(|_| runner.worker.judge(judging)) {
            Ok(Judged { verdict, .. }) => {
                if runner.contender.baseline || matches!(verdict, Judgement::CheckerFailed(_)) {
                    self.emit_flaw(&verdict.clone().later());
                }
                self.emit(EventKind::Verified { contender, round, verdict });
                Ok(())
            }
            Err(failure) => self.drop_out(&runner.contender.name, failure),
        }
    }
}

/// A contender in a round.
struct Runner<'a, W> {
    contender: &'a Contender,
    worker: W,
    check: Check,
    share: Share,
    cpu: Option<usize>,
}

impl<'a, W: Worker> Runner<'a, W> {
    fn new(
        contender: &'a Contender,
        mut worker: W,
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
