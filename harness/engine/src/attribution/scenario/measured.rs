//! What was measured of a scenario, and its result. No clock, no input or output.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rustworthy_model::attribution::{Attribution, Failure, Kind, Load};
use rustworthy_model::environment::Environment;
use rustworthy_model::{Estimate, Run as Header};
use rustworthy_protocol::Judgement;

use super::mode::Mode;
use super::recordings::Recordings;
use super::remarks::{busyness, lateness, remarks};
use crate::attribution::assembly::{Analysis, Delay, Evidence, Migration, RowKind, Serving, assemble};
use crate::machine::Sample;
use crate::manifest::{self, Arrivals, Gaps, Scenario};
use rustworthy_attribution::Queue;
use rustworthy_attribution::Requests;
use rustworthy_attribution::waking;

/// How far the utilisation may be from the one that was asked for.
const NEAR: f64 = 0.05;

/// What was measured of a scenario.
pub struct Measured<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Requests of whole rounds.
    pub recordings: Recordings,
    /// What functions are, by name, as far as that is known.
    pub kinds: BTreeMap<String, Kind>,
    /// Functions that were called too often to be watched.
    pub left_out: Vec<String>,
    /// Whether the responses of the migrated service are those of the service as it is, if that was checked.
    pub equivalence: Option<Judgement>,
    /// Speedups that workloads have measured of functions that they replace, by the function's name.
    pub speedups: BTreeMap<String, Estimate>,
    /// A function that took so many seconds more at every call.
    pub delayed: Option<(String, f64)>,
    /// What others had of the processors meanwhile, where that is known.
    pub others: Option<Sample>,
    /// What else a reader should know.
    pub notes: Vec<String>,
}

/// The result of a scenario; `None` where no round of the service as it is and watched was over.
pub fn attribution_of_scenario(
    measured: &Measured<'_>,
    header: Header,
    environment: Option<Environment>,
    analysis: &Analysis,
) -> Option<Attribution> {
    let recordings = &measured.recordings;
    let (plain, recorded) = (recordings.get(Mode::Plain)?, recordings.get(Mode::Watched)?);
    let timed = without_recording(recorded);
    let queue = queue(measured.scenario, plain, recordings.get(Mode::Busy));
    let evidence = Evidence {
        plain,
        timed: &timed,
        rows: rows(&timed, recordings.stretches(), &measured.kinds),
        nested: recordings.nested().to_vec(),
        serving: Serving {
            servers: measured.scenario.at_once(),
            on_one_loop: measured.scenario.concurrency > 1,
            queue,
            recorded,
            others: measured.others.clone(),
        },
        most_candidates: usize::MAX,
        speedups: measured.speedups.clone(),
        migration: migration(measured),
        delay: delay(measured),
    };
    let result = assemble(&evidence, measured.scenario.name.clone(), header, analysis);
    let mut notes = measured.notes.clone();
    notes.extend(remarks(recordings, &measured.left_out, &result));
    notes.extend(lateness(plain, queue.servers));
    notes.extend(measured.others.as_ref().and_then(busyness));
    let load = Some(load(measured, plain, result.utilization));
    Some(Attribution { environment, load, failures: failures(recordings), notes, ..result })
}

/// The requests without what recording has cost: what is left of each is the sum of its parts.
fn without_recording(recorded: &Requests) -> Requests {
    let mut timed = recorded.clone();
    for request in &mut timed.requests {
        request.end = request.start + request.parts.iter().map(|part| part.exclusive).sum::<f64>();
    }
    timed
}

/// What requests queue for. What it costs to wake a server shows beside requests that found it `busy`.
fn queue(scenario: &Scenario, plain: &Requests, busy: Option<&Requests>) -> Queue {
    let servers = match scenario.arrivals {
        Arrivals::Closed => 0,
        Arrivals::Open { .. } => scenario.at_once() as usize,
    };
    Queue { servers, waking: busy.map_or(0.0, |busy| waking(plain, busy, servers)) }
}

/// What the functions that were watched are, and the rows after them, of which the first are stretches.
fn rows(timed: &Requests, stretches: usize, kinds: &BTreeMap<String, Kind>) -> Vec<RowKind> {
    let watched = timed.functions.len() - stretches - RowKind::OTHERS.len();
    let kind = |name: &String| match kinds.get(name) {
        Some(Kind::Native) => RowKind::Native,
        Some(Kind::Python) => RowKind::Python,
        _ => RowKind::Unknown,
    };
    let functions = timed.functions[..watched].iter().map(|function| kind(&function.name));
    functions.chain(std::iter::repeat_n(RowKind::Span, stretches)).chain(RowKind::OTHERS).collect()
}

fn migration<'a>(measured: &'a Measured<'_>) -> Option<Migration<'a>> {
    Some(Migration {
        functions: measured.scenario.migrated.iter().map(|migration| migration.from.to_string()).collect(),
        equivalence: measured.equivalence.as_ref(),
        plain: measured.recordings.get(Mode::Migrated)?,
        timed: measured.recordings.get(Mode::MigratedWatched)?,
    })
}

fn delay<'a>(measured: &'a Measured<'_>) -> Option<Delay<'a>> {
    let (function, seconds) = measured.delayed.clone()?;
    Some(Delay {
        function,
        seconds,
        plain: measured.recordings.get(Mode::Delayed)?,
        timed: measured.recordings.get(Mode::DelayedWatched)?,
    })
}

fn load(measured: &Measured<'_>, plain: &Requests, reached: Option<Estimate>) -> Load {
    let (process, asked) = match measured.scenario.arrivals {
        Arrivals::Closed => ("closed", None),
        Arrivals::Open { gaps: Gaps::Fixed, load } => ("fixed", Some(load)),
        Arrivals::Open { gaps: Gaps::Poisson, load } => ("poisson", Some(load)),
    };
    let (rate, utilization) = match asked {
        None => (None, None),
        Some(manifest::Load::Rate(rate)) => (Some(rate), None),
        Some(manifest::Load::Utilization(share)) => (planned_rate(plain), Some(share)),
    };
    let is_near = |reached: Estimate, asked: f64| (reached.estimate - asked).abs() <= NEAR;
    // Requests that are answered at the same time are the faster the fewer they are: what takes all their places in a closed loop
    // may take few of them at a part of its rate.
    let reached = reached.filter(|_| measured.scenario.concurrency == 1);
    let is_reached = reached.zip(utilization).map(|(reached, asked)| is_near(reached, asked));
    let Scenario { servers, concurrency, .. } = *measured.scenario;
    Load { process: process.to_owned(), rate, utilization, is_reached, servers, concurrency }
}

/// Requests a second over all rounds, each from its beginning to its last arrival. Where they follow a utilisation the pace of
/// the machine is in it.
fn planned_rate(plain: &Requests) -> Option<f64> {
    let mut last: BTreeMap<u32, f64> = BTreeMap::new();
    for request in &plain.requests {
        last.insert(request.round, request.arrival);
    }
    let seconds: f64 = last.values().sum();
    (seconds > 0.0).then(|| plain.requests.len() as f64 / seconds)
}

/// What requests failed with in the service as it is, the most frequent first.
fn failures(recordings: &Recordings) -> Vec<Failure> {
    let failures = recordings.failures();
    let mut failures: Vec<Failure> =
        failures.map(|(message, requests)| Failure { message: message.to_owned(), requests }).collect();
    failures.sort_by_key(|failure| Reverse(failure.requests));
    failures
}
