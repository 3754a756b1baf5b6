//! Exact quantiles of requests, however many: of all, and of every resample.
//!
//! Values fall into buckets by their leading bits, in each block of requests for itself: what a resample has in a bucket is what its
//! blocks have, as often as they are in it. So the bucket of every rank is known, and another pass looks into those buckets alone, with
//! more bits, until few enough values are left to be sorted (Munro and Paterson, "Selection and Sorting with Limited Storage", 1980).
//! Memory grows with blocks and ranks, and not with requests. Weights are summed as whole numbers, so that the order of requests, of
//! which some may be equal, changes nothing.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::request::Request;
use crate::resample::Resamples;
use crate::source::RequestSource;

/// What a weight of 1 is as a whole number.
const ONE: f64 = (1_u64 << 20) as f64;

/// Leading bits of a value that tell its first bucket: sign and exponent.
const FIRST: u32 = 12;

/// Bits by which buckets get narrower with each pass.
const NEXT: u32 = 8;

/// Values that are sorted at most, of each variant.
const SORTED: usize = 1 << 17;

/// Variants of which values are ranked at the same time.
pub(crate) const TOGETHER: usize = 8;

/// Where a rank lies among values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Edge {
    /// The value there: the smallest with at least that share of the weights up to it.
    pub(crate) value: f64,
    /// The share of those with exactly this value that is below the rank.
    pub(crate) below: f64,
}

impl Edge {
    /// The one below which there is nothing, or all.
    pub(crate) const fn outermost(is_all_below: bool) -> Self {
        Self { value: if is_all_below { f64::INFINITY } else { f64::NEG_INFINITY }, below: 0.0 }
    }

    /// The share of a value that is below the rank.
    pub(crate) fn share_below(&self, value: f64) -> f64 {
        match value.total_cmp(&self.value) {
            Ordering::Less => 1.0,
            Ordering::Equal => self.below,
            Ordering::Greater => 0.0,
        }
    }
}

/// Of what the ranks of a variant are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    /// All requests.
    All,
    /// One resample.
    Resample(usize),
    /// All requests, and then every resample.
    Every,
}

impl Of {
    /// The rows of how often each block counts.
    pub(crate) fn rows(self, resamples: usize) -> Vec<usize> {
        match self {
            Self::All => vec![0],
            Self::Resample(resample) => vec![1 + resample],
            Self::Every => (0..=resamples).collect(),
        }
    }
}

/// How often each block counts, of all requests and of every resample.
pub(crate) struct Counts(Vec<Vec<u8>>);

impl Counts {
    pub(crate) fn of(resamples: &Resamples) -> Self {
        let all = vec![1; resamples.blocks().len()];
        Self([all].into_iter().chain(resamples.times()).collect())
    }

    /// Without the first, which is of all requests.
    pub(crate) fn resamples(&self) -> usize {
        self.0.len() - 1
    }

    pub(crate) fn rows(&self) -> &[Vec<u8>] {
        &self.0
    }
}

/// The edges of ranks, in thousandths, of several variants of the requests: of each variant, of all that is asked for, in the order of
/// ranks. `value` tells the values of a request in each variant, all of them 0 or more.
///
/// # Errors
/// When requests can't be read.
pub(crate) fn edges<S: RequestSource>(
    source: &S,
    resamples: &Resamples,
    counts: &Counts,
    variants: &[Of],
    ranks: &[u32],
    value: impl FnMut(usize, &Request, &mut [f64]),
) -> Result<Vec<Vec<Vec<Edge>>>, S::Error> {
    edges_within(SORTED, (source, resamples, counts), variants, ranks, value)
}

