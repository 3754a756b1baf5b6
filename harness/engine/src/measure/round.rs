//! Rounds: fresh processes of all contenders take [turns](super::turns) on one processor.
//!
//! The processor changes from round to round. While one round is measured, the processes of the next one start on other
//! processors, unless contenders need those.

use std::time::{Duration, Instant};

use rustworthy_model::comparison::{Scheme, Stopped};
use rustworthy_protocol::{Judged, Judgement, Judging};

use super::check::Inputs;
use super::event::EventKind;
use super::measurement::Measurement;
use super::schedule::{self, Effort};
use super::session::Settle;
use super::settings::Settings;
use super::start::start;
use super::turns::Runner;
use crate::manifest::Contender;
use crate::workers::{Failure, Laboratory, Worker};
use rustworthy_stats::planned_looks;

/// Fresh workers of a round that have made one call, or why they haven't, and how long that took.
struct Started<'a, W> {
    workers: Vec<(&'a Contender, Result<W, Failure>)>,
    took: Duration,
}

/// The groups that take part in rounds by turns, and whether those of two rounds may hold memory at the same time.
struct Groups<'a> {
    groups: Vec<Vec<&'a Contender>>,
    start_ahead: bool,
}

/// What a round may use.
struct Budget {
    /// What is left for all rounds to come of its group.
    left: Duration,
    /// How many rounds there were.
    rounds: u32,
}

impl<'a, L: Laboratory> Measurement<'a, L> {
    /// Makes rounds until all contenders are settled but the baseline, or the budget is spent that began at `start`.
    pub(super) fn time_rounds(&mut self, inputs: &Inputs, start: Instant, settle: &Settle<'_>) -> Stopped {
        let (effort, laboratory) = (self.settings.effort, &self.settings.workers);
        let Groups { groups, start_ahead } = self.groups();
        let looks: Vec<usize> = planned_looks(effort.rounds as usize, effort.most_rounds as usize).collect();
        let mut slowest = Duration::ZERO;
        let mut ahead = None;
        loop {
            let record = self.record();
            if !groups.iter().flatten().any(|contender| record.can_be_timed(&contender.name)) {
                return Stopped::Failed;
            }
            let turns = record.rounds / groups.len() as u32;
            if looks.contains(&(turns as usize)) {
                for (contender, why) in settle(self.planned, &record) {
                    self.emit(EventKind::Settled { contender, why });
                }
                let record = self.record();
                let mut open = groups.iter().flatten().filter(|contender| record.is_open(&contender.name));
                if !record.settled.is_empty() && open.all(|contender| contender.baseline) {
                    return Stopped::Precision;
                }
            }
            let begun = laboratory.now();
            let spent = begun - start;
            let is_over =
                |turns, spent| turns >= effort.most_rounds || (turns >= Effort::FEWEST_ROUNDS && spent > effort.budget);
            if is_over(turns, spent + slowest) {
                return Stopped::Budget;
            }
            let left = effort.budget.saturating_sub(spent) / groups.len() as u32;
            let is_last = is_over(turns + 1, spent + 2 * slowest);
            for (place, (round, group)) in (record.rounds..).zip(&groups).enumerate() {
                let next = groups.get(place + 1).or((!is_last).then_some(&groups[0])).filter(|_| start_ahead);
                let budget = Budget { left, rounds: turns };
                match self.round(inputs, round, group, ahead.take(), next, budget) {
                    Ok(started) => ahead = started,
                    Err(_) => return Stopped::Interrupted,
                }
            }
            slowest = slowest.max(laboratory.now() - begun);
        }
    }

