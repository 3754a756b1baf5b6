//! From timed blocks to seconds per call and speedups.
//!
//! Everything is computed on the log scale: noise of machines multiplies, ratios become
//! differences, and swapping the sides of a comparison inverts its result.

use std::collections::BTreeMap;

use rustworthy_model::Estimate;

use super::bootstrap::{Resampling, mean_interval};
use super::quantile::midmean;

/// Some calls of a contender, timed as a whole.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block {
    /// The window of its round that it belongs to: blocks of several contenders that alternated, so that all of them met
    /// nearly the same machine.
    pub window: u32,
    /// How many calls. A block of none says nothing and is left out.
    pub calls: u64,
    /// Seconds that they took together. A block for which this is no positive number is left out too.
    pub seconds: f64,
}

impl Block {
    /// The mean over its calls.
    pub fn seconds_per_call(&self) -> f64 {
        self.seconds / self.calls as f64
    }

    fn is_usable(&self) -> bool {
        self.calls > 0 && self.seconds.is_finite() && self.seconds > 0.0
    }
}

/// One fresh process of one contender.
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// The round that it ran in. A round has one process of every contender, all on the same processor.
    pub round: u32,
    /// What it timed, in any order.
    pub blocks: Vec<Block>,
}

/// Seconds per call of one contender: the geometric mean over processes of each process's mean.
///
/// `None` below two processes with a usable block.
pub fn seconds(processes: &[Process], resampling: &Resampling) -> Option<Estimate> {
    let summaries: Vec<f64> = processes.iter().filter_map(log_seconds).collect();
    mean_interval(&summaries, resampling).map(exponentiated)
}

/// How many times faster than the baseline a contender is: time of the baseline over its time.
///
/// What was timed in the same window is compared with each other, so that a machine that slows both down cancels out. Each
/// round counts with the midmean of the ratios of its windows, and the result is the geometric mean over rounds. Rounds
/// without a window of both count with the ratio of the two processes' own times, rounds of one side alone not at all.
///
/// `None` below two rounds of both.
pub fn speedup(baseline: &[Process], contender: &[Process], resampling: &Resampling) -> Option<Estimate> {
    let rounds = paired(baseline, contender, |process| process.round);
    let summaries: Vec<f64> =
        rounds.into_iter().filter_map(|(baseline, contender)| log_ratio(baseline, contender)).collect();
    mean_interval(&summaries, resampling).map(exponentiated)
}

/// How many times more of something, such as memory, the processes of the baseline used than those of a contender: the
/// geometric mean over processes, which are taken in pairs as they come.
///
/// `None` below two pairs of positive numbers.
pub fn ratio(baseline: &[f64], contender: &[f64], resampling: &Resampling) -> Option<Estimate> {
    let pairs = baseline.iter().zip(contender).filter(|&(baseline, contender)| *baseline > 0.0 && *contender > 0.0);
    let logs: Vec<f64> = pairs.map(|(baseline, contender)| baseline.ln() - contender.ln()).collect();
    mean_interval(&logs, resampling).map(exponentiated)
}

/// The geometric mean of one value per process, such as its memory; `None` below two positive ones.
pub fn geometric_mean(values: &[f64], resampling: &Resampling) -> Option<Estimate> {
    let logs: Vec<f64> = values.iter().filter(|value| **value > 0.0).map(|value| value.ln()).collect();
    mean_interval(&logs, resampling).map(exponentiated)
}

/// Seconds per call of one contender by round: the midmean block of each process.
pub fn in_rounds(processes: &[Process]) -> BTreeMap<u32, f64> {
    processes.iter().filter_map(|process| Some((process.round, log_seconds(process)?.exp()))).collect()
}

/// Logarithm of the seconds per call of one process, over all of its calls.
///
/// A plain mean: of a machine of several speeds, blocks that end by the clock meet each speed for its share of the time, so
/// that the mean of long calls and that of short ones are the same multiple of their true times. A median isn't.
fn log_seconds(process: &Process) -> Option<f64> {
    log_mean(process.blocks.iter())
}

fn log_mean<'a>(blocks: impl Iterator<Item = &'a Block>) -> Option<f64> {
    let usable: Vec<&Block> = blocks.filter(|block| block.is_usable()).collect();
    let calls: u64 = usable.iter().map(|block| block.calls).sum();
    let mut seconds: Vec<f64> = usable.iter().map(|block| block.seconds).collect();
    // The sum doesn't depend on the order in which blocks come.
    seconds.sort_unstable_by(f64::total_cmp);
    (calls > 0).then(|| (seconds.iter().sum::<f64>() / calls as f64).ln())
}

/// Logarithm of the seconds per call in each window of a process.
fn in_windows(process: &Process) -> BTreeMap<u32, f64> {
    let mut windows: BTreeMap<u32, Vec<&Block>> = BTreeMap::new();
    for block in &process.blocks {
        windows.entry(block.window).or_default().push(block);
    }
    windows.into_iter().filter_map(|(window, blocks)| Some((window, log_mean(blocks.into_iter())?))).collect()
}

/// Logarithm of baseline time over contender time in one round.
fn log_ratio(baseline: &Process, contender: &Process) -> Option<f64> {
    let (ours, theirs) = (in_windows(baseline), in_windows(contender));
    let logs: Vec<f64> = ours.iter().filter_map(|(window, log)| Some(log - theirs.get(window)?)).collect();
    midmean(&logs).or_else(|| Some(log_seconds(baseline)? - log_seconds(contender)?))
}

/// The items of both sides that share a key. A key that a side has twice pairs in order.
fn paired<'a, T>(left: &'a [T], right: &'a [T], key: impl Fn(&T) -> u32) -> Vec<(&'a T, &'a T)> {
    let ordered = |side: &'a [T]| {
        let mut side: Vec<&T> = side.iter().collect();
        side.sort_by_key(|item| key(item));
        side.into_iter().peekable()
    };
    let (mut left, mut right) = (ordered(left), ordered(right));
    let mut pairs = Vec::new();
    while let (Some(l), Some(r)) = (left.peek(), right.peek()) {
        match key(l).cmp(&key(r)) {
            std::cmp::Ordering::Less => drop(left.next()),
            std::cmp::Ordering::Greater => drop(right.next()),
            std::cmp::Ordering::Equal => pairs.extend(left.next().zip(right.next())),
        }
    }
    pairs
}

/// Back from the log scale. Two processes at odds can have ends beyond what a float holds; those stop at the
/// outermost finite ones, since results are written as JSON, which has no infinity.
fn exponentiated(log: Estimate) -> Estimate {
    let [estimate, low, high] =
        [log.estimate, log.low, log.high].map(|log| log.exp().clamp(f64::MIN_POSITIVE, f64::MAX));
    Estimate { estimate, low, high }
}
