//! Resampling requests in blocks, since neighbours wait for each other: Künsch, "The Jackknife and the Bootstrap for General
//! Stationary Observations" (1989). Blocks end where a queue is empty, as cycles do in Crane and Iglehart, "Simulating Stable
//! Stochastic Systems" (1974): what piles up once stays together.

use std::ops::Range;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use rustworthy_model::Estimate;

use super::request::Requests;
use rustworthy_stats::{Confidence, quantile};

/// Requests of a block at least: machines stay slow or fast for a while.
const BLOCK: usize = 50;

/// And at most, where the queue is never empty.
const LONGEST: usize = 10 * BLOCK;

/// How often requests are resampled: very many requests less often, since their statistics vary little.
fn times(requests: usize) -> usize {
    (3_000_000 / requests.max(1)).clamp(40, 300)
}

/// Resamples of requests, each the places of as many requests as there are, block after block.
pub struct Resamples {
    blocks: Vec<Range<usize>>,
    requests: usize,
    seed: u64,
    /// Of the intervals that are made with them.
    pub confidence: Confidence,
}

impl Resamples {
    /// Resamples of these requests. Blocks end where no request waits any more, if that comes soon enough.
    pub fn new(requests: &Requests, seed: u64, confidence: Confidence) -> Self {
        let requests = &requests.requests;
        let length = BLOCK.min(requests.len() / 20).max(1);
        let longest = LONGEST.min(requests.len() / 6).max(length);
        let mut blocks = Vec::new();
        let mut start = 0;
        let mut last_end = f64::NEG_INFINITY;
        for end in 1..=requests.len() {
            last_end = last_end.max(requests[end - 1].end);
            let next = requests.get(end).filter(|next| next.round == requests[start].round);
            let is_over = next.is_none_or(|next| {
                let taken = end - start;
                taken == longest || taken >= length && next.arrival >= last_end
            });
            if is_over {
                blocks.push(start..end);
                (start, last_end) = (end, f64::NEG_INFINITY);
            }
        }
        Self { blocks, requests: requests.len(), seed, confidence }
    }

    /// All of them, the same ones each time.
    pub fn all(&self) -> impl Iterator<Item = Vec<usize>> {
        let mut random = Pcg64Mcg::seed_from_u64(self.seed);
        (0..times(self.requests)).map(move |_| {
            let mut drawn = Vec::with_capacity(self.requests + BLOCK);
            while drawn.len() < self.requests && !self.blocks.is_empty() {
                drawn.extend(self.blocks[random.random_range(0..self.blocks.len())].clone());
            }
            drawn.truncate(self.requests);
            drawn
        })
    }

    /// How many blocks make up a sum over these requests; of unequal parts as many as would vary as much if they were equal
    /// (Kish, "Survey Sampling", 1965).
    pub fn effective(&self, parts: impl Iterator<Item = (usize, f64)>) -> usize {
        let mut sums = vec![0.0; self.blocks.len()];
        for (place, part) in parts {
            let block = self.blocks.partition_point(|block| block.end <= place);
            sums[block] += part;
        }
        let (sum, squares) = sums.iter().fold((0.0, 0.0), |(sum, squares), part| (sum + part, squares + part * part));
        if squares > 0.0 { (sum * sum / squares).round() as usize } else { 0 }
    }

    /// An estimate, and the interval in which the resampled ones lie once they're moved to have it in their middle, stretched
    /// by that factor.
    pub fn around(&self, estimate: f64, resampled: &mut [f64], stretch: f64) -> Estimate {
        resampled.sort_unstable_by(f64::total_cmp);
        let tail = (1.0 - self.confidence.level()) / 2.0;
        let at = |probability| quantile(resampled, probability).unwrap_or(estimate);
        let (low, middle, high) = (at(tail), at(0.5), at(1.0 - tail));
        Estimate { estimate, low: estimate - stretch * (middle - low), high: estimate + stretch * (high - middle) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::request::Request;
    use super::*;

    #[test]
    fn blocks_are_of_one_round_and_resamples_as_long_as_the_requests() {
        let request = |round| Request { round, ..Request::default() };
        let requests =
            Requests { functions: Vec::new(), requests: [vec![request(0); 1030], vec![request(1); 970]].concat() };
        let resamples = Resamples::new(&requests, 1, Confidence::USUAL);
        assert!(resamples.blocks.iter().all(|block| block.end <= 1030 || block.start >= 1030));
        assert_eq!(resamples.blocks.iter().map(Range::len).sum::<usize>(), 2000);
        assert!(resamples.all().all(|places| places.len() == 2000 && places.iter().all(|place| *place < 2000)));
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
        let resamples = Resamples::new(&requests, 1, Confidence::USUAL);
        assert!(resamples.blocks.iter().all(|block| !(1..80).contains(&(block.start % 100))), "{:?}", resamples.blocks);
        assert_eq!(resamples.effective((0..400).map(|place| (place, if place % 100 < 80 { 1.0 } else { 0.0 }))), 4);
    }
}
