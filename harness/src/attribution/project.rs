//! Latency if functions were faster: the same arrivals, through the same queue, with less to do.

use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use rustworthy_reports::Estimate;
use rustworthy_reports::attribution::{NamedSpeedup, Set, Speedup, WhatIf};
use statrs::distribution::{ContinuousCDF, Normal};

use super::replay::{self, Job, Queue, Stall};
use super::request::{Part, Request, Requests};
use super::resample::Resamples;
use super::shares::needed;
use crate::stats::quantile;

/// Most that a replay may be off at p50 and p99 before it's no model of what was observed.
const TOLERANCE: f64 = 0.1;

/// How many times as long as the same request in another run one takes that has met a stall of the machine. Processors that
/// change their speed make it up to 1.7.
const STALLED: f64 = 2.0;

/// How far the load is raised at most in search of the p99 that there is now.
const HIGHEST_LOAD: f64 = 64.0;

/// Functions that are chosen together at most.
const LARGEST_SET: usize = 5;

/// Requests that found a server idle, without which nothing is said about these.
const FEWEST: usize = 30;

/// Most that the next request of an idle server may take longer, as a share of what it took.
const WAKING: f64 = 0.5;

/// What a set has to lower p99 by, as a share, to be worth another function.
const WORTH_ADDING: f64 = 0.005;

/// The quantiles that are told.
const QUANTILES: [f64; 4] = [0.5, 0.9, 0.99, 0.999];
const P50: usize = 0;
const P99: usize = 2;

/// Requests as a queue sees them, and what functions take of them.
pub(super) struct Model<'a> {
    resamples: &'a Resamples,
    jobs: Vec<Job>,
    /// For each request the functions that it calls, as shares of its service.
    parts: Vec<Vec<Share>>,
    /// Processor time of each request.
    cpu: Vec<f64>,
    /// Without servers where nothing waits for anything: the next request follows the answer, or queues aren't known.
    queue: Queue,
    /// Quantiles as they were observed.
    observed: [f64; 4],
    /// Quantiles of a replay of what requests took, servers being there at once when they're free.
    bare: [f64; 4],
    /// Quantiles of the replay as things are.
    replayed: [f64; 4],
    /// The same of every resample.
    resampled: Vec<[f64; 4]>,
}

/// A function, and how much faster it gets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Faster {
    pub(super) function: usize,
    pub(super) gain: Gain,
}

/// How much faster a function gets: over all requests, and in one of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Gain {
    /// A factor, and how sure that is.
    pub(super) speedup: Estimate,
    /// What is left in each request.
    pub(super) left: Left,
}

/// What a function takes of a request's service.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Share {
    function: usize,
    exclusive: f64,
    inclusive: f64,
}

/// The seconds of a function that are left in a request in which it took some before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Left {
    /// Whether it's replaced with all that it calls; otherwise what it calls takes as long as before.
    pub(super) inclusive: bool,
    /// Seconds, however long it took.
    pub(super) fixed: f64,
    /// The share of what it took.
    pub(super) share: f64,
}

impl Faster {
    /// Exactly so many times.
    pub(super) fn times(function: usize, speedup: f64) -> Self {
        let speedup = Estimate { estimate: speedup, low: speedup, high: speedup };
        let left = Left { inclusive: false, fixed: 0.0, share: 1.0 / speedup.estimate };
        Self { function, gain: Gain { speedup, left } }
    }

    fn left(&self) -> (usize, Left) {
        (self.function, self.gain.left)
    }
}

impl Gain {
    /// The same in every request, of a function that is replaced with all that it calls.
    pub(super) fn of(speedup: Estimate) -> Self {
        Self { speedup, left: Left { inclusive: true, fixed: 0.0, share: 1.0 / speedup.estimate } }
    }
}

