//! Turns: how the contenders of a round share the time.
//!
//! A shared machine changes its speed within tens of milliseconds and again over seconds. Contenders are held against each
//! other by what they do in turns of a twentieth of a second, one after the other on one processor, so that all of them
//! meet it at the same speeds. A call that takes a good part of a turn is stopped in the middle by a signal, and goes on in the
//! next one; how long it takes is told by its processor time, for which the turns of others don't exist. Turns are much
//! longer than a cache takes to be filled again, and short calls are made for a moment before they count.
//!
//! Whoever needs more than one processor, or waits for something else than a processor, can't be stopped like that: it makes
//! whole calls, in a window of the round in which nothing but the baseline takes turns with it.

use std::collections::BTreeMap;
use std::time::Duration;

use rustworthy_model::comparison::Scheme;
use rustworthy_protocol::{Clock, TimeFor, Timed};

use super::event::{Check, EventKind, Sample};
use super::latency::latencies;
use super::measurement::Measurement;
use super::schedule::{self, Share, timed_one_by_one};
use crate::manifest::Contender;
use crate::workers::{Failure, Laboratory, Worker};

/// Calls that are timed one by one, once a round, where a turn's aren't.
const LATENCY_CALLS: u64 = 1000;

/// Time of a turn in which short calls don't count yet.
const LEAD: Duration = Duration::from_millis(3);

/// Share of its turns for which a contender may have waited for something else than the processor before its processor time
/// is taken for wrong. A host that takes the processor away from the whole machine looks like that too.
const WAITED: f64 = 0.15;

/// The same of one that has had so many times the turns that it is due, in the middle of which less is known.
const WAITED_LATE: f64 = 0.5;
const LATE: u32 = 4;

/// The same share of a turn that ends with a call.
const SHORT_WAIT: f64 = 0.02;

/// What came of a turn.
enum Turn {
    /// Its calls came to an end.
    Timed(Timed),
    /// They go on in the next one.
    Unfinished,
    /// They wait for something else than the processor, so that its time tells nothing.
    Waited,
}

/// The window of those that can be stopped, and the one of those that can't.
pub(super) const STOPPED: u32 = 0;
pub(super) const WHOLE: u32 = 1;

/// Shares of the windows of a round, by contender.
pub(super) type Shares<'a> = BTreeMap<&'a str, [Option<Share>; 2]>;

/// Who takes part in which window of a round.
pub(super) struct Windows<'a> {
    /// Those that can be stopped, the baseline among them.
    pub(super) stopped: Vec<&'a Contender>,
    /// The others, which the baseline takes turns with as well.
    pub(super) whole: Vec<&'a Contender>,
}

/// A contender in a round.
pub(super) struct Runner<'a, W> {
    pub(super) contender: &'a Contender,
    pub(super) worker: W,
    check: Check,
    scheme: Scheme,
    cpu: Option<usize>,
    /// Its share of each window, if it takes part.
    shares: [Option<Share>; 2],
    /// Turns that it has had in the present window, and whether it is in the middle of a call.
    had: u32,
    has_begun: bool,
}

impl<'a, W: Worker> Runner<'a, W> {
    pub(super) fn new(
        contender: &'a Contender,
        mut worker: W,
        (check, scheme): (&Check, Scheme),
        shares: [Option<Share>; 2],
        cpu: Option<usize>,
        all: &[usize],
    ) -> Self {
        let cpu = cpu.filter(|_| !check.calibrated.is_parallel());
        // Where the system doesn't allow it the run is noisier, which its intervals will show.
        let cpu = cpu.filter(|&cpu| worker.pin(&[cpu]).is_ok());
        if cpu.is_none() {
            let _ = worker.pin(all);
        }
        Self { contender, worker, check: check.clone(), scheme, cpu, shares, had: 0, has_begun: false }
    }

    /// The turns that it has had in a window and is due there, unless it has no part in it or no more of it.
    fn turns(&self, window: u32) -> Option<(u32, u32)> {
        let share = self.shares[window as usize]?;
        (self.has_begun || self.had < share.turns).then_some((self.had, share.turns))
    }

    /// One turn.
    fn take_turn(&mut self, share: Share) -> Result<Turn, Failure> {
        let turn = share.turn;
        let each = share.is_stopped || timed_one_by_one(self.check.calibrated.seconds);
        self.had += 1;
        if !share.is_stopped {
            let lead = if share.calls > 1 { LEAD.min(turn / 5) } else { Duration::ZERO };
            let order = TimeFor { calls: share.calls, lead, duration: turn - lead, clock: Clock::Wall, each };
            return self.worker.time_for(order).map(Turn::Timed);
        }
        let duration = turn * share.turns;
        if !self.has_begun {
            let order = TimeFor { calls: share.calls, lead: Duration::ZERO, duration, clock: Clock::Processor, each };
            self.worker.begin_time_for(order)?;
            self.has_begun = true;
        }
        let timed = self.worker.turn_of_time_for(turn, duration)?;
        let worked = turn * self.had;
        // One that waits may never have its share of processor time.
        let allowed = match &timed {
            Some(_) => Some(WAITED),
            None => (self.had >= share.turns.saturating_mul(LATE)).then_some(WAITED_LATE),
        };
        if allowed.is_some_and(|allowed| {
            self.worker.waited().max(self.worker.asleep()) > worked.mul_f64(allowed).max(turn / 2)
        }) {
            return Ok(Turn::Waited);
        }
        let Some(timed) = timed else { return Ok(Turn::Unfinished) };
        (self.had, self.has_begun) = (share.turns, false);
        Ok(Turn::Timed(timed))
    }

