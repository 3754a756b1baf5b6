//! What p99 becomes by the share of a function's time that is saved.
//!
//! The queue was replayed with a few speedups. Between them p99 is taken to be a straight line in the share of time that
//! is saved, 1 − 1/speedup. It never rises with that share, since less work makes nobody in a queue slower.

use rustworthy_model::Estimate;
use rustworthy_model::attribution::{Function, NamedSpeedup, Speedup, WhatIf};

use super::draws::linear;

/// How far the speedup that the attribution measured may be from a contender's, as a share of time saved, to count as the
/// same.
const SAME: f64 = 0.02;

/// Changes of p99 at shares saved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Curve {
    /// Share of time saved and change of p99, ascending by the share. In the first, nothing is saved.
    points: Vec<(f64, Estimate)>,
    /// The point of the measured speedup, which the replay drew from its interval.
    measured: Option<(f64, Estimate)>,
}

impl Curve {
    /// The curve of a function, of which the real migration was so many times as fast if there was one; `None` where no speedup
    /// of it was replayed.
    pub(super) fn of(function: &Function, migrated: Option<f64>) -> Option<Self> {
        let what_if = |wanted: Speedup| function.what_if.iter().find(|what_if| what_if.speedup == wanted);
        let infinite = what_if(Speedup::Named(NamedSpeedup::Infinite))?;
        let mut points = vec![(0.0, Estimate::exactly(0.0)), (1.0, infinite.p99_change)];
        let factors = function.what_if.iter().filter_map(|what_if| match what_if.speedup {
            Speedup::Factor(factor) if factor > 1.0 => Some((1.0 - 1.0 / factor, what_if.p99_change)),
            _ => None,
        });
        points.extend(factors);
        let measured = what_if(Speedup::Named(NamedSpeedup::Measured))
            .and_then(|measured| Some((saved_by(measured, infinite, migrated)?, measured.p99_change)));
        points.extend(measured);
        points.sort_by(|one, other| one.0.total_cmp(&other.0));
        points.dedup_by(|later, first| later.0 - first.0 < 1e-6);
        Some(Self { points, measured })
    }

    /// Change of p99 with a share of time saved, at a distance from the estimate: 1 is the upper end of the interval.
    pub(super) fn at(&self, saved: f64, away: f64) -> f64 {
        let mut lowest = 0.0_f64;
        let mut before = (0.0, 0.0);
        let mut slope = 0.0;
        for (index, (share, change)) in self.points.iter().enumerate() {
            lowest = lowest.min(linear(change, away));
            if index == 1 {
                slope = lowest / share;
            }
            if saved <= *share && index > 0 {
                // What takes longer than before continues the first line backwards.
                return match saved < 0.0 {
                    true => slope * saved,
                    false => before.1 + (lowest - before.1) * (saved - before.0) / (share - before.0),
                };
            }
            before = (*share, lowest);
        }
        before.1
    }

    /// Change of p99 as it was replayed with the measured speedup, if that saves the same share.
    pub(super) fn replayed(&self, saved: f64) -> Option<Estimate> {
        self.measured.filter(|(measured, _)| (measured - saved).abs() <= SAME).map(|(_, change)| change)
    }

    /// Change of p99 with all of it saved.
    pub(super) fn ceiling(&self) -> Estimate {
        self.points.last().map_or(Estimate::exactly(0.0), |(_, change)| *change)
    }

    /// The curve of a function that takes `factor` times as much of every request.
    pub(super) fn scaled(&self, factor: f64) -> Self {
        let scale = |(share, change): (f64, Estimate)| (share, change.map(|change| (change * factor).max(-1.0)));
        Self { points: self.points.iter().copied().map(scale).collect(), measured: self.measured.map(scale) }
    }
}

/// The share of the function's time that the measured speedup saves. That of its processor time is the same, but where a
/// migration was measured, which may sleep as long as before.
fn saved_by(measured: &WhatIf, infinite: &WhatIf, migrated: Option<f64>) -> Option<f64> {
    let of_processor = measured.cpu_saved.estimate / infinite.cpu_saved.estimate;
    let share = migrated.map_or(of_processor, |speedup| 1.0 - 1.0 / speedup);
    (share.is_finite() && share > 0.0 && share < 1.0).then_some(share)
}