impl<'a> Model<'a> {
    /// Of requests as they were, and of the same requests with the times of functions in them, which may have been measured
    /// in another run.
    pub(super) fn new(plain: &Requests, parts: &Requests, queue: Queue, resamples: &'a Resamples) -> Self {
        let requests = &plain.requests;
        let mut jobs = Vec::with_capacity(requests.len());
        for ((place, request), server) in requests.iter().enumerate().zip(servers(plain, queue.servers)) {
            let again = parts.requests.get(place).map_or(f64::INFINITY, super::Request::service);
            let before =
                place.checked_sub(1).map(|place| &requests[place]).filter(|before| before.round == request.round);
            let gap = before.map_or(f64::INFINITY, |before| request.arrival - before.arrival);
            let waking = if server.was_idle { queue.waking.min(WAKING * request.service()) } else { 0.0 };
            let job = job(request, server.late, again, place);
            jobs.push(Job { gap, service: job.service - waking.min(WAKING * job.service), ..job });
        }
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
        let mut model = Self {
            resamples,
            jobs,
            parts: parts.requests.iter().map(of_request).collect(),
            cpu: parts.requests.iter().map(|request| request.cpu).collect(),
            queue,
            observed: quantiles(&mut requests.iter().map(Request::latency).collect::<Vec<_>>()),
            bare: [0.0; 4],
            replayed: [0.0; 4],
            resampled: Vec::new(),
        };
        let bare = model.jobs.iter().zip(requests);
        let bare = bare.map(|(job, request)| Job { service: request.service(), stall: None, ..*job });
        let mut latencies = Vec::new();
        replay::latencies(bare, Queue { waking: 0.0, ..queue }, &mut latencies);
        model.bare = quantiles(&mut latencies);
        let services: Vec<f64> = model.jobs.iter().map(|job| job.service).collect();
        model.replayed = model.quantiles(&services, 1.0);
        let replayed = |places: Vec<usize>| {
            replay::latencies(model.jobs_of(&places, &services, 1.0), queue, &mut latencies);
            quantiles(&mut latencies)
        };
        model.resampled = resamples.all().map(replayed).collect();
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
    pub(super) fn what_if(&self, speedup: Speedup, faster: &[Faster]) -> WhatIf {
        let fixed = self.reduced(faster.iter().map(Faster::left));
        let estimates = self.projected(&fixed);
        let is_drawn = faster.iter().any(|one| one.gain.speedup.low < one.gain.speedup.high);
        let mut random = Pcg64Mcg::seed_from_u64(1);
        let mut found: [Vec<f64>; 6] = Default::default();
        let mut latencies = Vec::new();
        for (places, before) in self.resamples.all().zip(&self.resampled) {
            let drawn = is_drawn.then(|| {
                let draw = |one: &Faster| (one.function, draw(one.gain, self.resamples, &mut random));
                self.reduced(faster.iter().map(draw).collect::<Vec<_>>().into_iter())
            });
            let reduced = drawn.as_ref().unwrap_or(&fixed);
            replay::latencies(self.jobs_of(&places, reduced, 1.0), self.queue, &mut latencies);
            let after = quantiles(&mut latencies);
            for place in 0..QUANTILES.len() {
                found[place].push(after[place] * self.off(place));
            }
            found[4].push(after[P99] / before[P99].max(f64::MIN_POSITIVE) - 1.0);
            found[5].push(self.cpu_saved(places.into_iter(), reduced));
        }
        let [p50, p90, p99, p999, change, saved] = &mut found;
        let around = |estimate: f64, values: &mut Vec<f64>| self.resamples.around(estimate, values, 1.0);
        WhatIf {
            speedup,
            p50: positive(around(estimates[0], p50)),
            p90: positive(around(estimates[1], p90)),
            p99: positive(around(estimates[2], p99)),
            p999: (self.jobs.len() as u64 >= needed(QUANTILES[3])).then(|| positive(around(estimates[3], p999))),
            p99_change: around(estimates[P99] / self.observed[P99].max(f64::MIN_POSITIVE) - 1.0, change),
            cpu_saved: around(self.cpu_saved(0..self.jobs.len(), &fixed), saved),
            load: self.load(&fixed),
        }
    }

    /// Sets of functions made faster together, each with the one more that lowers p99 most.
    pub(super) fn sets(&self, candidates: &[Faster], names: &[String]) -> Vec<Set> {
        let mut chosen: Vec<Faster> = Vec::new();
        let mut sets = Vec::new();
        let mut before = self.observed[P99];
        while chosen.len() < LARGEST_SET {
            let left = candidates.iter().filter(|one| chosen.iter().all(|other| other.function != one.function));
            let with = |one: &Faster| {
                let set = chosen.iter().chain([one]).map(Faster::left);
                self.projected(&self.reduced(set))[P99]
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
    fn projected(&self, services: &[f64]) -> [f64; 4] {
        let replayed = self.quantiles(services, 1.0);
        std::array::from_fn(|place| replayed[place] * self.off(place))
    }

    /// Latency at the median and at p99 if a function took so much longer at every call.
    pub(super) fn delayed(&self, function: usize, delay: f64, parts: &Requests) -> (Estimate, Estimate) {
        let calls = |request: &Request| -> f64 {
            let parts = request.parts.iter();
            parts.filter(|part| part.function as usize == function).map(|part| f64::from(part.calls)).sum()
        };
        let services: Vec<f64> =
            self.jobs.iter().zip(&parts.requests).map(|(job, request)| job.service + delay * calls(request)).collect();
        let found = self.projected(&services);
        let mut resampled: [Vec<f64>; 2] = Default::default();
        let mut latencies = Vec::new();
        for places in self.resamples.all() {
            replay::latencies(self.jobs_of(&places, &services, 1.0), self.queue, &mut latencies);
            let found = quantiles(&mut latencies);
            resampled[0].push(found[P50] * self.off(P50));
            resampled[1].push(found[P99] * self.off(P99));
        }
        let [p50, p99] = &mut resampled;
        (self.resamples.around(found[P50], p50, 1.0), self.resamples.around(found[P99], p99, 1.0))
    }

    /// Quantiles of a replay of all requests.
    fn quantiles(&self, services: &[f64], load: f64) -> [f64; 4] {
        let jobs = self.jobs.iter().zip(services).map(|(job, &service)| Job { gap: job.gap / load, service, ..*job });
        let mut latencies = Vec::new();
        replay::latencies(jobs, self.queue, &mut latencies);
        quantiles(&mut latencies)
    }

    fn jobs_of<'b>(&'b self, places: &'b [usize], services: &'b [f64], load: f64) -> impl Iterator<Item = Job> + 'b {
        places.iter().map(move |&place| {
            let job = self.jobs[place];
            Job { gap: job.gap / load, service: services[place], ..job }
        })
    }

    /// Seconds that servers are busy with each request if that were left of functions.
    fn reduced(&self, faster: impl Iterator<Item = (usize, Left)>) -> Vec<f64> {
        let mut lefts: Vec<Option<Left>> = Vec::new();
        for (function, left) in faster {
            lefts.resize(lefts.len().max(function + 1), None);
            lefts[function] = Some(left);
        }
        let saved = |service: f64, parts: &[Share]| -> f64 {
            let saved = parts.iter().map(|part| {
                let left = lefts.get(part.function).copied().flatten()?;
                let share = if left.inclusive { part.inclusive } else { part.exclusive };
                Some(share * service * (1.0 - left.share) - left.fixed)
            });
            saved.flatten().sum()
        };
        let jobs = self.jobs.iter().zip(&self.parts);
        jobs.map(|(job, parts)| job.service - saved(job.service, parts).min(job.service)).collect()
    }

    fn cpu_saved(&self, places: impl Iterator<Item = usize>, services: &[f64]) -> f64 {
        let (mut saved, mut all) = (0.0, 0.0);
        for place in places {
            let service = self.jobs[place].service;
            let cpu = if self.cpu[place] > 0.0 { self.cpu[place] } else { service };
            all += cpu;
            saved += (service - services[place]).min(cpu);
        }
        if all > 0.0 { saved / all } else { 0.0 }
    }

    /// By which factor the load could rise until p99 is what it is as things are.
    fn load(&self, services: &[f64]) -> Option<f64> {
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

/// A request as a queue sees it: what is due to the machine rather than to the request is told apart. That is when a server
/// that was free turned to it late; and when it took far longer than the same request did `again`.
fn job(request: &Request, delay: f64, again: f64, place: usize) -> Job {
    let service = request.service();
    let (service, stalled) = if service > STALLED * again { (again, service - again) } else { (service, 0.0) };
    let begin = request.start - delay - request.arrival;
    let stall = if stalled > 0.0 {
        // Nobody knows when; spread evenly, as multiples of the golden ratio are.
        let share = (place as f64 * 0.618_033_988_749_895).fract();
        Some(Stall { after: begin + delay + share * service, length: stalled + delay })
    } else {
        (delay > 0.0).then_some(Stall { after: begin, length: delay })
    };
    Job { gap: 0.0, service, stall }
}

/// What became of the server that took a request.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Server {
    /// Seconds from when it was free and the request was there until it turned to it.
    pub(super) late: f64,
    /// Whether it had nothing to do before.
    pub(super) was_idle: bool,
}

/// The servers that took the requests, of so many.
pub(super) fn servers(plain: &Requests, servers: usize) -> Vec<Server> {
    let mut round = None;
    let mut ends = vec![0.0_f64; servers];
    let server = |request: &Request| {
        if round.replace(request.round) != Some(request.round) {
            ends.fill(f64::NEG_INFINITY);
        }
        // The one that is free first takes it.
        let Some(free) = ends.iter_mut().min_by(|one, other| one.total_cmp(other)) else { return Server::default() };
        let late = (request.start - request.arrival.max(*free)).max(0.0);
        let was_idle = *free < request.arrival;
        *free = request.end;
        Server { late, was_idle }
    };
    plain.requests.iter().map(server).collect()
}

/// Seconds that a server which was idle takes longer for the next request: the median by which such requests take longer in
/// the service as it is than where each follows the answer to the one before, less the same of requests that had to wait.
/// Nothing where too few of either kind are known.
pub(super) fn waking(plain: &Requests, busy: &Requests, count: usize) -> f64 {
    let mut differences: [Vec<f64>; 2] = Default::default();
    let pairs = plain.requests.iter().zip(&busy.requests);
    for ((plain, busy), server) in pairs.zip(servers(plain, count)) {
        differences[usize::from(server.was_idle)].push(plain.service() - busy.service());
    }
    let [queued, idle] = differences.map(|mut differences| {
        differences.sort_unstable_by(f64::total_cmp);
        quantile(&differences, 0.5).filter(|_| differences.len() >= FEWEST)
    });
    idle.map_or(0.0, |idle| (idle - queued.unwrap_or_default()).max(0.0))
}

/// What is left at a speedup within its interval, as likely as it is to be the true one; the logarithm is taken to be normal.
fn draw(gain: Gain, resamples: &Resamples, random: &mut Pcg64Mcg) -> Left {
    use rand::RngExt;
    let Gain { speedup: Estimate { estimate, low, high }, left } = gain;
    if !(estimate.is_finite() && low > 0.0 && low < high) {
        return left;
    }
    let normal = Normal::standard();
    let reach = normal.inverse_cdf(f64::midpoint(1.0, resamples.confidence.level()));
    let away = normal.inverse_cdf(random.random_range(1e-9..1.0 - 1e-9)) / reach;
    let side = if away < 0.0 { estimate / low } else { high / estimate };
    let slower = 1.0 / side.powf(away);
    Left { fixed: left.fixed * slower, share: left.share * slower, ..left }
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
        let (median, tail, accepted) = Model::new(&requests, &requests, ONE, &resamples).errors();
        assert!(median.abs() < 1e-9 && tail.abs() < 1e-9 && accepted, "{median} {tail}");
        // Two servers would not have let them wait so long.
        assert!(!Model::new(&requests, &requests, Queue { servers: 2, ..ONE }, &resamples).errors().2);
    }

    /// At 0.8 the queue multiplies what is saved: with two thirds of the work gone, a request of M/M/1 takes 1/11 of what it
    /// took, and the load could more than double. Without a queue it takes a third.
    #[test]
    fn what_is_saved_is_saved_in_the_queue_too() {
        let requests = requests(0.8);
        let resamples = Resamples::new(&requests, 1, Confidence::USUAL);
        let infinite = Speedup::Named(NamedSpeedup::Infinite);
        let queued = Model::new(&requests, &requests, ONE, &resamples);
        let found = queued.what_if(infinite, &[Faster::times(1, f64::INFINITY)]);
        assert!((found.cpu_saved.estimate - 2.0 / 3.0).abs() < 1e-9, "{found:?}");
        assert!((-0.96..-0.85).contains(&found.p99_change.estimate), "{found:?}");
        assert!(
            found.p99_change.low <= found.p99_change.estimate && found.p99_change.estimate <= found.p99_change.high
        );
        assert!(found.load.is_some_and(|load| (2.0..4.0).contains(&load)), "{found:?}");
        let alone = Model::new(&requests, &requests, Queue::default(), &resamples);
        let found = alone.what_if(infinite, &[Faster::times(1, f64::INFINITY)]);
        assert_eq!(found.load, None);
        // The model is told that nothing waits, so what it projects starts from what was observed.
        assert!((found.p99_change.estimate + 2.0 / 3.0).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn sets_grow_by_what_lowers_p99_most() {
        let requests = requests(0.6);
        let resamples = Resamples::new(&requests, 1, Confidence::USUAL);
        let model = Model::new(&requests, &requests, ONE, &resamples);
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
        let model = Model::new(&requests, &requests, ONE, &resamples);
        let width = |low, high| {
            let gain = Gain::of(Estimate { estimate: 3.0, low, high });
            let found = model.what_if(Speedup::Named(NamedSpeedup::Measured), &[Faster { function: 1, gain }]);
            found.p99.high - found.p99.low
        };
        assert!(width(1.2, 9.0) > width(3.0, 3.0));
    }
}
