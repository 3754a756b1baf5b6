//! Whatever a file holds, reading it ends in a project or in errors.

use proptest::prelude::*;

use super::{BUILT_IN, Origin, load_named};

/// A word that has a meaning somewhere in a manifest, or none.
fn word() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "project",
        "workload",
        "service",
        "scenario",
        "cost",
        "goal",
        "gate",
        "parse",
        "contender",
        "claim",
        "input",
        "sizes",
        "default",
        "equal",
        "rel-tol",
        "python",
        "kernel",
        "baseline",
        "env",
        "arrivals",
        "process",
        "rate",
        "migrated",
        "python-path",
        "timeout",
        "p99",
        "fail-over",
        "tool",
        "rustworthy",
        "command",
        "ready",
    ];
    prop_oneof![4 => proptest::sample::select(KNOWN).prop_map(str::to_owned), 1 => "[a-zA-Z:.\\PC]{0,6}"]
}

fn value() -> impl Strategy<Value = toml::Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(toml::Value::from),
        any::<i64>().prop_map(toml::Value::from),
        any::<f64>().prop_map(toml::Value::from),
        word().prop_map(toml::Value::from),
        proptest::sample::select(&["a:b", "60s", "5%", "1GiB", "poisson", "http://[::1]:{port}/"] as &[_])
            .prop_map(toml::Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, |inner| {
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..4).prop_map(toml::Value::from),
            4 => proptest::collection::vec((word(), inner), 0..6)
                .prop_map(|entries| toml::Value::Table(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = load_named("rustworthy.toml", bytes, Origin::User);
    }

    #[test]
    fn no_cut_or_mixed_up_manifest_makes_it_panic(from in 0..2000usize, to in 0..2000usize, junk in "[\\[\\]{}=.'\"a\n]{0,4}") {
        let full = include_str!("full.toml");
        let (from, to) = (from.min(full.len()), to.min(full.len()));
        if full.is_char_boundary(from) && full.is_char_boundary(to) {
            let _ = load_named("rustworthy.toml", [&full[..from], &junk, &full[to..]].concat(), BUILT_IN);
        }
    }

    #[test]
    fn no_values_make_it_panic(entries in proptest::collection::vec((word(), value()), 0..6)) {
        let table: toml::Table = entries.into_iter().collect();
        let text = toml::to_string(&table).unwrap();
        let user = load_named("rustworthy.toml", &text, Origin::User);
        let shared = load_named("pyproject.toml", format!("tool.rustworthy = {}", toml::Value::Table(table)), BUILT_IN);
        for errors in [user, shared].into_iter().filter_map(Result::err) {
            prop_assert!(!errors.is_empty());
        }
    }
}
