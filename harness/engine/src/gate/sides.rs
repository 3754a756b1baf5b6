//! One benchmark of two sides: first calls, then rounds.
//!
//! A round has a fresh process of either side, on one processor, and with the same seed of Python's string hashes and the
//! same layout in memory for both, which makes them more alike without making rounds so. Short blocks of calls alternate,
//! in random order within each pair. Calls of more than a moment are stopped in the middle, so that both sides take turns of
//! [`SLICE`] all the same: the machine changes its speed within one call, and then does so for both.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::RngExt;
use rustworthy_protocol::{
    Calibrated, Clock, InputAfter, Judgement, Judging, LoadRequest, Made, MakeRequest, TimeFor, Timed,
};

use super::effort::{Costs, Plan};
use super::event::{EventKind, Failed, Round, Side};
use super::pairing::Paired;
use super::settings::Settings;
use crate::measure::{comparison, latencies, schedule, start};
use crate::workers::{Failure, Laboratory, Worker};

/// How long calls are tried for to find out how long one takes.
const CALIBRATION: Duration = Duration::from_millis(8);

/// Calls that are timed one by one, once a round, where blocks aren't.
const LATENCY_CALLS: u64 = 1000;

/// A turn of a side whose calls are stopped in the middle: short against the moments for which the machine keeps its speed, and
/// long against the signals that begin and end it. What a side finds in the caches of what it has left there doesn't matter,
/// as both find as little.
const SLICE: Duration = Duration::from_millis(3);

/// Share of the turns of a block for which a side may have waited for something else than the processor before its processor
/// time is taken for wrong.
const WAITED: f64 = 0.15;

/// Processes of rounds are numbered from 0, those of checks from here.
const FIRST_CHECK: u32 = 1 << 20;

/// Both sides of one benchmark.
pub(super) struct Sides<'a, L> {
    pub(super) settings: &'a Settings<L>,
    pub(super) paired: &'a Paired<'a>,
    inputs: [(MakeRequest, Made); 2],
    /// Whether a side has waited in the middle of a call, or goes by a clock, so that calls are made whole from then on.
    waits: AtomicBool,
    /// How long a whole call takes on either side, roughly, in seconds.
    whole: OnceLock<[f64; 2]>,
}

/// What first calls have shown.
pub(super) struct FirstCalls {
    /// What there is to report of the outputs.
    pub(super) findings: Vec<EventKind>,
    /// What a side has run or read that isn't its own.
    pub(super) foreign_code: Option<String>,
    /// Whether a side uses several processors.
    pub(super) parallel: bool,
    pub(super) calibrated: [Calibrated; 2],
    start: Duration,
}

impl FirstCalls {
    pub(super) fn costs(&self, spent: Duration, lanes: usize) -> Costs {
        let calls = self.calibrated.map(|calibrated| calibrated.seconds + calibrated.making);
        let may_be_stopped = !self.parallel && !self.calibrated.iter().any(Calibrated::is_waiting);
        Costs {
            call: calls[0].max(calls[1]),
            may_be_stopped,
            start: self.start.as_secs_f64(),
            spent: spent.as_secs_f64(),
            lanes,
        }
    }
}

/// A process that has made one call, and its peak memory in bytes up to then.
type Started<W> = (W, Option<u64>);

impl<'a, L: Laboratory> Sides<'a, L> {
    pub(super) fn new(settings: &'a Settings<L>, paired: &'a Paired<'a>, inputs: [(MakeRequest, Made); 2]) -> Self {
        Self { settings, paired, inputs, waits: AtomicBool::new(false), whole: OnceLock::new() }
    }

