//! pyperf's JSON, version 1.0: a run is a process, its values are seconds per call.

use rustworthy_model::Series;
use serde_json::{Value, json};

use super::series::{name, timed};
use crate::json::pretty;

/// A suite with a benchmark for each series.
///
/// pyperf needs of the metadata but the name, and wants values above zero. It calls a file without a benchmark an error.
pub(super) fn export(series: &[Series]) -> String {
    pretty(&json!({
        "version": "1.0",
        "metadata": {"unit": "second"},
        "benchmarks": series.iter().filter_map(benchmark).collect::<Vec<_>>(),
    }))
}

fn benchmark(series: &Series) -> Option<Value> {
    let runs: Vec<Value> = timed(series).into_iter().map(|values| json!({"values": values})).collect();
    (!runs.is_empty()).then(|| json!({"metadata": {"name": name(series)}, "runs": runs}))
}
