//! Workers in the user's own Python, `host = "python"`: what they measure, and what is said where they can't.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

use crate::attribute::concurrent;
use crate::coroutines;
use crate::gate::repository::{Repository, benchmark};
use crate::rollout::PACKAGE;
use crate::support::{Project, Ran, contender};

mod faults;

/// Pythons of these versions are looked for, and not those that a machine lacks.
const VERSIONS: [&str; 5] = ["3.11", "3.12", "3.13", "3.14", "3.15"];

/// Pythons on this machine: those of pyenv, and the system's, which often has libpython in itself. A worker is built for one of each
/// binary interface, once a test run.
pub(crate) static PYTHONS: LazyLock<Vec<PathBuf>> = LazyLock::new(|| {
    let mut found = Vec::new();
    for version in VERSIONS {
        let known = found.len();
        found.extend(candidates(version).into_iter().filter(answers));
        if found.len() == known {
            eprintln!("not tested: CPython {version}, which isn't here");
        }
    }
    assert!(!found.is_empty(), "no CPython with a version among {VERSIONS:?}");
    build_workers(&workers(), &["--profile", "tested", "--without-builtin", "--"], &found);
    found
});

/// Builds workers for these Pythons, with these options of what builds them.
fn build_workers(folder: &Path, options: &[&str], pythons: &[impl AsRef<OsStr>]) {
    let program = Path::new(env!("CARGO_BIN_EXE_rustworthy"));
    let mut build = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../hosted/build"));
    build.arg("--out").arg(folder).args(options).args(pythons);
    build.env("CARGO_TARGET_DIR", program.parent().and_then(Path::parent).expect("the target folder"));
    for variable in ["CARGO_ENCODED_RUSTFLAGS", "PYO3_PYTHON", "MAKEFLAGS", "CARGO_MAKEFLAGS"] {
        build.env_remove(variable);
    }
    let built = build.output().expect("the build runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
}

/// The Pythons that workers are built for.
pub(crate) fn pythons() -> &'static [PathBuf] {
    &PYTHONS
}

/// The version of a Python without its last part.
pub(crate) fn minor(python: &Path) -> Option<String> {
    let print = "import sys; print('%d.%d' % sys.version_info[:2], end='')";
    let output = Command::new(python).args(["-c", print]).output().ok()?;
    String::from_utf8(output.stdout).ok()
}

/// Where the tests' workers are: not beside the program, whose own somebody may have built with more in them.
pub(crate) fn workers() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("workers")
}

/// All Pythons of this machine, the oldest versions first, without any workers for them.
pub(crate) fn pythons_alone() -> Vec<PathBuf> {
    VERSIONS.into_iter().flat_map(candidates).filter(answers).collect()
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
    by_python(Project::with_settings(module, names, "", contender))
}

/// The same of a project that says nothing of a host.
fn by_python(project: Project) -> Project {
    let manifest = fs::read_to_string(project.file("rustworthy.toml")).unwrap();
    fs::write(project.file("rustworthy.toml"), manifest.replace("[project]\n", "[project]\nhost = \"python\"\n"))
        .unwrap();
    project
}

pub(crate) trait Hosted {
    /// The program with these arguments, and workers for the Pythons of this machine.
    fn hosted(&self, python: &Path, arguments: &[&str]) -> Command;

    fn run_in(&self, python: &Path, arguments: &[&str]) -> Ran {
        Ran::from(self.hosted(python, arguments).output().expect("the program runs"))
    }

