//! Rows of the result: what each function takes of requests.

use rustworthy_model::Estimate;
use rustworthy_model::attribution as report;
use rustworthy_model::attribution::Kind;

use super::evidence::{Evidence, RowKind};
use rustworthy_attribution::Resamples;
use rustworthy_attribution::{Function, FunctionTotal, Requests};
use rustworthy_attribution::{Shares, as_share, totals};

/// What each function takes, in the order of the functions.
pub(super) fn functions(evidence: &Evidence<'_>, shares: &Shares, resamples: &Resamples) -> Vec<report::Function> {
    let timed = evidence.timed;
    let Ok(totals) = totals(timed);
    let all = timed.requests.len().max(1) as f64;
    let cpu = cpu_shares(timed, &evidence.rows, resamples);
    let row = |(index, (function, kind)): (usize, (&Function, &RowKind))| {
        let row = spent(function.clone(), kind.reported(), (&totals[index], all), (shares, index));
        let is_called = kind.is_called();
        report::Function {
            calls_per_request: row.calls_per_request.filter(|_| is_called),
            inclusive_per_request: if is_called { row.inclusive_per_request } else { row.seconds_per_request },
            inclusive_share_of_p99: row.inclusive_share_of_p99.filter(|_| is_called),
            cpu_share: kind.uses_processor().then(|| cpu[index]),
            asleep_per_request: is_called.then_some(totals[index].asleep / all),
            asleep_share_of_p99: shares.asleep_at_p99.get(index).copied().filter(|_| is_called),
            called_within: evidence.called_within(index),
            ..row
        }
    };
    timed.functions.iter().zip(&evidence.rows).enumerate().map(row).collect()
}

/// The row of a function that requests spend time in, of which so many stand for all, by its place among the shares.
pub(super) fn spent(
    function: Function,
    kind: Kind,
    (total, requests): (&FunctionTotal, f64),
    (shares, index): (&Shares, usize),
) -> report::Function {
    let at = |shares: &[Estimate]| shares.get(index).copied();
    report::Function {
        calls_per_request: Some(total.calls / requests),
        seconds_per_request: total.exclusive / requests,
        inclusive_per_request: total.inclusive / requests,
        share_of_p50: at(&shares.at_p50),
        share_of_p99: at(&shares.at_p99),
        inclusive_share_of_p99: at(&shares.inclusive_at_p99),
        share_of_top: at(&shares.of_top),
        excess: at(&shares.excess),
        ..unmeasured(function, kind)
    }
}

/// The row of a function of which nothing is known but what it is.
pub(crate) fn unmeasured(function: Function, kind: Kind) -> report::Function {
    report::Function {
        name: function.name,
        file: function.file,
        line: function.line,
        kind,
        calls_per_request: None,
        seconds_per_request: 0.0,
        inclusive_per_request: 0.0,
        asleep_per_request: None,
        asleep_share_of_p99: None,
        waits: function.waits,
        called_within: Vec::new(),
        cpu_share: None,
        share_of_p50: None,
        share_of_p99: None,
        inclusive_share_of_p99: None,
        share_of_top: None,
        excess: None,
        what_if: Vec::new(),
    }
}

/// Shares of the processor time of all requests.
fn cpu_shares(timed: &Requests, rows: &[RowKind], resamples: &Resamples) -> Vec<Estimate> {
    let shares = |indices: &mut dyn Iterator<Item = usize>| {
        let mut shares = vec![0.0; timed.functions.len()];
        for part in indices.filter_map(|index| timed.requests.get(index)).flat_map(|request| &request.parts) {
            let function = part.function as usize;
            if rows[function].uses_processor() {
                shares[function] += part.exclusive;
            }
        }
        let all: f64 = shares.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        shares.iter_mut().for_each(|share| *share /= all);
        shares
    };
    let estimates = shares(&mut (0..timed.requests.len()));
    let mut resampled = vec![Vec::new(); estimates.len()];
    for indices in resamples.all() {
        for (values, value) in resampled.iter_mut().zip(shares(&mut indices.into_iter())) {
            values.push(value);
        }
    }
    let with_interval = |(estimate, values): (f64, &mut Vec<f64>)| as_share(resamples.around(estimate, values, 1.0));
    estimates.into_iter().zip(&mut resampled).map(with_interval).collect()
}
