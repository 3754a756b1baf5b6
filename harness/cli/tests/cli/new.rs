//! Crates for functions in Python: made, built by the real tools, compared, edited and put to use.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustworthy_model::new_crate::{Check, NewCrate};
use serde_json::Value;

use super::rollout::PACKAGE;
use super::support::{ENVIRONMENT, Project, Ran};
use super::validation::assert_valid;

const LIB: &str = r#"
import asyncio
import functools
import math

def slug(text: str, *, most: int = 40):
    if not text:
        raise ValueError("nothing to name")
    return text.lower().replace(" ", "-")[:most]

def fact(n):
    return 1 if n < 2 else n * fact(n - 1)

class Cart:
    rate = 2

    def total(self, prices):
        prices.sort()
        return sum(prices) * self.rate

    @classmethod
    def named(cls, name):
        return cls.__name__, name

    @property
    def size(self):
        return 0

class Gift(Cart):
    rate = 0

class Loud(Cart):
    def total(self, prices):
        return -super().total(prices)

@functools.lru_cache
def cached(x):
    return [x]

async def fetch(url, lock=None):
    await asyncio.sleep(0)
    return url.upper()

def locked(lock, text):
    with lock:
        return text + text

def made(n):
    def inner(x):
        return x + n
    return inner

inner = made(1)
plain = lambda x: x

def stream(items):
    yield from items

root = math.sqrt
named = Cart().total
"#;

const APP: &str = r#"
import lib, threading

if __name__ == "__main__":
    for number in range(300):
        lib.slug(f"Chapter {number}: {'Ä' * (number % 5)}", most=30 + number % 3)
        lib.locked(threading.Lock(), "a")
        cart = lib.Cart()
        cart.total([number % 7, number % 3, number])
        if number % 100 == 7:
            try:
                lib.slug("")
            except ValueError:
                pass
"#;

const BODY: (&str, &str) = ("    // rustworthy: begin body\n", "    // rustworthy: end body\n");

fn project() -> Project {
    Project::new(&[("lib.py", LIB), ("app.py", APP)])
}

/// All crates share what they depend on.
pub(crate) fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("crates")
}

fn new(project: &Project, arguments: &[&str]) -> Ran {
    let arguments = [&["new"], arguments].concat();
    Ran::from(project.command(&arguments).env("CARGO_TARGET_DIR", target()).output().expect("the program runs"))
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}"))
}

fn check(project: &Project, name: &str) -> (Value, Ran) {
    let ran = new(project, &["--check", name, "--budget", "1s", "--format", "json"]);
    let found = json(&ran);
    assert_valid::<Check>(&found);
    assert_eq!(found.as_object().map(|one| one.len()), Some(4), "{found:#}");
    (found, ran)
}

/// Writes the body of a crate.
fn write_body(project: &Project, name: &str, body: &str) {
    let file = project.file(&format!("rust/{name}/src/lib.rs"));
    let text = fs::read_to_string(&file).expect("the source");
    let (before, rest) = text.split_once(BODY.0).expect("the first marker");
    let (_, after) = rest.split_once(BODY.1).expect("the second marker");
    fs::write(file, format!("{before}{}{body}\n{}{after}", BODY.0, BODY.1)).expect("the source");
}

/// Adds a function to the module of a crate whose panic reaches Python as pyo3 raises it, with nothing in between.
fn add_bare(project: &Project, name: &str) {
    let file = project.file(&format!("rust/{name}/src/lib.rs"));
    let text = fs::read_to_string(&file).expect("the source");
    let (function, module) = ("#[pymodule(", "    module.add_function(wrap_pyfunction!(entry, module)?)?;\n");
    assert!(text.contains(function) && text.contains(module), "{text}");
    let bare = "#[pyfunction]\nfn bare(text: &str) -> String {\n    assert!(text.is_ascii(), \"not yet\");\n    \
                text.to_ascii_lowercase()\n}\n\n";
    let text = text.replacen(function, &format!("{bare}{function}"), 1);
    fs::write(
        file,
        text.replacen(module, &format!("    module.add_function(wrap_pyfunction!(bare, module)?)?;\n{module}"), 1),
    )
    .expect("the source");
}

