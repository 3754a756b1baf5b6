//! Workers in the user's own Python, `host = "python"`: what they measure, and what is said where they can't.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

use crate::support::{Project, Ran, contender};

/// Pythons of these versions are looked for, and not those that a machine lacks.
const VERSIONS: [&str; 5] = ["3.11", "3.12", "3.13", "3.14", "3.15"];

/// Pythons on this machine: those of pyenv, and the system's, which often has libpython in itself. A worker is built for one of each
/// binary interface, once a test run.
static PYTHONS: LazyLock<Vec<PathBuf>> = LazyLock::new(|| {
    let found: Vec<PathBuf> = VERSIONS.iter().flat_map(|version| candidates(version)).filter(answers).collect();
    assert!(!found.is_empty(), "no CPython with a version among {VERSIONS:?}");
    let program = Path::new(env!("CARGO_BIN_EXE_rustworthy"));
    let mut build = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../hosted/build"));
    build.arg("--out").arg(workers()).arg("--without-builtin").args(&found);
    build.env("CARGO_TARGET_DIR", program.parent().and_then(Path::parent).expect("the target folder"));
    for variable in ["CARGO_ENCODED_RUSTFLAGS", "PYO3_PYTHON", "MAKEFLAGS", "CARGO_MAKEFLAGS"] {
        build.env_remove(variable);
    }
    let built = build.output().expect("the build runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    found
});

/// Where the tests' workers are: not beside the program, whose own somebody may have built with more in them.
fn workers() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("workers")
}

fn candidates(version: &str) -> Vec<PathBuf> {
    let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    let of_pyenv = fs::read_dir(home.join(".pyenv/versions")).into_iter().flatten().flatten().map(|entry| entry.path());
    let prefix = format!("{version}.");
    let is_version =
        |folder: &PathBuf| folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&prefix));
    let of_pyenv = of_pyenv.filter(is_version).map(|folder| folder.join("bin/python"));
    of_pyenv.chain([PathBuf::from(format!("/usr/bin/python{version}"))]).collect()
}

fn answers(python: &PathBuf) -> bool {
    Command::new(python).args(["-c", "pass"]).status().is_ok_and(|status| status.success())
}

/// The system's Python, whose libpython its executable often has in itself.
fn system() -> Option<&'static PathBuf> {
    PYTHONS.iter().find(|python| python.starts_with("/usr/bin"))
}

const MODULE: &str = "
import sys

def make(size, seed): return list(range(size))
def loop(numbers):
    total = 0
    for n in numbers: total += n * n
    return total
def built_in(numbers): return sum(n * n for n in numbers)
";

/// A project whose workers are in the user's Python.
fn project(module: &str, names: &[&str], contender: &str) -> Project {
    let project = Project::with_settings(module, names, "", contender);
    let manifest = fs::read_to_string(project.file("rustworthy.toml")).unwrap();
    fs::write(project.file("rustworthy.toml"), manifest.replace("[project]\n", "[project]\nhost = \"python\"\n"))
        .unwrap();
    project
}

trait Hosted {
    /// The program with these arguments, and workers for the Pythons of this machine.
    fn hosted(&self, python: &Path, arguments: &[&str]) -> Command;

    fn run_in(&self, python: &Path, arguments: &[&str]) -> Ran {
        Ran::from(self.hosted(python, arguments).output().expect("the program runs"))
    }

    fn compare_in(&self, python: &Path) -> (Value, Ran) {
        let ran = self.run_in(python, &["compare", "all", "--quick", "--budget", "1s", "--format", "json"]);
        (serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}")), ran)
    }
}

impl Hosted for Project {
    fn hosted(&self, python: &Path, arguments: &[&str]) -> Command {
        LazyLock::force(&PYTHONS);
        let mut command = self.command(arguments);
        command.arg("--python").arg(python).env("RUSTWORTHY_WORKERS", workers());
        command
    }
}

/// Stands for any of them.
fn newest() -> &'static Path {
    PYTHONS.last().expect("a Python")
}

#[test]
fn the_executable_itself_runs_what_is_measured_in_every_version() {
    for python in PYTHONS.iter() {
        let module = format!("{MODULE}\ndef executable(numbers): return [sys.executable, sys.argv, sys.path[:1]]\n");
        let (result, ran) = project(&module, &["loop", "built_in", "executable"], "").compare_in(python);
        assert_eq!(ran.code, Some(3), "`executable` differs: {ran}");
        let measured = contender(&result, "w", "built-in");
        assert_eq!((&measured["status"], &measured["equivalence"]["status"]), (&"measured".into(), &"equal".into()));
        assert!(measured["speedup"]["estimate"].as_f64().is_some(), "{measured:#}");
        let of_python = &result["environment"]["python"];
        assert_eq!(of_python["host"], "python");
        assert_eq!(of_python["embedded_over_executable"], Value::Null);
        assert_eq!(of_python["executable"].as_str().map(Path::new), Some(&**python));
        let detail = contender(&result, "w", "executable")["equivalence"]["detail"].to_string();
        assert!(detail.contains("list"), "{detail}");
    }
}

