//! The result of requests of traces: times on their critical paths, and nothing of servers. Waiting for a server can't be
//! distinguished from working in it.

use std::collections::BTreeMap;

use rustworthy_attribution::{
    Case, FasterFunction, Function, PathModel, Ranked, RequestSource, Resamples, composition, distribution, latency,
    refusal, shares, totals,
};
use rustworthy_model::attribution as report;
use rustworthy_model::attribution::{Attribution, Kind, Model, Set};
use rustworthy_model::{Estimate, Run as Header};

use super::assemble::{Analysis, unknown};
use super::candidates::{SUPPOSED, asked, chosen};
use super::order::sort_by_share;
use super::rows::spent;

/// Operations of which it is projected what becomes of latency, those with the largest shares of p99.
const MOST_CANDIDATES: usize = 10;

/// The result of requests, of some of whose functions it is known how much faster they get, by their names.
///
/// # Errors
/// When requests can't be read.
pub(crate) fn of_paths<S: RequestSource>(
    requests: &S,
    speedups: &BTreeMap<String, Estimate>,
    (name, header): (String, Header),
    analysis: &Analysis,
) -> Result<Attribution, S::Error> {
    let resamples = Resamples::new(requests, header.seed, analysis.confidence)?;
    let ranked = Ranked::new(requests, &resamples)?;
    let summary = ranked.summary;
    let shares = shares(&ranked)?;
    let totals = totals(requests)?;
    let all = summary.represented.max(1.0);
    let row = |(index, function): (usize, Function)| {
        let waits = totals[index].asleep > 0.0;
        report::Function {
            asleep_per_request: waits.then_some(totals[index].asleep / all),
            asleep_share_of_p99: shares.asleep_at_p99.get(index).copied().filter(|_| waits),
            ..spent(function, Kind::Python, (&totals[index], all), (&shares, index))
        }
    };
    let mut functions: Vec<report::Function> = requests.functions().iter().cloned().enumerate().map(row).collect();
    let refused = refusal(&summary);
    let sets = match refused {
        None => project(&ranked, &mut functions, speedups, analysis)?,
        Some(_) => Vec::new(),
    };
    let reason = Some("less time on the critical path; a trace doesn't tell what waited in a queue".to_owned());
    let mut result = Attribution {
        requests: summary.requests as u64,
        failed_requests: summary.failed,
        latency: latency(&ranked)?,
        refused,
        model: Model { accepted: true, reason, error_p50: None, error_p99: None },
        functions,
        sets,
        distribution: distribution(requests)?,
        bands: composition(&ranked)?,
        ..unknown(name, header)
    };
    sort_by_share(&mut result);
    Ok(result)
}

/// Adds projections to the rows of candidates, and chooses the best of these together.
fn project<S: RequestSource>(
    ranked: &Ranked<'_, S>,
    functions: &mut [report::Function],
    speedups: &BTreeMap<String, Estimate>,
    analysis: &Analysis,
) -> Result<Vec<Set>, S::Error> {
    let model = PathModel::new(ranked);
    let gains: Vec<Option<Estimate>> = functions.iter().map(|row| speedups.get(&row.name).copied()).collect();
    let gain = |function: usize| {
        let faster = |speedup| FasterFunction { function, is_inclusive: true, speedup, after: None };
        gains[function].map(faster)
    };
    let has_gain = |function: usize| gains[function].is_some();
    let is_work = |function: usize| !functions[function].waits;
    let work = chosen(functions, is_work, MOST_CANDIDATES, has_gain);
    // What others do is told beside that, and takes nobody's place.
    let all = chosen(functions, |_| true, MOST_CANDIDATES, |_| false);
    let candidates: Vec<usize> =
        work.iter().chain(all.iter().filter(|function| !is_work(**function))).copied().collect();
    let of_candidates = candidates.iter().map(|&function| asked(function, gain(function), &analysis.speedups));
    let cases: Vec<(usize, Case<'_>)> = candidates
        .iter()
        .zip(of_candidates)
        .flat_map(|(&function, asked)| asked.into_iter().map(move |(speedup, faster)| (function, speedup, faster)))
        .map(|(function, speedup, faster)| (function, Case { speedup, faster: vec![faster] }))
        .collect();
    let (of, cases): (Vec<usize>, Vec<Case<'_>>) = cases.into_iter().unzip();
    for (function, what_if) in of.into_iter().zip(model.what_ifs(&cases)?) {
        functions[function].what_if.push(what_if);
    }
    let faster = work.iter().map(|&function| gain(function).unwrap_or(FasterFunction::times(function, SUPPOSED)));
    let faster: Vec<FasterFunction<'_>> = faster.filter(|faster| faster.speedup.estimate > 1.0).collect();
    model.sets(&faster)
}
