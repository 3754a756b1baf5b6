//! What was read.

use std::fmt;
use std::path::PathBuf;

use rustworthy_model::Series;

use super::environment::MeasuredOn;
use super::error::ImportError;

/// Everything that one file or folder of another tool holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The file or folder, as it was given, with the baseline of criterion's that is meant.
    pub path: PathBuf,
    /// Which tool made it.
    pub kind: Kind,
    /// At least one, in the order of the file, or of the names of criterion's folders. No two have the same
    /// [name](Series::name).
    pub benchmarks: Vec<Benchmark>,
    /// What else there is.
    pub left_out: Vec<LeftOut>,
    /// Where they were measured.
    pub measured_on: MeasuredOn,
}

/// A benchmark that can't be compared, which doesn't keep the others from it.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftOut {
    /// The [name](Series::name) of its series.
    pub name: String,
    /// Why it can't.
    pub why: ImportError,
}

/// What a file or folder holds.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) benchmarks: Vec<Benchmark>,
    pub(super) left_out: Vec<LeftOut>,
    pub(super) measured_on: MeasuredOn,
}

impl Contents {
    /// Sorts what was found of each benchmark.
    ///
    /// # Errors
    /// The first of those that are about the file as a whole.
    pub(super) fn of(
        found: impl Iterator<Item = Result<Result<Benchmark, LeftOut>, ImportError>>,
    ) -> Result<Self, ImportError> {
        let mut contents = Self::default();
        for benchmark in found {
            match benchmark? {
                Ok(benchmark) => contents.benchmarks.push(benchmark),
                Err(left_out) => contents.left_out.push(left_out),
            }
        }
        Ok(contents)
    }
}

/// One benchmark of another tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Benchmark {
    /// Its seconds per call by process: at least one process, each of at least one value, all positive numbers.
    pub series: Series,
    /// Where it was found: the path of a JSON value, or a folder.
    pub place: String,
    /// How many of its runs ended with an error, which `--ignore-failure` made hyperfine ignore. Their
    /// times are among the others; what failed needn't have done its work.
    pub failed_runs: usize,
}

impl Benchmark {
    /// Whether all values are of one process, so that the variation between processes is unknown: an interval
    /// from them alone is too narrow.
    pub fn is_of_single_process(&self) -> bool {
        self.series.processes.len() == 1
    }
}

/// A tool whose timings can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A folder `target/criterion`. All samples of a benchmark are of one process.
    Criterion,
    /// A file of pyperf, compressed or not. Every run with values is a process.
    Pyperf,
    /// A file of hyperfine's `--export-json`. Every run is a process with a single value.
    Hyperfine,
    /// A file of pytest-benchmark with data. All rounds of a benchmark are of one process.
    PytestBenchmark,
    /// A result of asv with samples, which it doesn't tell apart by process.
    Asv,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Criterion => "criterion",
            Self::Pyperf => "pyperf",
            Self::Hyperfine => "hyperfine",
            Self::PytestBenchmark => "pytest-benchmark",
            Self::Asv => "asv",
        })
    }
}