    /// The time of calls for a caller who has the processor to himself, in nanoseconds.
    fn own_ns(&self, timed: &Timed, window: u32) -> u64 {
        let is_stopped = self.shares[window as usize].is_some_and(|share| share.is_stopped);
        let awake = timed.wall_ns.saturating_sub(timed.delay_ns);
        match self.scheme {
            // Its other threads and its children may be what it was ready beside.
            Scheme::WholeCalls if self.check.calibrated.is_parallel() => timed.wall_ns,
            Scheme::WholeCalls => awake,
            // Processor time doesn't see those who take the processor away from all; but a wait counts.
            Scheme::Turns if is_stopped || timed.cpu_ns as f64 >= (1.0 - SHORT_WAIT) * awake as f64 => timed.cpu_ns,
            Scheme::Turns => awake,
        }
    }

    fn sample(&self, round: u32, window: u32, timed: &Timed, latencies_only: bool) -> Sample {
        Sample {
            contender: self.contender.name.clone(),
            round,
            window,
            cpu: self.cpu,
            calls: timed.calls,
            own_ns: self.own_ns(timed, window),
            cpu_ns: timed.cpu_ns,
            system_ns: timed.system_ns,
            page_faults: timed.page_faults,
            idle_cpu_ns: timed.idle_cpu_ns,
            latencies: latencies(&timed.each_ns),
            latencies_only,
        }
    }
}

impl<'a, L: Laboratory> Measurement<'a, L> {
    /// The windows of a round of those contenders of a group that are still open. Without a baseline that can be stopped there
    /// is but one.
    pub(super) fn windows(&self, group: &[&'a Contender]) -> Windows<'a> {
        let record = self.record();
        let can_be_stopped = |contender: &&Contender| record.scheme(&contender.name) == Some(Scheme::Turns);
        let open: Vec<&Contender> = group.iter().copied().filter(|contender| record.is_open(&contender.name)).collect();
        if open.iter().any(|contender| contender.baseline && !can_be_stopped(contender)) {
            return Windows { stopped: Vec::new(), whole: open };
        }
        let (stopped, whole) = open.into_iter().partition(can_be_stopped);
        Windows { stopped, whole }
    }

    /// Shares the time of a round out among its contenders, which is as long as `room` says for so many parts.
    pub(super) fn share_out(&self, windows: &Windows<'a>, room: impl Fn(u32) -> Duration) -> Shares<'a> {
        /// Of the baseline, against which all others are held, and of whole calls, which don't meet the machine at its speeds as closely;
        /// others have 1.
        const WEIGHT: u32 = 2;
        let record = self.record();
        let is_whole = |contender: &Contender| record.scheme(&contender.name) != Some(Scheme::Turns);
        let Windows { stopped, whole } = windows;
        let joins = |contender: &&&Contender| contender.baseline && !whole.is_empty();
        let parts = stopped.iter().map(|contender| (*contender, STOPPED));
        let parts = parts.chain(stopped.iter().filter(joins).chain(whole).map(|contender| (*contender, WHOLE)));
        let weighed: Vec<(&Contender, u32, u32)> = parts
            .map(|(contender, window)| {
                let is_heavy = contender.baseline || is_whole(contender);
                (contender, window, if is_heavy { WEIGHT } else { 1 })
            })
            .collect();
        let weights: Vec<u32> = weighed.iter().map(|(.., weight)| *weight).collect();
        let times = schedule::times(room(weights.iter().sum()), &weights);
        let mut shares = Shares::new();
        for ((contender, window, _), time) in weighed.into_iter().zip(times) {
            let seconds = record.checks[&contender.name].call_seconds();
            let share = Share::new(seconds, time, self.settings.effort.turn, !is_whole(contender));
            shares.entry(contender.name.as_str()).or_default()[window as usize] = Some(share);
        }
        shares
    }

    /// Has the contenders of a window take their turns.
    pub(super) fn time_window(
        &mut self,
        runners: &mut Vec<Runner<'_, L::Worker>>,
        round: u32,
        window: u32,
    ) -> Result<(), Failure> {
        let number = round * 2 + window;
        let mut random = schedule::random(self.settings.seed, &["turns", &self.planned.workload.name], number);
        runners.iter_mut().for_each(|runner| runner.had = 0);
        while let Some(place) = schedule::next(&mut random, runners.iter().map(|runner| runner.turns(window))) {
            let name = &runners[place].contender.name;
            match self.time_turn(&mut runners[place], round, window) {
                Ok(Turn::Timed(_) | Turn::Unfinished) => continue,
                Ok(Turn::Waited) => self.emit(EventKind::Waits { contender: name.clone() }),
                Err(failure) => self.drop_out(name, failure)?,
            }
            runners.remove(place);
        }
        Ok(())
    }

    fn time_turn(&mut self, runner: &mut Runner<'_, L::Worker>, round: u32, window: u32) -> Result<Turn, Failure> {
        let Some(share) = runner.shares[window as usize] else { return Ok(Turn::Unfinished) };
        let turn = runner.take_turn(share)?;
        let Turn::Timed(timed) = &turn else { return Ok(turn) };
        self.emit(EventKind::Sample(runner.sample(round, window, timed, false)));
        if runner.had == 1 && timed.each_ns.is_empty() {
            let timed = runner.worker.time(timed.calls.min(LATENCY_CALLS), true)?;
            self.emit(EventKind::Sample(runner.sample(round, window, &timed, true)));
        }
        Ok(turn)
    }
}