    /// Makes first calls on both sides and compares the new side's output with the old one's.
    pub(super) fn call_first(&self) -> Result<FirstCalls, Failed> {
        let laboratory = self.settings.laboratory();
        let begun = laboratory.now();
        let [old, new] = self.start_both(FIRST_CHECK, Side::BOTH);
        let start = laboratory.now() - begun;
        let ((mut old, _), (mut new, _)) = (of(Side::Old, old)?, of(Side::New, new)?);
        let foreign_code = match &self.settings.ownership {
            Some(ownership) => {
                let loaded = [of(Side::Old, old.modules())?, of(Side::New, new.modules())?];
                let reads = [of(Side::Old, old.reads())?, of(Side::New, new.reads())?];
                ownership.breach(loaded.each_ref().map(Vec::as_slice)).or_else(|| ownership.misreading(&reads))
            }
            None => None,
        };
        let keep = Judging { keep: Some(self.expected()), against: None, input: self.input_after() };
        of(Side::Old, old.judge(keep))?;
        let verdict = of(Side::New, new.judge(self.against_old()))?.verdict;
        let findings = match verdict {
            Judgement::Equal | Judgement::WithinTolerance => Vec::new(),
            Judgement::Different(detail) => vec![self.explain(detail)?],
            Judgement::Unchecked(detail) | Judgement::CheckerFailed(detail) => {
                vec![EventKind::OutputUnchecked { detail }]
            }
        };
        let calibrated = [of(Side::Old, old.calibrate(CALIBRATION))?, of(Side::New, new.calibrate(CALIBRATION))?];
        let parallel = calibrated.iter().any(Calibrated::is_parallel);
        self.whole.get_or_init(|| calibrated.map(|calibrated| calibrated.seconds));
        Ok(FirstCalls { findings, foreign_code, parallel, calibrated, start })
    }

    /// A difference says nothing where the old side differs from itself.
    fn explain(&self, detail: String) -> Result<EventKind, Failed> {
        let (mut again, _) = of(Side::Old, self.start(Side::Old, FIRST_CHECK + 1))?;
        Ok(match of(Side::Old, again.judge(self.against_old()))?.verdict {
            Judgement::Equal | Judgement::WithinTolerance => EventKind::OutputChanged { detail },
            Judgement::Different(itself) => EventKind::OutputUnchecked {
                detail: format!("the old side's output differs from process to process: {itself}"),
            },
            Judgement::Unchecked(detail) | Judgement::CheckerFailed(detail) => EventKind::OutputUnchecked { detail },
        })
    }

    fn expected(&self) -> PathBuf {
        let [_, contender] = self.paired.contenders;
        self.settings.sides[0].scratch.join(&self.paired.workloads[0].name).join(format!("{}.expected", contender.name))
    }

    fn against_old(&self) -> Judging {
        Judging {
            keep: None,
            against: Some(comparison(&self.paired.workloads[1].equal, self.expected())),
            input: self.input_after(),
        }
    }

    /// Either side may change an input that it is given as its own, if both do it alike.
    fn input_after(&self) -> InputAfter {
        let fresh = self.paired.workloads.iter().all(|workload| workload.fresh_input);
        if fresh { InputAfter::AsBaseline } else { InputAfter::Unseen }
    }

