//! The differences that contenders of `regex-logs` declare.

use serde_json::Value;

use super::support::{Project, contender};

#[test]
fn the_check_and_not_the_note_finds_other_classes_and_a_search() {
    let project = Project::builtin();
    let compare = |size: &str| {
        let ran = project.run(&[
            "compare",
            "regex-logs",
            "--size",
            size,
            "--filter",
            "re2",
            "--filter",
            "article-rust",
            "--filter",
            "bytes-ascii",
            "--filter",
            "regex-exact",
            "--quick",
            "--budget",
            "100ms",
            "--format",
            "json",
        ]);
        assert_eq!(ran.code, Some(0), "{ran}");
        serde_json::from_str::<Value>(&ran.stdout).unwrap()
    };
    let status = |result: &Value, name: &str| {
        contender(result, "regex-logs", name)["equivalence"]["status"].as_str().unwrap().to_owned()
    };
    // The first lines are read alike; all that engines disagree about comes after them.
    let (alike, adversarial) = (compare("5"), compare("100"));
    for name in ["re2", "article-rust", "bytes-ascii"] {
        assert_eq!(status(&alike, name), "equal", "{name}");
        assert_eq!(status(&adversarial, name), "different", "{name}");
    }
    assert_eq!(status(&adversarial, "regex-exact"), "equal");
}
