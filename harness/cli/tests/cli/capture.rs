//! Real calls of real programs, recorded, made again, and compared.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustworthy_model::capture::Capture;
use serde_json::Value;

use super::profile::installed;
use super::support::{Project, Ran};
use super::validation::assert_valid;

const LIB: &str = r#"
import re

def slug(text, *, most=40):
    if not text:
        raise ValueError("nothing to name")
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:most]

def tidy(items):
    items.sort()
    items.append(len(items))
"#;

const APP: &str = r#"
import lib

print("the program's own output")
for number in range(500):
    lib.slug(f"Chapter {number}: {'x' * (number % 50)}", most=30 + number % 3)
    lib.tidy([number % 7, number % 3, number])
    if number % 100 == 7:
        try:
            lib.slug("")
        except ValueError:
            pass
"#;

fn project() -> Project {
    Project::new(&[("lib.py", LIB), ("app.py", APP)])
}

fn capture(project: &Project, arguments: &[&str]) -> (Value, Ran) {
    let ran = project.run(&[&["capture", "--format", "json"], arguments].concat());
    let result = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}"));
    (result, ran)
}

/// The lines of a capture.
fn calls(project: &Project, name: &str) -> Vec<Value> {
    let file = project.file(&format!(".rustworthy/captures/{name}/calls.jsonl"));
    let text = fs::read_to_string(file).expect("the calls");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().expect("an array").iter().filter_map(Value::as_str).collect()
}

#[test]
fn the_recorder_and_the_encoding_pass_their_own_tests_in_every_python() {
    let harness = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the folder of all packages");
    let folders = [harness.join("engine/src/capture/recorder/tests"), harness.join("protocol/src/capture/tests")];
    let pythons = installed(11..=14);
    assert!(!pythons.is_empty());
    let start = |python: &Path, folder: &Path| {
        let mut tests = Command::new(python);
        tests.args(["-m", "unittest", "discover", "-p", "test_*.py"]).env("PYTHONDONTWRITEBYTECODE", "1");
        tests.current_dir(folder).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("Python runs")
    };
    for (version, python) in &pythons {
        for (folder, running) in folders.each_ref().map(|folder| (folder, start(python, folder))) {
            let ran = running.wait_with_output().expect("its end");
            let said = String::from_utf8_lossy(&ran.stderr);
            assert!(ran.status.success(), "{version} in {}:\n{said}", folder.display());
        }
    }
}

