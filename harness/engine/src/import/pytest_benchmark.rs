//! Files of pytest-benchmark: of `--benchmark-json`, and of `--benchmark-save` with `--benchmark-save-data`.

use std::path::Path;

use rustworthy_model::Series;
use serde::Deserialize;
use serde_json::Value;

use super::environment::MeasuredOn;
use super::error::ImportError;
use super::imported::{Benchmark, Contents, Kind, LeftOut};
use super::name::parts;
use super::times::first_that_is_none;

#[derive(Deserialize)]
struct Document {
    machine_info: Value,
    benchmarks: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    /// The test as pytest names it: `tests/test_parse.py::test_parse[large]`.
    fullname: String,
    stats: Stats,
}

#[derive(Deserialize)]
struct Stats {
    /// Seconds of each round by its iterations; only their summary is kept unless the data are asked for.
    data: Option<Vec<f64>>,
}

/// Where in `machine_info` it tells what changes times. The processor's keys are those of two generations of py-cpuinfo.
const MACHINE: [(&str, &str); 6] = [
    ("processor", "/cpu/brand_raw"),
    ("processor", "/cpu/brand"),
    ("host", "/node"),
    ("number of processors", "/cpu/count"),
    ("Python", "/python_version"),
    ("implementation of Python", "/python_implementation"),
];

/// The benchmarks of a file. All rounds of a benchmark are of one process, that of the tests.
pub(super) fn parse(file: &Path, contents: &[u8]) -> Result<Contents, ImportError> {
    let document: Document = serde_json::from_slice(contents)
        .map_err(|error| ImportError::json(file, "a file of pytest-benchmark", &error))?;
    let measured_on = MeasuredOn::read(&document.machine_info, &MACHINE);
    let entries = document.benchmarks.into_iter().enumerate();
    let found = entries.map(|(index, entry)| benchmark(file, format!("benchmarks[{index}]"), entry));
    Ok(Contents { measured_on, ..Contents::of(found)? })
}

fn benchmark(file: &Path, place: String, entry: Entry) -> Result<Result<Benchmark, LeftOut>, ImportError> {
    let (workload, contender) = parts(&entry.fullname, Kind::PytestBenchmark);
    let seconds = entry.stats.data.unwrap_or_default();
    let mut series = Series { workload, contender, seconds: None, processes: Vec::new() };
    let left_out = |why, series: &Series| Ok(Err(LeftOut { name: series.name(), why }));
    if seconds.is_empty() {
        let message = "has no rounds, only their summary, without which no change can be tested; save it with \
                       --benchmark-json=FILE, or with --benchmark-save-data";
        return left_out(ImportError::at(file, format!("{place}.stats"), message), &series);
    }
    if let Err(why) = first_that_is_none(file, &format!("{place}.stats.data"), &seconds)? {
        return left_out(why, &series);
    }
    series.processes.push(seconds);
    Ok(Ok(Benchmark { series, place, failed_runs: 0 }))
}
