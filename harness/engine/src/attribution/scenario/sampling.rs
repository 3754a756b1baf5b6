//! Sampling a service while it answers requests.

use std::sync::atomic::{AtomicBool, Ordering};
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

/// Samples the service under the load of the scenario.
///
/// # Errors
/// When it fails, or can't be sampled.
pub(super) fn sample(
    session: &Session<'_>,
    calibration: &Calibration,
    confidence: Confidence,
) -> Result<Samples, SamplingError> {
    let over = AtomicBool::new(false);
    let settings = Settings { rate: RATE, duration: None, idle: false, native: false, confidence };
    let sample = |pid| {
        let aim =
            SampledProcess { name: session.scenario.name.clone(), files: "profile".to_owned(), pid, own_child: false };
        profile(&aim, &settings, &over)
    };
    let answered = session.answer_while(calibration, LONGEST, sample);
    over.store(true, Ordering::Relaxed);
    let (served, profiled) = answered?;
    let profiled = profiled?;
    Ok(Samples { target: profiled.target, stacks: profiled.stacks, began_ns: profiled.began_ns, served })
}
