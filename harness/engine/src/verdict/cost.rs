//! What calls cost, whatever their input, and for every byte of it.

use std::collections::BTreeMap;

use rustworthy_model::sweep::CostFit;

use rustworthy_stats::{self as stats, Confidence, Spot};

/// Share of its time that a contender may stray from a line for that line to be reported. A time that grows with the
/// square of the input strays by more than 40 % from any.
const STRAYS: f64 = 0.25;

/// One contender at one size.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Times {
    /// Amount of input, in bytes or as a size.
    pub(super) amount: f64,
    /// Seconds per call, by round.
    pub(super) rounds: BTreeMap<u32, f64>,
}

impl Times {
    fn mean(&self) -> f64 {
        self.rounds.values().sum::<f64>() / self.rounds.len() as f64
    }
}

/// The cost of calls as they are.
pub(super) fn of_calls<'a>(times: impl IntoIterator<Item = &'a Times>, confidence: Confidence) -> CostFit {
    let spot = |times: &Times| Spot {
        amount: times.amount,
        rounds: times.rounds.values().copied().collect(),
        scale: times.mean(),
    };
    fit(&times.into_iter().map(spot).collect::<Vec<_>>(), confidence)
}

/// The cost that calls have beyond those of the kernel at the same sizes, compared round by round: the two met the
/// same machine there.
pub(super) fn of_boundary<'a>(
    pairs: impl IntoIterator<Item = (&'a Times, &'a Times)>,
    confidence: Confidence,
) -> CostFit {
    let spot = |(times, kernel): (&Times, &Times)| {
        let beyond = |(round, seconds): (&u32, &f64)| Some(seconds - kernel.rounds.get(round)?);
        Spot {
            amount: times.amount,
            rounds: times.rounds.iter().filter_map(beyond).collect(),
            // Where the kernel takes nearly all of a call, noise does too: only a share of the whole is an error worth the name.
            scale: times.mean(),
        }
    };
    fit(&pairs.into_iter().map(spot).collect::<Vec<_>>(), confidence)
}

fn fit(spots: &[Spot], confidence: Confidence) -> CostFit {
    match stats::line(spots, confidence) {
        None => CostFit::TooFewSizes,
        Some(line) if line.deviation > STRAYS => CostFit::NoLine { deviation: line.deviation },
        Some(line) => {
            CostFit::Line { fixed_seconds: line.fixed, seconds_per_unit: line.per_unit, deviation: line.deviation }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times at 1, 10, … bytes that take turns being a little too long and too short.
    fn times(seconds: impl Fn(f64) -> f64) -> Vec<Times> {
        let at = |power| {
            let amount = 10_f64.powi(power);
            let rounds = (0..4).map(|round| (round, seconds(amount) * if round % 2 == 0 { 1.01 } else { 0.99 }));
            Times { amount, rounds: rounds.collect() }
        };
        (0..6).map(at).collect()
    }

    #[track_caller]
    fn assert_line(fit: CostFit, fixed: f64, per_byte: f64) {
        let CostFit::Line { fixed_seconds, seconds_per_unit, .. } = fit else { panic!("{fit:?}") };
        assert!((fixed_seconds.estimate / fixed - 1.0).abs() < 1e-6, "{fit:?}");
        assert!((seconds_per_unit.estimate / per_byte - 1.0).abs() < 1e-6, "{fit:?}");
    }

    #[test]
    fn the_cost_of_calls_is_fixed_and_by_the_byte() {
        assert_line(of_calls(&times(|bytes| 2e-6 + 3e-9 * bytes), Confidence::default()), 2e-6, 3e-9);
    }

    #[test]
    fn a_boundary_costs_what_the_kernel_does_not() {
        let calls = times(|bytes| 2e-6 + 5e-9 * bytes);
        let kernel = times(|bytes| 1e-7 + 2e-9 * bytes);
        assert_line(of_boundary(calls.iter().zip(&kernel), Confidence::default()), 1.9e-6, 3e-9);
    }

    #[test]
    fn a_curve_is_not_passed_off_as_a_line() {
        let fit = of_calls(&times(|bytes| 1e-9 * bytes * bytes), Confidence::default());
        assert!(matches!(fit, CostFit::NoLine { deviation } if deviation > 0.4), "{fit:?}");
        let slower_kernel = times(|bytes| 1e-6 * bytes);
        let fit = of_boundary(times(|bytes| 1e-9 * bytes).iter().zip(&slower_kernel), Confidence::default());
        assert!(matches!(fit, CostFit::NoLine { .. }), "{fit:?}");
    }

    #[test]
    fn rounds_that_the_two_do_not_share_tell_nothing_of_a_boundary() {
        let calls = times(|bytes| 2e-6 + 5e-9 * bytes);
        let mut kernel = times(|bytes| 1e-9 * bytes);
        for times in &mut kernel {
            times.rounds = times.rounds.iter().map(|(round, seconds)| (round + 100, *seconds)).collect();
        }
        assert_eq!(of_boundary(calls.iter().zip(&kernel), Confidence::default()), CostFit::TooFewSizes);
        assert_eq!(of_calls(&calls[..2], Confidence::default()), CostFit::TooFewSizes);
    }
}
