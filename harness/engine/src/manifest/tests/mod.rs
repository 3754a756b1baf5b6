//! Whole manifests, from file to project or to errors.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use rustworthy_model::comparison::{Kind, Route, Source};

use super::*;

mod properties;

pub(super) const BUILT_IN: Origin<'_> = Origin::BuiltIn { kernels: &["sum_squares", "csv_apply"] };

/// The smallest manifest with something to compare.
const SMALL: &str = r#"
[workload.parse]
input = "inputs:documents"
sizes = { default = 500 }
[workload.parse.contender.python]
python = "impls:parse"
baseline = true
"#;

pub(super) fn load_named(name: &str, text: impl AsRef<[u8]>, origin: Origin<'_>) -> Result<Project, String> {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    for requirements in ["requirements.txt", "validate.txt"] {
        fs::write(folder.path().join(requirements), "").unwrap();
    }
    fs::write(folder.path().join("lib.rs"), "use x;\n\nfn half() {\n    1\n}\n\nfn rest() {}\n").unwrap();
    let file = folder.path().join(name);
    fs::write(&file, text).unwrap();
    let relative = |errors: ManifestErrors| {
        errors
            .to_string()
            .replace(&format!("{}/", folder.path().display()), "")
            .replace(&folder.path().display().to_string(), "FOLDER")
    };
    load(&file, origin).map_err(relative)
}

fn project(text: &str) -> Project {
    load_named("rustworthy.toml", text, Origin::User).unwrap_or_else(|errors| panic!("{errors}"))
}

fn errors(text: &str) -> String {
    load_named("rustworthy.toml", text, Origin::User).expect_err("a mistake")
}

/// The errors of [`SMALL`] with something below it.
fn errors_with(addition: &str) -> String {
    errors(&format!("{SMALL}{addition}"))
}

fn target(text: &str, line: usize, key: &str) -> Target {
    Target::parse(text, Location { line, key: key.to_owned() }).unwrap()
}

