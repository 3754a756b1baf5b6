//! What `decide` suggests: commands that run and bring something new, and tables that a manifest takes.

use std::fs;

use serde_json::Value;

use super::support::{Project, Ran};

const MODULE: &str = "def make(size, seed):\n    return size\n\n\
    def slow(n):\n    total = 0\n    for number in range(200 * n):\n        total += number\n    return total\n\n\
    def fast(n):\n    n *= 200\n    return n * (n - 1) // 2\n\n\
    def differs(n):\n    return 0\n\n\
    def handle(request):\n    return slow(request)\n\n\
    def requests(count, seed):\n    return [2] * count\n";

const WORKLOADS: &str = "[workload.w]\ninput = 'impls:make'\nsizes = { default = 20 }\nreplaces = 'impls:slow'\n\
    [workload.w.contender.slow]\npython = 'impls:slow'\nbaseline = true\n\
    [workload.w.contender.fast]\npython = 'impls:fast'\nkind = 'algorithm'\n\
    [workload.v]\ninput = 'impls:make'\nsizes = { default = 20 }\n\
    [workload.v.contender.slow]\npython = 'impls:slow'\nbaseline = true\n\
    [workload.v.contender.differs]\npython = 'impls:differs'\nkind = 'algorithm'\n";

const SCENARIO: &str = "[scenario.api]\nhandler = 'impls:handle'\nrequests = 'impls:requests'\ncount = 300\n\
    arrivals = { process = 'closed' }\ncandidates = ['impls:slow']\n";

fn project(manifest: &str) -> Project {
    Project::new(&[("rustworthy.toml", manifest), ("impls.py", MODULE)])
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}"))
}

/// All commands that a decision suggests.
fn suggested(decision: &Value) -> Vec<String> {
    let entries = ["candidates", "notes"].into_iter().filter_map(|list| decision[list].as_array()).flatten();
    entries.filter_map(|entry| entry["command"].as_str().map(str::to_owned)).collect()
}

/// The same in less time.
fn briefly(command: &str) -> Vec<&str> {
    let mut words: Vec<&str> = command.split(' ').skip(1).collect();
    if let Some(budget) = words.iter().position(|word| *word == "--budget") {
        words[budget + 1] = "1s";
    }
    words
}

#[test]
fn every_command_that_is_suggested_runs_and_brings_something_new() {
    let project = project(&format!("{WORKLOADS}{SCENARIO}"));
    // Whoever copies a command is where the decision was made, which need not be the project's folder.
    let elsewhere = Project::new(&[]);
    let folder = project.path().to_str().expect("a path").to_owned();
    let decide = |more: &[&str]| {
        let arguments =
            ["decide", "--quick", "--budget", "100ms", "--seed", "7", "--project", &folder, "--format", "json"];
        elsewhere.run(&[&arguments[..], more].concat())
    };
    let first = json(&decide(&[]));
    let of_scenario = json(&decide(&["v"]));
    let attribution = first["sources"].as_array().unwrap().iter().find(|source| source["of"][0] == "api").unwrap();
    let unmeasured = json(&decide(&["impls:slow", "--size", "5", "--from", attribution["run"].as_str().unwrap()]));
    let mut commands: Vec<String> = [&first, &of_scenario, &unmeasured].into_iter().flat_map(suggested).collect();
    commands.sort();
    commands.dedup();
    assert!(commands.iter().any(|command| command.contains("attribute api --requests 1000")), "{commands:?}");
    assert!(commands.iter().any(|command| command.contains("compare w --quick --size 5")), "{commands:?}");
    // Whose output differs does so once more.
    assert!(commands.iter().all(|command| !command.contains("compare v")), "{commands:?}");
    for command in &commands {
        let words = briefly(command);
        assert_ne!(words[0], "decide", "that was just run");
        let ran = elsewhere.run(&words);
        assert_eq!(ran.code, Some(0), "{command}: {ran}");
    }
    let after = json(&decide(&[]));
    assert!(!after["candidates"].to_string().contains("tail_too_thin"), "{after:#}");
    let again = suggested(&after);
    assert!(again.iter().all(|command| !command.contains("--requests 1000 ")), "{again:?}");
    project.assert_deserted();
}

#[test]
fn what_leaves_a_verdict_open_is_measured_again_once_where_that_is_asked_for() {
    let project = project(&format!("{WORKLOADS}{SCENARIO}"));
    let decide = |more: &[&str]| {
        let ran = project.run(&[&["decide", "w", "--quick", "--budget", "100ms", "--format", "json"], more].concat());
        assert_eq!(ran.code, Some(0), "{ran}");
        (json(&ran), ran.stderr)
    };
    let (open, _) = decide(&[]);
    assert!(open["candidates"].to_string().contains("tail_too_thin"), "{open:#}");
    let (hurried, said) = decide(&["--settle", "1ms"]);
    assert!(said.contains("--settle: there is too little time"), "{said}");
    assert_eq!(hurried["candidates"], open["candidates"]);
    let (settled, said) = decide(&["--settle", "90s"]);
    assert!(said.contains("measuring again what leaves verdicts open: scenario api by"), "{said}");
    assert!(!settled["candidates"].to_string().contains("tail_too_thin"), "{settled:#}");
    assert!(settled["notes"].to_string().contains("measured_again"), "{settled:#}");
    let of_api: Vec<&Value> =
        settled["sources"].as_array().unwrap().iter().filter(|source| source["of"][0] == "api").collect();
    assert_eq!((of_api.len(), &of_api[0]["how"]), (1, &"measured".into()), "{settled:#}");
    assert!(project.run(&["decide", "--from", "latest", "--settle", "1s"]).stderr.contains("cannot be used with"));
}

#[test]
fn the_size_quick_is_the_default_one_where_there_is_none_and_is_measured_once() {
    let project = project(WORKLOADS);
    let decide = ["decide", "w", "--size", "quick", "--quick", "--budget", "100ms", "--format", "json"];
    let first = json(&project.run(&decide));
    assert_eq!(first["sources"][0]["how"], "measured", "{first:#}");
    assert_eq!(first["candidates"][0]["size"], serde_json::json!({ "number": 20, "name": "default" }));
    let second = json(&project.run(&decide));
    assert_eq!(
        (&second["sources"][0]["how"], &second["sources"][0]["run"]),
        (&"reused".into(), &first["sources"][0]["run"])
    );
}

#[test]
fn a_function_without_a_workload_comes_with_a_table_that_the_manifest_takes() {
    let project = project(SCENARIO);
    let decide = ["decide", "--quick"];
    let table = project.run(&decide);
    assert_eq!(table.code, Some(0), "{table}");
    assert!(table.stdout.contains("    [workload.slow]\n") && table.stdout.contains("add to the manifest"), "{table}");
    let decision = json(&project.run(&[&decide[..], &["--format", "json"]].concat()));
    let block = decision["candidates"][0]["manifest"].as_str().expect("a table");
    let filled = block.replace("MODULE:INPUT", "impls:make").replace("MODULE:CONTENDER", "impls:fast");
    fs::write(project.file("rustworthy.toml"), format!("{SCENARIO}\n{filled}")).unwrap();
    let listed = project.run(&["list"]);
    assert!(listed.code == Some(0) && listed.stdout.contains("slow") && listed.stdout.contains("faster"), "{listed}");
    let joined = json(&project.run(&["decide", "--quick", "--budget", "100ms", "--format", "json"]));
    assert_eq!(joined["candidates"][0]["workload"], "slow", "{joined:#}");
    assert!(joined["candidates"][0]["manifest"].is_null(), "{joined:#}");
}
