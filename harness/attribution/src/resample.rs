//! Resampling requests in blocks, since neighbours wait for each other: Künsch, "The Jackknife and the Bootstrap for General
//! Stationary Observations" (1989). Blocks end where a queue is empty, as cycles do in Crane and Iglehart, "Simulating Stable
//! Stochastic Systems" (1974): what piles up once stays together.
//!
//! In each resample a block is there as often as a Poisson variable with a mean of 1 says (Hanley and MacGibbon, "Creating
//! Non-Parametric Bootstrap Samples Using Poisson Frequencies", 2006), which is a hash of the seed, the resample and the block: whoever
//! has a block knows how often it counts, without knowing the others.

use std::ops::Range;

use rustworthy_model::Estimate;

use super::source::RequestSource;
use rustworthy_stats::{Confidence, quantile};

/// Requests of a block at least: machines stay slow or fast for a while.
const BLOCK: usize = 50;

/// And at most, where the queue is never empty and there are few requests.
const LONGEST: usize = 10 * BLOCK;

/// Blocks at most. What lasts longer than a block makes intervals too narrow, and more blocks than that tell little more of how they
/// vary (Schmeiser, "Batch Size Effects in the Analysis of Simulation Output", 1982), so that of many requests blocks are longer.
const MOST: usize = 50;

/// As many as there are at least of many requests, where the queue is never empty.
const FEWEST: usize = 30;

/// How often requests are resampled: very many requests less often, since their statistics vary little.
fn times(requests: usize) -> u64 {
    (3_000_000 / requests.max(1) as u64).clamp(40, 300)
}

