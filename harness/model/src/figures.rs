//! Numbers as people read them: three significant digits, a unit that fits each value, an interval.

use std::fmt;

use crate::Estimate;

const TIME_UNITS: [(f64, &str); 4] = [(1e-9, "ns"), (1e-6, "µs"), (1e-3, "ms"), (1.0, "s")];
const BYTE_UNITS: [(f64, &str); 5] =
    [(1.0, "B"), (1024.0, "KiB"), (1_048_576.0, "MiB"), (1_073_741_824.0, "GiB"), (1_099_511_627_776.0, "TiB")];

/// How much longer one arm of an interval may be than the other for the interval to be written as `±`.
const LOPSIDED: f64 = 1.5;
/// Below this share of the estimate a lopsided interval is too narrow for its shape to matter.
const NARROW: f64 = 0.01;

/// A number rounded for reading, and its unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// The digits, `12.3`.
    pub number: String,
    /// The unit with the blank that belongs before it, ` ms` or `×`.
    pub unit: String,
}

impl Figure {
    /// The part before the decimal point, and the rest with the unit: what aligned columns need.
    pub fn at_decimal_point(&self) -> (&str, String) {
        let (whole, fraction) = self.number.split_at(self.number.find('.').unwrap_or(self.number.len()));
        (whole, format!("{fraction}{}", self.unit))
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.number, self.unit)
    }
}

/// A time in seconds, in the unit that keeps it below 1000.
pub fn seconds(seconds: f64) -> Figure {
    in_unit(seconds, &TIME_UNITS)
}

/// A size in bytes, in binary units.
pub fn bytes(bytes: u64) -> Figure {
    if bytes < 1000 {
        return Figure { number: bytes.to_string(), unit: " B".into() };
    }
    in_unit(bytes as f64, &BYTE_UNITS)
}

/// A published size in bytes, in decimal units as such figures are given.
pub fn decimal_bytes(bytes: f64) -> Figure {
    in_unit(bytes, &[(1.0, "B"), (1e3, "kB"), (1e6, "MB"), (1e9, "GB"), (1e12, "TB")])
}

/// A ratio, `33.5×`.
pub fn factor(ratio: f64) -> Figure {
    Figure { number: significant(ratio), unit: "×".into() }
}

/// A share: `38%`.
pub fn part(share: f64) -> Figure {
    Figure { number: percent(share), unit: "%".into() }
}

/// How often on average: `2,440` or `0.5`.
pub fn average(number: f64) -> Figure {
    Figure { number: plain(number), unit: String::new() }
}

/// How many of `unit` in a second; `bytes` in binary units.
pub fn rate(per_second: f64, unit: &str) -> Figure {
    if unit == "bytes" {
        let mut figure = in_unit(per_second, &BYTE_UNITS);
        figure.unit.push_str("/s");
        return figure;
    }
    Figure { number: significant(per_second), unit: format!(" {unit}/s") }
}

/// A whole number with its thousands set apart, `5,000,000`.
pub fn count(number: u64) -> String {
    group_thousands(&number.to_string())
}

/// Instructions of a call, all digits of them: a change of a thousandth is to be seen.
pub fn instructions(number: f64) -> Figure {
    Figure { number: count(number.round().max(0.0) as u64), unit: String::new() }
}

/// A number that was chosen, without needless digits: `231`, `2.5`, `1,000`.
pub fn plain(number: f64) -> String {
    let digits = significant(number);
    match digits.contains('.') && !digits.contains('e') {
        true => digits.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => digits,
    }
}

/// A size that need not be a whole number, `5.3`, `120`, `5,730`.
pub fn size(size: f64) -> String {
    if (0.0..10.0).contains(&size) { format!("{size:.1}") } else { group_thousands(&format!("{:.0}", rounded(size))) }
}

/// The interval relative to its estimate: `±1.2%`, or `−3/+20%` where one arm is much longer than the other.
pub fn interval(value: &Estimate) -> String {
    // Of nothing nothing is a share, not even nothing.
    let relative = |end: f64| if end == value.estimate { 0.0 } else { (end - value.estimate) / value.estimate.abs() };
    let (below, above) = (relative(value.low), relative(value.high));
    if !below.is_finite() || !above.is_finite() {
        return "±?".into();
    }
    let (short, long) = if -below < above { (-below, above) } else { (above, -below) };
    if long > NARROW && long > short * LOPSIDED {
        return format!("{}/{}%", signed(below), signed(above));
    }
    format!("±{}%", percent(value.relative_half_width()))
}

/// A relative change and its interval with as many decimals as the interval is worth: `+4.8%` and `(+3.9 to +5.7)`.
pub fn change(change: &Estimate) -> (Figure, String) {
    let decimals = match (change.high - change.low).abs() / 2.0 {
        narrow if narrow < 0.000_95 => 2,
        usual if usual < 0.0995 => 1,
        _ => 0,
    };
    let percent = |share: f64| signed_percent(share, decimals);
    let figure = Figure { number: percent(change.estimate), unit: "%".into() };
    (figure, format!("({} to {})", percent(change.low), percent(change.high)))
}

