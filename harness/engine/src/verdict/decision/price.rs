//! Seconds saved, times volume, times the price of a core, against days of work.

use rustworthy_model::Estimate;
use rustworthy_model::decision::NEVER;

use super::draws::{self, DRAWS, Level};

/// Seconds in an hour.
const HOUR: f64 = 3_600.0;

/// What saving time is worth.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Price {
    /// Price of a core for an hour.
    pub(super) core_hour: f64,
    /// Calls or requests in a month.
    pub(super) volume: f64,
    /// Whether the volume is of calls, not of requests.
    pub(super) is_calls: bool,
    /// Seconds of a core that the function takes in each.
    pub(super) seconds: Estimate,
    /// What a migration takes where a contender has no days of its own.
    pub(super) migration: Option<Migration>,
    /// Months within which it has to pay back.
    pub(super) horizon_months: f64,
}

/// What a migration takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Migration {
    /// Price of a day of work.
    pub(super) day: f64,
    /// Days of work.
    pub(super) days: f64,
}

impl Migration {
    /// What it costs, once.
    pub(super) fn price(&self) -> f64 {
        self.day * self.days
    }
}

impl Price {
    /// Price in a month of so many seconds of a core in each call or request.
    pub(super) fn of_seconds(&self, seconds: f64) -> f64 {
        core_price(seconds * self.volume, self.core_hour)
    }

    /// Saving in a month, where `saved` returns the share of the time that a draw saves; `None` stands for the
    /// estimate.
    pub(super) fn saving(&self, level: Level, saved: impl Fn(Option<usize>) -> f64) -> Estimate {
        let drawn = (0..DRAWS)
            .map(|draw| self.of_seconds(level.positive(&self.seconds, draws::TIME, draw)) * saved(Some(draw)))
            .collect();
        level.around(self.of_seconds(self.seconds.estimate) * saved(None), drawn)
    }
}

/// The price of so many seconds of a core.
pub(super) fn core_price(seconds: f64, core_hour: f64) -> f64 {
    seconds * core_hour / HOUR
}

/// Months until the saving has paid for the migration.
pub(super) fn payback(migration: f64, saving: &Estimate) -> Estimate {
    let months = |saving: f64| {
        if migration <= 0.0 && saving >= 0.0 {
            0.0
        } else if saving <= 0.0 {
            NEVER
        } else {
            (migration / saving).min(NEVER)
        }
    };
    Estimate { estimate: months(saving.estimate), low: months(saving.high), high: months(saving.low) }
}
