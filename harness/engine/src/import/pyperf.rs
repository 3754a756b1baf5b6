//! Files of pyperf, in the formats 5 (of version 0.8.3), 6 (0.9.6) and 1.0 (since 1.0).

use std::collections::BTreeMap;
use std::path::Path;

use rustworthy_model::Series;
use serde::Deserialize;
use serde_json::Value;

use super::environment::{KNOWN, MeasuredOn};
use super::error::ImportError;
use super::imported::{Benchmark, Contents, Kind, LeftOut};
use super::name::parts;
use super::times::first_that_is_none;

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
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

/// The benchmarks of a file, every run with values a process.
pub(super) fn parse(file: &Path, contents: &[u8]) -> Result<Contents, ImportError> {
    let document: Document =
        serde_json::from_slice(contents).map_err(|error| ImportError::json(file, "a file of pyperf", &error))?;
    let version = &document.version;
    if !(version == "1.0" || version == 5 || version == 6) {
        let message = format!("format {version} of pyperf isn't known; those that are: \"1.0\", 6 and 5");
        return Err(ImportError::at(file, "version", message));
    }
    let measured_on = measured_on(&document);
    let entries = document.benchmarks.into_iter().enumerate();
    let found = entries.map(|(index, entry)| benchmark(file, index, entry, document.metadata.as_ref()));
    Ok(Contents { measured_on, ..Contents::of(found)? })
}

/// What metadata say anywhere about where something was measured.
fn measured_on(document: &Document) -> MeasuredOn {
    let entries = || document.benchmarks.iter();
    let runs = entries().flat_map(|entry| &entry.runs).filter(|run| !run.values.is_empty());
    let of_entries = entries().filter_map(|entry| entry.metadata.as_ref());
    let of_runs = runs.filter_map(|run| run.metadata.as_ref());
    let mut found = MeasuredOn::default();
    for metadata in document.metadata.iter().chain(of_entries).chain(of_runs) {
        for (what, key) in KNOWN {
            match metadata.others.get(key) {
                Some(Value::String(text)) => found.insert(what, text.clone()),
                Some(Value::Number(number)) => found.insert(what, number.to_string()),
                _ => {}
            }
        }
    }
    found
}

fn benchmark(
    file: &Path,
    index: usize,
    entry: Entry,
    common: Option<&Metadata>,
) -> Result<Result<Benchmark, LeftOut>, ImportError> {
    let place = format!("benchmarks[{index}]");
    let shared = [entry.metadata.as_ref(), common];
    let name = shared.into_iter().flatten().find_map(|metadata| metadata.name.as_deref());
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Err(ImportError::at(file, place, "has no name in its metadata; pyperf gives it one with --name"));
    };
    let (workload, contender) = parts(name, Kind::Pyperf);
    let mut series = Series { workload, contender, seconds: None, processes: Vec::new() };
    for (number, run) in entry.runs.into_iter().enumerate().filter(|(_, run)| !run.values.is_empty()) {
        if let Err(why) = check(file, &format!("{place}.runs[{number}]"), &run, shared)? {
            return Ok(Err(LeftOut { name: series.name(), why }));
        }
        series.processes.push(run.values);
    }
    if series.processes.is_empty() {
        return Err(ImportError::at(file, place, "has no run with values, only calibration"));
    }
    Ok(Ok(Benchmark { series, place, failed_runs: 0 }))
}

/// Whether the values of a run are times; the inner error is about this benchmark alone.
fn check(
    file: &Path,
    place: &str,
    run: &Run,
    shared: [Option<&Metadata>; 2],
) -> Result<Result<(), ImportError>, ImportError> {
    let known = [run.metadata.as_ref()].into_iter().chain(shared).flatten();
    let unit = known.into_iter().find_map(|metadata| metadata.unit.as_deref()).unwrap_or("second");
    if unit != "second" {
        let message = format!("its unit is '{unit}'; only times, of the unit 'second', can be compared");
        return Ok(Err(ImportError::at(file, place, message)));
    }
    first_that_is_none(file, &format!("{place}.values"), &run.values)
}
