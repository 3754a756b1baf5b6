//! Folders of criterion: `target/criterion`, in which `<group>/<function>/<parameter>/new` holds the last
//! measurement of a benchmark and `base` the one before.

use std::path::{Path, PathBuf};
use std::{fs, io};

use rustworthy_model::Series;
use serde::Deserialize;

use super::error::ImportError;
use super::imported::{Benchmark, Kind};
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
/// Of each benchmark `new` is read, or `base` where it is all there is. Benchmarks with a measurement of their own
/// instead of wall time can't be recognised: their files don't say so.
pub(super) fn read(folder: &Path, mut budget: Budget) -> Result<Vec<Benchmark>, ImportError> {
    let measurements = measurements(folder)?;
    if measurements.is_empty() {
        let message = "holds no measurement of criterion; give the folder 'target/criterion' that `cargo bench` writes. \
                       (`cargo criterion` keeps its measurements in another form, which isn't read.)";
        return Err(ImportError::file(folder, message));
    }
    measurements.iter().map(|measurement| benchmark(folder, measurement, &mut budget)).collect()
}

/// All folders `new`, or else `base`, that hold samples, by name.
fn measurements(folder: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let mut found = Vec::new();
    let mut folders = vec![(folder.to_owned(), 0)];
    let mut seen = 0;
    while let Some((folder, depth)) = folders.pop() {
        let candidates = [folder.join("new"), folder.join("base")];
        found.extend(candidates.into_iter().find(|candidate| candidate.join("sample.json").is_file()));
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
    found.sort_unstable();
    Ok(found)
}

fn benchmark(root: &Path, measurement: &Path, budget: &mut Budget) -> Result<Benchmark, ImportError> {
    let [id_file, sample_file] = ["benchmark.json", "sample.json"].map(|name| measurement.join(name));
    let (workload, contender) = names(&id_file, &budget.read(&id_file)?)?;
    let seconds = seconds(&sample_file, &budget.read(&sample_file)?)?;
    let place = measurement.strip_prefix(root).unwrap_or(measurement).display().to_string();
    Ok(Benchmark {
        series: Series { workload, contender, seconds: None, processes: vec![seconds] },
        place,
        failed_runs: 0,
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

/// Seconds per iteration of each sample.
pub(super) fn seconds(file: &Path, contents: &[u8]) -> Result<Vec<f64>, ImportError> {
    let Sample { iters, times } =
        serde_json::from_slice(contents).map_err(|error| ImportError::json(file, "a sample of criterion", &error))?;
    if times.is_empty() || iters.len() != times.len() {
        let message = format!("{} times of {} samples; it takes one for each", times.len(), iters.len());
        return Err(ImportError::at(file, "times", message));
    }
    let samples = iters.iter().zip(&times).enumerate();
    let per_iteration = |(index, (iterations, nanoseconds)): (usize, (&f64, &f64))| {
        let seconds = nanoseconds / iterations * 1e-9;
        if *iterations > 0.0 && *nanoseconds > 0.0 && seconds.is_normal() {
            return Ok(seconds);
        }
        let message = format!("{nanoseconds} ns for {iterations} iterations is no time; both have to be positive");
        Err(ImportError::at(file, format!("times[{index}]"), message))
    };
    samples.map(per_iteration).collect()
}
