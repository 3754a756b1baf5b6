//! Finding the project, its Python, and the callables that it names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result, anyhow, bail};
use rustworthy::builtin;
use rustworthy::manifest::{self, ManifestError, ManifestErrors, Origin, Project, Service, Target, hint};
use rustworthy::measure::{Control, Planned};
use rustworthy::process::Variables;
use rustworthy::python::{self, Interpreter, Progress, cache_directory};
use rustworthy::worker::{Build, BuildError, Failure, Found, Lookup, Workers};
use rustworthy_model::comparison::{Route, Source};

use super::arguments::{ProjectOptions, PythonOptions};
use super::printer::Printer;
use super::progress::Spinner;

/// A project, and where its runs go.
pub(crate) struct Loaded {
    pub(crate) project: Project,
    /// The folder that holds `.rustworthy`.
    pub(crate) home: PathBuf,
    /// Whether it's the built-in one.
    pub(crate) built_in: bool,
}

/// The manifest that was named, or the nearest one.
fn find(options: &ProjectOptions) -> Result<Option<PathBuf>> {
    if !options.project.is_dir() {
        bail!("--project {}: no such folder", options.project.display());
    }
    Ok(match &options.manifest {
        Some(named) => Some(named.clone()),
        None => manifest::find(&options.project)?,
    })
}

/// The folder that holds the runs of a project, whose manifest need not be valid.
pub(crate) fn home(options: &ProjectOptions) -> Result<PathBuf> {
    let folder = find(options)?.and_then(|manifest| std::path::absolute(manifest).ok()?.parent().map(Path::to_owned));
    Ok(folder.unwrap_or_else(|| options.project.clone()))
}

/// Loads the manifest that was named, or the nearest one, or the built-in one.
pub(crate) fn load(options: &ProjectOptions) -> Result<Loaded> {
    match find(options)? {
        Some(path) => {
            let project = manifest::load(&path, Origin::User)?;
            Ok(Loaded { home: project.root.clone(), project, built_in: false })
        }
        None => {
            let cache = cache_directory()?;
            let path = builtin::unpack(&cache).with_context(|| {
                format!(
                    "{}: can't unpack the built-in workloads; name another folder with RUSTWORTHY_CACHE",
                    cache.display()
                )
            })?;
            let project = builtin::load(&path)?;
            Ok(Loaded { project, home: options.project.clone(), built_in: true })
        }
    }
}

/// Provides the Python environment of a project.
pub(crate) fn interpreter(
    project: &Project,
    options: &PythonOptions,
    cancel: &AtomicBool,
    printer: &Printer,
) -> Result<Interpreter> {
    let selection = python::select(options.python.as_deref())?;
    let request = python::Request {
        selection,
        requirements: project.requirements.clone(),
        offline: options.offline,
        cache: cache_directory()?,
        cancel,
    };
    let spinner = Spinner::new(printer);
    let interpreter = python::environment(&request, &mut |progress| match progress {
        Progress::Lacking { executable, missing } => spinner.step(&format!(
            "{} lacks {missing}; measuring in a cached environment of the same Python instead",
            executable.display()
        )),
        Progress::Waiting => spinner.step("another run is preparing the Python environment; waiting for it"),
        Progress::StartingOver { reason } => spinner.step(&format!("preparing the Python environment anew: {reason}")),
        Progress::CreatingEnvironment { folder } => spinner.step(&format!("creating {}", folder.display())),
        Progress::Installing { line } => spinner.detail(&line),
        Progress::Ready { executable } => spinner.step(&format!("environment ready: {}", executable.display())),
    })?;
    printer.detail(&format!("Python {} at {}", interpreter.version, interpreter.executable.display()));
    Ok(interpreter)
}

/// How to start workers for a project.
pub(crate) fn workers(project: &Project, interpreter: &Interpreter, cancel: Arc<AtomicBool>) -> Result<Workers> {
    Ok(Workers {
        program: std::env::current_exe().context("can't find this program's own file")?,
        python: interpreter.executable.clone(),
        library_path: python::library_path(interpreter),
        python_path: project.python_path.clone(),
        env: Default::default(),
        cancel,
    })
}

/// Sees that the library which is mapped is the one that belongs to the interpreter: with another's standard
/// library it may run, but it isn't what users run.
pub(crate) fn check_embedded(control: &Control, interpreter: &Interpreter) -> Result<()> {
    let chosen = interpreter.version.to_string();
    if control.ready.version == chosen {
        return Ok(());
    }
    let library = control.ready.libpython.as_ref().map_or("this program".to_owned(), |path| path.display().to_string());
    bail!(
        "{} is Python {chosen}, but {library}, which is embedded, is {}; rebuild: PYO3_PYTHON={} cargo build",
        interpreter.executable.display(),
        control.ready.version,
        interpreter.base_executable.display()
    )
}

/// Where workers find a folder for files of their inputs.
pub(crate) const SCRATCH: &str = "RUSTWORTHY_SCRATCH";

