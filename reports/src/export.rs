//! Timings in the formats of other tools.

mod bencher;
mod github_action_benchmark;
mod hyperfine;
mod pyperf;
mod series;

use std::fmt;
use std::str::FromStr;

use rustworthy_model::Series;
use thiserror::Error;

/// A format of another tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The JSON of [pyperf](https://pyperf.readthedocs.io), for `pyperf show` and `pyperf compare_to`.
    Pyperf,
    /// What `hyperfine --export-json` writes.
    Hyperfine,
    /// [Bencher Metric Format](https://bencher.dev/docs/reference/bencher-metric-format/).
    Bencher,
    /// The `customSmallerIsBetter` of
    /// [github-action-benchmark](https://github.com/benchmark-action/github-action-benchmark).
    GithubActionBenchmark,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pyperf, Self::Hyperfine, Self::Bencher, Self::GithubActionBenchmark];

    /// The name that it is parsed from.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pyperf => "pyperf",
            Self::Hyperfine => "hyperfine",
            Self::Bencher => "bencher",
            Self::GithubActionBenchmark => "github-action-benchmark",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|format| format.name() == text).ok_or_else(|| UnknownFormat { name: text.into() })
    }
}

/// A name that no export format has.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown export format '{name}'; known are {}", Format::ALL.map(Format::name).join(", "))]
pub struct UnknownFormat {
    name: String,
}

/// The series as a file of that format. Series without any times are left out.
pub fn export(format: Format, series: &[Series]) -> String {
    match format {
        Format::Pyperf => pyperf::export(series),
        Format::Hyperfine => hyperfine::export(series),
        Format::Bencher => bencher::export(series),
        Format::GithubActionBenchmark => github_action_benchmark::export(series),
    }
}
