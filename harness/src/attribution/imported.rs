//! From a trace to the result. No clock, no input or output.

use rustworthy_model::attribution as report;
use rustworthy_model::attribution::{Attribution, Kind, Latency, NamedSpeedup, Refusal, SCHEMA, Speedup, Waiting};
use rustworthy_model::{Estimate, Run as Header};

use super::outcome::{distribution, latency, refusal, sort};
use super::project::{Faster, Model, observed};
use super::replay::Queue;
use super::request::Requests;
use super::resample::Resamples;
use super::shares::{composition, shares};
use super::trace::{Grouped, Imported, Profile, Skipped};
use crate::stats::{Confidence, of_independent};

/// Operations that are asked about, those with the largest shares of p99.
const ASKED: usize = 10;

/// Speedups that are asked about.
const SPEEDUPS: [(Speedup, f64); 3] = [
    (Speedup::Factor(2.0), 2.0),
    (Speedup::Factor(10.0), 10.0),
    (Speedup::Named(NamedSpeedup::Infinite), f64::INFINITY),
];

/// The speedup of operations that are chosen together.
const SUPPOSED: f64 = 10.0;

/// Groups of names that are told.
const GROUPS: usize = 10;

/// The result of what was read, which goes by that name.
pub fn imported(imported: &Imported, name: String, header: Header, confidence: Confidence) -> Attribution {
    match imported {
        Imported::Requests { requests, trace, grouped, skipped } => {
            let mut result = of_requests(requests, name, header, confidence);
            result.trace = Some(trace.clone());
            result.notes.extend(notes(grouped, skipped));
            result
        }
        Imported::Profile(profile) => of_profile(profile, name, header, confidence),
    }
}

fn of_requests(requests: &Requests, name: String, header: Header, confidence: Confidence) -> Attribution {
    let resamples = Resamples::new(requests, header.seed, confidence);
    // What waited for a server can't be told from what worked in it: nothing waits in the replay.
    let model = Model::new(&[requests], requests, Queue::default(), &resamples);
    let found = shares(requests, &resamples);
    let names: Vec<String> = requests.functions.iter().map(|function| function.name.clone()).collect();
    let mut functions: Vec<report::Function> = Vec::with_capacity(names.len());
    let number = requests.requests.len().max(1) as f64;
    let mut sums = vec![(0.0, 0.0, 0.0); names.len()];
    for part in requests.requests.iter().flat_map(|request| &request.parts) {
        let (calls, own, all) = &mut sums[part.function as usize];
        *calls += f64::from(part.calls);
        *own += part.exclusive;
        *all += part.inclusive;
    }
    for (place, function) in requests.functions.iter().enumerate() {
        let (calls, own, all) = sums[place];
        let at = |shares: &[Estimate]| shares.get(place).copied();
        functions.push(report::Function {
            name: function.name.clone(),
            file: function.file.clone(),
            line: function.line,
            kind: Kind::Python,
            calls_per_request: Some(calls / number),
            seconds_per_request: own / number,
            inclusive_per_request: all / number,
            cpu_share: None,
            share_of_p50: at(&found.at_p50),
            share_of_p99: at(&found.at_p99),
            inclusive_share_of_p99: at(&found.inclusive_at_p99),
            share_of_top: at(&found.of_top),
            excess: at(&found.excess),
            what_if: Vec::new(),
        });
    }
    let mut asked: Vec<usize> = (0..functions.len()).collect();
    let share = |place: &usize| {
        let function = &functions[*place];
        function.share_of_p99.or(function.share_of_p50).map_or(0.0, |share| share.estimate)
    };
    asked.sort_by(|one, other| share(other).total_cmp(&share(one)));
    asked.truncate(ASKED);
    let refused = refusal(requests.requests.len());
    if refused.is_some() {
        asked.clear();
    }
    for &place in &asked {
        let what_if = |&(speedup, factor): &(Speedup, f64)| model.what_if(speedup, &[Faster::times(place, factor)]);
        functions[place].what_if = SPEEDUPS.iter().map(what_if).collect();
    }
    let faster: Vec<Faster<'_>> = asked.iter().map(|&place| Faster::times(place, SUPPOSED)).collect();
    let sets = model.sets(&faster, &names);
    let mut result = Attribution {
        requests: requests.requests.len() as u64,
        failed_requests: requests.requests.iter().filter(|request| request.failed).count() as u64,
        latency: latency(requests, observed(requests, &resamples)),
        refused,
        model: report::Model {
            accepted: true,
            reason: Some("less time on the critical path; a trace doesn't tell what waited in a queue".to_owned()),
            error_p50: None,
            error_p99: None,
        },
        functions,
        sets,
        distribution: distribution(requests),
        bands: composition(requests),
        ..empty(name, header)
    };
    sort(&mut result);
    result
}

/// A profile has no requests: it tells which functions take the time, and nothing of any quantile.
fn of_profile(profile: &Profile, name: String, header: Header, confidence: Confidence) -> Attribution {
    let row = |ranked: &super::trace::Ranked| report::Function {
        name: ranked.name.clone(),
        file: ranked.file.clone(),
        line: ranked.line,
        kind: Kind::Python,
        calls_per_request: None,
        seconds_per_request: 0.0,
        inclusive_per_request: 0.0,
        cpu_share: Some(of_independent(ranked.own, profile.samples, confidence)),
        share_of_p50: None,
        share_of_p99: None,
        inclusive_share_of_p99: None,
        share_of_top: None,
        excess: None,
        what_if: Vec::new(),
    };
    Attribution {
        refused: Some(Refusal { reason: profile.refused.clone(), requests_needed: None }),
        functions: profile.functions.iter().map(row).collect(),
        ..empty(name, header)
    }
}

fn empty(name: String, header: Header) -> Attribution {
    Attribution {
        schema: SCHEMA.to_owned(),
        run: header,
        environment: None,
        scenario: name,
        load: None,
        requests: 0,
        failed_requests: 0,
        failures: Vec::new(),
        latency: Latency { p50: None, p90: None, p99: None, p999: None, max: 0.0 },
        refused: None,
        utilization: None,
        instrumentation_overhead: None,
        model: report::Model {
            accepted: false,
            reason: Some("a profile tells nothing of requests".to_owned()),
            error_p50: None,
            error_p99: None,
        },
        waiting: Waiting { share_of_p50: None, share_of_p99: None, share_of_top: None },
        functions: Vec::new(),
        sets: Vec::new(),
        migrated: None,
        injected: None,
        trace: None,
        distribution: Vec::new(),
        bands: Vec::new(),
        notes: Vec::new(),
    }
}

fn notes(grouped: &[Grouped], skipped: &[Skipped]) -> Vec<String> {
    let mut notes = Vec::new();
    for group in grouped.iter().take(GROUPS) {
        let more = if group.or_more { " or more" } else { "" };
        notes.push(format!(
            "{} stands for {}{more} names such as {}; --no-grouping keeps them apart",
            group.pattern, group.names, group.example
        ));
    }
    if grouped.len() > GROUPS {
        notes.push(format!("{} more groups of names were taken for one operation each", grouped.len() - GROUPS));
    }
    for Skipped { reason, spans, first } in skipped {
        let first = first.as_ref().map(|(file, place)| format!(", the first of {} at {place}", file.display()));
        notes.push(format!("{spans} spans {reason} are part of no request{}", first.unwrap_or_default()));
    }
    notes
}
