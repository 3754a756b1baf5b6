//! The built-in workloads, with the packages that their lock pins.

use serde_json::Value;

use super::support::{Project, contender};

/// A contender as it comes out of a quick look at that size.
pub(crate) fn checked(workload: &str, name: &str, size: &str) -> Value {
    let arguments = ["compare", workload, "--size", size, "--filter", name, "--quick", "--budget", "100ms"];
    let ran = Project::builtin().run(&[&arguments[..], &["--format", "json"]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    contender(&serde_json::from_str(&ran.stdout).unwrap(), workload, name).clone()
}

#[test]
fn all_contenders_agree_but_those_that_are_declared_to_differ() {
    let (result, ran) = Project::builtin().compare(&[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    for workload in result["workloads"].as_array().unwrap() {
        for contender in workload["contenders"].as_array().unwrap() {
            assert_eq!(contender["status"], "measured", "{contender:#}");
            let equivalence = &contender["equivalence"];
            match (workload["baseline"] == contender["name"], equivalence["expected"].is_null()) {
                (true, _) => assert_eq!(equivalence["status"], "baseline", "{contender:#}"),
                (false, true) => assert_eq!(equivalence["status"], "equal", "{contender:#}"),
                // Some differ on larger inputs alone.
                (false, false) => assert!(contender["speedup"].is_null(), "{contender:#}"),
            }
            let files: Vec<&str> = contender["sources"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|source| source["file"].as_str().unwrap())
                .collect();
            assert_eq!(contender["kind"] == "rust", files.iter().any(|file| file.ends_with(".rs")), "{contender:#}");
            assert_eq!(contender["route"] != "kernel", files.iter().any(|file| file.ends_with(".py")), "{contender:#}");
        }
        assert!(!workload["claims"].as_array().unwrap().is_empty());
    }
    let overflow = contender(&result, "sum-squares", "numpy-int64");
    assert!(overflow["equivalence"]["detail"].as_str().unwrap().contains("9930328528333850000 ≠ -"), "{overflow:#}");
    // The check and not the note finds values that wrap, and the random order of keys.
    for (workload, name) in [("pixels", "numpy-wrapping"), ("records", "article-rust")] {
        let found = contender(&result, workload, name);
        assert!(found["equivalence"]["status"] == "different" && found["speedup"].is_null(), "{found:#}");
    }
}

#[test]
fn the_check_and_not_the_note_finds_the_overflow() {
    let small = checked("sum-squares", "numpy-int64", "3024617");
    assert_eq!(small["equivalence"]["status"], "equal");
    assert!(
        small["speedup"].is_null() && small["warnings"].to_string().contains("this input shows no difference"),
        "{small:#}"
    );
    assert_eq!(checked("sum-squares", "numpy-int64", "3024618")["equivalence"]["status"], "different");
}

#[test]
fn they_are_listed_with_their_code() {
    let ran = Project::builtin().run(&["list", "--format", "json"]);
    let list: Value = serde_json::from_str(&ran.stdout).unwrap();
    let names: Vec<&str> =
        list["workloads"].as_array().unwrap().iter().map(|workload| workload["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "sum-squares",
            "ndjson",
            "csv-apply",
            "regex-logs",
            "pixels",
            "pixels-png",
            "hash",
            "protobuf",
            "records",
            "red-dict"
        ]
    );
    let table = Project::builtin().run(&["list"]).stdout;
    assert!(table.contains("kernel sum-squares-serial"));
    let widest = table.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(120), "without a terminal it's laid out for 120 columns: {table}");
}

#[test]
fn without_the_network_what_is_missing_is_named_with_the_remedy() {
    let project = Project::builtin();
    let cache = project.file("cache");
    let ran = project.command(&["compare", "all", "--quick", "--offline"]).env("RUSTWORTHY_CACHE", &cache).output();
    let stderr = String::from_utf8_lossy(&ran.as_ref().unwrap().stderr).into_owned();
    assert_eq!(ran.unwrap().status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("numpy") && stderr.contains("pip install"), "{stderr}");
    assert!(!project.file(".rustworthy").exists(), "nothing was run, so nothing is left");
}

#[test]
fn without_a_manifest_only_those_who_ask_for_them_get_them() {
    let nowhere = Project::new(&[]);
    for arguments in [
        &["list"][..],
        &["compare", "all", "--quick"],
        &["decide", "--quick"],
        &["attribute", "orders", "--quick"],
        &["profile", "csv-apply"],
        &["gate", "--against", "HEAD"],
    ] {
        let ran = nowhere.run(arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {ran}");
        for said in ["there is no manifest", "[workload.parse]", "tutorial", "--builtin"] {
            assert!(ran.stderr.contains(said), "{arguments:?}, {said}: {ran}");
        }
        assert!(ran.stdout.is_empty() && !nowhere.file(".rustworthy").exists(), "{arguments:?}: {ran}");
    }

    // What is to be written is a manifest.
    let message = nowhere.run(&["list"]).stderr;
    let (_, shown) = message.split_once("[workload.parse]").expect("a workload");
    let (shown, _) = shown.split_once("The tutorial").expect("the tutorial");
    let beginning = Project::new(&[("rustworthy.toml", &format!("[workload.parse]{shown}"))]);
    let ran = beginning.run(&["list"]);
    assert!(ran.code == Some(0) && ran.stdout.contains("faster"), "{ran}");
    let both = beginning.run(&["list", "--builtin"]);
    assert!(both.code == Some(0) && both.stdout.contains("sum-squares") && !both.stdout.contains("faster"), "{both}");

    // In the program's own checkout they are the project.
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");
    let listed = nowhere.run(&["list", "--project", own]);
    assert!(listed.code == Some(0) && listed.stdout.contains("sum-squares"), "{listed}");
}
