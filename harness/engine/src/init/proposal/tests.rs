//! What is proposed, of known facts and of any.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rustworthy_model::Estimate;

use super::*;
use crate::init::facts::{Application, Facts, Function, Interface, Module, Package, Problem, Script, Tests};
use crate::init::hot::Hot;
use crate::init::observe::{Observed, Ran};
use crate::init::recorded::tests::capture;
use crate::init::recorded::{LeftOut, Recorded};

fn function(module: &str, name: &str) -> Function {
    Function {
        module: module.to_owned(),
        name: name.to_owned(),
        root: "src".to_owned(),
        file: format!("src/{}.py", module.replace('.', "/")),
        line: 7,
        generator: name == "lines",
        method: false,
        decorators: Vec::new(),
        script: false,
        aside: false,
    }
}

fn hot(function: Function, share: f64, native: Option<&str>) -> Hot {
    let share = Estimate { estimate: share, low: share * 0.8, high: share * 1.2 };
    Hot { function, share, samples: 100, native: native.map(str::to_owned) }
}

fn application(name: &str, framework: Option<&str>, routes: &[&str]) -> Application {
    Application {
        module: "web.main".to_owned(),
        name: name.to_owned(),
        root: String::new(),
        file: "web/main.py".to_owned(),
        line: 12,
        kind: if framework == Some("flask") { Interface::Wsgi } else { Interface::Asgi },
        framework: framework.map(str::to_owned),
        factory: name == "create_app",
        script: false,
        routes: routes.iter().map(|&path| path.to_owned()).collect(),
    }
}

fn facts() -> Facts {
    let functions = ["rate", "total", "lines", "parse"].map(|name| function("shop.tax", name));
    Facts {
        packages: vec![Package {
            name: "shop".to_owned(),
            folder: "src/shop".to_owned(),
            root: "src".to_owned(),
            namespace: true,
        }],
        modules: vec![Module { module: "app".to_owned(), file: "app.py".to_owned() }],
        functions: functions.into(),
        tests: Tests {
            files: 2,
            count: 31,
            places: vec!["tests".to_owned()],
            benchmarks: vec!["tests/test_tax.py::test_rate".to_owned()],
            timed: vec!["shop.tax:rate".to_owned()],
            called: vec!["shop.tax:total".to_owned(), "shop.tax:lines".to_owned()],
        },
        applications: vec![
            application("app", Some("flask"), &["/", "/totals"]),
            application("create_app", Some("flask"), &[]),
            application("app", None, &[]),
        ],
        scripts: vec![Script { name: "shop".to_owned(), target: "shop.cli:main".to_owned() }],
        problems: vec![Problem { file: "src/old.py".to_owned(), line: Some(3), what: "isn't Python".to_owned() }],
        limits: vec!["1 symbolic links to folders weren't followed".to_owned()],
        ..Facts::default()
    }
}

fn proposed(facts: &Facts, observed: &Observed, recorded: &[Recorded], left_out: &[LeftOut]) -> Proposal {
    propose(&Known {
        facts,
        observed,
        recorded,
        left_out,
        requirements: Some(("requirements.txt", true)),
        inputs: "rustworthy_inputs",
    })
}

#[test]
fn what_is_known_of_a_project_becomes_its_manifest() {
    let observed = Observed {
        ran: Some(Ran { command: "python -m pytest".to_owned(), is_tests: true, seconds: 3.21, samples: 450 }),
        hot: vec![
            hot(function("shop.tax", "rate"), 0.5, None),
            hot(function("shop.tax", "parse"), 0.2, Some("numpy")),
            hot(function("shop.tax", "lines"), 0.05, None),
        ],
        captures: Vec::new(),
        unrecorded: Vec::new(),
        routes: BTreeMap::new(),
    };
    let mut mutating = capture("rate", "shop.tax:rate");
    mutating.purity.as_mut().expect("purity").mutates = true;
    let recorded = [Recorded { capture: mutating }];
    let left_out = [LeftOut { function: "shop.tax:total".to_owned(), why: "it writes files".to_owned() }];
    let proposal = proposed(&facts(), &observed, &recorded, &left_out);
    insta::assert_snapshot!("manifest", proposal.manifest);
    insta::assert_snapshot!("inputs", proposal.inputs.expect("requests"));
}

#[test]
fn without_permission_there_are_candidates() {
    let proposal = proposed(&Facts { applications: Vec::new(), ..facts() }, &Observed::default(), &[], &[]);
    insta::assert_snapshot!("candidates", proposal.manifest);
    assert_eq!(
        (proposal.inputs, proposal.candidates),
        (None, vec!["shop.tax:rate".to_owned(), "shop.tax:total".to_owned()])
    );
}