/// The services to start. Only of the built-in project is it known who needs them: contenders of any route may.
pub(crate) fn services<'a>(project: &'a Project, built_in: bool, planned: &[Planned<'_>]) -> &'a [Service] {
    let mut contenders = planned.iter().flat_map(|planned| &planned.contenders);
    let needed = !built_in || contenders.any(|contender| matches!(contender.route, Route::Http | Route::Grpc));
    if needed { &project.services } else { &[] }
}

/// Where a build command runs, and in what environment.
pub(crate) struct Site<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) variables: Variables,
    /// What an error begins with: it goes on with the command and how that ended.
    pub(crate) label: String,
}

impl<'a> Site<'a> {
    /// The project as it stands, with the environment of its interpreter active.
    pub(crate) fn of(project: &'a Project, interpreter: &Interpreter) -> Self {
        let label = format!("{}: project.build:", project.manifest.display());
        Self { folder: &project.root, variables: interpreter.activation(), label }
    }
}

/// Runs the project's own build command.
pub(crate) fn build(project: &Project, site: Site<'_>, workers: &Workers, printer: &Printer) -> Result<()> {
    let Some(command) = &project.build else { return Ok(()) };
    let Site { folder, variables, label } = site;
    let spinner = Spinner::new(printer);
    spinner.step(&format!("building: {}", command.join(" ")));
    Build { program: &workers.program, command, folder, variables }.run(&workers.cancel).map_err(|error| match error {
        BuildError::Interrupted => anyhow!(error),
        _ => anyhow!("{label} {error}"),
    })
}

/// The code of callables, as far as there is any.
pub(crate) type Codes = BTreeMap<Target, Source>;

/// Sees that every callable that the project names exists, and reads its code.
///
/// Modules that fail while they are imported pass: that is their contender's failure, and shows when it's measured.
pub(crate) fn check_targets(project: &Project, workers: &Workers) -> Result<Codes> {
    let mut errors = Vec::new();
    let mut codes = Codes::new();
    let mut left: Vec<&Target> = project.targets();
    while !left.is_empty() {
        let mut worker =
            workers.start(&Default::default(), project.limits, 1).map_err(|failure| anyhow!("{failure}"))?;
        while let Some(&target) = left.first() {
            left.remove(0);
            match worker.find(vec![Lookup::from(target)]) {
                Ok(found) => {
                    let found = found.into_iter().next();
                    errors.extend(found.as_ref().and_then(|found| error(project, target, found)));
                    if let Some(Found::Callable(Some(code))) = found {
                        codes.insert(target.clone(), told(code, project));
                    }
                }
                Err(Failure::Interrupted) => bail!("interrupted"),
                // A module that ends its process or hangs takes the worker along: the rest needs another.
                Err(_) => {
                    left.retain(|other| other.module != target.module);
                    break;
                }
            }
        }
    }
    ManifestErrors::check(errors)?;
    Ok(codes)
}

/// Code as results have it: not longer than needed, and without folders that are nobody's business.
fn told(code: Source, project: &Project) -> Source {
    const PACKAGES: &str = "site-packages/";
    let file = Path::new(&code.file);
    let roots = std::iter::once(&project.root).chain(&project.python_path);
    let within = roots.filter_map(|root| file.strip_prefix(root).ok()).next();
    let file = match within {
        Some(within) => within.display().to_string(),
        None => code.file.rsplit_once(PACKAGES).map_or(&*code.file, |(_, rest)| rest).to_owned(),
    };
    Source { file, text: manifest::shortened(&code.text), line: code.line }
}

fn error(project: &Project, target: &Target, found: &Found) -> Option<ManifestError> {
    let Target { module, callable, place } = target;
    let message = match found {
        Found::Callable(_) | Found::Unknown => return None,
        Found::NoModule => {
            format!("there is no module '{module}'; it was looked for in {}", folders(&project.python_path))
        }
        Found::NotCallable(kind) => format!("'{callable}' in module '{module}' is a {kind}, which can't be called"),
        Found::NoName(names) => {
            let meant = hint(callable, names.iter().map(String::as_str));
            let has = if names.is_empty() { "it has none".to_owned() } else { format!("it has {}", quoted(names)) };
            format!("module '{module}' has no function '{callable}'{meant}; {has}")
        }
    };
    Some(ManifestError::at(&project.manifest, place, message))
}

fn quoted(names: &[String]) -> String {
    const MOST: usize = 8;
    let mut list: Vec<String> = names.iter().take(MOST).map(|name| format!("'{name}'")).collect();
    if names.len() > MOST {
        list.push(format!("{} more", names.len() - MOST));
    }
    list.join(", ")
}

fn folders(path: &[PathBuf]) -> String {
    let mut folders: Vec<String> = path.iter().map(|folder: &PathBuf| Path::display(folder).to_string()).collect();
    folders.push("the packages of the environment".to_owned());
    folders.join(", ")
}
