//! Latency if functions were faster: the same arrivals, through the same queue, with less to do.

mod jobs;

use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use rustworthy_model::Estimate;
use rustworthy_model::attribution::{NamedSpeedup, Set, Speedup, WhatIf};

use super::replay::{self, Job, Queue};
use super::request::{Part, Request, Requests};
use super::resample::Resamples;
use super::shares::needed;
use crate::stats::normal_quantile;
pub(super) use jobs::{servers, waking};

/// Most that a replay may be off at p50 and p99 before it's no model of what was observed.
const TOLERANCE: f64 = 0.1;

/// How far the load is raised at most in search of the p99 that there is now.
const HIGHEST_LOAD: f64 = 64.0;

/// Functions that are chosen together at most.
const LARGEST_SET: usize = 5;

/// What a set has to lower p99 by, as a share, to be worth another function.
const WORTH_ADDING: f64 = 0.005;

/// The quantiles that are told.
const QUANTILES: [f64; 4] = [0.5, 0.9, 0.99, 0.999];
const P50: usize = 0;
const P99: usize = 2;

/// Requests as a queue sees them, and what functions take of them.
///
/// Runs of the service as it is are replayed one by one, and what they give is told together: a stall of the machine that
/// one has met is no property of the service.
pub(super) struct Model<'a> {
    resamples: &'a Resamples,
    /// The requests in each run.
    runs: Vec<Vec<Job>>,
    /// For each request the functions that it calls, as shares of its service.
    parts: Vec<Vec<Share>>,
    /// Processor time of each request.
    cpu: Vec<f64>,
    /// Without servers where nothing waits for anything: the next request follows the answer, or queues aren't known.
    queue: Queue,
    /// Quantiles as they were observed.
    observed: [f64; 4],
    /// Quantiles of a replay of what requests took when that was observed, servers being there at once when they're free.
    bare: [f64; 4],
    /// Quantiles of the replay as things are.
    replayed: [f64; 4],
    /// The same of every resample.
    resampled: Vec<[f64; 4]>,
}

/// A function, and how much faster it gets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Faster<'a> {
    pub(super) function: usize,
    /// Whether it's replaced with all that it calls; otherwise what it calls takes as long as before.
    pub(super) is_inclusive: bool,
    /// A factor over all requests, and how sure that is.
    pub(super) speedup: Estimate,
    /// Seconds that were measured of what stands in its place, in each request; otherwise all requests get faster alike.
    pub(super) after: Option<&'a [f64]>,
}

/// What a function takes of a request's service.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Share {
    function: usize,
    exclusive: f64,
    inclusive: f64,
}

impl Faster<'_> {
    /// Exactly so many times.
    pub(super) fn times(function: usize, speedup: f64) -> Self {
        let speedup = Estimate { estimate: speedup, low: speedup, high: speedup };
        Self { function, is_inclusive: false, speedup, after: None }
    }

    /// Seconds that are left of those of a request, by its place, where the speedup is by that factor less.
    fn left(&self, place: usize, seconds: f64, slower: f64) -> f64 {
        let measured = self.after.and_then(|after| after.get(place));
        slower * measured.copied().unwrap_or(seconds / self.speedup.estimate)
    }
}

