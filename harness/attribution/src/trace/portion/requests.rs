//! Requests and what they spent where: rows of whole nanoseconds, with nothing allocated for each.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::told::Told;
use crate::trace::options::{Limits, remedy};

/// An operation of a service. Calls of another service are one by themselves, whatever they're called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(in crate::trace) struct OperationName {
    /// Empty where it has none.
    pub(in crate::trace) service: String,
    pub(in crate::trace) operation: String,
    /// It waits for another service.
    pub(in crate::trace) waits: bool,
}

/// A request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::trace) struct RequestRow {
    /// 0 of events of threads, which are of no trace.
    pub(in crate::trace) trace: u128,
    /// The id of the span with which it begins; 0 of an event.
    pub(in crate::trace) root: u64,
    /// Nanoseconds since 1970, or since whatever its clock counts from.
    pub(in crate::trace) start: i64,
    /// Nanoseconds.
    pub(in crate::trace) duration: i64,
    /// How many requests it stands for.
    pub(in crate::trace) weight: f64,
    /// Its own operation, by its place among all.
    pub(in crate::trace) operation: u32,
    pub(in crate::trace) failed: bool,
    pub(in crate::trace) told: Told,
}

/// What a request spent in an operation, in nanoseconds on the critical path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::trace) struct PartRow {
    /// The operation, by its place among all.
    pub(in crate::trace) operation: u32,
    pub(in crate::trace) calls: u32,
    pub(in crate::trace) exclusive: i64,
    pub(in crate::trace) inclusive: i64,
    /// What of that is in calls of another service.
    pub(in crate::trace) waiting: i64,
}

/// Requests: 72 bytes each, and 32 for each operation in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::trace) struct RequestRows {
    /// To which rows and parts refer.
    pub(in crate::trace) operations: Vec<OperationName>,
    rows: Vec<(RequestRow, PartRange)>,
    parts: Vec<PartRow>,
}

/// Where the parts of a request are among all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PartRange {
    from: u32,
    to: u32,
}

impl PartRange {
    fn places(self) -> Range<usize> {
        self.from as usize..self.to as usize
    }
}

impl RequestRows {
    pub(in crate::trace) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(in crate::trace) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds a request.
    ///
    /// # Errors
    /// When that makes too many of them, or of their parts, with the limit.
    pub(in crate::trace) fn push(
        &mut self,
        row: RequestRow,
        parts: impl IntoIterator<Item = PartRow>,
        limits: &Limits,
    ) -> Result<(), String> {
        if self.rows.len() as u64 >= limits.requests {
            return Err(format!("more than {} requests, the limit; {}", limits.requests, remedy("requests")));
        }
        let from = self.parts.len() as u32;
        self.parts.extend(parts);
        let most = most_parts(limits);
        if self.parts.len() as u64 > most {
            return Err(format!(
                "more than {most} operations in all requests together, the limit; {}",
                remedy("request-operations")
            ));
        }
        self.rows.push((row, PartRange { from, to: self.parts.len() as u32 }));
        Ok(())
    }

    /// Each with its parts.
    pub(in crate::trace) fn iter(&self) -> impl Iterator<Item = (&RequestRow, &[PartRow])> {
        self.rows.iter().map(|(row, parts)| (row, &self.parts[parts.places()]))
    }

    /// All of them, to be changed.
    pub(in crate::trace) fn rows_mut(&mut self) -> impl Iterator<Item = &mut RequestRow> {
        self.rows.iter_mut().map(|(row, _)| row)
    }

    /// Whether others can be added without making too many.
    pub(in crate::trace) fn has_room(&self, other: &Self, limits: &Limits) -> bool {
        let requests = (self.rows.len() + other.rows.len()) as u64;
        let parts = (self.parts.len() + other.parts.len()) as u64;
        requests <= limits.requests && parts <= most_parts(limits)
    }

    /// Adds other requests, for which there is room.
    pub(in crate::trace) fn merge(&mut self, other: Self) {
        let mut known: BTreeMap<OperationName, u32> = self.operations.drain(..).zip(0..).collect();
        let mut place_of = |name: &OperationName| {
            let next = known.len() as u32;
            match known.get(name) {
                Some(place) => *place,
                None => *known.entry(name.clone()).or_insert(next),
            }
        };
        let places: Vec<u32> = other.operations.iter().map(&mut place_of).collect();
        let moved = |part: &PartRow| PartRow { operation: places[part.operation as usize], ..*part };
        for (row, parts) in other.iter() {
            let from = self.parts.len() as u32;
            self.parts.extend(parts.iter().map(moved));
            let row = RequestRow { operation: places[row.operation as usize], ..*row };
            self.rows.push((row, PartRange { from, to: self.parts.len() as u32 }));
        }
        let mut names: Vec<(OperationName, u32)> = known.into_iter().collect();
        names.sort_unstable_by_key(|(_, place)| *place);
        self.operations = names.into_iter().map(|(name, _)| name).collect();
    }

    /// Puts all in an order that depends on the requests alone: operations by their names, those left out that no request has;
    /// requests by their start. Of what begins and ends together ids decide, and what it spent where.
    pub(in crate::trace) fn settle(&mut self) {
        let places = self.settle_operations();
        for (row, parts) in &mut self.rows {
            row.operation = places[row.operation as usize];
            let parts = &mut self.parts[parts.places()];
            for part in &mut *parts {
                part.operation = places[part.operation as usize];
            }
            parts.sort_unstable();
        }
        let parts = &self.parts;
        self.rows.sort_unstable_by(|(one, ones), (other, others)| {
            one.order(other).then_with(|| parts[ones.places()].cmp(&parts[others.places()]))
        });
    }

    /// Sorts the operations that requests have. Where each of the former is now; that of one which no request has means nothing.
    fn settle_operations(&mut self) -> Vec<u32> {
        let mut is_used = vec![false; self.operations.len()];
        for part in &self.parts {
            is_used[part.operation as usize] = true;
        }
        for (row, _) in &self.rows {
            is_used[row.operation as usize] = true;
        }
        let mut used: Vec<usize> = (0..is_used.len()).filter(|place| is_used[*place]).collect();
        used.sort_unstable_by(|one, other| self.operations[*one].cmp(&self.operations[*other]));
        let mut places = vec![0; is_used.len()];
        for (now, before) in (0..).zip(&used) {
            places[*before] = now;
        }
        self.operations = used.into_iter().map(|place| self.operations[place].clone()).collect();
        places
    }
}

/// How many operations there may be in requests; their places have 32 bits.
fn most_parts(limits: &Limits) -> u64 {
    limits.request_operations.min(u64::from(u32::MAX))
}

impl RequestRow {
    /// Of what begins and ends together ids decide.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        let place = |row: &Self| (row.start, row.duration, row.trace, row.root, row.operation, row.failed, row.told);
        place(self).cmp(&place(other)).then_with(|| self.weight.total_cmp(&other.weight))
    }
}
