//! What was done to the service, beside what the model says becomes of it: a migration, and a known delay.

use rustworthy_model::Estimate;
use rustworthy_model::attribution::{Injected, Migrated, NamedSpeedup, Quantiles, Speedup};
use rustworthy_protocol::Judgement;

use super::evidence::{Delay, Migration};
use super::gains::{Gain, collections};
use super::projector::Projector;
use rustworthy_attribution::{FasterFunction, Ranked, Requests, Resamples, observed, totals};

/// Projected beside measured, of a service in which functions were replaced.
pub(super) fn migrated(projector: &Projector<'_>) -> Option<Migrated> {
    let Migration { functions, equivalence, plain, .. } = projector.evidence.migration.as_ref()?;
    let projected = projector.is_accepted().then(|| project_migration(projector, functions));
    let is_equal = matches!(equivalence, Some(Judgement::Equal | Judgement::WithinTolerance));
    let measured = quantiles(plain, projector.resamples).filter(|_| is_equal);
    let [error_p50, error_p99] = errors(projected, measured);
    let gains: Vec<Option<&Gain>> = functions.iter().map(|name| projector.gains.get(name)).collect();
    Some(Migrated {
        functions: functions.clone(),
        equivalence: equivalence_words(*equivalence),
        speedups: gains.into_iter().map(|gain| Some(gain?.speedup)).collect(),
        projected,
        measured,
        error_p50,
        error_p99,
    })
}

/// Latency with all functions that were replaced as fast as what stands in their place, and with the pauses of the garbage
/// collector where these then are.
fn project_migration(projector: &Projector<'_>, functions: &[String]) -> Quantiles {
    let collections = collections(projector.evidence);
    let collections = collections
        .as_ref()
        .map(|(row, after)| FasterFunction { after: Some(after.successor()), ..FasterFunction::times(*row, 1.0) });
    let replaced = functions.iter().filter_map(|name| {
        let function = projector.evidence.timed.position(name)?;
        Some(projector.gain(function)?.of(function))
    });
    let faster: Vec<FasterFunction<'_>> = replaced.chain(collections).collect();
    let found = projector.model.what_if(Speedup::Named(NamedSpeedup::Measured), &faster);
    Quantiles { p50: found.p50, p99: found.p99 }
}

fn equivalence_words(equivalence: Option<&Judgement>) -> String {
    match equivalence {
        Some(Judgement::Equal) => "equal".to_owned(),
        Some(Judgement::WithinTolerance) => "equal within the tolerances".to_owned(),
        Some(Judgement::Different(how)) => format!("different: {how}"),
        Some(Judgement::Unchecked(why) | Judgement::CheckerFailed(why)) => format!("unchecked: {why}"),
        None => "unchecked".to_owned(),
    }
}

/// Projected beside measured, and the time that was found, of a service in which a function was delayed.
pub(super) fn injected(projector: &Projector<'_>) -> Option<Injected> {
    let Delay { function: name, seconds, plain, timed } = projector.evidence.delay.as_ref()?;
    let before = projector.evidence.timed;
    let measured = quantiles(plain, projector.resamples)?;
    let function = before.position(name)?;
    let requests = before.requests.len() as f64;
    let (Ok(totals_before), Ok(totals_after)) = (totals(before), totals(*timed));
    let (total_before, total_after) = (totals_before[function], totals_after[function]);
    let projected = projector.is_accepted().then(|| projector.model.delayed(function, *seconds, before));
    let [error_p50, error_p99] = errors(projected, Some(measured));
    Some(Injected {
        function: name.clone(),
        delay: *seconds,
        expected: seconds * total_before.calls / requests,
        found: (total_after.exclusive - total_before.exclusive) / requests,
        projected,
        measured,
        error_p50,
        error_p99,
    })
}

fn quantiles(requests: &Requests, resamples: &Resamples) -> Option<Quantiles> {
    let Ok([p50, _, p99, _]) = Ranked::new(requests, resamples).and_then(|ranked| observed(&ranked));
    Some(Quantiles { p50: p50?, p99: p99? })
}

/// Projected over measured, less 1, at the median and at p99.
fn errors(projected: Option<Quantiles>, measured: Option<Quantiles>) -> [Option<f64>; 2] {
    let (Some(projected), Some(measured)) = (projected, measured) else { return [None, None] };
    let error = |projected: Estimate, measured: Estimate| {
        (measured.estimate > 0.0).then(|| projected.estimate / measured.estimate - 1.0)
    };
    [error(projected.p50, measured.p50), error(projected.p99, measured.p99)]
}
