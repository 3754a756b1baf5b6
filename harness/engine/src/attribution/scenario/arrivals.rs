//! When requests arrive.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use crate::manifest::{Arrivals, Gaps, Load};

/// Requests a second that are planned, where a request takes so many seconds on average while as many are answered at the same
/// time as can be; `None` where the next request follows the answer to the one before.
pub(super) fn rate(arrivals: Arrivals, at_once: u32, service: f64) -> Option<f64> {
    match arrivals {
        Arrivals::Closed => None,
        Arrivals::Open { load: Load::Rate(rate), .. } => Some(rate),
        Arrivals::Open { load: Load::Utilization(share), .. } => Some(share * f64::from(at_once) / service.max(1e-9)),
    }
}

/// When so many requests arrive, in seconds from the beginning, ascending; the same for the same seed.
fn draw(arrivals: Arrivals, rate: f64, count: usize, seed: u64) -> Vec<f64> {
    let mut random = Pcg64Mcg::seed_from_u64(seed);
    let mut at = 0.0;
    let arrival = |_| {
        at += match arrivals {
            Arrivals::Open { gaps: Gaps::Fixed, .. } => 1.0 / rate,
            // The inverse of the exponential distribution; 1 - u is never 0.
            _ => -(1.0 - random.random::<f64>()).ln() / rate,
        };
        at
    };
    (0..count).map(arrival).collect()
}

/// Requests of a round as they arrive, turn by turn, at the pace that the machine has.
pub(super) struct Arriving {
    /// Seconds before each request that is still to come, as planned; `None` where the next follows the answer.
    gaps: Option<std::vec::IntoIter<f64>>,
    /// When the last one arrived.
    at: f64,
    /// By which factor gaps are longer than planned.
    pub(super) pace: f64,
}

impl Arriving {
    /// Draws when so many requests are to arrive, at that rate if one is planned.
    pub(super) fn draw(arrivals: Arrivals, rate: Option<f64>, count: u64, seed: u64) -> Self {
        let gaps = rate.map(|rate| {
            let at = draw(arrivals, rate, count as usize, seed);
            let before = [0.0].into_iter().chain(at.clone());
            at.iter().zip(before).map(|(at, before)| at - before).collect::<Vec<_>>().into_iter()
        });
        Self { gaps, at: 0.0, pace: 1.0 }
    }

    /// When the next requests arrive, in nanoseconds since the beginning of the round.
    pub(super) fn next(&mut self, count: usize) -> Option<Vec<i64>> {
        let gaps = self.gaps.as_mut()?.take(count);
        let at = gaps.map(|gap| {
            self.at += gap * self.pace;
            (self.at * 1e9) as i64
        });
        Some(at.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POISSON: Arrivals = Arrivals::Open { gaps: Gaps::Poisson, load: Load::Utilization(0.5) };

    #[test]
    fn the_rate_keeps_servers_busy_for_their_share() {
        assert_eq!(rate(POISSON, 2, 0.01), Some(100.0));
        assert_eq!(rate(Arrivals::Open { gaps: Gaps::Fixed, load: Load::Rate(3.0) }, 2, 0.01), Some(3.0));
        assert_eq!(rate(Arrivals::Closed, 2, 0.01), None);
    }

    #[test]
    fn gaps_have_the_mean_and_the_spread_of_their_kind() {
        let gaps = |arrivals| {
            let at = draw(arrivals, 50.0, 20_000, 1);
            assert!(at.is_sorted());
            at.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<f64>>()
        };
        let mean = |gaps: &[f64]| gaps.iter().sum::<f64>() / gaps.len() as f64;
        let poisson = gaps(POISSON);
        let long = poisson.iter().filter(|gap| **gap > 0.04).count() as f64 / poisson.len() as f64;
        assert!((mean(&poisson) - 0.02).abs() < 0.0005 && (long - (-2.0_f64).exp()).abs() < 0.01);
        let fixed = gaps(Arrivals::Open { gaps: Gaps::Fixed, load: Load::Rate(50.0) });
        assert!(fixed.iter().all(|gap| (gap - 0.02).abs() < 1e-9));
        assert_eq!(draw(POISSON, 50.0, 10, 4), draw(POISSON, 50.0, 10, 4));
    }

    #[test]
    fn requests_come_at_the_pace_of_the_machine() {
        let fixed = Arrivals::Open { gaps: Gaps::Fixed, load: Load::Utilization(0.5) };
        let mut arriving = Arriving::draw(fixed, Some(1e9), 6, 1);
        assert_eq!(arriving.next(2), Some(vec![1, 2]));
        // Half as fast from then on, and no request is lost.
        arriving.pace = 2.0;
        assert_eq!(arriving.next(2), Some(vec![4, 6]));
        arriving.pace = 1.0;
        assert_eq!(arriving.next(3), Some(vec![7, 8]));
        assert_eq!(Arriving::draw(Arrivals::Closed, None, 6, 1).next(2), None);
    }
}
