//! Writing what is proposed: all of it or nothing, and nothing over anything.

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::manifest::{MANIFEST, find};

/// The module that makes requests, without its ending.
pub const INPUTS: &str = "rustworthy_inputs";

/// Sees that a manifest may be written into a folder; returns the one of a folder above, if there is any.
///
/// # Errors
/// When there is one already, or nothing can be written there.
pub(super) fn may_write(folder: &Path) -> Result<Option<PathBuf>> {
    let remedy = "edit it, or move it away first; `rustworthy init --dry-run` shows what a new one would say";
    let own = folder.join(MANIFEST);
    if own.symlink_metadata().is_ok() {
        bail!("{} is there already: {remedy}", own.display());
    }
    let nearest = find(folder)?;
    if let Some(nearest) = nearest.as_ref().filter(|nearest| nearest.parent() == Some(folder)) {
        bail!("{} has [tool.rustworthy] already: {remedy}", nearest.display());
    }
    let trial = tempfile::Builder::new().prefix(".rustworthy-").tempfile_in(folder);
    trial.with_context(|| format!("{}: nothing can be written there", folder.display()))?;
    Ok(nearest)
}

/// A name for the module that makes requests which no file has.
pub(super) fn free_inputs(folder: &Path) -> String {
    let longer = (2..100).map(|number| format!("{INPUTS}_{number}"));
    let mut names = std::iter::once(INPUTS.to_owned()).chain(longer);
    names
        .find(|name| folder.join(format!("{name}.py")).symlink_metadata().is_err())
        .unwrap_or_else(|| INPUTS.to_owned())
}

/// Writes files that aren't there yet. Where one can't be, none stays.
///
/// # Errors
/// When one is there already, or can't be written.
pub(super) fn write_new(files: &[(PathBuf, &str)]) -> Result<()> {
    for (place, (path, text)) in files.iter().enumerate() {
        if let Err(error) = write(path, text) {
            for (written, _) in &files[..place] {
                let _ = std::fs::remove_file(written);
            }
            return Err(error).with_context(|| format!("{}: can't be written", path.display()));
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // What the user's mask leaves of it, as of any new file.
    let permissions = Permissions::from_mode(0o666);
    let mut part = tempfile::Builder::new().prefix(".part-").permissions(permissions).tempfile_in(folder)?;
    part.write_all(text.as_bytes())?;
    part.as_file().sync_all()?;
    part.persist_noclobber(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_written_or_nothing_and_nothing_over_anything() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two] = ["one.py", "two.toml"].map(|name| folder.path().join(name));
        std::fs::write(&two, "mine").unwrap();
        let error = write_new(&[(one.clone(), "1"), (two.clone(), "2")]).unwrap_err();
        assert!(format!("{error:#}").contains("two.toml"), "{error:#}");
        assert!(!one.exists() && std::fs::read_to_string(&two).unwrap() == "mine");
        std::fs::remove_file(&two).unwrap();
        write_new(&[(one.clone(), "1"), (two, "2")]).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
        assert_eq!(free_inputs(folder.path()), INPUTS);
        std::fs::write(folder.path().join("rustworthy_inputs.py"), "").unwrap();
        assert_eq!(free_inputs(folder.path()), "rustworthy_inputs_2");
    }

    #[test]
    fn a_manifest_that_is_there_is_an_error_and_one_above_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let below = root.join("below");
        std::fs::create_dir(&below).unwrap();
        assert_eq!(may_write(&root).unwrap(), None);
        std::fs::write(root.join("pyproject.toml"), "[tool.rustworthy]\n").unwrap();
        assert!(may_write(&root).unwrap_err().to_string().contains("[tool.rustworthy]"));
        assert_eq!(may_write(&below).unwrap(), Some(root.join("pyproject.toml")));
        std::os::unix::fs::symlink("nowhere", below.join(MANIFEST)).unwrap();
        assert!(may_write(&below).unwrap_err().to_string().contains("--dry-run"));
    }
}
