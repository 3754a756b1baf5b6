//! Made-up systems for tests.

use std::fs;

use tempfile::TempDir;

use super::Root;

/// Files as a system would show them.
pub(super) struct Tree(TempDir);

impl Tree {
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        files.iter().for_each(|(path, text)| tree.write(path, text));
        tree
    }

    pub(super) fn root(&self) -> Root {
        Root::new(self.0.path())
    }

    /// Writes a file anew.
    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}
