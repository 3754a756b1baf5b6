//! `compare` on projects of users' own.

use serde_json::Value;

use super::support::{Project, contender};

const MODULE: &str = r#"
import random


def make(size, seed):
    numbers = random.Random(seed)
    return [numbers.random() for _ in range(size * 100)]


def plain(numbers):
    squares = []
    for number in numbers:
        squares.append(number * number)
    return squares


def comprehension(numbers):
    return [number * number for number in numbers]


def as_tuple(numbers):
    return tuple(number * number for number in numbers)


def rounded(numbers):
    return [round(number * number, 12) for number in numbers]


def one_off(numbers):
    squares = comprehension(numbers)
    squares[17] += 1
    return squares


def close(expected, got):
    return len(expected) == len(got)
"#;

#[test]
fn two_contenders_in_plain_python_are_compared() {
    let project = Project::of_functions(MODULE, &["plain", "comprehension"]);
    let (result, ran) = project.compare(&[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(result["schema"], "rustworthy.comparison.v1");
    assert_eq!(result["run"]["complete"], true);

    let baseline = contender(&result, "w", "plain");
    assert_eq!(baseline["equivalence"]["status"], "baseline");
    assert!(baseline["speedup"].is_null());
    let other = contender(&result, "w", "comprehension");
    assert_eq!(other["status"], "measured");
    assert_eq!(other["equivalence"]["status"], "equal");
    for estimate in [&baseline["seconds"], &other["seconds"], &other["speedup"]] {
        let [low, middle, high] = ["low", "estimate", "high"].map(|key| estimate[key].as_f64().unwrap());
        assert!(0.0 < low && low <= middle && middle <= high, "{estimate}");
    }
    assert!(other["peak_memory_bytes"].as_u64().unwrap() > 1 << 20);
    assert!(other["processes"].as_u64().unwrap() >= 3 && other["samples"].as_u64() >= other["processes"].as_u64());
    assert!(other["latency"]["count"].as_u64().unwrap() > 0);
}

#[test]
fn the_environment_names_the_interpreter_that_was_really_embedded() {
    let project = Project::of_functions(MODULE, &["plain"]);
    let (result, ran) = project.compare(&[]);
    let python = &result["environment"]["python"];
    assert!(python["version"].as_str().unwrap().starts_with("3."), "{ran}");
    let ratio = python["embedded_over_executable"]["estimate"].as_f64().unwrap();
    assert!(ratio > 0.1 && ratio < 10.0, "{python}");
    if let Some(library) = python["libpython"].as_str() {
        assert!(std::path::Path::new(library).is_file(), "{library}");
    }
}

#[test]
fn a_difference_is_shown_by_its_place() {
    let (result, _) = Project::of_functions(MODULE, &["plain", "one_off"]).compare(&[]);
    let found = contender(&result, "w", "one-off");
    assert_eq!(found["equivalence"]["status"], "different");
    assert!(found["equivalence"]["detail"].as_str().unwrap().starts_with("[17]: "), "{found:#}");
    assert!(found["speedup"].is_null() && found["seconds"]["estimate"].is_f64());
}

#[test]
fn equality_is_as_strict_as_the_manifest_says() {
    let cases: [(&[&str], &str, &str); 6] = [
        (&["plain", "as_tuple"], "", "different"),
        (&["plain", "rounded"], "", "different"),
        (&["plain", "rounded"], "equal = { rel-tol = 1e-3, abs-tol = 1e-9 }", "within_tolerance"),
        (&["plain", "one_off"], "equal = \"impls:close\"", "equal"),
        (&["plain", "one_off"], "equal = { ignore = [\"[17]\"] }", "equal"),
        (&["plain", "one_off"], "equal = { ignore = [\"[16]\"] }", "different"),
    ];
    let workloads = cases.map(|(functions, equal, _)| (functions, equal));
    let (result, ran) = Project::of_workloads(MODULE, &workloads).compare(&[]);
    for (place, (functions, equal, status)) in cases.into_iter().enumerate() {
        let found = contender(&result, &format!("w{place}"), &functions[1].replace('_', "-"));
        assert_eq!(found["equivalence"]["status"], status, "{equal}: {ran}");
    }
}

#[test]
fn a_declared_difference_withholds_the_speedup_even_where_none_shows() {
    let project = Project::with_settings(MODULE, &["plain", "comprehension"], "", "differs = \"by decree\"");
    let (result, ran) = project.compare(&[]);
    let found = contender(&result, "w", "comprehension");
    assert_eq!(found["equivalence"]["status"], "equal");
    assert_eq!(found["equivalence"]["expected"], "by decree");
    assert!(found["speedup"].is_null());
    assert!(found["warnings"].to_string().contains("this input shows no difference"));
    assert_eq!(ran.code, Some(0));
}

#[test]
fn a_declared_difference_that_shows_is_no_failure() {
    let project = Project::with_settings(MODULE, &["plain", "one_off"], "", "differs = \"off by one\"");
    let (result, ran) = project.compare(&[]);
    assert_eq!(contender(&result, "w", "one-off")["equivalence"]["status"], "different");
    assert_eq!(ran.code, Some(0), "{ran}");
}

#[test]
fn a_baseline_that_differs_from_itself_leaves_everything_unchecked() {
    let module = "def make(size, seed): return [str(i) for i in range(size)]\n\
                  def plain(words): return list(set(words))\ndef other(words): return list(set(words))\n";
    let project = Project::of_functions(module, &["plain", "other"]);
    let (result, ran) = project.compare(&[]);
    for name in ["plain", "other"] {
        let found = contender(&result, "w", name);
        assert_eq!(found["equivalence"]["status"], "unchecked", "{ran}");
        assert!(found["speedup"].is_null() && found["seconds"]["estimate"].is_f64(), "{found:#}");
    }
    assert!(result["workloads"][0]["error"].to_string().contains("differs from itself"), "{ran}");
    assert_eq!(ran.code, Some(3));
}

#[test]
fn contenders_have_an_environment_of_their_own() {
    let module = "import os\ndef make(size, seed): return size\n\
                  def plain(n): return 'set'\ndef other(n): return os.environ.get('FLAVOUR', 'unset')\n";
    let project = Project::with_settings(module, &["plain", "other"], "", "env = { FLAVOUR = \"set\" }");
    let (result, ran) = project.compare(&[]);
    assert_eq!(contender(&result, "w", "other")["equivalence"]["status"], "equal", "{ran}");
}

#[test]
fn a_fresh_input_for_every_call_may_be_used_up() {
    let module = "def make(size, seed): return list(range(size))\n\
                  def plain(numbers):\n    total = 0\n    for n in numbers: total += n\n    return total\n\
                  def pops(numbers):\n    total = 0\n    while numbers: total += numbers.pop()\n    return total\n";
    let project = Project::with_settings(module, &["plain", "pops"], "fresh-input = true", "");
    let (result, ran) = project.compare(&[]);
    let found = contender(&result, "w", "pops");
    assert_eq!(found["equivalence"]["status"], "equal", "{ran}");
    assert!(found["speedup"]["estimate"].is_f64(), "{found:#}");
}

#[test]
fn an_import_that_fails_is_its_contenders_failure() {
    let project = Project::new(&[
        (
            "rustworthy.toml",
            "[workload.w]\ninput = \"impls:make\"\nsizes = { default = 10 }\n\
             [workload.w.contender.plain]\npython = \"impls:plain\"\nbaseline = true\n\
             [workload.w.contender.broken]\npython = \"broken:function\"\n\
             [workload.w.contender.dead]\npython = \"dead:function\"\n",
        ),
        ("impls.py", "def make(size, seed): return size\ndef plain(n): return n\n"),
        ("broken.py", "import a_wheel_that_is_missing\ndef function(n): return n\n"),
        ("dead.py", "import os\nos._exit(5)\nfunction = print\n"),
    ]);
    let environment = project.file(".venv");
    std::fs::create_dir(&environment).unwrap();
    std::fs::write(environment.join("pyvenv.cfg"), "").unwrap();
    let (result, ran) = project.compare(&[]);
    assert_eq!(ran.code, Some(3), "{ran}");
    let broken = contender(&result, "w", "broken");
    assert_eq!(broken["status"], "failed");
    let error = broken["error"].as_str().unwrap();
    assert!(error.contains("No module named 'a_wheel_that_is_missing', in the packages of /"), "{broken:#}");
    assert!(error.contains(&format!("not the active one: --python {}", environment.display())), "{broken:#}");
    let dead = contender(&result, "w", "dead");
    assert!(dead["error"].as_str().unwrap().contains("status 5"), "{dead:#}");
    assert_eq!(contender(&result, "w", "plain")["status"], "measured");
}

#[test]
fn a_baseline_that_fails_leaves_the_others_their_times_and_no_speedup() {
    let module = MODULE.to_owned() + "\n\ndef fails(numbers):\n    raise KeyError('gone')\n";
    let (result, ran) = Project::of_functions(&module, &["fails", "plain", "comprehension"]).compare(&[]);
    assert_eq!(ran.code, Some(3), "{ran}");
    assert_eq!(contender(&result, "w", "fails")["status"], "failed");
    for name in ["plain", "comprehension"] {
        let found = contender(&result, "w", name);
        assert_eq!(found["equivalence"]["status"], "unchecked", "{ran}");
        assert!(found["speedup"].is_null() && found["seconds"]["estimate"].is_f64(), "{found:#}");
    }
}

#[test]
fn a_run_ends_even_if_all_contenders_fail_once_they_are_timed() {
    // One process makes the input, three make first calls; those that come after are timed.
    let module = "import os, pathlib\n\
                  count = pathlib.Path(os.environ['RUSTWORTHY_SCRATCH']) / 'processes'\n\
                  with count.open('a') as file: file.write('x')\n\
                  late = count.stat().st_size > 4\n\
                  def make(size, seed): return size\n\
                  def plain(n):\n    if late: raise OSError('worn out')\n    return n\n\
                  def other(n): return plain(n)\n";
    let (result, ran) = Project::of_functions(module, &["plain", "other"]).compare(&[]);
    assert_eq!(ran.code, Some(3), "{ran}");
    for name in ["plain", "other"] {
        let found = contender(&result, "w", name);
        assert!(found["error"].as_str().unwrap().contains("OSError: worn out"), "{found:#}");
        assert!(found["peak_memory_bytes"].is_u64(), "it failed before it was timed: {found:#}");
    }
}

#[test]
fn a_baseline_that_changes_its_input_leaves_everything_unchecked() {
    let module = "def make(size, seed): return list(range(size, 0, -1))\n\
                  def in_place(numbers):\n    numbers.sort()\n    return list(numbers)\n\
                  def copied(numbers): return sorted(numbers)\n";
    let (result, ran) = Project::of_functions(module, &["in_place", "copied"]).compare(&[]);
    let found = contender(&result, "w", "copied");
    assert_eq!(found["equivalence"]["status"], "unchecked", "{ran}");
    assert!(found["speedup"].is_null(), "{found:#}");
    let error = result["workloads"][0]["error"].as_str().unwrap();
    assert!(error.contains("it changes its input: [0]: 100 ≠ 1") && error.contains("`fresh-input = true`"), "{error}");
    assert_eq!(ran.code, Some(3));
    let fresh = Project::with_settings(module, &["in_place", "copied"], "fresh-input = true", "");
    assert_eq!(contender(&fresh.compare(&[]).0, "w", "copied")["equivalence"]["status"], "equal");
}

#[test]
fn a_baseline_that_changes_its_mind_later_leaves_everything_unchecked() {
    let module = "calls = 0\ndef make(size, seed): return size\n\
                  def drifts(n):\n    global calls\n    calls += 1\n    return n + (calls > 3)\n\
                  def steady(n): return n\n";
    let (result, ran) = Project::of_functions(module, &["drifts", "steady"]).compare(&[]);
    for name in ["drifts", "steady"] {
        let found = contender(&result, "w", name);
        assert_eq!(found["equivalence"]["status"], "unchecked", "{ran}");
        assert!(found["speedup"].is_null(), "{found:#}");
    }
}

#[test]
fn a_changed_input_file_is_noticed_and_made_again_for_the_others() {
    let module = "import os, pathlib\n\
                  def make(size, seed):\n    path = pathlib.Path(os.environ['RUSTWORTHY_SCRATCH']) / f'{size}-{seed}'\n    path.write_text('x' * size)\n    return path\n\
                  def reads(path): return len(path.read_text())\n\
                  def appends(path):\n    length = len(path.read_text())\n    path.write_text('y' * length)\n    return length\n\
                  def reads_again(path): return sum(map(len, path.read_text()))\n";
    let (result, ran) = Project::of_functions(module, &["reads", "appends", "reads_again"]).compare(&[]);
    let found = contender(&result, "w", "appends");
    assert_eq!(found["status"], "failed", "{ran}");
    assert!(found["error"].as_str().unwrap().contains("changes the contents of a file"), "{found:#}");
    assert_eq!(contender(&result, "w", "reads-again")["equivalence"]["status"], "equal", "{ran}");
}

#[test]
fn an_input_that_cannot_be_made_fails_its_workload_alone() {
    let project = Project::new(&[
        (
            "rustworthy.toml",
            "[workload.bad]\ninput = \"impls:fails\"\nsizes = { default = 10 }\n\
             [workload.bad.contender.plain]\npython = \"impls:plain\"\nbaseline = true\n\
             [workload.good]\ninput = \"impls:make\"\nsizes = { default = 10 }\n\
             [workload.good.contender.plain]\npython = \"impls:plain\"\nbaseline = true\n",
        ),
        (
            "impls.py",
            "def make(size, seed): return size\ndef fails(size, seed): raise OSError('no data')\ndef plain(n): return n\n",
        ),
    ]);
    let (result, ran) = project.compare(&[]);
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(contender(&result, "bad", "plain")["error"].as_str().unwrap().contains("OSError: no data"), "{ran}");
    assert_eq!(contender(&result, "good", "plain")["status"], "measured");
}

#[test]
fn what_is_asked_for_in_vain_is_an_error_with_a_remedy() {
    let project = Project::of_functions(MODULE, &["plain", "comprehension"]);
    for (arguments, code, message) in [
        (&["compare", "v"][..], 2, "there is no workload 'v'; did you mean 'w'?"),
        (&["compare", "all", "--size", "huge"], 2, "has no size 'huge'; it has default"),
        (&["compare", "all", "--filter", "[", "--quick"], 2, "--filter ["),
        (&["compare", "all", "--filter", "nothing-like-it"], 4, "no contender matches --filter"),
        (&["compare", "all", "--project", "nowhere"], 2, "no such folder"),
        (&["compare", "all", "--python", "/nowhere/python"], 2, "/nowhere/python"),
        (&["compare", "all", "--confidence", "100%"], 2, "from 50% to 99.99%"),
        (&["compare", "all", "--resume"], 2, "there is no run yet"),
        (&["compare"], 2, "WORKLOAD"),
        (&["report"], 2, "there is no run yet"),
    ] {
        let ran = project.run(arguments);
        assert_eq!(ran.code, Some(code), "{arguments:?}: {ran}");
        assert!(ran.stderr.contains(message), "{arguments:?}: {ran}");
        assert_eq!(ran.stdout, "", "{arguments:?}");
    }
}

#[test]
fn a_callable_that_does_not_exist_is_found_before_anything_runs() {
    let project = Project::new(&[
        (
            "rustworthy.toml",
            "[workload.w]\ninput = \"impls:mak\"\nsizes = { default = 10 }\n\
             [workload.w.contender.plain]\npython = \"impls:plain\"\nbaseline = true\n\
             [workload.w.contender.other]\npython = \"imps:plain\"\n\
             [workload.w.contender.constant]\npython = \"impls:LIMIT\"\n",
        ),
        ("impls.py", "LIMIT = 3\ndef make(size, seed): return size\ndef plain(n): return n\n"),
    ]);
    let ran = project.run(&["compare", "all", "--quick"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(
        ran.stderr.contains(
            "rustworthy.toml:2: workload.w.input: module 'impls' has no function 'mak'; did you mean 'make'?"
        ),
        "{ran}"
    );
    assert!(
        ran.stderr.contains("rustworthy.toml:8: workload.w.contender.other.python: there is no module 'imps'"),
        "{ran}"
    );
    assert!(ran.stderr.contains("'LIMIT' in module 'impls' can't be called: it is of type 'int'"), "{ran}");
    assert_eq!(ran.stdout, "");
}

#[test]
fn a_run_leaves_its_folder_and_can_be_rendered_again() {
    let project = Project::of_functions(MODULE, &["plain", "comprehension"]);
    let (result, _) = project.compare(&[]);
    let folder = project.file(".rustworthy/latest");
    assert_eq!(folder.canonicalize().unwrap().file_name().unwrap().to_str(), result["run"]["id"].as_str());
    for name in ["run.json", "journal.jsonl", "report.html"] {
        assert!(folder.join(name).is_file(), "{name}");
    }
    let again = project.run(&["report", "--format", "json"]);
    assert_eq!(serde_json::from_str::<Value>(&again.stdout).unwrap(), result);
    let markdown = project.run(&["report", result["run"]["id"].as_str().unwrap(), "--format", "markdown"]);
    assert!(markdown.stdout.contains("| comprehension |"), "{markdown}");
}

#[test]
fn an_output_folder_of_ones_own_holds_the_same_files() {
    let project = Project::of_functions(MODULE, &["plain"]);
    let (_, ran) = project.compare(&["--out", "results/today"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(project.file("results/today/run.json").is_file() && !project.file(".rustworthy").exists());
}

#[test]
fn a_project_in_pyproject_toml_is_found_from_a_folder_below() {
    let project = Project::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"mine\"\n[tool.rustworthy.workload.w]\ninput = \"impls:make\"\nsizes = { default = 10 }\n\
             [tool.rustworthy.workload.w.contender.plain]\npython = \"impls:plain\"\nbaseline = true\n",
        ),
        ("impls.py", "def make(size, seed): return size\ndef plain(n): return n\n"),
    ]);
    std::fs::create_dir(project.file("below")).unwrap();
    let (_, ran) = project.compare(&["--project", "below"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(project.file(".rustworthy/latest/run.json").is_file());
}

#[test]
fn the_same_seed_gives_the_same_input_and_another_another() {
    let project = Project::of_functions(MODULE, &["plain"]);
    let digest = |seed| project.compare(&["--seed", seed]).0["workloads"][0]["input"]["sha256"].clone();
    let first = digest("7");
    assert_eq!(first, digest("7"));
    assert_ne!(first, digest("8"));
}
