//! Crates that are there: which of them is meant, and what they stand for.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use serde::Deserialize;

use super::names::{BODY_BEGINS, BODY_ENDS, CRATES};
use crate::manifest::hint;

/// A crate that `new` has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Crate {
    pub(super) folder: PathBuf,
    /// Its name.
    pub(super) package: String,
    /// The module that Python imports.
    pub(super) module: String,
    /// The function that it stands for.
    pub(super) function: String,
    /// The name of that within the crate's module.
    pub(super) name: String,
    /// Recorded calls.
    pub(super) capture: Option<String>,
    /// Whether it's a coroutine function.
    pub(super) is_async: bool,
}

impl Crate {
    /// The folder that Python finds the module in.
    pub(super) fn python_folder(&self) -> PathBuf {
        self.folder.join("python")
    }

    /// Whether the body is as `new` has written it: then a call of the crate is one of the function in Python.
    pub(super) fn is_unwritten(&self) -> bool {
        let text = fs::read_to_string(self.folder.join("src/lib.rs")).unwrap_or_default();
        let body = text.split_once(BODY_BEGINS).and_then(|(_, rest)| rest.split_once(BODY_ENDS)).map(|(body, _)| body);
        let lines = body.into_iter().flat_map(str::lines).map(str::trim);
        let code: Vec<&str> =
            lines.filter(|line| !line.is_empty() && !line.starts_with("//") && !line.starts_with("let _ =")).collect();
        matches!(code[..], [line] if line.ends_with(".original()"))
    }
}

#[derive(Deserialize)]
struct Manifest {
    package: Package,
    lib: Option<Library>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    rustworthy: Option<Ours>,
}

#[derive(Deserialize)]
struct Ours {
    function: String,
    name: String,
    capture: Option<String>,
    #[serde(default, rename = "async")]
    is_async: bool,
}

#[derive(Deserialize)]
struct Library {
    name: String,
}

/// The crate in a folder; `None` where that holds none of ours.
///
/// # Errors
/// When its manifest can't be read.
pub(super) fn read(folder: &Path) -> Result<Option<Crate>> {
    let file = folder.join("Cargo.toml");
    if !file.is_file() {
        return Ok(None);
    }
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let manifest: Manifest = toml::from_str(&text).map_err(|error| anyhow!("{}: {error}", file.display()))?;
    let Package { name: package, metadata } = manifest.package;
    let Some(Ours { function, name, capture, is_async }) = metadata.and_then(|metadata| metadata.rustworthy) else {
        return Ok(None);
    };
    let module = manifest.lib.map_or_else(|| package.replace('-', "_"), |lib| lib.name);
    Ok(Some(Crate { folder: folder.to_owned(), package, module, function, name, capture, is_async }))
}

/// All crates of a project, in the order of their names.
///
/// # Errors
/// When one can't be read.
pub(super) fn all(home: &Path) -> Result<Vec<Crate>> {
    let entries = fs::read_dir(home.join(CRATES)).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut folders: Vec<PathBuf> = entries.filter(|folder| folder.is_dir() && !is_hidden(folder)).collect();
    folders.sort();
    folders.iter().filter_map(|folder| read(folder).transpose()).collect()
}

fn is_hidden(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

/// The crate of a name or in a folder; without either the one that the working directory is in, or the only one of the project.
///
/// # Errors
/// When there is none, or several could be meant.
pub(super) fn find(home: &Path, named: Option<&str>) -> Result<Crate> {
    if let Some(named) = named {
        for folder in [PathBuf::from(named), home.join(named)] {
            let folder = std::path::absolute(folder)?;
            if let Some(found) = read(&folder)? {
                return Ok(found);
            }
        }
        let all = all(home)?;
        let fits =
            |one: &&Crate| one.package == named || one.module == named || one.function == named || one.name == named;
        return match all.iter().filter(fits).collect::<Vec<_>>()[..] {
            [one] => Ok(one.clone()),
            [] => {
                let meant = hint(named, all.iter().map(|one| one.package.as_str()));
                bail!("there is no crate '{named}'{meant}; {}", known(&all, home))
            }
            _ => bail!("'{named}' may mean several crates; name one of them: {}", packages(&all)),
        };
    }
    let here = std::env::current_dir()?;
    for folder in here.ancestors() {
        if let Some(found) = read(folder).ok().flatten() {
            return Ok(found);
        }
    }
    let all = all(home)?;
    match &all[..] {
        [one] => Ok(one.clone()),
        [] => bail!("{}", known(&all, home)),
        _ => bail!("there are several crates; name one of them: {}", packages(&all)),
    }
}

fn packages(all: &[Crate]) -> String {
    all.iter().map(|one| one.package.as_str()).collect::<Vec<_>>().join(", ")
}

fn known(all: &[Crate], home: &Path) -> String {
    if all.is_empty() {
        format!(
            "{} holds no crate that `rustworthy new` has made; make one: rustworthy new MODULE:FUNCTION",
            home.join(CRATES).display()
        )
    } else {
        format!("there are {}", packages(all))
    }
}
