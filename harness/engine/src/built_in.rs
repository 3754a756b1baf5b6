//! The project that the program ships: unpacked into the cache, then a project like any other.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::host::BuiltIn;
use crate::manifest::{self, ManifestErrors, Origin, Project};

impl BuiltIn {
    /// Unpacks the project into a folder below `cache`, unless it's there already, and returns its manifest.
    ///
    /// # Errors
    /// When the cache can't be written.
    pub fn unpack(&self, cache: &Path) -> io::Result<PathBuf> {
        let projects = cache.join("builtin");
        let folder = projects.join(&self.digest()[..16]);
        if !folder.exists() {
            fs::create_dir_all(&projects)?;
            let part = tempfile::Builder::new().prefix(".part-").tempdir_in(&projects)?;
            for (name, contents) in (self.files)() {
                let file = part.path().join(name);
                fs::create_dir_all(file.parent().unwrap_or(part.path()))?;
                fs::write(file, contents)?;
            }
            match fs::rename(part.path(), &folder) {
                Ok(()) => drop(part.keep()),
                Err(error) if !folder.exists() => return Err(error),
                // Another run was faster, with the same files.
                Err(_) => {}
            }
        }
        Ok(folder.join(self.manifest))
    }

    /// Reads its manifest, which alone may name kernels.
    ///
    /// # Errors
    /// When the manifest isn't valid.
    pub fn load(&self, manifest: &Path) -> Result<Project, ManifestErrors> {
        manifest::load(manifest, Origin::BuiltIn { kernels: &self.kernels })
    }

    fn digest(&self) -> String {
        let mut digest = Sha256::new();
        for (name, contents) in (self.files)() {
            digest.update((name.len() as u64).to_le_bytes());
            digest.update(name.as_bytes());
            digest.update((contents.len() as u64).to_le_bytes());
            digest.update(&contents);
        }
        digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Reads the manifest of the shipped project as it was at another revision, whose kernels are that revision's program's to know.
///
/// # Errors
/// When the manifest isn't valid.
pub(crate) fn load_past(manifest: &Path) -> Result<Project, ManifestErrors> {
    let text = fs::read_to_string(manifest).unwrap_or_default();
    let table: toml::Table = toml::from_str(&text).unwrap_or_default();
    let workloads = table.get("workload").and_then(toml::Value::as_table).into_iter().flatten();
    let contenders = workloads.filter_map(|(_, workload)| workload.get("contender")?.as_table()).flatten();
    let kernels: Vec<&str> = contenders.filter_map(|(_, contender)| contender.get("kernel")?.as_str()).collect();
    manifest::load(manifest, Origin::BuiltIn { kernels: &kernels })
}
