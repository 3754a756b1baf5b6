//! What was done to the service, beside what the model says becomes of it: a migration, and a known delay.

use std::collections::BTreeMap;

use rustworthy_model::Estimate;
use rustworthy_model::attribution::{Injected, Migrated, NamedSpeedup, Quantiles, Speedup};

use super::gains::{Gain, collections};
use super::{Measured, requests};
use crate::attribution::project::{Faster, Model, observed};
use crate::attribution::request::Requests;
use crate::attribution::resample::Resamples;
use crate::attribution::session::Mode;
use crate::worker::Verdict;

/// Projected beside measured, of a service in which functions were replaced.
pub(super) fn migrated(
    measured: &Measured<'_>,
    model: &Model<'_>,
    accepted: bool,
    gains: &BTreeMap<String, Gain>,
    watched: &Requests,
    names: &[String],
    resamples: &Resamples,
) -> Option<Migrated> {
    let after = requests(measured, Mode::Migrated)?;
    let functions: Vec<String> =
        measured.scenario.migrated.iter().map(|migration| migration.from.to_string()).collect();
    let known: Vec<Option<&Gain>> = functions.iter().map(|name| gains.get(name)).collect();
    let place = |name: &String| names.iter().position(|known| known == name);
    let collections = collections(measured, watched);
    let collections = collections.as_ref();
    let collections = collections.map(|(place, after)| Faster { after: Some(after), ..Faster::times(*place, 1.0) });
    let faster = functions.iter().zip(&known).filter_map(|(name, &gain)| Some(gain?.of(place(name)?)));
    let faster: Vec<Faster<'_>> = faster.chain(collections).collect();
    let is_equal = matches!(measured.equivalence, Some(Verdict::Equal | Verdict::WithinTolerance));
    let equivalence = match &measured.equivalence {
        Some(Verdict::Equal) => "equal".to_owned(),
        Some(Verdict::WithinTolerance) => "equal within the tolerances".to_owned(),
        Some(Verdict::Different(how)) => format!("different: {how}"),
        Some(Verdict::Unchecked(why)) => format!("unchecked: {why}"),
        None => "unchecked".to_owned(),
    };
    let projected = accepted.then(|| {
        let found = model.what_if(Speedup::Named(NamedSpeedup::Measured), &faster);
        Quantiles { p50: found.p50, p99: found.p99 }
    });
    let measured = quantiles(&after, resamples).filter(|_| is_equal);
    let (error_p50, error_p99) = errors(projected, measured);
    let speedups = known.into_iter().map(|gain| Some(gain?.speedup)).collect();
    Some(Migrated { functions, equivalence, speedups, projected, measured, error_p50, error_p99 })
}

/// Projected beside measured, and the time that was found, of a service in which a function was delayed.
pub(super) fn injected(
    measured: &Measured<'_>,
    model: &Model<'_>,
    accepted: bool,
    watched: &Requests,
    names: &[String],
    resamples: &Resamples,
) -> Option<Injected> {
    let (name, delay) = measured.delayed.clone()?;
    let after = quantiles(&requests(measured, Mode::Delayed)?, resamples)?;
    let function = names.iter().position(|known| *known == name)?;
    let number = watched.requests.len() as f64;
    let spent = |requests: &Requests| {
        let parts = requests.requests.iter().flat_map(|request| &request.parts);
        let own = parts.filter(|part| part.function as usize == function);
        own.fold((0.0, 0.0), |(calls, seconds), part| (calls + f64::from(part.calls), seconds + part.exclusive))
    };
    let (calls, before) = spent(watched);
    let (_, with_delay) = spent(&requests(measured, Mode::DelayedWatched)?);
    let projected = accepted.then(|| {
        let (p50, p99) = model.delayed(function, delay, watched);
        Quantiles { p50, p99 }
    });
    let (error_p50, error_p99) = errors(projected, Some(after));
    Some(Injected {
        function: name,
        delay,
        expected: delay * calls / number,
        found: (with_delay - before) / number,
        projected,
        measured: after,
        error_p50,
        error_p99,
    })
}

fn quantiles(requests: &Requests, resamples: &Resamples) -> Option<Quantiles> {
    let [p50, _, p99, _] = observed(requests, resamples);
    Some(Quantiles { p50: p50?, p99: p99? })
}

/// Projected over measured, less 1.
fn errors(projected: Option<Quantiles>, measured: Option<Quantiles>) -> (Option<f64>, Option<f64>) {
    let (Some(projected), Some(measured)) = (projected, measured) else { return (None, None) };
    let error = |projected: Estimate, measured: Estimate| {
        (measured.estimate > 0.0).then(|| projected.estimate / measured.estimate - 1.0)
    };
    (error(projected.p50, measured.p50), error(projected.p99, measured.p99))
}
