//! `csv-apply`: differences that the check finds.

use super::builtin::checked;

#[test]
fn the_check_and_not_the_note_finds_that_nothing_is_computed() {
    let published = checked("csv-apply", "article-rust", "100");
    assert_eq!(published["equivalence"]["status"], "different", "{published:#}");
    assert!(published["equivalence"]["detail"].as_str().unwrap().contains("None"), "{published:#}");
}
