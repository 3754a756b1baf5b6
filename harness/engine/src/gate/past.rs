//! The old side of a gate: a revision, checked out, built, and ready to be measured.

use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::request::GateRequest;
use crate::built_in;
use crate::context::{Context, Notice};
use crate::environments::Environments;
use crate::manifest::{self, Origin, Project};
use crate::prepared::{BuildPlace, Built};
use crate::project::Loaded;
use crate::python::{self, Interpreter};
use crate::revision::{OwnBuild, Repository, Worktree, is_own};

/// A revision of a project.
pub(super) struct Past {
    pub(super) project: Project,
    pub(super) built: Built,
    /// Removed when this is dropped.
    pub(super) worktree: Worktree,
}

impl Past {
    /// Checks a revision of a project out and builds it.
    pub(super) fn new(
        context: &Context<'_>,
        request: &GateRequest,
        loaded: &Loaded,
        revision: &str,
    ) -> Result<(Self, Repository)> {
        let folder = if loaded.built_in { &request.common.project.folder } else { &loaded.project.root };
        let repository = Repository::around(folder, &context.cancel)?;
        if loaded.built_in && !is_own(repository.top()) {
            bail!(
                "there is no manifest here, and only a checkout of rustworthy itself has revisions of the built-in \
                 workloads; `rustworthy init` begins a manifest"
            );
        }
        let commit = repository.resolve(revision)?;
        context.tell(Notice::Step(format!("checking out {} ({})", commit.revision, commit.short())));
        let worktree = repository.check_out(&commit, &loaded.home)?;
        worktree.warning().iter().for_each(|warning| context.warn(warning.to_string()));
        let mut project = manifest_of(loaded, &repository, &worktree)?;
        request.common.limit(&mut project);
        let built = build(context, request, loaded, &project, &worktree)?;
        Ok((Self { project, built, worktree }, repository))
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
        Ok(if loaded.built_in { built_in::load_past(&place)? } else { manifest::load(&place, Origin::User)? })
    };
    read().with_context(|| format!("the revision '{revision}'"))
}

fn shown(path: &Path, worktree: &Worktree) -> String {
    path.strip_prefix(worktree.path()).unwrap_or(path).display().to_string()
}

/// Provides its environment and builds it there, so that nothing of the new side's is touched.
fn build(
    context: &Context<'_>,
    request: &GateRequest,
    loaded: &Loaded,
    project: &Project,
    worktree: &Worktree,
) -> Result<Built> {
    let is_asked =
        |name: &String| request.workloads.is_empty() || request.workloads.iter().any(|one| one == "all" || one == name);
    let asked = project.workloads.iter().filter(|workload| is_asked(&workload.name));
    let needed: Vec<Option<&Path>> = asked.map(|workload| workload.requirements.as_deref()).collect();
    let mut environments = Environments::provide(context, &request.common.python, &needed)?;
    if project.build.is_some() {
        environments = environments.replaced(|number, chosen| {
            let folder = worktree.companion(&format!("environment-{number}"))?;
            Ok(python::overlay(chosen, &folder, &context.cancel)?)
        })?;
    }
    let mut built = Built::with(context, project, environments);
    if loaded.built_in {
        context.tell(Notice::Step(format!("building the program of {}", worktree.commit().revision)));
        built.workers.program = OwnBuild {
            worktree,
            program: &context.host.program,
            built_with: &context.host.embedded.built_with,
            release: context.host.is_release,
            offline: request.common.python.offline,
        }
        .run()?;
    }
    let label = format!("the revision '{}' doesn't build:", worktree.commit().revision);
    let variables = |interpreter: &Interpreter| worktree.variables(interpreter);
    built.build(context, project, BuildPlace { folder: &worktree.project(), variables: &variables, label })?;
    Ok(built)
}