#[test]
fn what_an_application_answers_counts_more_than_what_its_module_says() {
    let answers = |routed: Routed| {
        let observed = Observed { routes: [("web.main:app".to_owned(), routed)].into(), ..Observed::default() };
        proposed(&facts(), &observed, &[], &[]).scenarios[0].paths.clone()
    };
    assert_eq!(answers(Routed::Answered(vec!["/v1".to_owned()])), Ok(vec!["/v1".to_owned()]));
    assert_eq!(answers(Routed::Not("it can't be imported".to_owned())), Err("it can't be imported".to_owned()));
}

/// Any text at all, and some that is made to break out of where it stands.
fn any_text() -> impl Strategy<Value = String> {
    const NASTY: [&str; 10] =
        ["\n[workload.x]\n", "\"", "'''", "\\", "\r\n[project]", "\u{85}x = 1", "#", "\t", "\u{2028}[a]", "\0"];
    prop_oneof![any::<String>(), proptest::sample::select(&NASTY[..]).prop_map(str::to_owned), "[a-z/.]{1,200}"]
}

fn any_facts() -> impl Strategy<Value = Facts> {
    let problem =
        (any_text(), any::<Option<u32>>(), any_text()).prop_map(|(file, line, what)| Problem { file, line, what });
    let script = (any_text(), any_text()).prop_map(|(name, target)| Script { name, target });
    let package = (any_text(), any_text(), any_text(), any::<bool>())
        .prop_map(|(name, folder, root, namespace)| Package { name, folder, root, namespace });
    let app = (any_text(), any_text(), any::<[bool; 2]>(), proptest::collection::vec(any_text(), 0..3)).prop_map(
        |(name, file, [factory, script], routes)| Application {
            file,
            factory,
            script,
            routes,
            ..application(&name, None, &[])
        },
    );
    let many = 0..4_usize;
    (
        proptest::collection::vec(problem, many.clone()),
        proptest::collection::vec(script, many.clone()),
        proptest::collection::vec(package, many.clone()),
        proptest::collection::vec(app, many.clone()),
        proptest::collection::vec(any_text(), many),
    )
        .prop_map(|(problems, scripts, packages, applications, texts)| Facts {
            tests: Tests {
                count: texts.len() as u64,
                places: texts.clone(),
                timed: texts.clone(),
                called: texts.clone(),
                ..Tests::default()
            },
            problems,
            scripts,
            packages,
            applications,
            builds: texts.clone(),
            limits: texts,
            ..facts()
        })
}

proptest! {
    /// Whatever files are called and hold, the manifest says what is meant and nothing else.
    #[test]
    fn a_manifest_of_any_facts_has_its_workloads_and_scenarios_and_nothing_else(
        facts in any_facts(),
        names in proptest::collection::btree_set("[a-z][a-z0-9-]{0,8}", 0..4),
        texts in proptest::collection::vec(any_text(), 3),
    ) {
        let recorded: Vec<Recorded> =
            names.iter().map(|name| Recorded { capture: capture(name, "shop.tax:rate") }).collect();
        let left_out = [LeftOut { function: texts[0].clone(), why: texts[1].clone() }];
        let observed = Observed {
            ran: Some(Ran { command: texts[2].clone(), is_tests: false, seconds: 1.0, samples: 3 }),
            hot: vec![hot(function("shop.tax", "parse"), 0.2, Some(&texts[0]))],
            captures: Vec::new(),
            unrecorded: Vec::new(),
            routes: BTreeMap::new(),
        };
        let proposal = proposed(&facts, &observed, &recorded, &left_out);
        let table: toml::Table = proposal.manifest.parse().map_err(|error| TestCaseError::fail(format!("{error}\n{}", proposal.manifest)))?;
        let keys = |name: &str| -> Vec<String> {
            let inner = table.get(name).and_then(toml::Value::as_table);
            inner.map(|table| table.keys().cloned().collect()).unwrap_or_default()
        };
        prop_assert_eq!(keys("workload"), names.iter().cloned().collect::<Vec<_>>());
        let mut ready: Vec<String> =
            proposal.scenarios.iter().filter(|one| one.paths.is_ok()).map(|one| one.name.clone()).collect();
        ready.sort();
        prop_assert_eq!(keys("scenario"), ready.clone());
        prop_assert_eq!(proposal.inputs.is_some(), !ready.is_empty());
        prop_assert!(table.keys().all(|key| ["project", "workload", "scenario"].contains(&key.as_str())));
        prop_assert_eq!(keys("project"), ["python-path", "requirements"]);
    }
}