#[test]
fn a_python_with_libpython_in_itself_can_run_workers() {
    let Some(python) = system() else { return eprintln!("not tested: there is no Python in /usr/bin") };
    let (result, ran) = project(MODULE, &["loop", "built_in"], "").compare_in(python);
    assert_eq!(ran.code, Some(0), "{ran}");
    let maps = "import re; print(bool(re.search('libpython', open('/proc/self/maps').read())))";
    let maps = Command::new(python).args(["-c", maps]).output().unwrap();
    let has_library = String::from_utf8_lossy(&maps.stdout).trim() == "True";
    assert_eq!(result["environment"]["python"]["libpython"].is_string(), has_library, "{result:#}");
}

/// What a worker's Python is like, as far as code in it can tell, beside what it is like embedded.
const SURROUNDINGS: &str = "
import os, signal, sys, threading, __main__

def make(size, seed): return size
def surroundings(_):
    own = sorted(name for name in os.environ if name.startswith(('RUSTWORTHY_', 'PYTHONHASHSEED')))
    return {
        'argv': sys.argv, 'main': sorted(vars(__main__)), 'variables': own, 'meta_path': len(sys.meta_path),
        'first': sys.path[0], 'empty': '' in sys.path, 'signal': int(signal.getsignal(signal.SIGINT)),
        'main_thread': threading.current_thread() is threading.main_thread(), 'hash': hash('rustworthy'),
        'faulthandler': __import__('faulthandler').is_enabled(), 'seed': os.environ.get('PYTHONHASHSEED'),
        'thread_variables': os.environ['OMP_NUM_THREADS'], 'descriptors': len(os.listdir('/proc/self/fd')),
    }
def show(value):
    open('shown', 'w').write(repr(surroundings(value)))
    return value
";

#[test]
fn what_is_measured_finds_what_it_would_find_embedded() {
    let shown = |hosted: bool, seed: Option<&str>| {
        let project = if hosted {
            project(SURROUNDINGS, &["show"], "")
        } else {
            Project::with_settings(SURROUNDINGS, &["show"], "", "")
        };
        let python = rustworthy_worker::libpython::built_with();
        let mut command = project.hosted(&python, &["compare", "all", "--quick", "--budget", "1s", "--seed", "5"]);
        command.env_remove("PYTHONHASHSEED").envs(seed.map(|seed| ("PYTHONHASHSEED", seed)));
        let ran = Ran::from(command.output().unwrap());
        assert_eq!(ran.code, Some(0), "{ran}");
        let folder = project.path().canonicalize().unwrap().display().to_string();
        fs::read_to_string(project.file("shown")).unwrap().replace(&folder, "PROJECT")
    };
    let without_hash =
        |shown: &str| shown.split(", ").filter(|part| !part.contains("'hash'")).collect::<Vec<_>>().join(", ");
    for seed in [None, Some("7")] {
        let [embedded, hosted] = [shown(false, seed), shown(true, seed)];
        assert_eq!(without_hash(&embedded), without_hash(&hosted));
        assert!(hosted.contains("'signal': 0") && hosted.contains("'empty': False"), "{hosted}");
    }
}

#[test]
fn failures_read_as_they_do_embedded() {
    let module = format!(
        "{MODULE}\nimport os\ndef raises(numbers): raise ValueError('oops')\ndef dies(numbers): os.abort()\n\
         def leaves(numbers): os._exit(5)\ndef hangs(numbers):\n    while True: pass\ndef hoards(numbers): return [bytearray(1 << 20) for _ in range(900)]\n"
    );
    let names = ["loop", "raises", "dies", "leaves", "hangs", "hoards"];
    let (result, ran) = project(&module, &names, "timeout = \"1s\"\nmemory = \"300MB\"").compare_in(newest());
    assert_eq!(ran.code, Some(3), "{ran}");
    let error = |name: &str| contender(&result, "w", name)["error"].as_str().unwrap_or_default().to_owned();
    assert!(error("raises").starts_with("raised ValueError: oops"), "{}", error("raises"));
    assert!(!error("raises").contains("<rustworthy>"), "{}", error("raises"));
    assert!(error("dies").starts_with("killed by SIGABRT"), "{}", error("dies"));
    assert!(error("leaves").starts_with("ended its process with status 5"), "{}", error("leaves"));
    assert!(error("hangs").contains("impls.py") && error("hangs").contains("timeout of 1 s"), "{}", error("hangs"));
    assert!(error("hoards").contains("over its limit of 300"), "{}", error("hoards"));
}
