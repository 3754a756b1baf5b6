//! How much faster functions get: in the service itself where they were migrated, else by workloads that replace them.

use std::collections::BTreeMap;

use rustworthy_reports::Estimate;

use super::{Measured, requests};
use crate::attribution::project::{Gain, Left};
use crate::attribution::request::{Request, Requests};
use crate::attribution::resample::Resamples;
use crate::attribution::session::Mode;
use crate::stats::{Confidence, Spot, line};

/// Groups of requests, by how long they spent in a function, through which a line is laid.
const GROUPS: usize = 12;

/// Fewest requests of a group in a round.
const FEWEST: usize = 3;

/// Gains of functions by their names.
pub(super) fn gains(
    measured: &Measured<'_>,
    watched: &Requests,
    resamples: &Resamples,
    confidence: Confidence,
) -> BTreeMap<String, Gain> {
    let by_workloads = measured.speedups.iter().map(|(name, &speedup)| (name.clone(), Gain::of(speedup)));
    let mut gains: BTreeMap<String, Gain> = by_workloads.collect();
    let Some(migrated) = requests(measured, Mode::MigratedWatched) else { return gains };
    for migration in &measured.scenario.migrated {
        let name = migration.from.to_string();
        let Some(place) = watched.functions.iter().position(|function| function.name == name) else { continue };
        let times = Times { before: seconds(watched, place), after: seconds(&migrated, place) };
        let Some(speedup) = times.speedup(resamples) else { continue };
        let left = times.left(watched, confidence).unwrap_or(Gain::of(speedup).left);
        gains.insert(name, Gain { speedup, left });
    }
    gains
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

/// Seconds of the same requests in a function, and in what stands in its place.
struct Times {
    before: Vec<f64>,
    after: Vec<f64>,
}

impl Times {
    /// Over all requests.
    fn speedup(&self, resamples: &Resamples) -> Option<Estimate> {
        let sum =
            |times: &[f64], places: &[usize]| -> f64 { places.iter().filter_map(|&place| times.get(place)).sum() };
        let ratio = |places: &[usize]| sum(&self.before, places) / sum(&self.after, places).max(f64::MIN_POSITIVE);
        let all: Vec<usize> = (0..self.before.len()).collect();
        let estimate = ratio(&all);
        if !(estimate.is_finite() && estimate > 0.0 && sum(&self.after, &all) > 0.0) {
            return None;
        }
        let mut resampled: Vec<f64> = resamples.all().map(|places| ratio(&places).ln()).collect();
        let around = resamples.around(estimate.ln(), &mut resampled, 1.0);
        Some(Estimate { estimate, low: around.low.exp(), high: around.high.exp() })
    }

    /// What is left in a request: short calls gain less than long ones, since calling and converting take their time. `None`
    /// where requests differ too little to tell.
    fn left(&self, watched: &Requests, confidence: Confidence) -> Option<Left> {
        let number = self.before.len().min(self.after.len());
        let mut order: Vec<usize> = (0..number).filter(|&place| self.before[place] > 0.0).collect();
        order.sort_by(|&one, &other| self.before[one].total_cmp(&self.before[other]));
        let size = order.len().div_ceil(GROUPS).max(1);
        let spots: Vec<Spot> = order.chunks(size).map(|group| self.spot(watched, group)).collect();
        let line = line(&spots, confidence)?;
        Some(Left { inclusive: true, fixed: line.fixed.estimate, share: line.per_unit.estimate })
    }

    /// What such requests took before and take after, by rounds.
    fn spot(&self, watched: &Requests, group: &[usize]) -> Spot {
        let mean = |times: &[f64], places: &[usize]| {
            places.iter().map(|&place| times[place]).sum::<f64>() / places.len() as f64
        };
        let mut by_round: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for &place in group {
            by_round.entry(watched.requests[place].round).or_default().push(place);
        }
        let rounds = by_round.values().filter(|places| places.len() >= FEWEST);
        let rounds: Vec<f64> = rounds.map(|places| mean(&self.after, places)).collect();
        Spot { amount: mean(&self.before, group), rounds, scale: mean(&self.after, group) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_calling_takes_is_left_however_short_the_call() {
        let requests = (0..600).map(|place| Request { round: place / 100, ..Request::default() }).collect();
        let watched = Requests { functions: Vec::new(), requests };
        let before: Vec<f64> = (0..600_u32).map(|place| 1e-4 * f64::from(1 + place * 7 % 100)).collect();
        let after = before.iter().map(|seconds| 5e-5 + seconds / 20.0).collect();
        let left = Times { before, after }.left(&watched, Confidence::USUAL).unwrap();
        assert!((left.fixed - 5e-5).abs() < 1e-6 && (left.share - 0.05).abs() < 1e-3, "{left:?}");
    }

    #[test]
    fn requests_that_are_all_alike_tell_no_line() {
        let requests = vec![Request::default(); 600];
        let watched = Requests { functions: Vec::new(), requests };
        let times = Times { before: vec![1e-3; 600], after: vec![1e-4; 600] };
        assert_eq!(times.left(&watched, Confidence::USUAL), None);
    }
}
