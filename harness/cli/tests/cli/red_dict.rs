//! The built-in workload `red-dict`.

use serde_json::Value;

use super::support::{Project, contender};

fn compare(size: &str, filter: &str) -> Value {
    let arguments = ["compare", "red-dict", "--size", size, "--filter", filter, "--quick", "--budget", "1s"];
    let ran = Project::builtin().run(&[&arguments[..], &["--format", "json"]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    contender(&serde_json::from_str(&ran.stdout).unwrap(), "red-dict", filter).clone()
}

#[test]
fn the_check_and_not_the_note_finds_the_order_of_a_hash_map() {
    assert_eq!(compare("1", "article-naive")["equivalence"]["status"], "equal");
    assert_eq!(compare("1000", "article-naive")["equivalence"]["status"], "different");
}

#[test]
fn the_check_and_not_the_note_finds_the_operations_that_count_for_nothing() {
    assert_eq!(compare("1", "article-numpy")["equivalence"]["status"], "different");
}
