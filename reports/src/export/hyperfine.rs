//! hyperfine's JSON: the times of all processes in one pool, and what it says of them.

use rustworthy_model::Series;
use serde::Serialize;
use serde_json::json;

use super::series::{mean, name, timed};
use crate::json::pretty;

/// One entry of hyperfine's `results`, in seconds.
#[derive(Serialize)]
struct BenchmarkResult {
    command: String,
    mean: f64,
    /// Of the sample; `null` for a single time.
    stddev: Option<f64>,
    median: f64,
    /// Processor time, which isn't measured separately here. It is 0 and not `null`, because readers of the format,
    /// Bencher's among them, take nothing but numbers.
    user: f64,
    system: f64,
    min: f64,
    max: f64,
    times: Vec<f64>,
    /// As many zeros as there are times: what failed wasn't timed.
    exit_codes: Vec<i32>,
}

/// A file with a result for each series.
pub(super) fn export(series: &[Series]) -> String {
    pretty(&json!({"results": series.iter().filter_map(result).collect::<Vec<_>>()}))
}

fn result(series: &Series) -> Option<BenchmarkResult> {
    let times = timed(series).concat();
    let mut ascending = times.clone();
    ascending.sort_by(f64::total_cmp);
    let (min, max) = (*ascending.first()?, *ascending.last()?);
    let (middle, count) = (ascending.len() / 2, times.len());
    let mean = mean(&times);
    let squares: f64 = times.iter().map(|time| (time - mean).powi(2)).sum();
    Some(BenchmarkResult {
        command: name(series),
        mean,
        stddev: (count > 1).then(|| (squares / (count - 1) as f64).sqrt()),
        median: if count.is_multiple_of(2) {
            f64::midpoint(ascending[middle - 1], ascending[middle])
        } else {
            ascending[middle]
        },
        user: 0.0,
        system: 0.0,
        min,
        max,
        exit_codes: vec![0; count],
        times,
    })
}
