//! Files of pyperf, in the formats 5 (of version 0.8.3), 6 (0.9.6) and 1.0 (since 1.0).

use std::path::Path;

use rustworthy_model::Series;
use serde::Deserialize;
use serde_json::Value;

use super::error::ImportError;
use super::imported::{Benchmark, Kind};
use super::name::parts;

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    version: Value,
    benchmarks: Vec<Entry>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(alias = "common_metadata")]
    metadata: Option<Metadata>,
    runs: Vec<Run>,
}

/// A process. One that found out how many loops to make has warm-ups alone.
#[derive(Deserialize)]
struct Run {
    /// Time of an iteration: loops are divided out already.
    #[serde(default, alias = "samples")]
    values: Vec<f64>,
    metadata: Option<Metadata>,
}

/// What is common to all runs of a benchmark stands with it, what is common to all benchmarks with the file.
#[derive(Deserialize)]
struct Metadata {
    name: Option<String>,
    unit: Option<String>,
}

/// The benchmarks of a file, every run with values a process.
pub(super) fn parse(file: &Path, contents: &[u8]) -> Result<Vec<Benchmark>, ImportError> {
    let document: Document =
        serde_json::from_slice(contents).map_err(|error| ImportError::json(file, "a file of pyperf", &error))?;
    let version = &document.version;
    if !(version == "1.0" || version == 5 || version == 6) {
        let message = format!("format {version} of pyperf isn't known; those that are: \"1.0\", 6 and 5");
        return Err(ImportError::at(file, "version", message));
    }
    let entries = document.benchmarks.into_iter().enumerate();
    entries.map(|(index, entry)| benchmark(file, index, entry, document.metadata.as_ref())).collect()
}

fn benchmark(file: &Path, index: usize, entry: Entry, common: Option<&Metadata>) -> Result<Benchmark, ImportError> {
    let place = format!("benchmarks[{index}]");
    let shared = [entry.metadata.as_ref(), common];
    let name = shared.into_iter().flatten().find_map(|metadata| metadata.name.as_deref());
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Err(ImportError::at(file, place, "has no name in its metadata; pyperf gives it one with --name"));
    };
    let (workload, contender) = parts(name, Kind::Pyperf);
    let mut processes = Vec::new();
    for (number, run) in entry.runs.into_iter().enumerate().filter(|(_, run)| !run.values.is_empty()) {
        check(file, &format!("{place}.runs[{number}]"), &run, shared)?;
        processes.push(run.values);
    }
    if processes.is_empty() {
        return Err(ImportError::at(file, place, "has no run with values, only calibration"));
    }
    Ok(Benchmark { series: Series { workload, contender, seconds: None, processes }, place, failed_runs: 0 })
}

/// Whether the values of a run are times.
fn check(file: &Path, place: &str, run: &Run, shared: [Option<&Metadata>; 2]) -> Result<(), ImportError> {
    let known = [run.metadata.as_ref()].into_iter().chain(shared).flatten();
    let unit = known.into_iter().find_map(|metadata| metadata.unit.as_deref()).unwrap_or("second");
    if unit != "second" {
        let message = format!("its unit is '{unit}'; only times, of the unit 'second', can be compared");
        return Err(ImportError::at(file, place, message));
    }
    match run.values.iter().position(|seconds| *seconds <= 0.0) {
        Some(index) => {
            let message = format!("{} s is no time; a positive number belongs here", run.values[index]);
            Err(ImportError::at(file, format!("{place}.values[{index}]"), message))
        }
        None => Ok(()),
    }
}
