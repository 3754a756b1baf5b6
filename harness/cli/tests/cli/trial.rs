//! `try`: what is to be had for nothing, and what no Rust can exceed.

use std::collections::BTreeSet;
use std::fs;

use rustworthy_model::comparison::Comparison;
use serde_json::Value;

use crate::hosted;
use crate::support::{Project, Ran, contender};
use crate::validation::assert_valid;

const NUMBERS: &str = "
def make(size, seed):
    return [float((seed + i) % 7) for i in range(20 * size)]

def half(value):
    return value / 2

def squares(values):
    total = 0.0
    for value in values:
        total += half(value) * value
    return total
";

const RECORDS: &str = "
def make(size, seed):
    return [{'name': f'n{seed + i}', 'kind': 'plain' if i % 3 else 'plän'} for i in range(20 * size)]

def names(records):
    return [record['name'].upper() for record in records if record['kind'] == 'plain']
";

/// Tries, quickly, with the workers that tests have.
fn try_in(project: &Project, arguments: &[&str]) -> Ran {
    let mut all = vec!["try"];
    all.extend(arguments);
    all.extend(["--quick", "--budget", "100ms"]);
    let mut command = project.command(&all);
    hosted::pythons();
    command.env("RUSTWORTHY_WORKERS", hosted::workers());
    Ran::from(command.output().expect("the program runs"))
}

/// The same as JSON, which has to follow the schema.
fn tried(project: &Project, arguments: &[&str]) -> (Value, Ran) {
    let mut all = arguments.to_vec();
    all.extend(["--format", "json"]);
    let ran = try_in(project, &all);
    let value: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}"));
    assert_valid::<Comparison>(&value);
    (value, ran)
}

/// Why something couldn't be tried.
fn failure<'a>(result: &'a Value, name: &str) -> &'a str {
    let candidates = result["workloads"][0]["tried"]["candidates"].as_array().expect("candidates");
    let candidate =
        candidates.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("no {name}: {result:#}"));
    candidate["failure"].as_str().unwrap_or_else(|| panic!("{name} was tried: {result:#}"))
}

/// Every file of a project's own with its contents.
fn files(project: &Project) -> BTreeSet<(String, Vec<u8>)> {
    let entries = fs::read_dir(project.path()).expect("the folder").flatten().filter(|entry| entry.path().is_file());
    entries
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).expect("a file")))
        .collect()
}

#[test]
fn compilers_take_the_same_source_and_the_boundary_has_a_price() {
    let project = Project::of_functions(NUMBERS, &["squares"]);
    let before = files(&project);
    let (result, ran) = tried(&project, &["w"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    for name in ["mypyc", "cython", "numba"] {
        let row = contender(&result, "w", name);
        assert_eq!((&row["kind"], &row["equivalence"]["status"]), (&"compiler".into(), &"equal".into()), "{row:#}");
        // Where the embedded Python isn't as fast as its executable, or seems so beside others, there is none.
        let has_speedup = row["speedup"]["low"].is_number() || row["speedup_withheld"].is_object();
        assert!(has_speedup && row["peak_memory_bytes"].is_number(), "{row:#}");
    }
    let boundary = &result["workloads"][0]["tried"]["boundary"];
    assert_eq!((&boundary["argument"], &boundary["result"]), (&"list[float]".into(), &"float".into()));
    let forms: Vec<&str> =
        boundary["crossings"].as_array().unwrap().iter().map(|one| one["form"].as_str().unwrap()).collect();
    assert_eq!(forms, ["cheapest", "owned", "bytes"]);
    assert!(boundary["crossings"][0]["ceiling"]["low"].is_number(), "{boundary:#}");
    // Neither a row of its own nor a trace in the project.
    let names =
        result["workloads"][0]["contenders"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap());
    assert!(names.clone().all(|name| !name.contains("boundary")), "{:?}", names.collect::<Vec<_>>());
    assert_eq!(files(&project), before);

    let again = project.run(&["report"]);
    // Where lines are broken depends on the figures in them.
    let shown = again.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.contains("to be had for nothing: "), "{again}");
    assert!(shown.contains("no Rust behind `list[float] → float` that reads all of its"), "{again}");
    assert!(shown.contains("numba") && shown.contains("(ints have 64 bits and wrap)"), "{again}");
    let page = fs::read_to_string(project.file(".rustworthy/latest/report.html")).expect("the page");
    assert!(page.contains("to be had for nothing: "));

    // What was found is a contender of decisions: nothing else is to be compared.
    let ran = project.run(&["decide", "w", "--quick", "--budget", "100ms", "--format", "json"]);
    let decision: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}"));
    let candidate = &decision["candidates"][0];
    assert_eq!(decision["sources"][0]["how"], "reused", "{ran}");
    // On a busy machine no compiler may be surely faster.
    let is_none_surely_faster = candidate["reasons"][0]
        == serde_json::json!({
            "code": "no_contender",
            "tried": true,
            "text": candidate["reasons"][0]["text"],
        });
    assert!(candidate["verdict"] == "compile" || is_none_surely_faster, "{ran}");
    assert!(!ran.stderr.contains("measuring what no run has results of"), "{ran}");
}