/// A number of 64 bits that is as good as drawn at random: each is added to what was mixed of those before, and mixed as SplitMix
/// does (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
fn hash(numbers: [u64; 3]) -> u64 {
    let mixed = |mixed: u64, number: u64| {
        let sum = mixed.wrapping_add(number).wrapping_add(0x9e37_79b9_7f4a_7c15);
        let sum = (sum ^ sum >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let sum = (sum ^ sum >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        sum ^ sum >> 31
    };
    numbers.into_iter().fold(0, mixed)
}

/// The Poisson variable with a mean of 1 whose distribution function first exceeds a number, as a share of 2⁶⁴.
fn poisson(number: u64) -> u8 {
    let at = number as f64 / 2_f64.powi(64);
    let (mut value, mut probability) = (0, (-1_f64).exp());
    let mut reached = probability;
    // What is left beyond 20 is less than one in 2⁶⁴.
    while at >= reached && value < 20 {
        value += 1;
        probability /= f64::from(value);
        reached += probability;
    }
    value
}

/// Resamples of requests, each the places of about as many requests as there are, block after block.
pub struct Resamples {
    blocks: Vec<Range<usize>>,
    requests: usize,
    seed: u64,
    /// Of the intervals that are made with them.
    pub confidence: Confidence,
}

impl Resamples {
    /// Resamples of these requests. Blocks end where no request waits any more, if that comes soon enough.
    ///
    /// # Errors
    /// When requests can't be read.
    pub fn new<S: RequestSource>(requests: &S, seed: u64, confidence: Confidence) -> Result<Self, S::Error> {
        let number = requests.len();
        let length = BLOCK.min(number / 20).max(number / MOST).max(1);
        let longest = LONGEST.min(number / 6).max(number / FEWEST).max(length);
        let mut blocks = Vec::new();
        let (mut start, mut round, mut last_end) = (0, None, f64::NEG_INFINITY);
        requests.visit(|place, request| {
            let taken = place - start;
            let is_other_round = round.replace(request.round).is_some_and(|round| round != request.round);
            if taken > 0 && (is_other_round || taken == longest || taken >= length && request.arrival >= last_end) {
                blocks.push(start..place);
                (start, last_end) = (place, f64::NEG_INFINITY);
            }
            last_end = last_end.max(request.end);
        })?;
        if start < number {
            blocks.push(start..number);
        }
        Ok(Self { blocks, requests: number, seed, confidence })
    }

    /// The blocks, each the places of the requests in it.
    pub fn blocks(&self) -> &[Range<usize>] {
        &self.blocks
    }

    /// All of them, the same ones each time.
    pub fn all(&self) -> impl Iterator<Item = Vec<usize>> {
        self.times().map(|times| {
            let drawn = self.blocks.iter().zip(times).flat_map(|(block, times)| (0..times).flat_map(|_| block.clone()));
            drawn.collect()
        })
    }

    /// How often each block is in each resample.
    pub(crate) fn times(&self) -> impl Iterator<Item = Vec<u8>> {
        (0..times(self.requests)).map(|resample| {
            // Of a few blocks it may happen that none is, which is no resample.
            let mut attempts = (0..).map(|attempt: u64| {
                let times = |block| poisson(hash([self.seed, resample | attempt << 32, block]));
                (0..self.blocks.len() as u64).map(times).collect::<Vec<u8>>()
            });
            let is_empty = |times: &Vec<u8>| times.iter().all(|times| *times == 0);
            attempts.find(|times| self.blocks.is_empty() || !is_empty(times)).unwrap_or_default()
        })
    }

    /// Goes through places in ascending order, and tells in which block each is.
    pub(crate) fn cursor(&self) -> BlockCursor<'_> {
        BlockCursor { blocks: &self.blocks, at: 0 }
    }

    /// How many blocks make up a sum, of which each has a part; of unequal parts as many as would vary as much if they were equal
    /// (Kish, "Survey Sampling", 1965).
    pub(crate) fn effective(&self, sums: &[f64]) -> usize {
        let (sum, squares) = sums.iter().fold((0.0, 0.0), |(sum, squares), part| (sum + part, squares + part * part));
        if squares > 0.0 { (sum * sum / squares).round() as usize } else { 0 }
    }

    /// In how many blocks requests lie together, such as those beyond a quantile, of which each block has so many: what chance alone
    /// puts into the same one left out (Simpson, "Measurement of Diversity", 1949), and no more than there are blocks.
    pub(crate) fn spread(&self, counts: &[u64]) -> usize {
        let pairs = |number: u64| number as f64 * (number as f64 - 1.0);
        let together: f64 = counts.iter().map(|count| pairs(*count)).sum();
        let all = pairs(counts.iter().sum());
        if together > 0.0 { ((all / together).round() as usize).min(self.blocks.len()) } else { self.blocks.len() }
    }

    /// An estimate, and the interval in which the resampled ones lie once they're moved to have it in their middle, stretched
    /// by that factor.
    pub fn around(&self, estimate: f64, resampled: &mut [f64], stretch: f64) -> Estimate {
        resampled.sort_unstable_by(f64::total_cmp);
        // So that of few resamples as many lie beyond as of many: type 6 of Hyndman and Fan, "Sample Quantiles" (1996).
        let number = resampled.len() as f64;
        let tail = (((1.0 - self.confidence.level()) / 2.0 * (number + 1.0) - 1.0) / (number - 1.0).max(1.0)).max(0.0);
        let at = |probability| quantile(resampled, probability).unwrap_or(estimate);
        let (low, middle, high) = (at(tail), at(0.5), at(1.0 - tail));
        Estimate { estimate, low: estimate - stretch * (middle - low), high: estimate + stretch * (high - middle) }
    }
}

/// The block in which a place is.
pub(crate) struct BlockCursor<'a> {
    blocks: &'a [Range<usize>],
    at: usize,
}

