//! Requests as a queue sees them, replayed: as they are, and with other service times.

use rustworthy_model::Estimate;

use super::faster::{FasterFunction, Resource};
use super::jobs::jobs;
use crate::latency::{P50, P99, observed, quantiles, stretches};
use crate::ranked::Ranked;
use crate::replay::{self, Job, Queue};
use crate::request::{Part, Request, Requests};
use crate::resample::Resamples;

/// By how much a replay may lie beyond the intervals of p50 and p99 that were observed, as a share of their ends; further away it
/// is no model of what was observed.
const TOLERANCE: f64 = 0.1;

/// Requests as a queue sees them, and what functions take of them.
///
/// Runs of the service as it is are replayed one by one, and their latencies are pooled: a stall of the machine that one of
/// them has met is no property of the service.
pub struct ReplayModel<'a> {
    pub(super) resamples: &'a Resamples,
    /// The requests in each run.
    pub(super) runs: Vec<Vec<Job>>,
    /// For each request the functions that it calls, as shares of its service.
    shares: Vec<Vec<ServiceShare>>,
    /// For each function those within all of whose calls it is called; a function that isn't here may be called by anything.
    nested: Vec<Vec<usize>>,
    /// Processor time of each request.
    pub(super) cpu: Vec<f64>,
    /// Without servers where nothing waits for anything: the next request follows the answer.
    pub(super) queue: Queue,
    /// The requests whose latency was observed.
    first: Option<&'a Requests>,
    /// Quantiles as they were observed.
    pub(super) observed: [f64; 4],
    /// Quantiles of a replay of what requests took when that was observed, with servers that are never late.
    bare: [f64; 4],
    /// Quantiles of the replay as things are.
    pub(super) replayed: [f64; 4],
    /// The same of every resample.
    pub(super) resampled: Vec<[f64; 4]>,
    /// By how much intervals of quantiles are stretched.
    pub(super) stretches: [f64; 4],
}

/// What a function takes of a request's service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ServiceShare {
    pub(super) function: usize,
    pub(super) exclusive: f64,
    pub(super) inclusive: f64,
    /// What of the inclusive time was on the processor.
    pub(super) processor: f64,
}

/// By how much a replay of things as they are is off: replayed over observed quantiles, less 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReplayError {
    /// That of the median.
    pub p50: f64,
    /// That of p99.
    pub p99: f64,
    /// How far the replay lies beyond the interval that was observed, as a share of the interval's nearer end, at the quantile
    /// where that is more; 0 within both.
    pub beyond: f64,
}

impl ReplayError {
    /// Whether the replay is near enough to what was observed to be a model of it: within the intervals of p50 and p99, which
    /// say how well these are known, or at most a tenth beyond.
    pub fn is_tolerable(self) -> bool {
        self.beyond <= TOLERANCE
    }
}

