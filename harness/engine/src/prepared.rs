//! Everything of a project that measuring needs: its Python, its build, workers, services, a folder for files.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use rustworthy_model::environment::Environment;
use rustworthy_protocol::variables;
use tempfile::TempDir;

use crate::context::{Context, Notice};
use crate::environment::{available_memory, environment};
use crate::environments::{Environments, Needed};
use crate::manifest::{InterpreterName, Project, Service, Target};
use crate::measure::{self, Control, ControlEffort, Effort};
use crate::process::Variables;
use crate::python::Interpreter;
use crate::request::PythonRequest;
use crate::service::Services;
use crate::targets::{self, Codes};
use crate::workers::{Build, BuildError, Failure, Hosting, Workers, allowed_cpus};
use rustworthy_stats::Resampling;

/// A project whose Python is there and whose build command has run.
#[derive(Debug)]
pub struct Built {
    /// The Python of workers, in each environment that is needed.
    pub environments: Environments,
    /// How to start workers in the first of them.
    pub workers: Workers,
}

/// Where a build command runs, and in what environment.
pub(crate) struct BuildPlace<'a> {
    pub(crate) folder: &'a Path,
    /// Its environment variables in one of the project's environments.
    pub(crate) variables: &'a dyn Fn(&Interpreter) -> Variables,
    /// The beginning of an error message; the command and how it ended follow.
    pub(crate) label: String,
}

/// The variable `PYTHONPATH` as workers get it, whose working directory isn't the caller's: every folder is absolute, and moved by
/// that function. `None` where the caller has none.
pub(crate) fn inherited_search_path(moved: &dyn Fn(&Path) -> PathBuf) -> Option<(String, String)> {
    const NAME: &str = "PYTHONPATH";
    let inherited = std::env::var_os(NAME).filter(|inherited| !inherited.is_empty())?;
    let here = std::env::current_dir().unwrap_or_default();
    let folders = std::env::split_paths(&inherited).map(|folder| moved(&here.join(folder)));
    let joined = std::env::join_paths(folders).ok()?.into_string().ok()?;
    Some((NAME.to_owned(), joined))
}

impl Built {
    /// Provides the environments of a project as it stands that are needed, and runs its build command in each of its own Python.
    ///
    /// # Errors
    /// When there is no such Python, an environment can't be provided, or the project doesn't build.
    pub fn new(context: &Context<'_>, project: &Project, python: &PythonRequest, needed: &Needed<'_>) -> Result<Self> {
        let built = Self::with(context, project, Environments::provide(context, project, python, needed)?);
        let label = format!("{}: project.build:", project.manifest.display());
        let place = BuildPlace { folder: &project.root, variables: &Interpreter::activation, label };
        built.build(context, project, place)?;
        Ok(built)
    }

    /// Workers of a project in environments that are there, in which nothing is built yet.
    pub(crate) fn with(context: &Context<'_>, project: &Project, environments: Environments) -> Self {
        let workers = Workers {
            program: context.host.program.clone(),
            python: environments.first().executable.clone(),
            hosting: environments.hosting().clone(),
            folder: project.root.clone(),
            python_path: project.python_path.clone(),
            env: inherited_search_path(&|folder| folder.to_owned()).into_iter().collect(),
            others: Default::default(),
            callgrind: None,
            cancel: context.cancel.clone(),
        };
        Self { environments, workers }
    }

    /// Runs the project's own build command, if it has one, in each environment.
    pub(crate) fn build(&self, context: &Context<'_>, project: &Project, place: BuildPlace<'_>) -> Result<()> {
        let Some(command) = &project.build else { return Ok(()) };
        let BuildPlace { folder, variables, label } = place;
        for interpreter in self.environments.each() {
            context.tell(Notice::Step(format!("building: {}", command.join(" "))));
            let build = Build { program: &context.host.program, command, folder, variables: variables(interpreter) };
            build.run(&context.cancel).map_err(|error| match error {
                BuildError::Interrupted => anyhow!(error),
                _ => anyhow!("{label} {error}"),
            })?;
        }
        Ok(())
    }

    /// Sees that every callable that the project names is there, and reads its code. What belongs to an environment that nothing
    /// needs is looked for in the first.
    ///
    /// # Errors
    /// When a callable isn't there.
    pub(crate) fn check(&self, context: &Context<'_>, project: &Project) -> Result<Codes> {
        let mut looked_for: Vec<(Workers, Vec<&Target>)> = Vec::new();
        for (requirements, other, targets) in project.targets_by_environment() {
            let interpreter = other.and_then(|name| self.environments.named(requirements, name));
            let workers = match (other, interpreter) {
                (Some(name), Some(_)) => within(&self.workers, &self.environments, requirements)
                    .in_other(&name.path)
                    .map_err(|failure| anyhow!("{failure}"))?,
                // What can't be provided fails when it's measured.
                _ => self.workers.within(self.environments.interpreter(requirements)),
            };
            match looked_for.iter_mut().find(|(known, _)| known.python == workers.python) {
                Some((_, known)) => known.extend(targets),
                None => looked_for.push((workers, targets)),
            }
        }
        targets::check_captures(project)?;
        targets::check(context, project, looked_for)
    }

