//! What runs the Python of a worker.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rustworthy_model::profile::HOSTING_FILE;
use rustworthy_protocol::variables::{HASH_SEED, INHERITED_HASH_SEED, INHERITED_LIBRARY_PATH, LIBRARY_PATH, PROTOCOL};
use rustworthy_protocol::{OTHER_PROTOCOL, VERSION};

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

    /// Why a worker hasn't come as far as to answer for the first time: nothing of a project has run in it until then.
    pub(super) fn explain(&self, python: &Path, hash_seed: u32, failure: Failure) -> Failure {
        let word = shell::word(&python.display().to_string());
        let ended = match (&failure, self) {
            (Failure::Exited { status: OTHER_PROTOCOL, output }, Self::Python { worker }) => {
                return Failure::Harness(format!(
                    "{}: {}; build it anew with this version's harness/hosted/build {word}, or install rustworthy anew",
                    worker.display(),
                    output.trim_end()
                ));
            }
            (Failure::Exited { status, .. }, _) => format!("ended with status {status} before its worker answered"),
            (Failure::Killed { signal, .. }, _) => format!("was killed by {signal} before its worker answered"),
            (Failure::TimedOut { limit, .. }, _) => format!("hadn't started after {} s", limit.as_secs_f64()),
            _ => return failure,
        };
        // What start-up files do may depend on variables and on whether there is a terminal.
        let seed = match self {
            Self::Embedded { .. } => String::new(),
            Self::Python { .. } => format!(" {HASH_SEED}={hash_seed}"),
        };
        let as_worker = format!("{PROTOCOL}={VERSION}{seed} {word} -c pass </dev/null");
        let otherwise = match (&failure, self) {
            (Failure::TimedOut { .. }, _) => "; Ctrl-C shows where it hangs".to_owned(),
            (_, Self::Python { .. }) => format!("; if it does, build the worker anew: harness/hosted/build {word}"),
            (_, Self::Embedded { .. }) => String::new(),
        };
        Failure::Harness(format!(
            "{}: {ended}, perhaps for its start-up files (sitecustomize, usercustomize, .pth). See whether it starts with what \
             workers are given: {as_worker}{otherwise}{}",
            python.display(),
            failure.quoted_output()
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustworthy_protocol::variables::{COUNTS, PADDING, SOCKET};

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
        let python = Path::new("/usr/bin/python3");
        let explained = |status, output: &str| {
            let failure = Failure::Exited { status, output: output.to_owned() };
            hosted().explain(python, 7, failure).to_string()
        };
        assert_eq!(
            explained(OTHER_PROTOCOL, "it speaks another language\n"),
            "/workers/worker.so: it speaks another language; build it anew with this version's harness/hosted/build \
             /usr/bin/python3, or install rustworthy anew"
        );
        let message = explained(1, "ImportError\n");
        let command = format!("{PROTOCOL}={VERSION} PYTHONHASHSEED=7 /usr/bin/python3 -c pass </dev/null");
        assert!(
            message.starts_with("/usr/bin/python3: ended with status 1 before its worker answered, perhaps"),
            "{message}"
        );
        assert!(message.contains(&format!("{command}; if it does, build the worker anew")), "{message}");
        assert!(message.ends_with("harness/hosted/build /usr/bin/python3\nImportError"), "{message}");
        let embedded = Hosting::Embedded { library_path: None };
        assert_eq!(embedded.explain(python, 7, Failure::Disconnected), Failure::Disconnected);
    }

    #[test]
    fn a_python_that_does_not_start_is_no_matter_of_the_timeout_of_calls() {
        let failure =
            Failure::TimedOut { what: "starting Python".into(), limit: Duration::from_secs(10), output: String::new() };
        for hosting in [hosted(), Hosting::Embedded { library_path: None }] {
            let message = hosting.explain("/usr/bin/python3".as_ref(), 7, failure.clone()).to_string();
            assert!(
                message.starts_with("/usr/bin/python3: hadn't started after 10 s, perhaps for its start-up"),
                "{message}"
            );
            assert!(message.ends_with("-c pass </dev/null; Ctrl-C shows where it hangs"), "{message}");
        }
    }
}
