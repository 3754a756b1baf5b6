//! From what was measured to the result. No clock, no input or output.

mod experiments;
mod gains;
mod words;

use std::collections::BTreeMap;

use rustworthy_model::attribution as report;
use rustworthy_model::attribution::{
    Attribution, Class, Failure, Kind, Latency, Load, NamedSpeedup, Refusal, SCHEMA, Speedup, Waiting,
};
use rustworthy_model::environment::Environment;
use rustworthy_model::{Estimate, Run as Header};

use super::project::{Faster, Model, observed, waking};
use super::replay::Queue;
use super::request::{Function, Part, Request, Requests};
use super::resample::Resamples;
use super::session::{Mode, Run};
use super::shares::{Shares, composition, needed, shares};
use crate::manifest::{Arrivals, Gaps, Scenario};
use crate::stats::{Confidence, quantile};
use crate::worker::Verdict;
use experiments::{injected, migrated};
use gains::{Gain, gains, gone};
use words::{lateness, reason, remarks};

/// Speedups that are asked about beside the measured one.
const SPEEDUPS: [Speedup; 3] = [Speedup::Factor(2.0), Speedup::Factor(10.0), Speedup::Named(NamedSpeedup::Infinite)];

/// The speedup of what wasn't measured, where functions are chosen together.
const SUPPOSED: f64 = 10.0;

/// Significant digits of the classes of latency.
const DIGITS: u8 = 2;

/// Rows that aren't functions.
const GC: &str = "(garbage collection)";
const GIL: &str = "(waiting for the GIL)";
const ASLEEP: &str = "(asleep)";
const OTHER: &str = "(other functions)";

/// How many they are.
const OTHERS: usize = 4;

/// What was measured of a scenario.
pub struct Measured<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Requests a second that were planned.
    pub rate: Option<f64>,
    /// Runs of whole rounds.
    pub runs: Vec<Run>,
    /// What functions are, by name; those that aren't here are Python.
    pub kinds: BTreeMap<String, Kind>,
    /// Functions that were called too often to be watched.
    pub left_out: Vec<String>,
    /// What holding the answers of the migrated service against the others gave.
    pub equivalence: Option<Verdict>,
    /// Speedups that workloads have measured of functions that they replace, by the function's name.
    pub speedups: BTreeMap<String, Estimate>,
    /// A function that took so many seconds more at every call.
    pub delayed: Option<(String, f64)>,
    /// What else a reader should know.
    pub notes: Vec<String>,
}

