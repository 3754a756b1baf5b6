//! The built-in workloads: a project like any other, shipped inside the program.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rust_embed::Embed;
use sha2::{Digest, Sha256};

use crate::manifest::{self, ManifestErrors, Origin, Project};

/// Name of a project's manifest.
const MANIFEST: &str = "rustworthy.toml";

/// The folder that the manifest is in, among others that it refers to.
const PROJECT: &str = "python_baselines";

/// The folder with the Rust side, of which reports show excerpts.
const WORKLOADS: &str = "workloads/src";

#[derive(Embed)]
#[folder = "$CARGO_MANIFEST_DIR/../python_baselines"]
#[exclude = "*__pycache__*"]
#[exclude = "*.pyc"]
struct Python;

#[derive(Embed)]
#[folder = "$CARGO_MANIFEST_DIR/../workloads/src"]
#[include = "*.rs"]
struct Rust;

/// All files, by their names below the folder of both.
fn files() -> impl Iterator<Item = (String, Vec<u8>)> {
    let python = Python::iter().filter_map(|name| Some((format!("{PROJECT}/{name}"), Python::get(&name)?)));
    let rust = Rust::iter().filter_map(|name| Some((format!("{WORKLOADS}/{name}"), Rust::get(&name)?)));
    python.chain(rust).map(|(name, file)| (name, file.data.into_owned()))
}

/// Unpacks the project into a folder below `cache`, unless it's there already, and returns its manifest.
///
/// # Errors
/// When the cache can't be written.
pub fn unpack(cache: &Path) -> io::Result<PathBuf> {
    let projects = cache.join("builtin");
    let folder = projects.join(&digest()[..16]);
    if !folder.exists() {
        fs::create_dir_all(&projects)?;
        let part = tempfile::Builder::new().prefix(".part-").tempdir_in(&projects)?;
        for (name, contents) in files() {
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
    Ok(folder.join(PROJECT).join(MANIFEST))
}

/// Reads its manifest, which alone may name kernels.
///
/// # Errors
/// When the manifest isn't valid.
pub fn load(manifest: &Path) -> Result<Project, ManifestErrors> {
    let kernels: Vec<&str> = rustworthy_workloads::kernel::all().map(|kernel| kernel.name).collect();
    manifest::load(manifest, Origin::BuiltIn { kernels: &kernels })
}

/// Reads its manifest as it was at another revision, whose kernels are that revision's program's to know.
///
/// # Errors
/// When the manifest isn't valid.
pub fn load_past(manifest: &Path) -> Result<Project, ManifestErrors> {
    let text = fs::read_to_string(manifest).unwrap_or_default();
    let table: toml::Table = toml::from_str(&text).unwrap_or_default();
    let workloads = table.get("workload").and_then(toml::Value::as_table).into_iter().flatten();
    let contenders = workloads.filter_map(|(_, workload)| workload.get("contender")?.as_table()).flatten();
    let kernels: Vec<&str> = contenders.filter_map(|(_, contender)| contender.get("kernel")?.as_str()).collect();
    manifest::load(manifest, Origin::BuiltIn { kernels: &kernels })
}

fn digest() -> String {
    let mut digest = Sha256::new();
    for (name, contents) in files() {
        digest.update((name.len() as u64).to_le_bytes());
        digest.update(name.as_bytes());
        digest.update((contents.len() as u64).to_le_bytes());
        digest.update(&contents);
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
