//! The built-in workload `records`.

use serde_json::Value;

use super::support::{Project, contender};

#[test]
fn the_check_and_not_the_note_finds_the_random_order_of_keys() {
    let arguments = ["compare", "records", "--filter", "article-rust", "--filter", "pyo3-*", "--quick"];
    let ran = Project::builtin().run(&[&arguments[..], &["--budget", "1s", "--format", "json"]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    let result: Value = serde_json::from_str(&ran.stdout).unwrap();
    let equivalence = |name| &contender(&result, "records", name)["equivalence"];
    assert_eq!(equivalence("article-rust")["status"], "different", "{:#}", equivalence("article-rust"));
    for corrected in ["pyo3-owned", "pyo3-borrowed", "pyo3-columns"] {
        assert_eq!(equivalence(corrected)["status"], "equal", "{:#}", equivalence(corrected));
    }
}