    /// Contenders that are measured together, since their memory allows it.
    fn groups(&self) -> Groups<'a> {
        let (record, contenders) = (self.record(), &self.planned.contenders);
        let timed: Vec<&Contender> =
            contenders.iter().copied().filter(|contender| record.can_be_timed(&contender.name)).collect();
        let peak = |contender: &&Contender| record.checks[&contender.name].called.peak_memory.unwrap_or_default();
        let peaks: Vec<u64> = timed.iter().map(peak).collect();
        let baseline = timed.iter().position(|contender| contender.baseline);
        let groups = schedule::groups(&peaks, baseline, self.settings.memory);
        let largest = groups.iter().map(|group| group.iter().map(|&index| peaks[index]).sum::<u64>()).max();
        Groups {
            start_ahead: self.settings.cpus.len() > 1 && 2 * largest.unwrap_or_default() <= self.settings.memory,
            groups: groups.into_iter().map(|group| group.into_iter().map(|index| timed[index]).collect()).collect(),
        }
    }

    /// One round of one group, to which that much of the budget is left. Its workers may have been started before; those of
    /// the `next` group are started meanwhile.
    ///
    /// # Errors
    /// Only [`Failure::Interrupted`]: a contender that fails is reported and left out.
    fn round(
        &mut self,
        inputs: &Inputs,
        round: u32,
        group: &[&'a Contender],
        started: Option<Started<'a, L::Worker>>,
        next: Option<&Vec<&'a Contender>>,
        budget: Budget,
    ) -> Result<Option<Started<'a, L::Worker>>, Failure> {
        let (settings, workload) = (self.settings, self.planned.workload);
        let begun = settings.workers.now();
        let cpu = schedule::cpu(settings.seed, &workload.name, round, &settings.cpus);
        let processors = settings.cpus.len();
        let started = started.unwrap_or_else(|| self.starting(inputs, round, group, processors)());
        let starting = if next.is_some() { started.took } else { Duration::ZERO };
        let mut runners = self.runners(started, cpu)?;
        let left = budget.left.saturating_sub(settings.workers.now() - begun);
        self.share_out(&mut runners, |parts| settings.effort.room(left, budget.rounds, parts, starting));

        let in_turns = |runner: &Runner<'_, _>| runner.scheme() == Scheme::Turns;
        let next = next.filter(|_| runners.iter().any(in_turns));
        let next = next.map(|group| self.starting(inputs, round + 1, group, processors - 1));
        let mut windows = 0..2;
        let (timed, started) = match next {
            Some(next) => {
                let first = windows.next().unwrap_or_default();
                let (timed, started) =
                    settings.workers.beside(cpu, || self.time_window(&mut runners, round, first), next);
                (timed, Some(started))
            }
            None => (Ok(()), None),
        };
        timed?;
        for window in windows {
            settings.workers.keep_off(cpu, || self.time_window(&mut runners, round, window))?;
        }

        let record = self.record();
        let has_output = !record.failures.contains_key(&workload.baseline().name);
        for runner in &mut runners {
            // Once is enough: every round would cost a call of each.
            if !record.verified.contains(&runner.contender.name) && has_output {
                self.verify(runner, round)?;
            }
        }
        // Processes that hold much memory take a while to end: they may do so side by side.
        runners.iter_mut().for_each(|runner| runner.worker.dismiss());
        Ok(started)
    }

    /// What starts fresh workers for those contenders of a group that haven't failed, at most so many at a time.
    fn starting<'s>(
        &self,
        inputs: &'s Inputs,
        round: u32,
        group: &[&'a Contender],
        most: usize,
    ) -> impl FnOnce() -> Started<'a, L::Worker> + Send + use<'a, 's, L>
    where
        'a: 's,
    {
        let (settings, workload) = (self.settings, self.planned.workload);
        let record = self.record();
        let group: Vec<&Contender> =
            group.iter().copied().filter(|contender| record.is_open(&contender.name)).collect();
        move || {
            let tasks = group.iter().map(|&contender| {
                move || {
                    let input = inputs.load(inputs.main.1.copies(), workload.fresh_input);
                    let Settings { workers, seed, .. } = settings;
                    let mut worker = start(workers, *seed, &workload.name, contender, round, input)?;
                    worker.call()?;
                    Ok(worker)
                }
            });
            let begun = settings.workers.now();
            let started = settings.workers.at_once(most, tasks.collect());
            Started { workers: group.into_iter().zip(started).collect(), took: settings.workers.now() - begun }
        }
    }

    /// The contenders of a round that have started and haven't failed meanwhile.
    fn runners(
        &mut self,
        started: Started<'a, L::Worker>,
        cpu: Option<usize>,
    ) -> Result<Vec<Runner<'a, L::Worker>>, Failure> {
        let record = self.record();
        let mut runners = Vec::new();
        for (contender, started) in started.workers {
            if !record.is_open(&contender.name) {
                continue;
            }
            match started {
                Ok(worker) => {
                    let check = &record.checks[&contender.name];
                    runners.push(Runner::new(contender, worker, check, cpu, &self.settings.cpus));
                }
                Err(failure) => self.drop_out(&contender.name, failure)?,
            }
        }
        Ok(runners)
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
