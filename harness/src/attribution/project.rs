//! Latency if functions were faster: the same arrivals, through the same queue, with less to do.

use rustworthy_reports::Estimate;
use rustworthy_reports::attribution::{NamedSpeedup, Set, Speedup, WhatIf};
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use statrs::distribution::{ContinuousCDF, Normal};

use super::replay::{self, Job};
use super::request::Requests;
use super::resample::Resamples;
use super::shares::needed;

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
pub(super) struct Model<'a> {
    resamples: &'a Resamples,
    jobs: Vec<Job>,
    /// For each request the functions that it calls, and which share of its service each takes.
    parts: Vec<Vec<(usize, f64)>>,
    /// Processor time of each request.
    cpu: Vec<f64>,
    /// 0 where nothing waits for anything: the next request follows the answer, or queues aren't known.
    servers: usize,
    /// Quantiles as they were observed.
    observed: [f64; 4],
    /// Quantiles of the replay as things are.
    replayed: [f64; 4],
}

/// A function, and how much faster it gets: a factor, and how sure that is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Faster {
    pub(super) function: usize,
    pub(super) speedup: Estimate,
}

impl Faster {
    /// Exactly so many times.
    pub(super) fn times(function: usize, speedup: f64) -> Self {
        Self { function, speedup: Estimate { estimate: speedup, low: speedup, high: speedup } }
    }
}

impl<'a> Model<'a> {
    /// Of requests as they were, and of the same requests with the times of functions in them, which may have been measured
    /// in another run.
    pub(super) fn new(plain: &Requests, parts: &Requests, servers: usize, resamples: &'a Resamples) -> Self {
        let requests = &plain.requests;
        let mut jobs = Vec::with_capacity(requests.len());
        for ((place, request), delay) in requests.iter().enumerate().zip(delays(plain, servers)) {
            let before = place.checked_sub(1).map(|place| &requests[place]).filter(|before| before.round == request.round);
            let gap = before.map_or(f64::INFINITY, |before| request.arrival - before.arrival);
            // Who needs the processor for longer is kept off it by others for longer.
            jobs.push(Job { gap, service: request.service() + delay });
        }
        let of_request = |request: &super::Request| {
            let service = request.service().max(f64::MIN_POSITIVE);
            request.parts.iter().map(|part| (part.function as usize, (part.exclusive / service).min(1.0))).collect()
        };
        let mut model = Self {
            resamples,
            jobs,
            parts: parts.requests.iter().map(of_request).collect(),
            cpu: parts.requests.iter().map(|request| request.cpu).collect(),
            servers,
            observed: quantiles(&mut requests.iter().map(super::Request::latency).collect::<Vec<_>>()),
            replayed: [0.0; 4],
        };
        model.replayed = model.quantiles(&[], 1.0);
        model
    }

    /// Replayed over observed at p50 and p99, less 1, and whether both are near enough.
    pub(super) fn errors(&self) -> (f64, f64, bool) {
        let error = |place: usize| self.replayed[place] / self.observed[place].max(f64::MIN_POSITIVE) - 1.0;
        let (median, tail) = (error(P50), error(P99));
        (median, tail, median.abs() <= TOLERANCE && tail.abs() <= TOLERANCE)
    }