impl<'a> Model<'a> {
    /// Of runs of the requests as they are, the first of which tells what is observed, and of the times of functions in them.
    pub(super) fn new(runs: &[&Requests], parts: &Requests, queue: Queue, resamples: &'a Resamples) -> Self {
        let of_request = |request: &Request| {
            let service = request.service().max(f64::MIN_POSITIVE);
            let share = |seconds: f64| (seconds / service).min(1.0);
            let parts = request.parts.iter();
            let of_part = |part: &Part| Share {
                function: part.function as usize,
                exclusive: share(part.exclusive),
                inclusive: share(part.inclusive),
            };
            parts.map(of_part).collect()
        };
        let others = runs.iter().cycle().skip(1);
        let first: &[Request] = runs.first().map_or(&[], |run| &run.requests);
        let mut model = Self {
            resamples,
            runs: runs.iter().zip(others).map(|(run, other)| jobs::jobs(run, other, queue.servers)).collect(),
            parts: parts.requests.iter().map(of_request).collect(),
            cpu: parts.requests.iter().map(|request| request.cpu).collect(),
            queue,
            observed: quantiles(&mut first.iter().map(Request::latency).collect::<Vec<_>>()),
            bare: [0.0; 4],
            replayed: [0.0; 4],
            resampled: Vec::new(),
        };
        let bare = model.runs.iter().take(1).flatten().zip(first);
        let bare = bare.map(|(job, request)| Job { gap: job.gap, service: request.service(), ..Job::default() });
        let mut latencies = Vec::new();
        replay::latencies(bare, Queue { waking: 0.0, ..queue }, &mut latencies);
        model.bare = quantiles(&mut latencies);
        let services = model.services();
        model.replayed = model.quantiles(&services, 1.0);
        model.resampled =
            resamples.all().map(|places| model.quantiles_of(places.into_iter(), &services, 1.0)).collect();
        model
    }

    /// Replayed over observed at p50 and p99, less 1, and whether both are near enough. That servers were late is no part of
    /// this replay: it would explain whatever the queue doesn't.
    pub(super) fn errors(&self) -> (f64, f64, bool) {
        let error = |place: usize| self.bare[place] / self.observed[place].max(f64::MIN_POSITIVE) - 1.0;
        let (median, tail) = (error(P50), error(P99));
        (median, tail, median.abs() <= TOLERANCE && tail.abs() <= TOLERANCE)
    }

