//! What the latency of requests around a quantile is made of.

use rustworthy_model::Estimate;

use super::latency::needed;
use super::request::Requests;
use super::resample::Resamples;
use rustworthy_stats::stretch;

/// Requests between two quantiles of latency.
#[derive(Debug, Clone, Copy, PartialEq)]
struct LatencyBand {
    from: f64,
    to: f64,
}

/// Those around the median.
const AROUND_P50: LatencyBand = LatencyBand { from: 0.45, to: 0.55 };
/// Those around p99.
const AROUND_P99: LatencyBand = LatencyBand { from: 0.985, to: 0.995 };
/// The slowest 1 %.
const TOP: LatencyBand = LatencyBand { from: 0.99, to: 1.0 };

/// Places of requests from the fastest to the slowest.
struct ByLatency {
    places: Vec<usize>,
    /// Where some requests stand for more than others: how many those before each stand for, and half of itself.
    middles: Option<Vec<f64>>,
    /// How many they stand for together.
    all: f64,
}

impl ByLatency {
    fn of(requests: &Requests, mut places: Vec<usize>, is_weighted: bool) -> Self {
        let latency = |place: usize| requests.requests[place].latency();
        places.sort_by(|&one, &other| latency(one).total_cmp(&latency(other)));
        if !is_weighted {
            let all = places.len() as f64;
            return Self { places, middles: None, all };
        }
        let mut all = 0.0;
        let middle = |place: &usize| {
            let weight = requests.requests[*place].weight;
            all += weight;
            all - weight / 2.0
        };
        let middles = places.iter().map(middle).collect();
        Self { places, middles: Some(middles), all }
    }

    /// Those in a band: more than half of what each stands for is in it.
    fn band(&self, band: LatencyBand) -> &[usize] {
        let rank = |share: f64| match &self.middles {
            None => ((share * self.all).round() as usize).min(self.places.len()),
            Some(middles) => middles.partition_point(|middle| *middle <= share * self.all),
        };
        &self.places[rank(band.from)..rank(band.to)]
    }
}

/// Waiting and the functions of some requests, as shares of their latency, and in seconds per request.
#[derive(Debug, Clone, PartialEq)]
struct BandSums {
    latency: f64,
    waiting: f64,
    functions: Vec<f64>,
    /// The same with all that they call.
    inclusive: Vec<f64>,
    /// Of these off the processor.
    asleep: Vec<f64>,
    /// How many requests they stand for.
    requests: f64,
}

impl BandSums {
    fn of<'a>(requests: &Requests, places: impl Iterator<Item = &'a usize>) -> Self {
        let nothing = vec![0.0; requests.functions.len()];
        let mut sums = Self {
            latency: 0.0,
            waiting: 0.0,
            functions: nothing.clone(),
            inclusive: nothing.clone(),
            asleep: nothing,
            requests: 0.0,
        };
        for &place in places {
            let request = &requests.requests[place];
            let weight = request.weight;
            sums.latency += weight * request.latency();
            sums.waiting += weight * request.waiting();
            sums.requests += weight;
            for part in &request.parts {
                sums.functions[part.function as usize] += weight * part.exclusive;
                sums.inclusive[part.function as usize] += weight * part.inclusive;
                sums.asleep[part.function as usize] += weight * part.asleep;
            }
        }
        sums
    }

    /// Shares of latency, waiting after the functions. Rounding makes none more than all.
    fn shares(&self) -> impl Iterator<Item = f64> {
        self.functions.iter().chain([&self.waiting]).map(|time| (time / self.all()).min(1.0))
    }

    /// Shares of latency of the functions with all that they call.
    fn inclusive_shares(&self) -> impl Iterator<Item = f64> {
        self.inclusive.iter().map(|time| time / self.all())
    }

    /// Shares of latency for which the functions, with all that they call, were off the processor.
    fn asleep_shares(&self) -> impl Iterator<Item = f64> {
        self.asleep.iter().map(|time| time / self.all())
    }

    fn all(&self) -> f64 {
        if self.latency > 0.0 { self.latency } else { 1.0 }
    }

    /// Seconds per request of the functions.
    fn per_request(&self) -> impl Iterator<Item = f64> {
        let requests = self.requests.max(1.0);
        self.functions.iter().map(move |time| time / requests)
    }
}

/// Shares of the functions around the median, around p99 and of the slowest 1 %, each with that of waiting at its end, and
/// how much more time functions take in a request of the slowest than in one around the median.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shares {
    /// Empty with fewer than ten requests around the median.
    pub at_p50: Vec<Estimate>,
    /// Empty where the tail is too thin.
    pub at_p99: Vec<Estimate>,
    /// Those of functions with all that they call.
    pub inclusive_at_p99: Vec<Estimate>,
    /// Of these the shares off the processor.
    pub asleep_at_p99: Vec<Estimate>,
    /// Those of the slowest 1 % of requests.
    pub of_top: Vec<Estimate>,
    /// Seconds more in a request of the slowest 1 % than in one around the median.
    pub excess: Vec<Estimate>,
}

