//! The program that the engine is part of.

use std::path::PathBuf;

use rustworthy_model::environment::Rustworthy;

use crate::python::Embedded;

/// What the engine has to know of the program that it is part of.
#[derive(Debug, Clone)]
pub struct Host {
    /// Its file. Run with [`ARGUMENT`](crate::workers::ARGUMENT), the program is a worker.
    pub program: PathBuf,
    /// Its version, commit and build profile, as results name them.
    pub identity: Rustworthy,
    /// Whether it was compiled without optimisation, or with debug assertions.
    pub is_debug_build: bool,
    /// Whether it was built for release.
    pub is_release: bool,
    /// The Python that its workers embed.
    pub embedded: Embedded,
    /// The project that it ships, if any.
    pub built_in: Option<BuiltIn>,
}

/// A project that is shipped inside the program.
#[derive(Debug, Clone)]
pub struct BuiltIn {
    /// All files, by their names below one folder.
    pub files: fn() -> Vec<(String, Vec<u8>)>,
    /// Name of the manifest below that folder.
    pub manifest: &'static str,
    /// Names of the kernels that its manifest may name.
    pub kernels: Vec<&'static str>,
}
