//! The built-in workload `red-dict`.

use serde_json::Value;

use super::support::{BRIEFLY, Project, contender};

fn compare(size: &str, names: &[&str]) -> Value {
    let filters = names.iter().flat_map(|name| ["--filter", name]).collect::<Vec<_>>();
    let arguments = [&["compare", "red-dict", "--size", size, "--format", "json"], &BRIEFLY[..], &filters].concat();
    let ran = Project::builtin().run(&arguments);
    assert_eq!(ran.code, Some(0), "{ran}");
    serde_json::from_str(&ran.stdout).unwrap()
}

fn status<'a>(result: &'a Value, name: &str) -> &'a Value {
    &contender(result, "red-dict", name)["equivalence"]["status"]
}

#[test]
fn the_check_and_not_the_note_finds_the_order_of_a_hash_map_and_operations_that_count_for_nothing() {
    let one = compare("1", &["article-naive", "article-numpy"]);
    assert_eq!((status(&one, "article-naive"), status(&one, "article-numpy")), (&"equal".into(), &"different".into()));
    assert_eq!(status(&compare("1000", &["article-naive"]), "article-naive"), "different");
}
