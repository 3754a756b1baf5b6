//! Writing a crate: its folder appears whole, or not at all.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::build::in_path;
use crate::process::{RunLimits, run};

/// Writes files, by their paths within it, into a folder that isn't there yet.
///
/// # Errors
/// When it's there, or can't be written.
pub(super) fn put(files: &BTreeMap<String, String>, folder: &Path) -> Result<()> {
    if folder.exists() {
        bail!("{} is there already; give another --name or --out, or remove it", folder.display());
    }
    let parent = folder.parent().unwrap_or(folder);
    fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
    let part =
        tempfile::Builder::new().prefix(".part-").tempdir_in(parent).with_context(|| parent.display().to_string())?;
    for (name, text) in files {
        let file = part.path().join(name);
        let write = || {
            fs::create_dir_all(file.parent().unwrap_or(part.path()))?;
            fs::write(&file, text)
        };
        write().with_context(|| folder.join(name).display().to_string())?;
    }
    format(part.path());
    use std::os::unix::fs::PermissionsExt;
    // Temporary folders are private.
    fs::set_permissions(part.path(), fs::Permissions::from_mode(0o755))
        .with_context(|| folder.display().to_string())?;
    fs::rename(part.path(), folder).with_context(|| folder.display().to_string())?;
    // It has another name now, under which it stays.
    let _ = part.keep();
    Ok(())
}

/// Has the sources look as those look that people format; where there is no rustfmt, they stay as they are.
fn format(folder: &Path) {
    if let Some(rustfmt) = in_path("rustfmt") {
        let mut command = Command::new(rustfmt);
        command.args(["--edition", "2024"]).arg(folder.join("src/lib.rs"));
        let _ = run(command, &RunLimits::default(), &mut |_| ());
    }
}
