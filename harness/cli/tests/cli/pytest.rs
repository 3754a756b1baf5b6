//! The plugin for pytest and `rustworthy.compare`, in an environment in which the package is installed.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use rustworthy_model::capture::Capture;
use serde_json::Value;

use super::gate::repository::benchmark;
use super::hosted::{pythons, workers};
use super::support::{Project, Ran, environment};
use super::validation::assert_valid;

/// What is installed beside the package.
const REQUIREMENTS: &str = include_str!("pytest.txt");

const ENTRY_POINTS: &str = "[pytest11]\nrustworthy = rustworthy._pytest\n";

const SHOP: &str = r#"
import asyncio

def total(items, *, rate=0.2):
    if not items:
        raise ValueError("nothing to add up")
    sum = 0
    for item in items:
        sum += item["price"] * item["count"]
    return {"net": sum, "tax": round(sum * rate, 2)}

def total_fast(items, *, rate=0.2):
    if not items:
        raise ValueError("nothing to add up")
    net = sum([item["price"] * item["count"] for item in items])
    return {"net": net, "tax": round(net * rate, 2)}

def total_wrong(items, *, rate=0.2):
    return {**total_fast(items), "tax": 0.5 if rate == 0.1 else round(total_fast(items)["net"] * rate, 2)}

def sorts(items):
    items.sort()
    return len(items)

def sorts_not(items):
    return len(items)

async def fetch(number):
    await asyncio.sleep(0)
    return [number, number + 1]

async def fetch_fast(number):
    return [number, number + 1]

def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

def fib_fast(n):
    before, now = 0, 1
    for _ in range(n):
        before, now = now, before + now
    return before
"#;

const TESTS: &str = r#"
import pytest
import shop
from shop import total

ITEMS = [{"price": price, "count": price % 3} for price in range(30)]

@pytest.mark.parametrize("length", range(1, 30))
def test_totals(length):
    assert total(ITEMS[:length])["net"] >= 0

def test_nothing():
    with pytest.raises(ValueError):
        total([])
"#;

/// An environment in which the package is installed, made once: its Python.
static PYTHON: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = environment("pytest", pythons().first().expect("a Python"), REQUIREMENTS);
    let python = folder.join("bin/python");
    // As pip leaves it, without a copy of what is tested.
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wheel/python").canonicalize().unwrap();
    let site =
        fs::read_dir(folder.join("lib")).unwrap().flatten().next().expect("a folder").path().join("site-packages");
    let info = site.join("rustworthy-0.dist-info");
    fs::create_dir_all(&info).unwrap();
    fs::write(info.join("METADATA"), "Metadata-Version: 2.1\nName: rustworthy\nVersion: 0\n").unwrap();
    fs::write(info.join("entry_points.txt"), ENTRY_POINTS).unwrap();
    fs::write(site.join("rustworthy.pth"), package.to_str().unwrap()).unwrap();
    let program = folder.join("bin/rustworthy");
    let _ = fs::remove_file(&program);
    symlink(env!("CARGO_BIN_EXE_rustworthy"), &program).unwrap();
    python
});

/// Runs this Python in the folder of a project.
fn python(project: &Project, arguments: &[&str]) -> Ran {
    let mut command = Command::new(&*PYTHON);
    command.args(arguments).current_dir(project.path()).env("RUSTWORTHY_WORKERS", workers());
    for variable in ["PYTHONPATH", "RUSTWORTHY_TELEMETRY", "RUSTWORTHY_SWITCHES", "FORCE_COLOR"] {
        command.env_remove(variable);
    }
    Ran::from(command.env("NO_COLOR", "1").env("COLUMNS", "160").env("PYTHONDONTWRITEBYTECODE", "1").output().unwrap())
}

fn pytest(project: &Project, arguments: &[&str]) -> Ran {
    python(project, &[&["-m", "pytest", "-q", "-p", "no:cacheprovider"], arguments].concat())
}

fn shop(tests: &str) -> Project {
    Project::new(&[
        ("shop.py", SHOP),
        ("test_shop.py", tests),
        ("pytest.ini", "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"),
    ])
}

fn capture(project: &Project, name: &str) -> Capture {
    let file = project.file(&format!(".rustworthy/captures/{name}/capture.json"));
    let value: Value =
        serde_json::from_slice(&fs::read(&file).unwrap_or_else(|error| panic!("{file:?}: {error}"))).unwrap();
    assert_valid::<Capture>(&value);
    serde_json::from_value(value).unwrap()
}

