//! Which tool a file is from, and what holds for all of them.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use serde::de::IgnoredAny;

use super::error::ImportError;
use super::imported::{Benchmark, Imported, Kind};
use super::source::Budget;
use super::{criterion, hyperfine, pyperf};

/// Benchmarks of one side.
const MOST_BENCHMARKS: usize = 10_000;

/// Two sides of the same tool, old and new.
///
/// # Errors
/// What [`read`] says of either, and when they are of different tools or one and the same.
pub fn pair(old: &Path, new: &Path) -> Result<[Imported; 2], ImportError> {
    if fs::canonicalize(old).is_ok_and(|old| fs::canonicalize(new).is_ok_and(|new| old == new)) {
        return Err(ImportError::file(new, "is old and new side at once; give two, to see what changed between them"));
    }
    let (old, new) = (read(old)?, read(new)?);
    if old.kind != new.kind {
        let message = format!(
            "is of {}, but the old side, {}, of {}; both have to come from the same tool",
            new.kind,
            old.path.display(),
            old.kind
        );
        return Err(ImportError::file(&new.path, message));
    }
    Ok([old, new])
}

/// The timings that another tool saved as a file or folder; the tool is recognised from the contents.
///
/// # Errors
/// For what can't be read, isn't of a known tool, isn't whole, is too large, or holds something that is no
/// time, and for two benchmarks of the same name.
pub fn read(path: &Path) -> Result<Imported, ImportError> {
    let is_folder =
        fs::metadata(path).map_err(|error| ImportError::file(path, format!("can't be read: {error}")))?.is_dir();
    let mut budget = Budget::new();
    let (kind, benchmarks) =
        if is_folder { (Kind::Criterion, criterion::read(path, budget)?) } else { parse(path, &budget.read(path)?)? };
    check(path, kind, &benchmarks)?;
    Ok(Imported { path: path.to_owned(), kind, benchmarks })
}

/// The benchmarks of a file.
pub(super) fn parse(file: &Path, contents: &[u8]) -> Result<(Kind, Vec<Benchmark>), ImportError> {
    let (kind, parser) = recognised(file, contents)?;
    Ok((kind, parser(file, contents)?))
}

/// What reads the files of one tool.
type Parser = fn(&Path, &[u8]) -> Result<Vec<Benchmark>, ImportError>;

/// The tool that writes files with such keys.
fn recognised(file: &Path, contents: &[u8]) -> Result<(Kind, Parser), ImportError> {
    let keys: BTreeMap<String, IgnoredAny> = serde_json::from_slice(contents)
        .map_err(|error| ImportError::json(file, "a file of pyperf or hyperfine", &error))?;
    let has = |key| keys.contains_key(key);
    let foreign = |what| Err(ImportError::file(file, format!("is {what}; files of pyperf and hyperfine can be read")));
    if has("schema") {
        foreign("a result of rustworthy, which `rustworthy gate --against` takes")
    } else if has("machine_info") {
        foreign("a file of pytest-benchmark")
    } else if has("context") && has("benchmarks") {
        foreign("a file of Google Benchmark")
    } else if has("results") && has("schema_version") {
        foreign("a file of hyperfine 2, which this program doesn't know yet")
    } else if has("iters") && has("times") {
        foreign("a sample of criterion, whose whole folder 'target/criterion' can be given")
    } else if has("results") {
        Ok((Kind::Hyperfine, hyperfine::parse))
    } else if has("benchmarks") {
        Ok((Kind::Pyperf, pyperf::parse))
    } else {
        foreign("JSON of something else")
    }
}

/// Whether there is something, not too much, and each under a name of its own.
fn check(path: &Path, kind: Kind, benchmarks: &[Benchmark]) -> Result<(), ImportError> {
    if benchmarks.is_empty() {
        return Err(ImportError::file(path, "holds no benchmark"));
    }
    if benchmarks.len() > MOST_BENCHMARKS {
        let message = format!("holds {} benchmarks; {MOST_BENCHMARKS} at most are read", benchmarks.len());
        return Err(ImportError::file(path, message));
    }
    let mut places = HashMap::new();
    for benchmark in benchmarks {
        let name = benchmark.series.name();
        if let Some(first) = places.insert(name.clone(), &benchmark.place) {
            let remedy = match kind {
                Kind::Criterion => "rename one of them, or remove the folder of one that is no more",
                Kind::Pyperf => "give each its own with --name",
                Kind::Hyperfine => "give each its own with --command-name",
            };
            let message = format!("has the name of {first}, '{name}'; {remedy}");
            return Err(ImportError::at(path, &benchmark.place, message));
        }
    }
    Ok(())
}