const PANICS: &str = r#"
import sys
sys.path[:0] = sys.argv[1:]
import rustworthy
from slug_rust import _native

try:
    _native.bare("Ä")
except BaseException as error:
    assert type(error).__name__ == "PanicException" and not isinstance(error, Exception)
else:
    raise AssertionError("it doesn't panic")

asked = []
def bare(text):
    asked.append(text)
    return _native.bare(text)
async def lower(text):
    return text.lower()

made = rustworthy.switch("lower", python=lambda text: text.lower(), rust=bare)
rustworthy.set_switch("lower", "rust", shadow=0)
assert [made(text) for text in ("A", "Ä", "B", "Ö")] == ["a", "ä", "b", "ö"]
assert asked == ["A", "Ä"], asked

import asyncio
waits = rustworthy.switch("waits", python=lower, rust=_native.bare)
rustworthy.set_switch("waits", "rust", shadow=0)
assert asyncio.run(waits("Ä")) == "ä"

shadowed = rustworthy.switch("shadowed", python=str.lower, rust=_native.bare, shadow=1, inline=True, budget="10000%")
rustworthy.set_switch("shadowed", "shadow")
assert shadowed("Ä") == "ä"
"#;

fn a_panic_behind_a_switch_is_answered_by_python(project: &Project) {
    fs::write(project.file("panics.py"), PANICS).unwrap();
    let mut command = Command::new("python3");
    command.arg("panics.py").arg(&*PACKAGE).arg(project.file("rust/slug-rust/python")).current_dir(project.path());
    let ran = Ran::from(command.env("RUSTWORTHY_TELEMETRY", project.file("telemetry")).output().unwrap());
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stderr.contains("lower: the candidate raised PanicException; Python answers from now on"), "{ran}");
    let ran = project.run(&["rollout", "--telemetry", "telemetry", "--format", "json"]);
    let result = json(&ran);
    assert_eq!(ran.code, Some(1), "{ran}");
    for switch in result["switches"].as_array().unwrap() {
        assert_eq!((&switch["verdict"], &switch["failed"]), (&"roll_back".into(), &1.into()), "{switch:#}");
        if switch["name"] != "shadowed" {
            assert_eq!(
                (&switch["fell_back"], &switch["breakers"][0]["why"]),
                (&1.into(), &"raised".into()),
                "{switch:#}"
            );
        }
    }
}

