//! pyperf's JSON, version 1.0: a run is a process, its values are seconds per call.

use serde_json::{Value, json};

use super::Series;
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
    let runs: Vec<Value> = series.timed().into_iter().map(|values| json!({"values": values})).collect();
    (!runs.is_empty()).then(|| json!({"metadata": {"name": series.name()}, "runs": runs}))
}