/// The result of a scenario; `None` before a round of the service as it is and watched.
pub fn outcome(
    measured: &Measured<'_>,
    header: Header,
    environment: Option<Environment>,
    confidence: Confidence,
) -> Option<Attribution> {
    let plain = requests(measured, Mode::Plain)?;
    let (mut watched, raw) = (requests(measured, Mode::Watched)?, requests(measured, Mode::Watched)?);
    settle(&mut watched);
    let resamples = Resamples::new(&plain, header.seed, confidence);
    let servers = match measured.scenario.arrivals {
        Arrivals::Closed => 0,
        Arrivals::Open { .. } => measured.scenario.servers as usize,
    };
    let waking = requests(measured, Mode::Busy).map_or(0.0, |busy| waking(&plain, &busy, servers));
    let queue = Queue { servers, waking };
    let model = Model::new(&[&plain, &watched], &watched, queue, &resamples);
    let (error_p50, error_p99, accepted) = model.errors();
    let gains = gains(measured, &watched, &resamples);
    let overhead = overhead(&plain, &raw, &resamples);
    let quantiles = observed(&plain, &resamples);
    let found_shares = shares(&watched, &resamples);
    let mut found = functions(&watched, &found_shares, measured, &resamples);
    let names: Vec<String> = found.iter().map(|function| function.name.clone()).collect();
    let candidates: Vec<(usize, Option<&Gain>)> = found
        .iter()
        .enumerate()
        .filter(|(_, function)| {
            matches!(function.kind, Kind::Python | Kind::Native) && function.calls_per_request.is_some()
        })
        .map(|(place, function)| (place, gains.get(&function.name)))
        .collect();
    let mut sets = Vec::new();
    let refused = refusal(plain.requests.len());
    // Too few requests tell as little of what p99 becomes.
    if accepted && refused.is_none() {
        for &(place, gain) in &candidates {
            let measured = gain.map(|gain| model.what_if(Speedup::Named(NamedSpeedup::Measured), &[gain.of(place)]));
            let others = SPEEDUPS.iter().map(|&speedup| {
                let factor = match speedup {
                    Speedup::Factor(factor) => factor,
                    Speedup::Named(_) => f64::INFINITY,
                };
                // What something is known to stand in for goes with all that it calls.
                let faster = Faster { is_inclusive: gain.is_some(), ..Faster::times(place, factor) };
                model.what_if(speedup, &[faster])
            });
            found[place].what_if = measured.into_iter().chain(others).collect();
        }
        let gone = gone(measured, &watched);
        let faster: Vec<Faster<'_>> = candidates
            .iter()
            // What is native already gets no faster for being rewritten.
            .filter(|(place, gain)| gain.is_some() || found[*place].kind == Kind::Python && !gone[*place])
            .map(|&(function, gain)| match gain {
                Some(gain) => gain.of(function),
                None => Faster::times(function, SUPPOSED),
            })
            .filter(|faster| faster.speedup.estimate > 1.0)
            .collect();
        sets = model.sets(&faster, &names);
    }
    let mut notes = measured.notes.clone();
    notes.extend(remarks(measured, &overhead, &found));
    notes.extend(lateness(&plain, servers));
    let all = failures(measured);
    let migrated = migrated(measured, &model, accepted, &gains, &watched, &names, &resamples);
    let injected = injected(measured, &model, accepted, &watched, &names, &resamples);
    let bands = composition(&watched);
    let mut result = Attribution {
        schema: SCHEMA.to_owned(),
        run: header,
        environment,
        scenario: measured.scenario.name.clone(),
        load: Some(load(measured)),
        requests: plain.requests.len() as u64,
        failed_requests: plain.requests.iter().filter(|request| request.failed).count() as u64,
        failures: all,
        latency: latency(&plain, quantiles),
        refused,
        utilization: utilization(&plain, measured.scenario.servers, &resamples),
        instrumentation_overhead: Some(overhead),
        model: report::Model {
            accepted,
            reason: Some(reason(accepted, queue)),
            error_p50: Some(error_p50),
            error_p99: Some(error_p99),
        },
        waiting: waiting(&found_shares, watched.functions.len()),
        functions: found,
        sets,
        migrated,
        injected,
        trace: None,
        distribution: distribution(&plain),
        bands,
        notes,
    };
    sort(&mut result);
    if measured.scenario.servers == 1 {
        // Nobody competes for it.
        leave_out(&mut result, GIL);
    }
    Some(result)
}

/// Requests of a mode, with rows for the functions that are watched, and for what isn't one.
pub(super) fn requests(measured: &Measured<'_>, mode: Mode) -> Option<Requests> {
    let mut runs: Vec<&Run> = measured.runs.iter().filter(|run| run.mode == mode).collect();
    runs.sort_by_key(|run| run.round);
    let named = measured.runs.iter().find(|run| run.mode == Mode::Watched)?;
    let row = |name: &str| Function { name: name.to_owned(), file: None, line: None };
    // All of them are known by the time of the rounds.
    let functions = named.opened.watched.iter().flatten().map(|function| Function {
        name: function.name.clone(),
        file: function.file.clone(),
        line: function.line,
    });
    let functions: Vec<Function> = functions.chain([GC, GIL, ASLEEP, OTHER].map(row)).collect();
    let watched = functions.len() - OTHERS;
    let mut requests = Vec::new();
    for run in &runs {
        for answered in &run.served.answered {
            let seconds = |ns: i64| ns as f64 / 1e9;
            let mut asleep = 0;
            let mut parts: Vec<Part> = Vec::with_capacity(answered.spent.len() + 1);
            for spent in &answered.spent {
                asleep += spent.asleep_ns;
                let place = spent.function as usize;
                parts.push(Part {
                    // After the functions come the collector, which has its row there, and the request itself.
                    function: if place <= watched { place } else { watched + 3 } as u32,
                    calls: spent.calls,
                    exclusive: spent.exclusive_ns as f64 / 1e9,
                    inclusive: spent.inclusive_ns as f64 / 1e9,
                });
            }
            let gil = answered.gil_ns.min(asleep);
            for (place, time) in [(watched + 1, gil), (watched + 2, asleep - gil)] {
                let seconds = time as f64 / 1e9;
                if time > 0 {
                    parts.push(Part { function: place as u32, calls: 0, exclusive: seconds, inclusive: seconds });
                }
            }
            requests.push(Request {
                round: run.round,
                arrival: seconds(answered.arrival_ns),
                start: seconds(answered.start_ns),
                end: seconds(answered.end_ns),
                cpu: answered.cpu_ns as f64 / 1e9,
                failed: answered.failed,
                parts,
            });
        }
    }
    (!requests.is_empty()).then_some(Requests { functions, requests })
}

