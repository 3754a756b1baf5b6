//! The facts about this program that the engine needs.

use std::sync::LazyLock;

use anyhow::{Context as _, Result};
use rustworthy_engine::host::{BuiltIn, Host};
use rustworthy_engine::python::Embedded;
use rustworthy_model::environment::Rustworthy;
use rustworthy_worker::libpython;

/// This program.
pub(crate) fn host() -> Result<Host> {
    let embedded = Embedded::new(&libpython::version(), libpython::file(), libpython::built_with())?;
    Ok(Host {
        identity: identity(),
        is_debug_build: cfg!(debug_assertions) || matches!(env!("RUSTWORTHY_OPT_LEVEL"), "0" | "1"),
        is_release: env!("RUSTWORTHY_PROFILE") == "release",
        built_in: built_in(),
        ..Host::new(embedded).context("can't find this program's own file")?
    })
}

/// Version, commit, build profile, and the Python that is embedded: what a report of a fault has to tell.
pub(crate) static VERSION: LazyLock<String> = LazyLock::new(|| {
    let Rustworthy { version, commit, profile } = identity();
    let commit = commit.map(|commit| format!("{commit}, ")).unwrap_or_default();
    let python = libpython::version();
    let python = python.split_whitespace().next().unwrap_or_default();
    format!("{version} ({commit}{profile}; embeds Python {python})")
});

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
