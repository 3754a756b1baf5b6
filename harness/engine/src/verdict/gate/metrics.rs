//! How each metric changed from round to round of a benchmark.

use rustworthy_model::gate::{Benchmark, Metric};
use rustworthy_model::{Estimate, Series};

use crate::gate::{Record, Round, Side};
use crate::measure::latency_histogram;
use rustworthy_stats::{self as stats, Resampling, median};

/// Calls of each side below which a 99th percentile would only repeat the slowest call.
pub(super) const CALLS_FOR_P99: u64 = 100;

/// What was timed of one side of a benchmark, by process.
pub fn series(benchmark: &Benchmark, record: &Record, side: Side) -> Series {
    let blocks = |round: &Round| {
        let per_call = |pair: &[u64; 2]| pair[side as usize] as f64 * 1e-9 / round.calls as f64;
        round.pairs.iter().map(per_call).collect()
    };
    Series {
        workload: benchmark.workload.clone(),
        contender: benchmark.contender.clone(),
        seconds: match side {
            Side::Old => benchmark.old,
            Side::New => benchmark.new,
        },
        processes: record.rounds().map(blocks).collect(),
    }
}

/// A metric's change in each round.
pub(in crate::verdict) fn changes(rounds: &[&Round], metric: Metric) -> Vec<stats::Round> {
    let log_ratio = |[old, new]: [f64; 2]| stats::Round::of_pairs([[old, new]]);
    match metric {
        Metric::Time => rounds
            .iter()
            .filter_map(|round| stats::Round::of_pairs(round.pairs.iter().map(|pair| pair.map(|ns| ns as f64))))
            .collect(),
        Metric::PeakMemory => rounds.iter().filter_map(|round| log_ratio(peaks(round)?)).collect(),
        Metric::P99 => groups(rounds).into_iter().filter_map(log_ratio).collect(),
        // Counts have no rounds: the module `instructions` judges them.
        Metric::Instructions => Vec::new(),
    }
}

fn peaks(round: &Round) -> Option<[f64; 2]> {
    let [old, new] = round.peak_memory;
    Some([old? as f64, new? as f64])
}

/// 99th percentiles in nanoseconds of either side, of as many rounds together as have calls enough.
fn groups(rounds: &[&Round]) -> Vec<[f64; 2]> {
    let mut groups = Vec::new();
    let mut held = [latency_histogram(), latency_histogram()];
    for round in rounds {
        for (histogram, latencies) in held.iter_mut().zip(&round.latencies) {
            latencies.iter().for_each(|&(ns, count)| histogram.saturating_record_n(ns, count));
        }
        if held.iter().all(|histogram| histogram.len() >= CALLS_FOR_P99) {
            groups.push([0, 1].map(|side: usize| held[side].value_at_quantile(0.99) as f64));
            held.iter_mut().for_each(hdrhistogram::Histogram::reset);
        }
    }
    groups
}

/// A metric of one side, in seconds or bytes: the geometric mean over rounds.
pub(super) fn side_value(rounds: &[&Round], metric: Metric, side: Side, resampling: &Resampling) -> Option<Estimate> {
    let side = side as usize;
    let values: Vec<f64> = match metric {
        Metric::Time => rounds.iter().filter_map(|round| seconds(round, side)).collect(),
        Metric::PeakMemory => rounds.iter().filter_map(|round| Some(peaks(round)?[side])).collect(),
        Metric::P99 => groups(rounds).into_iter().map(|group| group[side] * 1e-9).collect(),
        Metric::Instructions => Vec::new(),
    };
    stats::geometric_mean(&values, resampling)
}

/// Seconds per call of one side in a round: its median block.
fn seconds(round: &Round, side: usize) -> Option<f64> {
    let blocks: Vec<f64> = round.pairs.iter().map(|pair| pair[side] as f64 * 1e-9 / round.calls as f64).collect();
    median(&blocks)
}
