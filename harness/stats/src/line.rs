//! Fixed cost and cost per unit: a straight line through times at different amounts of input.

use rustworthy_model::Estimate;

use super::bootstrap::{Confidence, student};

/// What was measured at one amount of input.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    /// The amount, in whatever unit.
    pub amount: f64,
    /// Seconds, one value a round.
    pub rounds: Vec<f64>,
    /// The time in seconds that deviations are shares of. Noise of machines multiplies: that of a call of a second is
    /// about a thousand times that of a call of a millisecond.
    pub scale: f64,
}

/// The line that comes closest to what was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FittedLine {
    /// Seconds without any input.
    pub fixed: Estimate,
    /// Seconds that each unit adds.
    pub per_unit: Estimate,
    /// How far the means of the spots stray from it, as a share of their scales (root of the mean square).
    pub deviation: f64,
}

/// The line through the means of rounds that has the least squares of deviations, as shares of the spots' scales,
/// and no negative coefficient.
///
/// `None` for fewer than three different amounts, for one of fewer than two rounds, and for values that aren't finite.
///
/// Coefficients of least squares are weighted sums of the means, so their variance is known from that of the rounds,
/// with degrees of freedom by Welch, "The Generalization of 'Student's' Problem" (1947). Where ordinary regression, from
/// the deviations of the means, gives the wider interval, that one is taken: rounds don't know how straight the
/// truth is. A coefficient that comes out negative is zero, the other is then fitted alone, and no interval reaches below zero.
pub fn line(spots: &[Spot], confidence: Confidence) -> Option<FittedLine> {
    if !is_enough(spots) {
        return None;
    }
    let [fixed, per_unit] = both(spots).map(|weights| Coefficient::new(weights, spots));
    if fixed.value < 0.0 {
        let alone = Coefficient::new(per_unit_alone(spots), spots);
        let deviation = deviation(spots, [0.0, alone.value.max(0.0)], 1);
        let bound = fixed.interval(spots, deviation, 2, confidence);
        let per_unit = alone.interval(spots, deviation, 1, confidence);
        return Some(FittedLine { fixed: Estimate { estimate: 0.0, ..bound }, per_unit, deviation });
    }
    if per_unit.value < 0.0 {
        let alone = Coefficient::new(fixed_alone(spots), spots);
        let deviation = deviation(spots, [alone.value, 0.0], 1);
        let bound = per_unit.interval(spots, deviation, 2, confidence);
        let fixed = alone.interval(spots, deviation, 1, confidence);
        return Some(FittedLine { fixed, per_unit: Estimate { estimate: 0.0, ..bound }, deviation });
    }
    let deviation = deviation(spots, [fixed.value, per_unit.value], 2);
    let [fixed, per_unit] = [fixed, per_unit].map(|one| one.interval(spots, deviation, 2, confidence));
    Some(FittedLine { fixed, per_unit, deviation })
}

/// Whether there are enough points for a line.
fn is_enough(spots: &[Spot]) -> bool {
    let mut amounts: Vec<f64> = spots.iter().map(|spot| spot.amount).collect();
    amounts.sort_unstable_by(f64::total_cmp);
    amounts.dedup();
    let usable = |spot: &Spot| {
        spot.rounds.len() >= 2
            && spot.rounds.iter().chain([&spot.amount]).all(|value| value.is_finite())
            && spot.scale.is_finite()
            && spot.scale > 0.0
    };
    amounts.len() >= 3 && spots.iter().all(usable)
}

/// A coefficient of a line: a weighted sum of the means of the spots.
struct Coefficient {
    weights: Vec<f64>,
    value: f64,
}

impl Coefficient {
    fn new(weights: Vec<f64>, spots: &[Spot]) -> Self {
        let value = weights.iter().zip(spots).map(|(weight, spot)| weight * spot.mean()).sum();
        Self { weights, value }
    }

