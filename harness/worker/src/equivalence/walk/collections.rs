//! Sequences, dicts, sets and the attributes of objects.

use std::collections::HashMap;

use super::{Compared, Walk};
use crate::equivalence::encode::{Sameness, key};
use crate::equivalence::number::Number;
use crate::equivalence::path::Step;
use crate::equivalence::repr::repr;
use crate::equivalence::value::Value;

const MISSING: &str = "missing";
const ORDER: &str = "order of keys";

impl<'v> Walk<'v> {
    /// Elements by position, then the length.
    pub(super) fn sequences(&mut self, expected: &'v [Value], got: &'v [Value]) -> Compared {
        for (index, (a, b)) in expected.iter().zip(got).enumerate() {
            self.at(Step::Index(index), |walk| walk.values(a, b))?;
        }
        if expected.len() == got.len() {
            return Ok(());
        }
        Err(self.differ(format!("length {}", expected.len()), got.len().to_string()))
    }

    /// What `__reduce_ex__` gave. Only the arguments have a name in Python.
    pub(super) fn reduced(&mut self, expected: &'v [Value], got: &'v [Value]) -> Compared {
        let part = |parts: &'v [Value], index| parts.get(index).unwrap_or(&Value::None);
        (0..expected.len().max(got.len())).try_for_each(|index| {
            let (a, b) = (part(expected, index), part(got, index));
            match index {
                1 => self.at(Step::Field("args"), |walk| walk.values(a, b)),
                _ => self.values(a, b),
            }
        })
    }

    /// Attributes, both sorted by name.
    pub(super) fn fields(&mut self, expected: &'v [(String, Value)], got: &'v [(String, Value)]) -> Compared {
        let (mut ours, mut theirs) = (expected.iter().peekable(), got.iter().peekable());
        loop {
            match (ours.peek(), theirs.peek()) {
                (Some((a, _)), Some((b, _))) if a == b => {
                    if let (Some((name, a)), Some((_, b))) = (ours.next(), theirs.next()) {
                        self.at(Step::Field(name), |walk| walk.values(a, b))?;
                    }
                }
                (Some((a, value)), other) if other.is_none_or(|(b, _)| a < b) => {
                    return self.at(Step::Field(a), |walk| Err(walk.differ(repr(value), MISSING)));
                }
                (_, Some((b, value))) => {
                    return self.at(Step::Field(b), |walk| Err(walk.differ(MISSING, repr(value))));
                }
                _ => return Ok(()),
            }
        }
    }

    /// Dicts whose order counts.
    pub(super) fn dicts_in_order(&mut self, expected: &'v [(Value, Value)], got: &'v [(Value, Value)]) -> Compared {
        if !self.same_keys_in_order(expected, got) {
            let theirs = self.matches(expected, got)?;
            let moved = theirs.iter().enumerate().find(|(index, match_)| *index != **match_);
            if let Some((first, _)) = moved {
                let keys = [keys_from(expected, first), keys_from(got, first)];
                return Err(self.differ_in(ORDER, format!("{ORDER} {}", keys[0]), keys[1].as_str()));
            }
        }
        expected.iter().zip(got).try_for_each(|(pair, other)| self.pair(pair, other))
    }

    /// Dicts whose order doesn't count.
    pub(super) fn dicts(&mut self, expected: &'v [(Value, Value)], got: &'v [(Value, Value)]) -> Compared {
        let theirs = if self.same_keys_in_order(expected, got) {
            (0..got.len()).collect()
        } else {
            self.matches(expected, got)?
        };
        expected.iter().zip(theirs).try_for_each(|(pair, index)| self.pair(pair, &got[index]))
    }

    /// Two pairs with the same key, parts of which may be opaque.
    fn pair(&mut self, (name, a): &'v (Value, Value), (other, b): &'v (Value, Value)) -> Compared {
        self.at(Step::Key(name), |walk| {
            if same_plain(name, other).is_none() {
                walk.values(name, other)?;
            }
            walk.values(a, b)
        })
    }

    fn same_keys_in_order(&self, expected: &[(Value, Value)], got: &[(Value, Value)]) -> bool {
        let sameness = self.sameness();
        expected.len() == got.len() && expected.iter().zip(got).all(|((a, _), (b, _))| same_key(a, b, sameness))
    }

