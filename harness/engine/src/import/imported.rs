//! What was read.

use std::fmt;
use std::path::PathBuf;

use rustworthy_model::Series;

/// Everything that one file or folder of another tool holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The file or folder, as it was given.
    pub path: PathBuf,
    /// Which tool made it.
    pub kind: Kind,
    /// At least one, in the order of the file, or of the names of criterion's folders. No two have the same
    /// [name](Series::name).
    pub benchmarks: Vec<Benchmark>,
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
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Criterion => "criterion",
            Self::Pyperf => "pyperf",
            Self::Hyperfine => "hyperfine",
        })
    }
}
