//! Whether each side of a gate has run its own code: a pure rule on the modules that were loaded, and a look at the files that were
//! read.
//!
//! Both sides may well share packages. But a side that has loaded a file of the caller's checkout, or of the other side's
//! worktree, hasn't run the code that it stands for; nor have two sides that loaded one copy of the project from the
//! environment. What they took says nothing of a change then, whatever it is.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rustworthy_protocol::LoadedModule;

use super::event::Side;

/// Where the code of a project is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ownership {
    /// The top level of the caller's checkout. All paths are without links.
    pub checkout: PathBuf,
    /// Folders in it that hold none of the project's code: the environment, and those of runs.
    pub apart: Vec<PathBuf>,
    /// The folders of the old and the new side, with their environments.
    pub sides: [PathBuf; 2],
    /// Their worktrees, which stand for the checkout.
    pub trees: [PathBuf; 2],
    /// Names of the project's modules, without those in packages.
    pub modules: BTreeSet<String>,
}

impl Ownership {
    /// What is wrong with the modules that the old and the new side have loaded, and what to do about it.
    pub fn breach(&self, loaded: [&[LoadedModule]; 2]) -> Option<String> {
        Side::BOTH.iter().find_map(|&side| self.foreign(side, loaded[side as usize])).or_else(|| self.shared(loaded))
    }

    /// What a side has read in the caller's checkout though its own worktree says something else there, as by a path that is spelt
    /// out; what both would have read alike hides nothing.
    pub fn misreading(&self, reads: &[Vec<PathBuf>; 2]) -> Option<String> {
        let is_misread = |side: Side, file: &Path| {
            let within = file.strip_prefix(&self.checkout).ok()?;
            let is_apart = || self.sides.iter().chain(&self.apart).any(|folder| file.starts_with(folder));
            let in_trees = || self.trees.each_ref().map(|tree| tree.join(within));
            let [old, new] = in_trees();
            let own = in_trees().into_iter().nth(side as usize)?;
            let is_kept = || old.is_file() || new.is_file();
            (!is_apart() && is_kept() && fs::read(own).ok() != fs::read(file).ok()).then_some(())
        };
        let files = |side: Side| reads[side as usize].iter().map(|file| source_of(file)).map(move |file| (side, file));
        let mut all = Side::BOTH.into_iter().flat_map(files);
        let (side, file) = all.find(|(side, file)| is_misread(*side, file).is_some())?;
        Some(format!(
            "the {} side has read {}, which is in the caller's checkout and isn't what its own revision has there. Find the file by \
             `__file__`, or relative to the folder of the manifest",
            word(side),
            file.display()
        ))
    }

    /// A file that is the caller's or the other side's.
    fn foreign(&self, side: Side, loaded: &[LoadedModule]) -> Option<String> {
        let other = match side {
            Side::Old => Side::New,
            Side::New => Side::Old,
        };
        let name = word(side);
        let whose = |file: &Path| {
            if file.starts_with(&self.sides[other as usize]) {
                Some(format!("the worktree of the {} side", word(other)))
            } else if file.starts_with(&self.sides[side as usize]) || self.apart.iter().any(|one| file.starts_with(one))
            {
                None
            } else {
                file.starts_with(&self.checkout).then(|| "the caller's checkout".to_owned())
            }
        };
        let (module, whose) = loaded.iter().find_map(|module| Some((module, whose(&module.file)?)))?;
        Some(format!(
            "the {name} side has loaded {} from {}, which is in {whose}: its own code wasn't run. Name the folder in \
             `python-path`, relative to the manifest, or let `build` install the package",
            module.name,
            module.file.display()
        ))
    }

    /// A file of the project's that both have loaded.
    fn shared(&self, [old, new]: [&[LoadedModule]; 2]) -> Option<String> {
        let is_own = |module: &&LoadedModule| {
            let top = module.name.split('.').next().unwrap_or_default();
            self.modules.contains(top) && !self.sides.iter().any(|side| module.file.starts_with(side))
        };
        let shared = new.iter().filter(is_own).find(|module| old.contains(module))?;
        Some(format!(
            "both sides have loaded {} from {}, which was installed before: neither side's own code was run. Let `build` \
             install the package, as `build = [\"pip\", \"install\", \"--no-deps\", \".\"]` does, or name its folder in \
             `python-path`",
            shared.name,
            shared.file.display()
        ))
    }
}

/// The source of a module of which the compiled file was read; any other file as it is.
fn source_of(file: &Path) -> PathBuf {
    let compiled = || {
        let folder = file.parent().filter(|folder| folder.ends_with("__pycache__"))?.parent()?;
        let name = file.file_name()?.to_str()?.strip_suffix(".pyc")?;
        Some(folder.join(format!("{}.py", name.split('.').next()?)))
    };
    compiled().unwrap_or_else(|| file.to_owned())
}

/// The names of modules and packages that lie in a folder.
pub(super) fn modules_in(folder: &Path) -> impl Iterator<Item = String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let (path, name) = (entry.path(), entry.file_name().into_string().ok()?);
        let module = match path.extension().and_then(|extension| extension.to_str()) {
            Some("py" | "so") => name.split('.').next()?.to_owned(),
            _ if path.join("__init__.py").is_file() => name,
            _ => return None,
        };
        Some(module)
    })
}

