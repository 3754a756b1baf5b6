//! The `customSmallerIsBetter` format of github-action-benchmark.

use rustworthy_model::Series;
use serde::Serialize;

use super::series::{name, nanoseconds, timed, typical};
use crate::json::pretty;

/// One entry. The tool compares numbers alone, so the unit is the same for all, whatever their size.
#[derive(Serialize)]
struct Entry {
    name: String,
    unit: &'static str,
    value: f64,
    /// Shown beside the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<String>,
    /// Shown when one points at the value.
    extra: String,
}

/// A list with an entry for each series.
pub(super) fn export(series: &[Series]) -> String {
    pretty(&series.iter().filter_map(entry).collect::<Vec<_>>())
}

fn entry(series: &Series) -> Option<Entry> {
    let timed = timed(series);
    Some(Entry {
        name: name(series),
        unit: "ns",
        value: nanoseconds(typical(series)?),
        range: series.seconds.map(|seconds| format!("{} to {}", nanoseconds(seconds.low), nanoseconds(seconds.high))),
        extra: format!("processes: {}\ntimed blocks of calls: {}", timed.len(), timed.concat().len()),
    })
}