impl BlockCursor<'_> {
    /// The block of a place that isn't before the last one.
    pub(crate) fn block(&mut self, place: usize) -> usize {
        while self.blocks[self.at].end <= place {
            self.at += 1;
        }
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::super::request::{Request, Requests};
    use super::*;

    #[test]
    fn blocks_are_of_one_round_and_resamples_of_whole_blocks() {
        let request = |round| Request { round, ..Request::default() };
        let requests =
            Requests { functions: Vec::new(), requests: [vec![request(0); 1030], vec![request(1); 970]].concat() };
        let Ok(resamples) = Resamples::new(&requests, 1, Confidence::USUAL);
        assert!(resamples.blocks.iter().all(|block| block.end <= 1030 || block.start >= 1030));
        assert_eq!(resamples.blocks.iter().map(Range::len).sum::<usize>(), 2000);
        let (mut drawn, mut number) = (0, 0);
        for places in resamples.all() {
            let mut left = &places[..];
            while let Some(first) = left.first() {
                let block = resamples.blocks.iter().find(|block| block.start == *first).expect("the start of a block");
                let (block_of_places, others) = left.split_at(block.len());
                assert_eq!(block_of_places, block.clone().collect::<Vec<_>>());
                left = others;
            }
            (drawn, number) = (drawn + places.len(), number + 1);
        }
        // Of 300 resamples, 40 blocks each.
        assert!((drawn as f64 / (2000 * number) as f64 - 1.0).abs() < 0.05, "{drawn}");
    }

    /// Of a chi-squared variable with five degrees of freedom one in a thousand is above 20.5.
    #[test]
    fn how_often_a_block_counts_is_poisson_distributed_and_no_other_block_changes_it() {
        const DRAWN: u64 = 200_000;
        let mut counts = [0_u32; 6];
        for number in 0..DRAWN {
            counts[usize::from(poisson(hash([7, number / 500, number % 500]))).min(5)] += 1;
        }
        let probabilities = [0.367_879, 0.367_879, 0.183_940, 0.061_313, 0.015_328, 0.003_660];
        let expected = probabilities.map(|probability| probability * DRAWN as f64);
        let squares =
            counts.iter().zip(expected).map(|(count, expected)| (f64::from(*count) - expected).powi(2) / expected);
        let chi_squared: f64 = squares.sum();
        assert!(chi_squared < 20.5, "{chi_squared} {counts:?}");
        let of = |requests: usize| {
            let requests = Requests { functions: Vec::new(), requests: vec![Request::default(); requests] };
            let Ok(resamples) = Resamples::new(&requests, 7, Confidence::USUAL);
            resamples
        };
        let (few, many) = (of(1_000), of(2_000));
        for (few, many) in few.times().zip(many.times()) {
            assert_eq!(few[..], many[..few.len()]);
        }
        let times: Vec<_> = many.times().take(2).collect();
        assert!(times[0] != times[1]);
    }

    #[test]
    fn no_resample_is_empty_however_few_blocks_there_are() {
        let one = Requests { functions: Vec::new(), requests: vec![Request::default()] };
        let [Ok(one), Ok(none)] = [one, Requests::default()].map(|of| Resamples::new(&of, 1, Confidence::USUAL));
        assert!(one.all().all(|places| !places.is_empty()) && none.all().all(|places| places.is_empty()));
    }

    #[test]
    fn what_piles_up_stays_together() {
        // Each takes a second; of a hundred the first eighty arrive at once, the others when nobody is there.
        let request = |place: usize| {
            let (burst, rank) = (place / 100, place % 100);
            let began = 1000.0 * burst as f64;
            let (arrival, end) = if rank < 80 { (began, rank + 1) } else { (began + 2.0 * rank as f64, 2 * rank + 1) };
            Request { arrival, end: began + end as f64, ..Request::default() }
        };
        let requests = Requests { functions: Vec::new(), requests: (0..2000).map(request).collect() };
        let Ok(resamples) = Resamples::new(&requests, 1, Confidence::USUAL);
        assert!(resamples.blocks.iter().all(|block| !(1..80).contains(&(block.start % 100))), "{:?}", resamples.blocks);
        let mut parts = vec![0.0; resamples.blocks.len()];
        let mut at = resamples.cursor();
        (0..400).filter(|place| place % 100 < 80).for_each(|place| parts[at.block(place)] += 1.0);
        assert_eq!(resamples.effective(&parts), 4);
    }

    #[test]
    fn requests_lie_in_as_many_blocks_as_they_have_in_common() {
        let requests = Requests { functions: Vec::new(), requests: vec![Request::default(); 2_000] };
        let Ok(resamples) = Resamples::new(&requests, 1, Confidence::USUAL);
        assert_eq!(resamples.blocks.len(), 40);
        let spread = |of: &dyn Fn(usize) -> u64| resamples.spread(&(0..40).map(of).collect::<Vec<_>>());
        // All in two of them; one in each, as chance never has it; as many in each; and none.
        assert_eq!(spread(&|block| if block % 20 == 0 { 50 } else { 0 }), 2);
        assert_eq!([spread(&|_| 1), spread(&|_| 25), spread(&|_| 0)], [40; 3]);
    }
}
