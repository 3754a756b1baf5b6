//! The ratio of two means whose data came as sums: of times that were added up where they were measured.
//!
//! Sums come in blocks, each of one process and a stretch of time. Calls of a block are no independent evidence, so the spread
//! between blocks tells how sure the ratio is: its logarithm is linearised, as for the ratio estimate of a cluster sample
//! (Cochran, "Sampling Techniques", 1977, 6.3). Fewer blocks than that takes leave the spread of single calls.

use rustworthy_model::Estimate;

use super::bootstrap::Confidence;
use super::distribution::{normal_quantile, student_reach};

/// Blocks from which on their spread is known well enough.
const FEWEST_BLOCKS: usize = 8;

/// Calls of either side below which nothing is said.
const FEWEST_CALLS: f64 = 30.0;

/// Number, sum and sum of squares of some times.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sums {
    /// How many there are.
    pub number: f64,
    /// Their sum.
    pub total: f64,
    /// The sum of their squares.
    pub squares: f64,
}

impl Sums {
    fn and(self, other: Self) -> Self {
        Self {
            number: self.number + other.number,
            total: self.total + other.total,
            squares: self.squares + other.squares,
        }
    }

    /// The variance of the mean as a share of its square.
    fn relative_variance(self) -> f64 {
        let mean = self.total / self.number;
        ((self.squares / self.number / (mean * mean) - 1.0) / self.number).max(0.0)
    }
}

/// Sums of both sides of one block.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Both {
    /// The numerator's.
    pub above: Sums,
    /// The denominator's.
    pub below: Sums,
    /// The sum of products, where either side was measured for the same calls; zero elsewhere.
    pub products: f64,
}

/// The mean above over the mean below; `None` where there is too little of either.
pub fn ratio_of_means(blocks: &[Both], confidence: Confidence) -> Option<Estimate> {
    let all = blocks.iter().fold(Both::default(), |sum, block| Both {
        above: sum.above.and(block.above),
        below: sum.below.and(block.below),
        products: sum.products + block.products,
    });
    let is_enough = |sums: Sums| sums.number >= FEWEST_CALLS && sums.total > 0.0 && sums.total.is_finite();
    if !is_enough(all.above) || !is_enough(all.below) {
        return None;
    }
    let (above, below) = (all.above.total / all.above.number, all.below.total / all.below.number);
    let error = 1.0 - confidence.level();
    let blocks: Vec<&Both> = blocks.iter().filter(|block| block.above.number + block.below.number > 0.0).collect();
    let number = blocks.len() as f64;
    let reach = if blocks.len() >= FEWEST_BLOCKS {
        let stray = |block: &&Both| {
            let above = (block.above.total - above * block.above.number) / all.above.total;
            let below = (block.below.total - below * block.below.number) / all.below.total;
            (above - below).powi(2)
        };
        let variance = blocks.iter().map(stray).sum::<f64>() * number / (number - 1.0);
        student_reach(number - 1.0, error) * variance.sqrt()
    } else {
        let shared = match all.products {
            0.0 => 0.0,
            products => (products / all.above.number / (above * below) - 1.0) / all.above.number,
        };
        let variance = all.above.relative_variance() + all.below.relative_variance() - 2.0 * shared;
        normal_quantile(1.0 - error / 2.0) * variance.max(0.0).sqrt()
    };
    let estimate = above / below;
    Some(Estimate { estimate, low: estimate * (-reach).exp(), high: estimate * reach.exp() })
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    use super::*;

    fn sums(times: impl IntoIterator<Item = f64>) -> Sums {
        times
            .into_iter()
            .fold(Sums::default(), |sums, time| sums.and(Sums { number: 1.0, total: time, squares: time * time }))
    }

    /// Blocks whose machine is faster or slower as a whole: the interval holds for two sides of the same blocks.
    #[test]
    fn the_interval_holds_the_ratio() {
        for blocks in [1, 4, 12, 40] {
            let holds = (0..400).filter(|&seed| {
                let mut random = Pcg64Mcg::seed_from_u64(seed);
                let made: Vec<Both> = (0..blocks)
                    .map(|_| {
                        let pace = if blocks < FEWEST_BLOCKS { 1.0 } else { 0.5 + random.random::<f64>() };
                        let mut times = |mean: f64| sums((0..50).map(|_| pace * mean * -random.random::<f64>().ln()));
                        Both { above: times(3.0), below: times(1.0), products: 0.0 }
                    })
                    .collect();
                let found = ratio_of_means(&made, Confidence::USUAL).unwrap();
                found.low <= 3.0 && 3.0 <= found.high
            });
            let holds = holds.count();
            assert!((364..=396).contains(&holds), "{holds} of 400 with {blocks} blocks");
        }
    }

    #[test]
    fn times_of_the_same_calls_cancel() {
        let times: Vec<f64> = (1..=100).map(f64::from).collect();
        let both = Both {
            above: sums(times.iter().map(|time| 2.0 * time)),
            below: sums(times.iter().copied()),
            products: times.iter().map(|time| 2.0 * time * time).sum(),
        };
        let found = ratio_of_means(&[both], Confidence::USUAL).unwrap();
        assert!((found.low - 2.0).abs() < 1e-6 && (found.high - 2.0).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn too_few_calls_say_nothing() {
        let few = Both { above: sums([1.0; 29]), below: sums([1.0; 50]), products: 0.0 };
        assert_eq!(ratio_of_means(&[few], Confidence::USUAL), None);
        assert_eq!(ratio_of_means(&[], Confidence::USUAL), None);
    }
}
