//! What is counted: requests of each host by status.

use indexmap::{Equivalent, IndexMap};
use rustc_hash::FxBuildHasher;

/// Requests of each host by status, in order of first appearance.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Tally(IndexMap<Key, u64, FxBuildHasher>);

/// Host and status.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key(String, String);

/// The same, borrowed from a line: only what is new is copied.
#[derive(Hash)]
struct Borrowed<'a>(&'a str, &'a str);

impl Equivalent<Key> for Borrowed<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.0 == key.0 && self.1 == key.1
    }
}

impl Tally {
    /// Counts requests of a host with a status.
    #[inline]
    pub fn add(&mut self, (host, status): (&str, &str), requests: u64) {
        match self.0.get_mut(&Borrowed(host, status)) {
            Some(counted) => *counted += requests,
            None => drop(self.0.insert(Key(host.to_owned(), status.to_owned()), requests)),
        }
    }

    /// Adds what was counted in later lines.
    pub fn then(mut self, later: Self) -> Self {
        if self.0.is_empty() {
            return later;
        }
        for (Key(host, status), requests) in later.0 {
            self.add((&host, &status), requests);
        }
        self
    }

    /// Host, status and requests, in order of first appearance.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, u64)> {
        self.0.iter().map(|(Key(host, status), requests)| (host.as_str(), status.as_str(), *requests))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(keys: &[(&str, &str)]) -> Tally {
        let mut tally = Tally::default();
        keys.iter().for_each(|key| tally.add(*key, 1));
        tally
    }

    #[test]
    fn keys_come_in_order_of_first_appearance() {
        let keys = [("b", "200"), ("a", "200"), ("b", "404"), ("a", "200"), ("b2", "00")];
        let expected = [("b", "200", 1), ("a", "200", 2), ("b", "404", 1), ("b2", "00", 1)];
        assert!(tally(&keys).iter().eq(expected));
        for cut in 0..=keys.len() {
            assert!(tally(&keys[..cut]).then(tally(&keys[cut..])).iter().eq(expected));
        }
    }
}
