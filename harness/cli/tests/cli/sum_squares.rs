//! `sum-squares`: differences that the check finds.

use super::builtin::checked;

#[test]
fn the_check_and_not_the_note_finds_that_64_bits_wrap() {
    let fits = checked("sum-squares", "article-rust", "3810778");
    assert_eq!(fits["equivalence"]["status"], "equal", "{fits:#}");
    let wraps = checked("sum-squares", "article-rust", "3810779");
    assert_eq!(wraps["equivalence"]["status"], "different", "{wraps:#}");
}