    /// For each expected key the position of the same key in the other dict.
    fn matches(
        &mut self,
        expected: &'v [(Value, Value)],
        got: &'v [(Value, Value)],
    ) -> Result<Vec<usize>, Box<super::Difference>> {
        let sameness = self.sameness();
        let mut theirs = HashMap::<_, Vec<usize>>::with_capacity(got.len());
        for (index, (name, _)) in got.iter().enumerate().rev() {
            theirs.entry(key(name, sameness)).or_default().push(index);
        }
        let mut found = Vec::with_capacity(expected.len());
        for (name, value) in expected {
            match theirs.get_mut(&key(name, sameness)).and_then(Vec::pop) {
                Some(index) => found.push(index),
                None => return self.at(Step::Key(name), |walk| Err(walk.differ(repr(value), MISSING))).map(|()| found),
            }
        }
        if let Some(extra) = theirs.into_values().flatten().min() {
            let (name, value) = &got[extra];
            self.at(Step::Key(name), |walk| Err(walk.differ(MISSING, repr(value))))?;
        }
        Ok(found)
    }

    /// Sets, as multisets: two NaN may be elements of one.
    pub(super) fn sets(&mut self, expected: &'v [Value], got: &'v [Value]) -> Compared {
        if expected.len() == got.len() && expected.iter().zip(got).all(|(a, b)| same_plain(a, b) == Some(true)) {
            return Ok(());
        }
        let (ours, theirs) = (self.keyed(expected), self.keyed(got));
        let (mut left, mut right) = (Vec::new(), Vec::new());
        let (mut i, mut j) = (0, 0);
        while i < ours.len() || j < theirs.len() {
            let order = match (ours.get(i), theirs.get(j)) {
                (Some((a, _)), Some((b, _))) => a.cmp(b),
                (Some(_), None) => std::cmp::Ordering::Less,
                _ => std::cmp::Ordering::Greater,
            };
            if order.is_eq() {
                // Opaque parts have equal keys, and are noted here.
                self.values(ours[i].1, theirs[j].1)?;
            } else if order.is_lt() {
                left.push(ours[i].1);
            } else {
                right.push(theirs[j].1);
            }
            i += usize::from(order.is_le());
            j += usize::from(order.is_ge());
        }
        self.unmatched(left, right)
    }

    fn keyed(&self, elements: &'v [Value]) -> Vec<(Vec<u8>, &'v Value)> {
        let sameness = self.sameness();
        let mut keyed = elements.iter().map(|element| (key(element, sameness), element)).collect::<Vec<_>>();
        keyed.sort_by(|(a, _), (b, _)| a.cmp(b));
        keyed
    }

    /// Elements of sets without an equal one. Within tolerances, real numbers pair up by size.
    fn unmatched(&mut self, mut expected: Vec<&'v Value>, mut got: Vec<&'v Value>) -> Compared {
        if !self.is_exact() && expected.len() == got.len() {
            let size = |value: &&Value| Number::of(value).and_then(Number::as_real);
            if expected.iter().chain(&got).all(|element| size(element).is_some()) {
                let by_size =
                    |a: &&Value, b: &&Value| size(a).partial_cmp(&size(b)).unwrap_or(std::cmp::Ordering::Equal);
                expected.sort_by(by_size);
                got.sort_by(by_size);
                return expected.into_iter().zip(got).try_for_each(|(a, b)| self.values(a, b));
            }
        }
        match (expected.first(), got.first()) {
            (Some(a), _) => Err(self.differ(format!("element {}", repr(a)), MISSING)),
            (None, Some(b)) => Err(self.differ(MISSING, format!("element {}", repr(b)))),
            (None, None) => Ok(()),
        }
    }
}

/// Whether two keys are the same, without encoding the usual ones.
fn same_key(a: &Value, b: &Value, sameness: Sameness) -> bool {
    same_plain(a, b).unwrap_or_else(|| key(a, sameness) == key(b, sameness))
}

/// Whether two texts or two integers are the same, which most keys are.
fn same_plain(a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => Some(a == b),
        (Value::Int(a), Value::Int(b)) => Some(a == b),
        _ => None,
    }
}

/// Some keys from a position on.
fn keys_from(pairs: &[(Value, Value)], first: usize) -> String {
    const SHOWN: usize = 4;
    let mut shown = pairs.iter().skip(first).take(SHOWN).map(|(name, _)| repr(name)).collect::<Vec<_>>();
    if pairs.len() > first + SHOWN {
        shown.push("…".into());
    }
    shown.join(", ")
}
