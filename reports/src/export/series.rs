//! What all formats take from a series.

use rustworthy_model::Series;

use crate::visible;

/// The name of a series in the file of another tool.
pub(super) fn name(series: &Series) -> String {
    visible::line(&series.name())
}

/// The times of each process that has any. What isn't a positive number is left out: pyperf refuses a whole file for
/// one such value.
pub(super) fn timed(series: &Series) -> Vec<Vec<f64>> {
    let usable = |process: &Vec<f64>| process.iter().copied().filter(|time| time.is_finite() && *time > 0.0).collect();
    series.processes.iter().map(usable).filter(|times: &Vec<f64>| !times.is_empty()).collect()
}

/// The time of a call where a format has room for one number: the estimate, else the mean over the processes of
/// their means. `None` without any times.
pub(super) fn typical(series: &Series) -> Option<f64> {
    let timed = timed(series);
    let means: Vec<f64> = timed.iter().map(|times| mean(times)).collect();
    (!means.is_empty()).then(|| series.seconds.map_or_else(|| mean(&means), |seconds| seconds.estimate))
}

/// Seconds as nanoseconds, whole picoseconds: what is beyond is noise of the conversion.
pub(super) fn nanoseconds(seconds: f64) -> f64 {
    (seconds * 1e12).round() / 1e3
}

/// Arithmetic mean of a sample that isn't empty.
pub(super) fn mean(sample: &[f64]) -> f64 {
    sample.iter().sum::<f64>() / sample.len() as f64
}
