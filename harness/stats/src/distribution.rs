//! Quantiles and tails of the normal distribution, of Student's t, and of χ².
//!
//! Tail probabilities come from special functions: erfc, the incomplete beta function by its continued fraction (NIST
//! Digital Library of Mathematical Functions, DLMF, 8.17.22) and the incomplete gamma functions by series and continued
//! fraction (8.11.4, 8.9.2). Quantiles are found by Newton's method on logarithms of probability and value alike. On
//! these scales all tails here are concave: the generalised failure rate of these distributions increases, Lariviere,
//! "A Note on Probability Distributions with Increasing Generalized Failure Rates" (2006). So the method comes closer
//! with every step from the second on, from anywhere.

use std::f64::consts::{FRAC_2_PI, FRAC_PI_2, SQRT_2};

/// Degrees of freedom from which on Student's t can't be distinguished from the normal distribution.
const AS_GOOD_AS_NORMAL: f64 = 1e5;

/// Steps after which a quantile is taken as it is; it's found within a dozen.
const MOST_STEPS: usize = 100;

/// The value below which a standard normal variable is with this probability.
pub fn normal_quantile(probability: f64) -> f64 {
    let reach = normal_reach(2.0 * probability.min(1.0 - probability));
    if probability < 0.5 { -reach } else { reach }
}

/// How many standard deviations to either side leave out this probability, both tails of a normal distribution together.
fn normal_reach(error: f64) -> f64 {
    reach(error, |distance| {
        let tails = libm::erfc(distance / SQRT_2);
        (tails, FRAC_2_PI.sqrt() * (-distance * distance / 2.0).exp())
    })
}

/// How many standard errors to either side leave out this probability, both tails of Student's t together; infinitely many
/// without degrees of freedom.
pub(crate) fn student_reach(freedom: f64, error: f64) -> f64 {
    if freedom.is_nan() || freedom <= 0.0 {
        return f64::INFINITY;
    }
    if freedom >= AS_GOOD_AS_NORMAL {
        return normal_reach(error);
    }
    let height = 2.0 / (freedom.sqrt() * ln_beta(freedom / 2.0, 0.5).exp());
    reach(error, |distance| {
        let power = -(freedom + 1.0) / 2.0 * (distance * distance / freedom).ln_1p();
        (student_tails(freedom, distance), height * power.exp())
    })
}

/// The probability that Student's t is so far from zero or further, to either side; 1 without degrees of freedom.
pub(crate) fn student_tails(freedom: f64, distance: f64) -> f64 {
    if freedom.is_nan() || freedom <= 0.0 {
        return 1.0;
    }
    if freedom >= AS_GOOD_AS_NORMAL {
        return libm::erfc(distance.abs() / SQRT_2);
    }
    let square = distance * distance;
    if square.is_infinite() {
        return 0.0;
    }
    let whole = freedom + square;
    // DLMF 8.17.22 converges quickly below the mean of the beta distribution alone.
    if freedom / whole < (freedom / 2.0 + 1.0) / (freedom / 2.0 + 2.5) {
        incomplete_beta(freedom / 2.0, 0.5, freedom / whole, square / whole)
    } else {
        1.0 - incomplete_beta(0.5, freedom / 2.0, square / whole, freedom / whole)
    }
}

/// The value below which a χ² variable is with this probability.
pub fn chi_squared_quantile(freedom: f64, probability: f64) -> f64 {
    if probability.is_nan() || probability <= 0.0 {
        return 0.0;
    }
    if probability >= 1.0 {
        return f64::INFINITY;
    }
    let shape = freedom / 2.0;
    // Wilson and Hilferty, "The Distribution of Chi-Square" (1931), which few degrees of freedom make negative.
    let ninth = 2.0 / (9.0 * freedom);
    let cube = (1.0 - ninth + normal_quantile(probability) * ninth.sqrt()).powi(3);
    let start = if cube > 0.01 { shape * cube } else { ((probability.ln() + libm::lgamma(shape + 1.0)) / shape).exp() };
    let is_low = probability < 0.5;
    let target = if is_low { probability } else { 1.0 - probability };
    2.0 * solve(target, start, |half| {
        let [below, above] = incomplete_gamma(shape, half);
        let density = (shape * half.ln() - half - libm::lgamma(shape)).exp() / half;
        if is_low { (below, density) } else { (above, -density) }
    })
}