    /// Latency if these functions were faster.
    pub(super) fn what_if(&self, speedup: Speedup, faster: &[Faster<'_>]) -> WhatIf {
        let fixed = self.reduced(faster, &vec![1.0; faster.len()]);
        let estimates = self.projected(&fixed);
        let is_drawn = faster.iter().any(|one| one.speedup.low < one.speedup.high);
        let mut random = Pcg64Mcg::seed_from_u64(1);
        let mut found: [Vec<f64>; 6] = Default::default();
        for (places, before) in self.resamples.all().zip(&self.resampled) {
            let drawn = is_drawn.then(|| {
                let slower: Vec<f64> =
                    faster.iter().map(|one| draw(one.speedup, self.resamples, &mut random)).collect();
                self.reduced(faster, &slower)
            });
            let reduced = drawn.as_ref().unwrap_or(&fixed);
            let after = self.moved(self.quantiles_of(places.iter().copied(), reduced, 1.0), before);
            for (found, after) in found.iter_mut().zip(after) {
                found.push(after);
            }
            found[4].push(after[P99] / (before[P99] * self.off(P99)).max(f64::MIN_POSITIVE) - 1.0);
            found[5].push(self.cpu_saved(places.into_iter(), reduced));
        }
        let [p50, p90, p99, p999, change, saved] = &mut found;
        let around = |estimate: f64, values: &mut Vec<f64>| self.resamples.around(estimate, values, 1.0);
        WhatIf {
            speedup,
            p50: positive(around(estimates[0], p50)),
            p90: positive(around(estimates[1], p90)),
            p99: positive(around(estimates[2], p99)),
            p999: (self.parts.len() as u64 >= needed(QUANTILES[3])).then(|| positive(around(estimates[3], p999))),
            p99_change: around(estimates[P99] / self.observed[P99].max(f64::MIN_POSITIVE) - 1.0, change),
            cpu_saved: around(self.cpu_saved(0..self.parts.len(), &fixed), saved),
            load: self.load(&fixed),
        }
    }

    /// Sets of functions made faster together, each with the one more that lowers p99 most.
    pub(super) fn sets(&self, candidates: &[Faster<'_>], names: &[String]) -> Vec<Set> {
        let mut chosen: Vec<Faster<'_>> = Vec::new();
        let mut sets = Vec::new();
        let mut before = self.observed[P99];
        while chosen.len() < LARGEST_SET {
            let left = candidates.iter().filter(|one| chosen.iter().all(|other| other.function != one.function));
            let with = |one: &Faster<'_>| {
                let set: Vec<Faster<'_>> = chosen.iter().chain([one]).copied().collect();
                self.projected(&self.reduced(&set, &vec![1.0; set.len()]))[P99]
            };
            let best = left.map(|one| (with(one), *one)).min_by(|one, other| one.0.total_cmp(&other.0));
            let Some((p99, best)) = best.filter(|(p99, _)| *p99 < before * (1.0 - WORTH_ADDING)) else { break };
            before = p99;
            chosen.push(best);
            sets.push(Set {
                functions: chosen.iter().map(|one| names[one.function].clone()).collect(),
                what_if: self.what_if(Speedup::Named(NamedSpeedup::Measured), &chosen),
            });
        }
        sets
    }

    /// By which factor the replay of things as they are is off at a quantile.
    fn off(&self, place: usize) -> f64 {
        self.observed[place] / self.replayed[place].max(f64::MIN_POSITIVE)
    }

    /// Quantiles as they're to be expected: those of the replay, moved by what the replay is off as things are.
    ///
    /// In heavy traffic latency goes as 1 / (1 − utilisation) (Kingman, "The single server queue in heavy traffic", 1961), so
    /// that what requests took a little longer moves the logarithm of latency by as much more as latency is larger: where less
    /// waits, the replay is off by as much less. Without a queue it's off by the same factor whatever is replayed.
    fn moved(&self, replayed: [f64; 4], before: &[f64; 4]) -> [f64; 4] {
        let moved = |place: usize| {
            let ratio =
                if self.queue.servers == 0 { 1.0 } else { replayed[place] / before[place].max(f64::MIN_POSITIVE) };
            replayed[place] * self.off(place).powf(ratio.min(1.0))
        };
        std::array::from_fn(moved)
    }

    fn projected(&self, services: &[Vec<f64>]) -> [f64; 4] {
        self.moved(self.quantiles(services, 1.0), &self.replayed)
    }

    /// Latency at the median and at p99 if a function took so much longer at every call.
    pub(super) fn delayed(&self, function: usize, delay: f64, parts: &Requests) -> (Estimate, Estimate) {
        let calls = |request: &Request| -> f64 {
            let parts = request.parts.iter();
            parts.filter(|part| part.function as usize == function).map(|part| f64::from(part.calls)).sum()
        };
        let longer = |(job, request): (&Job, &Request)| job.service + delay * calls(request);
        let of_run = |jobs: &Vec<Job>| jobs.iter().zip(&parts.requests).map(longer).collect();
        let services: Vec<Vec<f64>> = self.runs.iter().map(of_run).collect();
        let found = self.projected(&services);
        let mut resampled: [Vec<f64>; 2] = Default::default();
        for (places, before) in self.resamples.all().zip(&self.resampled) {
            let found = self.moved(self.quantiles_of(places.into_iter(), &services, 1.0), before);
            resampled[0].push(found[P50]);
            resampled[1].push(found[P99]);
        }
        let [p50, p99] = &mut resampled;
        (self.resamples.around(found[P50], p50, 1.0), self.resamples.around(found[P99], p99, 1.0))
    }

    /// Seconds that servers are busy with each request as things are, in each run.
    fn services(&self) -> Vec<Vec<f64>> {
        self.runs.iter().map(|jobs| jobs.iter().map(|job| job.service).collect()).collect()
    }

    /// Quantiles of a replay of all requests.
    fn quantiles(&self, services: &[Vec<f64>], load: f64) -> [f64; 4] {
        self.quantiles_of(0..self.parts.len(), services, load)
    }

    /// Quantiles of a replay of these requests, which come so many times as fast.
    fn quantiles_of(&self, places: impl Iterator<Item = usize> + Clone, services: &[Vec<f64>], load: f64) -> [f64; 4] {
        let of_run = |(jobs, services): (&Vec<Job>, &Vec<f64>)| {
            let job = |place: usize| Job { gap: jobs[place].gap / load, service: services[place], ..jobs[place] };
            let jobs = places.clone().map(job);
            let mut latencies = Vec::new();
            replay::latencies(jobs, self.queue, &mut latencies);
            latencies
        };
        quantiles(&mut self.runs.iter().zip(services).flat_map(of_run).collect::<Vec<f64>>())
    }

    /// Seconds that servers are busy with each request, in each run, if functions were faster, but by such a factor less.
    fn reduced(&self, faster: &[Faster<'_>], slower: &[f64]) -> Vec<Vec<f64>> {
        let saved = |place: usize, service: f64| -> f64 {
            let saved = faster.iter().zip(slower).map(|(one, &slower)| {
                let part = self.parts[place].iter().find(|part| part.function == one.function);
                let share = part.map_or(0.0, |part| if one.is_inclusive { part.inclusive } else { part.exclusive });
                let seconds = service * share;
                seconds - one.left(place, seconds, slower)
            });
            saved.sum()
        };
        let of_job = |(place, job): (usize, &Job)| job.service - saved(place, job.service).min(job.service);
        let places = self.parts.len();
        self.runs.iter().map(|jobs| jobs.iter().take(places).enumerate().map(of_job).collect()).collect()
    }

    fn cpu_saved(&self, places: impl Iterator<Item = usize>, services: &[Vec<f64>]) -> f64 {
        let (mut saved, mut all) = (0.0, 0.0);
        for place in places {
            for (jobs, services) in self.runs.iter().zip(services) {
                let service = jobs[place].service;
                let cpu = if self.cpu[place] > 0.0 { self.cpu[place] } else { service };
                all += cpu;
                saved += (service - services[place]).min(cpu);
            }
        }
        if all > 0.0 { saved / all } else { 0.0 }
    }

    /// By which factor the load could rise until p99 is what it is as things are.
    fn load(&self, services: &[Vec<f64>]) -> Option<f64> {
        if self.queue.servers == 0 {
            return None;
        }
        let is_low = |load: f64| self.quantiles(services, load)[P99] <= self.replayed[P99];
        if !is_low(1.0) || is_low(HIGHEST_LOAD) {
            return None;
        }
        let (mut low, mut high) = (1.0, HIGHEST_LOAD);
        while high / low > 1.005 {
            let middle = f64::sqrt(low * high);
            if is_low(middle) { low = middle } else { high = middle }
        }
        Some(low)
    }
}

/// How many times less than estimated a speedup within its interval is, as likely as it is to be the true one; the logarithm
/// is taken to be normal.
fn draw(speedup: Estimate, resamples: &Resamples, random: &mut Pcg64Mcg) -> f64 {
    use rand::RngExt;
    let Estimate { estimate, low, high } = speedup;
    if !(estimate.is_finite() && low > 0.0 && low < high) {
        return 1.0;
    }
    let reach = normal_quantile(f64::midpoint(1.0, resamples.confidence.level()));
    let away = normal_quantile(random.random_range(1e-9..1.0 - 1e-9)) / reach;
    let side = if away < 0.0 { estimate / low } else { high / estimate };
    side.powf(-away)
}

fn quantiles(latencies: &mut [f64]) -> [f64; 4] {
    let last = latencies.len().saturating_sub(1);
    let mut from = 0;
    std::array::from_fn(|place| {
        if latencies.is_empty() {
            return 0.0;
        }
        // The nearest rank, which a few selections find without a whole sort; each leaves larger ones to its right.
        let rank = ((QUANTILES[place] * latencies.len() as f64).ceil() as usize).saturating_sub(1).min(last);
        let (_, value, _) = latencies[from..].select_nth_unstable_by(rank - from, f64::total_cmp);
        from = rank;
        *value
    })
}

fn positive(estimate: Estimate) -> Estimate {
    Estimate { low: estimate.low.max(0.0), ..estimate }
}

/// Observed quantiles of latency with intervals, those with too few requests left out.
pub(super) fn observed(requests: &Requests, resamples: &Resamples) -> [Option<Estimate>; 4] {
    let latency = |place: usize| requests.requests[place].latency();
    let mut all: Vec<f64> = (0..requests.requests.len()).map(latency).collect();
    let found = quantiles(&mut all);
    let mut resampled: [Vec<f64>; 4] = Default::default();
    for places in resamples.all() {
        let mut drawn: Vec<f64> = places.into_iter().map(latency).collect();
        for (resampled, value) in resampled.iter_mut().zip(quantiles(&mut drawn)) {
            resampled.push(value);
        }
    }
    std::array::from_fn(|place| {
        let enough = requests.requests.len() as u64 >= needed(QUANTILES[place]);
        enough.then(|| positive(resamples.around(found[place], &mut resampled[place], 1.0)))
    })
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::super::request::Function;
    use super::*;
    use crate::stats::Confidence;

    const ONE: Queue = Queue { servers: 1, waking: 0.0 };

    /// Two functions take a third and two thirds of requests that one server handles, at that utilisation.
    fn requests(utilization: f64) -> Requests {
        let mut random = Pcg64Mcg::seed_from_u64(7);
        let mut exponential = |mean: f64| -mean * (1.0 - random.random::<f64>()).ln();
        let (mut arrival, mut free) = (0.0, 0.0_f64);
        let function = |name: &str| Function { name: name.to_owned(), file: None, line: None };
        let request = |_| {
            arrival += exponential(1.0 / utilization);
            let service = exponential(1.0);
            let start = free.max(arrival);
            free = start + service;
            let part = |(function, share): (u32, f64)| Part {
                function,
                calls: 1,
                exclusive: share * service,
                inclusive: share * service,
            };
            let parts = [(0, 1.0 / 3.0), (1, 2.0 / 3.0)].map(part).to_vec();
            Request { round: 0, arrival, start, end: free, cpu: service, failed: false, parts }
        };
        Requests { functions: vec![function("short"), function("long")], requests: (0..4000).map(request).collect() }
    }

    #[test]
    fn the_replay_gives_what_was_observed() {
        let requests = requests(0.8);
        let resamples = Resamples::new(&requests, 1, Confidence::USUAL);
        let (median, tail, accepted) = Model::new(&[&requests], &requests, ONE, &resamples).errors();
        assert!(median.abs() < 1e-9 && tail.abs() < 1e-9 && accepted, "{median} {tail}");
        // Two servers would not have let them wait so long.
        assert!(!Model::new(&[&requests], &requests, Queue { servers: 2, ..ONE }, &resamples).errors().2);
    }

    /// At 0.8 the queue multiplies what is saved: with two thirds of the work gone, a request of M/M/1 takes 1/11 of what it
    /// took, and the load could more than double. Without a queue it takes a third.
    #[test]
    fn what_is_saved_is_saved_in_the_queue_too() {
        let requests = requests(0.8);
        let resamples = Resamples::new(&requests, 1, Confidence::USUAL);
        let infinite = Speedup::Named(NamedSpeedup::Infinite);
        let queued = Model::new(&[&requests], &requests, ONE, &resamples);
        let found = queued.what_if(infinite, &[Faster::times(1, f64::INFINITY)]);
        assert!((found.cpu_saved.estimate - 2.0 / 3.0).abs() < 1e-9, "{found:?}");
        assert!((-0.96..-0.85).contains(&found.p99_change.estimate), "{found:?}");
        assert!(
            found.p99_change.low <= found.p99_change.estimate && found.p99_change.estimate <= found.p99_change.high
        );
        assert!(found.load.is_some_and(|load| (2.0..4.0).contains(&load)), "{found:?}");
        let alone = Model::new(&[&requests], &requests, Queue::default(), &resamples);
        let found = alone.what_if(infinite, &[Faster::times(1, f64::INFINITY)]);
        assert_eq!(found.load, None);
        // The model is told that nothing waits, so what it projects starts from what was observed.
        assert!((found.p99_change.estimate + 2.0 / 3.0).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn sets_grow_by_what_lowers_p99_most() {
        let requests = requests(0.6);
        let resamples = Resamples::new(&requests, 1, Confidence::USUAL);
        let model = Model::new(&[&requests], &requests, ONE, &resamples);
        let names = ["short".to_owned(), "long".to_owned()];
        let sets = model.sets(&[Faster::times(0, 10.0), Faster::times(1, 10.0)], &names);
        let chosen: Vec<&[String]> = sets.iter().map(|set| set.functions.as_slice()).collect();
        assert_eq!(chosen, [&["long".to_owned()][..], &["long".to_owned(), "short".to_owned()][..]]);
        assert!(sets[1].what_if.p99.estimate < sets[0].what_if.p99.estimate);
    }

    #[test]
    fn a_speedup_that_is_not_sure_widens_what_is_projected() {
        let requests = requests(0.6);
        let resamples = Resamples::new(&requests, 1, Confidence::USUAL);
        let model = Model::new(&[&requests], &requests, ONE, &resamples);
        let width = |low, high| {
            let faster = Faster { speedup: Estimate { estimate: 3.0, low, high }, ..Faster::times(1, 3.0) };
            let found = model.what_if(Speedup::Named(NamedSpeedup::Measured), &[faster]);
            found.p99.high - found.p99.low
        };
        assert!(width(1.2, 9.0) > width(3.0, 3.0));
    }

    #[test]
    fn what_comes_up_in_other_requests_than_before_is_added_to_these() {
        let requests = requests(0.6);
        let resamples = Resamples::new(&requests, 1, Confidence::USUAL);
        let model = Model::new(&[&requests], &requests, Queue::default(), &resamples);
        let after = vec![0.25; requests.requests.len()];
        let nowhere = Faster { after: Some(&after), ..Faster::times(9, 1.0) };
        let found = model.what_if(Speedup::Named(NamedSpeedup::Measured), &[nowhere]);
        let (all, sum) = (requests.requests.len() as f64, requests.requests.iter().map(Request::service).sum::<f64>());
        assert!((found.cpu_saved.estimate + 0.25 * all / sum).abs() < 1e-9, "{found:?}");
    }

    /// What stands in a function's place is known for each request: those that gain nothing keep what they took, however
    /// fast the others get.
    #[test]
    fn what_was_measured_in_a_functions_place_counts_request_by_request() {
        let requests = requests(0.6);
        let resamples = Resamples::new(&requests, 1, Confidence::USUAL);
        let model = Model::new(&[&requests], &requests, Queue::default(), &resamples);
        let long = |request: &Request| request.parts[1].inclusive;
        let median = observed(&requests, &resamples)[P50].expect("enough requests").estimate;
        let is_long = |request: &&Request| request.service() > median;
        let after = |request: &Request| if is_long(&request) { long(request) } else { 0.0 };
        let after: Vec<f64> = requests.requests.iter().map(after).collect();
        let sum: f64 = requests.requests.iter().map(long).sum();
        let speedup = sum / after.iter().sum::<f64>();
        let alike = Faster { is_inclusive: true, ..Faster::times(1, speedup) };
        let what_if = |faster| model.what_if(Speedup::Named(NamedSpeedup::Measured), &[faster]);
        let (found, alike) = (what_if(Faster { after: Some(&after), ..alike }), what_if(alike));
        assert!((found.cpu_saved.estimate - (1.0 - 1.0 / speedup) * 2.0 / 3.0).abs() < 1e-9, "{found:?}");
        // The long ones are as they were, and p99 is theirs.
        assert!((found.p99_change.estimate).abs() < 1e-9 && alike.p99_change.estimate < -0.1, "{found:?} {alike:?}");
    }
}
