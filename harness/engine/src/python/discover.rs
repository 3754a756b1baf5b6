//! Finding the CPythons of a machine: in `PATH`, in the folders of pyenv, uv and conda, and where systems put them.

use std::collections::HashSet;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::error::PythonError;
use super::interpreter::{Interpreter, inspect};

/// Where systems put Pythons, whatever `PATH` says.
const SYSTEM: [&str; 2] = ["/usr/local/bin", "/usr/bin"];

/// What conda's installers call their folder in the home folder.
const CONDA: [&str; 6] = ["miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba", ".conda"];

/// The Pythons of a machine.
#[derive(Debug, Default)]
pub struct Discovered {
    /// Those that can be measured, the oldest first.
    pub pythons: Vec<Interpreter>,
    /// Those that can't, and why.
    pub passed_over: Vec<(PathBuf, PythonError)>,
}

/// The Pythons of this machine that aren't `known`, each once.
///
/// One that is too old isn't mentioned, and neither is a link of pyenv's that leads nowhere in this folder.
pub fn discover(known: &Interpreter) -> Discovered {
    let folders = Places::of_this_machine().folders();
    among(&executables(&folders), known)
}

/// The newest Python of this name, `python3.13`, that is installed here; `None` where there is none, or the name isn't one of Pythons.
pub(super) fn installed(name: &Path) -> Option<PathBuf> {
    Places::of_this_machine().newest(name)
}

/// Whether a file is one of pyenv's scripts, which lead to a Python only in folders that are set to its version.
pub(super) fn is_shim(file: &Path) -> bool {
    let shims = Places::of_this_machine().shims();
    shims.is_some_and(|shims| file.parent() == Some(&shims))
}

/// Where Pythons may be.
#[derive(Debug, Default)]
struct Places {
    path: OsString,
    home: Option<PathBuf>,
    pyenv: Option<PathBuf>,
    uv: Option<PathBuf>,
    conda: Option<PathBuf>,
    system: Vec<PathBuf>,
}

impl Places {
    fn of_this_machine() -> Self {
        let named = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = named("HOME");
        let below = |folder: &str| home.as_ref().map(|home| home.join(folder));
        let data = named("XDG_DATA_HOME").or_else(|| below(".local/share"));
        Self {
            path: env::var_os("PATH").unwrap_or_default(),
            pyenv: named("PYENV_ROOT").or_else(|| below(".pyenv")),
            uv: named("UV_PYTHON_INSTALL_DIR").or_else(|| Some(data?.join("uv/python"))),
            conda: named("CONDA_PREFIX"),
            system: SYSTEM.iter().map(PathBuf::from).collect(),
            home,
        }
    }

    /// The newest Python of this name.
    fn newest(&self, name: &Path) -> Option<PathBuf> {
        if !name.to_str().is_some_and(is_name) {
            return None;
        }
        let files = self.folders().into_iter().map(|folder| folder.join(name)).filter(|file| is_executable(file));
        let answering = files.filter_map(|file| Some((inspect(&file).ok()?.version.micro, file)));
        // Of equally new ones the first, as in `PATH`.
        answering.reduce(|best, one| if one.0 > best.0 { one } else { best }).map(|(_, file)| file)
    }

    /// The folder of scripts that lead to what is found elsewhere, or to nothing.
    fn shims(&self) -> Option<PathBuf> {
        Some(self.pyenv.as_ref()?.join("shims"))
    }

    /// The folders with executables.
    fn folders(&self) -> Vec<PathBuf> {
        let bins = |folder: PathBuf| subfolders(&folder).into_iter().map(|one| one.join("bin"));
        let shims = self.shims();
        let mut folders: Vec<PathBuf> =
            env::split_paths(&self.path).filter(|folder| shims.as_ref() != Some(folder)).collect();
        folders.extend(self.pyenv.iter().flat_map(|pyenv| bins(pyenv.join("versions"))));
        folders.extend(self.uv.iter().cloned().flat_map(bins));
        let installed = self.home.iter().flat_map(|home| CONDA.map(|name| home.join(name)));
        for conda in self.conda.iter().cloned().chain(installed) {
            folders.push(conda.join("bin"));
            folders.extend(bins(conda.join("envs")));
        }
        folders.extend(self.system.iter().cloned());
        folders
    }
}

fn subfolders(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    found.retain(|path| path.is_dir());
    found.sort();
    found
}

/// `python3`, `python3.13`, `python3.13t` in these folders; of links to the same file the first.
fn executables(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for folder in folders {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut files: Vec<PathBuf> = entries
            .filter(|entry| entry.file_name().to_str().is_some_and(is_name))
            .map(|entry| entry.path())
            .filter(|file| is_executable(file))
            .collect();
        files.sort();
        // A virtual environment's own executable is a link too, and stands for the Python that it was made of.
        found.extend(files.into_iter().filter(|file| file.canonicalize().is_ok_and(|real| seen.insert(real))));
    }
    found
}

/// Whether a file is called as Pythons that aren't surely too old are.
fn is_name(name: &str) -> bool {
    let Some(version) = name.strip_prefix("python3") else { return false };
    let Some(minor) = version.strip_prefix('.') else { return version.is_empty() };
    let minor = minor.strip_suffix('t').unwrap_or(minor);
    minor.parse::<u32>().is_ok_and(|minor| minor >= super::OLDEST.1)
}

