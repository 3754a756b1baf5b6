//! What is installed rather than written: other days, other verdicts, and which of several suffices.

use super::*;

/// A hot function with these contenders beside its baseline; each may add keys to its table in the manifest.
fn with(contenders: &[(&str, Kind, f64, &str)]) -> Known {
    let all = contenders.iter().map(|&(name, kind, speedup, _)| contender(name, kind, Route::InProcess, speedup));
    let mut known = known_answers::hot([baseline()].into_iter().chain(all).collect(), 0.5);
    for (name, _, _, keys) in contenders {
        let heading = format!("[workload.validate.contender.{name}]\n");
        known.manifest = known.manifest.replace(&heading, &format!("{heading}{keys}\n"));
    }
    known.manifest += &known_answers::prices(1e7);
    known
}

fn won(contenders: &[(&str, Kind, f64, &str)]) -> (Verdict, Option<String>) {
    let found = candidate(&with(contenders));
    (found.verdict, found.contender)
}

const PACKAGED: &str = "packaged = true";

#[test]
fn what_comes_from_a_package_index_is_a_library_whatever_it_is_written_in() {
    for kind in [Kind::Rust, Kind::Library, Kind::Python, Kind::Compiler] {
        assert_eq!(won(&[("wheel", kind, 10.0, PACKAGED)]), (Verdict::UseLibrary, Some("wheel".into())), "{kind:?}");
    }
    assert_eq!(won(&[("own", Kind::Rust, 10.0, "")]), (Verdict::Migrate, Some("own".into())));
}

#[test]
fn each_contender_has_a_price_of_its_own() {
    let price = |keys| candidate(&with(&[("rust", Kind::Rust, 10.0, keys)])).cost.unwrap().migration;
    assert_eq!(price(""), Some(5.0 * 800.0));
    assert_eq!(price(PACKAGED), Some(0.5 * 800.0));
    assert_eq!(price("migration-days = 2"), Some(2.0 * 800.0));
    assert_eq!(price("packaged = true\nmigration-days = 0"), Some(0.0));
    // The plan adds up what each step costs itself.
    let plans = decided(&with(&[("rust", Kind::Rust, 10.0, PACKAGED)])).plans;
    assert_eq!(plans[0].steps[0].migration, Some(400.0), "{plans:#?}");
}

#[test]
fn a_slower_library_is_not_preferred_to_a_faster_package_of_the_same_price() {
    let slower = ("orjson", Kind::Library, 9.0, PACKAGED);
    assert_eq!(won(&[slower, ("faster", Kind::Rust, 14.0, PACKAGED)]), (Verdict::UseLibrary, Some("faster".into())));
    assert_eq!(won(&[slower, ("own", Kind::Rust, 14.0, "")]), (Verdict::UseLibrary, Some("orjson".into())));
}

#[test]
fn the_cheapest_of_what_suffices_comes_first() {
    let rewrite = |speedup| ("rewrite", Kind::Algorithm, speedup, "");
    let wheel = ("wheel", Kind::Rust, 9.0, PACKAGED);
    // Nine tenths of what the dearer one brings are enough, a ninth isn't.
    assert_eq!(won(&[rewrite(20.0), wheel]), (Verdict::UseLibrary, Some("wheel".into())));
    let slow = ("wheel", Kind::Rust, 1.5, PACKAGED);
    assert_eq!(won(&[rewrite(20.0), slow]), (Verdict::FixAlgorithm, Some("rewrite".into())));
    // Rust of one's own may be the cheapest.
    let own = ("own", Kind::Rust, 20.0, "migration-days = 1");
    assert_eq!(won(&[rewrite(20.0), own]), (Verdict::Migrate, Some("own".into())));
}

#[test]
fn rust_that_does_not_pay_is_nothing_to_be_held_against() {
    let mut known = with(&[("wheel", Kind::Library, 2.0, PACKAGED), ("own", Kind::Rust, 30.0, "migration-days = 500")]);
    // p99 isn't what counts.
    known.manifest += "[goal]\ncost = true\n";
    known.manifest = known.manifest.replace("10000000.0", "20000000000.0");
    let found = candidate(&known);
    assert_eq!((found.verdict, found.contender.as_deref()), (Verdict::UseLibrary, Some("wheel")), "{found:#?}");
}

#[test]
fn what_the_days_of_the_winner_may_come_to_is_told_of_that_one() {
    let mut known = with(&[("wheel", Kind::Rust, 10.0, PACKAGED)]);
    known.manifest = known.manifest.replace("10000000.0", "2000000000.0") + "[goal]\ncost = true\n";
    let found = candidate(&known);
    let days = flips(&found).into_iter().find(|flip| flip.input == FlipInput::MigrationDays).unwrap();
    assert!(days.above && days.verdict == Verdict::Leave && days.value > 0.5 && days.value < 16.0, "{found:#?}");
}

#[test]
fn a_step_of_something_else_than_the_best_rust_does_not_show_what_that_would_do() {
    let known = with(&[("library", Kind::Library, 3.0, PACKAGED), ("own", Kind::Rust, 3.6, "")]);
    let found = decided(&known);
    let (candidate, step) = (&found.candidates[0], &found.plans[0].steps[0]);
    assert_eq!(step.contender.as_deref(), Some("library"));
    assert_eq!(step.p99_change, candidate.p99_change);
    // p99 as it is, 0.1 s, less two thirds of half of it; Rust would save 0.36 of it.
    assert!((step.p99.unwrap().estimate - 0.1 * (1.0 - 0.5 * 2.0 / 3.0)).abs() < 0.001, "{step:#?}");
    let saving = candidate.cost.as_ref().map(|cost| cost.saving_per_month);
    assert_eq!(step.saving_per_month, saving);
}
