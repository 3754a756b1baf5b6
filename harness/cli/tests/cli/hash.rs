//! The built-in workload `hash`.

use serde_json::Value;

use super::support::{Project, contender};

fn compare(size: &str, filter: &str) -> Value {
    let arguments = ["compare", "hash", "--size", size, "--filter", filter, "--quick", "--budget", "100ms"];
    let ran = Project::builtin().run(&[&arguments[..], &["--format", "json"]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    contender(&serde_json::from_str(&ran.stdout).unwrap(), "hash", filter).clone()
}

#[test]
fn the_check_and_not_the_note_finds_the_unbounded_integer() {
    assert_eq!(compare("20", "article")["equivalence"]["status"], "different");
}

#[test]
fn the_check_and_not_the_note_finds_bytes_in_place_of_characters() {
    // Up to the first texts that aren't ASCII, bytes are characters.
    assert_eq!(compare("5", "pyo3-bytes")["equivalence"]["status"], "equal");
    assert_eq!(compare("6", "pyo3-bytes")["equivalence"]["status"], "different");
}
