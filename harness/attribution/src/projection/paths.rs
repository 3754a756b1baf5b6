//! Latency of requests of traces if functions were faster: each takes as much less as these take on its critical path, since a trace
//! doesn't tell what waited in a queue.

use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use rustworthy_model::attribution::{NamedSpeedup, Set, Speedup, WhatIf};

use super::faster::{FasterFunction, Resource};
use super::model::{ServiceShare, left, ratio, saved_of, service_shares};
use super::sets::{LARGEST_SET, WORTH_ADDING};
use crate::latency::{P50, P99, P999, QUANTILES, RANKS, needed, positive, stretches};
use crate::ranked::Ranked;
use crate::ranks::{Edge, Of, TOGETHER, edges};
use crate::request::Request;
use crate::source::RequestSource;

/// Functions that get faster together, and how the result calls that.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// How the result calls it.
    pub speedup: Speedup,
    /// The functions.
    pub faster: Vec<FasterFunction<'a>>,
}

/// Requests that wait for nobody.
pub struct PathModel<'a, S> {
    ranked: &'a Ranked<'a, S>,
}

/// Requests with functions faster, by factors less than estimated.
struct Variant<'a> {
    case: usize,
    of: Of,
    faster: Vec<(&'a FasterFunction<'a>, f64)>,
}

impl<'a> Variant<'a> {
    /// One with functions as much faster as estimated.
    fn exactly(case: usize, of: Of, faster: &'a [FasterFunction<'a>]) -> Self {
        Self { case, of, faster: faster.iter().map(|one| (one, 1.0)).collect() }
    }

    /// Seconds that are saved of a request. What is replaced still waits for the services that it calls.
    fn saved(&self, place: usize, service: f64, shares: &[ServiceShare]) -> f64 {
        saved_of(Resource::Processor, place, service, shares, self.faster.iter().copied())
    }
}

impl<'a, S: RequestSource> PathModel<'a, S> {
    /// A model of requests of traces.
    pub fn new(ranked: &'a Ranked<'a, S>) -> Self {
        Self { ranked }
    }

