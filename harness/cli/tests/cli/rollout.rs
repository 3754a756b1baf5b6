//! `rollout`, on telemetry that real processes with switches have written, in every Python that is here.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use serde_json::Value;
use tempfile::TempDir;

use crate::documents::copy;
use crate::hosted::{minor, pythons_alone};
use crate::support::{Project, Ran};

/// The Python package, and its tests.
pub(crate) static PACKAGE: LazyLock<PathBuf> =
    LazyLock::new(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wheel/python").canonicalize().unwrap());

static PYTHONS: LazyLock<Vec<PathBuf>> = LazyLock::new(pythons_alone);

/// The first of each version: what a switch does is that of the version.
fn of_each_version() -> impl Iterator<Item = &'static PathBuf> {
    let mut seen = BTreeSet::new();
    PYTHONS.iter().filter(move |python| seen.insert(minor(python)))
}

/// Two sides and a switch of them; what follows calls it.
const SWITCH: &str = "
import rustworthy, sys, time
def python(x):
    time.sleep(0.0002)
    return {'id': x, 'tags': [x, x + 1]}
def rust(x): return {'id': x, 'tags': [x, x + 1]}
def differs(x): return rust(x) if x % 100 else {'id': x, 'tags': [x]}
def fails(x): raise RuntimeError('x')
FREE = {'budget': '10000%', 'shadow_budget': '10s', 'inline': True}
def make(name, candidate, mode, **options):
    made = rustworthy.switch(name, python=python, rust=candidate, **{**FREE, **options})
    rustworthy.set_switch(name, mode)
    return made
";

struct Telemetry(TempDir);

impl Telemetry {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &str {
        self.0.path().to_str().unwrap()
    }

    /// Runs a program with switches.
    fn record(&self, code: &str) {
        let ran = self.end(code);
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    }

    /// Runs one that may end in any way.
    fn end(&self, code: &str) -> Output {
        python(PYTHONS.last().expect("a Python"))
            .args(["-c", &format!("{SWITCH}{code}")])
            .env("RUSTWORTHY_TELEMETRY", self.0.path())
            .output()
            .unwrap()
    }

    fn rollout(&self, arguments: &[&str]) -> Ran {
        let project = Project::new(&[]);
        project.run(&[&["rollout", "--telemetry", self.path()], arguments].concat())
    }

    fn result(&self, code: i32) -> Value {
        let ran = self.rollout(&["--format", "json"]);
        assert_eq!(ran.code, Some(code), "{ran}");
        let result = serde_json::from_str(&ran.stdout).unwrap();
        crate::validation::assert_valid::<rustworthy_model::rollout::Rollout>(&result);
        result
    }
}

fn python(executable: &Path) -> Command {
    let mut command = Command::new(executable);
    command.env("PYTHONPATH", &*PACKAGE).env("PYTHONDONTWRITEBYTECODE", "1");
    for variable in ["RUSTWORTHY_TELEMETRY", "RUSTWORTHY_SWITCHES"] {
        command.env_remove(variable);
    }
    command
}

