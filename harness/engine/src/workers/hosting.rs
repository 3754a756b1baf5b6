//! What runs the Python of a worker.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rustworthy_model::profile::HOSTING_FILE;
use rustworthy_protocol::OTHER_PROTOCOL;
use rustworthy_protocol::variables::{HASH_SEED, INHERITED_HASH_SEED, INHERITED_LIBRARY_PATH, LIBRARY_PATH};

use super::failure::Failure;
use crate::shell;

/// Loads a worker into the Python that runs this, and has it serve.
const BOOTSTRAP: &str = include_str!("hosted.py");

/// Runs it under a file name of its own, which profiles know it by.
fn run_bootstrap() -> String {
    format!("exec(compile(__import__('sys').argv.pop(1), {HOSTING_FILE:?}, 'exec'))")
}

/// What runs the Python of a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hosting {
    /// The worker's own process embeds it.
    Embedded {
        /// Folder of its libpython, where that isn't the one that the program finds by itself.
        library_path: Option<PathBuf>,
    },
    /// Its executable does, as in production, and loads the worker.
    Python {
        /// The file of the worker.
        worker: PathBuf,
    },
}

impl Hosting {
    /// The command that the worker's process becomes; none of one that embeds Python.
    pub(super) fn command(&self, python: &Path) -> Option<Vec<OsString>> {
        match self {
            Self::Embedded { .. } => None,
            Self::Python { worker } => {
                Some(vec![python.into(), "-c".into(), run_bootstrap().into(), BOOTSTRAP.into(), worker.into()])
            }
        }
    }

    /// Adds what Python is started with to the variables of a worker, which restores what was there for whatever it starts.
    pub(super) fn add_to(&self, variables: &mut BTreeMap<OsString, OsString>, hash_seed: u32) {
        match self {
            Self::Embedded { library_path: None } => {}
            Self::Embedded { library_path: Some(folder) } => {
                let inherited = std::env::var_os(LIBRARY_PATH).unwrap_or_default();
                let folders = [folder.clone()].into_iter().chain(std::env::split_paths(&inherited));
                // The variable can't name a folder with a colon in its name; checking the version then finds that out.
                if let Ok(paths) = std::env::join_paths(folders) {
                    variables.entry(LIBRARY_PATH.into()).or_insert(paths);
                }
                variables.insert(INHERITED_LIBRARY_PATH.into(), inherited);
            }
            Self::Python { .. } => {
                let set = variables.insert(HASH_SEED.into(), hash_seed.to_string().into());
                let inherited = set.or_else(|| std::env::var_os(HASH_SEED)).unwrap_or_default();
                variables.insert(INHERITED_HASH_SEED.into(), inherited);
            }
        }
    }

    /// Why a worker hasn't come as far as to answer for the first time.
    pub(super) fn explain(&self, python: &Path, failure: Failure) -> Failure {
        let (Self::Python { worker }, Failure::Exited { status, output }) = (self, &failure) else { return failure };
        let (output, word) = (output.trim_end(), shell::word(&python.display().to_string()));
        Failure::Harness(match *status {
            OTHER_PROTOCOL => format!(
                "{}: {output}; build it anew with this version's harness/hosted/build {word}, or install rustworthy anew",
                worker.display()
            ),
            _ => format!(
                "{}: ended with status {status} before its worker answered; see whether it starts: {word} -c pass\n{output}",
                python.display()
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use rustworthy_protocol::variables::{COUNTS, PADDING, PROTOCOL, SOCKET};

    use super::*;

    fn hosted() -> Hosting {
        Hosting::Python { worker: "/workers/worker.so".into() }
    }

    #[test]
    fn what_loads_a_worker_knows_the_names_of_what_it_is_given() {
        for variable in [SOCKET, PROTOCOL, PADDING, INHERITED_HASH_SEED, COUNTS] {
            let name = variable.strip_prefix("RUSTWORTHY_").unwrap();
            assert!(BOOTSTRAP.contains(&format!("\"{name}\"")), "{variable}");
        }
        assert!(BOOTSTRAP.contains(&format!("\"{HASH_SEED}\"")));
        assert!(BOOTSTRAP.contains(&format!("os._exit({OTHER_PROTOCOL})")));
    }

    #[test]
    fn a_seed_of_the_contender_is_kept_for_what_it_starts() {
        let seeds = |seed: Option<&str>| {
            let set = seed.map(|seed| (HASH_SEED.into(), seed.into()));
            let mut variables = BTreeMap::from_iter(set);
            hosted().add_to(&mut variables, 7);
            [HASH_SEED, INHERITED_HASH_SEED].map(|name| variables[&OsString::from(name)].clone())
        };
        assert_eq!(seeds(Some("3")), ["7", "3"]);
        assert_eq!(seeds(None)[0], "7");
    }

    #[test]
    fn a_worker_that_does_not_come_to_answer_is_told_with_its_remedy() {
        let explained = |status, output: &str| {
            let failure = Failure::Exited { status, output: output.to_owned() };
            hosted().explain("/usr/bin/python3".as_ref(), failure).to_string()
        };
        assert_eq!(
            explained(OTHER_PROTOCOL, "it speaks another language\n"),
            "/workers/worker.so: it speaks another language; build it anew with this version's harness/hosted/build \
             /usr/bin/python3, or install rustworthy anew"
        );
        assert!(explained(1, "ImportError").ends_with("see whether it starts: /usr/bin/python3 -c pass\nImportError"));
        let embedded = Hosting::Embedded { library_path: None };
        assert_eq!(embedded.explain("python3".as_ref(), Failure::Disconnected), Failure::Disconnected);
    }
}