    /// Its interval, as far as it isn't negative, in a fit of so many coefficients from which means stray so far.
    fn interval(&self, spots: &[Spot], deviation: f64, coefficients: usize, confidence: Confidence) -> Estimate {
        let parts: Vec<f64> =
            self.weights.iter().zip(spots).map(|(weight, spot)| weight.powi(2) * spot.variance_of_mean()).collect();
        let variance: f64 = parts.iter().sum();
        let by_freedom = parts.iter().zip(spots).map(|(part, spot)| part.powi(2) / (spot.rounds.len() as f64 - 1.0));
        let freedom = variance.powi(2) / by_freedom.sum::<f64>();
        let of_rounds = if variance > 0.0 { student(freedom, confidence) * variance.sqrt() } else { 0.0 };

        let scales = self.weights.iter().zip(spots).map(|(weight, spot)| (weight * spot.scale).powi(2));
        let freedom = (spots.len() - coefficients) as f64;
        let of_spots = student(freedom, confidence) * deviation * scales.sum::<f64>().sqrt();

        let half = of_rounds.max(of_spots);
        let [estimate, low, high] = [self.value, self.value - half, self.value + half].map(|value| value.max(0.0));
        Estimate { estimate, low, high }
    }
}

impl Spot {
    fn mean(&self) -> f64 {
        self.rounds.iter().sum::<f64>() / self.rounds.len() as f64
    }

    fn variance_of_mean(&self) -> f64 {
        let (mean, size) = (self.mean(), self.rounds.len() as f64);
        self.rounds.iter().map(|seconds| (seconds - mean).powi(2)).sum::<f64>() / (size - 1.0) / size
    }

    /// What its squared deviation counts.
    fn weight(&self) -> f64 {
        self.scale.powi(-2)
    }
}

/// The root of the mean square of what spots stray from a line, as shares of their scales, with the freedom that so
/// many coefficients leave.
fn deviation(spots: &[Spot], [fixed, per_unit]: [f64; 2], coefficients: usize) -> f64 {
    let share = |spot: &Spot| (spot.mean() - fixed - per_unit * spot.amount) / spot.scale;
    let squares: f64 = spots.iter().map(|spot| share(spot).powi(2)).sum();
    (squares / (spots.len() - coefficients) as f64).sqrt()
}

/// What each mean counts in the fixed cost and in that of a unit: weighted least squares.
fn both(spots: &[Spot]) -> [Vec<f64>; 2] {
    let sum = |term: fn(&Spot) -> f64| spots.iter().map(term).sum::<f64>();
    let weights = sum(Spot::weight);
    let amounts = sum(|spot| spot.weight() * spot.amount);
    let squares = sum(|spot| spot.weight() * spot.amount.powi(2));
    let determinant = weights * squares - amounts.powi(2);
    let fixed = |spot: &Spot| spot.weight() * (squares - amounts * spot.amount) / determinant;
    let per_unit = |spot: &Spot| spot.weight() * (weights * spot.amount - amounts) / determinant;
    [spots.iter().map(fixed).collect(), spots.iter().map(per_unit).collect()]
}

/// What each mean counts in a line through nothing.
fn per_unit_alone(spots: &[Spot]) -> Vec<f64> {
    let squares: f64 = spots.iter().map(|spot| spot.weight() * spot.amount.powi(2)).sum();
    spots.iter().map(|spot| spot.weight() * spot.amount / squares).collect()
}

