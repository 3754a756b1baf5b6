//! Folders of criterion: `target/criterion`, in which `<group>/<function>/<parameter>/new` holds the last
//! measurement of a benchmark and `base` the one before.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{fs, io};

use rustworthy_model::Series;
use serde::Deserialize;

use super::error::ImportError;
use super::imported::{Benchmark, Contents, Kind, LeftOut};
use super::source::Budget;

/// Most folders and files that are read.
const MOST_ENTRIES: usize = 200_000;

/// Criterion nests three deep; the rest is for a folder that was given from further up, such as `target`.
const DEEPEST: usize = 8;

/// `benchmark.json`: what a benchmark is called.
#[derive(Deserialize)]
struct Id {
    group_id: String,
    function_id: Option<String>,
    value_str: Option<String>,
}

/// `sample.json`: iterations and nanoseconds of each sample.
#[derive(Deserialize)]
struct Sample {
    iters: Vec<f64>,
    times: Vec<f64>,
}

/// The benchmarks below a folder, each with the samples of its one process.
///
/// Of each benchmark the measurement of that name is read, which `--save-baseline` gave it; without a name `new`, or `base`
/// where it is all there is. Benchmarks with a measurement of their own instead of wall time can't be recognised: their
/// files don't say so.
pub(super) fn read(folder: &Path, baseline: Option<&str>, mut budget: Budget) -> Result<Contents, ImportError> {
    let measurements = measurements(folder)?;
    if measurements.is_empty() {
        let message = "holds no measurement of criterion; give the folder 'target/criterion' that `cargo bench` writes. \
                       (`cargo criterion` keeps its measurements in another form, which isn't read.)";
        return Err(ImportError::file(folder, message));
    }
    let wanted = baseline.map_or_else(|| vec!["new", "base"], |baseline| vec![baseline]);
    let chosen: Vec<PathBuf> = measurements
        .iter()
        .filter_map(|(benchmark, names)| {
            wanted.iter().find(|name| names.contains(**name)).map(|name| benchmark.join(name))
        })
        .collect();
    if chosen.is_empty() {
        let names: BTreeSet<&String> = measurements.values().flatten().collect();
        let names: Vec<&str> = names.into_iter().map(String::as_str).collect();
        let message = format!(
            "holds no measurement called '{}'; there are {}: name one with {}:NAME",
            wanted.join("' or '"),
            names.join(", "),
            folder.display()
        );
        return Err(ImportError::file(folder, message));
    }
    Contents::of(chosen.iter().map(|measurement| benchmark(folder, measurement, &mut budget)))
}

/// The names of the measurements of each benchmark, by its folder.
fn measurements(folder: &Path) -> Result<BTreeMap<PathBuf, BTreeSet<String>>, ImportError> {
    let mut found: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    let mut folders = vec![(folder.to_owned(), 0)];
    let mut seen = 0;
    while let Some((folder, depth)) = folders.pop() {
        if let (Some(benchmark), Some(name)) = (folder.parent(), folder.file_name().and_then(OsStr::to_str))
            && depth > 0
            && folder.join("sample.json").is_file()
        {
            found.entry(benchmark.to_owned()).or_default().insert(name.to_owned());
        }
        let failed = |error: io::Error| ImportError::file(&folder, format!("can't be read: {error}"));
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            seen += 1;
            if seen > MOST_ENTRIES {
                let message = format!("holds over {MOST_ENTRIES} files; give the folder 'target/criterion' itself");
                return Err(ImportError::file(&folder, message));
            }
            // A link isn't followed, since it may lead back up.
            if depth < DEEPEST && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push((entry.path(), depth + 1));
            }
        }
    }
    Ok(found)
}

fn benchmark(root: &Path, measurement: &Path, budget: &mut Budget) -> Result<Result<Benchmark, LeftOut>, ImportError> {
    let [id_file, sample_file] = ["benchmark.json", "sample.json"].map(|name| measurement.join(name));
    let (workload, contender) = names(&id_file, &budget.read(&id_file)?)?;
    let seconds = seconds(&sample_file, &budget.read(&sample_file)?)?;
    let place = measurement.strip_prefix(root).unwrap_or(measurement).display().to_string();
    let mut series = Series { workload, contender, seconds: None, processes: Vec::new() };
    Ok(match seconds {
        Ok(seconds) => {
            series.processes.push(seconds);
            Ok(Benchmark { series, place, failed_runs: 0 })
        }
        Err(why) => Err(LeftOut { name: series.name(), why }),
    })
}

/// The group as workload, the rest of the name as contender.
pub(super) fn names(file: &Path, contents: &[u8]) -> Result<(String, String), ImportError> {
    let id: Id = serde_json::from_slice(contents)
        .map_err(|error| ImportError::json(file, "the name of a benchmark of criterion", &error))?;
    let rest: Vec<String> = [id.function_id, id.value_str].into_iter().flatten().collect();
    let contender = if rest.is_empty() { Kind::Criterion.to_string() } else { rest.join("/") };
    Ok((id.group_id, contender))
}

/// Seconds per iteration of each sample; the inner error is about this benchmark alone: it took no time.
pub(super) fn seconds(file: &Path, contents: &[u8]) -> Result<Result<Vec<f64>, ImportError>, ImportError> {
    let Sample { iters, times } =
        serde_json::from_slice(contents).map_err(|error| ImportError::json(file, "a sample of criterion", &error))?;
    if times.is_empty() || iters.len() != times.len() {
        let message = format!("{} times of {} samples; it takes one for each", times.len(), iters.len());
        return Err(ImportError::at(file, "times", message));
    }
    let error = |index: usize| {
        let message =
            format!("{} ns for {} iterations is no time; both have to be positive", times[index], iters[index]);
        ImportError::at(file, format!("times[{index}]"), message)
    };
    let samples = || iters.iter().zip(&times);
    let is_broken = |(iterations, nanoseconds): (&f64, &f64)| *iterations <= 0.0 || *nanoseconds < 0.0;
    if let Some(broken) = samples().position(is_broken) {
        return Err(error(broken));
    }
    let seconds: Vec<f64> = samples().map(|(iterations, nanoseconds)| nanoseconds / iterations * 1e-9).collect();
    Ok(match seconds.iter().position(|seconds| !seconds.is_normal()) {
        Some(nothing) => Err(error(nothing)),
        None => Ok(seconds),
    })
}