    /// Latency if these functions were faster.
    pub(super) fn what_if(&self, speedup: Speedup, faster: &[Faster]) -> WhatIf {
        let fixed: Vec<(usize, f64)> = faster.iter().map(|one| (one.function, one.speedup.estimate)).collect();
        let estimates = self.projected(&fixed);
        let mut random = Pcg64Mcg::seed_from_u64(1);
        let mut found: [Vec<f64>; 6] = Default::default();
        let mut latencies = Vec::new();
        for places in self.resamples.all() {
            let drawn: Vec<(usize, f64)> =
                faster.iter().map(|one| (one.function, draw(one.speedup, self.resamples, &mut random))).collect();
            replay::latencies(self.replayable(&places, &[], 1.0), self.servers, &mut latencies);
            let before = quantiles(&mut latencies);
            replay::latencies(self.replayable(&places, &drawn, 1.0), self.servers, &mut latencies);
            let after = quantiles(&mut latencies);
            for place in 0..QUANTILES.len() {
                found[place].push(after[place] * self.observed[place] / self.replayed[place]);
            }
            found[4].push(after[P99] / before[P99].max(f64::MIN_POSITIVE) - 1.0);
            found[5].push(self.cpu_saved(places.into_iter(), &drawn));
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
                let set: Vec<(usize, f64)> =
                    chosen.iter().chain([one]).map(|one| (one.function, one.speedup.estimate)).collect();
                self.projected(&set)[P99]
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

    /// Quantiles as they're to be expected: those of the replay, moved by what the replay is off as things are.
    fn projected(&self, faster: &[(usize, f64)]) -> [f64; 4] {
        let replayed = self.quantiles(faster, 1.0);
        std::array::from_fn(|place| {
            replayed[place] * self.observed[place] / self.replayed[place].max(f64::MIN_POSITIVE)
        })
    }

    /// Latency if a function took so much longer at every call.
    pub(super) fn delayed(&self, function: usize, delay: f64, parts: &Requests) -> (Estimate, Estimate) {
        let calls = |place: usize| -> f64 {
            let parts = parts.requests[place].parts.iter();
            parts.filter(|part| part.function as usize == function).map(|part| f64::from(part.calls)).sum()
        };
        let job = |&place: &usize| Job { service: self.jobs[place].service + delay * calls(place), ..self.jobs[place] };
        let mut latencies = Vec::new();
        let all: Vec<usize> = (0..self.jobs.len()).collect();
        replay::latencies(all.iter().map(job), self.servers, &mut latencies);
        let found = quantiles(&mut latencies);
        let mut resampled: [Vec<f64>; 2] = Default::default();
        for places in self.resamples.all() {
            replay::latencies(places.iter().map(job), self.servers, &mut latencies);
            let found = quantiles(&mut latencies);
            resampled[0].push(found[P50] * self.observed[P50] / self.replayed[P50]);
            resampled[1].push(found[P99] * self.observed[P99] / self.replayed[P99]);
        }
        let [p50, p99] = &mut resampled;
        let estimate = |place: usize, values: &mut Vec<f64>| {
            self.resamples.around(found[place] * self.observed[place] / self.replayed[place], values, 1.0)
        };
        (estimate(P50, p50), estimate(P99, p99))
    }

    /// Quantiles of a replay of all requests.
    fn quantiles(&self, faster: &[(usize, f64)], load: f64) -> [f64; 4] {
        let places: Vec<usize> = (0..self.jobs.len()).collect();
        let mut latencies = Vec::new();
        replay::latencies(self.replayable(&places, faster, load), self.servers, &mut latencies);
        quantiles(&mut latencies)
    }

    fn replayable<'b>(
        &'b self,
        places: &'b [usize],
        faster: &'b [(usize, f64)],
        load: f64,
    ) -> impl Iterator<Item = Job> + 'b {
        places.iter().map(move |&place| {
            let job = self.jobs[place];
            Job { gap: job.gap / load, service: job.service * (1.0 - self.saved(place, faster)) }
        })
    }

    /// Which share of a request's service is saved.
    fn saved(&self, place: usize, faster: &[(usize, f64)]) -> f64 {
        let of = |function: usize| faster.iter().find(|(faster, _)| *faster == function).map(|(_, speedup)| *speedup);
        let parts = self.parts[place].iter();
        parts.filter_map(|&(function, share)| Some(share * (1.0 - 1.0 / of(function)?))).sum::<f64>().min(1.0)
    }

    fn cpu_saved(&self, places: impl Iterator<Item = usize>, faster: &[(usize, f64)]) -> f64 {
        let (mut saved, mut all) = (0.0, 0.0);
        for place in places {
            let cpu = if self.cpu[place] > 0.0 { self.cpu[place] } else { self.jobs[place].service };
            all += cpu;
            saved += (self.saved(place, faster) * self.jobs[place].service).min(cpu);
        }
        if all > 0.0 { saved / all } else { 0.0 }
    }

    /// By which factor the load could rise until p99 is what it is as things are.
    fn load(&self, faster: &[(usize, f64)]) -> Option<f64> {
        if self.servers == 0 {
            return None;
        }
        let is_low = |load: f64| self.quantiles(faster, load)[P99] <= self.replayed[P99];
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

/// From when a server was free and a request was there until the server turned to it.
pub(super) fn delays(plain: &Requests, servers: usize) -> Vec<f64> {
    let mut round = None;
    let mut ends = vec![0.0_f64; servers];
    let delay = |request: &super::Request| {
        if round.replace(request.round) != Some(request.round) {
            ends.fill(f64::NEG_INFINITY);
        }
        // The one that is free first takes it.
        let Some(free) = ends.iter_mut().min_by(|one, other| one.total_cmp(other)) else { return 0.0 };
        let delay = (request.start - request.arrival.max(*free)).max(0.0);
        *free = request.end;
        delay
    };
    plain.requests.iter().map(delay).collect()
}

/// A speedup within its interval, as likely as it is to be the true one; the logarithm is taken to be normal.
fn draw(speedup: Estimate, resamples: &Resamples, random: &mut Pcg64Mcg) -> f64 {
    use rand::RngExt;
    let Estimate { estimate, low, high } = speedup;
    if !(estimate.is_finite() && low > 0.0 && low < high) {
        return estimate;
    }
    let normal = Normal::standard();
    let reach = normal.inverse_cdf(f64::midpoint(1.0, resamples.confidence.level()));
    let away = normal.inverse_cdf(random.random_range(1e-9..1.0 - 1e-9)) / reach;
    let side = if away < 0.0 { estimate / low } else { high / estimate };
    estimate * side.powf(away)
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