/// What each mean counts in a level line.
fn fixed_alone(spots: &[Spot]) -> Vec<f64> {
    let weights: f64 = spots.iter().map(Spot::weight).sum();
    spots.iter().map(|spot| spot.weight() / weights).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    use super::*;

    const AMOUNTS: [f64; 6] = [1.0, 10.0, 100.0, 1e3, 1e4, 1e5];

    /// Times of `seconds(amount)`, three rounds each, off by the shares that `noise` gives.
    fn spots(seconds: impl Fn(f64) -> f64, mut noise: impl FnMut() -> f64) -> Vec<Spot> {
        let spot = |amount| {
            let truth = seconds(amount);
            Spot { amount, rounds: (0..3).map(|_| truth * (1.0 + noise())).collect(), scale: truth }
        };
        AMOUNTS.map(spot).into()
    }

    fn fit(spots: &[Spot]) -> FittedLine {
        line(spots, Confidence::default()).unwrap()
    }

    fn near(found: f64, truth: f64) -> bool {
        (found / truth - 1.0).abs() < 1e-6
    }

    #[test]
    fn too_little_gives_no_line() {
        let all = spots(|amount| 1.0 + amount, || 0.0);
        assert_eq!(line(&all[..2], Confidence::default()), None);
        let same = vec![all[0].clone(); 5];
        assert_eq!(line(&same, Confidence::default()), None);
        let mut one_round = all.clone();
        one_round[3].rounds.truncate(1);
        assert_eq!(line(&one_round, Confidence::default()), None);
        let mut infinite = all;
        infinite[0].rounds[0] = f64::INFINITY;
        assert_eq!(line(&infinite, Confidence::default()), None);
    }

    #[test]
    fn what_grows_faster_than_its_input_strays_from_every_line() {
        assert!(fit(&spots(|amount| amount.powi(2), || 0.0)).deviation > 0.4);
        assert!(fit(&spots(|amount| 1e-3 + amount, || 0.0)).deviation < 1e-9);
    }

    #[test]
    fn a_falling_line_is_level() {
        let found = fit(&spots(|amount| 2.0 - amount / 1e6, || 0.0));
        assert!((1.9..2.0).contains(&found.fixed.estimate), "{found:?}");
        assert_eq!(found.per_unit.estimate, 0.0);
    }

    #[test]
    fn intervals_hold_the_truth_as_often_as_they_say() {
        let mut random = Pcg64Mcg::seed_from_u64(1);
        let mut normal = || (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0;
        let (fixed, per_unit) = (1e-5, 1e-8);
        let mut held = [0; 2];
        for _ in 0..1000 {
            let found = fit(&spots(|amount| fixed + per_unit * amount, || 0.03 * normal()));
            held[0] += usize::from((found.fixed.low..=found.fixed.high).contains(&fixed));
            held[1] += usize::from((found.per_unit.low..=found.per_unit.high).contains(&per_unit));
        }
        assert!(held.iter().all(|held| *held >= 940), "{held:?}");
    }

    proptest! {
        #[test]
        fn a_line_without_noise_is_found(fixed in 1e-9..1_f64, per_unit in 1e-10..1e-3_f64) {
            let found = fit(&spots(|amount| fixed + per_unit * amount, || 0.0));
            // Next to one that is millions of times as large a coefficient drowns in rounding.
            let smallest = fixed + per_unit;
            let largest = fixed + per_unit * 1e5;
            prop_assert!(fixed / smallest < 1e-3 || near(found.fixed.estimate, fixed), "{:?}", found);
            prop_assert!(per_unit * 1e5 / largest < 1e-3 || near(found.per_unit.estimate, per_unit), "{:?}", found);
        }

        #[test]
        fn another_unit_scales_the_cost_of_a_unit_alone(seed in any::<u64>(), factor in 1e-3..1e3_f64) {
            let mut random = Pcg64Mcg::seed_from_u64(seed);
            let there = spots(|amount| 1e-4 + 1e-7 * amount, || 0.2 * random.random::<f64>());
            let here: Vec<Spot> = there.iter().map(|spot| Spot { amount: spot.amount * factor, ..spot.clone() }).collect();
            let (there, here) = (fit(&there), fit(&here));
            prop_assert!(near(here.fixed.estimate, there.fixed.estimate));
            prop_assert!(near(here.per_unit.high * factor, there.per_unit.high));
            prop_assert!(near(here.deviation, there.deviation));
        }

        #[test]
        fn whatever_was_measured_nothing_is_negative(values in prop::collection::vec(-1.0..1_f64, 12)) {
            let spots: Vec<Spot> = AMOUNTS
                .iter()
                .zip(values.chunks(2))
                .map(|(&amount, rounds)| Spot { amount, rounds: rounds.to_vec(), scale: 1.0 })
                .collect();
            let found = fit(&spots);
            for Estimate { estimate, low, high } in [found.fixed, found.per_unit] {
                prop_assert!(0.0 <= low && low <= estimate && estimate <= high, "{:?}", found);
            }
        }
    }
}
