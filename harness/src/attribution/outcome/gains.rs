//! How much faster functions get: in the service itself where they were migrated, else by workloads that replace them.

use std::collections::BTreeMap;

use rustworthy_model::Estimate;

use super::{GC, Measured, requests};
use crate::attribution::project::Faster;
use crate::attribution::request::{Request, Requests};
use crate::attribution::resample::Resamples;
use crate::attribution::session::Mode;

/// How much faster a function gets that is replaced with all that it calls.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Gain {
    /// Over all requests.
    pub(super) speedup: Estimate,
    /// Seconds in what stands in its place in each request, where it was migrated: calling and converting take their time,
    /// so that short calls gain less than long ones.
    after: Option<Vec<f64>>,
}

impl Gain {
    /// As it is asked of the model.
    pub(super) fn of(&self, function: usize) -> Faster<'_> {
        Faster { function, is_inclusive: true, speedup: self.speedup, after: self.after.as_deref() }
    }
}

/// Gains of functions by their names.
pub(super) fn gains(measured: &Measured<'_>, watched: &Requests, resamples: &Resamples) -> BTreeMap<String, Gain> {
    let by_workloads = measured.speedups.iter();
    let by_workloads = by_workloads.map(|(name, &speedup)| (name.clone(), Gain { speedup, after: None }));
    let mut gains: BTreeMap<String, Gain> = by_workloads.collect();
    let Some(migrated) = requests(measured, Mode::MigratedWatched) else { return gains };
    for migration in &measured.scenario.migrated {
        let name = migration.from.to_string();
        let Some(place) = watched.functions.iter().position(|function| function.name == name) else { continue };
        let after = seconds(&migrated, place);
        if let Some(speedup) = speedup(&seconds(watched, place), &after, resamples) {
            gains.insert(name, Gain { speedup, after: Some(after) });
        }
    }
    gains
}

/// What becomes of the garbage collector with all that is migrated. It pauses as often as objects are made, so that a service
/// meets its pauses in the same requests each time, and in others once some of its functions make other objects.
pub(super) fn collections(measured: &Measured<'_>, watched: &Requests) -> Option<(usize, Vec<f64>)> {
    let migrated = requests(measured, Mode::MigratedWatched)?;
    let place = watched.functions.iter().position(|function| function.name == GC)?;
    Some((place, seconds(&migrated, place)))
}

/// Functions that nobody calls once others are migrated: their time is part of what these gain.
pub(super) fn gone(measured: &Measured<'_>, watched: &Requests) -> Vec<bool> {
    let calls = |requests: &Requests| {
        let mut calls = vec![0_u64; watched.functions.len()];
        for part in requests.requests.iter().flat_map(|request| &request.parts) {
            calls[part.function as usize] += u64::from(part.calls);
        }
        calls
    };
    let before = calls(watched);
    let after = requests(measured, Mode::MigratedWatched).map_or_else(|| before.clone(), |requests| calls(&requests));
    before.iter().zip(after).map(|(&before, after)| before > 0 && after == 0).collect()
}

/// Seconds in a function and all that it calls, of each request.
fn seconds(requests: &Requests, function: usize) -> Vec<f64> {
    let of_request = |request: &Request| {
        request.parts.iter().filter(|part| part.function as usize == function).map(|part| part.inclusive).sum()
    };
    requests.requests.iter().map(of_request).collect()
}

/// How much faster the same requests got over all of them; `None` where they spent no time there.
fn speedup(before: &[f64], after: &[f64], resamples: &Resamples) -> Option<Estimate> {
    let sum = |times: &[f64], places: &[usize]| -> f64 { places.iter().filter_map(|&place| times.get(place)).sum() };
    let ratio = |places: &[usize]| sum(before, places) / sum(after, places).max(f64::MIN_POSITIVE);
    let all: Vec<usize> = (0..before.len()).collect();
    let estimate = ratio(&all);
    if !(estimate.is_finite() && estimate > 0.0 && sum(after, &all) > 0.0) {
        return None;
    }
    let mut resampled: Vec<f64> = resamples.all().map(|places| ratio(&places).ln()).collect();
    let around = resamples.around(estimate.ln(), &mut resampled, 1.0);
    Some(Estimate { estimate, low: around.low.exp(), high: around.high.exp() })
}