#[test]
fn calls_of_a_program_become_a_workload_that_tells_contenders_apart() {
    let project = project();
    let (result, ran) = capture(&project, &["lib:slug", "--", "python3", "app.py"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stderr.contains("the program's own output"), "{ran}");
    assert_valid::<Capture>(&result);
    let kept = result["kept"].as_u64().unwrap();
    assert!(result["calls"] == 505 && (20..=200).contains(&kept), "{result:#}");
    assert_eq!(result["purity"]["stable"], true, "{result:#}");
    let lines = calls(&project, "slug");
    let weights: f64 = lines.iter().map(|line| line["weight"].as_f64().unwrap()).sum();
    assert!((weights - 505.0).abs() < 1e-6, "{weights}");
    let raised: Vec<&Value> = lines.iter().filter(|line| line["raised"].is_object()).collect();
    assert!(!raised.is_empty() && raised[0]["raised"]["class"] == "builtins:ValueError", "{raised:?}");
    let folder = project.file(".rustworthy/captures/slug");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        [mode(&folder), mode(&folder.join("calls.jsonl")), mode(&folder.join("capture.json"))],
        [0o700, 0o600, 0o600]
    );

    let contenders = r#"
import re
KEPT = re.compile(r"[^a-z0-9]+")

def same(text, *, most=40):
    if not text:
        raise ValueError("nothing to name")
    return KEPT.sub("-", text.lower()).strip("-")[:most]

def longer(text, *, most=40):
    return same(text, most=most + (most == 31 and len(text) > 40))

def silent(text, *, most=40):
    return same(text, most=most) if text else ""
"#;
    fs::write(project.file("fast.py"), contenders).unwrap();
    let mut manifest = format!("[project]\npython-path = [\".\"]\n\n{}", result["workload"].as_str().unwrap());
    for name in ["same", "longer", "silent"] {
        manifest.push_str(&format!("\n[workload.slug.contender.{name}]\npython = \"fast:{name}\"\n"));
    }
    fs::write(project.file("rustworthy.toml"), manifest).unwrap();
    let (compared, ran) = project.compare(&["--size", "default"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    let found = |name: &str| {
        let contenders = compared["workloads"][0]["contenders"].as_array().unwrap();
        contenders.iter().find(|one| one["name"] == name).unwrap().clone()
    };
    assert_eq!(found("same")["equivalence"]["status"], "equal", "{compared:#}");
    for (name, what) in [("longer", "≠"), ("silent", "raised ValueError: nothing to name, and it returned")] {
        let contender = found(name);
        assert_eq!(contender["equivalence"]["status"], "different", "{contender:#}");
        let detail = contender["equivalence"]["detail"].as_str().unwrap();
        assert!(detail.starts_with("call ") && detail.contains(what), "{detail}");
        let test = project.file(contender["equivalence"]["test"].as_str().expect("a test that fails"));
        fails(&project, &test, &format!("test_slug_{name}"));
    }
    // The smallest of those that differ, by the line that it has.
    let detail = found("silent")["equivalence"]["detail"].as_str().unwrap().to_owned();
    let line: usize = detail["call ".len()..].split(':').next().unwrap().parse().unwrap();
    assert_eq!(lines[line - 1]["args"][0], "");
}

/// Runs a test that was written, as pytest would.
fn fails(project: &Project, file: &Path, name: &str) -> String {
    let code = format!("import runpy; runpy.run_path({file:?})[{name:?}]()");
    let ran = Ran::from(Command::new("python3").args(["-c", &code]).current_dir(project.path()).output().unwrap());
    assert!(ran.code == Some(1) && ran.stderr.contains("AssertionError"), "{ran}");
    let mode = fs::metadata(file).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    fs::read_to_string(file).unwrap()
}

#[test]
fn calls_of_coroutine_functions_are_awaited_and_a_difference_is_made_small() {
    let lib = "import asyncio, dataclasses, decimal\n\n@dataclasses.dataclass\nclass Order:\n    items: list\n    total: object = decimal.Decimal('0')\n\n\
               async def add(order, *, times=1):\n    await asyncio.sleep(0)\n    if times > 3:\n        raise ValueError('too often')\n    \
               return sum(order.items) * times\n\n\
               async def same(order, *, times=1):\n    if times > 3:\n        raise ValueError('too often')\n    return times * sum(order.items)\n\n\
               def plain(order, *, times=1):\n    if times > 3:\n        raise ValueError('too often')\n    return times * sum(order.items)\n\n\
               async def other(order, *, times=1):\n    return await same(order, times=times) + (7 in order.items)\n\n\
               async def silent(order, *, times=1):\n    return await same(order, times=min(times, 3))\n";
    let app = "import asyncio, lib\n\nasync def main():\n    for number in range(60):\n        order = lib.Order(list(range(number)), 'x' * number)\n        \
               try:\n            await lib.add(order, times=number % 5)\n        except ValueError:\n            pass\n\nasyncio.run(main())\n";
    let project = Project::new(&[("lib.py", lib), ("app.py", app)]);
    let (result, ran) = capture(&project, &["lib:add", "--", "python3", "app.py"]);
    assert!(ran.code == Some(0) && result["calls"] == 60, "{ran}");
    let mut manifest = format!("[project]\npython-path = [\".\"]\n\n{}", result["workload"].as_str().unwrap());
    for name in ["same", "plain", "other", "silent"] {
        manifest.push_str(&format!("\n[workload.add.contender.{name}]\npython = \"lib:{name}\"\n"));
    }
    fs::write(project.file("rustworthy.toml"), manifest).unwrap();
    let (compared, ran) = project.compare(&["--size", "default"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    let contenders = compared["workloads"][0]["contenders"].as_array().unwrap();
    let found: Vec<_> = contenders
        .iter()
        .map(|one| {
            [&one["name"], &one["status"], &one["equivalence"]["status"]].map(|word| word.as_str().unwrap()).join(" ")
        })
        .collect();
    assert_eq!(
        found,
        [
            "python measured baseline",
            "same measured equal",
            "plain measured equal",
            "other measured different",
            "silent measured different"
        ],
        "{compared:#}"
    );
    let written = |number: usize, name: &str| {
        let test = contenders[number]["equivalence"]["test"].as_str().unwrap_or_else(|| panic!("no test: {ran}"));
        fails(&project, &project.file(test), name)
    };
    // What is left is what makes the difference.
    let text = written(3, "test_add_other");
    assert!(text.contains("made(lib.Order, {'items': [7], 'total': ''}),"), "{text}");
    let text = written(4, "test_add_silent");
    assert!(text.contains("'items': []") && text.contains("{'times': 4}"), "{text}");
    let table = project.run(&["report"]);
    let shown = table.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.contains("a test that fails on that call: "), "{table}");
}

#[test]
fn generators_are_recorded_and_compared_up_to_a_bound() {
    let lib = "import itertools\n\ndef squares(n):\n    for number in range(n):\n        yield number * number\n\n\
               async def ticks(n):\n    for number in range(n):\n        yield number\n\n\
               def iterates(n):\n    return map(lambda number: number * number, range(n))\n\n\
               def later(n):\n    return (number * number if number < 5 else -1 for number in range(n))\n\n\
               def earlier(n):\n    return (number * number if number != 3 else -1 for number in range(n))\n\n\
               def lists(n):\n    return list(squares(n))\n\n\
               async def ticks_too(n):\n    for number in range(n):\n        yield number\n";
    let app = "import asyncio, lib\n\nasync def main():\n    for n in range(9):\n        assert [tick async for tick in lib.ticks(n)] == list(range(n))\n\n\
               for n in range(9):\n    assert sum(lib.squares(n)) >= 0\nasyncio.run(main())\n";
    let project = Project::new(&[("lib.py", lib), ("app.py", app)]);
    let ran = project.run(&["capture", "lib:squares", "lib:ticks", "--", "python3", "app.py"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("--streams N"), "{ran}");
    let (result, ran) = capture(&project, &["lib:squares", "lib:ticks", "--streams", "5", "--", "python3", "app.py"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    for one in result.as_array().expect("two captures") {
        assert_valid::<Capture>(one);
        assert_eq!((&one["calls"], &one["streams"], &one["cut_off"]), (&9.into(), &5.into(), &3.into()), "{one:#}");
        assert_eq!((&one["purity"]["stable"], &one["purity"]["otherwise"]), (&true.into(), &0.into()), "{one:#}");
    }
    let last = calls(&project, "squares").into_iter().find(|line| line["args"][0] == 8).expect("the longest");
    assert_eq!(last["result"], serde_json::json!({"$": "stream", "items": [0, 1, 4, 9, 16], "more": true}));
    let mut manifest = "[project]\npython-path = [\".\"]\n".to_owned();
    for one in result.as_array().expect("two captures") {
        manifest.push_str(one["workload"].as_str().unwrap());
    }
    for name in ["iterates", "later", "earlier", "lists"] {
        manifest.push_str(&format!("\n[workload.squares.contender.{name}]\npython = \"lib:{name}\"\n"));
    }
    manifest.push_str("\n[workload.ticks.contender.too]\npython = \"lib:ticks_too\"\n");
    fs::write(project.file("rustworthy.toml"), manifest).unwrap();
    let (compared, ran) = project.compare(&["--size", "default"]);
    let found = |workload: usize| {
        let contenders = compared["workloads"][workload]["contenders"].as_array().unwrap();
        contenders.iter().map(|one| one["equivalence"]["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // What comes after the bound isn't read.
    assert_eq!(found(0), ["baseline", "equal", "equal", "different", "different"], "{compared:#}\n{ran}");
    assert_eq!(found(1), ["baseline", "equal"], "{compared:#}\n{ran}");
    assert!(compared.to_string().contains("streams more than 5 items"), "{compared:#}");
}

#[test]
fn arguments_after_the_call_are_part_of_the_output() {
    let project = project();
    let (result, _) = capture(&project, &["lib:tidy", "--keep", "20", "--", "python3", "app.py"]);
    assert_eq!(result["purity"]["mutates"], true, "{result:#}");
    fs::write(
        project.file("other.py"),
        "def same(items):\n    items[:] = [*sorted(items), len(items)]\n\ndef copies(items):\n    items = sorted(items)\n",
    )
    .unwrap();
    let manifest = format!(
        "[project]\npython-path = [\".\"]\n\n{}\n[workload.tidy.contender.same]\npython = \"other:same\"\n\n\
         [workload.tidy.contender.copies]\npython = \"other:copies\"\n",
        result["workload"].as_str().unwrap()
    );
    fs::write(project.file("rustworthy.toml"), manifest).unwrap();
    let (compared, ran) = project.compare(&["--size", "20"]);
    let contenders = compared["workloads"][0]["contenders"].as_array().unwrap();
    let status = |name: &str| contenders.iter().find(|one| one["name"] == name).unwrap()["equivalence"].clone();
    assert_eq!(status("same")["status"], "equal", "{ran}");
    let detail = status("copies")["detail"].as_str().unwrap_or_default().to_owned();
    assert!(detail.contains("it leaves its arguments otherwise: args[0]"), "{detail} {ran}");
}

#[test]
fn what_a_function_reads_and_does_is_told_and_not_done_again() {
    let lib = r#"
import asyncio, io, os, random, socket, time

def stamp(x):
    return [x, time.time()]

def draw(x):
    return random.random()

def save(x):
    with open("saved.txt", "a") as file:
        file.write(str(x))

def names(x):
    return list({"ab", "cd", "ef", "gh"})

COUNT = 0
def count(x):
    global COUNT
    COUNT += 1
    return COUNT

async def pure(x):
    await asyncio.sleep(0)
    return hasattr(io, "nothing"), x
"#;
    let app = "import asyncio, lib\nfor x in range(3):\n    lib.stamp(x); lib.draw(x); lib.save(x); lib.names(x); \
               lib.count(x); asyncio.run(lib.pure(x))\n";
    let project = Project::new(&[("lib.py", lib), ("app.py", app)]);
    let targets = ["lib:stamp", "lib:draw", "lib:save", "lib:names", "lib:count", "lib:pure"];
    let (result, ran) = capture(&project, &[&targets[..], &["--", "python3", "app.py"]].concat());
    let purity: Vec<&Value> = result.as_array().expect("one of each").iter().map(|one| &one["purity"]).collect();
    assert_eq!(strings(&purity[0]["reads"]), ["clock"], "{ran}");
    assert_eq!(strings(&purity[1]["reads"]), ["random numbers"], "{ran}");
    assert_eq!(strings(&purity[2]["effects"]), ["writes files"], "{ran}");
    assert_eq!(fs::read_to_string(project.file("saved.txt")).unwrap(), "012");
    assert_eq!(strings(&purity[4]["effects"]), ["sets the global COUNT"], "{ran}");
    // What the loop and the standard library do for themselves is none of it.
    assert!(strings(&purity[5]["reads"]).is_empty() && strings(&purity[5]["effects"]).is_empty(), "{ran}");
    let proposed = [
        "{ ignore = [\"[1]\"] }".into(),
        Value::Null,
        "\"exact\"".into(),
        "{ unordered = [\"output\"] }".into(),
        Value::Null,
        "\"exact\"".into(),
    ];
    for (place, equal) in proposed.iter().enumerate() {
        assert_eq!(
            (&purity[place]["stable"], &purity[place]["equal"]),
            (&[2, 5].contains(&place).into(), equal),
            "{place} {ran}"
        );
    }
}

#[test]
fn a_program_that_runs_whenever_it_is_imported_is_not_run_again() {
    let app = "def work(x):\n    return x\n\nprint('runs')\nwork(1)\n";
    let project = Project::new(&[("app.py", app)]);
    let (result, ran) = capture(&project, &["app:work", "--", "python3", "app.py"]);
    assert_eq!((ran.stderr.matches("runs\n").count(), &result["calls"]), (1, &1.into()), "{ran}");
    assert!(result["purity"].is_null() && result["unreplayed"].as_str().unwrap().contains("__main__"), "{result:#}");
}

#[test]
fn secrets_reach_no_file() {
    let lib = "def login(user, password):\n    return {'token': 'tok-4711', 'user': user}\n";
    let app = "import lib\nlib.login('ann@example.com', 'hunter2-x')\nlib.login('customer-4711', 'hunter2-x')\n";
    let project = Project::new(&[("lib.py", lib), ("app.py", app)]);
    let (result, ran) = capture(&project, &["lib:login", "--redact", "customer-([0-9]+)", "--", "python3", "app.py"]);
    assert!(result["redacted"].as_u64().unwrap() >= 6, "{ran}");
    let folder = project.file(".rustworthy/captures/login");
    for entry in fs::read_dir(&folder).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        for secret in ["hunter2", "ann@example.com", "tok-4711", "customer-4711"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    assert!(fs::read_to_string(project.file(".rustworthy/.gitignore")).unwrap().contains('*'));
}

#[test]
fn the_exit_code_of_the_program_is_passed_on_and_what_was_recorded_is_kept() {
    let app = "import lib, os, sys\nlib.tidy([1])\nif sys.argv[1] == 'kill':\n    os.kill(os.getpid(), 9)\nsys.exit(int(sys.argv[1]))\n";
    let project = Project::new(&[("lib.py", LIB), ("app.py", app)]);
    for (word, code) in [("7", 7), ("0", 0), ("kill", 137)] {
        let (result, ran) = capture(&project, &["lib:tidy", "--replace", "--", "python3", "app.py", word]);
        assert_eq!((ran.code, &result["calls"]), (Some(code), &1.into()), "{ran}");
    }
    let ran = project.run(&["capture", "lib:slug", "--", "python3", "app.py", "0"]);
    assert_eq!(ran.code, Some(4), "{ran}");
    assert!(ran.stderr.contains("lib:slug was never called"), "{ran}");
    assert_eq!(project.run(&["capture", "lib:slug", "--", "python3", "app.py", "7"]).code, Some(7));
    assert!(!project.file(".rustworthy/captures/slug").exists());
}

#[test]
fn a_program_that_never_ends_is_ended_in_good_order() {
    let app = "import lib, time\nwhile True:\n    lib.tidy([1]); time.sleep(0.01)\n";
    let project = Project::new(&[("lib.py", LIB), ("app.py", app)]);
    let (result, ran) = capture(&project, &["lib:tidy", "--for", "3s", "--", "python3", "app.py"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(result["calls"].as_u64().unwrap() > 1, "{ran}");
}

#[test]
fn what_cannot_be_recorded_is_refused_before_anything_runs() {
    let project = project();
    let refused = |arguments: &[&str]| {
        let ran = project.run(&[&["capture"], arguments, &["--", "python3", "app.py"]].concat());
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(!ran.stderr.contains("the program's own output"), "{ran}");
        ran.stderr
    };
    assert!(refused(&["lib:slgu"]).contains("did you mean 'slug'"));
    assert!(refused(&["lob:slug"]).contains("there is no module 'lob'"));
    assert!(refused(&["lib.slug"]).contains("did you mean 'lib:slug'"));
    assert!(refused(&["lib:slug", "--name", "Slug"]).contains("a-z"));
    assert!(refused(&["lib:slug", "--redact", "("]).contains("--redact"));
    let ran = project.run(&["capture", "lib:slug"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(project.run(&["capture", "lib:slug", "--", "python3", "app.py"]).code == Some(0));
    assert!(refused(&["lib:slug"]).contains("--replace"));
}

#[test]
fn a_manifest_that_names_no_capture_of_the_project_is_told_how_to_make_one() {
    let manifest = "[project]\npython-path = [\".\"]\n\n[workload.w]\ninput = \"capture:slog\"\nsizes = { default = 10 }\n\
                    [workload.w.contender.python]\npython = \"lib:slug\"\nbaseline = true\n";
    let project = Project::new(&[("lib.py", LIB), ("app.py", APP), ("rustworthy.toml", manifest)]);
    assert_eq!(project.run(&["capture", "lib:slug", "--", "python3", "app.py"]).code, Some(0));
    let ran = project.run(&["compare", "w", "--quick"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("rustworthy.toml:5: workload.w.input: there is no capture 'slog'"), "{ran}");
    assert!(ran.stderr.contains("did you mean 'slug'"), "{ran}");
}

#[test]
fn requests_of_a_scenario_are_answered_meanwhile() {
    let service = "import lib\n\ndef handle(request):\n    return lib.slug(request)\n\n\
                   def requests(count, seed):\n    return [f'Request {number}' for number in range(count)]\n";
    let manifest = "[project]\npython-path = [\".\"]\n\n[scenario.api]\nhandler = \"service:handle\"\n\
                    requests = \"service:requests\"\ncount = 40\narrivals = { process = \"closed\" }\n";
    let project = Project::new(&[("lib.py", LIB), ("service.py", service), ("rustworthy.toml", manifest)]);
    let (result, ran) = capture(&project, &["lib:slug", "service:handle", "--scenario", "api"]);
    assert_eq!((&result[0]["calls"], &result[1]["calls"]), (&40.into(), &40.into()), "{ran}");
    let ran = project.run(&["capture", "lib:slug", "--replace", "--scenario", "apo"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("did you mean 'api'"), "{ran}");
}

#[test]
fn a_server_is_asked_for_urls_while_it_is_recorded() {
    let server = "import lib, sys\nfrom wsgiref.simple_server import make_server\n\ndef app(environ, start_response):\n    \
                  path = environ['PATH_INFO']\n    start_response('404 None' if path == '/none' else '200 OK', [])\n    \
                  return [lib.slug(path + ' Asked For').encode()]\n\nif __name__ == '__main__':\n    \
                  make_server('127.0.0.1', int(sys.argv[1]), app).serve_forever()\n";
    let project = Project::new(&[("lib.py", LIB), ("server.py", server)]);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let [good, none] = ["shelf", "none"].map(|path| format!("http://127.0.0.1:{port}/{path}"));
    let (result, ran) = capture(
        &project,
        &["lib:slug", "--url", &good, "--url", &none, "--for", "1s", "--", "python3", "server.py", &port],
    );
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(result["calls"].as_u64().unwrap() > 10, "{result:#}");
    let asked: Vec<String> = calls(&project, "slug").iter().map(|call| call["args"][0].to_string()).collect();
    assert!(["/shelf", "/none"].iter().all(|path| asked.iter().any(|text| text.contains(path))), "{asked:?}");
    assert!(ran.stderr.contains("requests failed: ") && ran.stderr.contains("/none: 404"), "{ran}");
    let refused =
        |url: &str| project.run(&["capture", "lib:slug", "--replace", "--url", url, "--", "python3", "app.py"]);
    let ran = refused("http://192.0.2.1/");
    assert!(ran.code == Some(2) && ran.stderr.contains("isn't on this machine"), "{ran}");
    assert_eq!(project.run(&["capture", "lib:slug", "--url", &good]).code, Some(2));
}

#[test]
fn what_cannot_be_written_down_is_made_by_a_recipe() {
    let lib = "def keep(lock, text):\n    with lock:\n        return text * 2\n\ndef refuse(text):\n    raise ValueError(f'no {text}')\n";
    let app = "import lib, threading\n\nfor number in range(20):\n    lib.keep(threading.Lock(), str(number))\n    \
               try:\n        lib.refuse(number)\n    except ValueError:\n        pass\n";
    let project = Project::new(&[("lib.py", lib), ("app.py", app)]);
    let ran = project.run(&["capture", "lib:keep", "--", "python3", "app.py"]);
    assert!(ran.stdout.contains("args[0]: _thread.lock (20)"), "{ran}");
    assert!(ran.stdout.contains("--recipe '_thread.lock=module:callable'"), "{ran}");
    let made_by = ["--replace", "--recipe", "_thread.lock=threading:Lock", "--", "python3", "app.py"];
    let (result, ran) = capture(&project, &[&["lib:keep", "lib:refuse"], &made_by[..]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    let [keep, refuse] = [&result[0], &result[1]];
    assert_eq!(
        (&keep["kept"], &keep["unrecordable"], &keep["purity"]["stable"]),
        (&20.into(), &Value::Array(vec![]), &true.into())
    );
    // A function that raises always has outputs all the same: what it raises.
    assert_eq!((&refuse["kept"], &refuse["purity"]["equal"]), (&20.into(), &"\"exact\"".into()), "{refuse:#}");
    let mut manifest = "[project]\npython-path = [\".\"]\n".to_owned();
    for (one, name) in [(keep, "keep"), (refuse, "refuse")] {
        manifest.push_str(one["workload"].as_str().unwrap());
        manifest.push_str(&format!("\n[workload.{name}.contender.same]\npython = \"lib:{name}\"\n"));
    }
    fs::write(project.file("rustworthy.toml"), manifest).unwrap();
    let ran = project.run(&["compare", "keep"]);
    assert!(ran.code != Some(0) && ran.to_string().contains("args[0] is made by calling threading:Lock"), "{ran}");
    let (compared, ran) = project.compare(&["--trust-pickles"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    for workload in compared["workloads"].as_array().unwrap() {
        assert_eq!(workload["contenders"][1]["equivalence"]["status"], "equal", "{workload:#}");
    }
    let ran = project.run(&["capture", "lib:keep", "--recipe", "lock", "--", "python3", "app.py"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("WHAT=MODULE:CALLABLE"), "{ran}");
}

#[test]
fn tests_are_recorded_by_pytest() {
    let project = project();
    let runner = "import sys, lib\nif '-q' in sys.argv:\n    lib.slug('from a test')\n";
    fs::create_dir(project.file("pytest")).unwrap();
    // What stands for pytest here: that isn't installed everywhere.
    fs::write(project.file("pytest/__init__.py"), "").unwrap();
    fs::write(project.file("pytest/__main__.py"), runner).unwrap();
    let (result, ran) = capture(&project, &["lib:slug", "--pytest", "'a b' -q", "--python", "python3"]);
    assert_eq!((ran.code, &result["calls"]), (Some(0), &1.into()), "{ran}");
}

#[test]
fn the_workload_has_a_name_that_is_free() {
    let project = project();
    let manifest = "[project]\npython-path = [\".\"]\n\n[workload.slug]\ninput = \"lib:make\"\nsizes = { default = 1 }\n\n\
                    [workload.slug.contender.python]\npython = \"lib:slug\"\nbaseline = true\n\n";
    fs::write(project.file("rustworthy.toml"), manifest).unwrap();
    let (result, ran) = capture(&project, &["lib:slug", "--", "python3", "app.py"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let workload = result["workload"].as_str().unwrap();
    assert!(workload.starts_with("[workload.slug-calls]\ninput = \"capture:slug\""), "{workload}");
    assert!(workload.contains("\n[workload.slug-calls.contender.python]\n"), "{workload}");
    // Recorded once more it's the workload that is there.
    fs::write(project.file("rustworthy.toml"), workload.replace("slug-calls", "slug")).unwrap();
    let (result, _) = capture(&project, &["lib:slug", "--replace", "--", "python3", "app.py"]);
    let workload = result["workload"].as_str().unwrap();
    assert!(workload.starts_with("[workload.slug]    # in the manifest already; this takes its place\n"), "{workload}");
}

#[test]
fn a_module_without_a_function_is_told_what_it_has() {
    let project = project();
    fs::create_dir(project.file("shop")).unwrap();
    fs::write(project.file("shop/__init__.py"), "").unwrap();
    fs::write(project.file("shop/core.py"), "def _own():\n    pass\n\nasync def order(x):\n    pass\n").unwrap();
    for (module, said) in [
        ("lib", "lib is a module, and a function is expected: lib:FUNCTION, such as lib:slug; it has slug, tidy"),
        ("shop.core", "shop.core:FUNCTION, such as shop.core:order; it has order\n"),
        ("shop", "shop:FUNCTION; it has none at its top level"),
        ("lib.slug", "did you mean 'lib:slug'?"),
    ] {
        let ran = project.run(&["capture", module, "--", "python3", "app.py"]);
        assert!(ran.code == Some(2) && ran.stderr.contains(said), "{ran}");
    }
}

#[test]
fn what_a_run_that_was_killed_has_recorded_is_kept_and_its_folder_goes() {
    let app = "import lib, time\nfor number in range(30):\n    lib.slug(f'Chapter {number}')\ntime.sleep(600)\n";
    let project = Project::new(&[("lib.py", LIB), ("waiting.py", app), ("app.py", APP)]);
    let temporary = tempfile::tempdir().unwrap();
    let left = || fs::read_dir(temporary.path()).unwrap().flatten().map(|entry| entry.path()).collect::<Vec<_>>();
    let run = |arguments: &[&str]| {
        let mut command = project.command(&[&["capture"], arguments].concat());
        command.env("TMPDIR", temporary.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let mut killed = run(&["lib:slug", "--", "python3", "waiting.py"]);
    let recorded = || {
        let folders = left().into_iter().flat_map(|folder| fs::read_dir(folder.join("recorded")).into_iter().flatten());
        let texts = folders.flatten().filter_map(|file| fs::read_to_string(file.path()).ok());
        texts.map(|text| text.matches("\"stratum\"").count()).sum::<usize>()
    };
    while recorded() == 0 {
        assert!(killed.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(20));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert_eq!(left().len(), 1);

    let ran = Ran::from(run(&["lib:tidy", "--", "python3", "app.py"]).wait_with_output().unwrap());
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stderr.contains("a capture was killed before its end; what it had recorded is kept: "), "{ran}");
    assert!(!calls(&project, "slug").is_empty());
    assert!(left().is_empty(), "{:?}", left());
}

#[test]
fn a_crash_names_the_recorded_call_that_it_happened_in() {
    let lib = "import ctypes\n\ndef double(x):\n    return 2 * x\n\n\
               def crash(x):\n    return ctypes.string_at(0) if x == 13 else 2 * x\n";
    let app = "import lib\nfor x in range(20):\n    lib.double(x)\n";
    let project = Project::new(&[("lib.py", lib), ("app.py", app)]);
    let (result, ran) = capture(&project, &["lib:double", "--", "python3", "app.py"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let line = calls(&project, "double").iter().position(|call| call["args"][0] == 13).unwrap() + 1;
    let workload = result["workload"].as_str().unwrap();
    let contender = "\n[workload.double.contender.crash]\npython = \"lib:crash\"\n";
    let manifest = format!("[project]\npython-path = [\".\"]\n\n{workload}{contender}");
    fs::write(project.file("rustworthy.toml"), manifest).unwrap();
    let (compared, ran) = project.compare(&[]);
    assert_eq!(ran.code, Some(3), "{ran}");
    let error = compared["workloads"][0]["contenders"][1]["error"].as_str().unwrap_or_else(|| panic!("{ran}"));
    assert!(error.starts_with(&format!("killed by SIGSEGV in call {line}\n")), "{error}");
}