/// A test with a mark, and what it does.
fn marked(pair: &str, body: &str) -> String {
    format!("import pytest, shop\nfrom shop import *\n\n@pytest.mark.rustworthy({pair})\ndef test_it():\n    {body}\n")
}

#[test]
fn the_entry_point_is_that_of_the_package() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wheel/pyproject.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    assert_eq!(manifest["project"]["entry-points"]["pytest11"]["rustworthy"].as_str(), Some("rustworthy._pytest"));
}

#[test]
fn tests_that_exist_already_are_recorded_in_all_workers() {
    let project = shop(TESTS);
    for (arguments, processes) in [(&[][..], 1), (&["-n", "2", "--cov", "shop"], 2)] {
        let replaced = ["--rustworthy-args=--replace", "--rustworthy-capture", "shop:total"];
        let ran = pytest(&project, &[arguments, &replaced].concat());
        assert!(ran.code == Some(0) && ran.stdout.contains("30 passed"), "{ran}");
        assert!(ran.stdout.contains("the calls are in") && ran.stdout.contains("captures/total"), "{ran}");
        let found = capture(&project, "total");
        assert_eq!((found.calls, found.kept, found.processes), (30, 30, processes), "{ran}");
        assert!(found.unreplayed.is_none() && found.purity.is_some(), "{found:?}");
    }
    let manifest = "[workload.total]\ninput = \"capture:total\"\nsizes = { default = 30 }\n\
                    contender.slow = { python = \"shop:total\", baseline = true }\ncontender.fast = { python = \"shop:total_fast\" }\n";
    fs::write(project.file("rustworthy.toml"), manifest).unwrap();
    let (compared, ran) = project.compare(&[]);
    assert_eq!(compared["workloads"][0]["contenders"][1]["equivalence"]["status"], "equal", "{ran}");
}

#[test]
fn what_cannot_be_recorded_is_told_before_any_test_runs() {
    let project = shop(TESTS);
    let refused = |arguments: &[&str], part: &str| {
        let ran = pytest(&project, arguments);
        assert!(ran.code == Some(4) && ran.stderr.contains(part) && !ran.stdout.contains("passed"), "{ran}");
    };
    refused(&["--rustworthy-capture", "shop:totl"], "module 'shop' has no 'totl'; did you mean 'total'?");
    refused(&["--rustworthy-capture", "shop"], "shop");
    refused(&["--rustworthy-capture", "shop:total", "--rustworthy-args", "'"], "--rustworthy-args");
    fs::create_dir_all(project.file(".rustworthy/captures/total")).unwrap();
    refused(&["--rustworthy-capture", "shop:total"], "--rustworthy-args=--replace");
    let ran = pytest(&project, &["--rustworthy-capture", "shop:sorts"]);
    assert!(ran.code == Some(1) && ran.stdout.contains("shop:sorts was never called"), "{ran}");
    let ran = pytest(&project, &["--rustworthy-capture", "shop:sorts", "--help"]);
    assert!(ran.code == Some(0) && ran.stdout.contains("--rustworthy-args=ARGS"), "{ran}");
}

#[test]
fn a_candidate_is_held_against_a_function_in_all_calls_of_a_test() {
    let body = "for length in range(1, 300): assert total([{'price': 2, 'count': 3}] * length)['net']\n    \
                with pytest.raises(ValueError): shop.total([])";
    let ran = pytest(&shop(&marked("'shop:total', 'shop:total_fast'", body)), &[]);
    assert!(ran.code == Some(0), "{ran}");
    assert!(ran.stdout.contains("shop:total_fast for shop:total: equal in 300 calls, "), "{ran}");
    assert!(ran.stdout.contains("× as fast in these calls ("), "{ran}");
    // Through other processes it comes to the same.
    let ran = pytest(&shop(&marked("'shop:total', 'shop:total_fast'", body)), &["-n", "1"]);
    assert!(ran.stdout.contains("shop:total_fast for shop:total: equal in 300 calls, "), "{ran}");

    let body = "assert fib(12) == 144";
    let ran = pytest(&shop(&marked("'shop:fib', 'shop:fib_fast'", body)), &[]);
    assert!(
        ran.code == Some(0) && ran.stdout.contains("equal in 1 call, speedup unknown: the function calls itself"),
        "{ran}"
    );

    let project = shop(
        &marked("'shop:fetch', 'shop:fetch_fast'", "assert await fetch(1) == [1, 2]")
            .replace("def test", "async def test"),
    );
    let ran = pytest(&project, &[]);
    assert!(ran.code == Some(0) && ran.stdout.contains("equal in 1 call, speedup unknown: too few calls"), "{ran}");
}