/// The same, of which at most so many values of each variant are sorted.
fn edges_within<S: RequestSource>(
    sorted: usize,
    (source, resamples, counts): (&S, &Resamples, &Counts),
    variants: &[Of],
    ranks: &[u32],
    mut value: impl FnMut(usize, &Request, &mut [f64]),
) -> Result<Vec<Vec<Vec<Edge>>>, S::Error> {
    let mut searches: Vec<Search<'_>> = variants
        .iter()
        .map(|of| Search::new(of.rows(counts.resamples()), counts, ranks, (source.len(), sorted)))
        .collect();
    let mut values = vec![0.0; variants.len()];
    while searches.iter().any(|search| !search.is_done()) {
        let mut at = resamples.cursor();
        source.visit(|place, request| {
            value(place, request, &mut values);
            let block = at.block(place);
            for (search, value) in searches.iter_mut().zip(&values) {
                search.add(bits(*value), block, weight(request));
            }
        })?;
        searches.iter_mut().for_each(Search::narrow);
    }
    Ok(searches.into_iter().map(Search::found).collect())
}

/// How many a request stands for, as a whole number.
fn weight(request: &Request) -> u64 {
    (request.weight * ONE).round() as u64
}

/// Bits that sort as values do that aren't negative.
fn bits(value: f64) -> u64 {
    // Of two zeros one is negative.
    (value + 0.0).to_bits()
}

/// A rank that is looked for, of all requests or of a resample.
#[derive(Debug, Clone)]
struct Target {
    /// Its row among how often each block counts.
    row: usize,
    /// In thousandths.
    rank: u32,
    /// With what its value begins.
    prefix: u64,
    /// The weight of all values that begin with less.
    before: u128,
    edge: Option<Edge>,
}

impl Target {
    /// Whether a sum of weights reaches it.
    fn is_reached(&self, sum: u128, all: u128) -> bool {
        sum * 1_000 >= u128::from(self.rank) * all
    }

    /// At that value, which has so much weight.
    fn edge(&self, bits: u64, weight: u128, all: u128) -> Edge {
        let short = u128::from(self.rank) * all - self.before * 1_000;
        Edge { value: f64::from_bits(bits), below: short as f64 / (weight * 1_000) as f64 }
    }
}

/// Values that begin alike.
enum Alike {
    Buckets(Buckets),
    /// Each with its block and its weight.
    Values(Vec<(u64, u32, u64)>),
}

/// Values by the bits that follow.
struct Buckets {
    /// What they weigh, in each block.
    weights: Vec<Vec<u64>>,
    /// How many values there are in each.
    values: Vec<usize>,
}

impl Buckets {
    /// Those of so many blocks, by so many bits.
    fn new(blocks: usize, bits: u32) -> Self {
        Self { weights: vec![vec![0; 1 << bits]; blocks], values: vec![0; 1 << bits] }
    }

    /// The bucket in which a target is, how many values are in it, and what they weigh for the target.
    fn find(&self, times: &[u8], target: &mut Target, all: u128) -> Option<(u64, usize, u128)> {
        let mut filled = self.values.iter().enumerate().filter(|(_, values)| **values > 0);
        filled.find_map(|(bucket, values)| {
            let weight = sum(times, |block| self.weights[block][bucket]);
            let is_in = weight > 0 && target.is_reached(target.before + weight, all);
            target.before += if is_in { 0 } else { weight };
            is_in.then_some((bucket as u64, *values, weight))
        })
    }
}

/// What blocks weigh that count so many times.
fn sum(times: &[u8], weight: impl Fn(usize) -> u64) -> u128 {
    times.iter().enumerate().map(|(block, times)| u128::from(*times) * u128::from(weight(block))).sum()
}

/// How far sorted values were gone through. The ranks of a row are in ascending order, so each goes on where the one before was found.
#[derive(Default)]
struct Scan {
    /// The row of that one, with what its values begin, and the weight before.
    last: Option<(usize, u64, u128)>,
    next: usize,
}