    /// What becomes of the requests in each case.
    ///
    /// # Errors
    /// When requests can't be read.
    pub fn what_ifs(&self, cases: &[Case<'_>]) -> Result<Vec<WhatIf>, S::Error> {
        let variants: Vec<Variant<'_>> =
            cases.iter().enumerate().flat_map(|(place, case)| self.variants(place, case)).collect();
        let mut latencies: Vec<Vec<[f64; 4]>> = vec![Vec::new(); cases.len()];
        for (variant, rows) in variants.iter().zip(self.latencies(&variants, &RANKS)?) {
            latencies[variant.case].extend(rows.iter().map(|row| std::array::from_fn(|rank| row[rank].value)));
        }
        let saved = self.saved(&variants, cases.len())?;
        let stretches = stretches(self.ranked)?;
        let cases = cases.iter().zip(latencies).zip(saved);
        Ok(cases.map(|((case, latencies), saved)| self.what_if(case, &latencies, &saved, stretches)).collect())
    }

    /// Sets of functions made faster together: each adds the one that lowers p99 most.
    ///
    /// # Errors
    /// When requests can't be read.
    pub fn sets(&self, candidates: &[FasterFunction<'_>]) -> Result<Vec<Set>, S::Error> {
        let mut chosen: Vec<Case<'_>> = Vec::new();
        let mut before = self.ranked.edge(0, RANKS[P99]).value;
        while chosen.len() < LARGEST_SET {
            let last = chosen.last().map_or(&[][..], |case| &case.faster);
            let left = candidates.iter().filter(|one| last.iter().all(|other| other.function != one.function));
            let tried: Vec<Vec<FasterFunction<'_>>> =
                left.map(|one| last.iter().chain([one]).copied().collect()).collect();
            let variants: Vec<Variant<'_>> = tried.iter().map(|faster| Variant::exactly(0, Of::All, faster)).collect();
            let p99s = self.latencies(&variants, &RANKS[P99..=P99])?;
            let best = p99s.iter().map(|rows| rows[0][0].value).zip(&tried);
            let best = best.min_by(|one, other| one.0.total_cmp(&other.0));
            let Some((p99, best)) = best.filter(|(p99, _)| *p99 < before * (1.0 - WORTH_ADDING)) else { break };
            before = p99;
            chosen.push(Case { speedup: Speedup::Named(NamedSpeedup::Measured), faster: best.clone() });
        }
        let names = self.ranked.source.functions();
        let named = |case: &Case<'_>| case.faster.iter().map(|one| names[one.function].name.clone()).collect();
        let sets = chosen.iter().map(named).zip(self.what_ifs(&chosen)?);
        Ok(sets.map(|(functions, what_if)| Set { functions, what_if }).collect())
    }

    /// A case, of all and of every resample; one by one where each resample has speedups of its own, drawn from their intervals.
    fn variants<'v>(&self, case: usize, of: &'v Case<'v>) -> Vec<Variant<'v>> {
        if !of.faster.iter().any(FasterFunction::is_uncertain) {
            return vec![Variant::exactly(case, Of::Every, &of.faster)];
        }
        let mut random = Pcg64Mcg::seed_from_u64(1);
        let confidence = self.ranked.resamples.confidence;
        let drawn = |resample| {
            let faster = of.faster.iter().map(|one| (one, one.draw_slower(confidence, &mut random))).collect();
            Variant { case, of: Of::Resample(resample), faster }
        };
        let drawn: Vec<Variant<'v>> = (0..self.ranked.counts.resamples()).map(drawn).collect();
        [Variant::exactly(case, Of::All, &of.faster)].into_iter().chain(drawn).collect()
    }

    /// Where ranks lie among the latencies of each variant.
    fn latencies(&self, variants: &[Variant<'_>], ranks: &[u32]) -> Result<Vec<Vec<Vec<Edge>>>, S::Error> {
        let Ranked { source, resamples, counts, .. } = self.ranked;
        let mut found = Vec::new();
        for some in variants.chunks(TOGETHER) {
            let of: Vec<Of> = some.iter().map(|variant| variant.of).collect();
            let value = |place: usize, request: &Request, values: &mut [f64]| {
                let (service, shares) = (request.service(), service_shares(request));
                for (value, variant) in values.iter_mut().zip(some) {
                    *value = left(request.latency(), variant.saved(place, service, &shares));
                }
            };
            found.extend(edges(*source, resamples, counts, &of, ranks, value)?);
        }
        Ok(found)
    }

    /// In each case the share of the time of all requests that is saved, and of those of every resample.
    fn saved(&self, variants: &[Variant<'_>], cases: usize) -> Result<Vec<Vec<f64>>, S::Error> {
        let Ranked { source, resamples, counts, .. } = self.ranked;
        let rows = counts.rows();
        let mut all = vec![0.0; rows.len()];
        let mut saved = vec![vec![0.0; rows.len()]; cases];
        let rows_of: Vec<Vec<usize>> = variants.iter().map(|variant| variant.of.rows(counts.resamples())).collect();
        let mut at = resamples.cursor();
        source.visit(|place, request| {
            let (service, shares, block) = (request.service(), service_shares(request), at.block(place));
            for (row, times) in rows.iter().enumerate() {
                all[row] += f64::from(times[block]) * request.weight * service;
            }
            for (variant, of) in variants.iter().zip(&rows_of) {
                let seconds = variant.saved(place, service, &shares).min(service);
                for row in of {
                    saved[variant.case][*row] += f64::from(rows[*row][block]) * request.weight * seconds;
                }
            }
        })?;
        let share = |(saved, all): (&f64, &f64)| if *all > 0.0 { saved / all } else { 0.0 };
        Ok(saved.iter().map(|saved| saved.iter().zip(&all).map(share).collect()).collect())
    }

    /// What becomes of all requests, the first, and of every resample.
    fn what_if(&self, case: &Case<'_>, latencies: &[[f64; 4]], saved: &[f64], stretches: [f64; 4]) -> WhatIf {
        let resamples = self.ranked.resamples;
        let before = |row: usize| self.ranked.edge(row, RANKS[P99]).value;
        let change = |row: usize| ratio(latencies[row][P99], before(row)) - 1.0;
        let around = |of: &dyn Fn(usize) -> f64, stretch: f64| {
            resamples.around(of(0), &mut (1..latencies.len()).map(of).collect::<Vec<f64>>(), stretch)
        };
        let quantile = |quantile: usize| positive(around(&|row| latencies[row][quantile], stretches[quantile]));
        WhatIf {
            speedup: case.speedup,
            p50: quantile(P50),
            p90: quantile(1),
            p99: quantile(P99),
            p999: (self.ranked.summary.effective >= needed(QUANTILES[P999]) as f64).then(|| quantile(P999)),
            p99_change: around(&change, stretches[P99]).within(-1.0, f64::INFINITY),
            cpu_saved: around(&|row| saved[row], 1.0).within(f64::NEG_INFINITY, 1.0),
            load: None,
        }
    }
}
