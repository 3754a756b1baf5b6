//! Projects that never heard of rustworthy get a manifest that runs as it is.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::profile::installed;
use super::support::{ENVIRONMENT, Project, Ran};

/// A project of these files, in folders of its own.
fn project(files: &[(&str, &str)]) -> Project {
    let project = Project::new(&[]);
    for (name, text) in files {
        let file = project.file(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("its folder");
        fs::write(file, text).expect("a file");
    }
    project
}

/// Runs it in the Python that has pytest and the frameworks.
fn run(project: &Project, arguments: &[&str]) -> Ran {
    let python = ENVIRONMENT.display().to_string();
    let (program, rest) = arguments.split_at(arguments.iter().position(|one| *one == "--").unwrap_or(arguments.len()));
    project.run(&[program, &["--python", &python], rest].concat())
}

fn compare(project: &Project) -> (Value, Ran) {
    let ran = run(project, &["compare", "all", "--quick", "--budget", "1s", "--format", "json"]);
    let value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}"));
    (value, ran)
}

fn manifest(project: &Project) -> String {
    fs::read_to_string(project.file("rustworthy.toml")).expect("a manifest")
}

/// What `init --dry-run` prints.
fn proposed(project: &Project) -> String {
    let ran = project.run(&["init", "--dry-run"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stdout.parse::<toml::Table>().is_ok(), "{ran}");
    ran.stdout
}

const CORE: &str = r#"
import re
import time

def slug(text):
    """Letters and digits, joined by dashes."""
    words, word = [], ""
    for letter in text.lower():
        if letter.isalnum():
            word += letter
        elif word:
            words.append(word)
            word = ""
    return "-".join(words + [word] if word else words)

def checksum(numbers):
    total = 0
    for number in numbers:
        total = (total * 31 + number) % 1_000_003
    return total

def main():
    print(slug("a command"))

def stamped(text):
    return sum(ord(letter) for letter in text * 2000), time.time()
"#;

const TESTS: &str = r#"
from acme.shop.core import checksum, slug, stamped

TEXT = "A Chapter, with Words! " * 400

def test_slugs():
    for number in range(60):
        assert slug(TEXT + str(number)).endswith(str(number))

def test_stamps():
    for _ in range(40):
        assert stamped("abc")[1] > 0

def test_checksums(benchmark):
    assert benchmark(checksum, list(range(3000))) >= 0
"#;

#[test]
fn a_project_with_tests_gets_workloads_that_run_without_an_edit() {
    let project = project(&[
        (
            "pyproject.toml",
            "[project]\nname = \"acme-shop\"\nversion = \"1\"\n[project.scripts]\nshop = \"acme.shop.core:main\"\n",
        ),
        ("src/acme/shop/core.py", CORE),
        ("src/acme/shop/broken.py", "def f(:\n"),
        ("tests/test_core.py", TESTS),
    ]);
    let ran = run(&project, &["init", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let text = manifest(&project);
    for expected in [
        "python-path = [\"src\"]",
        "package acme (src/acme, a part of a namespace)",
        "3 tests in 1 file, 1 of them timed by pytest-benchmark",
        "console script shop, which is acme.shop.core:main",
        "left out: src/acme/shop/broken.py:1 isn't Python",
        "[workload.slug]",
        "[workload.checksum]",
        "acme.shop.core:stamped: the same calls don't come to the same",
    ] {
        assert!(text.contains(expected), "{expected} isn't in:\n{text}\n{ran}");
    }
    assert!(ran.stdout.contains("rustworthy compare all --quick"), "{ran}");
    assert!(ran.stderr.contains("src/acme/shop/broken.py:1: isn't Python"), "{ran}");
    assert!(!project.file(".pytest_cache").exists());

    let listed = run_plain(&project, &["list"]);
    assert!(listed.code == Some(0) && listed.stdout.contains("acme.shop.core:slug"), "{listed}");
    let (compared, ran) = compare(&project);
    assert_eq!(ran.code, Some(0), "{ran}");
    let workloads = compared["workloads"].as_array().expect("workloads");
    assert!(workloads.len() >= 2, "{ran}");
    for workload in workloads {
        assert_eq!(workload["contenders"][0]["status"], "measured", "{workload:#}");
    }

    // Not again, whatever is asked for; and a new one would have the calls that are recorded already.
    let ran = run(&project, &["init", "--yes"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("rustworthy.toml is there already"), "{ran}");
    assert_eq!(manifest(&project), text);
    assert!(proposed(&project).contains("\n[workload.checksum]\n"));
}

fn run_plain(project: &Project, arguments: &[&str]) -> Ran {
    project.run(arguments)
}

const WORK: &str = r#"
def total(count):
    seen = {}
    for number in range(count):
        key = f"n{number % 97}"
        seen[key] = seen.get(key, 0) + number
    return sorted(seen.items())[:3]
"#;

const FLASK: &str = r#"
from flask import Blueprint, Flask, jsonify, request
from work import total

app = Flask(__name__)
api = Blueprint("api", __name__, url_prefix="/api")

@app.route("/")
def home():
    return jsonify(total(3000))

@api.get("/totals")
def totals():
    return jsonify(total(2000))

@app.get("/secret")
def secret():
    return "no", 401

@app.get("/items/<int:item>")
def item(item):
    return str(item)

@app.post("/items")
def add():
    return request.data

app.register_blueprint(api)

if __name__ == "__main__":
    app.run()
"#;

#[test]
fn a_service_without_tests_is_asked_for_its_routes() {
    let project = project(&[("shop.py", FLASK), ("work.py", WORK)]);
    // Nothing of it runs without permission: what the module alone says is enough for a part.
    let text = proposed(&project);
    assert!(text.contains("\n[scenario.shop]\nwsgi = \"shop:app\"\n") && text.contains("asks for 2 paths"), "{text}");

    let ran = run(&project, &["init", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let inputs = fs::read_to_string(project.file("rustworthy_inputs.py")).expect("requests");
    assert!(inputs.contains("\"/\"") && inputs.contains("\"/api/totals\""), "{inputs}");
    assert!(!inputs.contains("secret") && !inputs.contains("items"), "{inputs}");
    assert!(manifest(&project).contains("[workload.total]"), "{}\n{ran}", manifest(&project));
    let listed = run_plain(&project, &["list"]);
    assert!(listed.stdout.contains("scenarios: shop") && listed.code == Some(0), "{listed}");
    let (_, ran) = compare(&project);
    assert_eq!(ran.code, Some(0), "{ran}");
    // Its requests are answered, all of them.
    let ran = run(&project, &["capture", "shop:home", "shop:totals", "--replace", "--no-replay", "--scenario", "shop"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(!ran.stderr.contains("requests failed"), "{ran}");
}

const FASTAPI: &str = r#"
from fastapi import APIRouter, FastAPI

app = FastAPI()
router = APIRouter(prefix="/v1")

@app.get("/health")
async def health():
    return {"ok": True}

@app.get("/search")
async def search(q: str):
    return q

@router.get("/totals")
def totals(limit: int = 3):
    return list(range(limit))

app.include_router(router)
"#;

const BY_HAND: &str = r#"
import json

async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(scope["path"]).encode()})

def old(environ, start_response):
    start_response("200 OK", [])
    return [b"x"]
"#;

const SETTINGS: &str = "SECRET_KEY = 'x'\nROOT_URLCONF = 'site_of_ours.urls'\nALLOWED_HOSTS = ['localhost']\n";

const URLS: &str = r#"
from django.http import HttpResponse
from django.urls import include, path, re_path

def home(request, number=0):
    return HttpResponse(str(number))

def closed(request):
    return HttpResponse(status=403)

urlpatterns = [
    path("", home),
    path("api/", include([path("totals/", home), path("items/<int:number>/", home)])),
    path("closed/", closed),
    path("logout/", home),
    re_path(r"^old/(\d+)/$", home),
]
"#;

/// A module as `django-admin startproject` writes it.
fn served_by_django(kind: &str) -> String {
    format!(
        "import os\n\nfrom django.core.{kind} import get_{kind}_application\n\n\
         os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site_of_ours.settings')\n\napplication = get_{kind}_application()\n"
    )
}

const FACTORY: &str =
    "from flask import Flask\n\ndef create_app(testing=False):\n    app = Flask(__name__)\n    return app\n";

#[test]
fn applications_become_scenarios_where_nothing_is_guessed() {
    let [wsgi, asgi] = ["wsgi", "asgi"].map(served_by_django);
    let project = project(&[
        ("site_of_ours/__init__.py", ""),
        ("site_of_ours/settings.py", SETTINGS),
        ("site_of_ours/urls.py", URLS),
        ("site_of_ours/wsgi.py", &wsgi),
        ("site_of_ours/asgi.py", &asgi),
        ("api/main.py", FASTAPI),
        ("byhand.py", BY_HAND),
        ("factory.py", FACTORY),
        (
            "served.py",
            "from flask import Flask\napp = Flask(__name__)\n@app.get('/')\ndef f(): return 'x'\napp.run()\n",
        ),
    ]);
    let text = proposed(&project);
    assert!(text.contains("python-path = [\".\", \"api\"]"), "{text}");
    assert!(text.contains("\n[scenario.main]\nasgi = \"main:app\"\n") && text.contains("asks for 1 path "), "{text}");
    assert!(text.contains("# asgi = \"byhand:app\"") && text.contains("# wsgi = \"byhand:old\""), "{text}");
    assert!(text.contains("# wsgi = \"factory:create_app\"") && text.contains("`app = create_app()`"), "{text}");
    assert!(text.contains("# wsgi = \"served:app\"") && text.contains("__main__"), "{text}");

    let ran = run(&project, &["init", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let inputs = fs::read_to_string(project.file("rustworthy_inputs.py")).expect("requests");
    assert!(inputs.contains("\"/health\"") && inputs.contains("\"/v1/totals\""), "{inputs}\n{ran}");
    assert!(!inputs.contains("/search") && !inputs.contains("/docs"), "{inputs}");
    // Django's, by both ways of serving it.
    assert_eq!(inputs.matches("\"/api/totals/\"").count(), 2, "{inputs}");
    for path in ["/closed", "/logout", "/old", "/items"] {
        assert!(!inputs.contains(path), "{inputs}");
    }
    assert!(manifest(&project).contains("none of its routes is known to answer"), "{}", manifest(&project));
    let listed = run_plain(&project, &["list"]).stdout;
    assert!(listed.contains("scenarios: ") && listed.contains("main"), "{listed}");
}

#[test]
fn nothing_of_a_project_runs_off_a_terminal_without_permission() {
    let marks = "open('ran', 'w').close()\n";
    let tests = format!("from lib import slug\n{marks}\ndef test_it():\n    assert slug('a')\n");
    let project =
        project(&[("lib.py", &format!("{marks}def slug(text):\n    return text\n")), ("test_lib.py", &tests)]);
    let dry = proposed(&project);
    assert!(!project.file("rustworthy.toml").exists());
    let ran = run(&project, &["init"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(!project.file("ran").exists(), "{ran}");
    assert_eq!(manifest(&project), dry);
    assert!(ran.stderr.contains("with --yes it would run its tests up to three times"), "{ran}");
    assert!(ran.stdout.contains("rustworthy capture lib:slug") && ran.stdout.contains("--yes"), "{ran}");
    assert!(dry.contains("# [workload.slug]"), "{dry}");
    // It's a manifest all the same.
    let listed = run_plain(&project, &["list"]);
    assert!(listed.code == Some(4) && listed.stdout.contains("no workloads"), "{listed}");
}

#[test]
fn a_program_is_run_in_place_of_tests_and_ended_in_time() {
    let app =
        "import lib, time\n\nif __name__ == '__main__':\n    while True:\n        lib.checksum(list(range(2000)))\n";
    let project = project(&[("lib.py", CORE), ("app.py", app)]);
    let ran = project.run(&["init", "--run", "python3 app.py", "--for", "3s"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let text = manifest(&project);
    assert!(text.contains("[workload.checksum]") && text.contains("`python3 app.py`"), "{text}\n{ran}");
    let (_, ran) = project.compare(&[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let ran = project.run(&["init", "--run", "python3 'app.py"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("quotation mark"), "{ran}");
}

#[test]
fn a_script_that_runs_whenever_it_is_imported_is_not_imported() {
    let script = "def work(count):\n    total = 0\n    for number in range(count):\n        total += number % 7\n    return total\n\n\
                  with open('runs', 'a') as file:\n    file.write('x')\nfor _ in range(300):\n    work(20000)\n";
    let project = project(&[("script.py", script)]);
    let ran = project.run(&["init", "--run", "python3 script.py"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let text = manifest(&project);
    assert!(text.contains("script:work") && text.contains("__main__") && !text.contains("[workload."), "{text}\n{ran}");
    // Once to see where its time goes; there was nothing to record then.
    assert_eq!(fs::read_to_string(project.file("runs")).unwrap(), "x");
}

#[test]
fn tests_that_cannot_run_leave_candidates_behind() {
    let tests = "import no_such_package\nfrom lib import slug\n\ndef test_it():\n    assert slug('a')\n";
    let project = project(&[("lib.py", "def slug(text):\n    return text\n"), ("test_lib.py", tests)]);
    let ran = run(&project, &["init", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stderr.contains("pytest can't collect all tests") && ran.stderr.contains("no_such_package"), "{ran}");
    assert!(manifest(&project).contains("rustworthy capture lib:slug"), "{}", manifest(&project));
}

#[test]
fn an_existing_manifest_is_left_alone() {
    for (name, text) in
        [("rustworthy.toml", "# mine\n"), ("pyproject.toml", "[tool.rustworthy.project]\ntimeout = \"5s\"\n")]
    {
        let project = project(&[(name, text), ("lib.py", "def slug(text):\n    return text\n")]);
        let ran = project.run(&["init"]);
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.stderr.contains("already") && ran.stderr.contains("--dry-run"), "{ran}");
        assert_eq!(fs::read_to_string(project.file(name)).unwrap(), text);
        assert_eq!(fs::read_dir(project.path()).unwrap().count(), 2);
        assert!(proposed(&project).contains("module lib"));
    }
}

#[test]
fn where_there_is_nothing_that_is_said() {
    let said = |files: &[(&str, &str)], arguments: &[&str]| {
        let project = project(files);
        let before = fs::read_dir(project.path()).unwrap().count();
        let ran = project.run(&[&["init"], arguments].concat());
        assert_eq!(fs::read_dir(project.path()).unwrap().count(), before, "{ran}");
        assert!(!ran.stderr.contains("Traceback") && ran.stdout.is_empty(), "{ran}");
        (ran.code, ran.stderr)
    };
    let (code, text) = said(&[], &[]);
    assert!(code == Some(4) && text.contains("there is no Python in it"), "{text}");
    let (code, text) = said(&[("README.md", "x"), ("node_modules/a.py", "x = 1\n")], &[]);
    assert!(code == Some(4) && text.contains("there is no Python in it"), "{text}");
    let (code, text) = said(&[("tests/test_it.py", "def test_it(): pass\n")], &[]);
    assert!(code == Some(4) && text.contains("nothing to measure"), "{text}");
    let (code, text) = said(&[("__init__.py", ""), ("core.py", "def f(): pass\n")], &[]);
    assert!(code == Some(2) && text.contains("name that one: rustworthy init ./.."), "{text}");
    let (code, text) = said(&[], &["gone"]);
    assert!(code == Some(2) && text.contains("gone: there is no such folder"), "{text}");
    let (code, text) = said(&[("file", "")], &["file"]);
    assert!(code == Some(2) && text.contains("file: is no folder"), "{text}");
    let (code, text) = said(&[("lib.py", "def f(): pass\n")], &["--python", "/no/such/python"]);
    assert!(code == Some(2) && text.contains("/no/such/python"), "{text}");
    let (code, _) = said(&[("lib.py", "def f(): pass\n")], &["--dry-run", "--yes"]);
    assert_eq!(code, Some(2));
}

#[test]
fn files_that_cannot_be_read_are_named_and_the_others_are_read() {
    let project =
        project(&[("lib.py", "def slug(text):\n    return text\n"), ("bad.py", "def f(:\n"), ("sub/__init__.py", "")]);
    fs::write(project.file("latin.py"), b"name = '\xe9'\n").unwrap();
    fs::write(project.file("zero.py"), b"x = 1\0\n").unwrap();
    symlink(".", project.file("loop")).unwrap();
    symlink("itself", project.file("itself")).unwrap();
    fs::create_dir_all(project.file(".venv/bin")).unwrap();
    fs::write(project.file(".venv/pyvenv.cfg"), "").unwrap();
    fs::write(project.file(".venv/inside.py"), "def f(:\n").unwrap();
    use std::os::unix::ffi::OsStrExt;
    fs::write(project.path().join(std::ffi::OsStr::from_bytes(b"n\xe9.py")), "x = 1\n").unwrap();
    let ran = project.run(&["init"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    for named in [
        "bad.py:1: isn't Python",
        "latin.py",
        "zero.py",
        "isn't UTF-8",
        "1 symbolic links to folders weren't followed",
        "--python .venv",
    ] {
        assert!(ran.stderr.contains(named), "{named} isn't in: {ran}");
    }
    assert!(!ran.stderr.contains("inside.py"), "{ran}");
    let text = manifest(&project);
    assert!(text.contains("module lib") && text.contains("package sub"), "{text}");
    assert!(run_plain(&project, &["list"]).code == Some(4));
}

#[test]
fn packages_of_a_repository_are_found_from_where_their_imports_find_them() {
    let project = project(&[
        (
            "services/billing/pyproject.toml",
            "[project]\nname = 'billing'\n[tool.setuptools.packages.find]\nwhere = ['source']\n",
        ),
        ("services/billing/source/billing/__init__.py", ""),
        ("services/billing/source/billing/tax.py", "def rate(x):\n    return x\n"),
        (
            "services/shop/setup.py",
            "from setuptools import setup, find_packages\nsetup(name='shop', package_dir={'': 'lib'}, packages=find_packages('lib'))\n",
        ),
        ("services/shop/lib/shop/__init__.py", "from .cart import total\n"),
        ("services/shop/lib/shop/cart.py", "def total(x):\n    return x\n"),
        ("company/tools/text.py", "def clean(x):\n    return x\n"),
        ("main.py", "from company.tools.text import clean\nfrom shop import total\n"),
        (
            "tests/test_all.py",
            "from shop import total\nfrom billing import tax\n\ndef test_a():\n    total(1)\n    total(2)\n    tax.rate(1)\n",
        ),
        ("other/shop/__init__.py", ""),
    ]);
    let text = proposed(&project);
    for expected in [
        "python-path = [\".\", \"services/billing/source\", \"services/shop/lib\"]",
        "package billing (services/billing/source/billing)",
        "package shop (services/shop/lib/shop)",
        "package company (company, a part of a namespace)",
        "rustworthy capture shop.cart:total --pytest tests",
        "Others: billing.tax:rate",
    ] {
        assert!(text.contains(expected), "{expected} isn't in:\n{text}");
    }
}

#[test]
fn the_reader_passes_its_own_tests_in_every_python() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/src/init/reading/tests");
    for (version, python) in installed(11..=14) {
        let ran = Command::new(&python)
            .args(["-m", "unittest", "discover", "-p", "test_*.py"])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(&folder)
            .output()
            .expect("Python runs");
        assert!(ran.status.success(), "{version}:\n{}", String::from_utf8_lossy(&ran.stderr));
    }
}
