//! The project that is meant, and where its runs go.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::host::Host;
use crate::manifest::{self, Origin, Project, Service};
use crate::measure::Planned;
use crate::python::cache_directory;
use crate::request::ProjectRequest;
use crate::revision::is_own;

/// What to do where there is no manifest.
const NO_MANIFEST: &str =
    "there is no manifest: neither a rustworthy.toml nor a pyproject.toml with [tool.rustworthy] is here or \
in a folder above. To begin, `rustworthy init` finds what there is to measure and writes one; `rustworthy init --dry-run` shows \
it. Or write a rustworthy.toml that names two functions which do the same:

  [workload.parse]
  input = \"inputs:documents\"            # module:callable(size, seed) -> any object
  sizes = { default = 500 }

  [workload.parse.contender.now]
  python = \"impls:parse\"                # module:callable(input) -> output
  baseline = true

  [workload.parse.contender.faster]
  python = \"impls:parse_faster\"

The tutorial leads through it: docs/src/tutorial.md of the source. A manifest elsewhere is named by --manifest or
--project; --builtin shows and measures the ten workloads that come with the program";

/// A project, and where its runs go.
#[derive(Debug)]
pub struct Loaded {
    /// What its manifest says.
    pub project: Project,
    /// The folder that holds `.rustworthy`.
    pub home: PathBuf,
    /// Whether it's the one that the program ships.
    pub built_in: bool,
}

/// The manifest that was named, or the nearest one.
fn find(request: &ProjectRequest) -> Result<Option<PathBuf>> {
    if !request.folder.is_dir() {
        bail!("--project {}: no such folder", request.folder.display());
    }
    Ok(match &request.manifest {
        _ if request.builtin => None,
        Some(named) => Some(named.clone()),
        None => manifest::find(&request.folder)?,
    })
}

/// Whether a folder is in a checkout of the program itself, whose project is the one that the program ships.
fn is_in_own(folder: &Path) -> bool {
    folder.canonicalize().is_ok_and(|folder| folder.ancestors().any(is_own))
}

/// The folder that holds the runs of a project, whose manifest need not be valid.
///
/// # Errors
/// When the folder of the project isn't there or can't be searched.
pub fn home(request: &ProjectRequest) -> Result<PathBuf> {
    let folder = find(request)?.and_then(|manifest| std::path::absolute(manifest).ok()?.parent().map(Path::to_owned));
    Ok(folder.unwrap_or_else(|| request.folder.clone()))
}

impl Loaded {
    /// Loads the manifest that was named, or the nearest one; the project that the program ships where that is asked for, and
    /// in a checkout of the program itself.
    ///
    /// # Errors
    /// When there is none, or it isn't valid.
    pub fn load(host: &Host, request: &ProjectRequest) -> Result<Self> {
        let found = Self::of_user(request)?;
        match found {
            Some(loaded) => Ok(loaded),
            None if request.builtin || is_in_own(&request.folder) => Self::shipped(host, request),
            None => bail!("{}: {NO_MANIFEST}", request.folder.display()),
        }
    }

    /// The same; where there is none and that does, the folder with nothing in it but its modules.
    ///
    /// # Errors
    /// As of [`Loaded::load`].
    pub(crate) fn load_or_bare(host: &Host, request: &ProjectRequest, bare_does: bool) -> Result<Self> {
        if bare_does && !request.builtin && find(request)?.is_none() {
            let root = request.folder.canonicalize().with_context(|| request.folder.display().to_string())?;
            return Ok(Self { project: Project::bare(root.clone()), home: root, built_in: false });
        }
        Self::load(host, request)
    }

    /// The same for what is about the machine more than about a project: without any manifest that of the shipped one.
    ///
    /// # Errors
    /// When a manifest isn't valid.
    pub fn load_any(host: &Host, request: &ProjectRequest) -> Result<Self> {
        let found = Self::of_user(request)?;
        found.map_or_else(|| Self::shipped(host, request), Ok)
    }

    fn of_user(request: &ProjectRequest) -> Result<Option<Self>> {
        let Some(path) = find(request)? else { return Ok(None) };
        let project = manifest::load(&path, Origin::User)?;
        Ok(Some(Self { home: project.root.clone(), project, built_in: false }))
    }

    /// The project that the program ships; its runs go to the folder that was asked for.
    fn shipped(host: &Host, request: &ProjectRequest) -> Result<Self> {
        let Some(built_in) = &host.built_in else {
            bail!("this program was built without the built-in workloads; name a manifest with --manifest")
        };
        let cache = cache_directory()?;
        let path = built_in.unpack(&cache).with_context(|| {
            format!(
                "{}: can't unpack the built-in workloads; name another folder with RUSTWORTHY_CACHE",
                cache.display()
            )
        })?;
        Ok(Self { project: built_in.load(&path)?, home: request.folder.clone(), built_in: true })
    }

    /// The services that contenders need. Only of the built-in project is it known who needs them: contenders of any route
    /// may.
    pub(crate) fn services(&self, planned: &[Planned<'_>]) -> &[Service] {
        services(&self.project, self.built_in, planned)
    }

    /// Why nothing of the request can be run.
    pub(crate) fn why_nothing(&self) -> String {
        if self.project.workloads.is_empty() {
            format!("{} has no workload; add [workload.NAME]", self.project.manifest.display())
        } else {
            "no contender matches --filter; `rustworthy list` shows all".to_owned()
        }
    }
}

/// The services of a project that contenders need, as [`Loaded::services`] returns them.
pub(crate) fn services<'a>(project: &'a Project, built_in: bool, planned: &[Planned<'_>]) -> &'a [Service] {
    let mut contenders = planned.iter().flat_map(|planned| &planned.contenders);
    let needed = !built_in || contenders.any(|contender| contender.route.is_service());
    if needed { &project.services } else { &[] }
}
