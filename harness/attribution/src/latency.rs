//! Quantiles of latency with their intervals, and its distribution.

use rustworthy_model::Estimate;
use rustworthy_model::attribution::{Class, Latency, Refusal};

use super::request::{Request, Requests};
use super::resample::Resamples;

/// Requests beyond a quantile without which nothing is said about it.
const FEWEST: f64 = 10.0;

/// The quantiles that results report, ascending.
pub(crate) const QUANTILES: [f64; 4] = [0.5, 0.9, 0.99, 0.999];
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

/// Why nothing is said about p99 of so many requests; `None` where there are enough.
pub fn refusal(requests: usize) -> Option<Refusal> {
    let needed = needed(QUANTILES[P99]);
    ((requests as u64) < needed).then(|| Refusal {
        reason: format!("{} of {requests} requests lie beyond p99, which tell too little of it", requests / 100),
        requests_needed: Some(needed),
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
pub fn latency(requests: &Requests, resamples: &Resamples) -> Latency {
    let [p50, p90, p99, p999] = observed(requests, resamples);
    let max = requests.requests.iter().map(Request::latency).fold(0.0, f64::max);
    Latency { p50, p90, p99, p999, max }
}

/// Observed quantiles of latency with intervals; those with too few requests are left out.
pub fn observed(requests: &Requests, resamples: &Resamples) -> [Option<Estimate>; 4] {
    let latency = |index: usize| requests.requests[index].latency();
    let mut all: Vec<f64> = (0..requests.requests.len()).map(latency).collect();
    let found = quantiles(&mut all);
    let mut resampled: [Vec<f64>; 4] = Default::default();
    for indices in resamples.all() {
        let mut drawn: Vec<f64> = indices.into_iter().map(latency).collect();
        for (resampled, value) in resampled.iter_mut().zip(quantiles(&mut drawn)) {
            resampled.push(value);
        }
    }
    std::array::from_fn(|quantile| {
        let enough = requests.requests.len() as u64 >= needed(QUANTILES[quantile]);
        enough.then(|| positive(resamples.around(found[quantile], &mut resampled[quantile], 1.0)))
    })
}

/// The estimate of something that can't be negative.
pub(crate) fn positive(estimate: Estimate) -> Estimate {
    estimate.within(0.0, f64::INFINITY)
}

/// Classes of latency, each a few per cent wide.
pub fn distribution(requests: &Requests) -> Vec<Class> {
    // These bounds and digits always are what the histogram takes.
    let Ok(mut histogram) = hdrhistogram::Histogram::<u64>::new_with_bounds(1, LONGEST_MICROS, DIGITS) else {
        return Vec::new();
    };
    for request in &requests.requests {
        histogram.saturating_record((request.latency() * 1e6).max(1.0) as u64);
    }
    histogram
        .iter_recorded()
        .map(|value| {
            let at = value.value_iterated_to();
            Class {
                from: histogram.lowest_equivalent(at) as f64 / 1e6,
                to: (histogram.highest_equivalent(at) + 1) as f64 / 1e6,
                requests: value.count_since_last_iteration(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustworthy_stats::Confidence;

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
        let found = |number| {
            let requests = ascending(number);
            latency(&requests, &Resamples::new(&requests, 1, Confidence::USUAL))
        };
        let few = found(999);
        assert!(few.p50.is_some() && few.p90.is_some() && few.p99.is_none() && few.p999.is_none());
        assert_eq!(refusal(999).and_then(|refusal| refusal.requests_needed), Some(1_000));
        let enough = found(1_000);
        assert!(enough.p99.is_some() && enough.p999.is_none() && (enough.max - 1.0).abs() < 1e-9);
        assert_eq!(refusal(1_000), None);
    }

    #[test]
    fn classes_of_latency_hold_every_request() {
        let classes = distribution(&ascending(500));
        assert_eq!(classes.iter().map(|class| class.requests).sum::<u64>(), 500);
        assert!(classes.windows(2).all(|pair| pair[0].to <= pair[1].from));
        assert!(classes.iter().all(|class| class.to / class.from < 1.05), "{classes:?}");
    }
}
