//! Which Pythons the workers of a program can run.

use std::path::{Path, PathBuf};

use rustworthy_model::environment::PythonHost;

use super::embedding::Embedded;
use super::error::PythonError;
use super::hosted::HostedWorkers;
use super::interpreter::Interpreter;
use super::version::Version;

/// Which Pythons the workers of a program can run, by what runs them.
#[derive(Debug, Clone, Copy)]
pub enum Supported<'a> {
    /// Those that the program can embed.
    Embedded(&'a Embedded),
    /// Those that a worker is built for.
    Hosted {
        /// Where workers are.
        workers: &'a HostedWorkers,
        /// The program, which may be installed into the environment of one.
        program: &'a Path,
        /// What the program can embed, if anything.
        embedded: Option<&'a Embedded>,
    },
}

impl<'a> Supported<'a> {
    /// Whether workers can run `interpreter`.
    ///
    /// # Errors
    /// Why they can't.
    pub fn check(&self, interpreter: &Interpreter) -> Result<(), PythonError> {
        match self {
            Self::Embedded(embedded) => embedded.check(interpreter),
            Self::Hosted { workers, .. } => workers.find(interpreter).map(drop),
        }
    }

    /// What runs their Python.
    pub fn host(&self) -> PythonHost {
        match self {
            Self::Embedded(_) => PythonHost::Embedded,
            Self::Hosted { .. } => PythonHost::Python,
        }
    }

    /// The Python that is taken where nobody has named one and no environment is active: that which the program was built
    /// with, or the one that it is installed beside.
    pub(super) fn own_python(&self) -> Option<PathBuf> {
        match self {
            Self::Embedded(embedded) => Some(embedded.built_with.clone()),
            Self::Hosted { workers, program, embedded } => {
                let folder = program.parent()?;
                let beside =
                    ["python", "python3"].map(|name| folder.join(name)).into_iter().find(|python| python.is_file());
                let is_installed = beside.filter(|_| workers.are_installed());
                is_installed.or_else(|| embedded.map(|embedded| embedded.built_with.clone()))
            }
        }
        .filter(|python| python.is_file())
    }

    /// The only version that can be run, if there is only one.
    pub(super) fn version(&self) -> Option<&'a Version> {
        match self {
            Self::Embedded(embedded) => Some(&embedded.version),
            Self::Hosted { .. } => None,
        }
    }
}
