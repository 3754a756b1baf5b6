//! Critical paths, step by step: slow, obvious, and the same to the nanosecond.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::calls::{Call, otlp};
use super::properties::any_calls;
use super::*;

/// Goes back from the end of a call, a microsecond at a time. Where a child ends, the time until it began is the child's.
///
/// Calls take less than 100 microseconds, so that none overlaps by a hundredth and still counts as having ended before.
fn walk(call: &Call, start: i64, end: i64, spent: &mut BTreeMap<String, i64>) {
    let fitted = |child: &Call| (child.start.clamp(start, end), child.end.clamp(start, end));
    let mut at = end;
    while at > start {
        let ends_here = |child: &&Call| fitted(child).1 == at && fitted(child).0 < at;
        // Of several the longest, and of such the one whose id is the lowest.
        let next = call.children.iter().filter(ends_here).min_by_key(|child| fitted(child).0);
        match next {
            Some(child) => {
                walk(child, fitted(child).0, at, spent);
                at = fitted(child).0;
            }
            None => {
                *spent.entry(call.name.clone()).or_default() += 1;
                at -= 1;
            }
        }
    }
}

/// All of one service: so they have one clock.
fn with_one_clock(calls: &mut [Call]) {
    for call in calls {
        call.service = "shop";
        call.name = call.name.replace("/1", "/{id}").replace("/2", "/{id}");
        with_one_clock(&mut call.children);
    }
}

/// Nanoseconds of each operation, those without any left out.
fn nanoseconds(known: &Known, request: &Request) -> Vec<(String, i64)> {
    let name = |part: &crate::Part| match &known.requests.functions[part.function as usize].name[..] {
        "(nameless)" => String::new(),
        name => name.to_owned(),
    };
    let mut all: Vec<_> =
        request.parts.iter().map(|part| (name(part), (part.exclusive * 1e9).round() as i64)).collect();
    all.retain(|(_, nanoseconds)| *nanoseconds > 0);
    all.sort();
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]
    #[test]
    fn times_on_critical_paths_are_those_of_a_walk_step_by_step(mut traces in any_calls()) {
        with_one_clock(&mut traces);
        let known = text(otlp(&traces).to_string());
        let mut found: Vec<_> = known.requests.requests.iter().map(|request| nanoseconds(&known, request)).collect();
        let mut expected: Vec<Vec<(String, i64)>> = traces
            .iter()
            .map(|root| {
                let mut spent = BTreeMap::new();
                walk(root, root.start, root.end, &mut spent);
                spent.into_iter().map(|(name, microseconds)| (name, 1_000 * microseconds)).collect()
            })
            .collect();
        found.sort();
        expected.sort();
        prop_assert_eq!(found, expected);
    }
}
