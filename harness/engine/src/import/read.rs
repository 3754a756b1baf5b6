//! Which tool a file is from, and what holds for all of them.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::ImportError;
use super::foreign::{self, Keys};
use super::imported::{Benchmark, Contents, Imported, Kind, LeftOut};
use super::source::Budget;
use super::{asv, criterion, hyperfine, pyperf, pytest_benchmark};

/// Benchmarks of one side.
const MOST_BENCHMARKS: usize = 10_000;

/// Two sides of the same tool, old and new.
///
/// # Errors
/// What [`read`] says of either, and when they are of different tools or one and the same.
pub fn pair(old: &Path, new: &Path) -> Result<[Imported; 2], ImportError> {
    let [old_place, new_place] = [old, new].map(|path| {
        let Source { path, baseline } = Source::of(path);
        (fs::canonicalize(path).ok(), baseline.unwrap_or_else(|| "new".to_owned()))
    });
    if old_place.0.is_some() && old_place == new_place {
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

/// A file, or a folder and the baseline in it that is meant.
struct Source {
    path: PathBuf,
    baseline: Option<String>,
}

impl Source {
    /// `target/criterion:main` is the baseline `main` in that folder, unless there is something of that name itself.
    fn of(path: &Path) -> Self {
        let named = path.to_str().filter(|_| !path.exists()).and_then(|path| path.rsplit_once(':'));
        match named.filter(|(folder, name)| !name.is_empty() && Path::new(folder).is_dir()) {
            Some((folder, name)) => Self { path: folder.into(), baseline: Some(name.to_owned()) },
            None => Self { path: path.to_owned(), baseline: None },
        }
    }
}

/// The timings that another tool saved as a file or folder; the tool is recognised from the contents.
///
/// # Errors
/// For what can't be read, isn't of a known tool, isn't whole, is too large, or holds nothing that can be compared,
/// and for two benchmarks of the same name.
pub fn read(path: &Path) -> Result<Imported, ImportError> {
    let source = Source::of(path);
    let metadata = fs::metadata(&source.path);
    let metadata = metadata.map_err(|error| ImportError::file(path, format!("can't be read: {error}")))?;
    let mut budget = Budget::new();
    let (kind, contents) = if metadata.is_dir() {
        (Kind::Criterion, criterion::read(&source.path, source.baseline.as_deref(), budget)?)
    } else {
        parse(path, &budget.read(path)?)?
    };
    let Contents { benchmarks, left_out, measured_on } = contents;
    if let ([], [LeftOut { why, .. }, ..]) = (&benchmarks[..], &left_out[..]) {
        return Err(why.clone());
    }
    check(path, kind, &benchmarks)?;
    Ok(Imported { path: path.to_owned(), kind, benchmarks, left_out, measured_on })
}

/// The benchmarks of a file.
pub(super) fn parse(file: &Path, contents: &[u8]) -> Result<(Kind, Contents), ImportError> {
    let plain = asv::is_likely(contents).then(|| asv::without_nan(contents));
    let contents = plain.as_deref().unwrap_or(contents);
    let (kind, parser) = recognised(file, contents)?;
    Ok((kind, parser(file, contents)?))
}

/// What reads the files of one tool.
type Parser = fn(&Path, &[u8]) -> Result<Contents, ImportError>;

/// The tool that writes such files.
fn recognised(file: &Path, contents: &[u8]) -> Result<(Kind, Parser), ImportError> {
    let broken = |error: serde_json::Error| match foreign::text(contents) {
        Some(known) => ImportError::file(file, known),
        None => ImportError::json(file, "a file of a tool that is known here", &error),
    };
    if contents.trim_ascii_start().starts_with(b"[") {
        let first = match serde_json::from_slice::<Vec<Keys>>(contents) {
            Ok(list) => list.into_iter().next().unwrap_or_default(),
            Err(error) if error.is_data() => Keys::default(),
            Err(error) => return Err(broken(error)),
        };
        return Err(ImportError::file(file, foreign::listed(&first)));
    }
    let keys: Keys = serde_json::from_slice(contents).map_err(broken)?;
    if let Some(foreign) = foreign::named(&keys) {
        Err(ImportError::file(file, foreign))
    } else if keys.contains_key("machine_info") && keys.contains_key("benchmarks") {
        Ok((Kind::PytestBenchmark, pytest_benchmark::parse))
    } else if keys.contains_key("result_columns") && keys.contains_key("results") {
        Ok((Kind::Asv, asv::parse))
    } else if keys.contains_key("results") {
        Ok((Kind::Hyperfine, hyperfine::parse))
    } else if keys.contains_key("benchmarks") {
        Ok((Kind::Pyperf, pyperf::parse))
    } else {
        Err(ImportError::file(file, foreign::unknown(contents)))
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
                Kind::PytestBenchmark => "save the rounds of one run of the tests",
                Kind::Asv => "give the file of one commit, as asv wrote it",
            };
            let message = format!("has the name of {first}, '{name}'; {remedy}");
            return Err(ImportError::at(path, &benchmark.place, message));
        }
    }
    Ok(())
}
