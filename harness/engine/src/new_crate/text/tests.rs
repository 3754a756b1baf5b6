//! The texts of crates, as people will read them.

use serde_json::json;

use super::{LIB, Price, README, Sheet};
use crate::new_crate::existing::Crate;
use crate::new_crate::facts::{Binding, Facts};
use crate::new_crate::ledger::ledger;
use crate::new_crate::names::Names;
use crate::new_crate::seen::seen;
use crate::new_crate::testing::facts;
use crate::new_crate::types::propose;
use rustworthy_model::Estimate;

fn names(package: &str) -> Names {
    Names {
        package: package.to_owned(),
        module: package.replace('-', "_"),
        folder: format!("/project/rust/{package}").into(),
        shown: format!("rust/{package}"),
        home: "../..".to_owned(),
        search_path: vec!["../..".to_owned()],
    }
}

/// One file of a crate for a function that was called so.
fn file(name: &str, package: &str, facts: &Facts, calls: &[serde_json::Value], price: Option<Price>) -> String {
    let (names, seen) = (names(package), seen(calls, facts.given()));
    let (proposals, ledger) = (propose(facts.given(), &seen), ledger(calls, facts));
    let sheet = Sheet {
        names: &names,
        facts,
        proposals: &proposals,
        ledger: &ledger,
        capture: None,
        price,
        python: (13, false),
    };
    sheet.files().remove(name).unwrap_or_default()
}

#[test]
fn the_source_of_a_function_of_a_text_and_a_number() {
    let calls = [
        json!({"args": ["a"], "kwargs": {"most": 3}, "after": null, "result": "a"}),
        json!({"args": ["b"], "kwargs": {}, "after": null, "result": "b"}),
    ];
    let facts = facts("slug", "text, *, most=40, sep=object", "def slug(text, *, most=40): ...");
    insta::assert_snapshot!(file(LIB, "slug-rust", &facts, &calls, None));
}

#[test]
fn the_source_of_a_method_whose_names_are_awkward_in_rust() {
    let method = Facts {
        kind: Binding::Method,
        function: "shop.cart:Cart.total".to_owned(),
        class_name: Some("Cart".to_owned()),
        ..facts("total", "self, py, call, type, *args, **kwargs", "")
    };
    let array = json!({"$": "array", "dtype": "<f8", "shape": [3], "scalar": false});
    let calls =
        [json!({"args": [{"$": "object", "class": "shop.cart:Cart"}, array, 1, true], "kwargs": {}, "after": null})];
    insta::assert_snapshot!(file(LIB, "cart-total-rust", &method, &calls, None));
}

#[test]
fn a_function_without_arguments_has_a_source_too() {
    insta::assert_snapshot!(file(LIB, "now-rust", &facts("now", "", ""), &[], None));
}

#[test]
fn a_reader_learns_what_was_recorded_and_what_the_boundary_costs() {
    let estimate = |estimate: f64| Estimate { estimate, low: estimate * 0.9, high: estimate * 1.1 };
    let price = Price { crossing: estimate(1e-7), python: estimate(5e-6) };
    let facts = facts("slug", "text", "def slug(text): return text.lower() // 2");
    let calls = [json!({"args": ["ä"], "kwargs": {}, "after": null})];
    insta::assert_snapshot!(file(README, "slug-rust", &facts, &calls, Some(price)));
}

#[test]
fn a_coroutine_function_gets_what_does_not_block_the_loop() {
    let facts = Facts { is_async: true, ..facts("fetch", "url", "") };
    insta::assert_snapshot!(file("python/fetch_rust/__init__.py", "fetch-rust", &facts, &[], None));
    assert!(file("python/fetch_rust/awaited.py", "fetch-rust", &facts, &[], None).contains("LOOP.run_until_complete"));
}

#[test]
fn a_function_may_be_called_as_what_the_crate_has_itself() {
    let facts = facts("replace", "text", "");
    let text = file("python/replace_rust/__init__.py", "replace-rust", &facts, &[], None);
    assert!(text.contains("replace = _native.replace\n") && text.contains("def replace_():"), "{text}");
}

#[test]
fn the_manifest_of_a_crate_says_what_it_stands_for() {
    let text = file("Cargo.toml", "slug-rust", &facts("slug", "text", ""), &[], None);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("Cargo.toml"), text).unwrap();
    let found = crate::new_crate::existing::read(folder.path()).unwrap().unwrap();
    let Crate { package, module, function, name, capture, is_async, .. } = found;
    assert_eq!([package, module, function, name], ["slug-rust", "slug_rust", "lib:slug", "slug"]);
    assert_eq!((capture, is_async), (None, false));
}