impl Scan {
    /// The value at which a target is, and what all that are equal to it weigh.
    fn find(
        &mut self,
        values: &[(u64, u32, u64)],
        times: &[u8],
        target: &mut Target,
        all: u128,
    ) -> Option<(u64, u128)> {
        match self.last {
            Some((row, prefix, before)) if (row, prefix) == (target.row, target.prefix) => target.before = before,
            _ => self.next = 0,
        }
        let mut found = None;
        while let Some(first) = values.get(self.next) {
            let equal = values[self.next..].iter().take_while(|value| value.0 == first.0);
            let (number, weight) = equal.fold((0, 0), |(number, weight), (_, block, own)| {
                (number + 1, weight + u128::from(times[*block as usize]) * u128::from(*own))
            });
            if weight > 0 && target.is_reached(target.before + weight, all) {
                found = Some((first.0, weight));
                break;
            }
            target.before += weight;
            self.next += number;
        }
        self.last = Some((target.row, target.prefix, target.before));
        found
    }
}

/// The search for the ranks of a variant.
struct Search<'a> {
    counts: &'a Counts,
    /// Row by row, the ranks of each ascending.
    targets: Vec<Target>,
    /// What the values of each block weigh.
    blocks: Vec<u64>,
    /// So many values are sorted at most.
    sorted: usize,
    /// By so many leading bits values are apart.
    known: u32,
    /// By so many more once all have been seen.
    next: u32,
    /// Those that may be at a rank, by their leading bits.
    alike: BTreeMap<u64, Alike>,
}

impl<'a> Search<'a> {
    /// Of so many values, of which so many are sorted at most.
    fn new(rows: Vec<usize>, counts: &'a Counts, ranks: &[u32], (values, sorted): (usize, usize)) -> Self {
        let target = |row| move |rank: &u32| Target { row, rank: *rank, prefix: 0, before: 0, edge: None };
        let targets = rows.into_iter().flat_map(|row| ranks.iter().map(target(row))).collect();
        let blocks = vec![0; counts.rows()[0].len()];
        let mut search = Self { counts, targets, blocks, sorted, known: 0, next: FIRST, alike: BTreeMap::new() };
        search.look_into(values);
        search
    }

    /// Looks next at those that begin as the targets do, which are so many values.
    fn look_into(&mut self, values: usize) {
        self.alike.clear();
        for target in self.targets.iter().filter(|target| target.edge.is_none()) {
            self.alike.entry(target.prefix).or_insert_with(|| match values <= self.sorted {
                true => Alike::Values(Vec::new()),
                false => Alike::Buckets(Buckets::new(self.blocks.len(), self.next)),
            });
        }
    }

    fn is_done(&self) -> bool {
        self.alike.is_empty()
    }

    fn add(&mut self, bits: u64, block: usize, weight: u64) {
        if self.known == 0 {
            self.blocks[block] += weight;
        }
        let prefix = bits.checked_shr(64 - self.known).unwrap_or(0);
        match self.alike.get_mut(&prefix) {
            None => {}
            Some(Alike::Values(values)) => values.push((bits, block as u32, weight)),
            Some(Alike::Buckets(buckets)) => {
                let bucket = (bits << self.known >> (64 - self.next)) as usize;
                buckets.weights[block][bucket] += weight;
                buckets.values[bucket] += 1;
            }
        }
    }

    /// Takes in what was seen in a pass.
    fn narrow(&mut self) {
        let all: Vec<u128> = self.counts.rows().iter().map(|times| sum(times, |block| self.blocks[block])).collect();
        for alike in self.alike.values_mut() {
            if let Alike::Values(values) = alike {
                values.sort_unstable();
            }
        }
        let known = self.known + self.next;
        let mut narrower = BTreeMap::new();
        let mut scan = Scan::default();
        for target in self.targets.iter_mut().filter(|target| target.edge.is_none()) {
            let (all, times) = (all[target.row], &self.counts.rows()[target.row][..]);
            let (found, is_exact) = match self.alike.get(&target.prefix) {
                None => (None, true),
                Some(Alike::Values(values)) => (scan.find(values, times, target, all), true),
                Some(Alike::Buckets(buckets)) => {
                    let found = buckets.find(times, target, all).map(|(bucket, values, weight)| {
                        target.prefix = target.prefix << self.next | bucket;
                        narrower.insert(target.prefix, values);
                        (target.prefix, weight)
                    });
                    (found, known == u64::BITS)
                }
            };
            target.edge = match found {
                // Nothing weighs anything.
                None => Some(Edge { value: 0.0, below: 0.0 }),
                Some((bits, weight)) => is_exact.then(|| target.edge(bits, weight, all)),
            };
        }
        self.known = known;
        self.next = NEXT.min(u64::BITS - known.min(u64::BITS));
        self.look_into(narrower.values().sum());
    }

