//! The old side of a gate: a revision, checked out, built, and ready to be measured.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result, bail};
use rustworthy::builtin;
use rustworthy::manifest::{self, Origin, Project};
use rustworthy::python;
use rustworthy::revision::{OwnBuild, Repository, Worktree, is_own};
use rustworthy::worker::Workers;

use crate::cli::arguments::GateArguments;
use crate::cli::printer::Printer;
use crate::cli::progress::Spinner;
use crate::cli::project::{self, Loaded, Site};

/// A revision of a project.
pub(super) struct Past {
    pub(super) project: Project,
    pub(super) workers: Workers,
    /// Removed when this is dropped.
    pub(super) worktree: Worktree,
}

impl Past {
    /// Checks a revision of a project out and builds it.
    pub(super) fn new(
        arguments: &GateArguments,
        loaded: &Loaded,
        revision: &str,
        cancel: &Arc<AtomicBool>,
        printer: &Printer,
    ) -> Result<(Self, Repository)> {
        let folder = if loaded.built_in { &arguments.project.project } else { &loaded.project.root };
        let repository = Repository::around(folder, cancel)?;
        if loaded.built_in && !is_own(repository.top()) {
            bail!(
                "there is no manifest here, and only a checkout of rustworthy itself has revisions of the built-in \
                 workloads; `rustworthy init` begins a manifest"
            );
        }
        let commit = repository.resolve(revision)?;
        Spinner::new(printer).step(&format!("checking out {} ({})", commit.revision, commit.short()));
        let worktree = repository.check_out(&commit, &loaded.home)?;
        worktree.warning().iter().for_each(|warning| printer.warning(warning));
        let project = manifest_of(loaded, &repository, &worktree)?;
        let workers = prepare(arguments, loaded, &project, &worktree, cancel, printer)?;
        Ok((Self { project, workers, worktree }, repository))
    }
}

/// The manifest as it was.
fn manifest_of(loaded: &Loaded, repository: &Repository, worktree: &Worktree) -> Result<Project> {
    let revision = &worktree.commit().revision;
    let place = if loaded.built_in {
        worktree.path().join("python_baselines/rustworthy.toml")
    } else {
        let manifest = loaded.project.manifest.canonicalize().context("can't find the manifest again")?;
        let top = repository.top().canonicalize().context("can't find the repository again")?;
        worktree.path().join(manifest.strip_prefix(&top).context("the manifest isn't in the repository of its folder")?)
    };
    if !place.is_file() {
        bail!("the revision '{revision}' has no {}; gate against one that has it", shown(&place, worktree));
    }
    let read = || -> Result<Project> {
        Ok(if loaded.built_in { builtin::load_past(&place)? } else { manifest::load(&place, Origin::User)? })
    };
    read().with_context(|| format!("the revision '{revision}'"))
}

fn shown(path: &Path, worktree: &Worktree) -> String {
    path.strip_prefix(worktree.path()).unwrap_or(path).display().to_string()
}

/// Provides its environment and builds it there, so that nothing of the new side's is touched.
fn prepare(
    arguments: &GateArguments,
    loaded: &Loaded,
    project: &Project,
    worktree: &Worktree,
    cancel: &Arc<AtomicBool>,
    printer: &Printer,
) -> Result<Workers> {
    let chosen = project::interpreter(project, &arguments.python, cancel, printer)?;
    let interpreter = if project.build.is_some() {
        python::overlay(&chosen, &worktree.companion("environment")?, cancel)?
    } else {
        chosen
    };
    let mut workers = project::workers(project, &interpreter, Arc::clone(cancel))?;
    if loaded.built_in {
        Spinner::new(printer).step(&format!("building the program of {}", worktree.commit().revision));
        workers.program = own_program(worktree, &workers.program, arguments.python.offline)?;
    }
    let label = format!("the revision '{}' doesn't build:", worktree.commit().revision);
    let folder = worktree.project();
    let site = Site { folder: &folder, variables: worktree.variables(&interpreter), label };
    project::build(project, site, &workers, printer)?;
    Ok(workers)
}

fn own_program(worktree: &Worktree, program: &Path, offline: bool) -> Result<PathBuf> {
    Ok(OwnBuild { worktree, program, offline }.run()?)
}
