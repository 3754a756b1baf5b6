//! How a scenario is measured, from the first request to the last round.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rustworthy_model::Estimate;
use rustworthy_protocol::Watch;

use super::measured::Measured;
use super::mode::{Mode, ModeRun};
use super::recordings::Recordings;
use super::samples::{Samples, TailStacks};
use super::session::{Calibration, Session, Watchable};
use crate::manifest::{Arrivals, Scenario};
use crate::workers::Failure;
use rustworthy_stats::Confidence;

/// What the measuring of a scenario goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScenarioEvent {
    /// It finds out how long requests take.
    Calibrating,
    /// It samples where the time goes.
    Sampling,
    /// It compares the responses of the migrated service with those of the service as it is.
    Comparing,
    /// It measures.
    Round {
        /// The number of the round, from 1.
        round: u32,
        /// How many rounds there are.
        rounds: u32,
        /// How many of its requests were answered in every mode.
        answered: u64,
        /// How many it has.
        requests: u64,
    },
}

/// What is known of the project of a scenario.
pub(crate) struct ScenarioContext<'a> {
    /// Folders of the project's own code, whose functions are candidates.
    pub(crate) python_path: &'a [PathBuf],
    /// How sure shares of samples are to be.
    pub(crate) confidence: Confidence,
    /// Speedups that workloads have measured of functions that they replace, by the function's name.
    pub(crate) speedups: &'a BTreeMap<String, Estimate>,
}

/// Measures a scenario; gives what it knows, and stacks of slow requests beside usual ones if there are any. Rounds that were
/// over before an interruption count.
///
/// # Errors
/// When the service fails, or the user interrupts before the first round.
pub(crate) fn measure_scenario<'a>(
    session: &Session<'a>,
    context: &ScenarioContext<'_>,
    listen: &mut dyn FnMut(ScenarioEvent),
) -> Result<(Measured<'a>, Option<TailStacks>), Failure> {
    let scenario = session.scenario;
    listen(ScenarioEvent::Calibrating);
    let calibration = session.calibrate()?;
    let mut notes = Vec::from_iter(overload(scenario, &calibration));
    listen(ScenarioEvent::Sampling);
    let samples = sample(session, &calibration, context.confidence, &mut notes)?;
    let sampled = match &samples {
        Some(samples) if session.candidates.is_empty() => samples.candidates(context.python_path),
        _ => Vec::new(),
    };
    let Watchable { watches, functions, left_out } = session.watchable(&calibration, sampled)?;
    let kinds = samples.as_ref().map(|samples| samples.kinds(&functions)).unwrap_or_default();
    let tail = samples.and_then(|samples| samples.tail_against_body(scenario.at_once()));
    let mut equivalence = None;
    if !scenario.migrated.is_empty() {
        listen(ScenarioEvent::Comparing);
        equivalence = Some(session.compare_responses(&calibration)?);
    }
    let runs = rounds(session, &calibration, &watches, listen)?;
    let measured = Measured {
        others: None,
        scenario,
        recordings: Recordings::of(&runs),
        kinds,
        left_out,
        equivalence,
        speedups: context.speedups.clone(),
        delayed: session.delayed.map(|(function, delay)| (function.to_string(), delay.as_secs_f64())),
        notes,
    };
    Ok((measured, tail))
}

/// A warning of a load that no server can bear.
fn overload(scenario: &Scenario, calibration: &Calibration) -> Option<String> {
    let is_open = matches!(scenario.arrivals, Arrivals::Open { .. });
    let is_over = |rate: f64| rate * calibration.service >= f64::from(scenario.at_once());
    (is_open && calibration.rate.is_some_and(is_over))
        .then(|| "requests arrive faster than they can be served: the queue grows as long as they do".to_owned())
}

/// Samples the service; where it can't be sampled a note says so.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn sample(
    session: &Session<'_>,
    calibration: &Calibration,
    confidence: Confidence,
    notes: &mut Vec<String>,
) -> Result<Option<Samples>, Failure> {
    use super::sampling::{SamplingError, sample};
    match sample(session, calibration, confidence) {
        Ok(samples) => {
            notes.extend(samples.too_few());
            Ok(Some(samples))
        }
        Err(SamplingError::Failed(failure)) => Err(failure),
        Err(SamplingError::Profile(error)) => {
            notes.push(format!("the service can't be sampled ({error}); only candidates of the manifest are watched"));
            Ok(None)
        }
    }
}

/// Candidates are those that the manifest names.
#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
fn sample(
    _: &Session<'_>,
    _: &Calibration,
    _: Confidence,
    notes: &mut Vec<String>,
) -> Result<Option<Samples>, Failure> {
    notes.push(
        "services can be sampled on Linux on x86-64 alone; only candidates of the manifest are watched".to_owned(),
    );
    Ok(None)
}

/// The modes in which the service is run, every one in each round.
fn modes(session: &Session<'_>) -> Vec<Mode> {
    let scenario = session.scenario;
    let mut modes = vec![Mode::Plain, Mode::Watched];
    if scenario.at_once() == 1 && matches!(scenario.arrivals, Arrivals::Open { .. }) {
        modes.push(Mode::Busy);
    }
    if !scenario.migrated.is_empty() {
        modes.extend([Mode::Migrated, Mode::MigratedWatched]);
    }
    if session.delayed.is_some() {
        modes.extend([Mode::Delayed, Mode::DelayedWatched]);
    }
    modes
}

/// Measures round by round. Those that were over when the user interrupts are worth keeping.
fn rounds(
    session: &Session<'_>,
    calibration: &Calibration,
    watches: &[Watch],
    listen: &mut dyn FnMut(ScenarioEvent),
) -> Result<Vec<ModeRun>, Failure> {
    let modes = modes(session);
    let rounds = session.rounds;
    let mut runs = Vec::new();
    for round in 0..rounds {
        let mut progress = |answered, requests| {
            listen(ScenarioEvent::Round { round: round + 1, rounds, answered, requests });
        };
        match session.round(calibration, round, &modes, watches, &mut progress) {
            Ok(more) => runs.extend(more),
            Err(Failure::Interrupted) => break,
            Err(failure) => return Err(failure),
        }
    }
    Ok(runs)
}
