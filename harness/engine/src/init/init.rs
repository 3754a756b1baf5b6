//! `init`: reads a project, runs what is allowed, proposes a manifest and writes it.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::discover::discover;
use super::facts::{Application, Facts};
use super::observe::{MOST, Observed, counted, observe};
use super::proposal::{Known, Proposal, propose};
use super::recorded::{LeftOut, Recorded, existing, sorted_out};
use super::verify::{measured, understood};
use super::write::{free_inputs, may_write, write_new};
use crate::context::{Context, Notice};
use crate::manifest::MANIFEST;
use crate::python::{self, Interpreter};
use crate::request::PythonRequest;

/// What to read.
#[derive(Debug, Clone)]
pub struct InitRequest {
    /// The project's folder.
    pub folder: PathBuf,
    /// The Python that reads it, and runs it where that is allowed.
    pub python: PythonRequest,
    /// Whether the proposal is only shown, so that it doesn't matter whether there is a manifest already.
    pub is_dry: bool,
}

/// What may be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// The project's tests, and importing its applications and asking them for their routes.
    pub project: bool,
    /// A command, in place of the tests.
    pub command: Option<Vec<String>>,
    /// How long it may run.
    pub duration: Duration,
}

impl Permission {
    /// Nothing may.
    pub const NONE: Self = Self { project: false, command: None, duration: MOST };

    fn is_any(&self) -> bool {
        self.project || self.command.is_some()
    }
}

/// A project that was read.
#[derive(Debug)]
pub struct Look {
    /// Its folder, absolute.
    pub folder: PathBuf,
    /// What its files say.
    pub facts: Facts,
    /// The Python that is measured in.
    pub interpreter: Interpreter,
    /// Its file of requirements, and whether that Python lacks something of them that the project needs.
    pub requirements: Option<(String, bool)>,
    python: PythonRequest,
}

/// There is nothing in it that could be measured.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NothingFound(String);

/// What came of it.
#[derive(Debug)]
pub struct Init {
    /// The manifest's path.
    pub manifest: PathBuf,
    /// The path of the module that makes requests, where there is one.
    pub inputs: Option<PathBuf>,
    /// What is proposed.
    pub proposal: Proposal,
    /// What running has shown.
    pub observed: Observed,
    /// Functions that were recorded and are no workload.
    pub left_out: Vec<LeftOut>,
}

/// Reads a project. Nothing of it runs.
///
/// # Errors
/// [`NothingFound`] where there is nothing; another error where there is no such folder or a manifest already, or no Python.
pub fn look(context: &Context<'_>, request: &InitRequest) -> Result<Look> {
    let named = request.folder.display();
    if !request.folder.is_dir() {
        bail!("{named}: {}", if request.folder.exists() { "is no folder" } else { "there is no such folder" });
    }
    let folder = request.folder.canonicalize().with_context(|| named.to_string())?;
    let above = if request.is_dry { None } else { may_write(&folder)? };
    let supported = context.host.supported(None)?;
    let interpreter = python::select(request.python.named.as_deref(), supported)?.interpreter;
    context.tell(Notice::Step(format!("reading {}", folder.display())));
    let facts = discover(&interpreter.executable, &folder, &context.cancel)?;
    if facts.is_package {
        bail!(
            "{}: is a package, whose modules are found from the folder above; name that one: rustworthy init {}",
            folder.display(),
            request.folder.join("..").display()
        );
    }
    if facts.is_empty() {
        return Err(NothingFound(nothing(&folder, &facts)).into());
    }
    let requirements = requirements(context, &folder, &facts, &interpreter);
    let look = Look { folder, facts, interpreter, requirements, python: request.python.clone() };
    if let Some(above) = above {
        context.tell(Notice::Remark(format!(
            "{} describes a folder above; in this one the new manifest counts instead",
            above.display()
        )));
    }
    look.tell(context);
    Ok(look)
}

