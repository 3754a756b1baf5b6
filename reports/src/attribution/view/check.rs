//! Projected beside measured, in words.

use rustworthy_model::attribution::{Attribution, Injected, Migrated, Quantiles};
use rustworthy_model::figures;

use super::estimate::EstimateText;
use crate::visible::{name, note};
use crate::words::heading;

/// The title of the migration's.
pub(super) const MIGRATION: &str = "The real migration";

/// A projection that was held against a measurement.
pub(in crate::attribution) struct Check {
    pub(in crate::attribution) title: &'static str,
    /// What was done, in sentences.
    pub(in crate::attribution) text: Vec<String>,
    /// What is wrong with it.
    pub(in crate::attribution) warning: Option<String>,
    pub(in crate::attribution) rows: Vec<CheckRow>,
}

/// One quantile of both.
pub(in crate::attribution) struct CheckRow {
    pub(in crate::attribution) quantile: &'static str,
    pub(in crate::attribution) projected: Option<EstimateText>,
    pub(in crate::attribution) measured: Option<EstimateText>,
    /// `+2.1%`
    pub(in crate::attribution) error: Option<String>,
}

/// All of them.
pub(super) fn checks(attribution: &Attribution) -> Vec<Check> {
    attribution.migrated.iter().map(migrated).chain(attribution.injected.iter().map(injected)).collect()
}

fn migrated(migrated: &Migrated) -> Check {
    let speedups = migrated.speedups.iter().map(Some).chain(std::iter::repeat(None));
    let functions = migrated.functions.iter().zip(speedups).map(|(function, speedup)| match speedup {
        Some(Some(speedup)) => {
            format!(
                "{} is {} {} as fast",
                name(function),
                figures::factor(speedup.estimate),
                figures::interval(speedup)
            )
        }
        Some(None) => format!("{} wasn't called", name(function)),
        None => name(function),
    });
    let is_equal = migrated.is_equal();
    let mut text = vec![format!("Replaced in the service: {}.", functions.collect::<Vec<_>>().join("; "))];
    text.extend(is_equal.then(|| format!("Its responses are {} before and after.", note(&migrated.equivalence))));
    let warning = (!is_equal).then(|| format!("responses differ before and after: {}", note(&migrated.equivalence)));
    let rows = rows(migrated.projected.as_ref(), migrated.measured.as_ref(), [migrated.error_p50, migrated.error_p99]);
    Check { title: MIGRATION, text, warning, rows }
}

fn injected(injected: &Injected) -> Check {
    let text = format!(
        "Every call of {} was made {} longer, which is {} a request; {} was found.",
        name(&injected.function),
        figures::seconds(injected.delay),
        figures::seconds(injected.expected),
        figures::seconds(injected.found),
    );
    let rows = rows(injected.projected.as_ref(), Some(&injected.measured), [injected.error_p50, injected.error_p99]);
    Check { title: "A delay that was added", text: vec![text], warning: None, rows }
}

fn rows(projected: Option<&Quantiles>, measured: Option<&Quantiles>, errors: [Option<f64>; 2]) -> Vec<CheckRow> {
    if projected.is_none() && measured.is_none() {
        return Vec::new();
    }
    let row = |quantile, of: fn(&Quantiles) -> rustworthy_model::Estimate, error: Option<f64>| CheckRow {
        quantile,
        projected: projected.map(of).map(EstimateText::seconds),
        measured: measured.map(of).map(EstimateText::seconds),
        error: error.map(figures::stray),
    };
    let [p50, p99] = errors;
    vec![row(heading::P50, |of| of.p50, p50), row(heading::P99, |of| of.p99, p99)]
}
