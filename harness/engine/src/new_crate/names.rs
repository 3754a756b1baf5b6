//! Names of a crate, of its module, and of its workload; and the ways from its folder to others.

use std::path::{Component, Path, PathBuf};

use anyhow::{Result, bail};

use crate::capture::is_name;
use crate::manifest::{Project, Target};

/// The folder below the project's in which crates are made.
pub(super) const CRATES: &str = "rust";

/// Stands before the lines that the user writes.
pub(super) const BODY_BEGINS: &str = "// rustworthy: begin body";

/// Stands after them.
pub(super) const BODY_ENDS: &str = "// rustworthy: end body";

/// What a crate and its parts are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Names {
    /// The crate, `slug-rust`.
    pub(crate) package: String,
    /// The module that Python imports, `slug_rust`.
    pub(crate) module: String,
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// The same as a reader in the project's folder knows it.
    pub(crate) shown: String,
    /// The way from the crate's folder to the project's.
    pub(crate) home: String,
    /// The ways from the crate's folder to the project's folders of modules.
    pub(crate) search_path: Vec<String>,
}

/// Words that cargo takes for no package's name.
const NOT_PACKAGES: [&str; 13] = [
    "core",
    "std",
    "alloc",
    "proc-macro",
    "test",
    "self",
    "super",
    "crate",
    "deps",
    "build",
    "examples",
    "incremental",
    "native",
];

/// What a crate is called where nobody says otherwise: after the function.
pub(super) fn default_name(target: &Target) -> String {
    let path = target.callable.replace(".__wrapped__", "");
    let words = path.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
    let name = if name.starts_with(|first: char| first.is_ascii_digit()) || name.is_empty() {
        format!("f{name}")
    } else {
        name
    };
    format!("{name}-rust")
}

/// Sees that a crate can be called so.
///
/// # Errors
/// What is wrong with the name, and what would be right.
pub(super) fn check(name: &str) -> Result<()> {
    let is_fit = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_')
        && !name.ends_with(['-', '_'])
        && name.len() <= 64;
    if !is_fit {
        bail!(
            "--name {name}: a crate's name begins with a-z and consists of a-z, 0-9, - and _, 64 at most; such as slug-rust"
        );
    }
    if NOT_PACKAGES.contains(&name.replace('_', "-").as_str()) {
        bail!("--name {name}: cargo keeps that name to itself; take another, such as {name}-rust");
    }
    Ok(())
}

impl Names {
    /// The names of a crate in a folder of a project.
    pub(super) fn new(package: &str, folder: PathBuf, project: &Project, home: &Path) -> Self {
        let way = |to: &Path| way(&folder, to);
        Self {
            package: package.to_owned(),
            module: package.replace('-', "_"),
            shown: shown(&folder, home),
            home: way(home),
            search_path: project.python_path.iter().map(|folder| way(folder)).collect(),
            folder,
        }
    }
}

/// A name that a workload can have.
pub(super) fn workload_name(package: &str) -> String {
    let name = package.trim_end_matches("-rust").trim_end_matches("_rust").replace('_', "-");
    if is_name(&name) && name != "all" { name } else { package.replace('_', "-") }
}

/// The way from one folder to another, as both are absolute; the other itself where they have nothing in common.
fn way(from: &Path, to: &Path) -> String {
    let (from, to): (Vec<Component<'_>>, Vec<Component<'_>>) = (from.components().collect(), to.components().collect());
    let common = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    if common <= 1 {
        return to.iter().collect::<PathBuf>().display().to_string();
    }
    let up = std::iter::repeat_n("..".to_owned(), from.len() - common);
    let down = to[common..].iter().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let parts: Vec<String> = up.chain(down).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

/// A folder as a reader in the project's knows it.
pub(super) fn shown(folder: &Path, home: &Path) -> String {
    way(home, folder)
}

/// What to record for a function: what something else wraps is called through that.
pub(super) fn capture_target(function: &str) -> &str {
    function.trim_end_matches(".__wrapped__")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Location;

    #[test]
    fn a_crate_is_named_after_its_function() {
        let named = |text: &str| default_name(&Target::parse(text, Location::default()).unwrap());
        assert_eq!(named("lib:slug"), "slug-rust");
        assert_eq!(named("shop.cart:Cart._total"), "cart-total-rust");
        assert_eq!(named("lib:cached.__wrapped__"), "cached-rust");
        assert_eq!(named("lib:_1"), "f1-rust");
    }

    #[test]
    fn names_that_cannot_be_are_refused_with_a_remedy() {
        for name in ["Slug", "1a", "a b", "", "a-", "größe", &"a".repeat(65)] {
            assert!(check(name).unwrap_err().to_string().contains("such as slug-rust"), "{name}");
        }
        assert!(check("std").unwrap_err().to_string().contains("std-rust"));
        check("slug_2-rs").unwrap();
    }

    #[test]
    fn ways_between_folders_are_relative_where_they_can_be() {
        assert_eq!(way(Path::new("/home/a/rust/x"), Path::new("/home/a")), "../..");
        assert_eq!(way(Path::new("/home/a/rust/x"), Path::new("/home/a/src")), "../../src");
        assert_eq!(way(Path::new("/home/a"), Path::new("/home/a")), ".");
        assert_eq!(way(Path::new("/tmp/x"), Path::new("/home/a")), "/home/a");
    }
}
