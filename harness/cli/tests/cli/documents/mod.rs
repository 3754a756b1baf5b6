//! The documents of the repository: what they show is what the program prints, what they name is there, and what they
//! have people copy runs.

mod commands;
mod examples;
mod links;
mod manifest;
mod output;
mod workflow;

use std::fs;
use std::path::{Path, PathBuf};

/// Tells the tests of this module, and those of JSON Schemas, to write generated files instead of checking them.
const UPDATE: &str = "UPDATE_GENERATED";

/// The top of the repository.
fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = package.ancestors().find(|folder| folder.join("docs/book.toml").is_file());
    root.expect("the repository with its book").to_owned()
}

/// Holds a generated file against what would be generated now, or writes it.
#[track_caller]
fn assert_kept(file: &str, generated: &str) {
    let path = root().join(file);
    if std::env::var_os(UPDATE).is_some() {
        fs::write(&path, generated).expect("a file that can be written");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == generated, "{file} is out of date; run: {UPDATE}=1 cargo test --workspace\n{generated}");
}

/// The documents in Markdown that people wrote, relative to the top of the repository.
fn pages() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    for folder in ["", "docs/src", "examples", "benches/services", "benches/rivals"] {
        let entries = fs::read_dir(root().join(folder)).expect("a folder of documents");
        let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
        pages.extend(names.filter(|name| name.ends_with(".md")).map(|name| Path::new(folder).join(name)));
    }
    pages.sort();
    assert!(pages.len() > 15, "{pages:?}");
    pages
}

/// The text of a document.
fn text(page: &Path) -> String {
    fs::read_to_string(root().join(page)).unwrap_or_else(|error| panic!("{}: {error}", page.display()))
}

/// Copies the files of a folder of the repository, which is to stay as it is.
pub(crate) fn copy(folder: &str, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(root().join(folder)).expect("a folder of the repository") {
        let from = entry.expect("an entry").path();
        if from.is_file() {
            fs::copy(&from, to.join(from.file_name().expect("a name"))).expect("a copy");
        }
    }
}
