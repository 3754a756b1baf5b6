//! Contenders in Pythons of their own, `interpreter = "…"`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use crate::gate::repository::Repository;
use crate::hosted::{Hosted, PYTHONS, minor};
use crate::support::{Project, Ran, contender};

/// The input is of a class that no Python reads from another's pickle.
const MODULE: &str = "
import os, sys, sysconfig

class Numbers:
    def __init__(self, numbers): self.numbers = numbers
    def __reduce__(self): return restored, (self.numbers, sys.version)
def restored(numbers, version):
    assert version == sys.version, 'pickled by another Python'
    return Numbers(numbers)

def make(size, seed): return Numbers(list(range(size)))
def loop(input):
    total = 0
    for n in input.numbers: total += n * n
    return total
def version(input): return sys.version.split()[0]
def variable(input): return os.environ.get('MARK')
";

/// A project with contenders that are written as they are to stand in its manifest.
fn project(module: &str, workload: &str, contenders: &[(&str, &str)]) -> Project {
    let mut manifest = format!("[workload.w]\ninput = 'impls:make'\nsizes = {{ default = 100 }}\n{workload}\n");
    for (name, lines) in contenders {
        manifest.push_str(&format!("[workload.w.contender.{name}]\n{lines}\n"));
    }
    Project::new(&[("rustworthy.toml", &manifest), ("impls.py", module)])
}

/// Runs a program that has workers for all Pythons here.
fn run(project: &Project, arguments: &[&str]) -> Ran {
    project.run_in(&PYTHONS[0], arguments)
}

fn compare(project: &Project) -> (Value, Ran) {
    project.compare_in(&PYTHONS[0])
}

const BASELINE: (&str, &str) = ("loop", "python = 'impls:loop'\nbaseline = true");

/// Lines of a contender in another Python.
fn within(python: &Path, rest: &str) -> String {
    format!("interpreter = '{}'\nkind = 'interpreter'\n{rest}", python.display())
}

#[test]
fn every_other_python_is_measured_on_the_same_input() {
    let others: Vec<(String, String)> = PYTHONS
        .iter()
        .skip(1)
        .enumerate()
        .map(|(place, python)| (format!("other-{place}"), within(python, "python = 'impls:loop'")))
        .collect();
    assert!(!others.is_empty(), "there is one Python only");
    let contenders: Vec<(&str, &str)> =
        [BASELINE].into_iter().chain(others.iter().map(|(name, lines)| (name.as_str(), lines.as_str()))).collect();
    let project = project(MODULE, "", &contenders);
    let (result, ran) = compare(&project);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(result["environment"]["python"]["host"], "python", "as the others");
    assert!(contender(&result, "w", "loop").get("interpreter").is_none());
    for ((name, _), python) in others.iter().zip(PYTHONS.iter().skip(1)) {
        let row = contender(&result, "w", name);
        assert_eq!(row["equivalence"]["status"], "equal", "{row:#}");
        assert!(row["speedup"]["estimate"].is_f64(), "{row:#}");
        assert_eq!(row["interpreter"]["executable"].as_str().map(Path::new), Some(&**python));
        assert_eq!(row["interpreter"]["free_threaded"], false);
    }
    let table = project.run(&["report"]);
    let version = contender(&result, "w", "other-0")["interpreter"]["version"].as_str().unwrap().to_owned();
    assert!(table.stdout.contains(&format!("interpreter/{version}")), "{table}");
}

#[test]
fn it_is_the_python_that_is_named_with_the_variables_that_are_set() {
    let other = PYTHONS.last().unwrap();
    let version = within(other, "python = 'impls:version'");
    let variable = within(other, "python = 'impls:variable'\nenv = { MARK = 'yes' }");
    let contenders = [BASELINE, ("version", version.as_str()), ("variable", variable.as_str())];
    let (result, ran) = compare(&project(MODULE, "", &contenders));
    assert_eq!(ran.code, Some(3), "both differ: {ran}");
    let detail = |name: &str| contender(&result, "w", name)["equivalence"]["detail"].as_str().unwrap().to_owned();
    let of_row = contender(&result, "w", "version")["interpreter"]["version"].as_str().unwrap();
    assert!(detail("version").contains(of_row), "{}", detail("version"));
    assert!(detail("variable").contains("'yes'"), "{}", detail("variable"));
}