fn codes(switch: &Value) -> Vec<&str> {
    switch["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect()
}

#[test]
fn the_tests_of_the_package_pass_in_every_version() {
    // Side by side: most of it is starting processes and waiting for them.
    let start = |executable: &PathBuf| {
        let mut tests = python(executable);
        tests.args(["-W", "ignore::ResourceWarning", "-m", "unittest", "discover", "-s", "tests"]);
        tests.current_dir(&*PACKAGE).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let running: Vec<_> = of_each_version().map(|executable| (executable, start(executable))).collect();
    for (executable, running) in running {
        let ran = running.wait_with_output().unwrap();
        assert!(ran.status.success(), "{}: {}", executable.display(), String::from_utf8_lossy(&ran.stderr));
    }
}

#[test]
fn a_candidate_that_is_equal_and_faster_is_promoted() {
    let telemetry = Telemetry::new();
    telemetry.record(
        "
made = make('totals', rust, 'shadow', shadow=1.0)
for x in range(3300): made(x)
rustworthy.set_switch('totals', '50%', shadow=0.0)
for x in range(4000):
    with rustworthy.span('request'): made(x)
",
    );
    let result = telemetry.result(0);
    let switch = &result["switches"][0];
    assert_eq!(
        (&switch["name"], &switch["calls"], &switch["equal"], &switch["different"]),
        (&"totals".into(), &7300.into(), &3300.into(), &0.into())
    );
    assert_eq!(switch["verdict"], "promote");
    assert_eq!(switch["speedup_of"], "answers");
    assert!(switch["difference_rate"]["high"].as_f64().unwrap() < 1e-3);
    assert!(switch["speedup"]["low"].as_f64().unwrap() > 1.0);
    assert!(switch["p99_change"].is_object());
    assert_eq!(codes(switch), ["equal", "faster", "tail_not_worse"]);
    let table = telemetry.rollout(&[]);
    assert!(table.stdout.contains("promote") && table.stdout.contains("equal on 3,300 calls"), "{table}");
}

#[test]
fn a_difference_is_rolled_back_with_its_path_and_a_command() {
    let telemetry = Telemetry::new();
    telemetry.record("made = make('totals', differs, 'shadow', shadow=1.0)\nfor x in range(1, 250): made(x)");
    let result = telemetry.result(1);
    let switch = &result["switches"][0];
    assert_eq!((&switch["verdict"], &switch["different"]), (&"roll_back".into(), &2.into()));
    assert_eq!(switch["first_difference"]["path"], ".tags");
    let table = telemetry.rollout(&[]);
    assert!(table.stdout.contains("first difference: .tags"), "{table}");
    assert!(table.stdout.contains("rustworthy capture __main__:python -- python app.py"), "{table}");
    let markdown = telemetry.rollout(&["--format", "markdown"]);
    assert_eq!(markdown.code, Some(1));
    assert!(markdown.stdout.contains("**roll back**"), "{markdown}");
}

#[test]
fn too_few_calls_say_how_many_more_it_takes() {
    let telemetry = Telemetry::new();
    telemetry.record("made = make('totals', rust, 'shadow', shadow=1.0)\nfor x in range(500): made(x)");
    let result = telemetry.result(5);
    let switch = &result["switches"][0];
    assert_eq!(switch["verdict"], "keep_shadowing");
    assert_eq!((&switch["reasons"][0]["code"], &switch["reasons"][0]["more"]), (&"too_few_calls".into(), &2718.into()));
    assert_eq!(telemetry.rollout(&["--bound", "2%"]).code, Some(0));
}

#[test]
fn switches_are_told_apart_and_chosen_by_name() {
    let telemetry = Telemetry::new();
    telemetry.record(
        "
make('off', rust, 'python')(1)
fails = make('fails', fails, 'rust', shadow=0.0)
for x in range(3): fails(x)
",
    );
    telemetry.record("make('off', rust, 'python')(1)");
    let result = telemetry.result(1);
    let [fails, off] = result["switches"].as_array().unwrap().as_slice() else { panic!("{result}") };
    assert_eq!((codes(fails), &fails["fell_back"]), (vec!["failed"], &1.into()));
    assert_eq!(fails["breakers"][0]["why"], "raised");
    assert_eq!((&off["calls"], &off["verdict"], &result["files"]), (&2.into(), &"keep_shadowing".into(), &2.into()));
    assert_eq!(telemetry.rollout(&["off"]).code, Some(5));
    let unknown = telemetry.rollout(&["other"]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.stderr.contains("there is telemetry of: fails, off"), "{unknown}");
}

#[test]
fn a_crash_in_the_candidate_is_known_before_the_next_start_and_another_end_is_none() {
    let hangs = "
import os
made = make('totals', lambda x: time.sleep(60), 'shadow', shadow=1.0, inline=False)
made(1)
time.sleep(0.3)
rustworthy.switch.flush()
os._exit(0)
";
    let telemetry = Telemetry::new();
    for ends in 1..=2 {
        telemetry.record(hangs);
        let switch = &telemetry.result(5)["switches"][0];
        assert_eq!((&switch["ended_within"], &switch["breakers"]), (&ends.into(), &Value::Array(Vec::new())));
    }
    let table = telemetry.rollout(&[]);
    assert!(table.stdout.contains("2 processes ended in the candidate without the report of a crash"), "{table}");
    telemetry.end("import ctypes\nmake('totals', lambda x: ctypes.string_at(0), 'rust', shadow=0.0)(1)");
    let switch = &telemetry.result(1)["switches"][0];
    assert_eq!(codes(switch), ["died"], "{switch}");
    assert_eq!(switch["breakers"][0]["why"], "died");
}

#[test]
fn what_passes_through_and_digests_of_several_salts_are_told() {
    let telemetry = Telemetry::new();
    let code = "
def interrupted(x): raise KeyboardInterrupt
made = make('totals', interrupted, 'rust', shadow=0.0)
for x in range(3):
    try: made(x)
    except KeyboardInterrupt: pass
make('other', differs, 'shadow', shadow=1.0)(100)
";
    telemetry.record(code);
    fs::remove_file(telemetry.0.path().join("salt")).unwrap();
    telemetry.record(code);
    let result = telemetry.result(1);
    assert_eq!((&result["salts"], &result["switches"][1]["passed"]), (&2.into(), &6.into()), "{result:#}");
    let table = telemetry.rollout(&[]);
    assert!(table.stdout.contains("6 calls ended by what passes through"), "{table}");
    assert!(table.stdout.contains("digests were made with 2 salts"), "{table}");
}

#[test]
fn what_no_switch_can_have_written_is_refused() {
    let telemetry = Telemetry::new();
    let line = r#"{"v":1,"from":1796000000.0,"to":1796000001.0,"switch":"a","mode":"shadow","calls":9000,"shadowed":10,"equal":9000}"#;
    fs::write(telemetry.0.path().join("20261129-h-1-ab.jsonl"), format!("{line}\n")).unwrap();
    let refused = telemetry.rollout(&[]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{refused}");
    assert!(refused.stderr.contains("20261129-h-1-ab.jsonl:1: switch 'a': 9000 equal"), "{refused}");
    assert!(refused.stderr.contains("remove the line, or the file"), "{refused}");
}

#[test]
fn what_is_wrong_with_a_folder_is_told() {
    let telemetry = Telemetry::new();
    let empty = telemetry.rollout(&[]);
    assert_eq!((empty.code, empty.stdout.as_str()), (Some(4), ""), "{empty}");
    let project = Project::new(&[]);
    let missing = project.run(&["rollout", "--telemetry", "missing"]);
    assert_eq!(missing.code, Some(2));
    assert!(missing.stderr.contains("missing: no such folder"), "{missing}");
    let unnamed = Ran::from(project.command(&["rollout"]).env_remove("RUSTWORTHY_TELEMETRY").output().unwrap());
    assert_eq!(unnamed.code, Some(2));
    assert!(unnamed.stderr.contains("--telemetry DIR or RUSTWORTHY_TELEMETRY"), "{unnamed}");
    telemetry.record("make('off', rust, 'python')(1)");
    fs::write(telemetry.0.path().join("broken.jsonl"), "{\"v\":1,\n\u{0}\nhalf").unwrap();
    let ran = telemetry.rollout(&["--format", "json"]);
    assert!(ran.stdout.contains("\"skipped_lines\": 3"), "{ran}");
    let table = telemetry.rollout(&[]);
    assert!(table.stdout.contains("3 lines are cut off or no telemetry"), "{table}");
    assert_eq!(telemetry.rollout(&["--bound", "0"]).code, Some(2));
}

/// The program with its package, in the environment that the example is measured in.
fn shop(example: &Project, telemetry: &str, candidate: &str, requests: &str, python: &str) {
    let mut shop = self::python(Path::new(python));
    shop.current_dir(example.path()).args(["switched.py", requests]).env("CANDIDATE", candidate);
    shop.env("RUSTWORTHY_TELEMETRY", telemetry).env("RUSTWORTHY_SWITCHES", "switches.toml");
    let ran = shop.output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn the_walk_through_of_the_book() {
    let example = Project::new(&[]);
    copy("examples/service", example.path());
    let (compared, _) = example.compare(&[]);
    let python = compared["environment"]["python"]["executable"].as_str().unwrap();
    let set = |mode| fs::write(example.file("switches.toml"), format!("[switch.totals]\nmode = \"{mode}\"\n")).unwrap();
    let rollout = |telemetry| {
        let ran = example.run(&["rollout", "--telemetry", telemetry, "--format", "json"]);
        (ran.code, serde_json::from_str::<Value>(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}")))
    };

    set("shadow");
    shop(&example, "first", "first_try", "500", python);
    let (code, first) = rollout("first");
    assert_eq!((code, codes(&first["switches"][0])), (Some(1), vec!["different"]), "{first:#}");
    assert_eq!(first["switches"][0]["first_difference"]["why"], "order of keys");

    shop(&example, "second", "", "5000", python);
    let (_, shadowed) = rollout("second");
    let switch = &shadowed["switches"][0];
    assert_eq!((&switch["calls"], &switch["different"], &switch["failed"]), (&5000.into(), &0.into(), &0.into()));
    assert!(switch["speedup"].is_object(), "{shadowed:#}");

    set("25%");
    shop(&example, "second", "", "8000", python);
    let (_, shared) = rollout("second");
    let switch = &shared["switches"][0];
    assert!(switch["p99_change"].is_object(), "{shared:#}");
    assert_eq!((&switch["speedup_of"], &switch["different"]), (&"answers".into(), &0.into()), "{shared:#}");

    set("rust");
    shop(&example, "second", "", "1000", python);
    let (_, shipped) = rollout("second");
    let [before, after] = [switch, &shipped["switches"][0]].map(|switch| switch["answered_by_rust"].as_u64().unwrap());
    assert_eq!(after - before, 1000, "{shipped:#}");
    let switch = &shipped["switches"][0];
    assert_eq!((&switch["different"], &switch["fell_back"]), (&0.into(), &0.into()), "{shipped:#}");
}

#[test]
fn a_decision_goes_by_what_production_has_recorded() {
    let module = "def make(size, seed):\n    return [seed] * size\n\ndef slow(values):\n    total = 0\n    \
                  for value in values:\n        total += value * value\n    return total\n\ndef rust(values):\n    \
                  return sum(value * value for value in values) + (len(values) == 77)\n\ndef fast(values):\n    \
                  return values[0] * values[0] * len(values) if values else 0\n";
    let project = Project::with_settings(module, &["slow", "fast"], "", "kind = \"rust\"");
    let telemetry = Telemetry::new();
    let code = "
import impls
made = rustworthy.switch('squares', python=impls.slow, rust=impls.rust, shadow=1.0, **FREE)
rustworthy.set_switch('squares', 'shadow')
for x in range(1, 90): made([x] * x)
";
    let ran = python(PYTHONS.last().expect("a Python"))
        .args(["-c", &format!("{SWITCH}{code}")])
        .env("PYTHONPATH", std::env::join_paths([PACKAGE.as_path(), project.path()]).unwrap())
        .env("RUSTWORTHY_TELEMETRY", telemetry.path())
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let decide = |arguments: &[&str]| {
        let all = [&["decide", "w", "--quick", "--budget", "1s", "--format", "json"], arguments].concat();
        let ran = project.run(&all);
        let result: Value =
            serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}"));
        (result, ran)
    };
    let (without, ran) = decide(&[]);
    assert!(without["candidates"][0]["verdict"] == "migrate" && without.get("production").is_none(), "{ran}");
    let (with, ran) = decide(&["--telemetry", telemetry.path()]);
    let candidate = &with["candidates"][0];
    assert_eq!(candidate["verdict"], "inconclusive", "{ran}");
    assert!(codes(candidate).contains(&"blocked") && codes(candidate).contains(&"in_production"), "{ran}");
    assert_eq!(with["production"]["switches"][0]["verdict"], "roll_back");
    let page = fs::read_to_string(project.file(".rustworthy/latest/report.html")).unwrap();
    assert!(page.contains("In production") && page.contains("the two sides differ on 1 call"));
    let ran = project.run(&["decide", "w", "--telemetry", "nowhere"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("nowhere: no such folder"), "{ran}");
}