fn nothing(folder: &Path, facts: &Facts) -> String {
    let folder = folder.display();
    let problem = facts.problems.first().map(|one| {
        let line = one.line.map(|line| format!(":{line}")).unwrap_or_default();
        format!("; {}{line} {}", one.file, one.what)
    });
    match (facts.files, problem) {
        (0, problem) => format!(
            "{folder}: there is no Python in it{}. Name the folder of a project: rustworthy init DIR",
            problem.unwrap_or_default()
        ),
        (_, Some(problem)) => format!("{folder}: there is nothing to measure in what can be read of it{problem}"),
        (files, None) => format!(
            "{folder}: there is nothing to measure: {} without functions, applications or packages but tests",
            counted(files as usize, "Python file", "Python files")
        ),
    }
}

/// The file of requirements that is nearest, and whether it's needed: something isn't there, and all of it can be installed by name.
fn requirements(
    context: &Context<'_>,
    folder: &Path,
    facts: &Facts,
    interpreter: &Interpreter,
) -> Option<(String, bool)> {
    let file = facts.requirements.iter().min_by_key(|file| (file.matches('/').count(), *file))?;
    if facts.missing.is_empty() {
        return Some((file.clone(), false));
    }
    let is_local = |name: &str| name.starts_with("-e") || name.starts_with("--editable") || name.contains(['/', '\\']);
    match python::unmet(interpreter, &folder.join(file), &context.cancel) {
        Ok(unmet) => {
            let is_needed = !unmet.0.is_empty() && !unmet.0.iter().any(|one| is_local(&one.name));
            Some((file.clone(), is_needed))
        }
        Err(error) => {
            context.warn(error.to_string());
            Some((file.clone(), false))
        }
    }
}

impl Look {
    /// The manifest's path.
    pub(super) fn manifest(&self) -> PathBuf {
        self.folder.join(MANIFEST)
    }

    /// The command of its tests, as far as there are any and pytest is there.
    pub fn tests(&self) -> Option<Vec<OsString>> {
        if self.facts.tests.count == 0 || !self.facts.has("pytest") {
            return None;
        }
        let python = std::iter::once(self.interpreter.executable.clone().into());
        let mut words = vec!["-m", "pytest", "-q", "--tb=line"];
        // What slows down all functions, and what runs them in processes that aren't looked at.
        if self.facts.has("pytest_cov") {
            words.push("--no-cov");
        }
        if self.facts.has("xdist") {
            words.extend(["-n", "0"]);
        }
        // Else pytest may be told to collect the sources too, and imports these in a way that nobody else does.
        words.extend(self.facts.tests.places.iter().map(String::as_str));
        Some(python.chain(words.into_iter().map(OsString::from)).collect())
    }

    /// Applications that can be imported without anything being run but what they need.
    pub(super) fn importable(&self) -> Vec<&Application> {
        self.facts.applications.iter().filter(|one| !one.script && !one.factory).collect()
    }

    /// What the user's permission is needed for, `run the tests …`; `None` where there is nothing.
    pub fn would_run(&self) -> Option<String> {
        let tests = self.tests().map(|words| {
            let words: Vec<_> = words.iter().skip(1).map(|word| word.to_string_lossy()).collect();
            format!("run its tests up to three times (python {})", words.join(" "))
        });
        let applications: Vec<String> = self.importable().iter().map(|one| one.target()).collect();
        let asking = (!applications.is_empty())
            .then(|| format!("import {} and ask for routes without parameters by GET", applications.join(", ")));
        let both: Vec<String> = tests.into_iter().chain(asking).collect();
        (!both.is_empty()).then(|| both.join(", and "))
    }

    /// Names of captures that are there.
    pub(super) fn taken(&self) -> BTreeSet<String> {
        let captures = std::fs::read_dir(self.folder.join(".rustworthy/captures")).into_iter().flatten().flatten();
        captures.filter_map(|capture| capture.file_name().into_string().ok()).collect()
    }

