//! Numbers across types.

use proptest::prelude::*;

use crate::equivalence::number::Number;
use crate::equivalence::repr::float_repr;
use crate::equivalence::value::BigInt;

proptest! {
    #[test]
    fn integers_equal_floats_of_exactly_their_value(integer: i64, nearby in -2..3_i64) {
        let float = integer as f64;
        let other = integer.saturating_add(nearby);
        prop_assert_eq!(Number::Integer(other).equals(Number::Float(float)), i128::from(other) == float as i128);
    }

    #[test]
    fn a_float_equals_the_decimal_of_all_its_digits_only(float in -1e9..1e9_f64) {
        let digits = format!("{float:.1074}");
        prop_assert!(Number::Float(float).equals(Number::Decimal(&digits)));
        let more = format!("{digits}1");
        prop_assert!(!Number::Float(float).equals(Number::Decimal(&more)));
    }

    #[test]
    fn large_integers_equal_their_decimals(integer: u128, zeros in 0..30_usize) {
        let magnitude = integer.to_be_bytes().into_iter().skip_while(|&byte| byte == 0).collect::<Vec<_>>();
        let big = BigInt { negative: false, magnitude: magnitude.into() };
        let text = format!("{integer}.{}", "0".repeat(zeros));
        prop_assert!(Number::Big(&big).equals(Number::Decimal(&text)));
    }

    #[test]
    fn fractions_of_twos_and_fives_equal_decimals(numerator in -99_999..99_999_i64, twos in 0..5_u32, fives in 0..5_u32) {
        let denominator = 2_i64.pow(twos) * 5_i64.pow(fives);
        let fraction = format!("{numerator}/{denominator}");
        let decimal = format!("{}E-9", numerator * (1_000_000_000 / denominator));
        prop_assert!(Number::Fraction(&fraction).equals(Number::Decimal(&decimal)));
    }

    #[test]
    fn floats_read_back_from_what_is_shown(float: f64) {
        prop_assume!(!float.is_nan());
        prop_assert_eq!(float_repr(float).parse::<f64>().unwrap(), float);
    }

    #[test]
    fn nearness_is_symmetric(a: f64, b: f64, relative in 0.0..1.0_f64) {
        let (a, b) = (Number::Float(a), Number::Float(b));
        prop_assert_eq!(a.near(b, relative, 1.0), b.near(a, relative, 1.0));
    }
}

#[test]
fn floats_are_shown_as_python_shows_them() {
    let shown = [0.0, -0.0, 1.0, 0.1, 1e16, 1.5e300, 1e-5, 0.0001, 123456789012345680.0, 9007199254740993.0];
    let python = [
        "0.0",
        "-0.0",
        "1.0",
        "0.1",
        "1e+16",
        "1.5e+300",
        "1e-05",
        "0.0001",
        "1.2345678901234568e+17",
        "9007199254740992.0",
    ];
    assert_eq!(shown.map(float_repr), python);
}

#[test]
fn a_third_equals_no_float() {
    assert!(!Number::Fraction("1/3").equals(Number::Float(1.0 / 3.0)));
    assert!(Number::Fraction("1/3").near(Number::Float(1.0 / 3.0), 1e-15, 0.0));
}

#[test]
fn an_infinity_is_near_itself_only() {
    let infinity = Number::Float(f64::INFINITY);
    assert!(infinity.near(Number::Decimal("Infinity"), 1.0, 0.0));
    assert!(!infinity.near(Number::Decimal("1E+400"), 1.0, 0.0));
    assert!(!infinity.near(Number::Float(f64::MAX), 1.0, f64::MAX));
    assert!(Number::Float(f64::NAN).near(Number::Float(f64::NAN), 0.0, 0.0));
}

#[test]
fn the_distance_of_integers_is_exact() {
    assert!(!Number::Integer(i64::MAX).near(Number::Integer(i64::MAX - 1), 0.0, 0.5));
    assert!(Number::Integer(i64::MAX).near(Number::Integer(i64::MAX - 1), 0.0, 1.0));
}
