//! A number and its interval as readers see them.

use rustworthy_model::{Estimate, figures};

use crate::measure::Measure;
use crate::verdict::Tone;

/// A number and its interval.
pub(in crate::attribution) struct EstimateText {
    /// `41%`, `−31.2%`, `4.12 ms`
    pub(in crate::attribution) value: String,
    /// `38 to 44`, `−33.9 to −28.1`, `±2.0%`
    pub(in crate::attribution) interval: String,
    /// Whether the interval stands in brackets where it follows the value.
    brackets: bool,
    pub(in crate::attribution) tone: Tone,
    /// The numbers themselves, for charts.
    pub(in crate::attribution) estimate: Estimate,
}

impl EstimateText {
    pub(in crate::attribution) fn share(share: Estimate) -> Self {
        Self::bracketed(share, figures::share(&share), Tone::Plain)
    }

    /// A change for the better where it is negative, and its interval too.
    pub(in crate::attribution) fn change(change: Estimate) -> Self {
        let tone = match change {
            Estimate { high, .. } if high < 0.0 => Tone::Good,
            Estimate { low, .. } if low > 0.0 => Tone::Slow,
            _ => Tone::Plain,
        };
        Self::bracketed(change, figures::change(&change), tone)
    }

    pub(in crate::attribution) fn seconds(seconds: Estimate) -> Self {
        let Measure { value, interval, .. } = Measure::new(seconds, figures::seconds);
        Self { value: value.to_string(), interval, brackets: false, tone: Tone::Plain, estimate: seconds }
    }

    /// A time that is longer or shorter than another by this much.
    pub(super) fn longer(seconds: Estimate) -> Self {
        let [low, high] = [seconds.low, seconds.high].map(figures::longer);
        // A unit that both ends have is written once.
        let low = if low.unit == high.unit { low.number } else { low.to_string() };
        let interval = format!("({low} to {high})");
        Self::bracketed(seconds, (figures::longer(seconds.estimate), interval), Tone::Plain)
    }

    fn bracketed(estimate: Estimate, (value, interval): (figures::Figure, String), tone: Tone) -> Self {
        let interval = interval.trim_start_matches('(').trim_end_matches(')').to_owned();
        Self { value: value.to_string(), interval, brackets: true, tone, estimate }
    }

    /// The interval as it follows the value.
    pub(in crate::attribution) fn beside(&self) -> String {
        if self.brackets { format!("({})", self.interval) } else { self.interval.clone() }
    }

    /// Value and interval, `41% (38 to 44)`, `4.12 ms ±2.0%`.
    pub(in crate::attribution) fn text(&self) -> String {
        format!("{} {}", self.value, self.beside())
    }
}