fn word(side: Side) -> &'static str {
    match side {
        Side::Old => "old",
        Side::New => "new",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(name: &str, file: &str) -> LoadedModule {
        LoadedModule { name: name.to_owned(), file: file.into() }
    }

    fn breach(old: &[(&str, &str)], new: &[(&str, &str)]) -> Option<String> {
        let ownership = Ownership {
            checkout: "/repo".into(),
            apart: vec!["/repo/.venv".into(), "/repo/.rustworthy".into()],
            sides: ["/repo/.rustworthy/worktrees/a-00".into(), "/repo/.rustworthy/worktrees/b-00".into()],
            trees: ["/repo/.rustworthy/worktrees/a-00/tree".into(), "/repo/.rustworthy/worktrees/b-00/tree".into()],
            modules: ["acme".to_owned()].into(),
        };
        let [old, new] = [old, new].map(|side| side.iter().map(|(name, file)| module(name, file)).collect::<Vec<_>>());
        ownership.breach([&old, &new])
    }

    const OLD: (&str, &str) = ("acme.hot", "/repo/.rustworthy/worktrees/a-00/tree/acme/hot.py");
    const NEW: (&str, &str) = ("acme.hot", "/repo/.rustworthy/worktrees/b-00/tree/acme/hot.py");

    #[test]
    fn sides_that_run_their_own_code_may_share_everything_else() {
        let shared = [("json", "/usr/lib/python3.11/json/__init__.py"), ("numpy", "/repo/.venv/lib/numpy/__init__.py")];
        assert_eq!(breach(&[shared[0], shared[1], OLD], &[shared[0], shared[1], NEW]), None);
        let built =
            ["a", "b"].map(|side| format!("/repo/.rustworthy/worktrees/{side}-00/environment-0/lib/acme/hot.so"));
        assert_eq!(breach(&[("acme.hot", &built[0])], &[("acme.hot", &built[1])]), None);
    }

    #[test]
    fn a_file_of_the_checkout_or_of_the_other_side_is_a_breach() {
        let checkout = ("acme.hot", "/repo/src/acme/hot.py");
        let said = breach(&[OLD], &[checkout]).unwrap();
        assert!(said.starts_with("the new side has loaded acme.hot from /repo/src/acme/hot.py"), "{said}");
        let said = breach(&[checkout], &[checkout]).unwrap();
        assert!(said.starts_with("the old side has loaded") && said.contains("python-path"), "{said}");
        let said = breach(&[OLD], &[OLD]).unwrap();
        assert!(said.contains("the worktree of the old side"), "{said}");
        assert_eq!(breach(&[OLD], &[("other", "/repo2/src/other.py"), NEW]), None);
    }

    #[test]
    fn one_installed_copy_of_the_project_is_a_breach_and_a_package_of_others_is_not() {
        let copy = ("acme.hot", "/repo/.venv/lib/python3.11/site-packages/acme/hot.py");
        let said = breach(&[copy], &[copy]).unwrap();
        assert!(said.starts_with("both sides have loaded acme.hot") && said.contains("`build`"), "{said}");
        let other = ("acme2", "/repo/.venv/lib/python3.11/site-packages/acme2.py");
        assert_eq!(breach(&[other], &[other]), None);
        assert_eq!(breach(&[copy], &[NEW]), None);
    }

    #[test]
    fn only_a_file_of_the_checkout_that_the_side_has_otherwise_is_misread() {
        let folder = tempfile::tempdir().unwrap();
        let checkout = folder.path().canonicalize().unwrap();
        let sides = ["a-00", "b-00"].map(|side| checkout.join(".rustworthy/worktrees").join(side));
        let trees = sides.each_ref().map(|side| side.join("tree"));
        let write = |file: &Path, contents: &str| {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, contents).unwrap();
        };
        for (place, version) in [(&checkout, "new"), (&trees[0], "old"), (&trees[1], "new")] {
            write(&place.join("data.txt"), version);
            write(&place.join("same.txt"), "same");
            write(&place.join("lib/hot.py"), version);
        }
        write(&trees[1].join("added.txt"), "new");
        write(&checkout.join("added.txt"), "new");
        write(&checkout.join(".env"), "ignored");
        let apart = vec![checkout.join(".rustworthy")];
        let ownership = Ownership { checkout: checkout.clone(), apart, sides, trees, modules: BTreeSet::new() };
        let misread = |side: usize, file: &Path| {
            let mut reads = [Vec::new(), Vec::new()];
            reads[side].push(file.to_owned());
            ownership.misreading(&reads)
        };
        let said = misread(0, &checkout.join("data.txt")).unwrap();
        assert!(
            said.starts_with("the old side has read") && said.contains("data.txt") && said.contains("`__file__`"),
            "{said}"
        );
        assert!(misread(0, &checkout.join("added.txt")).is_some(), "its revision has no such file");
        let compiled = checkout.join("lib/__pycache__/hot.cpython-311.pyc");
        assert!(misread(0, &compiled).is_some_and(|said| said.contains("lib/hot.py")), "by its source");
        for fine in ["same.txt", ".env", "none.txt"] {
            assert_eq!(misread(0, &checkout.join(fine)), None, "{fine}");
        }
        assert_eq!(misread(1, &checkout.join("data.txt")), None, "it is what the new side has");
        assert_eq!(misread(0, &ownership.trees[0].join("data.txt")), None, "its own");
    }
}
