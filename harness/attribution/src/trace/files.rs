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
            if kind.is_dir() && !hidden && !is_wal(&entry.path()) {
                folders.push(entry.path());
            } else if kind.is_file() && !hidden && is_trace(&entry.path()) && !is_of_tempo(&entry.path()) {
                files.push(entry.path());
            }
        }
    }
    files[first..].sort();
    Ok(())
}

/// Names of what a block of Tempo says of itself, that of one which was merged into others the last.
const OF_BLOCK: [&str; 2] = ["meta.json", "meta.compacted.json"];

/// Whether it's one of the files that Tempo keeps for itself: what a block says of itself beside its data, or without it once the block
/// was merged into others; the list of a tenant's blocks beside these; and the name of the installation.
fn is_of_tempo(path: &Path) -> bool {
    match path.file_name().and_then(|name| name.to_str()) {
        Some("meta.json") => path.with_file_name("data.parquet").is_file(),
        Some("meta.compacted.json" | "tempo_cluster_seed.json") => true,
        Some("index.json.gz") => path.parent().is_some_and(|folder| {
            folders_in(folder).any(|block| OF_BLOCK.iter().any(|name| block.join(name).is_file()))
        }),
        _ => false,
    }
}

/// Whether it's where Tempo writes blocks that aren't whole yet: each is a folder called after its id, its tenant and its version, or
/// lies whole in `blocks` until it is uploaded.
fn is_wal(folder: &Path) -> bool {
    let is_block = |block: PathBuf| {
        block.file_name().is_some_and(|name| name == "blocks" || name.as_encoded_bytes().contains(&b'+'))
    };
    folder.file_name().is_some_and(|name| name == "wal") && folders_in(folder).any(is_block)
}

/// The folders in a folder; none where it can't be read.
fn folders_in(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir())
}

fn is_trace(path: &Path) -> bool {
    let ending = |path: &Path| path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    let inner = match ending(path).as_deref() {
        Some("gz" | "zst" | "zstd") => path.file_stem().map(Path::new).and_then(ending),
        _ => ending(path),
    };
    inner.is_some_and(|ending| ENDINGS.contains(&&ending[..]))
}