    /// Sees that what the manifest names is there; then starts services and makes a folder for files.
    ///
    /// # Errors
    /// When a callable isn't there, a service doesn't start, or there is no room for files.
    pub fn start(self, context: &Context<'_>, project: &Project, services: &[Service]) -> Result<Prepared> {
        let codes = self.check(context, project)?;
        self.start_checked(project, services, codes)
    }

    /// The same, without checking the callables again.
    pub(crate) fn start_checked(self, project: &Project, services: &[Service], codes: Codes) -> Result<Prepared> {
        let Self { environments, mut workers } = self;
        let services = Services::start(services, &project.root, &workers.program, &workers.cancel)?;
        let scratch =
            tempfile::Builder::new().prefix("rustworthy-").tempdir().context("can't create a temporary folder")?;
        workers.env.extend(services.env.clone());
        workers.env.insert(variables::SCRATCH.to_owned(), scratch.path().display().to_string());
        Ok(Prepared { environments, workers, codes, scratch, _services: services })
    }
}

/// The same workers in the environment for a file of requirements, with the Pythons that contenders name in theirs.
fn within(workers: &Workers, environments: &Environments, requirements: Option<&Path>) -> Workers {
    let others = environments.other_pythons(requirements);
    Workers { others, ..workers.within(environments.interpreter(requirements)) }
}

/// A project that is ready to be measured. Its services end, and its files go, when it is dropped.
#[derive(Debug)]
pub struct Prepared {
    environments: Environments,
    /// How to start workers in the first environment, with the addresses of services in theirs.
    pub workers: Workers,
    /// The code of what Python calls.
    pub codes: Codes,
    scratch: TempDir,
    _services: Services,
}

impl Prepared {
    /// The Python of workers, in the first environment.
    pub fn interpreter(&self) -> &Interpreter {
        self.environments.first()
    }

    /// How to start workers in the environment for a file of requirements.
    pub fn workers_for(&self, requirements: Option<&Path>) -> Workers {
        within(&self.workers, &self.environments, requirements)
    }

    /// The Python that a contender of a workload names, in the environment for its file of requirements; `None` where that
    /// couldn't be provided.
    pub fn named(&self, requirements: Option<&Path>, name: &InterpreterName) -> Option<&Interpreter> {
        self.environments.named(requirements, name)
    }

    /// A folder for inputs and outputs.
    pub fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    /// How to measure with its workers.
    pub fn settings(&self, effort: Effort, seed: u64) -> measure::Settings {
        measure::Settings {
            workers: self.workers.clone(),
            effort,
            seed,
            cpus: allowed_cpus(),
            memory: available_memory() / 2,
            scratch: self.scratch().to_owned(),
        }
    }

    /// Where workers embed Python, times a control loop in one and in the executable, plain or in these workers that it hosts; and sees
    /// that the library which is mapped is the one that belongs to the interpreter: with another's standard library it may run, but it
    /// isn't what users run.
    ///
    /// # Errors
    /// When the Python of workers doesn't work, or isn't the one that was chosen.
    pub fn control(
        &self,
        hosted: Option<&Workers>,
        effort: &ControlEffort,
        seed: u64,
        resampling: &Resampling,
    ) -> Result<Control> {
        let control = measure::control(&self.settings(Effort::QUICK, seed), hosted, effort, resampling);
        let control = control.map_err(|failure| match self.workers.hosting {
            _ if failure == Failure::Interrupted => anyhow!("interrupted before anything was measured"),
            Hosting::Embedded { .. } => anyhow!("the embedded Python doesn't work: {failure}"),
            Hosting::Python { .. } => anyhow!("a worker in Python doesn't work: {failure}"),
        })?;
        let (interpreter, ready) = (self.interpreter(), &control.ready);
        let chosen = interpreter.version.to_string();
        if ready.version != chosen && matches!(self.workers.hosting, Hosting::Python { .. }) {
            let executable = interpreter.executable.display();
            bail!("{executable} is Python {}, and was {chosen} a moment ago; run the same again", ready.version);
        }
        if ready.version != chosen {
            let library = ready.libpython.as_ref().map_or("this program".to_owned(), |path| path.display().to_string());
            bail!(
                "{} is Python {chosen}, but {library}, which is embedded, is {}; rebuild: PYO3_PYTHON={} cargo build",
                interpreter.executable.display(),
                ready.version,
                interpreter.base_executable.display()
            );
        }
        Ok(control)
    }

    /// The machine, the interpreter and the program, as results name them.
    pub fn environment(&self, context: &Context<'_>, control: &Control) -> Environment {
        environment(context.host, self.interpreter(), &self.workers.hosting, control)
    }
}