#[test]
fn an_input_that_is_another_there_fails_its_contender_and_no_other() {
    let module = MODULE.replace("list(range(size))", "[sys.version_info[1]] * size");
    let other = within(PYTHONS.last().unwrap(), "python = 'impls:loop'");
    let fine = ("fine", "python = 'impls:loop'");
    let (result, ran) = compare(&project(&module, "", &[BASELINE, ("other", &other), fine]));
    assert_eq!(ran.code, Some(3), "{ran}");
    let error = contender(&result, "w", "other")["error"].as_str().unwrap();
    let sha256 = result["workloads"][0]["input"]["sha256"].as_str().unwrap();
    assert!(error.contains("makes another input: sha256 ") && error.contains(sha256), "{error}");
    assert_eq!(contender(&result, "w", "fine")["equivalence"]["status"], "equal");
}

#[test]
fn files_of_an_input_are_made_anew_and_compared_by_what_is_in_them() {
    let module = "
import os, pathlib
def make(size, seed):
    file = pathlib.Path(os.environ['RUSTWORTHY_SCRATCH']) / 'numbers.txt'
    file.write_text(' '.join(map(str, range(size))))
    return file
def loop(file): return sum(map(int, file.read_text().split()))
";
    let other = within(PYTHONS.last().unwrap(), "python = 'impls:loop'");
    let (result, ran) = compare(&project(module, "", &[BASELINE, ("other", &other)]));
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(contender(&result, "w", "other")["equivalence"]["status"], "equal");
}

#[test]
fn a_checker_of_the_project_does_not_see_objects_of_another_python() {
    let module = format!("{MODULE}\ndef same(expected, got): return expected == got\n");
    let other = within(PYTHONS.last().unwrap(), "python = 'impls:loop'");
    let (result, ran) = compare(&project(&module, "equal = 'impls:same'", &[BASELINE, ("other", &other)]));
    assert_eq!(ran.code, Some(0), "{ran}");
    let row = contender(&result, "w", "other");
    assert_eq!(row["equivalence"]["status"], "unchecked", "{row:#}");
    assert!(row["equivalence"]["detail"].as_str().unwrap().contains("is of another Python"), "{row:#}");
    assert!(row["speedup"].is_null() && row["seconds"]["estimate"].is_f64(), "{row:#}");
}

#[test]
fn packages_that_cannot_be_had_there_fail_its_contenders_alone() {
    let other = within(PYTHONS.last().unwrap(), "python = 'impls:loop'");
    let project = project(MODULE, "", &[BASELINE, ("other", &other)]);
    // The chosen one is an environment that has what is required.
    let folder = project.file("environment");
    let made = std::process::Command::new(&PYTHONS[0]).args(["-m", "venv", "--without-pip"]).arg(&folder).status();
    assert!(made.unwrap().success());
    let packages = fs::read_dir(folder.join("lib")).unwrap().flatten().next().unwrap().path().join("site-packages");
    let info = packages.join("rustworthy_made_up-1.0.dist-info");
    fs::create_dir(&info).unwrap();
    fs::write(info.join("METADATA"), "Metadata-Version: 2.1\nName: rustworthy-made-up\nVersion: 1.0\n").unwrap();
    fs::write(project.file("requirements.txt"), "rustworthy-made-up==1.0\n").unwrap();
    let manifest = fs::read_to_string(project.file("rustworthy.toml")).unwrap();
    let manifest = format!("[project]\nrequirements = 'requirements.txt'\n{manifest}");
    fs::write(project.file("rustworthy.toml"), manifest).unwrap();
    let arguments = ["compare", "all", "--quick", "--budget", "100ms", "--offline", "--format", "json"];
    let ran = project.run_in(&folder, &arguments);
    let result: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}"));
    assert_eq!(ran.code, Some(3), "{ran}");
    let error = contender(&result, "w", "other")["error"].as_str().unwrap();
    assert!(error.contains("its environment can't be provided") && error.contains("rustworthy-made-up"), "{error}");
    assert_eq!(contender(&result, "w", "loop")["status"], "measured");
}

#[test]
fn a_python_that_is_installed_is_found_by_its_name() {
    let other = PYTHONS.last().unwrap();
    let name = format!("python{}", minor(other).unwrap());
    let lines = format!("interpreter = '{name}'\nkind = 'interpreter'\npython = 'impls:loop'");
    let project = project(MODULE, "", &[BASELINE, ("other", &lines)]);
    let pyenv = project.file("pyenv");
    let bin = pyenv.join("versions/any/bin");
    for folder in [&bin, &pyenv.join("shims")] {
        fs::create_dir_all(folder).unwrap();
    }
    script(&project, &format!("pyenv/shims/{name}"), "echo 'pyenv: command not found' >&2; exit 127");
    std::os::unix::fs::symlink(other, bin.join(&name)).unwrap();
    let mut command =
        project.hosted(&PYTHONS[0], &["compare", "all", "--quick", "--budget", "100ms", "--format", "json"]);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([pyenv.join("shims")].into_iter().chain(std::env::split_paths(&path))).unwrap();
    command.env("PYENV_ROOT", &pyenv).env("PATH", path);
    let ran = Ran::from(command.output().expect("the program runs"));
    assert_eq!(ran.code, Some(0), "{ran}");
    let result: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}"));
    assert_eq!(contender(&result, "w", "other")["equivalence"]["status"], "equal", "{ran}");
}

