//! What the sections of a manifest have in common: the project around them, and keys that several of them have.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::project::Limits;
use super::quantity::{parse_duration, parse_memory, quoted};
use super::section::Section;
use super::value::{Value, all};

/// Who wrote a manifest.
#[derive(Debug, Clone, Copy)]
pub enum Origin<'k> {
    /// A user.
    User,
    /// It ships with this program, and its contenders may be kernels.
    BuiltIn {
        /// Names of the kernels there are.
        kernels: &'k [&'k str],
    },
}

/// What a section has to know beyond itself.
pub(super) struct SectionContext<'a> {
    /// The manifest's folder.
    pub(super) folder: &'a Path,
    /// The project's limits.
    pub(super) limits: Limits,
    /// The project's requirements file.
    pub(super) requirements: Option<&'a Path>,
    /// Who wrote the manifest.
    pub(super) origin: Origin<'a>,
}

/// `timeout` and `memory` of a section, or what holds without them.
pub(super) fn limits(section: &Section<'_>, otherwise: Limits) -> Limits {
    let timeout: Option<Duration> = section.take("timeout").and_then(|value| value.parsed(parse_duration));
    let memory = section.take("memory").and_then(|value| value.parsed(parse_memory));
    Limits { timeout: timeout.unwrap_or(otherwise.timeout), memory: memory.unwrap_or(otherwise.memory) }
}

/// `requirements` of a section.
pub(super) fn requirements(section: &Section<'_>, folder: &Path) -> Option<PathBuf> {
    let value = section.take("requirements")?;
    let name = value.string()?;
    let path = below(folder, name);
    if !path.is_file() {
        value.error(format!("there is no file {} in {}; create it or remove the key", quoted(name), folder.display()));
    }
    Some(path)
}

/// A command line: a program and its arguments.
pub(super) fn command(value: &Value<'_>) -> Option<Vec<String>> {
    let words = value.elements()?;
    if let Some(program) = words.first()
        && program.as_str().is_some_and(|name| name.trim().is_empty())
    {
        program.error("is empty; expected the name of a program");
    }
    all(words.iter().map(|word| word.parsed(without_nul)))
}

/// A string that can be handed to the operating system.
pub(super) fn without_nul(text: &str) -> Result<String, String> {
    if text.contains('\0') {
        Err(format!("{} has a NUL character; remove it", quoted(text)))
    } else {
        Ok(text.to_owned())
    }
}

/// `folder/name` without the dots that mean nothing.
pub(super) fn below(folder: &Path, name: &str) -> PathBuf {
    folder.join(name).components().collect()
}
