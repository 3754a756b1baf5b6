//! Extension modules that the caller's checkout has and a side of a gate hasn't: git ignores them, and nothing has built them there.
//!
//! Code that needs one fails, and says why. Code that does without, as by `except ImportError`, would be measured in silence.

use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::ownership::Ownership;
use crate::revision::Repository;

/// Folders of build tools, whose files nothing imports from there.
const OF_TOOLS: [&str; 5] = ["build", "dist", "node_modules", "site-packages", "target"];

/// A warning for those that a side lacks; none where git can't list what it ignores.
pub(super) fn warnings(repository: &Repository, ownership: &Ownership) -> Option<String> {
    let ignored = repository.ignored("*.so").unwrap_or_default();
    let is_importable = |file: &&Path| {
        let is_of_tools = |part: Component<'_>| OF_TOOLS.iter().any(|folder| part.as_os_str() == *folder);
        let path = ownership.checkout.join(file);
        module(file).is_some()
            && !file.components().any(is_of_tools)
            && !ownership.apart.iter().any(|folder| path.starts_with(folder))
            && !path.ancestors().any(|folder| folder.join("pyvenv.cfg").is_file())
    };
    let is_lacking = |file: &&Path| (0..2).any(|side| !has(ownership, side, file));
    let mut lacking = ignored.iter().map(AsRef::as_ref).filter(is_importable).filter(is_lacking);
    let first: &Path = lacking.next()?;
    let more = match lacking.count() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "{}{more}: git ignores this extension module, so a side has it only if `build` makes it, which it doesn't; what does without \
         it, as by `except ImportError`, was measured without it. Let `build` make it, as `build = [\"pip\", \"install\", \
         \"--no-deps\", \".\"]` does",
        first.display()
    ))
}

/// The name of the module that a file holds: `hot` of `hot.cpython-311-x86_64-linux-gnu.so`; `None` for libraries of other kinds.
fn module(file: &Path) -> Option<&str> {
    let name = file.file_name()?.to_str()?.split('.').next()?;
    let is_name = !name.is_empty() && name.chars().all(|character| character == '_' || character.is_alphanumeric());
    (is_name && !name.starts_with("lib")).then_some(name)
}

/// Whether a side has an extension module of that name, where the checkout has it or where a package is installed.
fn has(ownership: &Ownership, side: usize, file: &Path) -> bool {
    let folder = file.parent().unwrap_or(Path::new(""));
    let installed = subfolders(&ownership.sides[side]).filter(|folder| folder.join("pyvenv.cfg").is_file());
    let libraries = installed.flat_map(|environment| subfolders(&environment.join("lib")).collect::<Vec<_>>());
    // Of `src/pk` a package is `pk`, or `src.pk`.
    let parts: Vec<&OsStr> = folder.components().map(|part| part.as_os_str()).collect();
    let packages = (0..=parts.len()).map(|first| parts[first..].iter().collect::<PathBuf>());
    let packages: Vec<_> = packages.collect();
    let places = libraries.flat_map(|library| {
        packages.iter().map(move |one| library.join("site-packages").join(one)).collect::<Vec<_>>()
    });
    let is_it = |entry: &fs::DirEntry| {
        let path = entry.path();
        path.extension() == Some(OsStr::new("so")) && module(&path) == module(file)
    };
    let mut places = std::iter::once(ownership.trees[side].join(folder)).chain(places);
    places.any(|place| fs::read_dir(place).into_iter().flatten().flatten().any(|entry| is_it(&entry)))
}

fn subfolders(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).filter(|path| path.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_python_could_import_is_a_module() {
        for (file, name) in [
            ("hot.cpython-311-x86_64-linux-gnu.so", Some("hot")),
            ("src/pk/_hot.abi3.so", Some("_hot")),
            ("hot.so", Some("hot")),
            ("libhot.so", None),
            ("a-b.so", None),
        ] {
            assert_eq!(module(Path::new(file)), name, "{file}");
        }
    }
}