#[test]
fn a_candidate_that_differs_fails_the_test_with_the_call() {
    let body = "for rate in (0.2, 0.1): total([{'price': 1, 'count': 1}], rate=rate)";
    let ran = pytest(&shop(&marked("'shop:total', 'shop:total_wrong'", body)), &[]);
    assert!(ran.code == Some(1) && ran.stdout.contains("1 failed"), "{ran}");
    for part in [
        "shop:total_wrong differs from shop:total in 1 of 2 calls",
        "called with ([{'count': 1, 'price': 1}], rate=0.1)",
        "at tax: values",
        "returned {'net': 1, 'tax': 0.5}",
        "shop:total_wrong for shop:total: different in 1 of 2 calls",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {ran}");
    }
    let fails = |pair: &str, body: &str, part: &str| {
        let ran = pytest(&shop(&marked(pair, body)), &[]);
        assert!(ran.code == Some(1) && ran.stdout.contains(part), "{part}: {ran}");
    };
    fails("'shop:sorts', 'shop:sorts_not'", "sorts([2, 1])", "called with ([2, 1])");
    fails(
        "'shop:total', 'shop:total_fast'",
        "pass",
        "shop:total wasn't called, so that shop:total_fast wasn't compared",
    );
    fails("'shop:totl', 'shop:total_fast'", "pass", "shop:totl: module 'shop' has no 'totl'; did you mean 'total'?");
    fails(
        "'shop:sorts', 'shop:sorts_not'",
        "sorts([2, 1]); assert False",
        "shop:sorts_not differs from shop:sorts in 1 of 1 call",
    );
    let passes = pytest(&shop(&marked("'shop:sorts', 'shop:sorts_not', effects='none'", "sorts([1, 2])")), &[]);
    assert_eq!(passes.code, Some(0), "{passes}");
    for (pair, part) in [
        ("", "it takes the names of a function and its candidate"),
        ("'shop:total', 'shop:total'", "function and candidate at once"),
        ("'shop:total', 'shop:total_fast', equals='exact'", "it has no option equals; it has equal, effects, raises"),
        ("'shop:total', 'shop:total_fast', equal='exac'", "neither 'exact' nor 'value'"),
    ] {
        let ran = pytest(&shop(&marked(pair, "pass")), &[]);
        assert!(ran.code == Some(4) && ran.stderr.contains(part), "{part}: {ran}");
    }
}

#[test]
fn suites_that_do_not_use_the_plugin_do_not_pay_for_it() {
    let test = "import sys\n\ndef test_it():\n    assert [name for name in sys.modules if 'rustworthy' in name] == ['rustworthy', 'rustworthy._pytest']\n";
    let ran = pytest(&shop(test), &["--strict-markers"]);
    assert!(ran.code == Some(0) && !ran.stdout.contains("= rustworthy ="), "{ran}");
}

