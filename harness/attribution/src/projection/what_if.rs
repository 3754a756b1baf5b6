//! Latency, processor time and load if functions took less time, or more.

use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use rustworthy_model::attribution::{Quantiles, Speedup, WhatIf};

use super::faster::{FasterFunction, Resource};
use super::model::{ReplayModel, left, ratio, saved_of};
use crate::latency::{P50, P99, P999, QUANTILES, needed, positive};
use crate::replay::Job;
use crate::request::{Request, Requests};

/// How far the load is raised at most in search of the p99 that there is now.
const HIGHEST_LOAD: f64 = 64.0;

/// How near to each other the loads are between which that p99 lies when the search ends, as a ratio.
const LOAD_PRECISION: f64 = 1.005;

/// What was found of every resample.
#[derive(Default)]
struct Resampled {
    quantiles: [Vec<f64>; 4],
    p99_change: Vec<f64>,
    cpu_saved: Vec<f64>,
}

impl Resampled {
    fn push_quantiles(&mut self, quantiles: [f64; 4]) {
        for (resampled, value) in self.quantiles.iter_mut().zip(quantiles) {
            resampled.push(value);
        }
    }
}

impl ReplayModel<'_> {
    /// What becomes of the service if these functions are faster; `speedup` is how the result calls that.
    pub fn what_if(&self, speedup: Speedup, faster: &[FasterFunction<'_>]) -> WhatIf {
        let fixed = self.reduced(faster, &vec![1.0; faster.len()]);
        let estimates = self.projected(&fixed);
        let processor = self.saved(Resource::Processor, faster, &vec![1.0; faster.len()]);
        let mut resampled = self.resampled(faster, &fixed, &processor);
        let around =
            |estimate: f64, values: &mut Vec<f64>, stretch: f64| self.resamples.around(estimate, values, stretch);
        let mut quantile = |quantile: usize| {
            let values = &mut resampled.quantiles[quantile];
            positive(around(estimates[quantile], values, self.stretches[quantile]))
        };
        let p99_change = ratio(estimates[P99], self.observed[P99]) - 1.0;
        WhatIf {
            speedup,
            p50: quantile(P50),
            p90: quantile(1),
            p99: quantile(P99),
            p999: (self.requests() as u64 >= needed(QUANTILES[P999])).then(|| quantile(P999)),
            p99_change: around(p99_change, &mut resampled.p99_change, self.stretches[P99]).within(-1.0, f64::INFINITY),
            cpu_saved: around(self.cpu_saved(0..self.requests(), &processor), &mut resampled.cpu_saved, 1.0)
                .within(f64::NEG_INFINITY, 1.0),
            load: self.load(&fixed),
        }
    }

    /// The same of every resample, each with speedups drawn from their intervals. With the estimated speedups service times are
    /// `fixed`, and `processor` is saved of the processor.
    fn resampled(&self, faster: &[FasterFunction<'_>], fixed: &[Vec<f64>], processor: &[Vec<f64>]) -> Resampled {
        let is_drawn = faster.iter().any(FasterFunction::is_uncertain);
        let mut random = Pcg64Mcg::seed_from_u64(1);
        let mut found = Resampled::default();
        for (indices, before) in self.resamples.all().zip(&self.resampled) {
            let drawn = is_drawn.then(|| {
                let draw = |one: &FasterFunction<'_>| one.draw_slower(self.resamples.confidence, &mut random);
                let slower: Vec<f64> = faster.iter().map(draw).collect();
                (self.reduced(faster, &slower), self.saved(Resource::Processor, faster, &slower))
            });
            let (services, processor) =
                drawn.as_ref().map_or((fixed, processor), |(services, processor)| (services, processor));
            let after = self.moved(self.quantiles_of(indices.iter().copied(), services, 1.0), before);
            found.push_quantiles(after);
            found.p99_change.push(ratio(after[P99], before[P99] * self.off(P99)) - 1.0);
            found.cpu_saved.push(self.cpu_saved(indices.into_iter(), processor));
        }
        found
    }

    /// Latency if a function took so many seconds longer at every call.
    pub fn delayed(&self, function: usize, delay: f64, timed: &Requests) -> Quantiles {
        let calls = |request: &Request| request.part(function).map_or(0.0, |part| f64::from(part.calls));
        let longer = |(job, request): (&Job, &Request)| job.service + delay * calls(request);
        let of_run = |jobs: &Vec<Job>| jobs.iter().zip(&timed.requests).map(longer).collect();
        let services: Vec<Vec<f64>> = self.runs.iter().map(of_run).collect();
        let estimates = self.projected(&services);
        let mut resampled = Resampled::default();
        for (indices, before) in self.resamples.all().zip(&self.resampled) {
            resampled.push_quantiles(self.moved(self.quantiles_of(indices.into_iter(), &services, 1.0), before));
        }
        let mut around = |quantile: usize| {
            let values = &mut resampled.quantiles[quantile];
            self.resamples.around(estimates[quantile], values, self.stretches[quantile])
        };
        Quantiles { p50: around(P50), p99: around(P99) }
    }

    /// Seconds that servers are busy with each request, in each run, if functions were faster, each by that factor less.
    pub(super) fn reduced(&self, faster: &[FasterFunction<'_>], slower: &[f64]) -> Vec<Vec<f64>> {
        let of_job = |(job, saved): (&Job, f64)| left(job.service, saved);
        let saved = self.saved(Resource::Time, faster, slower);
        self.runs.iter().zip(saved).map(|(jobs, saved)| jobs.iter().zip(saved).map(of_job).collect()).collect()
    }

    /// What is saved of each request, in each run.
    fn saved(&self, of: Resource, faster: &[FasterFunction<'_>], slower: &[f64]) -> Vec<Vec<f64>> {
        // What is replaced with all that it calls has the time of those within it already.
        let is_counted = |one: &FasterFunction<'_>| {
            faster.iter().any(|other| other.is_inclusive && self.is_within(one.function, other.function))
        };
        let counted: Vec<_> = faster.iter().zip(slower).filter(|(one, _)| !is_counted(one)).collect();
        let saved = |(request, job): (usize, &Job)| {
            let counted = counted.iter().map(|&(one, &slower)| (one, slower));
            saved_of(of, request, job.service, self.shares(request), counted)
        };
        let requests = self.requests();
        self.runs.iter().map(|jobs| jobs.iter().take(requests).enumerate().map(saved).collect()).collect()
    }

    /// The share of the processor time of the requests with these indices that is saved, of which each saves so many seconds.
    fn cpu_saved(&self, indices: impl Iterator<Item = usize>, seconds: &[Vec<f64>]) -> f64 {
        let (mut saved, mut all) = (0.0, 0.0);
        for request in indices {
            for (jobs, seconds) in self.runs.iter().zip(seconds) {
                let service = jobs[request].service;
                let cpu = if self.cpu[request] > 0.0 { self.cpu[request] } else { service };
                all += cpu;
                saved += seconds[request].min(service).min(cpu);
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
        while high / low > LOAD_PRECISION {
            let middle = f64::sqrt(low * high);
            if is_low(middle) { low = middle } else { high = middle }
        }
        Some(low)
    }
}
