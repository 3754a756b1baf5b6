//! Which files there are.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::{TraceError, unreadable};

/// Names of files that are read when a folder is given, with or without `.gz`, `.zst` or `.zstd`.
const ENDINGS: [&str; 6] = ["json", "jsonl", "ndjson", "trace", "binpb", "parquet"];

/// The files that paths name, and those in folders that are named so, in order.
///
/// # Errors
/// For a path that can't be read, a folder without such files, and what is neither.
pub fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, TraceError> {
    let mut files = Vec::new();
    for path in paths {
        let kind = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
        if kind.is_file() {
            files.push(path.clone());
        } else if kind.is_dir() {
            let before = files.len();
            collect(path, &mut files)?;
            if files.len() == before {
                let endings = ENDINGS.map(|ending| format!("*.{ending}")).join(", ");
                let message = format!("holds no trace: no file is called {endings}, or so with .gz or .zst after it");
                return Err(TraceError::file(path, message));
            }
        } else {
            // Opening a pipe would wait for its other end.
            return Err(TraceError::file(path, "is neither a regular file nor a folder"));
        }
    }
    Ok(files)
}

/// Links aren't followed, so this ends; folders to visit are kept apart, so depth doesn't matter.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), TraceError> {
    let first = files.len();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))? {
            let entry = entry.map_err(|error| unreadable(&folder, &error))?;
            let kind = entry.file_type().map_err(|error| unreadable(&entry.path(), &error))?;
            let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            if kind.is_dir() && !hidden {
                folders.push(entry.path());
            } else if kind.is_file() && !hidden && is_trace(&entry.path()) && !is_of_block(&entry.path()) {
                files.push(entry.path());
            }
        }
    }
    files[first..].sort();
    Ok(())
}

/// Whether it's what a block of Tempo says of itself beside its data.
fn is_of_block(path: &Path) -> bool {
    let is_named = path.file_name().is_some_and(|name| name == "meta.json" || name == "meta.compacted.json");
    is_named && path.with_file_name("data.parquet").is_file()
}

fn is_trace(path: &Path) -> bool {
    let ending = |path: &Path| path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    let inner = match ending(path).as_deref() {
        Some("gz" | "zst" | "zstd") => path.file_stem().map(Path::new).and_then(ending),
        _ => ending(path),
    };
    inner.is_some_and(|ending| ENDINGS.contains(&&ending[..]))
}
