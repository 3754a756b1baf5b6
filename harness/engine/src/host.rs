//! The program that the engine is part of.

use std::io;
use std::path::PathBuf;

use rustworthy_model::environment::Rustworthy;

use crate::python::Embedded;

/// What the engine has to know of the program that it is part of.
#[derive(Debug, Clone)]
pub struct Host {
    /// Its file. Started with one of its own arguments, the program is a [worker](crate::workers::run_if_asked).
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

impl Host {
    /// This process's own program, which embeds that Python and ships no project.
    ///
    /// # Errors
    /// When the program's file can't be found.
    pub fn new(embedded: Embedded) -> io::Result<Self> {
        let identity = Rustworthy {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: None,
            profile: if cfg!(debug_assertions) { "with debug assertions" } else { "optimised" }.to_owned(),
        };
        Ok(Self {
            program: std::env::current_exe()?,
            identity,
            is_debug_build: cfg!(debug_assertions),
            is_release: !cfg!(debug_assertions),
            embedded,
            built_in: None,
        })
    }
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
