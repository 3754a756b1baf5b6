//! How many names were taken for one operation each.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::value::hash;

/// Distinct names that are counted one by one; of more only a share is.
const COUNTED: usize = 1 << 18;

/// Names that were taken for one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grouped {
    /// What stands for them, such as `GET /user/{id}`.
    pub pattern: String,
    /// The first of them, in the order of the alphabet.
    pub example: String,
    /// How many distinct ones there were.
    pub names: u64,
    /// Whether `names` is an estimate, since there were too many to count.
    pub is_estimate: bool,
}

/// Names that were taken for one operation, of all that were.
///
/// Once there are too many, only such names are counted whose hash begins with a zero, then with two, and so on. So what comes out
/// depends on the names alone, neither on their order nor on which were read together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Groups {
    /// With so many zeros the hashes begin.
    zeros: u32,
    by_pattern: BTreeMap<String, Names>,
    /// All hashes.
    #[serde(skip)]
    counted: usize,
}

/// Names of an operation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Names {
    /// The first in the order of the alphabet.
    example: String,
    hashes: BTreeSet<u64>,
}

impl Groups {
    /// Counts a name that is taken for the pattern.
    pub(super) fn count(&mut self, pattern: &str, name: &str) {
        let first = || Names { example: name.to_owned(), hashes: BTreeSet::new() };
        let names = match self.by_pattern.get_mut(pattern) {
            Some(names) => names,
            None => self.by_pattern.entry(pattern.to_owned()).or_insert_with(first),
        };
        if name < &names.example[..] {
            name.clone_into(&mut names.example);
        }
        let hash = hash(name);
        if hash.leading_zeros() >= self.zeros && names.hashes.insert(hash) {
            self.counted += 1;
            self.thin(COUNTED);
        }
    }

    /// Adds what was counted elsewhere.
    pub(super) fn merge(&mut self, other: Self) {
        for (pattern, Names { example, hashes }) in other.by_pattern {
            let names = self
                .by_pattern
                .entry(pattern)
                .or_insert_with(|| Names { example: example.clone(), ..Names::default() });
            if example < names.example {
                names.example = example;
            }
            names.hashes.extend(hashes);
        }
        self.zeros = self.zeros.max(other.zeros);
        self.keep();
        self.thin(COUNTED);
    }

    /// Counts a smaller share until there are few enough.
    fn thin(&mut self, most: usize) {
        while self.counted > most {
            self.zeros += 1;
            self.keep();
        }
    }

    /// Forgets hashes that don't begin with enough zeros.
    fn keep(&mut self) {
        let zeros = self.zeros;
        for names in self.by_pattern.values_mut() {
            names.hashes.retain(|hash| hash.leading_zeros() >= zeros);
        }
        self.counted = self.by_pattern.values().map(|names| names.hashes.len()).sum();
    }

    /// The groups, the largest first.
    pub(super) fn largest_first(self) -> Vec<Grouped> {
        let zeros = self.zeros;
        let grouped = |(pattern, Names { example, hashes }): (String, Names)| Grouped {
            pattern,
            example,
            names: (hashes.len() as u64).checked_shl(zeros).unwrap_or(u64::MAX).max(1),
            is_estimate: zeros > 0,
        };
        let mut all: Vec<_> = self.by_pattern.into_iter().map(grouped).collect();
        all.sort_by(|one, other| (Reverse(one.names), &one.pattern).cmp(&(Reverse(other.names), &other.pattern)));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_too_many_are_counted_alike_in_any_order_and_in_parts() {
        let names: Vec<String> = (0..5_000).map(|number| format!("/user/{number}")).collect();
        let of = |names: &mut dyn Iterator<Item = &String>| {
            let mut groups = Groups::default();
            for name in names {
                groups.count(if name.ends_with('7') { "sevens" } else { "/user/{id}" }, name);
                groups.thin(500);
            }
            groups
        };
        let all = of(&mut names.iter());
        assert_eq!(of(&mut names.iter().rev()), all);
        let mut merged = of(&mut names.iter().step_by(3));
        merged.merge(of(&mut names.iter().skip(1).step_by(3)));
        merged.merge(of(&mut names.iter().skip(2).step_by(3).chain(&names[..50])));
        merged.thin(500);
        assert_eq!(merged, all);
        let found = all.largest_first();
        assert!(found[0].is_estimate && found[0].pattern == "/user/{id}" && found[0].example == "/user/0");
        let estimated: u64 = found.iter().map(|group| group.names).sum();
        assert!((4_000..6_000).contains(&estimated), "{estimated}");
    }
}
