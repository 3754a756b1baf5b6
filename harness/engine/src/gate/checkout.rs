//! The sides of a gate: a revision and the working tree, each checked out, built, and ready to be measured.
//!
//! Both are worktrees with an environment of their own, so that they differ by their code alone. Of the built-in project only
//! the revision is: the program that runs stands for the working tree.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::ownership::{Ownership, modules_in};
use super::request::GateRequest;
use crate::built_in;
use crate::capture;
use crate::context::{Context, Notice};
use crate::environments::{Environments, Needed};
use crate::manifest::{self, Input, Origin, Project};
use crate::prepared::{BuildPlace, Built, inherited_search_path};
use crate::project::Loaded;
use crate::python::{self, Interpreter, Move, Overlay};
use crate::revision::{OwnBuild, Repository, Worktree, is_own};
use crate::workers::Hosting;

/// One side, built.
pub(super) struct Side {
    pub(super) built: Built,
    /// Names of modules of the project that its environment has as copies.
    copies: BTreeSet<String>,
    /// The environments that its own are laid over.
    below: Vec<PathBuf>,
}

/// One side, checked out.
pub(super) struct Checkout {
    pub(super) project: Project,
    /// Removed when this is dropped.
    pub(super) worktree: Worktree,
}

/// The repository around a project, of which revisions can be measured.
pub(super) fn repository(context: &Context<'_>, request: &GateRequest, loaded: &Loaded) -> Result<Repository> {
    let folder = if loaded.built_in { &request.common.project.folder } else { &loaded.project.root };
    let repository = Repository::around(folder, &context.cancel)?;
    if loaded.built_in && !is_own(repository.top()) {
        bail!(
            "only a checkout of rustworthy itself has revisions of the built-in workloads; leave --builtin out, and name a \
             manifest with --manifest if there is none here"
        );
    }
    Ok(repository)
}

impl Checkout {
    /// Checks a revision out; `None` where the project had no manifest yet.
    pub(super) fn of_revision(
        context: &Context<'_>,
        request: &GateRequest,
        loaded: &Loaded,
        repository: &Repository,
        revision: &str,
    ) -> Result<Option<Self>> {
        let commit = repository.resolve(revision)?;
        let place = manifest_in(loaded, repository)?;
        if !repository.has_file(&commit, &place)? {
            context.warn(format!(
                "nothing to gate: the revision '{revision}' has no {} yet, so there is nothing to compare with; once it has, \
                 as after this branch is merged or the file is committed, the gate compares",
                place.display()
            ));
            return Ok(None);
        }
        context.tell(Notice::Step(format!("checking out {} ({})", commit.revision, commit.short())));
        let worktree = repository.check_out(&commit, &loaded.home)?;
        worktree.warnings()?.into_iter().for_each(|warning| context.warn(warning));
        let path = worktree.path().join(place);
        let read = || -> Result<Project> {
            Ok(if loaded.built_in { built_in::load_past(&path)? } else { manifest::load(&path, Origin::User)? })
        };
        let project = read().with_context(|| format!("the revision '{revision}'"))?;
        Ok(Some(Self::new(request, project, worktree, &loaded.home)))
    }

    /// Checks out what the caller's checkout has, changes that aren't committed included.
    pub(super) fn of_changes(request: &GateRequest, loaded: &Loaded, repository: &Repository) -> Result<Self> {
        let worktree = repository.check_out_changes(&loaded.home)?;
        let path = worktree.path().join(manifest_in(loaded, repository)?);
        if !path.is_file() {
            bail!("{}: git ignores the manifest, so no side of a gate has it", loaded.project.manifest.display());
        }
        let manifest = loaded.project.manifest.clone();
        // Errors are to name the file that the caller can edit.
        let project = Project { manifest, ..manifest::load(&path, Origin::User)? };
        Ok(Self::new(request, project, worktree, &loaded.home))
    }

    fn new(request: &GateRequest, mut project: Project, worktree: Worktree, home: &Path) -> Self {
        request.common.limit(&mut project);
        // What was recorded is in no commit: both sides are called with what the caller has.
        for workload in &mut project.workloads {
            if let Input::Calls(captured) = &mut workload.input {
                captured.calls.folder = capture::folder(home, &captured.name);
            }
        }
        // An absolute folder of the checkout means that of the worktree.
        project.python_path = project.python_path.iter().map(|folder| worktree.moved(folder)).collect();
        Self { project, worktree }
    }

