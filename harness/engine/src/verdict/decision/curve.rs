//! What p99 becomes by the share of a function's time that is saved.
//!
//! The replay of the queue was asked about a few speedups; between them p99 is taken to be a line in the share that is
//! saved, 1 − 1/speedup. It falls as that share rises, since less work never makes anybody in a queue slower.

use rustworthy_model::Estimate;
use rustworthy_model::attribution::{Function, NamedSpeedup, Speedup, WhatIf};

use super::draws::linear;

/// How far the measured speedup of the attribution may be from that of a contender, as a share saved, to be the same.
const SAME: f64 = 0.02;

/// Changes of p99 at shares saved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Curve {
    /// Share saved and change of p99, ascending by the share; the first is nothing at all.
    points: Vec<(f64, Estimate)>,
    /// That of the speedup which the replay drew from its interval.
    measured: Option<(f64, Estimate)>,
}

impl Curve {
    /// That of a function; `None` where the replay has told nothing.
    pub(super) fn of(function: &Function) -> Option<Self> {
        let what_if = |wanted: Speedup| function.what_if.iter().find(|what_if| what_if.speedup == wanted);
        let infinite = what_if(Speedup::Named(NamedSpeedup::Infinite))?;
        let nothing = Estimate { estimate: 0.0, low: 0.0, high: 0.0 };
        let mut points = vec![(0.0, nothing), (1.0, infinite.p99_change)];
        let factors = function.what_if.iter().filter_map(|what_if| match what_if.speedup {
            Speedup::Factor(factor) if factor > 1.0 => Some((1.0 - 1.0 / factor, what_if.p99_change)),
            _ => None,
        });
        points.extend(factors);
        let measured = what_if(Speedup::Named(NamedSpeedup::Measured))
            .and_then(|measured| Some((saved_by(measured, infinite)?, measured.p99_change)));
        points.extend(measured);
        points.sort_by(|one, other| one.0.total_cmp(&other.0));
        points.dedup_by(|later, first| later.0 - first.0 < 1e-6);
        Some(Self { points, measured })
    }

    /// Change of p99 with so much saved, where it is so far from what is to be expected: 1 is the end of the interval.
    pub(super) fn at(&self, saved: f64, away: f64) -> f64 {
        let mut lowest = 0.0_f64;
        let mut before = (0.0, 0.0);
        let mut slope = 0.0;
        for (place, (share, change)) in self.points.iter().enumerate() {
            lowest = lowest.min(linear(change, away));
            if place == 1 {
                slope = lowest / share;
            }
            if saved <= *share && place > 0 {
                // What takes longer than before goes on beyond the beginning.
                return match saved < 0.0 {
                    true => slope * saved,
                    false => before.1 + (lowest - before.1) * (saved - before.0) / (share - before.0),
                };
            }
            before = (*share, lowest);
        }
        before.1
    }

    /// Change of p99 as replayed with the speedup that was measured, if it is about this one.
    pub(super) fn replayed(&self, saved: f64) -> Option<Estimate> {
        self.measured.filter(|(measured, _)| (measured - saved).abs() <= SAME).map(|(_, change)| change)
    }

    /// Change of p99 with all of it saved.
    pub(super) fn ceiling(&self) -> Estimate {
        self.points.last().map_or(Estimate { estimate: 0.0, low: 0.0, high: 0.0 }, |(_, change)| *change)
    }

    /// The same for a function that takes so many times as much.
    pub(super) fn scaled(&self, factor: f64) -> Self {
        let scale = |change: &Estimate| Estimate {
            estimate: (change.estimate * factor).max(-1.0),
            low: (change.low * factor).max(-1.0),
            high: (change.high * factor).max(-1.0),
        };
        let points = self.points.iter().map(|(share, change)| (*share, scale(change))).collect();
        Self { points, measured: self.measured.map(|(share, change)| (share, scale(&change))) }
    }
}

/// The share of the function's time that the measured speedup saves: as of processor time.
fn saved_by(measured: &WhatIf, infinite: &WhatIf) -> Option<f64> {
    let share = measured.cpu_saved.estimate / infinite.cpu_saved.estimate;
    (share.is_finite() && share > 0.0 && share < 1.0).then_some(share)
}