#[test]
fn a_full_manifest_is_read_as_written() {
    let project = project(include_str!("full.toml"));
    assert!(project.python_path.iter().all(|path| path.is_absolute()));
    assert_eq!(project.python_path[0], project.root);
    assert_eq!(project.python_path[1], project.root.join("src"));
    assert_eq!(project.requirements, Some(project.root.join("requirements.txt")));
    assert_eq!(project.build.as_deref(), Some(["maturin", "develop", "-r"].map(str::to_owned).as_slice()));
    assert_eq!(project.limits, Limits { timeout: Duration::from_secs(30), memory: 2 << 30 });

    let workload = &project.workloads[0];
    assert_eq!(workload.input, Input::Callable(target("inputs:documents", 9, "workload.validate.input")));
    assert_eq!(workload.sizes, [("quick".into(), 50), ("default".into(), 500), ("large".into(), 5000)].into());
    assert_eq!(workload.equal, Equality::Tolerance { relative: 1e-9, absolute: 0.0 });
    assert_eq!(workload.calls_per_month, Some(2e9));
    assert!(workload.fresh_input && workload.unstable);
    assert_eq!(workload.requirements, Some(project.root.join("validate.txt")));
    assert_eq!(workload.baseline().name, "python");
    let [times, memory] = workload.claims.as_slice() else { panic!("two claims") };
    assert_eq!(times.seconds, Some(Published { baseline: 68.0, contender: 0.52 }));
    assert_eq!((&times.against, times.size, times.bytes), (&None, None, None));
    assert_eq!((memory.against.as_deref(), memory.size), (Some("library"), Some(500)));
    assert_eq!(memory.bytes, Some(Published { baseline: 200e6, contender: 120e6 }));

    let names: Vec<_> = workload.contenders.iter().map(|contender| contender.name.as_str()).collect();
    assert_eq!(names, ["python", "library", "a-rust"]);
    let rust = &workload.contenders[2];
    assert_eq!((rust.kind, rust.route), (Kind::Rust, Route::Pyo3));
    let library = &workload.contenders[1];
    assert_eq!((library.packaged, library.migration_days), (true, None));
    assert_eq!((rust.packaged, rust.migration_days), (false, Some(2.5)));
    assert_eq!(rust.differs.as_deref(), Some("counts bytes, not characters"));
    assert_eq!(rust.env, [("OMP_NUM_THREADS".to_owned(), "1".to_owned())].into());
    assert_eq!(rust.limits, Limits { timeout: Duration::from_millis(500), memory: 2 << 30 });
    let source = |line, text: &str| Source { file: "lib.rs".to_owned(), line, text: text.to_owned() };
    assert_eq!(rust.sources, [source(3, "fn half() {\n    1\n}"), source(7, "fn rest() {}")]);

    assert_eq!(project.services[0].ready, "http://127.0.0.1:{port}/healthz");
    let [scenario] = project.scenarios.as_slice() else { panic!("one scenario") };
    assert_eq!(scenario.arrivals, Arrivals::Open { gaps: Gaps::Poisson, load: Load::Utilization(0.7) });
    assert_eq!(scenario.requirements, project.requirements);
    assert_eq!((scenario.count, scenario.servers, scenario.candidates.len()), (3000, 1, 1));
    assert_eq!(scenario.migrated[0].from.to_string(), "service:validate");
    assert_eq!(scenario.migrated[0].to.to_string(), "impls:validate_rust");

    let cost = project.cost.as_ref().unwrap();
    assert_eq!((cost.core_hour, cost.requests_per_month, cost.horizon_months), (0.04, Some(2e9), 12.0));
    assert_eq!(cost.migration, Some(MigrationCost { engineer_day: 800.0, days: 5.0 }));
    assert_eq!(project.goal, Some(Goal::P99(Duration::from_millis(50))));
    let time = |workload| project.gate.fail_over(workload).time;
    assert_eq!((time("validate"), time("other")), (Some(0.10), Some(0.05)));
    let validate = project.gate.fail_over("validate");
    assert_eq!((validate.p99, validate.memory, project.gate.fail_over("other").p99), (Some(0.20), Some(0.15), None));

    let targets: Vec<_> = project.targets().iter().map(ToString::to_string).collect();
    assert_eq!(
        targets,
        [
            "inputs:documents",
            "inputs:nbytes",
            "service:validate",
            "impls:validate_python",
            "impls:validate_fast",
            "impls:validate_rust",
            "service:handle",
            "traffic:requests",
            "service:validate",
            "service:validate",
            "impls:validate_rust"
        ]
    );
}

#[test]
fn an_empty_manifest_is_a_project_with_nothing_in_it() {
    assert!(project("[project]\npython-path = []").python_path.is_empty());
    let project = project("");
    assert_eq!(project.python_path, std::slice::from_ref(&project.root));
    assert_eq!(project.limits, Limits::default());
    assert_eq!(project.gate, Gate::default());
    assert!(project.workloads.is_empty() && project.targets().is_empty());
}

#[test]
fn workloads_and_contenders_keep_the_order_of_the_file() {
    let workload = |name| SMALL.replace("parse]", &format!("{name}]")).replace(".parse.", &format!(".{name}."));
    let extra = "[workload.zebra.contender.a]\npython = 'm:f'\n";
    let project = project(&[workload("zebra"), workload("ape"), extra.to_owned()].concat());
    let names: Vec<_> = project.workloads.iter().map(|workload| workload.name.as_str()).collect();
    assert_eq!(names, ["zebra", "ape"]);
    assert_eq!(project.workloads[0].contenders[1].name, "a");
}

#[test]
fn the_callable_of_equal_is_a_target_too() {
    let project = project(&SMALL.replace("sizes", "equal = 'checks:same'\nsizes"));
    assert_eq!(project.targets()[1], &target("checks:same", 4, "workload.parse.equal"));
}

