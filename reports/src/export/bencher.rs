//! Bencher Metric Format: a latency for each benchmark, in nanoseconds, with both ends of its interval.

use rustworthy_model::Series;
use serde_json::{Map, Value, json};

use super::series::{name, nanoseconds, typical};
use crate::json::pretty;

/// An object with a benchmark for each series. One without an interval has no `lower_value` and no `upper_value`.
pub(super) fn export(series: &[Series]) -> String {
    let benchmark = |series: &Series| Some((name(series), json!({"latency": latency(series)?})));
    pretty(&series.iter().filter_map(benchmark).collect::<Map<String, Value>>())
}

fn latency(series: &Series) -> Option<Map<String, Value>> {
    let ends = series.seconds.map(|seconds| [("lower_value", seconds.low), ("upper_value", seconds.high)]);
    let values = [("value", typical(series)?)].into_iter().chain(ends.into_iter().flatten());
    Some(values.map(|(name, seconds)| (name.to_owned(), nanoseconds(seconds).into())).collect())
}
