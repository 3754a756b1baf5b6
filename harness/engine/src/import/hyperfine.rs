//! Files of hyperfine's `--export-json`.

use std::collections::BTreeMap;
use std::path::Path;

use rustworthy_model::Series;
use serde::Deserialize;

use super::error::ImportError;
use super::imported::{Benchmark, Contents, Kind, LeftOut};
use super::name::parts;

#[derive(Deserialize)]
struct Document {
    results: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    command: String,
    times: Option<Vec<f64>>,
    /// `null` for a command that a signal ended.
    exit_codes: Option<Vec<Option<i32>>>,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
}

/// The benchmarks of a file, every run a process with one value.
pub(super) fn parse(file: &Path, contents: &[u8]) -> Result<Contents, ImportError> {
    let document: Document =
        serde_json::from_slice(contents).map_err(|error| ImportError::json(file, "a file of hyperfine 1", &error))?;
    Contents::of(document.results.into_iter().enumerate().map(|(index, entry)| benchmark(file, index, entry)))
}

fn benchmark(file: &Path, index: usize, entry: Entry) -> Result<Result<Benchmark, LeftOut>, ImportError> {
    let place = format!("results[{index}]");
    let failed_runs = entry.exit_codes.iter().flatten().filter(|code| **code != Some(0)).count();
    let times = entry.times.as_deref().filter(|times| !times.is_empty());
    let Some(times) = times else {
        return Err(ImportError::at(
            file,
            place,
            "has no times, only their summary; a change can't be computed from that",
        ));
    };
    let processes = times.iter().map(|seconds| vec![*seconds]).collect();
    let (workload, contender) = names(&entry);
    let series = Series { workload, contender, seconds: None, processes };
    if let Some(run) = times.iter().position(|seconds| *seconds <= 0.0) {
        let message = format!(
            "{} s is no time of a run. hyperfine takes off how long a shell needs to start, which leaves nothing of fast \
             commands; measure without one: hyperfine --shell=none",
            times[run]
        );
        let why = ImportError::at(file, format!("{place}.times[{run}]"), message);
        return Ok(Err(LeftOut { name: series.name(), why }));
    }
    Ok(Ok(Benchmark { series, place, failed_runs }))
}

/// Commands that are scanned over parameters may share a name, so the values of these distinguish them.
fn names(entry: &Entry) -> (String, String) {
    if entry.parameters.is_empty() {
        return parts(&entry.command, Kind::Hyperfine);
    }
    let parameters: Vec<String> = entry.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    (entry.command.clone(), parameters.join(","))
}
