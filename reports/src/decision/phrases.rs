//! Names and numbers in the sentences of a decision: about three significant digits, and the interval in parentheses.

use rustworthy_model::comparison::Route;
use rustworthy_model::decision::{InputSize, NEVER};
use rustworthy_model::{Estimate, figures};

use crate::words;

/// A contender with the route to it, `batch (pyo3)`, unless its name says that or it is a plain call.
pub(super) fn called(name: &str, route: Route) -> String {
    match route {
        Route::InProcess | Route::Kernel => name.to_owned(),
        elsewhere if name.contains(words::route(elsewhere)) => name.to_owned(),
        elsewhere => format!("{name} ({})", words::route(elsewhere)),
    }
}

/// The size of an input, `3,100,000 (quick)`.
pub(super) fn size(size: &InputSize) -> String {
    let name = size.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    figures::count(size.number) + &name
}

/// What figures are of, to go after them: ` at size 500 (default)`.
pub(super) fn at(size: Option<&InputSize>) -> String {
    size.map(|size| format!(" at size {}", self::size(size))).unwrap_or_default()
}

/// A number of about three digits: `3.1 million`, `12.4`, `0.02`.
pub(super) fn amount(value: f64) -> String {
    if !value.is_finite() {
        return "?".to_owned();
    }
    let (scaled, unit) = match value.abs() {
        huge if huge >= 1e12 => return format!("{value:.2e}"),
        billions if billions >= 9.995e8 => (value / 1e9, " billion"),
        millions if millions >= 9.995e5 => (value / 1e6, " million"),
        _ => (value, ""),
    };
    let text = match scaled.abs() {
        0.0 => "0".to_owned(),
        large if large >= 99.95 => return grouped(scaled) + unit,
        tens if tens >= 9.995 => format!("{scaled:.1}"),
        ones if ones >= 0.1 => format!("{scaled:.2}"),
        hundredths if hundredths >= 1e-4 => format!("{scaled:.4}"),
        _ => return format!("{scaled:.1e}"),
    };
    without_needless_zeros(text) + unit
}

/// A whole number of three significant digits with its thousands set apart.
fn grouped(value: f64) -> String {
    let digits = value.abs().log10().floor() as i32 - 2;
    let unit = 10_f64.powi(digits.max(0));
    let whole = figures::count(((value.abs() / unit).round() * unit) as u64);
    if value < 0.0 { format!("-{whole}") } else { whole }
}

/// A time in months: `12.9 months`, `never`.
pub(super) fn months(value: f64) -> String {
    match number_of_months(value) {
        never if value >= NEVER => never,
        number => format!("{number} {}", if number == "1" { "month" } else { "months" }),
    }
}

/// The same without its unit.
pub(super) fn number_of_months(value: f64) -> String {
    if value >= NEVER { "never".to_owned() } else { amount(value) }
}

/// A speedup with its interval: `14.2× (13.1 to 15.6)`.
pub(super) fn times(speedup: &Estimate) -> String {
    format!("{}× ({} to {})", amount(speedup.estimate), amount(speedup.low), amount(speedup.high))
}

/// A change with its interval: `−31% (−34 to −28)`.
pub(super) fn change(change: &Estimate) -> String {
    let signed = |share: f64| {
        let text = number_of_percent(share.abs());
        let sign = match share {
            _ if text.chars().all(|digit| matches!(digit, '0' | '.')) => "",
            lower if lower < 0.0 => "−",
            _ => "+",
        };
        format!("{sign}{text}")
    };
    format!("{}% ({} to {})", signed(change.estimate), signed(change.low), signed(change.high))
}

/// A share with its interval: `48% (14 to 88)`.
pub(super) fn share(share: &Estimate) -> String {
    format!("{} ({} to {})", percent(share.estimate), number_of_percent(share.low), number_of_percent(share.high))
}

/// A share without an interval: `80%`.
pub(super) fn percent(share: f64) -> String {
    format!("{}%", number_of_percent(share))
}

fn number_of_percent(share: f64) -> String {
    let percent = share * 100.0;
    let decimals = match percent.abs() {
        tiny if tiny < 0.0095 => 3,
        small if small < 0.095 => 2,
        usual if usual < 9.95 => 1,
        _ => 0,
    };
    without_needless_zeros(format!("{percent:.decimals$}"))
}

fn without_needless_zeros(text: String) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(low: f64, estimate: f64, high: f64) -> Estimate {
        Estimate { estimate, low, high }
    }

    #[test]
    fn an_amount_has_about_three_digits() {
        assert_eq!(
            [3_104_000.0, 2.5e9, 1e13, 1234.0, -4321.0, 12.41, 0.5, 0.02, 2e-5, 0.0, f64::NAN].map(amount),
            ["3.1 million", "2.5 billion", "1.00e13", "1,230", "-4,320", "12.4", "0.5", "0.02", "2.0e-5", "0", "?"]
        );
    }

    #[test]
    fn months_may_be_one_or_never_come() {
        assert_eq!([1.0, 12.9, NEVER].map(months), ["1 month", "12.9 months", "never"]);
    }

    #[test]
    fn an_interval_stands_in_parentheses() {
        assert_eq!(times(&estimate(13.1, 14.2, 15.6)), "14.2× (13.1 to 15.6)");
        assert_eq!(change(&estimate(-0.341, -0.312, 0.0)), "−31% (−34 to 0)");
        assert_eq!(change(&estimate(-0.01, 0.000_01, 0.02)), "+0.001% (−1 to +2)");
        assert_eq!(share(&estimate(0.0002, 0.021, 0.103)), "2.1% (0.02 to 10)");
    }
}