#[test]
fn all_mistakes_of_a_manifest_are_reported_at_once() {
    let text = r#"
[project]
python_path = ["."]
timeout = 60
memory = "4 gigs"

[workload.parse]
input = "inputs.documents"
sizes = { quick = 5 }

[workload.parse.contender.python]
python = "impls:parse"
baseline = true
differs = "from itself"

[workload.parse.contender.rust]
python = "impls:parse_rust"
kind = "rst"
baseline = true

[[workload.parse.claim]]
source = "a blog"
contender = "rusty"
baseline-seconds = 68.0
contender-seconds = -1

[service.scorer]
command = ["./scorer", "--port", "8080"]
ready = "https://example.com/healthz"
"#;
    insta::assert_snapshot!(errors(text), @r#"
    rustworthy.toml:3: project.python_path: unknown key; did you mean 'python-path'?
    rustworthy.toml:4: project.timeout: expected a string such as "60s", found an integer
    rustworthy.toml:5: project.memory: '4 gigs' isn't a size; write it like "4GiB", "512MiB", "1GB" or "4096B"
    rustworthy.toml:8: workload.parse.input: expected "module:callable", found 'inputs.documents'; did you mean 'inputs:documents'?
    rustworthy.toml:9: workload.parse.sizes.default: is missing; add `default = 1000` or what suits
    rustworthy.toml:14: workload.parse.contender.python.differs: the baseline can't differ from itself; remove the key, or make another contender the baseline
    rustworthy.toml:18: workload.parse.contender.rust.kind: 'rst' isn't known here; did you mean 'rust'? it can be 'python', 'library', 'algorithm', 'compiler', 'interpreter' or 'rust'
    rustworthy.toml:19: workload.parse.contender.rust.baseline: 'python' is the baseline already, on line 13; keep `baseline = true` in one
    rustworthy.toml:23: workload.parse.claim.contender: there is no contender 'rusty'; did you mean 'rust'?
    rustworthy.toml:25: workload.parse.claim.contender-seconds: expected a number above 0, found '-1'
    rustworthy.toml:29: service.scorer.ready: 'https://example.com/healthz' isn't an http:// URL; write it like "http://127.0.0.1:{port}/healthz"
    "#);
}

#[test]
fn dotted_keys_and_inline_tables_have_their_own_lines() {
    let text = "workload.parse.input = 'a:b'\nworkload.parse.sizes.default = -1\n\
                workload.parse.contender = { p = { python = 'a:b', baseline = true }, q = { pyhton = 'x' } }\n";
    insta::assert_snapshot!(errors(text), @r#"
    rustworthy.toml:2: workload.parse.sizes.default: expected a whole number of at least 0, found '-1'
    rustworthy.toml:3: workload.parse.contender.q.python: is missing; add `python = "module:callable"`
    rustworthy.toml:3: workload.parse.contender.q.pyhton: unknown key; did you mean 'python'?
    "#);
}

#[test]
fn lines_are_right_in_pyproject_with_windows_endings() {
    let text = "[project]\r\nname = \"x\"\r\n\r\n[tool.rustworthy.project]\r\ntimeout = \"0s\"\r\n\r\n[tool.other]\r\nfree = 1\r\n";
    let errors = load_named("pyproject.toml", text, Origin::User).unwrap_err();
    insta::assert_snapshot!(
        errors,
        @"pyproject.toml:5: tool.rustworthy.project.timeout: '0s' is no time at all; give more than zero"
    );
}

#[test]
fn a_pyproject_without_our_section_is_no_manifest() {
    let errors = load_named("pyproject.toml", "[tool.ruff]\n", Origin::User).unwrap_err();
    insta::assert_snapshot!(
        errors,
        @"pyproject.toml: has no [tool.rustworthy]; add it, or name a rustworthy.toml"
    );
}

#[test]
fn the_same_manifest_means_the_same_in_pyproject() {
    let text = SMALL.replace("[workload", "[tool.rustworthy.workload");
    let project = load_named("pyproject.toml", text, Origin::User).unwrap();
    let Input::Callable(input) = &project.workloads[0].input else { panic!("it names a callable") };
    assert_eq!(input.place.key, "tool.rustworthy.workload.parse.input");
}

#[test]
fn a_name_used_twice_is_reported_once_beside_the_other_mistakes() {
    let addition = "[workload.parse.contender.python]\npython = 'other:parse'\n[workload.parse.contender.c]\nkind = 'x'\nkind = 'y'\n";
    insta::assert_snapshot!(errors_with(addition), @r#"
    rustworthy.toml:8: workload.parse.contender.python: duplicate key; rename or remove one
    rustworthy.toml:10: workload.parse.contender.c.python: is missing; add `python = "module:callable"`
    rustworthy.toml:11: workload.parse.contender.c.kind: 'x' isn't known here; it can be 'python', 'library', 'algorithm', 'compiler', 'interpreter' or 'rust'
    rustworthy.toml:12: workload.parse.contender.c.kind: duplicate key; rename or remove one
    "#);
}

#[test]
fn broken_syntax_is_reported_with_its_line() {
    insta::assert_snapshot!(errors("[project]\ntimeout = 60s\nmemory =\n"), @r#"
    rustworthy.toml:2: invalid TOML: string values must be quoted, expected literal string
    rustworthy.toml:3: invalid TOML: string values must be quoted, expected literal string
    "#);
}

#[test]
fn baselines_are_counted() {
    let two = "[workload.parse.contender.c]\npython = 'a:b'\nbaseline = true\n";
    insta::assert_snapshot!(
        errors_with(two),
        @"rustworthy.toml:10: workload.parse.contender.c.baseline: 'python' is the baseline already, on line 7; keep `baseline = true` in one"
    );
    insta::assert_snapshot!(
        errors(&SMALL.replace("baseline = true", "baseline = false")),
        @"rustworthy.toml:2: workload.parse: has no baseline; add `baseline = true` to 'python'"
    );
    insta::assert_snapshot!(
        errors("[workload.parse]\ninput = 'a:b'\nsizes.default = 1\n[workload.parse.contender]\n"),
        @"rustworthy.toml:1: workload.parse: has no contenders; add one with `baseline = true`"
    );
}

#[test]
fn kernels_are_for_built_in_workloads_alone() {
    let kernel = format!("{SMALL}[workload.parse.contender.k]\nkernel = 'sum_squares'\n");
    let project = load_named("rustworthy.toml", &kernel, BUILT_IN).unwrap();
    let contender = &project.workloads[0].contenders[1];
    assert_eq!(contender.code, Code::Kernel("sum_squares".into()));
    assert_eq!((contender.kind, contender.route), (Kind::Rust, Route::Kernel));
    assert_eq!(project.targets().len(), 2);

    insta::assert_snapshot!(
        errors(&kernel),
        @r#"rustworthy.toml:9: workload.parse.contender.k.kernel: only built-in workloads have kernels; add `python = "module:callable"` instead"#
    );
    let misspelt = kernel.replace("sum_squares", "sum_square");
    insta::assert_snapshot!(
        load_named("rustworthy.toml", misspelt, BUILT_IN).unwrap_err(),
        @"rustworthy.toml:9: workload.parse.contender.k.kernel: there is no kernel 'sum_square'; did you mean 'sum_squares'?"
    );
    let both = format!("{kernel}python = 'a:b'\nroute = 'pyo3'\n");
    insta::assert_snapshot!(
        load_named("rustworthy.toml", both, BUILT_IN).unwrap_err(),
        @"rustworthy.toml:9: workload.parse.contender.k.kernel: 'kernel' and 'python' exclude each other; remove one"
    );
}

/// Each line: something below [`SMALL`], and what has to be said about it.
#[test]
fn every_rule_has_its_error() {
    let scenario = |text: &str| format!("[scenario.api]\nhandler = 'a:b'\nrequests = 'a:b'\ncount = 1\n{text}\n");
    let arrivals = |text: &str| scenario(&format!("arrivals = {{ {text} }}"));
    let contender = |text: &str| format!("[workload.parse.contender.c]\npython = 'a:b'\n{text}\n");
    let workload = |text: &str| SMALL.replace("parse", "second").replace("sizes", &format!("{text}\nsizes"));
    let service = |command: &str, ready: &str| format!("[service.s]\ncommand = {command}\nready = '{ready}'\n");
    let cases = [
        ("[worklod.x]".to_owned(), "worklod: unknown key; did you mean 'workload'?"),
        ("[workload.Parse_2]".to_owned(), "workload.Parse_2: 'Parse_2' can't be a name; use a-z, 0-9 and -"),
        ("[workload.all]".to_owned(), "workload.all: 'all' stands for every workload"),
        ("[workload.x]".to_owned(), "workload.x.input: is missing; add `input = \"module:callable\"`"),
        ("[workload.x]".to_owned(), "workload.x.sizes: is missing; add `sizes = { default = 1000 }`"),
        ("[workload.x]".to_owned(), "workload.x.contender: is missing;"),
        (workload("equal = 'exakt'"), "'exakt' isn't known here; did you mean 'exact'? it can be \"exact\", \"value\""),
        (workload("equal = { rel-tol = -1 }"), "equal.rel-tol: expected a number of at least 0, found '-1'"),
        (workload("equal = { }"), "says nothing; give rel-tol, abs-tol, ignore or unordered"),
        (workload("equal = { ignore = ['a..b'] }"), "equal.ignore: 'a..b' is no path"),
        (workload("equal = { unordered = [] }"), "equal.unordered: is empty"),
        (workload("effects = 'none'"), "effects: only recorded calls have `effects`"),
        (workload("raises = 'tpye'"), "raises: 'tpye' isn't known here; did you mean 'type'?"),
        (workload("").replace("inputs:documents", "capture:A b"), "can't name a capture"),
        (workload("equal = { rel_tol = 1 }"), "did you mean 'rel-tol'?"),
        (workload("equal = 1"), "{ rel-tol = 1e-9, abs-tol = 0.0 } or \"module:callable\", found an integer"),
        (workload("calls-per-month = nan"), "expected a number above 0, found 'nan'"),
        (workload("calls-per-month = inf"), "expected a number above 0, found 'inf'"),
        (workload("calls-per-month = 1e999"), "expected a number above 0, found '1e999'"),
        (workload("fresh-input = 'yes'"), "expected true or false, found a string"),
        (workload("description = ''"), "description: is empty"),
        (workload("sizes.small = 1.5"), "duplicate key"),
        (SMALL.replace("parse", "b").replace("default = 500", "default = 1, 10 = 2"), "'10' can't name a size"),
        (SMALL.replace("parse", "b").replace("default = 500", "quick = 1"), "workload.b.sizes.default: is missing"),
        (SMALL.replace("parse", "b").replace("500", "1.5"), "expected a whole number of at least 0, found a float"),
        (SMALL.replace("parse", "b").replace("500", "99999999999999999999"), "found '99999999999999999999'"),
        (contender("kind = 'Rust'"), "'Rust' isn't known here; did you mean 'rust'? it can be 'python', 'library'"),
        (
            contender("kind = 'cython'"),
            "'cython' isn't known here; did you mean 'compiler'? it can be 'python', 'library'",
        ),
        (workload("unstable = true"), "expected 'expected', found a boolean"),
        (workload("unstable = 'yes'"), "'yes' isn't known here; it can be 'expected'"),
        (contender("route = 'ffi'"), "it can be 'in-process', 'pyo3', 'subprocess', 'http', 'grpc' or 'kernel'"),
        (contender("differs = ''"), "differs: is empty; expected a string that says why"),
        (contender("env = { A = 1 }"), "env.A: expected a string such as \"1\", found an integer"),
        (contender("env = { 'A=B' = '1' }"), "env.\"A=B\": the name of a variable contains = or NUL"),
        (contender("env = { '' = '1' }"), "env.\"\": the name of a variable is empty"),
        (contender("env = { A = \"\\u0000\" }"), "has a NUL character"),
        (contender("source = 'none.rs'"), "source: none.rs can't be read"),
        (contender("source = 'src'"), "source: src is no file"),
        (contender("source = 'lib.rs:half, ret'"), "lib.rs defines no function 'ret'; did you mean 'rest'?"),
        (
            contender("source = 1"),
            "expected a file, or a list of files, such as \"src/lib.rs:parse\", found an integer",
        ),
        (contender("source = []"), "source: is empty"),
        (contender("timeout = '-1s'"), "'-1s' isn't a duration"),
        (contender("memory = '0GiB'"), "is no memory at all"),
        ("[workload.parse.contender.c]".to_owned(), "contender.c.python: is missing"),
        ("[[workload.parse.claim]]".to_owned(), "claim.source: is missing"),
        ("[[workload.parse.claim]]\ncontender = 'python'".to_owned(), "'python' is the baseline"),
        ("[workload.parse.claim]".to_owned(), "expected [[….claim]] tables, found a table"),
        (
            "[[workload.parse.claim]]\nsource = 's'".to_owned(),
            "claim.baseline-seconds: is missing; add the published times",
        ),
        (
            "[[workload.parse.claim]]\nbaseline-seconds = 1".to_owned(),
            "contender-seconds: is missing; it goes with baseline-seconds",
        ),
        (
            "[[workload.parse.claim]]\nbaseline-bytes = 200".to_owned(),
            "expected a string such as \"200MB\", found an integer",
        ),
        ("[[workload.parse.claim]]\nbaseline-byte = '1B'".to_owned(), "unknown key; did you mean 'baseline-bytes'?"),
        (
            "[[workload.parse.claim]]\nagainst = 'pyhton'".to_owned(),
            "there is no contender 'pyhton'; did you mean 'python'?",
        ),
        (
            "[[workload.parse.claim]]\nagainst = 'python'\ncontender = 'python'".to_owned(),
            "'python' is what it is held against",
        ),
        (
            "[[workload.parse.claim]]\nsize = 'defualt'".to_owned(),
            "there is no size 'defualt'; did you mean 'default'?",
        ),
        ("[[workload.parse.claim]]\nsize = -1".to_owned(), "expected a whole number of at least 0, found '-1'"),
        (service("[]", "http://[::1]/"), "is empty; expected a list of a program"),
        (service("['s']", "http://[::1]:{port}/"), "add \"{port}\" to it"),
        (service("['s']", "http://10.0.0.1/"), "isn't on this machine"),
        ("[scenario.x]\nwsgi = 'a:b'\nasgi = 'a:b'".to_owned(), "'asgi' and 'wsgi' exclude each other; remove one"),
        ("[scenario.x]".to_owned(), "scenario.x.handler: is missing"),
        ("[scenario.x]\ncount = 0".to_owned(), "expected a whole number of at least 1, found '0'"),
        (scenario(""), "arrivals: is missing"),
        (arrivals("process = 'poison', rate = 1"), "did you mean 'poisson'?"),
        (arrivals("process = 'poisson'"), "arrivals.utilization: is missing"),
        (arrivals("process = 'fixed', rate = 1, utilization = 0.5"), "exclude each other"),
        (arrivals("process = 'fixed', utilization = 1"), "expected a number above 0 and below 1, found '1'"),
        (arrivals("process = 'fixed', rate = 0"), "expected a number above 0, found '0'"),
        (arrivals("process = 'closed', rate = 1"), "closed arrivals follow the answers"),
        (scenario("servers = 0"), "servers: expected a whole number of at least 1"),
        (scenario("servers = 9999999999"), "are too many"),
        (scenario("candidates = []"), "candidates: is empty"),
        (scenario("[scenario.api.migrated]\nnone = 'a:b'"), "expected \"module:callable\", found 'none'"),
        ("[cost]".to_owned(), "cost.core-hour: is missing"),
        ("[cost]\nengineer-day = 800".to_owned(), "cost.migration-days: is missing; it goes with engineer-day"),
        ("[goal]\np99 = '50ms'\ncost = true".to_owned(), "there is one goal"),
        ("[gate]\nfail-over = 5".to_owned(), "expected a string such as \"5%\", found an integer"),
        ("[gate.workload.prase]\nfail-over = '5%'".to_owned(), "there is no workload 'prase'; did you mean 'parse'?"),
        ("[gate.workload.parse]".to_owned(), "gate.workload.parse.fail-over: is missing"),
        ("[project]\nrequirements = 'none.txt'".to_owned(), "there is no file 'none.txt' in FOLDER; create it"),
        (scenario("requirements = 'none.txt'"), "scenario.api.requirements: there is no file 'none.txt' in FOLDER"),
        ("[project]\npython-path = ['src', 'lib']".to_owned(), "there is no folder 'lib' in FOLDER"),
        ("[project]\npython-path = ['']".to_owned(), "is empty; expected the name of a folder"),
        (
            "[project]\npython-path = 'src'".to_owned(),
            "expected a list of folders such as [\".\", \"src\"], found a string",
        ),
        ("[project]\nbuild = ['', 1]".to_owned(), "expected the name of a program"),
        ("project = 1979-05-27".to_owned(), "unknown key"),
    ];
    for (addition, message) in cases {
        let errors = errors_with(&addition);
        assert!(errors.contains(message), "{addition}\nsays\n{errors}\nand not\n{message}");
    }
}

#[test]
fn files_that_are_no_manifests_are_refused() {
    insta::assert_snapshot!(
        load_named("rustworthy.toml", b"a = 1\nb = '\xff'\n", Origin::User).unwrap_err(),
        @"rustworthy.toml:2: isn't UTF-8; save the file in that encoding"
    );
    insta::assert_snapshot!(
        load_named("rustworthy.toml", vec![b'#'; (1 << 20) + 1], Origin::User).unwrap_err(),
        @"rustworthy.toml: is larger than 1 MiB; is it a manifest?"
    );
    assert!(load_named("rustworthy.toml", vec![b'#'; 1 << 20], Origin::User).is_ok());
    let missing = load(&PathBuf::from("/nowhere/rustworthy.toml"), Origin::User).unwrap_err();
    assert!(missing.to_string().starts_with("/nowhere/rustworthy.toml: can't be read: No such file"));
}

#[test]
fn a_byte_order_mark_does_not_disturb() {
    assert_eq!(project(&format!("\u{feff}{SMALL}")).workloads.len(), 1);
}

#[test]
fn deep_nesting_does_not_overflow_the_stack() {
    let path = format!("{}a", "a.".repeat(78));
    let deep = (0..79).fold("1".to_owned(), |value, _| format!("{{{path} = {value}}}"));
    assert!(errors(&format!("x = {deep}\nx = {deep}\n")).contains("duplicate key"));
    let brackets = 200_000;
    let brackets = format!("x = {}{}", "[".repeat(brackets), "]".repeat(brackets));
    assert!(errors(&brackets).contains("max recursion depth"));
    assert!(errors(&format!("[{}a]", "a.".repeat(200_000))).contains("recursion limit"));
}

#[test]
fn absurd_prices_are_named_with_their_key() {
    let prices = Cost {
        core_hour: 0.04,
        requests_per_month: Some(1e9),
        migration: Some(MigrationCost { engineer_day: 800.0, days: 5.0 }),
        horizon_months: 12.0,
        currency: "USD".into(),
    };
    assert!(prices.absurd().is_empty());
    let absurd = Cost { core_hour: 1e12, horizon_months: 1e6, ..prices }.absurd();
    assert_eq!(absurd.len(), 2, "{absurd:?}");
    assert!(absurd[0].starts_with("cost.core-hour: 1e12 is more than 1e6"), "{absurd:?}");
}

#[test]
fn every_kind_is_read() {
    let kind = |word: &str| {
        let text = format!("{SMALL}[workload.parse.contender.other]\npython = 'other:parse'\nkind = '{word}'\n");
        let project = load_named("rustworthy.toml", &text, Origin::User).unwrap();
        project.workloads[0].contenders.last().unwrap().kind
    };
    assert_eq!(
        ["python", "library", "algorithm", "compiler", "interpreter", "rust"].map(kind),
        [Kind::Python, Kind::Library, Kind::Algorithm, Kind::Compiler, Kind::Interpreter, Kind::Rust]
    );
}
