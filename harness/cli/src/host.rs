//! The facts about this program that the engine needs.

use std::sync::LazyLock;

use anyhow::{Context as _, Result};
use rustworthy_engine::host::{BuiltIn, Host};
use rustworthy_model::environment::Rustworthy;

/// This program.
pub(crate) fn host() -> Result<Host> {
    Ok(Host {
        identity: identity(),
        is_debug_build: cfg!(debug_assertions) || matches!(env!("RUSTWORTHY_OPT_LEVEL"), "0" | "1"),
        is_release: env!("RUSTWORTHY_PROFILE") == "release",
        built_in: built_in(),
        ..Host::new(embedding::embedded()?).context("can't find this program's own file")?
    })
}

/// Version, commit, build profile, and the Python that is embedded: what a report of a fault has to tell.
pub(crate) static VERSION: LazyLock<String> = LazyLock::new(|| {
    let Rustworthy { version, commit, profile } = identity();
    let commit = commit.map(|commit| format!("{commit}, ")).unwrap_or_default();
    format!("{version} ({commit}{profile}; embeds {})", embedding::name())
});

pub(crate) use embedding::serve;

/// What workers embed that are this program.
#[cfg(feature = "embedded")]
mod embedding {
    use rustworthy_engine::python::{Embedded, PythonError};
    use rustworthy_worker::libpython;
    pub(crate) use rustworthy_worker::main as serve;

    pub(super) fn embedded() -> Result<Option<Embedded>, PythonError> {
        Embedded::new(&libpython::version(), libpython::file(), libpython::built_with()).map(Some)
    }

    /// As the program's version names it.
    pub(super) fn name() -> String {
        format!("Python {}", libpython::version().split_whitespace().next().unwrap_or_default())
    }
}

/// Stands in where workers are files that Pythons load.
#[cfg(not(feature = "embedded"))]
mod embedding {
    use std::io;
    use std::os::unix::net::UnixStream;

    use rustworthy_engine::python::{Embedded, PythonError};

    pub(super) fn embedded() -> Result<Option<Embedded>, PythonError> {
        Ok(None)
    }

    pub(super) fn name() -> String {
        "no Python".to_owned()
    }

    /// No worker that embeds Python is ever asked for, where there can be none.
    pub(crate) fn serve(_: UnixStream) -> io::Result<i32> {
        Err(io::Error::other("this rustworthy embeds no Python"))
    }
}

/// Version, commit and build profile.
fn identity() -> Rustworthy {
    let commit = env!("RUSTWORTHY_COMMIT");
    Rustworthy {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: (!commit.is_empty()).then(|| commit.to_owned()),
        profile: format!("{} (opt-level {})", profile(), env!("RUSTWORTHY_OPT_LEVEL")),
    }
}

/// Cargo's name of the profile; build scripts are told `debug` for what users call `dev`.
fn profile() -> &'static str {
    match env!("RUSTWORTHY_PROFILE") {
        "debug" => "dev",
        other => other,
    }
}

#[cfg(feature = "builtin")]
fn built_in() -> Option<BuiltIn> {
    Some(crate::builtin::project())
}

#[cfg(not(feature = "builtin"))]
fn built_in() -> Option<BuiltIn> {
    None
}
