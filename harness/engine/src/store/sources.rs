//! A digest of the Python sources that a project runs: samples of other code belong to another run.

mod imports;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::manifest::Project;
use imports::{imported, top_level};

/// Most entries of packages that are read; what lies beyond isn't part of the digest.
const MOST_ENTRIES: usize = 20_000;

/// Bytes up to which a source counts with its contents; of a longer one only the length counts.
const LARGEST: u64 = 16 << 20;

/// Digest of the modules that the project's callables live in and of those that these import, as far as they lie in its
/// `python-path`.
///
/// It covers the module's file or all `*.py` and `*.so` files of its top-level package, in every folder of the path, so that
/// one which begins to shadow another shows too. Imports are followed from module to module, wherever in a source they stand.
/// Installed packages aren't covered.
pub fn sources_digest(project: &Project) -> [u8; 32] {
    let mut digest = Sha256::new();
    for ((index, source), contents) in sources(project) {
        let name = source.strip_prefix(&project.python_path[index]).unwrap_or(&source);
        add(&mut digest, &index.to_le_bytes());
        add(&mut digest, name.as_os_str().as_encoded_bytes());
        add(&mut digest, &contents);
    }
    digest.finalize().into()
}

/// All sources with their contents, each by the folder of the path that it lies in.
fn sources(project: &Project) -> BTreeMap<(usize, PathBuf), Vec<u8>> {
    let mut sources = BTreeMap::new();
    let mut entries_left = MOST_ENTRIES;
    let mut known = BTreeSet::new();
    let mut left: Vec<String> = project.targets().iter().map(|target| top_level(&target.module).to_owned()).collect();
    while let Some(module) = left.pop() {
        if !known.insert(module.clone()) {
            continue;
        }
        for (index, folder) in project.python_path.iter().enumerate() {
            for source in files(folder, &module, &mut entries_left) {
                let contents = contents(&source);
                if source.extension().is_some_and(|extension| extension == "py") {
                    left.extend(imported(&String::from_utf8_lossy(&contents)));
                }
                sources.insert((index, source), contents);
            }
        }
    }
    sources
}

/// Files of a top-level module or package in one folder.
fn files(folder: &Path, module: &str, entries_left: &mut usize) -> Vec<PathBuf> {
    let file = folder.join(format!("{module}.py"));
    let mut found = Vec::from_iter(file.is_file().then_some(file));
    found.extend(extensions(folder, module));
    let mut folders = vec![folder.join(module)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        for entry in entries.flatten().take(*entries_left) {
            *entries_left -= 1;
            // A link isn't followed into a folder, since it may lead back up.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
            } else if entry.path().extension().is_some_and(|extension| extension == "py" || extension == "so") {
                found.push(entry.path());
            }
        }
    }
    found
}

/// Extension modules of that name, which say for which Python they are: `module.cpython-311-x86_64-linux-gnu.so`.
fn extensions(folder: &Path, module: &str) -> Vec<PathBuf> {
    let prefix = format!("{module}.");
    let is_extension = |file: &PathBuf| {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with(&prefix) && name.ends_with(".so")
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(MOST_ENTRIES);
    entries.map(|entry| entry.path()).filter(is_extension).collect()
}

fn contents(source: &Path) -> Vec<u8> {
    match fs::metadata(source) {
        Ok(metadata) if metadata.is_file() && metadata.len() <= LARGEST => fs::read(source).unwrap_or_default(),
        Ok(metadata) => metadata.len().to_le_bytes().into(),
        Err(_) => Vec::new(),
    }
}

/// Adds a field with its length, so that fields don't run into each other.
fn add(digest: &mut Sha256, field: &[u8]) {
    digest.update((field.len() as u64).to_le_bytes());
    digest.update(field);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{self, Origin};

    const MANIFEST: &str = "[project]\npython-path = [\".\", \"more\"]\n[workload.w]\ninput = \"inputs:make\"\n\
                            sizes = { default = 1 }\n[workload.w.contender.one]\npython = \"pack.deep.er:one\"\nbaseline = true\n";

    struct Sources(tempfile::TempDir);

    impl Sources {
        fn new() -> Self {
            let sources = Self(tempfile::tempdir().unwrap());
            let files =
                [("rustworthy.toml", MANIFEST), ("inputs.py", "1"), ("pack/deep/er.py", "1"), ("more/x.py", "1")];
            for (name, contents) in files {
                sources.write(name, contents);
            }
            sources
        }

        fn write(&self, name: &str, contents: &str) -> &Self {
            let path = self.0.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, contents).unwrap();
            self
        }

        fn digest(&self) -> [u8; 32] {
            sources_digest(&manifest::load(&self.0.path().join("rustworthy.toml"), Origin::User).unwrap())
        }
    }

    #[test]
    fn any_source_of_a_named_module_changes_the_digest() {
        let sources = Sources::new();
        let mut seen = BTreeSet::from([sources.digest()]);
        for (name, contents) in [
            ("inputs.py", "2"),
            ("pack/deep/er.py", "2"),
            ("pack/__init__.py", ""),
            ("pack/other.py", "1"),
            ("more/inputs.py", "2"),
        ] {
            assert!(seen.insert(sources.write(name, contents).digest()), "{name}");
        }
    }

    #[test]
    fn imports_are_followed_from_helper_to_helper() {
        let sources = Sources::new();
        sources.write("inputs.py", "from helper import deep\n").write("helper.py", "def f():\n    import far.away\n");
        sources.write("more/far/away.py", "1").write("far_too.py", "1");
        let mut seen = BTreeSet::from([sources.digest()]);
        for (name, contents) in [
            ("helper.py", "import far.away as other, far_too\n"),
            ("more/far/away.py", "2"),
            ("more/far/by_its_side.py", "1"),
            ("far_too.py", "importlib.import_module('native')"),
            ("native.cpython-311-x86_64-linux-gnu.so", "1"),
        ] {
            assert!(seen.insert(sources.write(name, contents).digest()), "{name}");
        }
    }

    #[test]
    fn modules_that_import_each_other_end() {
        let sources = Sources::new();
        sources.write("inputs.py", "import one").write("one.py", "import two").write("two.py", "import one");
        assert_eq!(sources.digest(), sources.digest());
        let before = sources.digest();
        assert_ne!(sources.write("two.py", "import one, inputs").digest(), before);
    }

    #[test]
    fn what_is_no_source_of_a_named_module_does_not_change_it() {
        let sources = Sources::new();
        let before = sources.digest();
        for name in ["unrelated.py", "pack/data.json", "pack/__pycache__/er.cpython-311.pyc", "packed/er.py"] {
            assert_eq!(sources.write(name, "other").digest(), before, "{name}");
        }
    }

    #[test]
    fn a_link_that_leads_back_up_ends_nowhere() {
        let sources = Sources::new();
        std::os::unix::fs::symlink("..", sources.0.path().join("pack/deep/loop")).unwrap();
        assert_eq!(sources.digest(), sources.digest());
    }
}