impl<'a> ReplayModel<'a> {
    /// A model of runs of the service as it is, of which the first has the latency that was observed; `timed` has the times of
    /// functions in the same requests.
    pub fn new(runs: &[&'a Requests], timed: &Requests, queue: Queue, resamples: &'a Resamples) -> Self {
        let others = runs.iter().cycle().skip(1);
        let first: &[Request] = runs.first().map_or(&[], |run| &run.requests);
        let mut model = Self {
            resamples,
            runs: runs.iter().zip(others).map(|(run, other)| jobs(run, other, queue.servers)).collect(),
            shares: timed.requests.iter().map(service_shares).collect(),
            nested: Vec::new(),
            cpu: timed.requests.iter().map(|request| request.cpu).collect(),
            queue,
            first: runs.first().copied(),
            observed: [0.0; 4],
            bare: [0.0; 4],
            replayed: [0.0; 4],
            resampled: Vec::new(),
            stretches: [1.0; 4],
        };
        let stretched = |first: &Requests| {
            let Ok(stretches) = Ranked::new(first, resamples).and_then(|ranked| stretches(&ranked));
            stretches
        };
        model.stretches = model.first.map_or(model.stretches, stretched);
        let bare = model.runs.iter().take(1).flatten().zip(first);
        let bare = bare.map(|(job, request)| Job { gap: job.gap, service: request.service(), ..Job::default() });
        let mut latencies = Vec::new();
        replay::latencies(bare, Queue { waking: 0.0, ..queue }, &mut latencies);
        model.bare = quantiles(&mut latencies);
        model.observed = quantiles(&mut first.iter().map(Request::latency).collect::<Vec<_>>());
        let services = model.services();
        model.replayed = model.quantiles(&services, 1.0);
        model.resampled =
            resamples.all().map(|indices| model.quantiles_of(indices.into_iter(), &services, 1.0)).collect();
        model
    }

    /// The same, with functions that are called within calls of others alone: what replaces those others replaces them too.
    #[must_use]
    pub fn nested(mut self, nested: Vec<Vec<usize>>) -> Self {
        self.nested = nested;
        self
    }

    /// Whether a function is called within calls of another alone.
    pub(super) fn is_within(&self, function: usize, other: usize) -> bool {
        self.nested.get(function).is_some_and(|others| others.contains(&other))
    }

    /// How well the queue alone explains what was observed. That servers were late is left out of this replay: it would
    /// explain whatever the queue doesn't.
    pub fn error(&self) -> ReplayError {
        let error = |quantile: usize| ratio(self.bare[quantile], self.observed[quantile]) - 1.0;
        let observed = |first: &Requests| {
            let Ok(intervals) = Ranked::new(first, self.resamples).and_then(|ranked| observed(&ranked));
            intervals
        };
        let intervals = self.first.map(observed).unwrap_or_default();
        let beyond = |quantile: usize| {
            let interval = intervals[quantile].unwrap_or(Estimate::exactly(self.observed[quantile]));
            let replayed = self.bare[quantile];
            ratio(replayed, replayed.clamp(interval.low, interval.high.max(interval.low))) - 1.0
        };
        ReplayError { p50: error(P50), p99: error(P99), beyond: beyond(P50).abs().max(beyond(P99).abs()) }
    }

    /// How many requests each run has.
    pub(super) fn requests(&self) -> usize {
        self.shares.len()
    }

    /// What functions take of a request's service, by the request's index.
    pub(super) fn shares(&self, request: usize) -> &[ServiceShare] {
        &self.shares[request]
    }

    /// By which factor the replay of things as they are is off at a quantile.
    pub(super) fn off(&self, quantile: usize) -> f64 {
        ratio(self.observed[quantile], self.replayed[quantile])
    }

    /// Quantiles as they are to be expected: those of the replay, moved by what the replay is off as things are.
    ///
    /// In heavy traffic latency goes as 1 / (1 − utilisation) (Kingman, "The single server queue in heavy traffic", 1961), so
    /// that what requests took a little longer moves the logarithm of latency by as much more as latency is larger: where less
    /// waits, the replay is off by as much less. Without a queue it is off by the same factor whatever is replayed.
    pub(super) fn moved(&self, replayed: [f64; 4], before: &[f64; 4]) -> [f64; 4] {
        let moved = |quantile: usize| {
            let lower = if self.queue.servers == 0 { 1.0 } else { ratio(replayed[quantile], before[quantile]) };
            replayed[quantile] * self.off(quantile).powf(lower.min(1.0))
        };
        std::array::from_fn(moved)
    }

    /// Quantiles to be expected of all requests with these service times.
    pub(super) fn projected(&self, services: &[Vec<f64>]) -> [f64; 4] {
        self.moved(self.quantiles(services, 1.0), &self.replayed)
    }

    /// Seconds that servers are busy with each request as things are, in each run.
    fn services(&self) -> Vec<Vec<f64>> {
        self.runs.iter().map(|jobs| jobs.iter().map(|job| job.service).collect()).collect()
    }

    /// Quantiles of a replay of all requests at so many times the load.
    pub(super) fn quantiles(&self, services: &[Vec<f64>], load: f64) -> [f64; 4] {
        self.quantiles_of(0..self.requests(), services, load)
    }

    /// Quantiles of a replay of the requests with these indices, which come so many times as fast.
    pub(super) fn quantiles_of(
        &self,
        indices: impl Iterator<Item = usize> + Clone,
        services: &[Vec<f64>],
        load: f64,
    ) -> [f64; 4] {
        let of_run = |(jobs, services): (&Vec<Job>, &Vec<f64>)| {
            let job = |index: usize| Job { gap: jobs[index].gap / load, service: services[index], ..jobs[index] };
            let jobs = indices.clone().map(job);
            let mut latencies = Vec::new();
            replay::latencies(jobs, self.queue, &mut latencies);
            latencies
        };
        quantiles(&mut self.runs.iter().zip(services).flat_map(of_run).collect::<Vec<_>>())
    }
}

/// How many times one time is another; nothing is nothing once.
pub(super) fn ratio(one: f64, other: f64) -> f64 {
    if one == other { 1.0 } else { one / other.max(f64::MIN_POSITIVE) }
}

/// What is saved of a request with such a service, by its index, if these functions are faster, each by that factor less.
pub(super) fn saved_of<'f>(
    of: Resource,
    request: usize,
    service: f64,
    shares: &[ServiceShare],
    faster: impl Iterator<Item = (&'f FasterFunction<'f>, f64)>,
) -> f64 {
    let saved = faster.map(|(one, slower)| {
        let share = shares.iter().find(|share| share.function == one.function);
        let share = share.map_or(0.0, |share| match (one.is_inclusive, of) {
            // Sleep is no function's own time.
            (false, _) => share.exclusive,
            (true, Resource::Time) => share.inclusive,
            (true, Resource::Processor) => share.processor,
        });
        let seconds = service * share;
        seconds - one.left(of, request, seconds, slower)
    });
    saved.sum()
}

/// What is left of a request's service of which so much is saved.
pub(super) fn left(service: f64, saved: f64) -> f64 {
    /// What is left below this share is what rounding left.
    const ROUNDING: f64 = 1e-12;
    let left = service - saved.min(service);
    if left < ROUNDING * service { 0.0 } else { left }
}

/// What functions take of a request's service: of their own sum, where only rounding makes that another.
///
/// A start and an end are rounded by more the later they are, so their difference isn't quite the time that a trace told.
pub(super) fn service_shares(request: &Request) -> Vec<ServiceShare> {
    let sum: f64 = request.parts.iter().map(|part| part.exclusive).sum();
    let rounding = 4.0 * f64::EPSILON * request.end.abs();
    let service = request.service();
    let service = if (service - sum).abs() <= rounding { sum } else { service }.max(f64::MIN_POSITIVE);
    let share = |seconds: f64| (seconds / service).min(1.0);
    let of_part = |part: &Part| ServiceShare {
        function: part.function as usize,
        exclusive: share(part.exclusive),
        inclusive: share(part.inclusive),
        processor: share((part.inclusive - part.asleep).max(0.0)),
    };
    request.parts.iter().map(of_part).collect()
}