/// Takes what recording has cost off the time of requests: what is left is the sum of their parts.
fn settle(watched: &mut Requests) {
    for request in &mut watched.requests {
        request.end = request.start + request.parts.iter().map(|part| part.exclusive).sum::<f64>();
    }
}

/// How much longer the median request takes with recording.
fn overhead(plain: &Requests, watched: &Requests, resamples: &Resamples) -> Estimate {
    let ratios: Vec<f64> = plain
        .requests
        .iter()
        .zip(&watched.requests)
        .map(|(plain, watched)| watched.service() / plain.service().max(f64::MIN_POSITIVE) - 1.0)
        .collect();
    let middle = |places: &mut dyn Iterator<Item = usize>| {
        let mut drawn: Vec<f64> = places.filter_map(|place| ratios.get(place).copied()).collect();
        drawn.sort_unstable_by(f64::total_cmp);
        quantile(&drawn, 0.5).unwrap_or_default()
    };
    let estimate = middle(&mut (0..ratios.len()));
    let mut resampled: Vec<f64> = resamples.all().map(|places| middle(&mut places.into_iter())).collect();
    resamples.around(estimate, &mut resampled, 1.0)
}

fn functions(
    watched: &Requests,
    shares: &Shares,
    measured: &Measured<'_>,
    resamples: &Resamples,
) -> Vec<report::Function> {
    let number = watched.requests.len() as f64;
    let count = watched.functions.len();
    let (mut calls, mut own, mut all) = (vec![0.0; count], vec![0.0; count], vec![0.0; count]);
    for part in watched.requests.iter().flat_map(|request| &request.parts) {
        let place = part.function as usize;
        calls[place] += f64::from(part.calls);
        own[place] += part.exclusive;
        all[place] += part.inclusive;
    }
    let cpu = cpu_shares(watched, resamples);
    let row = |(place, function): (usize, &Function)| {
        let is_function = place + OTHERS < count;
        let kind = match (place + OTHERS).saturating_sub(count) {
            _ if is_function => measured.kinds.get(&function.name).copied().unwrap_or(Kind::Python),
            0 => Kind::Gc,
            _ => Kind::Unattributed,
        };
        let at = |shares: &[Estimate]| shares.get(place).copied();
        report::Function {
            name: function.name.clone(),
            file: function.file.clone(),
            line: function.line,
            kind,
            calls_per_request: is_function.then_some(calls[place] / number),
            seconds_per_request: own[place] / number,
            inclusive_per_request: if is_function { all[place] } else { own[place] } / number,
            cpu_share: (!takes_no_cpu(function)).then(|| cpu[place]),
            share_of_p50: at(&shares.at_p50),
            share_of_p99: at(&shares.at_p99),
            inclusive_share_of_p99: at(&shares.inclusive_at_p99).filter(|_| is_function),
            share_of_top: at(&shares.of_top),
            excess: at(&shares.excess),
            what_if: Vec::new(),
        }
    };
    watched.functions.iter().enumerate().map(row).collect()
}

/// Who waits takes no processor time.
fn takes_no_cpu(function: &Function) -> bool {
    [GIL, ASLEEP].contains(&function.name.as_str())
}

fn cpu_shares(watched: &Requests, resamples: &Resamples) -> Vec<Estimate> {
    let sums = |places: &mut dyn Iterator<Item = usize>| {
        let mut sums = vec![0.0; watched.functions.len()];
        for part in places.filter_map(|place| watched.requests.get(place)).flat_map(|request| &request.parts) {
            sums[part.function as usize] += part.exclusive;
        }
        for (sum, function) in sums.iter_mut().zip(&watched.functions) {
            if takes_no_cpu(function) {
                *sum = 0.0;
            }
        }
        let all: f64 = sums.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        sums.iter_mut().for_each(|sum| *sum /= all);
        sums
    };
    let found = sums(&mut (0..watched.requests.len()));
    let mut resampled = vec![Vec::new(); found.len()];
    for places in resamples.all() {
        for (values, value) in resampled.iter_mut().zip(sums(&mut places.into_iter())) {
            values.push(value);
        }
    }
    let estimates = found.into_iter().zip(&mut resampled);
    estimates.map(|(estimate, values)| resamples.around(estimate, values, 1.0)).map(share).collect()
}

/// Waiting is the row after those of the functions.
fn waiting(shares: &Shares, functions: usize) -> Waiting {
    let last = |shares: &[Estimate]| shares.get(functions).copied();
    Waiting {
        share_of_p50: last(&shares.at_p50),
        share_of_p99: last(&shares.at_p99),
        share_of_top: last(&shares.of_top),
    }
}

