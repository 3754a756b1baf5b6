//! Looks for the manifest of a directory.

use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::document;
use super::error::{ManifestError, ManifestErrors};

/// A manifest of its own.
pub const MANIFEST: &str = "rustworthy.toml";

/// A manifest within Python's.
pub(super) const PYPROJECT: &str = "pyproject.toml";

/// The manifest of a project directory: `rustworthy.toml`, or else a `pyproject.toml` with `[tool.rustworthy]`, in the
/// directory or the nearest one above it that has either.
///
/// # Errors
/// When the directory isn't there, or a `pyproject.toml` on the way can't be read.
pub fn find(directory: &Path) -> Result<Option<PathBuf>, ManifestErrors> {
    let directory = directory
        .canonicalize()
        .map_err(|error| ManifestError::file(directory, format!("isn't a project directory: {error}")))?;
    for directory in directory.ancestors() {
        if let Some(manifest) = manifest_in(directory)? {
            return Ok(Some(manifest));
        }
    }
    Ok(None)
}

fn manifest_in(directory: &Path) -> Result<Option<PathBuf>, ManifestError> {
    let own = directory.join(MANIFEST);
    if own.is_file() {
        return Ok(Some(own));
    }
    let shared = directory.join(PYPROJECT);
    Ok((shared.is_file() && has_our_section(&shared)?).then_some(shared))
}

/// Whether a `pyproject.toml` is ours too. One with broken syntax counts when it seems so: loading it reports the rest.
fn has_our_section(pyproject: &Path) -> Result<bool, ManifestError> {
    let text = document::read(pyproject)?;
    if !text.contains("rustworthy") {
        return Ok(false);
    }
    document::on_deep_stack(pyproject, || {
        let (tree, errors) = DeTable::parse_recoverable(&text);
        let tool = tree.get_ref().get("tool").and_then(|tool| tool.get_ref().as_table());
        let ours = tool.is_some_and(|tool| tool.contains_key("rustworthy"));
        ours || (!errors.is_empty() && text.contains("tool.rustworthy"))
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let file = folder.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        folder
    }

    fn found(folder: &tempfile::TempDir, below: &str) -> Option<PathBuf> {
        let root = folder.path().canonicalize().unwrap();
        let manifest = find(&root.join(below)).unwrap()?;
        Some(manifest.strip_prefix(root).unwrap().to_owned())
    }

    #[test]
    fn a_manifest_of_its_own_wins_over_pyproject() {
        let folder = folder(&[(MANIFEST, ""), (PYPROJECT, "[tool.rustworthy]")]);
        assert_eq!(found(&folder, ""), Some(MANIFEST.into()));
    }

    #[test]
    fn a_pyproject_counts_only_with_our_section() {
        let ours = folder(&[(PYPROJECT, "[project]\nname = 'x'\n[tool]\nrustworthy.project.timeout = '1s'\n")]);
        assert_eq!(found(&ours, ""), Some(PYPROJECT.into()));
        let other = folder(&[("a/pyproject.toml", "[tool.ruff]\n# not rustworthy"), (MANIFEST, "")]);
        assert_eq!(found(&other, "a"), Some(MANIFEST.into()));
    }

    #[test]
    fn the_nearest_directory_above_wins() {
        let folder = folder(&[(MANIFEST, ""), ("a/pyproject.toml", "[tool.rustworthy]"), ("a/b/c/x.py", "")]);
        assert_eq!(found(&folder, "a/b/c"), Some("a/pyproject.toml".into()));
        assert_eq!(found(&folder, "a/.."), Some(MANIFEST.into()));
    }

    #[test]
    fn a_broken_pyproject_is_found_when_it_seems_to_be_ours() {
        let ours = folder(&[(PYPROJECT, "x = [\n[tool.rustworthy]\n")]);
        assert_eq!(found(&ours, ""), Some(PYPROJECT.into()));
    }

    #[test]
    fn a_directory_that_does_not_exist_is_an_error() {
        let folder = folder(&[]);
        assert!(find(&folder.path().join("none")).unwrap_err().to_string().contains("isn't a project directory"));
    }
}