/// What is computed of a band, by its index among the bands.
#[derive(Debug, Clone, Copy, PartialEq)]
enum BandStatistic {
    /// Shares of latency of the functions and of waiting.
    Shares(usize),
    /// Shares of latency of the functions with all that they call.
    InclusiveShares(usize),
    /// Shares of latency for which these were off the processor.
    AsleepShares(usize),
    /// Seconds by which requests of it spend more in functions than those of the first band.
    Excess(usize),
}

/// Finds the shares, with intervals by resampling blocks of requests; none where fewer than ten lie around the median.
///
/// A handful of blocks vary less among themselves than they should; intervals are stretched as for the mean of as many as make
/// up the latency of a band.
pub fn shares(requests: &Requests, resamples: &Resamples) -> Shares {
    use BandStatistic::{AsleepShares, Excess, InclusiveShares, Shares as SharesOf};
    let number = requests.requests.len();
    let is_weighted = requests.is_weighted();
    let (bands, statistics): (&[LatencyBand], &[BandStatistic]) = match requests.effective() {
        thin if thin < needed(0.9) as f64 => return Shares::default(),
        thin if thin < needed(0.99) as f64 => (&[AROUND_P50], &[SharesOf(0)]),
        _ => (
            &[AROUND_P50, AROUND_P99, TOP],
            &[SharesOf(0), SharesOf(1), InclusiveShares(1), AsleepShares(1), SharesOf(2), Excess(2)],
        ),
    };
    let all = ByLatency::of(requests, (0..number).collect(), is_weighted);
    let effective = effective(requests, &all, bands, resamples);
    let found = values(requests, &all, bands, statistics);
    let mut resampled: Vec<Vec<Vec<f64>>> = found.iter().map(|values| vec![Vec::new(); values.len()]).collect();
    for places in resamples.all() {
        let drawn = values(requests, &ByLatency::of(requests, places, is_weighted), bands, statistics);
        for (resampled, values) in resampled.iter_mut().zip(drawn) {
            for (resampled, value) in resampled.iter_mut().zip(values) {
                resampled.push(value);
            }
        }
    }
    let mut estimates = statistics.iter().zip(found).zip(&mut resampled).map(|((statistic, values), resampled)| {
        let (SharesOf(band) | InclusiveShares(band) | AsleepShares(band) | Excess(band)) = *statistic;
        let stretch = stretch(effective[band].max(3), resamples.confidence);
        let rows = values.iter().zip(resampled).map(|(&value, resampled)| resamples.around(value, resampled, stretch));
        match statistic {
            Excess(_) => rows.collect(),
            _ => rows.map(as_share).collect(),
        }
    });
    let mut next = || estimates.next().unwrap_or_default();
    Shares {
        at_p50: next(),
        at_p99: next(),
        inclusive_at_p99: next(),
        asleep_at_p99: next(),
        of_top: next(),
        excess: next(),
    }
}

/// Of each band the number of blocks that make up its latency.
fn effective(requests: &Requests, sorted: &ByLatency, bands: &[LatencyBand], resamples: &Resamples) -> Vec<usize> {
    let latency = |&place: &usize| (place, requests.requests[place].weight * requests.requests[place].latency());
    bands.iter().map(|band| resamples.effective(sorted.band(*band).iter().map(latency))).collect()
}

/// Statistics of bands of requests, whose indices come in the order of their latency.
fn values(
    requests: &Requests,
    sorted: &ByLatency,
    bands: &[LatencyBand],
    statistics: &[BandStatistic],
) -> Vec<Vec<f64>> {
    let of_band = |band: &LatencyBand| BandSums::of(requests, sorted.band(*band).iter());
    let sums: Vec<BandSums> = bands.iter().map(of_band).collect();
    let value = |statistic: &BandStatistic| match *statistic {
        BandStatistic::Shares(band) => sums[band].shares().collect(),
        BandStatistic::InclusiveShares(band) => sums[band].inclusive_shares().collect(),
        BandStatistic::AsleepShares(band) => sums[band].asleep_shares().collect(),
        BandStatistic::Excess(band) => {
            sums[band].per_request().zip(sums[0].per_request()).map(|(last, first)| last - first).collect()
        }
    };
    statistics.iter().map(value).collect()
}

/// No share is less than nothing or more than all.
pub fn as_share(estimate: Estimate) -> Estimate {
    estimate.within(0.0, 1.0)
}

/// Edges of the bands in which the composition of latency is shown, from the fastest requests to the slowest.
const EDGES: [f64; 9] = [0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 1.0];

