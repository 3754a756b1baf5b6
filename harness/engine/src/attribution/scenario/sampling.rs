//! Sampling a service while it answers requests.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::samples::Samples;
use super::session::{Calibration, Session};
use crate::workers::Failure;
use rustworthy_profiler::{ProfileError, SampledProcess, Settings, profile};
use rustworthy_stats::Confidence;

/// For how long the service is sampled at most.
const LONGEST: Duration = Duration::from_secs(15);

/// Samples a second.
const RATE: f64 = 200.0;

/// Samples of the service at work that are enough: so many that a function of 2 % of its time is seen eight times.
const ENOUGH: f64 = 400.0;

/// Why there are no samples.
#[derive(Debug, thiserror::Error)]
pub(super) enum SamplingError {
    /// The service failed.
    #[error("{0}")]
    Failed(Failure),
    /// It can't be sampled.
    #[error(transparent)]
    Profile(#[from] ProfileError),
}

impl From<Failure> for SamplingError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Samples the service under the load of the scenario: for as long as its requests come, and until there are enough samples.
///
/// # Errors
/// When it fails, or can't be sampled.
pub(super) fn sample(
    session: &Session<'_>,
    calibration: &Calibration,
    confidence: Confidence,
) -> Result<Samples, SamplingError> {
    let requests = calibration.gap() * session.count as f64;
    let duration = requests.max(ENOUGH / RATE / calibration.busy()).min(LONGEST.as_secs_f64());
    let duration = Some(Duration::from_secs_f64(duration));
    let settings = Settings { rate: RATE, duration, idle: false, native: false, confidence };
    let sample = |pid| {
        let aim =
            SampledProcess { name: session.scenario.name.clone(), files: "profile".to_owned(), pid, own_child: false };
        profile(&aim, &settings, &AtomicBool::new(false))
    };
    let (served, profiled) = session.answer_while(calibration, LONGEST, sample)?;
    let profiled = profiled?;
    Ok(Samples { target: profiled.target, stacks: profiled.stacks, began_ns: profiled.began_ns, served })
}