    /// Provides the environments that are needed, and builds it there, so that nothing of the caller's or
    /// of the other side's is touched.
    pub(super) fn build(
        &self,
        context: &Context<'_>,
        request: &GateRequest,
        loaded: &Loaded,
        needed: &Needed<'_>,
        label: String,
    ) -> Result<Side> {
        let Self { project, worktree } = self;
        let (mut copies, mut below) = (BTreeSet::new(), Vec::new());
        let environments = Environments::provide(context, &loaded.project, &request.common.python, needed)?;
        let environments = environments.replaced(|number, chosen| {
            let overlay = lay_over(context, worktree, &loaded.project.root, number, chosen)?;
            copies.extend(overlay.copies);
            below.extend(
                [&chosen.prefix, &chosen.base_prefix].map(|prefix| prefix.canonicalize()).into_iter().flatten(),
            );
            Ok(overlay.interpreter)
        })?;
        let mut built = Built::with(context, project, environments);
        built.workers.env.extend(inherited_search_path(&|folder| worktree.moved(folder)));
        if loaded.built_in {
            let (Some(embedded), Hosting::Embedded { .. }) = (&context.host.embedded, &built.workers.hosting) else {
                bail!(
                    "the built-in workloads of a revision are run by the program of that revision, which embeds Python, and this \
                     one has workers for Pythons alone; gate with a build from source: cargo run -- gate …"
                );
            };
            context.tell(Notice::Step(format!("building the program of {}", worktree.commit().revision)));
            built.workers.program = OwnBuild {
                worktree,
                program: &context.host.program,
                built_with: &embedded.built_with,
                release: context.host.is_release,
                offline: request.common.python.offline,
            }
            .run()?;
        }
        let variables = |interpreter: &Interpreter| worktree.variables(interpreter);
        built.build(context, project, BuildPlace { folder: &worktree.project(), variables: &variables, label })?;
        Ok(Side { built, copies, below })
    }

    /// Names of the modules that lie in it where packages usually lie.
    fn modules(&self) -> impl Iterator<Item = String> {
        let tops = [self.worktree.path().to_owned(), self.worktree.project()];
        let usual = tops.into_iter().flat_map(|top| ["", "src", "python", "lib"].map(|folder| top.join(folder)));
        usual.chain(self.project.python_path.clone()).flat_map(|folder| modules_in(&folder).collect::<Vec<_>>())
    }
}

/// The environment of that number of a worktree: laid over the chosen one, with what is installed from the project's checkout
/// moved to the worktree.
pub(crate) fn lay_over(
    context: &Context<'_>,
    worktree: &Worktree,
    root: &Path,
    number: usize,
    chosen: &Interpreter,
) -> Result<Overlay> {
    let moved = Move {
        checkout: worktree.checkout().to_owned(),
        spelled: spelled(root, worktree),
        worktree: worktree.path().to_owned(),
    };
    let folder = worktree.companion(&format!("environment-{number}"))?;
    Ok(python::overlay(chosen, &folder, Some(&moved), &context.cancel)?)
}

/// Where the code of both sides is.
pub(super) fn ownership(checkouts: [&Checkout; 2], sides: [&Side; 2]) -> Ownership {
    let [old, _] = checkouts;
    let copies = sides.iter().flat_map(|side| side.copies.iter().cloned());
    Ownership {
        checkout: old.worktree.checkout().to_owned(),
        apart: sides.iter().flat_map(|side| side.below.clone()).chain([old.worktree.base().to_owned()]).collect(),
        sides: checkouts.map(|checkout| checkout.worktree.folder().to_owned()),
        trees: checkouts.map(|checkout| checkout.worktree.path().to_owned()),
        modules: checkouts.iter().flat_map(|checkout| checkout.modules()).chain(copies).collect(),
    }
}

/// The manifest's path, relative to the top level of the repository.
fn manifest_in(loaded: &Loaded, repository: &Repository) -> Result<PathBuf> {
    if loaded.built_in {
        return Ok("python_baselines/rustworthy.toml".into());
    }
    let manifest = loaded.project.manifest.canonicalize().context("can't find the manifest again")?;
    let within = manifest.strip_prefix(repository.top());
    Ok(within.context("the manifest isn't in the repository of its folder")?.to_owned())
}

/// The top level of the caller's checkout by way of the project's folder, in which there may be links.
fn spelled(root: &Path, worktree: &Worktree) -> PathBuf {
    let project = worktree.project();
    let within = project.strip_prefix(worktree.path()).unwrap_or(Path::new(""));
    root.ancestors().nth(within.components().count()).unwrap_or(root).to_owned()
}