    /// Tells what is in the way of running it.
    fn tell(&self, context: &Context<'_>) {
        let Self { facts, interpreter, requirements, .. } = self;
        let python = interpreter.executable.display();
        for problem in &facts.problems {
            let line = problem.line.map(|line| format!(":{line}")).unwrap_or_default();
            context.warn(format!("{}{line}: {}", problem.file, problem.what));
        }
        for limit in &facts.limits {
            context.tell(Notice::Remark(limit.clone()));
        }
        let environment = facts.environments.iter().find(|one| {
            let folder = self.folder.join(one);
            folder.join("bin").is_dir() && folder.canonicalize().ok() != interpreter.prefix.canonicalize().ok()
        });
        if let Some(environment) = environment {
            context.tell(Notice::Remark(format!(
                "{environment} is a virtual environment of this project, and {python} is what is measured in; \
                 activate it, or name it with --python {environment}"
            )));
        }
        if !facts.missing.is_empty() {
            let missing: Vec<String> = facts.missing.iter().map(|one| format!("{} ({})", one.name, one.file)).collect();
            let remedy = match requirements {
                Some((file, true)) => format!("measuring will install {file} into a cached environment"),
                _ => format!("install the project there ({python} -m pip install -e .), or name another with --python"),
            };
            context.warn(format!("{python} lacks {}; what needs it can't run: {remedy}", missing.join(", ")));
        }
        if facts.tests.count > 0 && !facts.has("pytest") {
            context.tell(Notice::Remark(format!(
                "there are {}, and {python} has no pytest to run them: {python} -m pip install pytest, or name another with --python",
                counted(facts.tests.count as usize, "test", "tests")
            )));
        }
    }
}

/// Runs what is allowed, and proposes a manifest. It isn't written yet.
///
/// # Errors
/// When the user interrupts, or something can't be run at all.
pub fn init(context: &Context<'_>, look: &Look, permission: &Permission) -> Result<Init> {
    let before = existing(&look.folder, &look.facts);
    let observed = if permission.is_any() { observe(context, look, permission)? } else { Observed::default() };
    let (mut recorded, mut left_out) = sorted_out(observed.captures.iter().cloned().chain(before));
    left_out.extend(observed.unrecorded.iter().cloned());
    let by_share = |recorded: &Recorded| {
        observed.hot.iter().position(|hot| hot.function.target() == recorded.capture.function).unwrap_or(usize::MAX)
    };
    recorded.sort_by_key(by_share);
    let inputs = free_inputs(&look.folder);
    let requirements = look.requirements.as_ref().map(|(file, is_needed)| (file.as_str(), *is_needed));
    let proposed = |recorded: &[_], left_out: &[_]| {
        let known =
            Known { facts: &look.facts, observed: &observed, recorded, left_out, requirements, inputs: &inputs };
        propose(&known)
    };
    let mut proposal = proposed(&recorded, &left_out);
    let manifest = look.manifest();
    let project = understood(&manifest, &proposal.manifest)?;
    if permission.is_any() {
        let failed = measured(context, project, &look.python)?;
        if !failed.is_empty() {
            recorded.retain(|one| !failed.iter().any(|failed| failed.function == one.capture.function));
            left_out.extend(failed);
            proposal = proposed(&recorded, &left_out);
            understood(&manifest, &proposal.manifest)?;
        }
    }
    let inputs = proposal.inputs.is_some().then(|| look.folder.join(format!("{inputs}.py")));
    Ok(Init { manifest, inputs, proposal, observed, left_out })
}

impl Init {
    /// Writes what is proposed: all of it or nothing, and nothing over anything.
    ///
    /// # Errors
    /// When a file is there already, or can't be written.
    pub fn write(&self) -> Result<()> {
        let mut files = Vec::new();
        if let (Some(path), Some(text)) = (&self.inputs, &self.proposal.inputs) {
            files.push((path.clone(), text.as_str()));
        }
        files.push((self.manifest.clone(), self.proposal.manifest.as_str()));
        write_new(&files)
    }
}
