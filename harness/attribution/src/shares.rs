//! What the latency of requests around a quantile is made of.

use rustworthy_model::Estimate;
use rustworthy_model::attribution::Band;
use rustworthy_stats::stretch;

use super::latency::needed;
use super::ranked::Ranked;
use super::request::Request;
use super::source::RequestSource;

/// Requests between two quantiles of latency, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq)]
struct LatencyBand {
    from: u32,
    to: u32,
}

/// Those around the median.
const AROUND_P50: LatencyBand = LatencyBand { from: 450, to: 550 };
/// Those around p99.
const AROUND_P99: LatencyBand = LatencyBand { from: 985, to: 995 };
/// The slowest 1 %.
const TOP: LatencyBand = LatencyBand { from: 990, to: 1_000 };

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
    fn new(functions: usize) -> Self {
        let nothing = vec![0.0; functions];
        Self {
            latency: 0.0,
            waiting: 0.0,
            functions: nothing.clone(),
            inclusive: nothing.clone(),
            asleep: nothing,
            requests: 0.0,
        }
    }

    /// Adds a request that counts as so many.
    fn add(&mut self, request: &Request, weight: f64) {
        self.latency += weight * request.latency();
        self.waiting += weight * request.waiting();
        self.requests += weight;
        for part in &request.parts {
            self.functions[part.function as usize] += weight * part.exclusive;
            self.inclusive[part.function as usize] += weight * part.inclusive;
            self.asleep[part.function as usize] += weight * part.asleep;
        }
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
///
/// # Errors
/// When requests can't be read.
pub fn shares<S: RequestSource>(ranked: &Ranked<'_, S>) -> Result<Shares, S::Error> {
    use BandStatistic::{AsleepShares, Excess, InclusiveShares, Shares as SharesOf};
    let (bands, statistics): (&[LatencyBand], &[BandStatistic]) = match ranked.summary.effective {
        thin if thin < needed(0.9) as f64 => return Ok(Shares::default()),
        thin if thin < needed(0.99) as f64 => (&[AROUND_P50], &[SharesOf(0)]),
        _ => (
            &[AROUND_P50, AROUND_P99, TOP],
            &[SharesOf(0), SharesOf(1), InclusiveShares(1), AsleepShares(1), SharesOf(2), Excess(2)],
        ),
    };
    let InBands { sums, effective } = InBands::of(ranked, bands)?;
    let mut sums = sums.iter();
    let found = sums.next().map(|sums| values(sums, statistics)).unwrap_or_default();
    let mut resampled: Vec<Vec<Vec<f64>>> = found.iter().map(|values| vec![Vec::new(); values.len()]).collect();
    for sums in sums {
        for (resampled, values) in resampled.iter_mut().zip(values(sums, statistics)) {
            for (resampled, value) in resampled.iter_mut().zip(values) {
                resampled.push(value);
            }
        }
    }
    let resamples = ranked.resamples;
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
    Ok(Shares {
        at_p50: next(),
        at_p99: next(),
        inclusive_at_p99: next(),
        asleep_at_p99: next(),
        of_top: next(),
        excess: next(),
    })
}

/// What requests in bands took.
struct InBands {
    /// Of all requests and of every resample, in each band.
    sums: Vec<Vec<BandSums>>,
    /// Of each band the number of blocks that make up its latency.
    effective: Vec<usize>,
}

impl InBands {
    fn of<S: RequestSource>(ranked: &Ranked<'_, S>, bands: &[LatencyBand]) -> Result<Self, S::Error> {
        let rows = ranked.counts.rows();
        let nothing = vec![BandSums::new(ranked.source.functions().len()); bands.len()];
        let mut sums = vec![nothing; rows.len()];
        let mut by_block = vec![vec![0.0; ranked.resamples.blocks().len()]; bands.len()];
        let edges: Vec<Vec<_>> = (0..rows.len())
            .map(|row| bands.iter().map(|band| [ranked.edge(row, band.from), ranked.edge(row, band.to)]).collect())
            .collect();
        // Most requests are in none, of no resample.
        let widest = |band: usize| {
            let from = edges.iter().map(|edges| edges[band][0].value).fold(f64::INFINITY, f64::min);
            let to = edges.iter().map(|edges| edges[band][1].value).fold(f64::NEG_INFINITY, f64::max);
            from..=to
        };
        let widest: Vec<_> = (0..bands.len()).map(widest).collect();
        let mut at = ranked.resamples.cursor();
        ranked.source.visit(|place, request| {
            let (latency, block) = (request.latency(), at.block(place));
            for band in (0..bands.len()).filter(|band| widest[*band].contains(&latency)) {
                for (row, times) in rows.iter().enumerate().filter(|(_, times)| times[block] > 0) {
                    let [from, to] = edges[row][band];
                    let share = to.share_below(latency) - from.share_below(latency);
                    if share > 0.0 {
                        let weight = share * f64::from(times[block]) * request.weight;
                        sums[row][band].add(request, weight);
                        if row == 0 {
                            by_block[band][block] += weight * latency;
                        }
                    }
                }
            }
        })?;
        let effective = by_block.iter().map(|sums| ranked.resamples.effective(sums)).collect();
        Ok(Self { sums, effective })
    }
}

/// Statistics of bands of requests.
fn values(sums: &[BandSums], statistics: &[BandStatistic]) -> Vec<Vec<f64>> {
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

/// Edges of the bands in which the composition of latency is shown, in thousandths, from the fastest requests to the slowest.
const EDGES: [u32; 9] = [0, 250, 500, 750, 900, 950, 980, 990, 1_000];

/// What the latency of neighbouring requests is made of, from the fastest to the slowest.
///
/// # Errors
/// When requests can't be read.
pub fn composition<S: RequestSource>(ranked: &Ranked<'_, S>) -> Result<Vec<Band>, S::Error> {
    let edges = EDGES.map(|rank| ranked.edge(0, rank));
    let mut sums = vec![BandSums::new(ranked.source.functions().len()); EDGES.len() - 1];
    // How many requests lie below each edge.
    let mut below = [0.0; EDGES.len()];
    ranked.source.visit(|_, request| {
        let latency = request.latency();
        let shares = edges.map(|edge| edge.share_below(latency));
        for ((below, share), band) in below.iter_mut().zip(shares).zip(0..) {
            *below += share;
            let own = share - if band == 0 { 0.0 } else { shares[band - 1] };
            if band > 0 && own > 0.0 {
                sums[band - 1].add(request, own * request.weight);
            }
        }
    })?;
    let band = |(sums, band): (&BandSums, usize)| {
        let mut functions: Vec<f64> = sums.shares().collect();
        let waiting = functions.pop().unwrap_or_default();
        let requests = (below[band + 1].round() - below[band].round()) as u64;
        (sums.requests > 0.0).then(|| Band {
            from: f64::from(EDGES[band]) / 1e3,
            to: f64::from(EDGES[band + 1]) / 1e3,
            requests,
            latency: sums.latency / sums.requests,
            waiting,
            functions,
        })
    };
    Ok(sums.iter().zip(0..).filter_map(band).collect())
}

#[cfg(test)]
mod tests {
    use super::super::ranked::Summary;
    use super::super::request::{Function, Part, Request, Requests};
    use super::super::resample::Resamples;
    use super::*;
    use rustworthy_stats::Confidence;

    /// Usual requests take 1 s, all of it in `a`; of twenty one takes 4 s, three of them in `b`; all wait for half a second.
    fn requests(number: usize) -> Requests {
        let function = |name: &str| Function { name: name.to_owned(), file: None, line: None, waits: false };
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

    fn of(requests: &Requests) -> Shares {
        let Ok(resamples) = Resamples::new(requests, 1, Confidence::USUAL);
        let Ok(shares) = Ranked::new(requests, &resamples).and_then(|ranked| shares(&ranked));
        shares
    }

    fn composed(requests: &Requests) -> Vec<Band> {
        let Ok(resamples) = Resamples::new(requests, 1, Confidence::USUAL);
        let Ok(bands) = Ranked::new(requests, &resamples).and_then(|ranked| composition(&ranked));
        bands
    }

    fn near(found: &[f64], expected: &[f64]) -> bool {
        found.len() == expected.len() && found.iter().zip(expected).all(|(one, other)| (one - other).abs() < 1e-9)
    }

    fn found(number: usize) -> Shares {
        of(&requests(number))
    }

    #[test]
    fn body_and_tail_are_made_of_different_functions() {
        let Shares { at_p50, at_p99, inclusive_at_p99, of_top, excess, .. } = found(2_000);
        let estimates = |shares: &[Estimate]| shares.iter().map(|share| share.estimate).collect::<Vec<_>>();
        assert!(near(&estimates(&at_p50), &[1.0 / 1.5, 0.0, 0.5 / 1.5]), "{at_p50:?}");
        assert!(near(&estimates(&at_p99), &[1.0 / 4.5, 3.0 / 4.5, 0.5 / 4.5]), "{at_p99:?}");
        assert!(near(&estimates(&at_p99), &estimates(&of_top)), "{of_top:?}");
        assert!(near(&estimates(&excess), &[0.0, 3.0]), "{excess:?}");
        // The first calls the second.
        assert!(near(&estimates(&inclusive_at_p99), &[4.0 / 4.5, 3.0 / 4.5]), "{inclusive_at_p99:?}");
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
            let found = of(requests);
            [found.at_p50, found.at_p99, found.of_top, found.excess]
                .map(|shares| shares.iter().map(|share| share.estimate).collect::<Vec<_>>())
        };
        for (sampled, all) in estimates(&sampled).iter().zip(estimates(&all)) {
            assert!(near(sampled, &all), "{sampled:?} {all:?}");
        }
        let Ok(summary) = Summary::of(&sampled);
        assert_eq!(summary.represented, 20_000.0);
        let latency = |requests: &Requests| composed(requests).iter().map(|band| band.latency).collect::<Vec<_>>();
        for (sampled, all) in latency(&sampled).iter().zip(latency(&all)) {
            assert!((sampled / all - 1.0).abs() < 1e-3, "{sampled} {all}");
        }
    }

    #[test]
    fn composition_goes_from_the_fastest_to_the_slowest() {
        let bands = composed(&requests(2_000));
        assert_eq!((bands[0].from, bands[bands.len() - 1].to), (0.0, 1.0));
        assert_eq!(bands.iter().map(|band| band.requests).sum::<u64>(), 2_000);
        for band in bands {
            assert!((band.functions.iter().sum::<f64>() + band.waiting - 1.0).abs() < 1e-9, "{band:?}");
        }
    }
}
