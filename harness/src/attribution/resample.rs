//! Resampling requests in blocks, since neighbours wait for each other: Künsch, "The Jackknife and the Bootstrap for General
//! Stationary Observations" (1989).

use std::ops::Range;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use rustworthy_reports::Estimate;

use super::request::Requests;
use crate::stats::{Confidence, quantile};

/// Requests of a block. A busy period at a utilisation of 0.8 has 5 requests on average, and seldom over 50.
const BLOCK: usize = 50;

/// How often is resampled: of very many requests less often, since what they tell varies little.
fn times(requests: usize) -> usize {
    (3_000_000 / requests.max(1)).clamp(40, 300)
}

/// Resamples of requests, each the places of as many requests as there are, block after block.
pub(super) struct Resamples {
    blocks: Vec<Range<usize>>,
    requests: usize,
    seed: u64,
    pub(super) confidence: Confidence,
}

impl Resamples {
    pub(super) fn new(requests: &Requests, seed: u64, confidence: Confidence) -> Self {
        let requests = &requests.requests;
        let length = BLOCK.min(requests.len() / 20).max(1);
        let mut blocks = Vec::new();
        let mut start = 0;
        for end in 1..=requests.len() {
            let is_over = end == requests.len() || requests[end].round != requests[start].round;
            if is_over || end - start == length {
                blocks.push(start..end);
                start = end;
            }
        }
        Self { blocks, requests: requests.len(), seed, confidence }
    }

    /// All of them, the same ones each time.
    pub(super) fn all(&self) -> impl Iterator<Item = Vec<usize>> {
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

    /// An estimate, and the interval in which the resampled ones lie once they're moved to have it in their middle, stretched
    /// by that factor.
    pub(super) fn around(&self, estimate: f64, resampled: &mut [f64], stretch: f64) -> Estimate {
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
}