/// A share of one and its interval, with as many decimals as the interval is worth: `41%` and `(38 to 44)`.
pub fn share(share: &Estimate) -> (Figure, String) {
    let decimals = match (share.high - share.low).abs() / 2.0 {
        narrow if narrow < 0.000_95 => 2,
        small if small < 0.0195 => 1,
        _ => 0,
    };
    let percent = |share: f64| signed_percent(share, decimals).trim_start_matches('+').to_owned();
    let figure = Figure { number: percent(share.estimate), unit: "%".into() };
    (figure, format!("({} to {})", percent(share.low), percent(share.high)))
}

/// A relative difference that has no interval of its own, `+4.8%`.
pub fn stray(share: f64) -> String {
    format!("{}%", signed_percent(share, 1))
}

/// By how much time something is longer or shorter, `+1.20 ms`.
pub fn longer(seconds: f64) -> Figure {
    let figure = self::seconds(seconds.abs());
    let sign = match seconds {
        _ if figure.number == "0" => "",
        shorter if shorter < 0.0 => "−",
        _ => "+",
    };
    Figure { number: format!("{sign}{}", figure.number), unit: figure.unit }
}

/// A share of one as per cent with its sign; what rounds to zero has none.
fn signed_percent(share: f64, decimals: usize) -> String {
    if !share.is_finite() {
        return "?".into();
    }
    let digits = format!("{:.decimals$}", share.abs() * 100.0);
    let sign = match digits.chars().any(|digit| digit.is_ascii_digit() && digit != '0') {
        false => "",
        true if share < 0.0 => "−",
        true => "+",
    };
    format!("{sign}{}", group_thousands(&digits))
}

/// A share of one as whole per cent with its sign, `+20`; small ones with a decimal.
fn signed(share: f64) -> String {
    let (sign, percent) = (if share < 0.0 { '−' } else { '+' }, share.abs() * 100.0);
    let decimals = usize::from(percent < 0.95);
    format!("{sign}{percent:.decimals$}")
}

/// A share of one as per cent with about two digits, `1.2` or `12`.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let decimals = match percent {
        0.0 => 0,
        tiny if tiny < 0.095 => 2,
        small if small < 9.95 => 1,
        _ => 0,
    };
    format!("{percent:.decimals$}")
}

/// A share that was chosen, not measured, as it was typed: `5%`, `2.5%`.
pub fn chosen_percent(share: f64) -> String {
    let digits = format!("{:.4}", share * 100.0);
    format!("{}%", digits.trim_end_matches('0').trim_end_matches('.'))
}

/// The smallest unit that keeps the rounded value below 1000, or the largest there is.
fn in_unit(value: f64, units: &[(f64, &str)]) -> Figure {
    let fits = |(size, _): &&(f64, &str)| rounded(value / size).abs() < 1000.0;
    let Some((size, name)) = units.iter().find(fits).or(units.last()) else {
        return Figure { number: significant(value), unit: String::new() };
    };
    Figure { number: significant(value / size), unit: format!(" {name}") }
}

