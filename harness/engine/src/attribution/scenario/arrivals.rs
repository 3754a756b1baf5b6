//! When requests arrive.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use crate::manifest::{Arrivals, Gaps, Load};

/// Requests a second that are planned, where servers need so many seconds for a request on average; `None` where the next
/// request follows the answer to the one before.
pub(super) fn rate(arrivals: Arrivals, servers: u32, service: f64) -> Option<f64> {
    match arrivals {
        Arrivals::Closed => None,
        Arrivals::Open { load: Load::Rate(rate), .. } => Some(rate),
        Arrivals::Open { load: Load::Utilization(share), .. } => Some(share * f64::from(servers) / service.max(1e-9)),
    }
}

/// When so many requests arrive, in seconds from the beginning, ascending; the same for the same seed.
pub(super) fn draw(arrivals: Arrivals, rate: f64, count: usize, seed: u64) -> Vec<f64> {
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
}
