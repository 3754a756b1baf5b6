//! Quantiles of latency with their intervals, and its distribution.

use std::collections::BTreeMap;

use rustworthy_model::Estimate;
use rustworthy_model::attribution::{Class, Latency, Refusal};
use rustworthy_stats::stretch;

use super::ranked::{Ranked, Summary};
use super::source::RequestSource;

/// Requests beyond a quantile without which nothing is said about it.
const FEWEST: f64 = 10.0;

/// The quantiles that results report, ascending.
pub(crate) const QUANTILES: [f64; 4] = [0.5, 0.9, 0.99, 0.999];
/// The same in thousandths.
pub(crate) const RANKS: [u32; 4] = [500, 900, 990, 999];
/// Index of the median among the quantiles that results report.
pub const P50: usize = 0;
/// Index of p99 among them.
pub const P99: usize = 2;
/// Index of p999 among them.
pub(crate) const P999: usize = 3;

/// Significant digits of the classes of latency.
const DIGITS: u8 = 2;

/// The longest latency that the distribution distinguishes from longer ones: a day in microseconds.
const LONGEST_MICROS: u64 = 86_400_000_000;

/// Fewest requests of which such a quantile can be reported.
pub(crate) fn needed(quantile: f64) -> u64 {
    (FEWEST / (1.0 - quantile)).round() as u64
}

/// Why nothing is said about p99 of these requests; `None` where there are enough.
pub fn refusal(summary: &Summary) -> Option<Refusal> {
    let needed = needed(QUANTILES[P99]);
    let Summary { requests: number, effective, .. } = *summary;
    (effective < needed as f64).then(|| {
        if !summary.is_weighted {
            let reason = format!("{} of {number} requests lie beyond p99, which tell too little of it", number / 100);
            return Refusal { reason, requests_needed: Some(needed) };
        }
        // As many of that kind as would tell enough.
        let alike = (needed as f64 * number as f64 / effective.max(1.0)).ceil() as u64;
        let reason = format!(
            "{number} requests of a sample, which stand for different numbers, tell as much as {effective:.0} that stand for \
             one each: too little of p99"
        );
        Refusal { reason, requests_needed: Some(alike) }
    })
}

/// The [`QUANTILES`] of latencies, which get out of order; zeros of none.
pub(crate) fn quantiles(latencies: &mut [f64]) -> [f64; 4] {
    let last = latencies.len().saturating_sub(1);
    let mut from = 0;
    QUANTILES.map(|quantile| {
        if latencies.is_empty() {
            return 0.0;
        }
        // The nearest rank, which a few selections find without a whole sort; each leaves larger ones to its right.
        let rank = ((quantile * latencies.len() as f64).ceil() as usize).saturating_sub(1).min(last);
        let (_, value, _) = latencies[from..].select_nth_unstable_by(rank - from, f64::total_cmp);
        from = rank;
        *value
    })
}

/// Quantiles of latency as it was observed, and the slowest request.
///
/// # Errors
/// When requests can't be read.
pub fn latency<S: RequestSource>(ranked: &Ranked<'_, S>) -> Result<Latency, S::Error> {
    let [p50, p90, p99, p999] = observed(ranked)?;
    Ok(Latency { p50, p90, p99, p999, max: ranked.summary.max })
}

/// Observed quantiles of latency with intervals; those with too few requests are left out.
///
/// # Errors
/// When requests can't be read.
pub fn observed<S: RequestSource>(ranked: &Ranked<'_, S>) -> Result<[Option<Estimate>; 4], S::Error> {
    let found = ranked.latencies(0, RANKS);
    let stretches = stretches(ranked)?;
    let mut resampled: [Vec<f64>; 4] = Default::default();
    for row in 1..ranked.counts.rows().len() {
        for (resampled, value) in resampled.iter_mut().zip(ranked.latencies(row, RANKS)) {
            resampled.push(value);
        }
    }
    Ok(std::array::from_fn(|quantile| {
        let enough = ranked.summary.effective >= needed(QUANTILES[quantile]) as f64;
        let resampled = &mut resampled[quantile];
        enough.then(|| positive(ranked.resamples.around(found[quantile], resampled, stretches[quantile])))
    }))
}

/// By how much intervals of the [`QUANTILES`] are stretched, those of projections too: a handful of blocks vary less among themselves
/// than they should, and all that is beyond a quantile may lie in a handful.
///
/// # Errors
/// When requests can't be read.
pub(crate) fn stretches<S: RequestSource>(ranked: &Ranked<'_, S>) -> Result<[f64; 4], S::Error> {
    let resamples = ranked.resamples;
    let found = ranked.latencies(0, RANKS);
    let mut beyond = [const { Vec::new() }; 4].map(|_: Vec<u64>| vec![0; resamples.blocks().len()]);
    let mut at = resamples.cursor();
    ranked.source.visit(|place, request| {
        let (latency, block) = (request.latency(), at.block(place));
        for (beyond, found) in beyond.iter_mut().zip(found) {
            beyond[block] += u64::from(latency > found);
        }
    })?;
    Ok(beyond.map(|beyond| stretch(resamples.spread(&beyond).max(3), resamples.confidence)))
}

/// The estimate of something that can't be negative.
pub(crate) fn positive(estimate: Estimate) -> Estimate {
    estimate.within(0.0, f64::INFINITY)
}

