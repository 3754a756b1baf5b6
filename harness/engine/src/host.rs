//! The program that the engine is part of.

use std::io;
use std::path::PathBuf;

use rustworthy_model::environment::{PythonHost, Rustworthy};

use crate::python::{Embedded, HostedWorkers, PythonError, Supported};

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
    /// The Python that its workers embed; `None` where they can't.
    pub embedded: Option<Embedded>,
    /// Workers for Pythons that load one.
    pub hosted: HostedWorkers,
    /// The project that it ships, if any.
    pub built_in: Option<BuiltIn>,
}

impl Host {
    /// This process's own program, which embeds that Python, if any, and ships no project.
    ///
    /// # Errors
    /// When the program's file can't be found.
    pub fn new(embedded: Option<Embedded>) -> io::Result<Self> {
        let identity = Rustworthy {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: None,
            profile: if cfg!(debug_assertions) { "with debug assertions" } else { "optimised" }.to_owned(),
        };
        let program = std::env::current_exe()?;
        Ok(Self {
            hosted: HostedWorkers::of(&program),
            program,
            identity,
            is_debug_build: cfg!(debug_assertions),
            is_release: !cfg!(debug_assertions),
            embedded,
            built_in: None,
        })
    }

    /// Which Pythons its workers can run by what a project asks for; by embedding, where that is possible, if it doesn't ask.
    ///
    /// # Errors
    /// When they are to be embedded, and the program embeds none.
    pub fn supported(&self, asked: Option<PythonHost>) -> Result<Supported<'_>, PythonError> {
        let embedded = self.embedded.as_ref();
        match (asked, embedded) {
            (Some(PythonHost::Embedded) | None, Some(embedded)) => Ok(Supported::Embedded(embedded)),
            (Some(PythonHost::Embedded), None) => Err(PythonError::EmbedsNone),
            (Some(PythonHost::Python), _) | (None, None) => {
                Ok(Supported::Hosted { workers: &self.hosted, program: &self.program, embedded })
            }
        }
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