    /// Makes one round, on one of these processors where there are any; `None` once no more rounds are wanted.
    ///
    /// The calling thread goes to that processor too, and its processes with it: so rounds on other processors aren't
    /// disturbed, and the two sides and the thread that has them take turns without waking up another processor.
    pub(super) fn round(
        &self,
        plan: &Plan,
        number: u32,
        cpus: &[usize],
        over: &AtomicBool,
    ) -> Result<Option<Round>, Failed> {
        let name = &self.paired.workloads[1].name;
        // Where the system doesn't allow either the run is noisier, which its intervals will show.
        let cpu = schedule::cpu(self.settings.seed, name, number, cpus);
        let cpu = self.settings.laboratory().confine_to(cpu);
        // Whatever one side does first is drawn, or it would be the same side that is at a disadvantage in every round.
        let mut random =
            schedule::random(self.settings.seed, &["pairs", name, &self.paired.contenders[1].name], number);
        let [old, new] = self.start_both(number, in_order(random.random()));
        let ((old, old_peak), (new, new_peak)) = (of(Side::Old, old)?, of(Side::New, new)?);
        let mut workers = [old, new];
        let mut round = Round {
            cpu,
            calls: plan.calls,
            pairs: Vec::with_capacity(plan.pairs as usize),
            delay_ns: [0; 2],
            cpu_ns: [0; 2],
            peak_memory: [old_peak, new_peak],
            latencies: [Vec::new(), Vec::new()],
        };
        for side in in_order(random.random()) {
            // One more call than the start has made, now that both are there.
            of(side, workers[side as usize].time(1, false))?;
        }
        let mut each_ns = [Vec::new(), Vec::new()];
        for _ in 0..plan.pairs {
            if over.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let order = in_order(random.random());
            let timed = self.time_pair(plan, order, &mut workers)?;
            round.pairs.push(timed.each_ref().map(|block| block.own_ns));
            for (side, Block { timed, .. }) in timed.into_iter().enumerate() {
                round.delay_ns[side] += timed.delay_ns.min(timed.wall_ns);
                round.cpu_ns[side] += timed.cpu_ns;
                each_ns[side].extend(timed.each_ns);
            }
        }
        for side in Side::BOTH {
            if self.settings.latencies && !plan.each {
                let timed = of(side, workers[side as usize].time(plan.calls.min(LATENCY_CALLS), true))?;
                each_ns[side as usize] = timed.each_ns;
            }
            round.latencies[side as usize] = latencies(&each_ns[side as usize]);
        }
        workers.iter_mut().for_each(|worker| worker.dismiss());
        Ok(Some(round))
    }

    /// Times a block of either side.
    fn time_pair(&self, plan: &Plan, order: [Side; 2], workers: &mut [L::Worker; 2]) -> Result<[Block; 2], Failed> {
        if plan.in_turns && !self.waits.load(Ordering::Relaxed) {
            if let Some(blocks) = time_in_turns(plan, order, workers)?
                && !self.goes_by_the_clock(plan, order, workers, &blocks)?
            {
                return Ok(blocks);
            }
            self.waits.store(true, Ordering::Relaxed);
        }
        time_whole(plan, order, workers)
    }

