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
    /// The sweep of its round that it belongs to. A sweep runs one block of every contender, so blocks
    /// of the same round and sweep met nearly the same machine.
    pub sweep: u32,
    /// Wall time of the block over its number of calls.
    /// A block for which this is no positive number says nothing and is left out.
    pub seconds_per_call: f64,
}

/// One fresh process of one contender.
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// The round that it ran in. A round has one process of every contender, all on the same processor.
    pub round: u32,
    /// What it timed, in any order.
    pub blocks: Vec<Block>,
}

/// Seconds per call of one contender: the geometric mean over processes of each process's midmean block.
///
/// `None` below two processes with a usable block.
pub fn seconds(processes: &[Process], resampling: &Resampling) -> Option<Estimate> {
    let summaries: Vec<f64> = processes.iter().filter_map(log_seconds).collect();
    mean_interval(&summaries, resampling).map(exponentiated)
}

/// How many times faster than the baseline a contender is: time of the baseline over its time.
///
/// Blocks of the same sweep are compared with each other, so that a machine that slows both down cancels
/// out. Each round counts with the midmean of its ratios, and the result is the geometric mean over rounds.
/// Rounds without any such pair count with the ratio of the two processes' own times, rounds of one side
/// alone not at all.
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

/// Logarithm of the seconds per call of one process.
///
/// The midmean of the logarithms rather than the logarithm of the midmean: in simulation it spreads less over
/// processes of few spiky blocks (1.0 % against 1.3 % for ten), and elsewhere as much.
fn log_seconds(process: &Process) -> Option<f64> {
    let logs: Vec<f64> = process.blocks.iter().filter(is_usable).map(|block| block.seconds_per_call.ln()).collect();
    midmean(&logs)
}

/// Logarithm of baseline time over contender time in one round.
fn log_ratio(baseline: &Process, contender: &Process) -> Option<f64> {
    let logs: Vec<f64> = paired(&baseline.blocks, &contender.blocks, |block| block.sweep)
        .into_iter()
        .filter(|(ours, theirs)| is_usable(ours) && is_usable(theirs))
        .map(|(ours, theirs)| ours.seconds_per_call.ln() - theirs.seconds_per_call.ln())
        .collect();
    midmean(&logs).or_else(|| Some(log_seconds(baseline)? - log_seconds(contender)?))
}

fn is_usable(block: &&Block) -> bool {
    block.seconds_per_call.is_finite() && block.seconds_per_call > 0.0
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