#[test]
fn functions_of_one_module_are_compiled_together() {
    let module = "def make(size, seed):\n    return [float(i) for i in range(20 * size)]\n\n\
                  def total(values):\n    return sum(values)\n\ndef mean(values):\n    return sum(values) / len(values)\n";
    let project = Project::of_workloads(module, &[(&["total"], ""), (&["mean"], "")]);
    let ran = try_in(&project, &["all", "--filter", "cython", "-v", "--format", "json"]);
    let both: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}"));
    for (place, name) in ["w0", "w1"].into_iter().enumerate() {
        let row = contender(&both[place], name, "cython");
        assert_eq!(row["equivalence"]["status"], "equal", "{row:#}");
    }
    let compiling: Vec<&str> = ran.stderr.lines().filter(|line| line.contains("compiling: impls by Cython")).collect();
    assert!(!compiling.is_empty() && !compiling.iter().any(|line| line.contains("more to come")), "{ran}");
}

#[test]
fn other_pythons_are_tried_by_their_versions() {
    let others: Vec<String> = hosted::pythons().iter().filter_map(|python| hosted::minor(python)).collect();
    let project = Project::of_functions(NUMBERS, &["squares"]);
    let (result, ran) = tried(&project, &["all", "--filter", "python3.*"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let own = result["environment"]["python"]["version"].as_str().unwrap().to_owned();
    let candidates = result["workloads"][0]["tried"]["candidates"].as_array().unwrap();
    for minor in others.iter().filter(|minor| !own.starts_with(&format!("{minor}."))) {
        let name = format!("python{minor}");
        assert!(candidates.iter().any(|one| one["name"] == name.as_str()), "{minor}: {candidates:#?}");
        let row = contender(&result, "w", &name);
        assert_eq!((&row["kind"], &row["equivalence"]["status"]), (&"interpreter".into(), &"equal".into()), "{row:#}");
    }
    assert!(result["workloads"][0]["tried"].get("boundary").is_none());
}

#[test]
fn what_cannot_be_tried_is_a_line_with_its_reason_and_no_failure() {
    let project = Project::of_functions(RECORDS, &["names"]);
    let (result, ran) = tried(&project, &["w", "--filter", "numba", "--filter", "boundary"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(failure(&result, "numba"), "it has no type for list of dict of str");
    let boundary = &result["workloads"][0]["tried"]["boundary"];
    assert_eq!((&boundary["argument"], &boundary["result"]), (&"list[dict[str, str]]".into(), &"list[str]".into()));

    let annotated =
        "def make(size, seed):\n    return size\n\ndef f(size: int) -> int:\n    text: str = size\n    return size\n";
    let project = Project::of_functions(annotated, &["f"]);
    let (result, ran) = tried(&project, &["w", "--filter", "mypyc"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(failure(&result, "mypyc").starts_with("impls.py:5: error: "), "{}", failure(&result, "mypyc"));
}

#[test]
fn what_others_do_or_what_waits_is_not_compiled() {
    let module = "import hashlib, time, textwrap\n\ndef make(size, seed):\n    return b'some words ' * 20 * size\n\n\
                  def hashed(data):\n    return hashlib.pbkdf2_hmac('sha256', data, b'salt', 2000)\n\n\
                  def wrapped(data):\n    return textwrap.wrap(data.decode())\n\n\
                  def waiting(data):\n    time.sleep(0.05)\n    return len(data)\n\n\
                  def own(data):\n    return sum([byte * byte for byte in data])\n";
    let names = ["hashed", "wrapped", "waiting", "own"];
    let project = Project::of_workloads(module, &names.each_ref().map(|name| (std::slice::from_ref(name), "")));
    let ran = try_in(&project, &["all", "--filter", "cython", "--format", "json"]);
    let all: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}"));
    let candidate = |place: usize| all[place]["workloads"][0]["tried"]["candidates"][0].clone();
    for (place, said) in [
        (0, "% of its time is in code of impls, most is in <built-in method"),
        (1, "% of its time is in code of impls"),
        (2, "it waits for "),
    ] {
        let candidate = candidate(place);
        assert!(candidate["needless"] == true && candidate["failure"].as_str().unwrap().contains(said), "{candidate}");
    }
    assert!(candidate(3).get("needless").is_none() && candidate(3).get("failure").is_none(), "{ran}");
}

#[test]
fn what_differs_is_told_and_has_no_speedup() {
    let factors = "def make(size, seed):\n    return [3] * size\n\ndef product(values):\n    result = 1\n    for value in values:\n        result *= value\n    return result\n";
    let project = Project::of_functions(factors, &["product"]);
    let (result, ran) = tried(&project, &["w", "--filter", "numba"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let row = contender(&result, "w", "numba");
    assert_eq!((&row["equivalence"]["status"], &row["speedup"]), (&"different".into(), &Value::Null), "{row:#}");
    let text = project.run(&["report"]).stdout;
    assert!(text.contains("Numba: differs ("), "{text}");
}

#[test]
fn values_of_other_classes_cross_as_they_are_and_are_named_and_what_would_be_used_up_has_no_ceiling() {
    let dates = "import datetime, decimal\ndef make(size, seed):\n    return [datetime.date(2020, 1, 1)] * size\n\ndef f(days):\n    return decimal.Decimal(len(days))\n\ndef g(days):\n    return iter(days)\n";
    let project = Project::of_functions(dates, &["f"]);
    let (result, ran) = tried(&project, &["w", "--filter", "boundary"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let boundary = &result["workloads"][0]["tried"]["boundary"];
    assert_eq!(boundary["opaque"], serde_json::json!(["datetime.date", "decimal.Decimal"]));
    assert!(boundary["crossings"][0]["ceiling"]["low"].is_number(), "{boundary:#}");
    let (result, ran) = tried(&project, &["impls:g", "--input", "impls:make", "--size", "50", "--filter", "boundary"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let boundary = &result["workloads"][0]["tried"]["boundary"];
    assert_eq!(boundary["failure"], "list_iterator: the converter here knows no such type");
    assert_eq!(boundary["crossings"], Value::Array(Vec::new()));
}

#[test]
fn what_changes_its_argument_has_a_boundary_too() {
    let module = "def make(size, seed):\n    return [float(i) for i in range(20 * size)]\n\ndef drained(values):\n    taken = []\n    while values:\n        taken.append(values.pop() / 2)\n    return taken\n";
    let project = Project::with_settings(module, &["drained"], "fresh-input = true", "");
    let (result, ran) = tried(&project, &["w", "--filter", "boundary"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let boundary = &result["workloads"][0]["tried"]["boundary"];
    assert_eq!((&boundary["argument"], &boundary["failure"]), (&"list[float]".into(), &Value::Null), "{boundary:#}");
    assert!(boundary["crossings"][0]["ceiling"]["low"].is_number(), "{boundary:#}");
}

/// Calls with arguments by name, some of which raise.
#[test]
fn recorded_calls_cross_the_boundary_each_with_its_own_arguments_and_end() {
    let library = "def shout(text, *, times=1):\n    \
                       if not text:\n        raise ValueError('nothing')\n    \
                       return text.upper() * times\n";
    let app = "import library\n\
               for number in range(40):\n    \
                   library.shout('x' * (1 + number), times=number % 3) if number % 2 else library.shout('y')\n\
               try:\n    library.shout('')\nexcept ValueError:\n    pass\n";
    let manifest = "[workload.shout]\ninput = 'capture:shout'\nsizes = { default = 41 }\nraises = 'message'\neffects = 'none'\n\n\
                    [workload.shout.contender.python]\npython = 'library:shout'\nbaseline = true\n";
    let project = Project::new(&[("library.py", library), ("app.py", app)]);
    let ran = project.run(&["capture", "library:shout", "--", "python3", "app.py"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    fs::write(project.file("rustworthy.toml"), manifest).expect("a manifest");
    let (result, ran) = tried(&project, &["shout", "--filter", "boundary"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let boundary = &result["workloads"][0]["tried"]["boundary"];
    assert_eq!((&boundary["argument"], &boundary["result"]), (&"(str, times=int)".into(), &"str".into()), "{ran}");
    assert_eq!(boundary["crossings"].as_array().map(Vec::len), Some(3), "{boundary:#}");
}

#[test]
fn what_is_awaited_crosses_the_boundary_as_its_result() {
    let module = "def make(size, seed):\n    return [1.5] * size\n\nasync def total(values):\n    return sum(values)\n";
    let (result, ran) = tried(&Project::of_functions(module, &["total"]), &["w", "--filter", "boundary"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let boundary = &result["workloads"][0]["tried"]["boundary"];
    assert_eq!((&boundary["argument"], &boundary["result"]), (&"list[float]".into(), &"float".into()), "{boundary:#}");
}

#[test]
fn without_network_and_compiler_each_says_so() {
    let project = Project::of_functions(NUMBERS, &["squares"]);
    let cache = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str], name: &str, value: &str| {
        let mut all = vec!["try", "w", "--quick", "--budget", "100ms", "--format", "json"];
        all.extend(arguments);
        let ran = Ran::from(project.command(&all).env(name, value).output().unwrap());
        assert_eq!(ran.code, Some(0), "{ran}");
        serde_json::from_str::<Value>(&ran.stdout).unwrap()
    };
    let offline = ["--offline", "--filter", "mypyc", "--filter", "numba"];
    let result = run(&offline, "RUSTWORTHY_CACHE", cache.path().to_str().unwrap());
    for name in ["mypyc", "numba"] {
        assert!(failure(&result, name).contains("isn't in the cache, and --offline"), "{}", failure(&result, name));
    }
    let result = run(&["--filter", "cython"], "CC", "/no/such/cc");
    assert_eq!(failure(&result, "cython"), "no C compiler on this machine: '/no/such/cc' isn't in PATH");
}

#[test]
fn a_function_needs_no_manifest_but_something_that_makes_its_argument() {
    let project = Project::new(&[("service.py", NUMBERS)]);
    let (result, ran) =
        tried(&project, &["service:squares", "--input", "service:make", "--size", "50", "--filter", "boundary"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!((&result["workloads"][0]["name"], &result["workloads"][0]["size"]), (&"squares".into(), &50.into()));
    for (input, message) in
        [("service:mak", "--input: module 'service' has no function 'mak'"), ("nothing", "--input: ")]
    {
        let ran = try_in(&project, &["service:squares", "--input", input]);
        assert!(ran.code == Some(2) && ran.stderr.contains(message), "{ran}");
    }
    let ran = try_in(&project, &["service:square", "--input", "service:make"]);
    assert!(
        ran.code == Some(2) && ran.stderr.contains("try service:square: module 'service' has no function"),
        "{ran}"
    );
}

#[test]
fn a_function_is_found_by_the_workload_that_has_or_replaces_it() {
    let project = Project::with_settings(NUMBERS, &["squares"], "replaces = \"impls:half\"", "");
    let ran = try_in(&project, &["impls:squares", "impls:half", "--filter", "nothing", "--format", "json"]);
    let both: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}"));
    let named = both.as_array().unwrap().iter().map(|one| one["workloads"][0]["name"].as_str().unwrap());
    assert_eq!((ran.code, named.collect::<Vec<_>>()), (Some(0), vec!["w", "w"]), "{ran}");
    for (arguments, message) in [
        (&["impls:other"][..], "has impls:other as its baseline, or replaces it; say what makes its argument: --input"),
        (&["v"], "there is no workload 'v'"),
        // Of several nothing is measured then.
        (&["w", "v"], "there is no workload 'v'"),
        (&["w", "--input", "impls:make"], "--input: workload 'w' has an input of its own"),
    ] {
        let ran = try_in(&project, arguments);
        assert!(ran.code == Some(2) && ran.stderr.contains(message), "{ran}");
    }
}

#[test]
fn a_decision_goes_by_the_ceiling_of_a_run_that_still_holds() {
    let module = "def make(size, seed):\n    return ['text'] * 50 * size\n\ndef count(texts):\n    return len(texts)\n";
    let project = Project::of_functions(module, &["count"]);
    let decide = || {
        let ran = project.run(&["decide", "w", "--quick", "--budget", "100ms", "--format", "json"]);
        let decision: Value =
            serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}"));
        let candidate = &decision["candidates"][0];
        let codes =
            candidate["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap().to_owned());
        (candidate["verdict"].as_str().unwrap().to_owned(), codes.collect::<Vec<_>>())
    };
    assert_eq!(decide(), ("inconclusive".to_owned(), vec!["no_contender".to_owned()]));
    let ran = try_in(&project, &["w", "--filter", "boundary"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(decide(), ("leave".to_owned(), vec!["boundary_ceiling".to_owned()]));
    fs::write(project.file("impls.py"), format!("{module}\n# changed\n")).unwrap();
    assert_eq!(decide().0, "inconclusive");
}