    /// Whether a side's calls end when a clock says so: its clock goes on while the other has its turns, so that whole calls take
    /// far longer than these. As a machine of changing speed does that too, whole calls are made twice where it looks like it.
    fn goes_by_the_clock(
        &self,
        plan: &Plan,
        order: [Side; 2],
        workers: &mut [L::Worker; 2],
        in_turns: &[Block; 2],
    ) -> Result<bool, Failed> {
        /// Share of the time of a whole call up to which one in turns is suspected. It's about half where both sides go by a clock.
        const LESS: f64 = 0.7;
        let Some(whole) = self.whole.get() else { return Ok(false) };
        let is_less = |whole_ns: [f64; 2]| {
            in_turns.iter().zip(whole_ns).any(|(block, whole_ns)| (block.own_ns as f64) < LESS * whole_ns)
        };
        if !is_less(whole.map(|seconds| seconds * 1e9 * plan.calls as f64)) {
            return Ok(false);
        }
        for _ in 0..2 {
            let blocks = time_whole(plan, order, workers)?;
            if !is_less(blocks.map(|block| block.own_ns as f64)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Fresh processes of both sides, started in this order, or at the same time where there are processors for it. The old
    /// one comes first in any case.
    fn start_both(&self, process: u32, order: [Side; 2]) -> [Result<Started<L::Worker>, Failure>; 2] {
        let tasks = order.map(|side| move || self.start(side, process));
        let mut started = self.settings.laboratory().at_once(self.settings.cpus.len(), tasks.into());
        if order[0] == Side::New {
            started.reverse();
        }
        <[_; 2]>::try_from(started).unwrap_or_else(|_| unreachable!("every task has one result"))
    }

    /// A fresh process of one side that has made one call.
    fn start(&self, side: Side, process: u32) -> Result<Started<L::Worker>, Failure> {
        self.start_with(&self.settings.sides[side as usize].workers, side, process)
    }

    /// The same of these workers.
    pub(super) fn start_with(&self, workers: &L, side: Side, process: u32) -> Result<Started<L::Worker>, Failure> {
        let place = side as usize;
        let (workload, contender) = (self.paired.workloads[place], self.paired.contenders[place]);
        let (make, made) = self.inputs[place].clone();
        let copies = made.copies();
        let load = LoadRequest { make, made, copies, fresh: workload.fresh_input };
        let seed = self.settings.seed;
        let is_watched = process >= FIRST_CHECK && self.settings.ownership.is_some();
        let before = |worker: &mut L::Worker| if is_watched { worker.watch_reads() } else { Ok(()) };
        let mut worker = start(workers, seed, &workload.name, contender, process, load, before)?;
        let called = worker.call()?;
        Ok((worker, called.peak_memory))
    }
}

/// Both sides, the new one first or last.
fn in_order(new_first: bool) -> [Side; 2] {
    let [old, new] = Side::BOTH;
    if new_first { [new, old] } else { [old, new] }
}

/// A block of one side.
struct Block {
    timed: Timed,
    /// The time of its calls for a caller who has the processor to himself, in nanoseconds.
    own_ns: u64,
}

/// Times a block of either side, one after the other.
fn time_whole<W: Worker>(plan: &Plan, order: [Side; 2], workers: &mut [W; 2]) -> Result<[Block; 2], Failed> {
    let mut time = |side: Side| {
        let timed = of(side, workers[side as usize].time(plan.calls, plan.each))?;
        // What other processes did meanwhile says nothing of this code; waiting of its own still counts.
        let own_ns = timed.wall_ns.saturating_sub(timed.delay_ns);
        Ok(Block { timed, own_ns })
    };
    let blocks = [time(order[0])?, time(order[1])?];
    Ok(by_side(order, blocks))
}

/// Times a block of either side in turns, in the middle of which they are stopped; `None` where one of them waits for something
/// else than the processor.
fn time_in_turns<W: Worker>(plan: &Plan, order: [Side; 2], workers: &mut [W; 2]) -> Result<Option<[Block; 2]>, Failed> {
    let block = TimeFor {
        calls: plan.calls,
        lead: Duration::ZERO,
        duration: Duration::ZERO,
        clock: Clock::Processor,
        each: plan.each,
    };
    for side in order {
        of(side, workers[side as usize].begin_time_for(block))?;
    }
    let mut turns = [0; 2];
    let mut blocks = [None, None];
    while blocks.iter().any(Option::is_none) {
        for (place, side) in order.into_iter().enumerate() {
            if blocks[place].is_some() {
                continue;
            }
            turns[place] += 1;
            let worker = &mut workers[side as usize];
            let timed = of(side, worker.turn_of_time_for(SLICE, Duration::ZERO))?;
            blocks[place] = timed.map(|timed| Block { own_ns: timed.cpu_ns, timed });
        }
    }
    let has_waited = |place: usize| {
        let worker = &workers[order[place] as usize];
        worker.waited().max(worker.asleep()) > (SLICE * turns[place]).mul_f64(WAITED).max(SLICE)
    };
    let [Some(first), Some(second)] = blocks else { return Ok(None) };
    Ok((!has_waited(0) && !has_waited(1)).then(|| by_side(order, [first, second])))
}

/// What came of both sides in that order, the old one's first.
fn by_side<T>(order: [Side; 2], [first, second]: [T; 2]) -> [T; 2] {
    if order[0] == Side::Old { [first, second] } else { [second, first] }
}

pub(super) fn of<T>(side: Side, result: Result<T, Failure>) -> Result<T, Failed> {
    result.map_err(|failure| (side, failure))
}