/// Where the probability of both tails has come down to `error`, by a function that returns it and its density.
fn reach(error: f64, tails: impl Fn(f64) -> (f64, f64)) -> f64 {
    if error.is_nan() || error >= 1.0 {
        return 0.0;
    }
    if error <= 0.0 {
        return f64::INFINITY;
    }
    // About right for a normal distribution near its middle, and at its ends.
    let start = if error > 0.1 { (1.0 - error) * FRAC_PI_2.sqrt() } else { (-2.0 * error.ln()).sqrt() };
    solve(error, start, |distance| {
        let (probability, density) = tails(distance);
        (probability, -density)
    })
}

/// The value at which a probability has come to `target`, by a function that returns the probability and its slope.
fn solve(target: f64, start: f64, probability: impl Fn(f64) -> (f64, f64)) -> f64 {
    let mut value = start;
    for _ in 0..MOST_STEPS {
        let (found, slope) = probability(value);
        let step = (target / found).ln() * found / (slope * value);
        if !step.is_finite() {
            break;
        }
        value *= step.exp();
        if step.abs() < 4.0 * f64::EPSILON {
            break;
        }
    }
    value
}

/// ln B(a, b)
fn ln_beta(a: f64, b: f64) -> f64 {
    libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b)
}

/// The incomplete beta function at `x`, as a share of the complete one, by DLMF 8.17.22; `y` is 1 − x without its loss of
/// digits.
fn incomplete_beta(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let factor = (a * x.ln() + b * y.ln() - ln_beta(a, b)).exp() / a;
    let fraction = continued_fraction(1.0, |number| {
        let m = (number / 2) as f64;
        let numerator = if number % 2 == 0 {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        (numerator, 1.0)
    });
    factor / fraction
}

/// The incomplete beta function anywhere between 0 and 1, as a share of the complete one.
pub(crate) fn incomplete_beta_share(a: f64, b: f64, x: f64) -> f64 {
    // DLMF 8.17.22 converges quickly below the mean alone.
    if x < (a + 1.0) / (a + b + 2.0) {
        incomplete_beta(a, b, x, 1.0 - x)
    } else {
        1.0 - incomplete_beta(b, a, 1.0 - x, x)
    }
}

/// The incomplete gamma functions below and above `x`, as shares of the complete one, by DLMF 8.11.4 and 8.9.2.
fn incomplete_gamma(shape: f64, x: f64) -> [f64; 2] {
    let factor = (shape * x.ln() - x - libm::lgamma(shape)).exp();
    if x < shape + 1.0 {
        let mut term = 1.0 / shape;
        let mut sum = term;
        let mut number = shape;
        while term > sum * f64::EPSILON {
            number += 1.0;
            term *= x / number;
            sum += term;
        }
        let below = factor * sum;
        return [below, 1.0 - below];
    }
    let fraction = continued_fraction(x + 1.0 - shape, |number| {
        let n = number as f64;
        (n * (shape - n), x + 2.0 * n + 1.0 - shape)
    });
    let above = factor / fraction;
    [1.0 - above, above]
}

/// b₀ + a₁ / (b₁ + a₂ / (b₂ + …)) by the method of Lentz, as modified by Thompson and Barnett, "Coulomb and Bessel Functions of
/// Complex Arguments and Order" (1986); `part` returns a and b of a number from 1 on.
fn continued_fraction(first: f64, part: impl Fn(usize) -> (f64, f64)) -> f64 {
    /// Stands for zero where that would be divided by.
    const TINY: f64 = 1e-300;
    /// Far more than any degrees of freedom take that a run of benchmarks has.
    const MOST_PARTS: usize = 100_000;

    let kept_off_zero = |value: f64| if value == 0.0 { TINY } else { value };
    let mut value = kept_off_zero(first);
    let (mut upper, mut lower) = (value, 0.0);
    for (numerator, denominator) in (1..MOST_PARTS).map(part) {
        upper = kept_off_zero(denominator + numerator / upper);
        lower = 1.0 / kept_off_zero(denominator + numerator * lower);
        let change = upper * lower;
        value *= change;
        if (change - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    value
}

// References keep the digits that they were computed with.
#[cfg(test)]
#[expect(clippy::excessive_precision)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Expected values are from 40 digits of mpmath.
    fn assert_close(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-12, "{found} for {expected}");
    }

    #[test]
    fn quantiles_of_the_normal_distribution_are_right() {
        assert_eq!(normal_quantile(0.5), 0.0);
        assert_close(normal_quantile(0.6), 0.253_347_103_135_799_8);
        assert_close(normal_quantile(0.975), 1.959_963_984_540_054_2);
        assert_close(normal_quantile(1e-9), -5.997_807_015_007_686_9);
        assert_eq!((normal_quantile(0.0), normal_quantile(1.0)), (f64::NEG_INFINITY, f64::INFINITY));
    }

    #[test]
    fn reaches_of_students_t_are_right() {
        for (freedom, error, expected) in [
            (1.0, 0.05, 12.706_204_736_174_705),
            (1.0, 1e-7, 6_366_197.723_675_761_1),
            (2.0, 0.05, 4.302_652_729_749_463_9),
            (3.7, 0.01, 4.869_252_253_227_829_3),
            (30.0, 0.05, 2.042_272_456_301_238_3),
            (30.0, 0.9, 0.126_729_613_132_073_59),
            (1_000.0, 1e-4, 3.906_343_736_701_381_2),
        ] {
            assert_close(student_reach(freedom, error), expected);
        }
        // The logarithms of such large gamma functions lose digits.
        assert!((student_reach(99_999.0, 0.05) / 1.959_987_707_771_844_8 - 1.0).abs() < 1e-9);
        assert_close(student_reach(f64::INFINITY, 0.05), 1.959_963_984_540_054_2);
        assert_eq!((student_reach(0.0, 0.05), student_reach(3.0, 0.0)), (f64::INFINITY, f64::INFINITY));
        assert_eq!(student_reach(3.0, 1.0), 0.0);
    }

    #[test]
    fn reaches_leave_out_what_they_were_asked_to() {
        for freedom in [1.0, 1.5, 2.0, 9.3, 77.0, 1e4, 9e4, 1e7, f64::INFINITY] {
            for error in [0.999, 0.5, 0.05, 1e-4, 1e-7, 1e-20] {
                let left_out = student_tails(freedom, student_reach(freedom, error));
                assert!((left_out / error - 1.0).abs() < 1e-6, "{freedom} {error}: {left_out}");
            }
        }
    }

    #[test]
    fn tails_of_students_t_are_right() {
        assert_close(student_tails(1.0, 1.0), 0.5);
        assert_close(student_tails(4.5, -2.5), 0.059_905_686_502_200_544);
        assert_close(student_tails(30.0, 0.01), 0.992_087_492_573_177_7);
        assert_close(student_tails(200.0, 9.0), 1.770_938_292_326_478_8e-16);
        assert_close(student_tails(f64::INFINITY, 1.959_963_984_540_054_2), 0.05);
        assert_eq!((student_tails(2.0, 0.0), student_tails(2.0, f64::INFINITY)), (1.0, 0.0));
    }

    #[test]
    fn quantiles_of_chi_squared_are_right() {
        for (freedom, probability, expected) in [
            (0.5, 0.01, 1.349_939_585_911_693_5e-8),
            (1.0, 0.025, 0.000_982_069_117_175_255_91),
            (1.0, 0.975, 5.023_886_187_314_889),
            (2.0, 0.5, 2.0_f64.ln() * 2.0),
            (23.0, 0.025, 11.688_551_922_452_438),
            (23.0, 0.975, 38.075_627_250_355_806),
            (95.0, 0.001, 58.021_950_078_549_927),
            (1_000.0, 0.975, 1_089.530_912_774_913_5),
        ] {
            assert_close(chi_squared_quantile(freedom, probability), expected);
        }
        assert_eq!((chi_squared_quantile(3.0, 0.0), chi_squared_quantile(3.0, 1.0)), (0.0, f64::INFINITY));
    }

    proptest! {
        #[test]
        fn chi_squared_of_two_degrees_is_exponential(probability in 1e-12..0.999_999_f64) {
            let expected = -2.0 * (-probability).ln_1p();
            prop_assert!((chi_squared_quantile(2.0, probability) / expected - 1.0).abs() < 1e-9);
        }
    }
}
