//! What a contender saves and costs, and which input that depends on most.

use rustworthy_model::Estimate;
use rustworthy_model::decision::{Cost, SensitiveInput, Sensitivity};

use super::evidence::{Contender, Evidence};
use super::price::{Price, payback};

/// How far numbers that a manifest gives may be off, for telling which input matters most.
const GIVEN: f64 = 0.25;

/// What a contender saves and costs; `None` without prices.
pub(super) fn cost(evidence: &Evidence, contender: &Contender) -> Option<Cost> {
    let price = evidence.price.as_ref()?;
    Some(Cost {
        saving_per_month: evidence.saving(Some(contender))?,
        migration: evidence.migration(Some(contender)).map(|migration| migration.price()),
        payback_months: evidence.payback(Some(contender)),
        sensitivity: sensitivity(evidence, price, contender).map(Into::into),
    })
}

/// The input that moves the payback most: measured ones over their intervals, given ones by a quarter either way.
fn sensitivity(evidence: &Evidence, price: &Price, contender: &Contender) -> Option<Sensitivity> {
    let migration = evidence.migration(Some(contender))?.price();
    let saved = contender.core_saved(evidence, None);
    if saved <= 0.0 || migration <= 0.0 {
        return None;
    }
    let base = price.of_seconds(price.seconds.estimate);
    let months = |migration: f64, saving: f64| payback(migration, &Estimate::exactly(saving)).estimate;
    let sensitivity = |input, [best_months, worst_months]: [f64; 2]| Sensitivity { input, best_months, worst_months };
    let Estimate { low, high, .. } = contender.speedup;
    let of_speedup = [high, low].map(|speedup| months(migration, base * contender.core_saved_at(speedup)));
    let Estimate { low, high, .. } = price.seconds;
    let of_time = [high, low].map(|seconds| months(migration, price.of_seconds(seconds) * saved));
    let of_volume = [1.0 + GIVEN, 1.0 - GIVEN].map(|factor| months(migration, base * saved * factor));
    let of_days = [1.0 - GIVEN, 1.0 + GIVEN].map(|factor| months(migration * factor, base * saved));
    let volume = match price.is_calls {
        true => SensitiveInput::CallsPerMonth { moved_by: GIVEN },
        false => SensitiveInput::RequestsPerMonth { moved_by: GIVEN },
    };
    let inputs = [
        sensitivity(SensitiveInput::Speedup { contender: contender.name.clone() }, of_speedup),
        sensitivity(SensitiveInput::Time, of_time),
        sensitivity(volume, of_volume),
        sensitivity(SensitiveInput::MigrationDays { moved_by: GIVEN }, of_days),
    ];
    let width = |one: &Sensitivity| one.worst_months - one.best_months;
    inputs.into_iter().max_by(|one, other| width(one).total_cmp(&width(other)))
}
