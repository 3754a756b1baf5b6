//! The Python environments of a project: one for each file of requirements that is needed.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::context::{Context, Notice};
use crate::python::{self, Interpreter, Supported, cache_directory};
use crate::request::PythonRequest;
use crate::workers::Hosting;
use rustworthy_model::environment::PythonHost;

/// Interpreters that differ in their packages alone, each with the file of requirements that it was provided for.
#[derive(Debug, Clone)]
pub struct Environments {
    first: Interpreter,
    others: Vec<(Option<PathBuf>, Interpreter)>,
    hosting: Hosting,
}

impl Environments {
    /// Provides an environment for every file among those that are needed, of a Python that the host can run that the project asks
    /// for. The first of them is the first environment; without
    /// any that is the chosen Python as it is.
    ///
    /// # Errors
    /// When there is no such Python, or one of them can't be provided.
    pub fn provide(
        context: &Context<'_>,
        host: Option<PythonHost>,
        request: &PythonRequest,
        needed: &[Option<&Path>],
    ) -> Result<Self> {
        let supported = context.host.supported(host)?;
        let selection = python::select(request.named.as_deref(), supported)?;
        selection.interpreter.check_home(std::env::var_os("PYTHONHOME").as_deref())?;
        let provide = |requirements: Option<&Path>| -> Result<Interpreter> {
            let request = python::Request {
                selection: selection.clone(),
                requirements: requirements.map(Path::to_owned),
                offline: request.offline,
                cache: cache_directory()?,
                cancel: &context.cancel,
            };
            let interpreter =
                python::environment(&request, &mut |progress| context.tell(Notice::Environment(&progress)))?;
            let chosen = format!("Python {} at {}", interpreter.version, interpreter.executable.display());
            context.tell(Notice::Detail(chosen));
            Ok(interpreter)
        };
        let (first, rest) = needed.split_first().unwrap_or((&None, &[]));
        let first_interpreter = provide(*first)?;
        let hosting = hosting(supported, &first_interpreter)?;
        let mut environments = Self { first: first_interpreter, others: Vec::new(), hosting };
        for requirements in rest.iter().filter(|requirements| *requirements != first) {
            if !environments.others.iter().any(|(known, _)| known.as_deref() == *requirements) {
                environments.others.push((requirements.map(Path::to_owned), provide(*requirements)?));
            }
        }
        Ok(environments)
    }

    /// What runs workers in each of them.
    pub fn hosting(&self) -> &Hosting {
        &self.hosting
    }

    /// That of the first environment.
    pub fn first(&self) -> &Interpreter {
        &self.first
    }

    /// That of the environment for a file of requirements; the first where nothing needed one.
    pub fn interpreter(&self, requirements: Option<&Path>) -> &Interpreter {
        let other = self.others.iter().find(|(known, _)| known.as_deref() == requirements);
        other.map_or(&self.first, |(_, interpreter)| interpreter)
    }

    /// All of them.
    pub fn each(&self) -> impl Iterator<Item = &Interpreter> {
        std::iter::once(&self.first).chain(self.others.iter().map(|(_, interpreter)| interpreter))
    }

    /// Others in their places, made by a function of number and interpreter.
    ///
    /// # Errors
    /// When one can't be made.
    pub(crate) fn replaced(self, mut made: impl FnMut(usize, &Interpreter) -> Result<Interpreter>) -> Result<Self> {
        let first = made(0, &self.first)?;
        let others = self.others.into_iter().zip(1..);
        let others =
            others.map(|((requirements, interpreter), number)| Ok((requirements, made(number, &interpreter)?)));
        Ok(Self { first, others: others.collect::<Result<_>>()?, hosting: self.hosting })
    }
}

/// What runs workers of an interpreter, and of others that differ from it in their packages alone.
///
/// # Errors
/// When none can.
pub(crate) fn hosting(supported: Supported<'_>, interpreter: &Interpreter) -> Result<Hosting> {
    Ok(match supported {
        Supported::Embedded(embedded) => Hosting::Embedded { library_path: embedded.library_path(interpreter) },
        Supported::Hosted { workers, .. } => Hosting::Python { worker: workers.find_checked(interpreter)? },
    })
}
