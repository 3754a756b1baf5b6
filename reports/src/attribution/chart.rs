//! Attributions as SVG drawings.

mod latency;
mod stack;
mod what_if;

use rustworthy_model::figures;

pub(super) use latency::latency;
pub(super) use stack::stack;
pub(super) use what_if::what_if;

/// A time at an axis, without needless digits: `10 ms`.
fn time_label(seconds: f64) -> String {
    let figure = figures::seconds(seconds);
    let number = match figure.number.contains('.') {
        true => figure.number.trim_end_matches('0').trim_end_matches('.'),
        false => &figure.number,
    };
    format!("{number}{}", figure.unit)
}

/// Round numbers from zero to `end`, about five of them.
fn round_ticks(end: f64) -> Vec<f64> {
    const ABOUT: f64 = 5.0;
    if !(end.is_finite() && end > 0.0) {
        return vec![0.0];
    }
    let power = 10_f64.powf((end / ABOUT).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power).into_iter().find(|step| end / step <= ABOUT + 0.5);
    let step = step.unwrap_or(10.0 * power);
    (0..).map(|number| f64::from(number) * step).take_while(|tick| *tick <= end).take(20).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_is_marked_at_round_numbers() {
        let labels = |end: f64| round_ticks(end).into_iter().map(time_label).collect::<Vec<_>>();
        assert_eq!(labels(0.042), ["0 ns", "10 ms", "20 ms", "30 ms", "40 ms"]);
        assert_eq!(labels(3.1), ["0 ns", "1 s", "2 s", "3 s"]);
        assert_eq!(labels(f64::NAN), ["0 ns"]);
    }
}
