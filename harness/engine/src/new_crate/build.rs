//! Building a crate into its own folder: by maturin from an environment of its own, for the Python that is measured.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::existing::{Crate, find};
use super::names::CRATES;
use crate::context::{Context, Notice};
use crate::environments::{Environments, Needed};
use crate::process::{Ending, RunLimits, Variables, run};
use crate::project::Loaded;
use crate::python::{self, Interpreter, PythonError, Selection, cache_directory};
use crate::request::{ProjectRequest, PythonRequest};
use crate::store::own_folder;

const MATURIN: &str = "maturin>=1.9,<2\n";

/// Which crates to build.
#[derive(Debug, Clone)]
pub struct BuildRequest {
    /// Their names or folders; none is all of the project.
    pub crates: Vec<String>,
    /// The project.
    pub project: ProjectRequest,
    /// The Python that they are for.
    pub python: PythonRequest,
}

/// Why a crate isn't built.
#[derive(Debug, thiserror::Error)]
pub enum NotBuilt {
    /// The user interrupted.
    #[error("interrupted")]
    Interrupted,
    /// Something is missing that builds it.
    #[error("{0}")]
    NoTool(String),
    /// It doesn't compile.
    #[error("{package} doesn't build: {output}")]
    Failed {
        /// The crate.
        package: String,
        /// What the compiler said last.
        output: String,
    },
}

/// Builds crates of a project; returns their names.
///
/// # Errors
/// When there is no such crate, or the first [`NotBuilt`].
pub fn build(context: &Context<'_>, request: &BuildRequest) -> Result<Vec<String>> {
    let loaded = Loaded::load_or_bare(context.host, &request.project, true)?;
    let crates = match &request.crates[..] {
        [] => super::existing::all(&loaded.home)?,
        named => named.iter().map(|name| find(&loaded.home, Some(name))).collect::<Result<_>>()?,
    };
    let needed = Needed { requirements: vec![loaded.project.requirements.as_deref()], ..Needed::default() };
    let environments = Environments::provide(context, &loaded.project, &request.python, &needed)?;
    let building = Building { python: environments.first(), home: &loaded.home, offline: request.python.offline };
    let mut built = Vec::new();
    for one in crates {
        building.build(context, &one)?;
        built.push(one.package);
    }
    if built.is_empty() {
        anyhow::bail!("{} holds no crate that `rustworthy new` has made", loaded.home.join(CRATES).display());
    }
    Ok(built)
}

/// What crates are built with.
pub(super) struct Building<'a> {
    /// The Python that they are for.
    pub(super) python: &'a Interpreter,
    /// The folder of the project.
    pub(super) home: &'a Path,
    pub(super) offline: bool,
}