    fn compare_in(&self, python: &Path) -> (Value, Ran) {
        let ran = self.run_in(python, &["compare", "all", "--quick", "--budget", "100ms", "--format", "json"]);
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

/// Switches compare by it in production, and by a walk in Python elsewhere.
#[test]
fn the_walk_of_a_worker_agrees_with_that_of_switches_in_every_version() {
    for python in PYTHONS.iter() {
        let mut tests = Command::new(python);
        tests.args(["-W", "ignore::ResourceWarning", "-m", "unittest", "tests.test_values.Equal"]);
        tests.current_dir(&*PACKAGE).env("RUSTWORTHY_WORKERS", workers()).env("PYTHONDONTWRITEBYTECODE", "1");
        let ran = Ran::from(tests.output().unwrap());
        assert!(ran.code == Some(0) && !ran.stderr.contains("skipped"), "{}: {ran}", python.display());
    }
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
fn coroutines_are_awaited_in_every_version() {
    let names = ["plain", "suspends", "gathers", "decorated", "future", "uses_a_thread"];
    for python in PYTHONS.iter() {
        let workloads: [(&[&str], &str); 2] = [(&names, ""), (&["stream", "same_stream"], "")];
        let (result, ran) = by_python(Project::of_workloads(coroutines::MODULE, &workloads)).compare_in(python);
        assert_eq!(ran.code, Some(0), "{ran}");
        for name in &names[1..] {
            let found = contender(&result, "w0", &name.replace('_', "-"));
            assert_eq!(found["equivalence"]["status"], "equal", "{}: {found:#}", python.display());
        }
        assert_eq!(contender(&result, "w1", "same-stream")["equivalence"]["status"], "equal", "{result:#}");
    }
}

#[test]
fn requests_are_answered_at_the_same_time_in_every_version() {
    for python in PYTHONS.iter() {
        let project = concurrent::project("host = 'python'", "handler = 'service:handle'", concurrent::CLOSED);
        let ran = project.run_in(python, &["attribute", "api", "--quick", "--requests", "200", "--format", "json"]);
        assert_eq!(ran.code, Some(0), "{ran}");
        let result: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(result["failed_requests"], 0, "{result:#}");
        let functions = result["functions"].as_array().unwrap();
        let waits = |name: &&Value| name["kind"] == "waiting" && name["share_of_p50"]["estimate"].as_f64() > Some(0.0);
        assert_eq!(functions.iter().filter(waits).count(), 3, "{}: {result:#}", python.display());
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
        'first': sys.path[0], 'empty': '' in sys.path, 'signal': str(signal.getsignal(signal.SIGINT))[:30],
        'main_thread': threading.current_thread() is threading.main_thread(), 'hash': hash('rustworthy'),
        'faulthandler': __import__('faulthandler').is_enabled(), 'seed': os.environ.get('PYTHONHASHSEED'),
        'thread_variables': os.environ['OMP_NUM_THREADS'],
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
        let mut command = project.hosted(&python, &["compare", "all", "--quick", "--budget", "100ms", "--seed", "5"]);
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
        assert!(hosted.contains("'empty': False"), "{hosted}");
    }
}

#[test]
fn failures_read_as_they_do_embedded() {
    let module = format!(
        "{MODULE}\nimport os\ndef raises(numbers): raise ValueError('oops')\ndef dies(numbers): os.abort()\n\
         def leaves(numbers): os._exit(5)\ndef hangs(numbers):\n    while True: pass\ndef hoards(numbers):\n    kept = b'x' * (150 << 20)\n    __import__('time').sleep(1)\n    return len(kept)\n"
    );
    let names = ["loop", "raises", "dies", "leaves", "hangs", "hoards"];
    let (result, ran) = project(&module, &names, "timeout = \"3s\"\nmemory = \"100MB\"").compare_in(newest());
    assert_eq!(ran.code, Some(3), "{ran}");
    let error = |name: &str| contender(&result, "w", name)["error"].as_str().unwrap_or_default().to_owned();
    assert!(error("raises").starts_with("raised ValueError: oops"), "{}", error("raises"));
    assert!(!error("raises").contains("<rustworthy>"), "{}", error("raises"));
    assert!(error("dies").starts_with("killed by SIGABRT"), "{}", error("dies"));
    assert!(error("leaves").starts_with("ended its process with status 5"), "{}", error("leaves"));
    assert!(error("hangs").contains("impls.py") && error("hangs").contains("timeout of 3 s"), "{}", error("hangs"));
    assert!(error("hoards").contains("over its limit"), "{}", error("hoards"));
}

#[test]
fn the_gate_has_each_side_run_by_the_python_of_its_own_environment() {
    let old = format!("{MODULE}\ndef slower(numbers): return built_in(numbers)\n");
    let new = format!("{MODULE}\ndef slower(numbers): return [built_in(numbers) for _ in range(10)][0]\n");
    let repository = Repository::of(project(&old, &["slower", "loop"], ""));
    repository.write("impls.py", &new);
    let arguments = ["gate", "--against", "HEAD", "--budget", "100ms", "--format", "json", "--filter", "slower"];
    let ran = repository.run_in(newest(), &arguments);
    let gate: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}"));
    assert_eq!(ran.code, Some(1), "{ran}");
    assert_eq!(benchmark(&gate, "w:slower")["verdict"], "regressed", "{gate:#}");
    assert!(benchmark(&gate, "w:slower")["problem"].is_null(), "{gate:#}");
}

#[test]
fn instructions_are_counted_in_it_too() {
    let repository = Repository::of(project(MODULE, &["loop"], ""));
    let arguments = ["gate", "--against", "HEAD", "--metric", "instructions", "--format", "json"];
    let ran = repository.run_in(newest(), &arguments);
    if ran.code == Some(2) && ran.stderr.contains("apt install valgrind") {
        assert!(std::env::var_os("CI").is_none(), "{ran}");
        eprintln!("skipped: nothing counts instructions here");
        return;
    }
    let gate: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}"));
    assert_eq!(benchmark(&gate, "w:loop")["verdict"], "unchanged", "{ran}\n{gate:#}");
    assert!(benchmark(&gate, "w:loop")["problem"].is_null(), "{gate:#}");
}

const SERVICE: &str = "
import time

def busy(microseconds):
    end = time.perf_counter_ns() + 1000 * microseconds
    while time.perf_counter_ns() < end: pass
def parse(microseconds): busy(microseconds)
def faster(microseconds): busy(microseconds // 10)
def handle(request):
    parse(request)
    busy(100)
    return 'done'
def requests(count, seed): return [300] * count
";

/// A scenario with a function that is looked at, and its migration.
fn scenario() -> Project {
    let manifest = "[project]\nhost = \"python\"\n[scenario.api]\nhandler = 'service:handle'\nrequests = 'service:requests'\n\
                    count = 1100\narrivals = { process = 'closed' }\ncandidates = ['service:parse']\n\
                    [scenario.api.migrated]\n'service:parse' = 'service:faster'\n";
    Project::new(&[("service.py", SERVICE), ("rustworthy.toml", manifest)])
}

#[test]
fn requests_are_attributed_whichever_way_calls_are_watched() {
    // Before 3.12 by a wrapper, from then on by `sys.monitoring`.
    for python in [&*PYTHONS[0], newest()] {
        let project = scenario();
        let ran = project.run_in(python, &["attribute", "api", "--quick", "--requests", "200", "--format", "json"]);
        assert_eq!(ran.code, Some(0), "{ran}");
        let result: Value = serde_json::from_str(&ran.stdout).unwrap();
        let functions = result["functions"].as_array().unwrap();
        let parse = functions.iter().find(|function| function["name"] == "service:parse").expect("a row");
        assert_eq!(parse["calls_per_request"], 1.0, "{parse:#}");
        assert!(parse["share_of_p50"]["estimate"].as_f64().unwrap() > 0.0, "{parse:#}");
        assert_eq!(result["migrated"]["equivalence"], "equal", "{result:#}");
        assert_eq!(result["environment"]["python"]["host"], "python");
    }
}

#[test]
fn what_is_sampled_are_the_frames_of_what_is_measured() {
    for python in [&*PYTHONS[0], newest()] {
        let project = project(MODULE, &["built_in"], "");
        let ran = project.run_in(python, &["profile", "w", "--native", "--duration", "1s", "--format", "json"]);
        assert_eq!(ran.code, Some(0), "{ran}");
        let result: Value = serde_json::from_str(&ran.stdout).unwrap();
        let functions = result["targets"][0]["functions"].as_array().unwrap();
        let names: Vec<&str> = functions.iter().filter_map(|function| function["name"].as_str()).collect();
        assert!(names.contains(&"built_in"), "{names:?}");
        let of_host = |name: &&str| ["<module>", "load"].contains(name) || name.contains("rustworthy_worker");
        assert!(!names.iter().any(of_host), "{names:?}");
        // Were what loads the worker counted on one side alone, no stack would match. Nothing matches where the interpreter's loop is made of
        // tail calls and has no names.
        let samples = &result["targets"][0]["samples"];
        let mostly_match = samples["mismatched"].as_u64().unwrap() * 2 < samples["active"].as_u64().unwrap();
        let may_have_tail_calls = minor(python).is_some_and(|minor| !["3.11", "3.12", "3.13"].contains(&&*minor));
        assert!(mostly_match || may_have_tail_calls, "{samples:#}");
    }
}

#[test]
fn doctor_tells_host_over_host_how_far_off_embedding_is() {
    let found = |project: &Project| {
        let ran = project.run_in(&rustworthy_worker::libpython::built_with(), &["doctor", "--format", "json"]);
        assert_eq!(ran.code, Some(0), "{ran}");
        let result: Value = serde_json::from_str(&ran.stdout).unwrap();
        let findings = result["findings"].as_array().unwrap();
        let found = findings.iter().find(|finding| finding["name"] == "embedded Python").expect("a finding");
        let words = found["found"].as_str().unwrap().to_owned();
        assert!(words.contains(" than the executable (interval "), "{words}");
        assert!(words.ends_with("in the workload `records`"), "a workload is timed in both hosts too: {words}");
        (words, found["level"].clone(), result["environment"]["python"]["embedded_over_executable"].clone())
    };
    let (words, level, ratio) = found(&project(MODULE, &["loop"], ""));
    assert!(words.starts_with("none: the executable itself runs workers; embedded it would be "), "{words}");
    assert_eq!((level, ratio), ("fine".into(), Value::Null));
    let (words, _, ratio) = found(&Project::of_functions(MODULE, &["loop"]));
    assert!(!words.contains("runs workers") && ratio["estimate"].as_f64().is_some(), "{words} {ratio}");
}