/// The value at three significant digits.
fn rounded(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

/// Three significant digits in plain notation, or scientific beyond ten millions and ten-thousandths.
fn significant(value: f64) -> String {
    if !value.is_finite() {
        return "?".into();
    }
    if value == 0.0 {
        return "0".into();
    }
    let scientific = format!("{value:.2e}");
    let exponent: i32 = scientific.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    if !(-4..7).contains(&exponent) {
        return scientific;
    }
    let decimals = usize::try_from(2 - exponent).unwrap_or(0);
    group_thousands(&format!("{:.decimals$}", rounded(value)))
}

/// Sets the thousands of a decimal number apart by commas.
fn group_thousands(number: &str) -> String {
    let (whole, fraction) = number.split_at(number.find('.').unwrap_or(number.len()));
    let (sign, digits) = whole.split_at(usize::from(whole.starts_with('-')));
    let mut grouped = String::from(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + fraction
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn estimate(low: f64, estimate: f64, high: f64) -> Estimate {
        Estimate { estimate, low, high }
    }

    #[test]
    fn a_time_takes_the_unit_that_keeps_it_below_a_thousand() {
        for (value, expected) in [
            (4.2e-10, "0.420 ns"),
            (3.14159e-8, "31.4 ns"),
            (9.996e-4, "1.00 ms"),
            (9.99e-4, "999 µs"),
            (0.0123, "12.3 ms"),
            (0.4125, "412 ms"),
            (68.0, "68.0 s"),
            (12_345.0, "12,300 s"),
            (0.0, "0 ns"),
        ] {
            assert_eq!(seconds(value).to_string(), expected);
        }
    }

    #[test]
    fn sizes_are_binary_and_small_ones_exact() {
        assert_eq!(bytes(40).to_string(), "40 B");
        assert_eq!(bytes(1023).to_string(), "0.999 KiB");
        assert_eq!(bytes(40_000_000).to_string(), "38.1 MiB");
        assert_eq!(bytes(u64::MAX).to_string(), "1.68e7 TiB");
    }

    #[test]
    fn a_ratio_stays_readable_at_both_ends() {
        assert_eq!(factor(0.0123).to_string(), "0.0123×");
        assert_eq!(factor(33.54).to_string(), "33.5×");
        assert_eq!(factor(123_456.0).to_string(), "123,000×");
        assert_eq!(factor(9.9e9).to_string(), "9.90e9×");
        assert_eq!(factor(f64::NAN).to_string(), "?×");
    }

    #[test]
    fn an_even_interval_is_one_figure_and_a_lopsided_one_two() {
        assert_eq!(interval(&estimate(0.98, 1.0, 1.02)), "±2.0%");
        assert_eq!(interval(&estimate(0.9996, 1.0, 1.0004)), "±0.04%");
        assert_eq!(interval(&estimate(0.97, 1.0, 1.2)), "−3/+20%");
        assert_eq!(interval(&estimate(1.0, 1.0, 1.0)), "±0%");
        assert_eq!(interval(&estimate(0.0, 0.0, 1.0)), "±?");
    }

    #[test]
    fn a_change_has_the_decimals_that_its_interval_is_worth() {
        let shown = |low, value, high| {
            let (figure, interval) = change(&estimate(low, value, high));
            format!("{figure} {interval}")
        };
        assert_eq!(shown(0.039, 0.0481, 0.057), "+4.8% (+3.9 to +5.7)");
        assert_eq!(shown(-0.0012, -0.0008, -0.0003), "−0.08% (−0.12 to −0.03)");
        assert_eq!(shown(-0.25, -0.1, 0.051), "−10% (−25 to +5)");
        assert_eq!(shown(-0.01, 0.0001, 0.01), "0.0% (−1.0 to +1.0)");
        assert_eq!(shown(11.0, 12.5, 14.0), "+1,250% (+1,100 to +1,400)");
        assert_eq!(shown(f64::NAN, f64::INFINITY, 1.0), "?% (? to +100)");
    }

    #[test]
    fn a_share_has_the_decimals_that_its_interval_is_worth() {
        let shown = |low, value, high| {
            let (figure, interval) = share(&estimate(low, value, high));
            format!("{figure} {interval}")
        };
        assert_eq!(shown(0.38, 0.412, 0.44), "41% (38 to 44)");
        assert_eq!(shown(0.022, 0.025, 0.028), "2.5% (2.2 to 2.8)");
        assert_eq!(shown(0.0001, 0.0002, 0.0003), "0.02% (0.01 to 0.03)");
        assert_eq!(shown(-0.0, 0.0, 0.0), "0.00% (0.00 to 0.00)");
        assert_eq!(shown(-0.03, 0.01, 0.05), "1% (−3 to 5)");
        assert_eq!(shown(-0.004, 0.03, 0.09), "3% (0 to 9)");
        assert_eq!(shown(f64::NAN, f64::NAN, 1.0), "?% (? to 100)");
    }

    #[test]
    fn a_difference_of_times_has_a_sign() {
        assert_eq!([0.0012, -0.0012, 0.0].map(|value| longer(value).to_string()), ["+1.20 ms", "−1.20 ms", "0 ns"]);
        assert_eq!([231.4, 2.5, 10.0, 1000.0].map(plain), ["231", "2.5", "10", "1,000"]);
        assert_eq!([0.021, -0.3, 0.0].map(stray), ["+2.1%", "−30.0%", "0.0%"]);
    }

    #[test]
    fn a_chosen_share_reads_as_it_was_typed() {
        assert_eq!(
            [0.05, 0.03, 0.025, 0.1, 1.0, 0.00125].map(chosen_percent),
            ["5%", "3%", "2.5%", "10%", "100%", "0.125%"]
        );
    }

    #[test]
    fn the_decimal_point_splits_digits_from_fraction_and_unit() {
        assert_eq!(seconds(0.0123).at_decimal_point(), ("12", ".3 ms".to_owned()));
        assert_eq!(seconds(0.412).at_decimal_point(), ("412", " ms".to_owned()));
    }

    proptest! {
        #[test]
        fn a_time_reads_back_within_half_a_per_cent(value in 1e-9..1e6_f64) {
            let figure = seconds(value);
            let number: f64 = figure.number.replace(',', "").parse().unwrap();
            let (size, _) = TIME_UNITS.iter().find(|(_, name)| figure.unit.trim() == *name).unwrap();
            prop_assert!((number * size / value - 1.0).abs() <= 0.005_000_1);
        }

        #[test]
        fn any_number_can_be_shown(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            seconds(value);
            factor(value);
            interval(&estimate(value, value, value));
            change(&estimate(value, value, value));
            share(&estimate(value, value, value));
            longer(value);
        }
    }
}
