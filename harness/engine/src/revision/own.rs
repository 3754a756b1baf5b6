//! rustworthy's own repository: there the built-in workloads are part of the program, and it is the program of a
//! revision that has to be built.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::cache;
use super::error::RevisionError;
use super::git;
use super::worktree::Worktree;
use crate::process::Variables;
use crate::workers::{Build, BuildError};

/// Longest `Cargo.toml` that is read, in bytes.
const LARGEST: u64 = 1 << 20;

const PACKAGE: &str = "rustworthy";

/// Variables that cargo sets for what it runs, or that would put the program elsewhere; names ending with `_` are
/// prefixes. Those that users set stay: `CARGO_HOME`, `CARGO_NET_OFFLINE`, `RUSTFLAGS`, those of rustup.
const OF_CARGO: [&str; 14] = [
    "CARGO",
    "CARGO_BIN_",
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_CRATE_NAME",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_MAKEFLAGS",
    "CARGO_MANIFEST_",
    "CARGO_PKG_",
    "CARGO_PRIMARY_PACKAGE",
    "CARGO_TARGET_TMPDIR",
    "MAKEFLAGS",
    "NUM_JOBS",
    "OUT_DIR",
];

/// Whether the top level of a repository is that of rustworthy itself.
pub fn is_own(top: &Path) -> bool {
    #[derive(Deserialize)]
    struct Workspace {
        #[serde(rename = "workspace")]
        _workspace: toml::Table,
    }
    #[derive(Deserialize)]
    struct Member {
        package: Package,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
    }
    let workspace = read(&top.join("Cargo.toml")).and_then(|text| toml::from_str::<Workspace>(&text).ok());
    let member = read(&top.join("harness/cli/Cargo.toml")).and_then(|text| toml::from_str::<Member>(&text).ok());
    let is_ours = member.is_some_and(|member| member.package.name == PACKAGE);
    workspace.is_some() && is_ours && top.join("python_baselines/rustworthy.toml").is_file()
}

/// The text of a file, unless it's no text or too long to be what it's taken for.
fn read(path: &Path) -> Option<String> {
    let mut text = String::new();
    let read = File::open(path).ok()?.take(LARGEST + 1).read_to_string(&mut text).ok()?;
    (read as u64 <= LARGEST).then_some(text)
}

/// How rustworthy's own program is built as it was at a revision.
#[derive(Debug)]
pub struct OwnBuild<'a> {
    /// A checkout of the revision.
    pub worktree: &'a Worktree,
    /// The running program, which guards the build.
    pub program: &'a Path,
    /// The executable of the Python that it was built with; `PYO3_PYTHON` goes before it.
    pub built_with: &'a Path,
    /// Whether it was built for release.
    pub release: bool,
    /// Whether cargo must not use the network.
    pub offline: bool,
}

impl OwnBuild<'_> {
    /// Builds it as the running program was built, with the same profile and the same Python, and returns the program.
    ///
    /// The crates that it depends on are kept in `.rustworthy/target` between runs. The program is a copy that goes with
    /// the worktree, so that another run may build another revision meanwhile.
    ///
    /// # Errors
    /// When it doesn't build, or can't be copied.
    pub fn run(&self) -> Result<PathBuf, RevisionError> {
        let cancel = self.worktree.git().cancel();
        let target = self.worktree.base().join("target");
        let _lock = cache::lock(&target, cancel)?;
        cache::renew(self.worktree.path())?;
        let build = Build {
            program: self.program,
            command: &self.command(),
            folder: self.worktree.path(),
            variables: variables(std::env::vars_os().map(|(name, _)| name), &target, self.built_with),
        };
        let revision = || self.worktree.commit().revision.clone();
        build.run(cancel).map_err(|source| match source {
            BuildError::Interrupted => RevisionError::Interrupted,
            source => RevisionError::NotBuilt { revision: revision(), source },
        })?;
        let program = target.join(if self.release { "release" } else { "debug" }).join(PACKAGE);
        if !program.is_file() {
            return Err(RevisionError::NoProgram { revision: revision(), program });
        }
        let copy = self.worktree.companion("program")?.join(PACKAGE);
        match fs::copy(&program, &copy) {
            Ok(_) => Ok(copy),
            Err(source) => Err(RevisionError::Unwritable { path: copy, source }),
        }
    }

    fn command(&self) -> Vec<String> {
        let mut command = vec!["cargo", "build", "--locked", "--color", "never", "-p", PACKAGE];
        command.extend(self.release.then_some("--release"));
        command.extend(self.offline.then_some("--offline"));
        command.into_iter().map(str::to_owned).collect()
    }
}

/// The environment of the build, where variables of these names are set.
fn variables(names: impl Iterator<Item = OsString>, target: &Path, built_with: &Path) -> Variables {
    let is_cargos = |name: &str| {
        OF_CARGO.iter().any(|of_cargo| name == *of_cargo || (of_cargo.ends_with('_') && name.starts_with(of_cargo)))
    };
    let python = std::env::var_os("PYO3_PYTHON").unwrap_or_else(|| built_with.into());
    names
        .filter(|name| name.to_str().is_some_and(is_cargos))
        .fold(git::unbound(), Variables::remove)
        .set("CARGO_TARGET_DIR", target)
        .set("PYO3_PYTHON", python)
}
