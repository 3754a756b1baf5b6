//! How much faster functions get: in the service itself where they were migrated, else by workloads that replace them.

use std::collections::BTreeMap;

use rustworthy_model::Estimate;

use super::evidence::{Evidence, RowKind};
use rustworthy_attribution::{FasterFunction, Requests, Resamples, Successor, totals};

/// How much faster a function gets that is replaced with all that it calls.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Gain {
    /// Over all requests.
    pub(super) speedup: Estimate,
    /// Seconds in what stands in its place in each request, where it was migrated: calling and converting take their time,
    /// so that short calls gain less than long ones.
    after: Option<After>,
}

/// Seconds in what stands in a function's place, and those of them on the processor, in each request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct After {
    seconds: Vec<f64>,
    processor_seconds: Vec<f64>,
}

impl After {
    fn of(requests: &Requests, function: usize) -> Self {
        Self { seconds: requests.inclusive_seconds(function), processor_seconds: requests.processor_seconds(function) }
    }

    /// As a replay takes it.
    pub(super) fn successor(&self) -> Successor<'_> {
        Successor { seconds: &self.seconds, processor_seconds: &self.processor_seconds }
    }
}

impl Gain {
    /// The function with that index, faster by this.
    pub(super) fn of(&self, function: usize) -> FasterFunction<'_> {
        FasterFunction {
            function,
            is_inclusive: true,
            speedup: self.speedup,
            after: self.after.as_ref().map(After::successor),
        }
    }
}

/// Gains of functions by their names.
pub(super) fn gains(evidence: &Evidence<'_>, resamples: &Resamples) -> BTreeMap<String, Gain> {
    let by_workloads = evidence.speedups.iter();
    let by_workloads = by_workloads.map(|(name, &speedup)| (name.clone(), Gain { speedup, after: None }));
    let mut gains: BTreeMap<String, Gain> = by_workloads.collect();
    let Some(migration) = &evidence.migration else { return gains };
    for name in &migration.functions {
        let Some(function) = evidence.timed.position(name) else { continue };
        let after = After::of(migration.timed, function);
        if let Some(speedup) = speedup(&evidence.timed.inclusive_seconds(function), &after.seconds, resamples) {
            gains.insert(name.clone(), Gain { speedup, after: Some(after) });
        }
    }
    gains
}

/// What becomes of the garbage collector with all that is migrated: its row, and what it takes of each request. It pauses as
/// often as objects are made, so that a service meets its pauses in the same requests each time, and in others once some of
/// its functions make other objects.
pub(super) fn collections(evidence: &Evidence<'_>) -> Option<(usize, After)> {
    let row = evidence.row(RowKind::GarbageCollection)?;
    Some((row, After::of(evidence.migration.as_ref()?.timed, row)))
}

/// Whether nobody calls a function any more once others are migrated, for each of them: its time is part of what these gain.
pub(super) fn gone(evidence: &Evidence<'_>) -> Vec<bool> {
    let Ok(before) = totals(evidence.timed);
    let Some(migration) = &evidence.migration else { return vec![false; before.len()] };
    let Ok(after) = totals(migration.timed);
    before.iter().zip(after).map(|(before, after)| before.calls > 0.0 && after.calls == 0.0).collect()
}

/// How much faster the same requests got over all of them; `None` where they spent no time there.
fn speedup(before: &[f64], after: &[f64], resamples: &Resamples) -> Option<Estimate> {
    let sum = |times: &[f64], indices: &[usize]| -> f64 { indices.iter().filter_map(|&index| times.get(index)).sum() };
    let ratio = |indices: &[usize]| sum(before, indices) / sum(after, indices).max(f64::MIN_POSITIVE);
    let all: Vec<usize> = (0..before.len()).collect();
    let estimate = ratio(&all);
    if !(estimate.is_finite() && estimate > 0.0 && sum(after, &all) > 0.0) {
        return None;
    }
    let mut resampled: Vec<f64> = resamples.all().map(|indices| ratio(&indices).ln()).collect();
    let around = resamples.around(estimate.ln(), &mut resampled, 1.0);
    // The logarithm and back is off by rounding.
    Some(Estimate { estimate, low: around.low.exp().min(estimate), high: around.high.exp().max(estimate) })
}
