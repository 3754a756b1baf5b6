//! Rounds: processes of their own for all contenders take [turns](super::turns) on one processor.
//!
//! The first round is made by the processes of the checks, as far as they can take turns. The processor changes from round to
//! round. While contenders take turns on it, the processes of the next round start on another, one at a time. They may use all
//! processors as in production: how many threads a pool has is decided then. Those that need several start when nothing is
//! timed.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rustworthy_model::comparison::{Scheme, Stopped};
use rustworthy_protocol::{Judged, Judgement, Judging, LoadRequest};

use super::check::{Inputs, of_contender};
use super::event::EventKind;
use super::fresh::Fresh;
use super::measurement::Measurement;
use super::schedule::{self, Effort};
use super::session::Referee;
use super::settings::Settings;
use super::turns::{Runner, STOPPED, Shares, WHOLE};
use crate::manifest::{Contender, Workload};
use crate::workers::{Failure, Laboratory, Worker};
use rustworthy_stats::planned_looks;

/// Workers of a round that have made one call, or why they haven't.
struct Started<'a, W> {
    workers: Vec<(&'a Contender, Result<Fresh<W>, Failure>)>,
    /// How long that took, in checks where they come from those.
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
    pub(super) fn time_rounds(&mut self, inputs: &Inputs, start: Instant, referee: &dyn Referee) -> Stopped {
        let (effort, laboratory) = (self.settings.effort, &self.settings.workers);
        let Groups { groups, start_ahead } = self.groups();
        let looks: Vec<usize> = planned_looks(effort.rounds as usize, effort.most_rounds as usize).collect();
        // How long the last round took for each contender in it.
        let mut each = Duration::ZERO;
        let mut ahead = None;
        loop {
            let record = self.record();
            if !groups.iter().flatten().any(|contender| record.can_be_timed(&contender.name)) {
                return Stopped::Failed;
            }
            let turns = record.rounds / groups.len() as u32;
            if looks.contains(&(turns as usize)) {
                for (contender, why) in referee.settle(self.planned, &record) {
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
            let record = self.record();
            let open = || groups.iter().flatten().filter(|contender| record.is_open(&contender.name));
            let another = each * open().count() as u32;
            // It can be fewer than there were rounds: what was timed of somebody who turned out to wait is void, and a round that was
            // interrupted has no samples of some.
            let fewest = open().map(|contender| record.rounds_of(&contender.name)).min().unwrap_or_default();
            let is_over = |more, spent| {
                let enough = fewest + more >= Effort::FEWEST_ROUNDS && spent > effort.budget;
                enough || turns + more >= effort.most_rounds
            };
            if is_over(0, spent + another) {
                return Stopped::Budget;
            }
            let left = effort.budget.saturating_sub(spent) / groups.len() as u32;
            let is_last = is_over(1, spent + 2 * another);
            for (place, (round, group)) in (record.rounds..).zip(&groups).enumerate() {
                let next = groups.get(place + 1).or((!is_last).then_some(&groups[0])).filter(|_| start_ahead);
                let budget = Budget { left, rounds: turns };
                match self.round(inputs, round, group, ahead.take(), next, budget) {
                    Ok(started) => ahead = started,
                    Err(_) => return Stopped::Interrupted,
                }
            }
            each = (laboratory.now() - begun) / open().count().max(1) as u32;
            referee.see(self.planned, &self.record());
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
        let settings = self.settings;
        let begun = settings.workers.now();
        let cpu = schedule::cpu(settings.seed, &self.planned.workload.name, round, &settings.cpus);
        let processors = settings.cpus.len();
        let windows = self.windows(group);
        let started = started.unwrap_or_else(|| self.starting(inputs, round, &windows.stopped, processors)());
        let starting = if next.is_some() { started.took } else { Duration::ZERO };
        let left = budget.left.saturating_sub(settings.workers.now() - begun);
        let shares = self.share_out(&windows, |parts| settings.effort.room(left, budget.rounds, parts, starting));
        let mut runners = self.runners(started, &shares, cpu)?;

        let next = next.map(|group| self.starting(inputs, round + 1, &self.windows(group).stopped, 1));
        let (timed, started) = match next.filter(|_| !runners.is_empty()) {
            Some(next) => {
                let (timed, started) =
                    settings.workers.beside(cpu, || self.time_window(&mut runners, round, STOPPED), next);
                (timed, Some(started))
            }
            None => (settings.workers.keep_off(cpu, || self.time_window(&mut runners, round, STOPPED)), None),
        };
        timed?;
        // They need more than one processor, so that nothing is to be timed while they start.
        let whole = self.starting(inputs, round, &windows.whole, processors)();
        runners.extend(self.runners(whole, &shares, cpu)?);
        settings.workers.keep_off(cpu, || self.time_window(&mut runners, round, WHOLE))?;

        self.verify(&mut runners, round)?;
        // Processes that hold much memory take a while to end: they may do so side by side.
        runners.iter_mut().for_each(|runner| runner.worker.dismiss());
        Ok(started)
    }

    /// What makes workers ready for those contenders that haven't failed, at most so many at a time: the processes of their checks
    /// in the first round, and fresh ones later.
    fn starting<'s>(
        &mut self,
        inputs: &'s Inputs,
        round: u32,
        contenders: &[&'a Contender],
        most: usize,
    ) -> impl FnOnce() -> Started<'a, L::Worker> + Send + use<'a, 's, L>
    where
        'a: 's,
    {
        let record = self.record();
        let open = contenders.iter().copied().filter(|contender| record.is_open(&contender.name));
        let contenders: Vec<(&Contender, Option<Fresh<L::Worker>>)> =
            open.map(|contender| (contender, self.checked.remove(contender.name.as_str()))).collect();
        let (settings, workload) = (self.settings, self.planned.workload);
        let claimed = self.claimed_to_need_memory();
        move || {
            let began_before: Duration =
                contenders.iter().flat_map(|(_, checked)| checked).map(|checked| checked.took).sum();
            let begun = settings.workers.now();
            let (names, tasks): (Vec<&Contender>, Vec<_>) = contenders
                .into_iter()
                .map(|(contender, checked)| {
                    let is_weighed = claimed.contains(contender.name.as_str());
                    (contender, move || made_ready(settings, workload, contender, inputs, round, (checked, is_weighed)))
                })
                .unzip();
            let started = settings.workers.at_once(most, tasks);
            let took = began_before + (settings.workers.now() - begun);
            Started { workers: names.into_iter().zip(started).collect(), took }
        }
    }

    /// Contenders about whose peak memory something is claimed, of which one process gives no interval.
    fn claimed_to_need_memory(&self) -> BTreeSet<&'a str> {
        let workload = self.planned.workload;
        let claims = workload.claims.iter().filter(|claim| claim.bytes.is_some());
        let baseline = workload.baseline().name.as_str();
        claims.flat_map(|claim| [claim.against.as_deref().unwrap_or(baseline), claim.contender.as_str()]).collect()
    }

    /// The contenders of a round that have started and haven't failed meanwhile.
    fn runners(
        &mut self,
        started: Started<'a, L::Worker>,
        shares: &Shares<'a>,
        cpu: Option<usize>,
    ) -> Result<Vec<Runner<'a, L::Worker>>, Failure> {
        let (record, claimed) = (self.record(), self.claimed_to_need_memory());
        let mut runners = Vec::new();
        for (contender, started) in started.workers {
            if !record.is_open(&contender.name) {
                continue;
            }
            match started {
                Ok(fresh) => {
                    if fresh.is_of_round() && claimed.contains(contender.name.as_str()) {
                        let bytes = fresh.called.peak_memory;
                        self.emit(EventKind::Peak { contender: contender.name.clone(), bytes });
                    }
                    let check = &record.checks[&contender.name];
                    let scheme = record.scheme(&contender.name).unwrap_or(Scheme::WholeCalls);
                    let shares = shares.get(contender.name.as_str()).copied().unwrap_or_default();
                    runners.push(Runner::new(
                        contender,
                        fresh.worker,
                        (check, scheme),
                        shares,
                        cpu,
                        &self.settings.cpus,
                    ));
                }
                Err(failure) => self.drop_out(&contender.name, failure)?,
            }
        }
        Ok(runners)
    }

    /// Judges one more output of everyone, now that the code has run many times in its process. Once is enough: every round
    /// would cost a call of each.
    fn verify(&mut self, runners: &mut [Runner<'_, L::Worker>], round: u32) -> Result<(), Failure> {
        let record = self.record();
        if record.failures.contains_key(&self.planned.workload.baseline().name) {
            return Ok(());
        }
        let (against, input) = (self.files().comparison(), self.input_after());
        let unverified = runners.iter_mut().filter(|runner| !record.verified.contains(&runner.contender.name));
        let (contenders, tasks): (Vec<&Contender>, Vec<_>) = unverified
            .map(|runner| {
                let against = Some(of_contender(against.clone(), runner.contender));
                let (worker, judging) = (&mut runner.worker, Judging { keep: None, against, input });
                (runner.contender, move || worker.call().and_then(|_| worker.judge(judging)))
            })
            .unzip();
        // One at a time: what it writes is looked at before another one may write to the same place.
        let judged = self.settings.workers.at_once(1, tasks);
        for (contender, judged) in contenders.into_iter().zip(judged) {
            match judged {
                Ok(Judged { verdict, .. }) => {
                    if contender.baseline || matches!(verdict, Judgement::CheckerFailed(_)) {
                        self.emit_flaw(&verdict.clone().later());
                    }
                    self.emit(EventKind::Verified { contender: contender.name.clone(), round, verdict });
                }
                Err(failure) => self.drop_out(&contender.name, failure)?,
            }
        }
        Ok(())
    }
}

/// A worker for a round: the one of the check, if there is one, or a fresh one. One whose peak memory counts makes its first call with
/// a single copy of the input, as in its check.
fn made_ready<L: Laboratory>(
    settings: &Settings<L>,
    workload: &Workload,
    contender: &Contender,
    inputs: &Inputs,
    round: u32,
    (checked, is_weighed): (Option<Fresh<L::Worker>>, bool),
) -> Result<Fresh<L::Worker>, Failure> {
    let all = inputs.load(contender, inputs.main.1.copies(), workload.fresh_input)?;
    let mut fresh = match checked {
        Some(checked) => checked,
        None if is_weighed => {
            Fresh::start(settings, workload, contender, round, LoadRequest { copies: 1, ..all.clone() })?
        }
        None => return Fresh::start(settings, workload, contender, round, all),
    };
    fresh.worker.load(all)?;
    Ok(fresh)
}
