//! What the doctor tells of the machine that the tests run on.

use std::sync::LazyLock;

use serde_json::Value;

use super::support::{Project, Ran};
use super::validation::assert_valid;

fn doctor(arguments: &[&str]) -> Ran {
    let ran = Project::new(&[]).run(&[&["doctor"], arguments].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    ran
}

/// What it tells of the Python of the built-in workloads.
static FOUND: LazyLock<Value> = LazyLock::new(|| {
    let ran = Project::builtin().run(&["doctor", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    serde_json::from_str(&ran.stdout).expect("JSON")
});

#[test]
fn the_result_is_valid_by_its_schema() {
    assert_valid::<rustworthy_model::doctor::Doctor>(&FOUND);
    assert!(FOUND["noise"].is_null(), "{:#}", *FOUND);
}

#[test]
fn what_is_embedded_is_told() {
    let ratio = &FOUND["environment"]["python"]["embedded_over_executable"];
    assert!(ratio["low"].as_f64().unwrap() > 0.0, "{ratio}");
}

#[test]
fn everything_is_looked_at_wherever_it_runs() {
    let names: Vec<&str> =
        FOUND["findings"].as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
    for name in [
        "frequency governor",
        "turbo",
        "hyperthreads",
        "load",
        "steal time",
        "processor quota",
        "memory limit",
        "processor affinity",
        "transparent huge pages",
        "swap",
        "address layout",
        "build of rustworthy",
        "build of Python",
        "watched Python",
        "embedded Python",
        "clock source",
        "host",
        "ptrace",
        "perf events",
        "power supply",
    ] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
}

#[test]
fn what_is_fine_is_told_in_brief_unless_more_is_wanted() {
    let (brief, full) = (doctor(&[]), doctor(&["-v"]));
    let why = "Without optimisation Rust is ten times slower";
    assert!(brief.stdout.contains("libpython"), "{brief}");
    assert!(brief.stdout.contains("build of rustworthy") && !brief.stdout.contains(why), "{brief}");
    assert!(full.stdout.contains(why), "{full}");
}

#[test]
fn markdown_holds_all_findings() {
    let ran = doctor(&["--format", "markdown"]);
    assert!(ran.stdout.contains("| level | found | why it matters | remedy |"), "{ran}");
    assert!(ran.stdout.contains("| fine | build of rustworthy"), "{ran}");
}

/// The program in a project whose Python is watched: by a start-up file's trace function, in development mode.
fn watched(arguments: &[&str]) -> Ran {
    let module = "def make(size, seed):\n    return size\ndef double(n):\n    return 2 * n";
    let project = Project::of_functions(module, &["double"]);
    std::fs::write(project.file("sitecustomize.py"), "import sys\ndef look(*_): pass\nsys.settrace(look)\n").unwrap();
    let mut command = project.command(arguments);
    command.env("PYTHONPATH", project.path()).env("PYTHONDEVMODE", "1").env("PYTHONMALLOC", "debug");
    Ran::from(command.output().unwrap())
}

#[test]
fn what_watches_python_spoils_and_stands_beside_results() {
    let all = "watched Python: development mode, the allocator 'debug', a trace function (sitecustomize.look)";
    let ran = watched(&["doctor"]);
    assert!(ran.stdout.contains(all) && ran.stdout.contains("unset PYTHONDEVMODE PYTHONMALLOC"), "{ran}");
    let ran = watched(&["compare", "all", "--quick", "--budget", "100ms", "--format", "json"]);
    let result: Value = serde_json::from_str(&ran.stdout).unwrap();
    let spoiling = result["environment"]["spoiling"].as_array().unwrap();
    assert!(spoiling.iter().any(|one| one == all), "{ran}");
}

#[test]
fn a_wrong_home_of_python_is_named() {
    let project = Project::new(&[]);
    let ran = Ran::from(project.command(&["doctor"]).env("PYTHONHOME", project.path()).output().unwrap());
    let named = format!("PYTHONHOME is {}, but the home of", project.path().display());
    assert!(ran.code == Some(2) && ran.stderr.contains(&named), "{ran}");
}