#[test]
fn files_of_pytest_benchmark_are_gated() {
    let tests = "def test_it(benchmark):\n    benchmark.pedantic(sorted, args=([2, 1],), rounds=20)\n";
    let project = shop(tests);
    let ran = pytest(&project, &["--benchmark-json=old.json", "--benchmark-autosave", "-p", "no:xdist"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    // Times of a machine that has nothing else to do, and twice those.
    let mut file: Value = serde_json::from_slice(&fs::read(project.file("old.json")).unwrap()).unwrap();
    for (name, seconds) in [("old", 0.01), ("new", 0.02)] {
        let rounds: Vec<f64> = (0..20).map(|round| seconds * (1.0 + 0.001 * f64::from(round % 5))).collect();
        file["benchmarks"][0]["stats"]["data"] = rounds.into();
        fs::write(project.file(&format!("{name}.json")), file.to_string()).unwrap();
    }
    let gate = |old: &str, new: &str| project.run(&["gate", "--import", old, new, "--format", "json"]);
    let ran = gate("old.json", "new.json");
    let found: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"));
    let one = benchmark(&found, "test_shop.py::test_it:pytest-benchmark");
    assert_eq!((ran.code, &one["verdict"]), (Some(1), &"regressed".into()), "{ran}");
    assert!(found["warnings"].to_string().contains("samples of one process"), "{found:#}");
    assert!(!found["warnings"].to_string().contains("isn't noticed"), "{found:#}");
    // What is saved without data is a summary.
    let saved = fs::read_dir(project.file(".benchmarks")).unwrap().flatten().next().expect("a folder").path();
    let saved = fs::read_dir(saved).unwrap().flatten().next().expect("a file").path();
    let ran = gate(saved.to_str().unwrap(), "new.json");
    assert!(
        ran.code == Some(2)
            && ran.stderr.contains("benchmarks[0].stats: has no rounds")
            && ran.stderr.contains("--benchmark-json"),
        "{ran}"
    );
}

/// A program that compares; `compare` is quick in it.
fn comparing(code: &str) -> Ran {
    let head = "import functools, re, rustworthy, shop, sys\nfrom math import sqrt\ncompare = functools.partial(rustworthy.compare, quick=True, budget='1s')\n";
    let project = Project::new(&[("shop.py", SHOP), ("app.py", &format!("{head}{code}"))]);
    python(&project, &["app.py"])
}

#[test]
fn functions_are_compared_from_python() {
    let ran = comparing(
        r#"
items = [{"price": price, "count": 2} for price in range(50)]
found = compare("shop:total", shop.total_fast, "shop:total_wrong", inputs=items)
slow, fast, wrong = found
assert (slow.equivalence, fast.equivalence, fast.status) == ("baseline", "equal", "measured"), found
assert fast.speedup.low <= fast.speedup.estimate <= fast.speedup.high and found.baseline is slow
assert fast.seconds.estimate > 0 and fast.peak_memory_bytes > 0 and fast.samples > 0
assert found["shop:total_fast"] is fast and found["total-fast"] is fast and len(found) == 3
assert found.json["schema"] == "rustworthy.comparison.v1" and "report.html" not in found.notes
html = found._repr_html_()
assert html.startswith("<table>") and "<td>shop:total_fast</td>" in html and "×" in html, html
print(found)
"#,
    );
    assert!(ran.code == Some(0) && ran.stdout.contains("total-fast"), "{ran}");
}

#[test]
fn functions_of_the_program_itself_are_compared_by_their_source() {
    let ran = comparing(
        r#"
import dataclasses
PATTERN = re.compile(r"\d+")
LIMIT = 3

@dataclasses.dataclass
class Number:
    text: str

    def root(self):
        return sqrt(int(self.text))

class Empty(Exception):
    pass

def helper(text):
    return [Number(one).root() for one in PATTERN.findall(text)][:LIMIT]

def memo(function):
    return functools.lru_cache(function)

@memo
def cached(text):
    return helper(text)

def slow(text):
    if not text:
        raise Empty
    return [root for root in helper(text)]

def different(text):
    return helper(text)[:1]

def make(size, seed):
    return "7 and 8 " * size

if __name__ == "__main__":
    found = compare(slow, "__main__:different", helper, inputs=make, size=5)
    assert [one.equivalence for one in found] == ["baseline", "different", "equal"], found
    assert found["different"].speedup is None and "length 3 ≠ 1" in found["different"].detail, found["different"]
    assert "different" in found._repr_html_()
    compare(slow, cached, inputs="7 and 8")

    def refused(part, *functions, inputs="1", **options):
        try:
            compare(*functions, inputs=inputs, **options)
        except rustworthy.CompareError as error:
            assert part in str(error), error
        else:
            raise AssertionError(part)

    def outer(x):
        def inner(text):
            return x
        return inner

    closure = outer(1)
    quick = lambda text: text
    wrapped = functools.lru_cache(helper)
    stream = sys.stdin

    def uses(text):
        return stream.name

    refused("uses x of the function", closure, slow)
    refused("uses x of the function", "__main__:closure", slow)
    refused("is a lambda", quick, slow)
    refused("is a lambda", lambda text: text, slow)
    refused("by what isn't a decorator of it", wrapped, slow)
    refused("it uses stream, of the type TextIOWrapper", uses, slow)
    refused("has no 'missing'", "__main__:missing", slow)
    refused("there is nothing to compare with", slow)
    refused("write 'module:function'", "slow", "__main__:slow")
    refused("function that makes it", slow, helper, inputs=(n for n in "abc"))
    refused("an object of a class that this", slow, helper, inputs=Number("1"))
    refused("did you mean 'total'?", "shop:totl", "shop:total")
"#,
    );
    assert!(ran.code == Some(0), "{ran}");
}

#[test]
fn importing_the_package_starts_nothing_and_takes_little() {
    let project = Project::new(&[]);
    let code = "import sys\nbefore = set(sys.modules)\nimport rustworthy\nprint(sorted(set(sys.modules) - before))\nfor name in rustworthy.__all__: getattr(rustworthy, name)";
    let ran = python(&project, &["-c", code]);
    assert!(ran.code == Some(0) && ran.stdout.trim() == "['rustworthy']", "{ran}");
}