/// Classes of latency, each a few per cent wide, with how many requests those in it stand for.
///
/// # Errors
/// When requests can't be read.
pub fn distribution<S: RequestSource>(source: &S) -> Result<Vec<Class>, S::Error> {
    // These bounds and digits always are what the histogram takes.
    let Ok(histogram) = hdrhistogram::Histogram::<u64>::new_with_bounds(1, LONGEST_MICROS, DIGITS) else {
        return Ok(Vec::new());
    };
    // The histogram tells the classes alone: its counts are whole numbers, which weights needn't be.
    let mut classes: BTreeMap<u64, f64> = BTreeMap::new();
    source.visit(|_, request| {
        let micros = ((request.latency() * 1e6).max(1.0) as u64).min(histogram.high());
        *classes.entry(histogram.lowest_equivalent(micros)).or_default() += request.weight;
    })?;
    let class = |(from, requests): (u64, f64)| Class {
        from: from as f64 / 1e6,
        to: (histogram.highest_equivalent(from) + 1) as f64 / 1e6,
        requests: requests.round() as u64,
    };
    Ok(classes.into_iter().map(class).collect())
}

#[cfg(test)]
mod tests {
    use super::super::request::{Request, Requests};
    use super::super::resample::Resamples;
    use super::*;
    use rustworthy_stats::Confidence;

    /// What is said of the latency of requests, where its quantiles are, and why they may be refused.
    fn told(requests: &Requests) -> (Latency, [f64; 4], Option<Refusal>) {
        let Ok(resamples) = Resamples::new(requests, 1, Confidence::USUAL);
        let Ok(ranked) = Ranked::new(requests, &resamples);
        let Ok(latency) = latency(&ranked);
        (latency, ranked.latencies(0, RANKS), refusal(&ranked.summary))
    }

    /// Requests of 1, 2, 3, … milliseconds that don't wait.
    fn ascending(number: usize) -> Requests {
        let request = |index: usize| {
            let start = index as f64;
            Request { arrival: start, start, end: start + (index + 1) as f64 / 1e3, ..Request::default() }
        };
        Requests { functions: Vec::new(), requests: (0..number).map(request).collect() }
    }

    #[test]
    fn quantiles_are_those_of_the_nearest_rank() {
        let mut latencies: Vec<f64> = (1..=1_000).rev().map(f64::from).collect();
        assert_eq!(quantiles(&mut latencies), [500.0, 900.0, 990.0, 999.0]);
        assert_eq!(quantiles(&mut [7.0]), [7.0; 4]);
        assert_eq!(quantiles(&mut []), [0.0; 4]);
    }

    #[test]
    fn a_quantile_needs_ten_requests_beyond_it() {
        let (few, _, refused) = told(&ascending(999));
        assert!(few.p50.is_some() && few.p90.is_some() && few.p99.is_none() && few.p999.is_none());
        assert_eq!(refused.and_then(|refusal| refusal.requests_needed), Some(1_000));
        let (enough, _, refused) = told(&ascending(1_000));
        assert!(enough.p99.is_some() && enough.p999.is_none() && (enough.max - 1.0).abs() < 1e-9);
        assert_eq!(refused, None);
    }

    #[test]
    fn a_request_that_stands_for_others_counts_as_they_would() {
        // Of the odd ones nine of ten were dropped, at random; here the same one stands for ten.
        let weight = |index: usize| if index % 2 == 1 { 10 } else { 1 };
        let mut sampled = ascending(2_000);
        let mut all = Requests::default();
        for (index, request) in sampled.requests.iter_mut().enumerate() {
            request.weight = weight(index) as f64;
            all.requests.extend(vec![Request { weight: 1.0, ..request.clone() }; weight(index)]);
        }
        let number = all.requests.len();
        assert_eq!(told(&sampled).1, told(&all).1);
        let Ok(summary) = Summary::of(&sampled);
        assert_eq!(summary.represented, number as f64);
        // (10 + 1)² / (2 · (10² + 1²)) of each.
        assert!((summary.effective / 2_000.0 - 121.0 / 202.0).abs() < 1e-12);
        let refusal = |requests: usize| {
            let requests = Requests { requests: sampled.requests[..requests].to_vec(), ..Requests::default() };
            told(&requests).2.map(|refusal| refusal.requests_needed)
        };
        assert_eq!(refusal(2_000), None);
        assert_eq!(refusal(1_000), Some(Some(1_670)));
        let counted = |requests: &Requests| {
            let Ok(classes) = distribution(requests);
            classes.iter().map(|class| class.requests).collect::<Vec<_>>()
        };
        assert_eq!(counted(&sampled), counted(&all));
    }

    #[test]
    fn equal_weights_change_nothing() {
        let expected = told(&ascending(1_234)).1;
        for weight in [0.1, 10.0 / 3.0] {
            let mut weighted = ascending(1_234);
            weighted.requests.iter_mut().for_each(|request| request.weight = weight);
            assert_eq!(told(&weighted).1, expected);
        }
        assert_eq!(told(&Requests::default()).1, [0.0; 4]);
    }

    #[test]
    fn classes_of_latency_hold_every_request() {
        let Ok(classes) = distribution(&ascending(500));
        assert_eq!(classes.iter().map(|class| class.requests).sum::<u64>(), 500);
        assert!(classes.windows(2).all(|pair| pair[0].to <= pair[1].from));
        assert!(classes.iter().all(|class| class.to / class.from < 1.05), "{classes:?}");
    }
}
