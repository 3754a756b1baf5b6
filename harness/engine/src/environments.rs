//! The Python environments of a project: one for each file of requirements that is needed, and one for each Python that a
//! contender names.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::context::{Context, Notice};
use crate::manifest::{InterpreterName, ManifestError, ManifestErrors, Project};
use crate::python::{self, Interpreter, PythonError, Selection, Supported, cache_directory};
use crate::request::PythonRequest;
use crate::side_by_side::side_by_side;
use crate::workers::{Hosting, OtherPython, OtherPythons};

/// What of Python measuring needs.
#[derive(Debug, Clone, Default)]
pub struct Needed<'a> {
    /// Files of requirements, each for an environment of the chosen Python; `None` is that Python as it is.
    pub requirements: Vec<Option<&'a Path>>,
    /// Pythons that contenders name, each with the file of requirements of its workload.
    pub interpreters: Vec<(Option<&'a Path>, &'a InterpreterName)>,
}

/// Interpreters that differ in their packages alone, each with the file of requirements that it was provided for; and those that
/// contenders name.
#[derive(Debug, Clone)]
pub struct Environments {
    first: Interpreter,
    others: Vec<(Option<PathBuf>, Interpreter)>,
    hosting: Hosting,
    named: Vec<Named>,
}

/// A Python that a contender names, in an environment for a file of requirements.
#[derive(Debug, Clone)]
struct Named {
    requirements: Option<PathBuf>,
    name: PathBuf,
    /// The interpreter and what runs it, or why its environment can't be provided.
    provided: Result<(Interpreter, Hosting), String>,
}

impl Environments {
    /// Provides an environment for every file among those that are needed, of a Python that the host can run that the project asks
    /// for. The first of them is the first environment; without any that is the chosen Python as it is. A Python that a contender
    /// names gets an environment of its own where it lacks packages; where that can't be provided, its contenders fail.
    ///
    /// # Errors
    /// When there is no such Python, or one of the environments of the chosen one can't be provided.
    pub fn provide(
        context: &Context<'_>,
        project: &Project,
        request: &PythonRequest,
        needed: &Needed<'_>,
    ) -> Result<Self> {
        let supported = context.host.supported(project.host)?;
        let selection = python::select(request.named.as_deref(), supported)?;
        selection.interpreter.check_home(std::env::var_os("PYTHONHOME").as_deref())?;
        // All names are looked at before anything is installed.
        let named = named(supported, project, needed)?;
        let chosen = match needed.requirements.as_slice() {
            [] => vec![None],
            all => distinct(all),
        };
        let of_chosen = chosen.iter().map(|requirements| (&selection, *requirements));
        let of_named = named.iter().map(|(requirements, _, selection)| (selection, *requirements));
        let label = |(selection, requirements): (&Selection, Option<&Path>)| {
            let packages = requirements.map_or(String::new(), |file| format!(" with {}", file.display()));
            format!("Python {}{packages}", selection.interpreter.version)
        };
        let wanted: Vec<_> = of_chosen.chain(of_named).map(|one| (label(one), one)).collect();
        let (cache, cancel) = (cache_directory()?, &*context.cancel);
        let mut provided =
            side_by_side(context, "providing environments", &wanted, |(selection, requirements), progress| {
                let request = python::Request {
                    selection: (*selection).clone(),
                    requirements: requirements.map(Path::to_owned),
                    offline: request.offline,
                    cache: cache.clone(),
                    cancel,
                };
                python::environment(&request, progress)
            })
            .into_iter();
        let mut own = Vec::new();
        for (requirements, interpreter) in chosen.iter().zip(provided.by_ref()) {
            let interpreter = interpreter?;
            tell_of(context, &interpreter);
            own.push((requirements.map(Path::to_owned), interpreter));
        }
        let others = own.split_off(1);
        let first = own.remove(0).1;
        let mut environments = Self { hosting: hosting(supported, &first)?, first, others, named: Vec::new() };
        for ((requirements, name, _), provided) in named.iter().zip(provided) {
            let provided = match provided {
                Ok(interpreter) => {
                    tell_of(context, &interpreter);
                    Ok((interpreter.clone(), hosting(supported, &interpreter)?))
                }
                Err(PythonError::Interrupted) => return Err(PythonError::Interrupted.into()),
                Err(error) => Err(format!("its environment can't be provided: {error}")),
            };
            let (requirements, name) = (requirements.map(Path::to_owned), name.path.clone());
            environments.named.push(Named { requirements, name, provided });
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

    /// The Python that a contender names, in the environment for a file of requirements; `None` where nothing needed it, or its
    /// environment can't be provided.
    pub fn named(&self, requirements: Option<&Path>, name: &InterpreterName) -> Option<&Interpreter> {
        let is_meant = |known: &&Named| known.requirements.as_deref() == requirements && known.name == name.path;
        let named = self.named.iter().find(is_meant)?;
        named.provided.as_ref().ok().map(|(interpreter, _)| interpreter)
    }

    /// What runs the Pythons that contenders of a workload name, by their names, in the environments for its file of requirements.
    pub fn other_pythons(&self, requirements: Option<&Path>) -> OtherPythons {
        let of_workload = self.named.iter().filter(|named| named.requirements.as_deref() == requirements);
        let other = |named: &Named| {
            let provided = named.provided.clone();
            let other = provided.map(|(interpreter, hosting)| OtherPython { python: interpreter.executable, hosting });
            (named.name.clone(), other)
        };
        of_workload.map(other).collect()
    }

    /// All of the chosen Python.
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
        Ok(Self { first, others: others.collect::<Result<_>>()?, ..self })
    }
}

/// Each file once, in their order.
fn distinct<'a>(requirements: &[Option<&'a Path>]) -> Vec<Option<&'a Path>> {
    let mut seen = Vec::new();
    for one in requirements {
        if !seen.contains(one) {
            seen.push(*one);
        }
    }
    seen
}

fn tell_of(context: &Context<'_>, interpreter: &Interpreter) {
    let chosen = format!("Python {} at {}", interpreter.version, interpreter.executable.display());
    context.tell(Notice::Detail(chosen));
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

/// The Pythons that contenders name, each once with every file of requirements that it's needed for.
///
/// # Errors
/// All names that no Python answers to which a worker is there for, with their places in the manifest.
fn named<'a>(
    supported: Supported<'_>,
    project: &Project,
    needed: &Needed<'a>,
) -> Result<Vec<(Option<&'a Path>, &'a InterpreterName, Selection)>> {
    let (mut named, mut errors) = (Vec::new(), Vec::new());
    for &(requirements, name) in &needed.interpreters {
        let is_known = |(known, other, _): &(Option<&Path>, &InterpreterName, _)| {
            *known == requirements && other.path == name.path
        };
        if named.iter().any(is_known) {
            continue;
        }
        match python::select(Some(&name.path), supported) {
            Ok(selection) => named.push((requirements, name, selection)),
            // The messages know the option alone.
            Err(error) => {
                let message = error.to_string().replace("--python ", "interpreter = ");
                errors.push(ManifestError::at(&project.manifest, &name.place, message));
            }
        }
    }
    ManifestErrors::check(errors)?;
    Ok(named)
}
