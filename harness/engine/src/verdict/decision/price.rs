//! Seconds saved, times volume, times the price of a core, against days of work.

use rustworthy_model::Estimate;
use rustworthy_model::decision::{Cost, NEVER, Sensitivity};

use super::case::{Case, Contender};
use super::draws::{self, DRAWS};
use super::words::{amount, months};

/// Seconds in an hour.
const HOUR: f64 = 3_600.0;

/// How far numbers that a manifest gives may be off, for telling which input matters most.
const GIVEN: f64 = 0.25;

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
    /// Price of a migration, once.
    pub(super) migration: Option<Migration>,
    /// Months within which it has to pay back.
    pub(super) horizon: f64,
}

/// What a migration takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Migration {
    pub(super) day: f64,
    pub(super) days: f64,
}

impl Migration {
    pub(super) fn price(&self) -> f64 {
        self.day * self.days
    }
}

impl Price {
    /// Price in a month of all of the function's time, if that is so many seconds.
    fn whole(&self, seconds: f64) -> f64 {
        seconds * self.volume * self.core_hour / HOUR
    }
}

/// Saving in a month where the contender saves what it saves; all of it without one.
pub(super) fn saving(case: &Case, price: &Price, contender: Option<&Contender>) -> Estimate {
    let saved = |draw: Option<usize>| contender.map_or(1.0, |contender| contender.core_saved(case, draw));
    let drawn = (0..DRAWS)
        .map(|draw| price.whole(case.level.positive(&price.seconds, draws::TIME, draw)) * saved(Some(draw)))
        .collect();
    case.level.around(price.whole(price.seconds.estimate) * saved(None), drawn)
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

/// All of it for a reader.
pub(super) fn cost(case: &Case, price: &Price, contender: Option<&Contender>) -> Cost {
    let saving_per_month = saving(case, price, contender);
    let migration = price.migration.map(|migration| migration.price());
    let payback_months = migration.map(|migration| payback(migration, &saving_per_month));
    let sensitivity = contender.and_then(|contender| sensitivity(case, price, contender));
    Cost { saving_per_month, migration, payback_months, sensitivity }
}

/// The input that moves the payback most: measured ones over their intervals, given ones by a quarter either way.
fn sensitivity(case: &Case, price: &Price, contender: &Contender) -> Option<Sensitivity> {
    let migration = price.migration?.price();
    let base = price.whole(price.seconds.estimate);
    let months = |migration: f64, saving: f64| {
        payback(migration, &Estimate { estimate: saving, low: saving, high: saving }).estimate
    };
    let saved = contender.core_saved(case, None);
    if saved <= 0.0 || migration <= 0.0 {
        return None;
    }
    let at = |speedup: f64| contender.core_saved_at(speedup);
    let speedup = (at(contender.speedup.high), at(contender.speedup.low));
    let seconds = (price.whole(price.seconds.high), price.whole(price.seconds.low));
    let volume = if price.is_calls { "calls a month" } else { "requests a month" };
    let given = format!("{}% either way", amount(GIVEN * 100.0));
    let inputs = [
        (
            format!("the speedup of {}", contender.name),
            "over its interval".to_owned(),
            [months(migration, base * speedup.0), months(migration, base * speedup.1)],
        ),
        (
            "the time that there is to save".to_owned(),
            "over its interval".to_owned(),
            [months(migration, seconds.0 * saved), months(migration, seconds.1 * saved)],
        ),
        (
            volume.to_owned(),
            given.clone(),
            [months(migration, base * saved * (1.0 + GIVEN)), months(migration, base * saved * (1.0 - GIVEN))],
        ),
        (
            "migration-days".to_owned(),
            given,
            [months(migration * (1.0 - GIVEN), base * saved), months(migration * (1.0 + GIVEN), base * saved)],
        ),
    ];
    let widest = inputs.into_iter().max_by(|one, other| (one.2[1] - one.2[0]).total_cmp(&(other.2[1] - other.2[0])));
    widest.map(|(input, how, [best, worst])| Sensitivity {
        text: format!(
            "Payback depends most on {input}: {how} it takes {} to {}.",
            self::months(best),
            self::months(worst)
        ),
        input,
        best_months: best,
        worst_months: worst,
    })
}