fn is_executable(file: &Path) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// What these executables are; those that are the same build as another, or as `known`, are left out.
fn among(executables: &[PathBuf], known: &Interpreter) -> Discovered {
    let mut discovered = Discovered::default();
    let mut builds = HashSet::from([build(known)]);
    for executable in executables {
        let python = inspect(executable).and_then(|python| {
            // What a virtual environment adds is packages, which a workload brings itself.
            if python.is_virtual() { inspect(&python.base_executable) } else { Ok(python) }
        });
        match python {
            Ok(python) => {
                if builds.insert(build(&python)) {
                    discovered.pythons.push(python);
                }
            }
            Err(PythonError::TooOld { .. }) => {}
            Err(error) => discovered.passed_over.push((executable.clone(), error)),
        }
    }
    discovered.pythons.sort_by_key(|python| {
        let version = &python.version;
        (version.major, version.minor, version.micro, python.gil_disabled, version.full.clone())
    });
    discovered
}

/// What two installations of one build have in common.
fn build(python: &Interpreter) -> (String, bool, bool, Option<String>) {
    let version = python.version.full.clone();
    (version, python.gil_disabled, python.debug, python.configured_with.clone().map(|options| without_paths(&options)))
}

/// The options that say how a Python is built, without those that say where to.
fn without_paths(options: &str) -> String {
    let options = options.split_whitespace().filter(|option| !option.contains('/'));
    options.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::testing::{Fake, build_python, script};

    fn fake(folder: &Path, fake: Fake) -> PathBuf {
        let python = fake.install(folder);
        let named = python.with_file_name("python3");
        fs::rename(python, &named).unwrap();
        named
    }

    #[test]
    fn pythons_are_found_in_every_place_and_each_build_once() {
        let root = tempfile::tempdir().unwrap();
        let below = |name: &str| root.path().join(name);
        let version = |version| Fake { version, ..Fake::default() };
        fake(&below("pyenv/versions/a"), version("3.12.1 (main)"));
        fake(&below("pyenv/versions/old"), version("3.10.1 (main)"));
        fake(&below("uv/b"), version("3.13.0 (main)"));
        fake(&below("home/miniconda3/envs/c"), version("3.14.0 (main)"));
        fake(&below("system"), version("3.12.1 (main)"));
        fs::create_dir_all(below("pyenv/shims")).unwrap();
        script(&below("pyenv/shims"), "python3", "echo 'pyenv: python3: command not found' >&2; exit 127");
        let places = Places {
            path: env::join_paths([below("pyenv/shims"), below("gone")]).unwrap(),
            home: Some(below("home")),
            pyenv: Some(below("pyenv")),
            uv: Some(below("uv")),
            conda: None,
            system: vec![below("system/bin")],
        };
        let discovered = among(&executables(&places.folders()), &inspect(&build_python()).unwrap());
        let versions: Vec<String> = discovered.pythons.iter().map(|python| python.version.to_string()).collect();
        assert_eq!(versions, ["3.12.1", "3.13.0", "3.14.0"]);
        assert!(discovered.passed_over.is_empty(), "{:?}", discovered.passed_over);
    }

    #[test]
    fn of_those_with_a_name_the_newest_is_the_one_that_is_installed() {
        let root = tempfile::tempdir().unwrap();
        let pyenv = root.path().join("pyenv");
        for (folder, version) in [("a", "3.13.9 (main)"), ("b", "3.13.11 (main)"), ("c", "3.13.2 (main)")] {
            let python = fake(&pyenv.join("versions").join(folder), Fake { version, ..Fake::default() });
            fs::rename(&python, python.with_file_name("python3.13")).unwrap();
        }
        fs::create_dir_all(pyenv.join("shims")).unwrap();
        script(&pyenv.join("shims"), "python3.12", "echo 'pyenv: python3.12: command not found' >&2; exit 127");
        let places = Places { pyenv: Some(pyenv.clone()), ..Places::default() };
        assert_eq!(places.newest("python3.13".as_ref()), Some(pyenv.join("versions/b/bin/python3.13")));
        for name in ["python3.12", "python3.14", "ls"] {
            assert_eq!(places.newest(name.as_ref()), None, "{name}");
        }
    }

    #[test]
    fn what_is_broken_or_no_cpython_is_told_and_the_known_one_is_not_found_again() {
        let root = tempfile::tempdir().unwrap();
        fake(&root.path().join("pypy"), Fake { implementation: "pypy", ..Fake::default() });
        let broken = root.path().join("broken");
        fs::create_dir(&broken).unwrap();
        script(&broken, "python3.13", "exit 3");
        let known = inspect(&build_python()).unwrap();
        let own = known.base_executable.parent().unwrap().to_owned();
        let found = executables(&[root.path().join("pypy/bin"), broken, own]);
        let discovered = among(&found, &known);
        assert!(discovered.pythons.iter().all(|python| python.version.full != known.version.full));
        let told: Vec<String> = discovered.passed_over.iter().map(|(_, why)| why.to_string()).collect();
        assert!(told[0].contains("is pypy, but only CPython") && told[1].contains("does not answer"), "{told:?}");
    }

    #[test]
    fn names_of_pythons_are_told_from_those_of_their_tools() {
        for name in ["python3", "python3.11", "python3.13t", "python3.15"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["python", "python2", "python3-config", "python3.10", "python3.13-config", "pythonw3", "python3.x"]
        {
            assert!(!is_name(name), "{name}");
        }
    }
}