/// What the latency of neighbouring requests is made of, from the fastest to the slowest.
pub fn composition(requests: &Requests) -> Vec<rustworthy_model::attribution::Band> {
    let sorted = ByLatency::of(requests, (0..requests.requests.len()).collect(), requests.is_weighted());
    let band = |edges: &[f64]| {
        let [from, to] = edges else { return None };
        let own = sorted.band(LatencyBand { from: *from, to: *to });
        let sums = BandSums::of(requests, own.iter());
        let mut functions: Vec<f64> = sums.shares().collect();
        let waiting = functions.pop().unwrap_or_default();
        (!own.is_empty()).then(|| rustworthy_model::attribution::Band {
            from: *from,
            to: *to,
            requests: own.len() as u64,
            latency: sums.latency / sums.requests,
            waiting,
            functions,
        })
    };
    EDGES.windows(2).filter_map(band).collect()
}

#[cfg(test)]
mod tests {
    use super::super::request::{Function, Part, Request};
    use super::*;
    use rustworthy_stats::Confidence;

    /// Usual requests take 1 s, all of it in `a`; of twenty one takes 4 s, three of them in `b`; all wait for half a second.
    fn requests(number: usize) -> Requests {
        let function = |name: &str| Function { name: name.to_owned(), file: None, line: None };
        let request = |place: usize| {
            let slow = if place % 20 == 7 { 3.0 } else { 0.0 };
            let arrival = place as f64 * 10.0;
            let part = |function, exclusive, inclusive| Part { function, calls: 1, exclusive, inclusive, asleep: 0.0 };
            Request {
                arrival,
                start: arrival + 0.5,
                end: arrival + 1.5 + slow,
                parts: vec![part(0, 1.0, 1.0 + slow), part(1, slow, slow)],
                ..Request::default()
            }
        };
        Requests { functions: vec![function("a"), function("b")], requests: (0..number).map(request).collect() }
    }

    fn found(number: usize) -> Shares {
        let requests = requests(number);
        shares(&requests, &Resamples::new(&requests, 1, Confidence::USUAL))
    }

    #[test]
    fn body_and_tail_are_made_of_different_functions() {
        let Shares { at_p50, at_p99, inclusive_at_p99, of_top, excess, .. } = found(2_000);
        let estimates = |shares: &[Estimate]| shares.iter().map(|share| share.estimate).collect::<Vec<_>>();
        assert_eq!(estimates(&at_p50), [1.0 / 1.5, 0.0, 0.5 / 1.5]);
        assert_eq!(estimates(&at_p99), [1.0 / 4.5, 3.0 / 4.5, 0.5 / 4.5]);
        assert_eq!(estimates(&at_p99), estimates(&of_top));
        assert_eq!(estimates(&excess), [0.0, 3.0]);
        // The first calls the second.
        assert_eq!(estimates(&inclusive_at_p99), [4.0 / 4.5, 3.0 / 4.5]);
        assert!(at_p99.iter().all(|share| 0.0 <= share.low && share.low <= share.estimate && share.high <= 1.0));
    }

    #[test]
    fn a_thin_tail_is_not_told_of() {
        assert_eq!(needed(0.99), 1_000);
        let thin = found(999);
        assert!(thin.at_p99.is_empty() && thin.of_top.is_empty() && thin.excess.is_empty() && !thin.at_p50.is_empty());
        assert_eq!(found(99), Shares::default());
    }

    #[test]
    fn requests_that_stand_for_others_have_the_shares_that_they_would_have() {
        let all = requests(20_000);
        // Of the usual ones one of ten was kept, of the slow ones all.
        let is_slow = |place: &usize| place % 20 == 7;
        let kept = (0..20_000).filter(|place| is_slow(place) || place % 10 == 0);
        let weighted = |place: usize| {
            let weight = if is_slow(&place) { 1.0 } else { 9.5 };
            Request { weight, ..all.requests[place].clone() }
        };
        let sampled = Requests { functions: all.functions.clone(), requests: kept.map(weighted).collect() };
        let estimates = |requests: &Requests| {
            let found = shares(requests, &Resamples::new(requests, 1, Confidence::USUAL));
            [found.at_p50, found.at_p99, found.of_top, found.excess]
                .map(|shares| shares.iter().map(|share| share.estimate).collect::<Vec<_>>())
        };
        assert_eq!(estimates(&sampled), estimates(&all));
        assert_eq!(sampled.represented(), 20_000.0);
        let latency = |requests: &Requests| composition(requests).iter().map(|band| band.latency).collect::<Vec<_>>();
        for (sampled, all) in latency(&sampled).iter().zip(latency(&all)) {
            assert!((sampled / all - 1.0).abs() < 1e-3, "{sampled} {all}");
        }
    }

    #[test]
    fn composition_goes_from_the_fastest_to_the_slowest() {
        let bands = composition(&requests(2_000));
        assert_eq!((bands[0].from, bands[bands.len() - 1].to), (0.0, 1.0));
        assert_eq!(bands.iter().map(|band| band.requests).sum::<u64>(), 2_000);
        for band in bands {
            assert!((band.functions.iter().sum::<f64>() + band.waiting - 1.0).abs() < 1e-9, "{band:?}");
        }
    }
}