/// A program in the place of a Python.
fn script(project: &Project, name: &str, body: &str) {
    let file = project.file(name);
    fs::write(&file, format!("#!/bin/sh\n{body}\n")).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn names_that_no_python_answers_to_are_told_with_their_places_and_nothing_is_run() {
    let lines = |name: &str| format!("interpreter = '{name}'\npython = 'impls:loop'");
    let names = ["python3.99", "./nothing", "./folder", "./no-python", "./pypy", "./old"];
    let lines: Vec<(String, String)> =
        names.iter().enumerate().map(|(place, name)| (format!("c{place}"), lines(name))).collect();
    let contenders: Vec<(&str, &str)> =
        [BASELINE].into_iter().chain(lines.iter().map(|(name, lines)| (name.as_str(), lines.as_str()))).collect();
    let project = project(MODULE, "", &contenders);
    fs::create_dir(project.file("folder")).unwrap();
    script(&project, "no-python", "exit 3");
    let answers = |implementation: &str, version: &str| {
        format!(
            "echo '{{\"executable\": \"/x\", \"implementation\": \"{implementation}\", \"version\": \"{version} (main)\", \
             \"prefix\": \"/\", \"base_prefix\": \"/\", \"base_executable\": \"/x\", \"libraries\": [], \"gil_disabled\": false, \
             \"debug\": false, \"configured_with\": null}}'"
        )
    };
    script(&project, "pypy", &answers("pypy", "3.11.9"));
    script(&project, "old", &answers("cpython", "3.10.13"));
    let ran = run(&project, &["compare", "all", "--quick"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran}");
    let expected = [
        "no such command in PATH",
        "no such file",
        "a folder without bin/python",
        "does not answer as a Python interpreter does",
        "is pypy, but only CPython is supported",
        "is Python 3.10.13, but 3.11 or newer is needed",
    ];
    for (place, expected) in expected.into_iter().enumerate() {
        let key = format!("workload.w.contender.c{place}.interpreter");
        let told = ran.stderr.lines().find(|line| line.contains(&key)).unwrap_or_else(|| panic!("{key}: {ran}"));
        assert!(told.contains("rustworthy.toml:") && told.contains(expected), "{told}");
    }
    assert!(!ran.stderr.contains("--python"), "{ran}");
}

#[test]
fn keys_that_contradict_each_other_are_told() {
    let other = within(&PYTHONS[0], "python = 'impls:loop'");
    let of_baseline = format!("{}\nbaseline = true", within(&PYTHONS[0], "python = 'impls:loop'"));
    let ran = project(MODULE, "", &[("loop", &of_baseline)]).run(&["list"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("the baseline runs in the project's Python"), "{ran}");

    let project = project(MODULE, "", &[BASELINE, ("other", &other)]);
    let manifest = fs::read_to_string(project.file("rustworthy.toml")).unwrap();
    fs::write(project.file("rustworthy.toml"), format!("[project]\nhost = 'embedded'\n{manifest}")).unwrap();
    let ran = project.run(&["list"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("project.host") && ran.stderr.contains("can't be embedded"), "{ran}");
}

#[test]
fn the_gate_leaves_it_out_and_says_so() {
    let other = within(PYTHONS.last().unwrap(), "python = 'impls:loop'");
    let repository = Repository::of(project(MODULE, "", &[BASELINE, ("other", &other)]));
    let ran = repository.run_in(&PYTHONS[0], &["gate", "--against", "HEAD", "--budget", "100ms", "--format", "json"]);
    let gate: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}"));
    let names: Vec<&str> =
        gate["benchmarks"].as_array().unwrap().iter().filter_map(|one| one["contender"].as_str()).collect();
    assert_eq!(names, ["loop"], "{gate:#}");
    assert!(ran.stderr.contains("w:other isn't gated"), "{ran}");
}

#[test]
fn it_can_be_profiled() {
    let other = within(PYTHONS.last().unwrap(), "python = 'impls:loop'");
    let project = project(MODULE, "", &[BASELINE, ("other", &other)]);
    let ran = run(&project, &["profile", "w:other", "--duration", "1s", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let result: Value = serde_json::from_str(&ran.stdout).unwrap();
    let functions = result["targets"][0]["functions"].as_array().unwrap();
    assert!(functions.iter().any(|function| function["name"] == "loop"), "{functions:#?}");
}
