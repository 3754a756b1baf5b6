//! Everything of a project that measuring needs: its Python, its build, workers, services, a folder for files.

use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use rustworthy_model::environment::Environment;
use rustworthy_protocol::variables;
use tempfile::TempDir;

use crate::context::{Context, Notice};
use crate::environment::{available_memory, environment};
use crate::manifest::{Project, Service};
use crate::measure::{self, Control, Effort};
use crate::process::Variables;
use crate::python::{self, Interpreter, cache_directory};
use crate::request::PythonRequest;
use crate::service::Services;
use crate::stats::Resampling;
use crate::targets::{self, Codes};
use crate::workers::{Build, BuildError, Workers, allowed_cpus};

/// A project whose Python is there and whose build command has run.
#[derive(Debug)]
pub struct Built {
    /// The Python that workers embed.
    pub interpreter: Interpreter,
    /// How to start workers.
    pub workers: Workers,
}

/// Where a build command runs, and in what environment.
pub(crate) struct BuildPlace<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) variables: Variables,
    /// The beginning of an error message; the command and how it ended follow.
    pub(crate) label: String,
}

/// Provides the Python environment of a project.
pub(crate) fn interpreter(context: &Context<'_>, project: &Project, request: &PythonRequest) -> Result<Interpreter> {
    let selection = python::select(request.named.as_deref(), &context.host.embedded)?;
    let request = python::Request {
        selection,
        requirements: project.requirements.clone(),
        offline: request.offline,
        cache: cache_directory()?,
        cancel: &context.cancel,
    };
    let interpreter = python::environment(&request, &mut |progress| context.tell(Notice::Environment(&progress)))?;
    let chosen = format!("Python {} at {}", interpreter.version, interpreter.executable.display());
    context.tell(Notice::Detail(chosen));
    Ok(interpreter)
}

impl Built {
    /// Provides the Python of a project as it stands and runs its build command, with the environment active.
    ///
    /// # Errors
    /// When there is no such Python, it can't be provided, or the project doesn't build.
    pub fn new(context: &Context<'_>, project: &Project, python: &PythonRequest) -> Result<Self> {
        let interpreter = interpreter(context, project, python)?;
        let built = Self::with(context, project, interpreter);
        let label = format!("{}: project.build:", project.manifest.display());
        let variables = built.interpreter.activation();
        built.build(context, project, BuildPlace { folder: &project.root, variables, label })?;
        Ok(built)
    }

    /// Workers of a project in an interpreter that is there, of which nothing is built yet.
    pub(crate) fn with(context: &Context<'_>, project: &Project, interpreter: Interpreter) -> Self {
        let workers = Workers {
            program: context.host.program.clone(),
            python: interpreter.executable.clone(),
            library_path: context.host.embedded.library_path(&interpreter),
            python_path: project.python_path.clone(),
            env: Default::default(),
            cancel: context.cancel.clone(),
        };
        Self { interpreter, workers }
    }

    /// Runs the project's own build command, if it has one.
    pub(crate) fn build(&self, context: &Context<'_>, project: &Project, place: BuildPlace<'_>) -> Result<()> {
        let Some(command) = &project.build else { return Ok(()) };
        let BuildPlace { folder, variables, label } = place;
        context.tell(Notice::Step(format!("building: {}", command.join(" "))));
        let build = Build { program: &context.host.program, command, folder, variables };
        build.run(&context.cancel).map_err(|error| match error {
            BuildError::Interrupted => anyhow!(error),
            _ => anyhow!("{label} {error}"),
        })
    }

    /// Sees that what the manifest names is there; then starts services and makes a folder for files.
    ///
    /// # Errors
    /// When a callable isn't there, a service doesn't start, or there is no room for files.
    pub fn start(self, project: &Project, services: &[Service]) -> Result<Prepared> {
        let codes = targets::check(project, &self.workers)?;
        self.start_checked(project, services, codes)
    }

    /// The same, without checking the callables again.
    pub(crate) fn start_checked(self, project: &Project, services: &[Service], codes: Codes) -> Result<Prepared> {
        let Self { interpreter, mut workers } = self;
        let services = Services::start(services, &project.root, &workers.program, &workers.cancel)?;
        let scratch =
            tempfile::Builder::new().prefix("rustworthy-").tempdir().context("can't create a temporary folder")?;
        workers.env.extend(services.env.clone());
        workers.env.insert(variables::SCRATCH.to_owned(), scratch.path().display().to_string());
        Ok(Prepared { interpreter, workers, codes, scratch, _services: services })
    }
}

/// A project that is ready to be measured. Its services end, and its files go, when it is dropped.
#[derive(Debug)]
pub struct Prepared {
    /// The Python that workers embed.
    pub interpreter: Interpreter,
    /// How to start workers, with the addresses of services in their environment.
    pub workers: Workers,
    /// The code of what Python calls.
    pub codes: Codes,
    scratch: TempDir,
    _services: Services,
}

impl Prepared {
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

    /// Times a control loop in the embedded interpreter and in the executable, in so many rounds, and sees that the library
    /// which is mapped is the one that belongs to the interpreter: with another's standard library it may run, but it isn't
    /// what users run.
    ///
    /// # Errors
    /// When the embedded Python doesn't work, or isn't the one that was chosen.
    pub fn control(&self, rounds: u32, seed: u64, resampling: &Resampling) -> Result<Control> {
        let control = measure::control(&self.settings(Effort::QUICK, seed), rounds, resampling)
            .map_err(|failure| anyhow!("the embedded Python doesn't work: {failure}"))?;
        let (chosen, ready) = (self.interpreter.version.to_string(), &control.ready);
        if ready.version != chosen {
            let library = ready.libpython.as_ref().map_or("this program".to_owned(), |path| path.display().to_string());
            bail!(
                "{} is Python {chosen}, but {library}, which is embedded, is {}; rebuild: PYO3_PYTHON={} cargo build",
                self.interpreter.executable.display(),
                ready.version,
                self.interpreter.base_executable.display()
            );
        }
        Ok(control)
    }

    /// The machine, the interpreter and the program, as results name them.
    pub fn environment(&self, context: &Context<'_>, control: &Control) -> Environment {
        environment(context.host, &self.interpreter, control)
    }
}
