//! Files for other tools.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rustworthy_engine::store::write_whole;
use rustworthy_model::Series;
use rustworthy_reports::export::export;

use crate::arguments::ExportOptions;

/// Writes the files that were asked for; `old` is the other side of a gate.
///
/// # Errors
/// When a file can't be written; the error names it.
pub(crate) fn write(options: &ExportOptions, series: &[Series], old: Option<&[Series]>) -> Result<()> {
    for (format, file) in &options.export {
        let write = |file: &Path, series: &[Series]| {
            write_whole(file, export(*format, series).as_bytes())
                .with_context(|| format!("--export: {}", file.display()))
        };
        write(file, series)?;
        if let Some(old) = old {
            write(&of_old(file), old)?;
        }
    }
    Ok(())
}

/// `times.json` → `times.old.json`.
fn of_old(file: &Path) -> PathBuf {
    let mut name = file.file_stem().unwrap_or_default().to_owned();
    name.push(".old");
    if let Some(extension) = file.extension() {
        name.push(".");
        name.push::<&OsStr>(extension);
    }
    file.with_file_name(name)
}