impl Building<'_> {
    /// Builds one of them, into its folder of modules.
    ///
    /// # Errors
    /// Why it isn't built.
    pub(super) fn build(&self, context: &Context<'_>, one: &Crate) -> Result<(), NotBuilt> {
        if in_path("cargo").is_none() {
            return Err(NotBuilt::NoTool(
                "there is no cargo in PATH, which builds crates; install Rust as https://rustup.rs says. All but building works without it"
                    .to_owned(),
            ));
        }
        let (maturin, prefix) = self.maturin(context)?;
        context.tell(Notice::Step(format!("building {}", one.package)));
        let target = own_folder(self.home).map(|folder| folder.join("target"));
        let target = target.map_err(|error| NotBuilt::NoTool(error.to_string()))?;
        let mut variables =
            Variables::default().set("VIRTUAL_ENV", &prefix).remove("PYTHONHOME").remove("CONDA_PREFIX");
        variables = variables.set("CARGO_TERM_COLOR", "never");
        if env::var_os("CARGO_TARGET_DIR").is_none() {
            // Crates of a project share what they depend on.
            variables = variables.set("CARGO_TARGET_DIR", target);
        }
        if self.offline {
            variables = variables.set("CARGO_NET_OFFLINE", "true");
        }
        let mut command = Command::new(maturin);
        command.args(["develop", "--release", "--skip-install", "--manifest-path", "Cargo.toml"]);
        command.current_dir(&one.folder);
        variables.apply(&mut command);
        let limits = RunLimits { timeout: None, cancel: Some(&context.cancel) };
        let mut lines = Vec::new();
        let finished = run(command, &limits, &mut |line| {
            context.tell(Notice::Detail(line.trim().to_owned()));
            lines.push(line.to_owned());
        });
        let finished = finished.map_err(|error| NotBuilt::NoTool(format!("maturin can't be started: {error}")))?;
        match finished.ending {
            Ending::Cancelled => Err(NotBuilt::Interrupted),
            _ if finished.success() => Ok(()),
            _ => Err(NotBuilt::Failed { package: one.package.clone(), output: said(&lines) }),
        }
    }

    /// maturin, and the environment that it's in, which is one of the Python that is meant.
    fn maturin(&self, context: &Context<'_>) -> Result<(PathBuf, PathBuf), NotBuilt> {
        let provided = self.provide(context);
        match provided {
            Ok(environment) => Ok((environment.prefix.join("bin/maturin"), environment.prefix)),
            Err(PythonError::Interrupted) => Err(NotBuilt::Interrupted),
            // The user's own does, in an environment of the user's.
            Err(error) => match in_path("maturin") {
                Some(maturin) if self.python.is_virtual() => Ok((maturin, self.python.prefix.clone())),
                _ => Err(NotBuilt::NoTool(format!(
                    "maturin, which builds crates for Python, can't be provided: {error}. All but building works without it"
                ))),
            },
        }
    }

    fn provide(&self, context: &Context<'_>) -> Result<Interpreter, PythonError> {
        let cache = cache_directory()?;
        let requirements = cache.join("builders").join("maturin.txt");
        if std::fs::read_to_string(&requirements).ok().as_deref() != Some(MATURIN) {
            let folder = cache.join("builders");
            let write = || {
                std::fs::create_dir_all(&folder)?;
                crate::store::write_whole(&requirements, MATURIN.as_bytes())
            };
            write().map_err(|source| PythonError::Cache { folder: folder.clone(), source })?;
        }
        let request = python::Request {
            // Not a choice of the user's: what that environment has doesn't count.
            selection: Selection { interpreter: self.python.clone(), origin: python::Origin::Own },
            requirements: Some(requirements),
            offline: self.offline,
            cache,
            cancel: &context.cancel,
        };
        python::environment(&request, &mut |progress| context.tell(Notice::Environment(&progress)))
    }
}

/// What the compiler says of the first mistakes, each line indented on a line of its own; of other failures the last lines.
fn said(lines: &[String]) -> String {
    const MOST: usize = 40;
    const LAST: usize = 20;
    let is_end = |line: &String| line.contains("maturin failed") || line.starts_with("error: could not compile");
    let end = lines.iter().position(is_end).unwrap_or(lines.len());
    let start = lines[..end].iter().position(|line| line.starts_with("error"));
    let shown = match start {
        Some(start) => &lines[start..end.min(start + MOST)],
        None => &lines[lines.len().saturating_sub(LAST)..],
    };
    shown.iter().map(|line| format!("\n    {line}")).collect()
}

/// The file of a command.
pub(super) fn in_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        said(&text.lines().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn the_first_mistakes_are_shown_and_what_maturin_adds_is_not() {
        let text = "   Compiling a\nwarning: unused\nerror[E0308]: mismatched types\n --> src/lib.rs:28:5\nerror: could not compile `a`\nmaturin failed";
        assert_eq!(of(text), "\n    error[E0308]: mismatched types\n     --> src/lib.rs:28:5");
    }

    #[test]
    fn of_other_failures_the_last_lines_are_shown() {
        assert_eq!(
            of("one\nmaturin failed\n  Caused by: no network"),
            "\n    one\n    maturin failed\n      Caused by: no network"
        );
    }
}
