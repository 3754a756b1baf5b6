//! How samples spread.

use std::fmt::Write;

use rustworthy_model::comparison::Distribution;
use rustworthy_model::figures;

/// The drawing's size.
pub(crate) const WIDTH: usize = 320;
pub(crate) const HEIGHT: usize = 40;

/// A histogram small enough to stand in a row of a table.
pub(crate) struct Spread {
    /// Its outline, as the path of an SVG drawing of [`WIDTH`] by [`HEIGHT`].
    pub(crate) path: String,
    /// Where classes with samples begin, and how many they hold.
    pub(crate) classes: Vec<(String, u64)>,
    /// What it shows, `from 11.9 ms to 12.8 ms, most at 12.1 ms`.
    pub(crate) text: String,
}

impl Spread {
    /// Nothing where there is nothing to draw.
    pub(super) fn new(distribution: &Distribution) -> Option<Self> {
        let Distribution { low, high, counts, beyond, slowest } = distribution;
        let most = counts.iter().copied().max().filter(|most| *most > 0)?;
        if !(low.is_finite() && high.is_finite() && low <= high) {
            return None;
        }
        let mut path = format!("M0 {HEIGHT}");
        for (place, count) in counts.iter().enumerate() {
            let top = HEIGHT - (*count as f64 / most as f64 * (HEIGHT - 1) as f64).ceil() as usize;
            let right = (place + 1) * WIDTH / counts.len();
            // Writing to a `String` cannot fail.
            let _ = write!(path, "V{top}H{right}");
        }
        let _ = write!(path, "V{HEIGHT}Z");
        let peak = counts.iter().position(|count| *count == most).unwrap_or_default();
        let peak = low + (high - low) * (peak as f64 + 0.5) / counts.len() as f64;
        let begin = |place: usize| low + (high - low) * place as f64 / counts.len() as f64;
        let filled = counts.iter().enumerate().filter(|(_, count)| **count > 0);
        let classes = filled.map(|(place, count)| (figures::seconds(begin(place)).to_string(), *count)).collect();
        let [low, high, peak, slowest] = [*low, *high, peak, *slowest].map(figures::seconds);
        let mut text = format!("from {low} to {high}, most at about {peak}");
        if *beyond > 0 {
            let _ = write!(text, "; {} slower, up to {slowest}", figures::count(*beyond));
        }
        Some(Self { path, classes, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fullest_class_is_as_high_as_the_drawing_and_any_sample_shows() {
        let distribution =
            Distribution { low: 0.01, high: 0.02, counts: vec![1, 1000, 0, 10], beyond: 2, slowest: 0.5 };
        let spread = Spread::new(&distribution).unwrap();
        assert_eq!(spread.path, "M0 40V39H80V1H160V40H240V39H320V40Z");
        let classes = [("10.0 ms", 1), ("12.5 ms", 1000), ("17.5 ms", 10)].map(|(at, count)| (at.to_owned(), count));
        assert_eq!(spread.classes, classes);
        assert_eq!(spread.text, "from 10.0 ms to 20.0 ms, most at about 13.8 ms; 2 slower, up to 500 ms");
    }

    #[test]
    fn what_is_no_distribution_is_not_drawn() {
        let known = Distribution { low: 0.01, high: 0.02, counts: vec![1], beyond: 0, slowest: 0.02 };
        assert!(Spread::new(&known).is_some());
        for unknown in [
            Distribution { counts: Vec::new(), ..known.clone() },
            Distribution { counts: vec![0, 0], ..known.clone() },
            Distribution { low: f64::NAN, ..known.clone() },
            Distribution { low: 0.03, ..known.clone() },
        ] {
            assert!(Spread::new(&unknown).is_none(), "{unknown:?}");
        }
    }
}