pub(super) fn latency(plain: &Requests, [p50, p90, p99, p999]: [Option<Estimate>; 4]) -> Latency {
    let max = plain.requests.iter().map(Request::latency).fold(0.0, f64::max);
    Latency { p50, p90, p99, p999, max }
}

pub(super) fn refusal(requests: usize) -> Option<Refusal> {
    let needed = needed(0.99);
    ((requests as u64) < needed).then(|| Refusal {
        reason: format!("{} of {requests} requests lie beyond p99, which tell too little of it", requests / 100),
        requests_needed: Some(needed),
    })
}

fn utilization(plain: &Requests, servers: u32, resamples: &Resamples) -> Option<Estimate> {
    let utilization = |places: &[usize]| {
        let (mut busy, mut span) = (0.0, 0.0);
        for &place in places {
            let request = &plain.requests[place];
            busy += request.service();
            let next = plain.requests.get(place + 1).filter(|next| next.round == request.round);
            // After the last arrival of a round its end is waited for.
            span += next.map_or(request.latency(), |next| next.arrival - request.arrival);
        }
        busy / (span * f64::from(servers)).max(f64::MIN_POSITIVE)
    };
    let all: Vec<usize> = (0..plain.requests.len()).collect();
    let mut resampled: Vec<f64> = resamples.all().map(|places| utilization(&places)).collect();
    Some(share(resamples.around(utilization(&all), &mut resampled, 1.0)))
}

/// No share is less than nothing or more than all.
fn share(estimate: Estimate) -> Estimate {
    Estimate {
        estimate: estimate.estimate.min(1.0),
        low: estimate.low.clamp(0.0, 1.0),
        high: estimate.high.clamp(0.0, 1.0),
    }
}

fn load(measured: &Measured<'_>) -> Load {
    let process = match measured.scenario.arrivals {
        Arrivals::Closed => "closed",
        Arrivals::Open { gaps: Gaps::Fixed, .. } => "fixed",
        Arrivals::Open { gaps: Gaps::Poisson, .. } => "poisson",
    };
    Load { process: process.to_owned(), rate: measured.rate, servers: measured.scenario.servers }
}

/// What requests failed with in the service as it is.
fn failures(measured: &Measured<'_>) -> Vec<Failure> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for run in measured.runs.iter().filter(|run| run.mode == Mode::Plain) {
        for (message, count) in &run.served.failures {
            *counts.entry(message).or_default() += count;
        }
    }
    let mut failures: Vec<Failure> =
        counts.into_iter().map(|(message, requests)| Failure { message: message.to_owned(), requests }).collect();
    failures.sort_by_key(|failure| std::cmp::Reverse(failure.requests));
    failures
}

/// Classes of latency, each a few per cent wide.
pub(super) fn distribution(requests: &Requests) -> Vec<Class> {
    // In microseconds up to a day; both always are what the histogram takes.
    let Ok(mut histogram) = hdrhistogram::Histogram::<u64>::new_with_bounds(1, 86_400_000_000, DIGITS) else {
        return Vec::new();
    };
    for request in &requests.requests {
        histogram.saturating_record((request.latency() * 1e6).max(1.0) as u64);
    }
    histogram
        .iter_recorded()
        .map(|value| {
            let at = value.value_iterated_to();
            Class {
                from: histogram.lowest_equivalent(at) as f64 / 1e6,
                to: (histogram.highest_equivalent(at) + 1) as f64 / 1e6,
                requests: value.count_since_last_iteration(),
            }
        })
        .collect()
}

fn leave_out(result: &mut Attribution, row: &str) {
    let Some(place) = result.functions.iter().position(|function| function.name == row) else { return };
    result.functions.remove(place);
    for band in &mut result.bands {
        band.functions.remove(place);
    }
}

/// Functions by their share of p99, or of the median where there is none; rows that are none stay at the end.
pub(super) fn sort(result: &mut Attribution) {
    let mut order: Vec<usize> = (0..result.functions.len()).collect();
    let key = |place: &usize| {
        let function = &result.functions[*place];
        let share = function.share_of_p99.or(function.share_of_p50).map_or(0.0, |share| share.estimate);
        (function.calls_per_request.is_none(), -share)
    };
    order.sort_by(|one, other| key(one).partial_cmp(&key(other)).unwrap_or(std::cmp::Ordering::Equal));
    result.functions = order.iter().map(|&place| result.functions[place].clone()).collect();
    for band in &mut result.bands {
        band.functions = order.iter().map(|&place| band.functions[place]).collect();
    }
}
