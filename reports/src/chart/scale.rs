//! Axes of plots.

use std::ops::Range;

use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use rustworthy_model::Estimate;

/// Most ticks before a logarithmic axis keeps to powers of ten.
const MOST_TICKS: usize = 9;

/// An axis: where values stand on it, and which of them are marked.
#[derive(Clone)]
pub(crate) struct Scale {
    /// What is spread evenly over the axis: a value itself, its logarithm, or its number of nines.
    spread: fn(f64) -> f64,
    /// That of the values at both ends.
    ends: [f64; 2],
    marks: Vec<f64>,
}

impl Scale {
    /// An axis from zero to a positive number.
    pub(crate) fn up_to(end: f64) -> Self {
        Self { spread: |value| value, ends: [0.0, end], marks: round_ticks(end) }
    }

    /// An axis of so many rows from the top down, or of columns from the right to the left. The middle of the first is 0.5.
    pub(crate) fn rows(count: usize) -> Self {
        let marks = (0..count).map(|row| row as f64 + 0.5).collect();
        Self { spread: |value| value, ends: [count as f64, 0.0], marks }
    }

    /// The same axis the other way round.
    pub(crate) fn reversed(self) -> Self {
        let [start, end] = self.ends;
        Self { ends: [end, start], ..self }
    }

    /// A logarithmic axis from one positive number to another, marked at round ones.
    pub(crate) fn logarithmic(low: f64, high: f64) -> Self {
        let spread = |value: f64| value.max(f64::MIN_POSITIVE).log10();
        let ends = [low, high].map(spread);
        Self { spread, ends, marks: decimal_ticks(ends) }
    }

    /// A logarithmic axis that holds all intervals of ratios and 1×, and is at least a factor of four long.
    pub(crate) fn of_ratios(intervals: impl Iterator<Item = Estimate>) -> Self {
        let positive = |value: f64, estimate: f64| if value > 0.0 { value } else { estimate / 10.0 };
        let (mut low, mut high) = (0.5_f64, 2.0_f64);
        for Estimate { estimate, low: from, high: to } in intervals {
            low = low.min(positive(from, estimate));
            high = high.max(to);
        }
        let margin = (high / low).powf(0.04);
        Self::logarithmic(low / margin, high * margin)
    }

    /// An axis of quantiles, each nine as far from the one before it as that from the one before, up to so many nines.
    pub(crate) fn nines(most: f64) -> Self {
        /// As far as there are requests beyond them.
        const MARKS: [f64; 7] = [0.0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999];
        let spread = |quantile: f64| -(1.0 - quantile).max(f64::MIN_POSITIVE).log10();
        Self { spread, ends: [0.0, most], marks: MARKS.into_iter().filter(|mark| spread(*mark) <= most).collect() }
    }

    /// The same axis, marked at other values.
    pub(crate) fn marked_at(self, marks: Vec<f64>) -> Self {
        Self { marks, ..self }
    }

    /// The same axis without the marks that are closer than that to the one before, of an axis so many pixels long.
    pub(crate) fn marked_apart(mut self, least: f64, length: i32) -> Self {
        let mut last = f64::NEG_INFINITY;
        let marks = std::mem::take(&mut self.marks);
        for mark in marks {
            let place = self.share(mark) * f64::from(length);
            if place >= last + least {
                self.marks.push(mark);
                last = place;
            }
        }
        self
    }

    /// Where a value stands, as a share of the axis; those beyond an end stand at that end.
    fn share(&self, value: f64) -> f64 {
        let [start, end] = self.ends;
        (((self.spread)(value) - start) / (end - start)).clamp(0.0, 1.0)
    }
}

impl Ranged for Scale {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        from + (self.share(*value) * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // All marks have labels: there are no light lines in between.
        if hint.weight().allow_light_points() { Vec::new() } else { self.marks.clone() }
    }

    fn range(&self) -> Range<f64> {
        self.ends[0]..self.ends[1]
    }
}

/// 1, 2 and 5 of each power of ten, or every power alone, or every nth of them, 1 always among them.
fn decimal_ticks([low, high]: [f64; 2]) -> Vec<f64> {
    let (first, last) = (low.floor() as i32, high.ceil() as i32);
    let shown = |tick: &f64| (low..=high).contains(&tick.log10());
    let fine: Vec<f64> =
        (first..=last).flat_map(|power| [1, 2, 5].map(|digit| decimal(digit, power))).filter(shown).collect();
    if fine.len() <= MOST_TICKS {
        return fine;
    }
    let every = i32::try_from((last - first).unsigned_abs() as usize / MOST_TICKS + 1).unwrap_or(i32::MAX);
    (first..=last).filter(|power| power % every == 0).map(|power| decimal(1, power)).filter(shown).collect()
}

/// `digit × 10^power`, as exact as its decimal text.
fn decimal(digit: i32, power: i32) -> f64 {
    format!("{digit}e{power}").parse().unwrap_or(f64::NAN)
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
    fn a_short_logarithmic_axis_is_marked_at_one_two_and_five() {
        assert_eq!(Scale::logarithmic(0.45, 12.0).marks, [0.5, 1.0, 2.0, 5.0, 10.0]);
    }

    #[test]
    fn a_long_logarithmic_axis_is_marked_at_powers_of_ten() {
        assert_eq!(Scale::logarithmic(0.05, 2e4).marks, [0.1, 1.0, 10.0, 100.0, 1e3, 1e4]);
        let marks = Scale::logarithmic(1e-30, 1e30).marks;
        assert!(marks.len() <= MOST_TICKS + 1 && marks.contains(&1.0));
    }

    #[test]
    fn an_axis_from_zero_is_marked_at_round_numbers() {
        assert_eq!(Scale::up_to(0.042).marks, [0.0, 0.01, 0.02, 0.03, 0.04]);
        assert_eq!(Scale::up_to(3.1).marks, [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(Scale::up_to(f64::NAN).marks, [0.0]);
    }

    #[test]
    fn values_stand_where_their_axis_says() {
        let at = |scale: Scale, value: f64| scale.map(&value, (10, 110));
        assert_eq!(at(Scale::logarithmic(1.0, 100.0), 10.0), 60);
        assert_eq!(at(Scale::logarithmic(1.0, 100.0), f64::INFINITY), 110);
        assert_eq!(at(Scale::nines(4.0), 0.99), 60);
        assert_eq!((at(Scale::rows(4), 0.5), at(Scale::rows(4).reversed(), 0.5)), (98, 23));
        assert_eq!(Scale::logarithmic(1.0, 10.0).marked_apart(30.0, 100).marks, [1.0, 2.0, 5.0, 10.0]);
        assert_eq!(Scale::logarithmic(1.0, 10.0).marked_apart(40.0, 100).marks, [1.0, 5.0]);
    }
}
