//! The built-in workloads: a project like any other, shipped inside the program.

use rust_embed::Embed;
use rustworthy_engine::host::BuiltIn;
use rustworthy_workloads::registry;

/// The folder that the manifest is in, among others that it refers to.
const PROJECT: &str = "python_baselines";

/// The folder with the Rust side, of which reports show excerpts.
const WORKLOADS: &str = "workloads/src";

#[derive(Embed)]
#[folder = "$CARGO_MANIFEST_DIR/../../python_baselines"]
#[exclude = "*__pycache__*"]
#[exclude = "*.pyc"]
struct Python;

#[derive(Embed)]
#[folder = "$CARGO_MANIFEST_DIR/../../workloads/src"]
#[include = "*.rs"]
struct Rust;

/// The project of the built-in workloads.
pub(crate) fn project() -> BuiltIn {
    BuiltIn {
        files,
        manifest: "python_baselines/rustworthy.toml",
        kernels: registry::KERNEL_NAMES.into_iter().collect(),
    }
}

/// All files, by their names below the folder of both.
fn files() -> Vec<(String, Vec<u8>)> {
    let python = Python::iter().filter_map(|name| Some((format!("{PROJECT}/{name}"), Python::get(&name)?)));
    let rust = Rust::iter().filter_map(|name| Some((format!("{WORKLOADS}/{name}"), Rust::get(&name)?)));
    python.chain(rust).map(|(name, file)| (name, file.data.into_owned())).collect()
}