#[test]
fn a_crate_is_equal_at_once_and_tells_after_each_edit() {
    let project = project();
    let captured = project.run(&["capture", "lib:slug", "--", "python3", "app.py"]);
    assert_eq!(captured.code, Some(0), "{captured}");
    let ran = new(&project, &["lib:slug", "--budget", "1s", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let made = json(&ran);
    assert_valid::<NewCrate>(&made);
    assert!(made["check"]["builds"] == true && made["check"]["equal"] == true, "{made:#}");
    assert_eq!([&made["arguments"][0]["rust"], &made["arguments"][1]["rust"]], ["&str", "i64"], "{made:#}");
    let met = made["ledger"].as_array().unwrap().iter().find(|row| row["topic"] == "texts that aren't ASCII").unwrap();
    assert!(met["calls"].as_u64().unwrap() > 0 && made["crossing_seconds"]["low"].is_f64(), "{made:#}");
    let source = fs::read_to_string(project.file("rust/slug-rust/src/lib.rs")).unwrap();
    assert!(source.contains("The boundary: handing over the arguments"), "{source}");
    assert!(!source.contains("unwrap()") && source.contains("gil_used = false"), "{source}");

    // The manifest that was written is taken as it is.
    let mut command = project.command(&["compare", "slug", "--quick", "--budget", "1s", "--format", "json"]);
    let ran = Ran::from(command.env("CARGO_TARGET_DIR", target()).output().unwrap());
    assert_eq!(ran.code, Some(0), "{ran}");

    // What it costs to call Python by way of the crate says nothing of Rust.
    let ran = project.run(&["decide", "slug", "--budget", "1s", "--format", "json"]);
    assert!(ran.stderr.contains("slug-rust: its body isn't written yet"), "{ran}");
    let reasons = json(&ran)["candidates"][0]["reasons"].to_string();
    assert!(reasons.contains("no_contender") || reasons.contains("boundary_ceiling"), "{reasons}");

    let crate_folder = project.file("rust/slug-rust");
    let clippy = Command::new("cargo")
        .args(["clippy", "-q", "--", "-D", "warnings"])
        .env("CARGO_TARGET_DIR", target())
        .current_dir(&crate_folder)
        .output()
        .unwrap();
    assert!(clippy.status.success(), "{}", String::from_utf8_lossy(&clippy.stderr));

    let pytest = Command::new(ENVIRONMENT.join("bin/python"))
        .args(["-m", "pytest", "-q", "-rs"])
        .current_dir(&crate_folder)
        .output();
    let pytest = Ran::from(pytest.unwrap());
    assert!(pytest.code == Some(0) && !pytest.stdout.contains("skipped"), "{pytest}");

    write_body(
        &project,
        "slug-rust",
        "    let _ = most;\n    Ok(pyo3::types::PyString::new(call.py, text).into_any())",
    );
    let (found, ran) = check(&project, "slug-rust");
    assert_eq!((ran.code, &found["equal"]), (Some(3), &Value::Bool(false)), "{ran}");
    assert!(found["first_difference"].as_str().unwrap().starts_with("call ") && found["speedup"].is_null(), "{found}");
    // Then nothing is timed.
    let run = fs::read_to_string(project.file(".rustworthy/latest/run.json")).unwrap();
    let run: Value = serde_json::from_str(&run).unwrap();
    let rows = run["workloads"][0]["contenders"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["samples"] == 0 && row["status"] == "skipped"), "{rows:#?}");
    let pytest =
        Command::new(ENVIRONMENT.join("bin/python")).args(["-m", "pytest", "-q"]).current_dir(&crate_folder).output();
    assert_eq!(Ran::from(pytest.unwrap()).code, Some(1));

    let endless = "    fn deeper(n: u64) -> u64 {\n        std::hint::black_box([n; 64]);\n        \
                   if n == 0 { 0 } else { 1 + std::hint::black_box(deeper(n - 1)) }\n    }\n    \
                   let _ = (text, most, deeper(u64::MAX));\n    call.original()";
    write_body(&project, "slug-rust", endless);
    let (found, ran) = check(&project, "slug-rust");
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(
        found["first_difference"].as_str().unwrap().starts_with("it failed: killed by SIGSEGV in call "),
        "{found}"
    );

    write_body(&project, "slug-rust", "    let _ = (text, most);\n    panic!(\"not yet\")");
    add_bare(&project, "slug-rust");
    let (found, ran) = check(&project, "slug-rust");
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(found["first_difference"].as_str().unwrap().contains("RuntimeError"), "{found}");
    a_panic_behind_a_switch_is_answered_by_python(&project);

    write_body(&project, "slug-rust", "    let _ = (text, most);\n    Ok(1)");
    let (found, ran) = check(&project, "slug-rust");
    assert_eq!((ran.code, &found["builds"]), (Some(2), &Value::Bool(false)), "{ran}");
    assert!(ran.stderr.contains("mismatched types"), "{ran}");

    write_body(
        &project,
        "slug-rust",
        "    if text.is_empty() || !text.is_ascii() || most < 0 {\n        return call.original();\n    }\n    \
         let mut slug = text.to_ascii_lowercase().replace(' ', \"-\");\n    slug.truncate(usize::try_from(most)?);\n    \
         Ok(pyo3::types::PyString::new(call.py, &slug).into_any())",
    );
    let (found, ran) = check(&project, "lib:slug");
    assert_eq!((ran.code, &found["equal"]), (Some(0), &Value::Bool(true)), "{ran}");
    let ran = new(&project, &["lib:slug"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("is there already; give another --name"), "{ran}");
}

const IN_USE: &str = r#"
import asyncio, sys
sys.path[:0] = sys.argv[1:]
import slug_rust
assert "lib" not in sys.modules
import lib
import fact_rust, cart_total_rust, cart_named_rust, cached_rust, fetch_rust

from lib import slug as bound
table = {"slug": lib.slug}
for crate in (slug_rust, fact_rust, cart_total_rust, cart_named_rust, cached_rust, fetch_rust):
    crate.replace()
    crate.replace()

# Everybody who holds it is served; a value of another type is counted and left to Python.
class Text(str):
    pass
assert bound(Text("A B")) == table["slug"]("A B") == lib.slug("A B", most=9) == "a-b"
assert slug_rust.fallbacks() == {"text": 1}, slug_rust.fallbacks()
try:
    bound("")
except ValueError as error:
    assert str(error) == "nothing to name"
assert lib.fact(30) == 265252859812191058636308480000000
assert lib.fact(200) > 2**900

# Overrides are kept, arguments are changed as in Python, and derived classes stay what they are.
prices = [3, 1]
assert lib.Cart().total(prices) == 8 and prices == [1, 3]
assert lib.Gift().total([1]) == 0 and lib.Loud().total([1]) == -2
assert lib.Cart.named("a") == ("Cart", "a") and lib.Gift.named("a") == ("Gift", "a")

# The decorator stays: it's asked once.
assert lib.cached(1) is lib.cached(1) and lib.cached.cache_info().hits == 1

async def both():
    return await asyncio.gather(lib.fetch("a"), lib.fetch(url="b"))
assert asyncio.run(both()) == ["A", "B"]
assert asyncio.iscoroutinefunction(fetch_rust.fetch) and asyncio.iscoroutinefunction(lib.fetch)

import inspect
assert str(inspect.signature(slug_rust.slug)) == "(text, *, most=40)", inspect.signature(slug_rust.slug)
for crate in (slug_rust, fact_rust, cart_total_rust, cart_named_rust, cached_rust, fetch_rust):
    crate.restore()
assert lib.slug(Text("A")) == "a" and slug_rust.fallbacks() == {"text": 1}
print("done")
"#;

#[test]
fn functions_of_all_kinds_are_replaced_wherever_they_are_held() {
    let project = project();
    fs::write(project.file("in_use.py"), IN_USE).unwrap();
    let functions =
        ["lib:slug", "lib:fact", "lib:Cart.total", "lib:Cart.named", "lib:cached", "lib:fetch", "lib:locked"];
    for function in functions {
        let ran = new(&project, &[function, "--no-build"]);
        assert_eq!(ran.code, Some(0), "{ran}");
        assert!(ran.stdout.contains("no calls are recorded"), "{ran}");
    }
    let ran = new(&project, &["--build"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let folders = fs::read_dir(project.file("rust")).unwrap().map(|one| one.unwrap().path().join("python"));
    let ran = Command::new("python3").arg("in_use.py").args(folders).current_dir(project.path()).output();
    let ran = Ran::from(ran.unwrap());
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "done\n"), "{ran}");
    // Without recorded calls it's seen that the module is imported.
    let (found, ran) = check(&project, "fetch-rust");
    assert!(ran.code == Some(0) && found["builds"] == true && found["equal"].is_null(), "{ran}");
    assert!(ran.stderr.contains("rustworthy capture lib:fetch -- python app.py"), "{ran}");
    let ran = new(&project, &["--check"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("there are several crates"), "{ran}");
}

#[test]
fn what_cannot_be_a_crate_is_refused_with_the_reason_and_nothing_is_written() {
    let project = project();
    fs::write(project.file("broken.py"), "import nowhere\n").unwrap();
    fs::write(project.file("ending.py"), "import os\nos._exit(3)\n").unwrap();
    fs::write(project.file("plain_rust.py"), "").unwrap();
    let cases: [(&[&str], &str); 19] = [
        (&["lib:inner"], "it's a closure, made.<locals>.inner, which keeps n"),
        (&["lib:plain"], "it's a lambda"),
        (&["lib:stream"], "a generator function"),
        (&["lib:root"], "leave lib:root: it is native already"),
        (&["lib:named"], "name it by its class: lib:Cart.total"),
        (&["lib:Cart"], "it's a class; name one of its methods"),
        (&["lib:Cart.size"], "it's a property"),
        (&["lib:slugs"], "module 'lib' has no 'slugs'; did you mean 'slug'?"),
        (&["lib.slug"], "did you mean 'lib:slug'?"),
        (&["nowhere:f"], "module 'nowhere' can't be imported: ModuleNotFoundError"),
        (&["broken:f"], "broken.py, line 1"),
        (&["ending:f"], "ended the process while it was imported"),
        (&["lib:slug", "--name", "Slug"], "such as slug-rust"),
        (&["lib:slug", "--name", "std"], "cargo keeps that name to itself"),
        (&["lib:slug", "--name", "plain-rust"], "Python has a module plain_rust already"),
        (&["lib:slug", "--capture", "other"], "there is no such capture"),
        (&["--check", "slug-rust"], "there is no crate 'slug-rust'"),
        (&["--build"], "holds no crate that `rustworthy new` has made"),
        (&["lib:slug", "--builtin"], "name a project of yours"),
    ];
    for (arguments, expected) in cases {
        let ran = new(&project, arguments);
        assert!(ran.code == Some(2) && ran.stderr.contains(expected) && ran.stdout.is_empty(), "{arguments:?}: {ran}");
    }
    assert!(!project.file("rust").exists() && !project.file("rustworthy.toml").exists());
    // An environment beside the project that isn't the active one may have what is missing.
    fs::create_dir(project.file(".venv")).unwrap();
    fs::write(project.file(".venv/pyvenv.cfg"), "").unwrap();
    let ran = new(&project, &["nowhere:f"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("but not the active one: --python"), "{ran}");
}

#[test]
fn arguments_that_cannot_be_recorded_are_left_to_python() {
    let project = project();
    let captured = project.run(&["capture", "lib:locked", "--", "python3", "app.py"]);
    assert_eq!(captured.code, Some(0), "{captured}");
    let ran = new(&project, &["lib:locked", "--no-build", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(json(&ran)["arguments"][0]["rust"], "&Bound<'py, PyAny>", "{ran}");
    let readme = fs::read_to_string(project.file("rust/locked-rust/README.md")).unwrap();
    assert!(readme.contains("Of 300 calls the arguments couldn't be written down"), "{readme}");
}

#[test]
fn without_cargo_or_maturin_all_but_building_works() {
    let project = project();
    let python = PathBuf::from(
        String::from_utf8(
            Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output().unwrap().stdout,
        )
        .unwrap()
        .trim(),
    );
    let mut command = project.command(&["new", "lib:slug", "--python"]);
    let ran = Ran::from(command.arg(&python).env("PATH", project.path()).output().unwrap());
    assert!(ran.code == Some(2) && ran.stderr.contains("there is no cargo in PATH"), "{ran}");
    assert!(ran.stdout.contains("slug-rust") && project.file("rust/slug-rust/src/lib.rs").is_file(), "{ran}");
    let mut command = project.command(&["new", "--check", "slug-rust", "--offline"]);
    let ran = Ran::from(command.env("RUSTWORTHY_CACHE", project.file("cache")).output().unwrap());
    assert!(
        ran.code == Some(2) && ran.stderr.contains("maturin, which builds crates for Python, can't be provided"),
        "{ran}"
    );
}