    /// The edges of each row.
    fn found(self) -> Vec<Vec<Edge>> {
        let mut rows: Vec<(usize, Vec<Edge>)> = Vec::new();
        for target in self.targets {
            let edge = target.edge.unwrap_or(Edge::outermost(false));
            match rows.last_mut() {
                Some((row, edges)) if *row == target.row => edges.push(edge),
                _ => rows.push((target.row, vec![edge])),
            }
        }
        rows.into_iter().map(|(_, edges)| edges).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::request::Requests;
    use rustworthy_stats::Confidence;

    /// Where a rank lies among values with their weights, by adding these up one by one.
    fn expected(mut values: Vec<(f64, u64)>, rank: u32) -> Edge {
        values.sort_by(|one, other| one.0.total_cmp(&other.0));
        let all: u64 = values.iter().map(|(_, weight)| weight).sum();
        let below = |value: f64| values.iter().filter(|other| other.0 < value).map(|(_, weight)| weight).sum::<u64>();
        let at = |value: f64| values.iter().filter(|other| other.0 == value).map(|(_, weight)| weight).sum::<u64>();
        let reached = values
            .iter()
            .find(|(value, weight)| *weight > 0 && (below(*value) + at(*value)) * 1_000 >= u64::from(rank) * all);
        let value = reached.expect("something is at every rank").0;
        let short = (u64::from(rank) * all - below(value) * 1_000) as f64;
        Edge { value, below: short / (at(value) * 1_000) as f64 }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn ranks_are_those_of_adding_up_however_many_values_are_sorted(
            requests in prop::collection::vec((prop_oneof![
                prop::sample::select(vec![0.0, 0.1, 0.1 + 1e-16, 0.125, 7.0]), 0.0..1e-6_f64, 0.0..100.0_f64,
            ], 1..5_u32), 1..150),
        ) {
            let request = |(latency, weight): &(f64, u32)| Request {
                end: *latency, weight: f64::from(*weight), ..Request::default()
            };
            let requests = Requests { functions: Vec::new(), requests: requests.iter().map(request).collect() };
            let Ok(resamples) = Resamples::new(&requests, 1, Confidence::USUAL);
            let counts = Counts(Counts::of(&resamples).0.into_iter().take(5).collect());
            let ranks = [1, 450, 500, 990, 999];
            let variants = [Of::Every, Of::All, Of::Resample(2)];
            let value = |_: usize, request: &Request, values: &mut [f64]| {
                values.copy_from_slice(&[request.latency(), 2.0 * request.latency(), request.latency()]);
            };
            let found = |sorted| {
                let Ok(found) = edges_within(sorted, (&requests, &resamples, &counts), &variants, &ranks, value);
                found
            };
            let sorted = found(usize::MAX);
            for few in [0, 1, 10] {
                prop_assert_eq!(&found(few), &sorted, "{} sorted", few);
            }
            for (row, times) in counts.rows().iter().enumerate() {
                let mut at = resamples.cursor();
                let weighed = |(place, request): (usize, &Request)| {
                    (request.latency(), u64::from(times[at.block(place)]) * request.weight as u64)
                };
                let weighed: Vec<_> = requests.requests.iter().enumerate().map(weighed).collect();
                for (found, rank) in sorted[0][row].iter().zip(ranks) {
                    let expected = expected(weighed.clone(), rank);
                    prop_assert_eq!(found.value, expected.value);
                    prop_assert!((found.below - expected.below).abs() < 1e-12, "{:?} {:?}", found, expected);
                }
            }
            prop_assert_eq!(&sorted[2][0], &sorted[0][3]);
            prop_assert_eq!(sorted[1][0][2].value, 2.0 * sorted[0][0][2].value);
        }
    }
}
