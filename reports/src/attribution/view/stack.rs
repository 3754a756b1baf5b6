//! What latency is made of, from the fastest requests to the slowest, in few enough parts to distinguish them.

use rustworthy_model::attribution::{Attribution, Band, Function, Kind};
use rustworthy_model::figures;

use crate::attribution::words;
use crate::visible::name;

/// Functions that have a part of their own; the others share one.
const FUNCTIONS: usize = 5;

/// Parts of latency, by bands of requests.
pub(in crate::attribution) struct Stack {
    pub(in crate::attribution) bands: Vec<StackBand>,
    pub(in crate::attribution) parts: Vec<Part>,
}

/// Neighbouring requests.
pub(in crate::attribution) struct StackBand {
    /// Percentiles, `90–99`.
    pub(in crate::attribution) range: String,
    /// `300`
    pub(in crate::attribution) requests: String,
    /// Their mean latency, `4.12 ms`.
    pub(in crate::attribution) latency: String,
}

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::attribution) enum PartKind {
    /// Waiting for a server.
    Waiting,
    /// A function, and which of those that have a part.
    Function(usize),
    /// All other functions.
    Others,
    /// Pauses for garbage collection.
    Gc,
    /// What isn't any function's.
    Unattributed,
}

/// A part of latency.
pub(in crate::attribution) struct Part {
    pub(in crate::attribution) name: String,
    pub(in crate::attribution) kind: PartKind,
    /// Its share in each band.
    pub(in crate::attribution) shares: Vec<f64>,
}

impl Part {
    /// Its share in a band, `41%`.
    pub(in crate::attribution) fn percent(&self, band: usize) -> String {
        format!("{}%", figures::percent(self.shares.get(band).copied().unwrap_or(0.0)))
    }

    /// Its share in every band.
    pub(in crate::attribution) fn percents(&self) -> Vec<String> {
        (0..self.shares.len()).map(|band| self.percent(band)).collect()
    }
}

impl Stack {
    pub(super) fn new(attribution: &Attribution) -> Self {
        let bands = &attribution.bands;
        let functions: Vec<(usize, &Function)> = attribution.functions.iter().enumerate().collect();
        let shares = |index: usize| bands.iter().map(|band| share(band, index)).collect::<Vec<f64>>();
        let mut parts = vec![Part {
            name: words::WAITING.to_owned(),
            kind: PartKind::Waiting,
            shares: bands.iter().map(|band| band.waiting).collect(),
        }];
        let listed: Vec<_> = functions.iter().filter(|(_, function)| function.is_function()).collect();
        let (own, others) = listed.split_at(listed.len().min(FUNCTIONS));
        parts.extend(own.iter().enumerate().map(|(number, (index, function))| Part {
            name: name(&function.name),
            kind: PartKind::Function(number),
            shares: shares(*index),
        }));
        if !others.is_empty() {
            let sum = |band: &Band| others.iter().map(|(index, _)| share(band, *index)).sum();
            let name = words::number(others.len() as u64, "other function", "other functions");
            parts.push(Part { name, kind: PartKind::Others, shares: bands.iter().map(sum).collect() });
        }
        let (spans, rest): (Vec<_>, Vec<_>) =
            functions.iter().filter(|(_, row)| !row.is_function()).partition(|(_, row)| row.kind == Kind::Span);
        if !spans.is_empty() {
            let sum = |band: &Band| spans.iter().map(|&&(index, _)| share(band, index)).sum();
            let (name, kind) = (words::SPANS.to_owned(), PartKind::Unattributed);
            parts.push(Part { name, kind, shares: bands.iter().map(sum).collect() });
        }
        parts.extend(rest.into_iter().map(|(index, function)| Part {
            name: name(&function.name),
            kind: if function.kind == Kind::Gc { PartKind::Gc } else { PartKind::Unattributed },
            shares: shares(*index),
        }));
        parts.retain(|part| part.shares.iter().any(|share| *share > 0.0));
        Self { bands: bands.iter().map(StackBand::new).collect(), parts }
    }

    /// The largest part of the fastest and of the slowest requests, in a sentence.
    pub(in crate::attribution) fn finding(&self) -> Option<String> {
        let largest = |band: usize| {
            let share = |part: &&Part| part.shares.get(band).copied().unwrap_or(0.0);
            let part = self.parts.iter().max_by(|a, b| share(a).total_cmp(&share(b)))?;
            Some((&part.name, part.percent(band)))
        };
        let last = self.bands.len().checked_sub(1)?;
        let ((fast, of_fast), (slow, of_slow)) = (largest(0)?, largest(last)?);
        Some(format!(
            "The largest part of the fastest requests is {fast} with {of_fast}; of the slowest it is {slow} with {of_slow}."
        ))
    }
}

impl StackBand {
    fn new(band: &Band) -> Self {
        Self {
            range: format!("{}–{}", words::percentage(band.from), words::percentage(band.to)),
            requests: figures::count(band.requests),
            latency: figures::seconds(band.latency).to_string(),
        }
    }
}

/// The share of a function; nothing where the result has none.
fn share(band: &Band, function: usize) -> f64 {
    band.functions.get(function).copied().filter(|share| share.is_finite()).unwrap_or(0.0)
}
