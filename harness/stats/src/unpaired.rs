//! The change between two sides that weren't measured together.
//!
//! Files of other tools and saved runs have no rounds that both sides share, so nothing cancels out and the noise
//! of either side counts in full. As everywhere, the process is the unit and the scale is logarithmic.

use rustworthy_model::Estimate;

use super::bootstrap::Confidence;
use super::distribution::{student_reach, student_tails};
use super::quantile::midmean;

#[cfg(test)]
mod tests;

/// The smallest p-value that [`unpaired_estimates`] reports: an interval of some per cent of error says nothing about
/// what lies further out.
const SMALLEST_P: f64 = 1e-7;

/// How one side differs from the other, and how surely.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unpaired {
    /// The new side over the old one, less 1: 0.05 is 5 % slower.
    pub change: Estimate,
    /// The probability of so large a difference, in either direction, if there is none: two-sided.
    pub p: f64,
}

/// What is known of a side of which only an estimate was kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reported {
    /// Seconds per call, or whatever is compared, as a geometric mean over processes.
    pub estimate: Estimate,
    /// How many processes it is from.
    pub processes: usize,
    /// At which confidence its interval was reported.
    pub confidence: Confidence,
}

/// The change between two sides of processes, each with its values in seconds per call.
///
/// Every process counts with the midmean of the logarithms of its values, and sides are compared by Welch's t,
/// "The Generalization of 'Student's' Problem when Several Different Population Variances are Involved" (1947), with
/// degrees of freedom by Satterthwaite, "An Approximate Distribution of Estimates of Variance Components" (1946).
///
/// A side of a single process can't show how much processes differ. Its variance is that of the midmean over its own
/// values, by Yuen, "The Two-Sample Trimmed t for Unequal Population Variances" (1974), plus the square of `assumed`:
/// the standard deviation between processes on the log scale, 0.02 for 2 %, that somebody has to know from elsewhere.
/// An assumption isn't estimated, so it adds to the variance and brings no degrees of freedom of its own: in
/// Satterthwaite's formula it is a part with infinitely many. Sides of several processes don't use it.
/// Values of one process that depend on each other, as those of a slowly changing machine do, still make the
/// part from within too small; `assumed` has to make up for that too.
///
/// Values that are no positive numbers are left out. `None` for a side without any, for one whose only process has fewer
/// than two, and for an assumption that is negative or no number.
pub fn unpaired(old: &[Vec<f64>], new: &[Vec<f64>], assumed: f64, confidence: Confidence) -> Option<Unpaired> {
    let (old, new) = (Side::new(old, assumed)?, Side::new(new, assumed)?);
    let difference = new.mean - old.mean;
    let variance = old.variance() + new.variance();
    if variance == 0.0 {
        return Some(without_doubt(difference));
    }
    let error = variance.sqrt();
    let freedom = [old, new].map(|side| (side.seen / variance).powi(2) / side.freedom).iter().sum::<f64>().recip();
    let reach = student_reach(freedom, 1.0 - confidence.level()) * error;
    Some(Unpaired { change: change(difference, [reach; 2]), p: student_tails(freedom, difference / error) })
}

/// The change between two sides of which only estimates with intervals are known.
///
/// The method of variance estimates recovery: Zou and Donner, "Construction of Confidence Limits about Effect
/// Measures: A General Approach" (2008), for the difference of logarithms. Each end of the result adds up the squares of
/// the distances from estimate to end of the two sides that pull that way, so lopsided intervals stay so. The distances
/// are first brought from the confidence at which they were reported to the one that is asked for, by the quantiles of
/// Student's t for the side's number of processes. With few processes the result errs on the wide side, since
/// each side keeps its own quantile. The p-value is the error probability at which the interval just touches no
/// change; smaller ones are reported as 10⁻⁷.
///
/// `None` for a side of fewer than two processes, and for one whose estimate isn't a positive number within its
/// interval.
pub fn unpaired_estimates(old: &Reported, new: &Reported, confidence: Confidence) -> Option<Unpaired> {
    let (old, new) = (Spread::new(old)?, Spread::new(new)?);
    let difference = new.log - old.log;
    let reach = |error: f64| {
        let [old, new] = [&old, &new].map(|side| side.distances.map(|part| part * student_reach(side.freedom, error)));
        [new[0].hypot(old[1]), new[1].hypot(old[0])]
    };
    let towards_zero = |error: f64| reach(error)[usize::from(difference < 0.0)];
    let reaches = reach(1.0 - confidence.level());
    if difference == 0.0 || reaches == [0.0; 2] {
        return Some(Unpaired { change: change(difference, reaches), ..without_doubt(difference) });
    }
    Some(Unpaired { change: change(difference, reaches), p: error_at(difference.abs(), towards_zero) })
}

/// One side on the log scale.
#[derive(Clone, Copy)]
struct Side {
    mean: f64,
    /// Variance of the mean as far as the data shows it.
    seen: f64,
    /// Degrees of freedom of that.
    freedom: f64,
    /// Variance of the mean that the data can't show.
    assumed: f64,
}

impl Side {
    fn new(processes: &[Vec<f64>], assumed: f64) -> Option<Self> {
        let logs = |values: &Vec<f64>| -> Vec<f64> {
            values.iter().filter(|value| value.is_finite() && **value > 0.0).map(|value| value.ln()).collect()
        };
        let processes: Vec<Vec<f64>> = processes.iter().map(logs).filter(|logs| !logs.is_empty()).collect();
        match &processes[..] {
            [single] => Self::of_one_process(single, assumed),
            several => Self::of_processes(several),
        }
    }

    fn of_processes(processes: &[Vec<f64>]) -> Option<Self> {
        let summaries: Vec<f64> = processes.iter().filter_map(|logs| midmean(logs)).collect();
        let freedom = summaries.len().checked_sub(1)? as f64;
        let size = summaries.len() as f64;
        let (mean, squares) = mean_and_squares(&summaries);
        Some(Self { mean, seen: squares / freedom / size, freedom, assumed: 0.0 })
    }

    fn of_one_process(logs: &[f64], assumed: f64) -> Option<Self> {
        let is_possible = logs.len() >= 2 && assumed.is_finite() && assumed >= 0.0;
        let mut ascending = logs.to_vec();
        ascending.sort_unstable_by(f64::total_cmp);
        let cut = ascending.len() / 4;
        let kept = (ascending.len() - 2 * cut) as f64;
        let (lowest, highest) = (*ascending.get(cut)?, *ascending.get(ascending.len() - 1 - cut)?);
        ascending.iter_mut().for_each(|log| *log = log.clamp(lowest, highest));
        let (_, squares) = mean_and_squares(&ascending);
        let seen = squares / (kept * (kept - 1.0));
        is_possible.then_some(Self { mean: midmean(logs)?, seen, freedom: kept - 1.0, assumed: assumed.powi(2) })
    }

    fn variance(&self) -> f64 {
        self.seen + self.assumed
    }
}

/// One side of which an interval is known, on the log scale.
struct Spread {
    log: f64,
    /// How far the lower and the upper end lie from the estimate, in units of Student's t.
    distances: [f64; 2],
    freedom: f64,
}

impl Spread {
    fn new(reported: &Reported) -> Option<Self> {
        let Estimate { estimate, low, high } = reported.estimate;
        let is_possible = 0.0 < low && low <= estimate && estimate <= high && high.is_finite();
        let freedom = reported.processes.checked_sub(1).filter(|freedom| *freedom > 0)? as f64;
        let log = estimate.ln();
        let unit = student_reach(freedom, 1.0 - reported.confidence.level());
        is_possible.then(|| Self { log, distances: [log - low.ln(), high.ln() - log].map(|part| part / unit), freedom })
    }
}

/// The mean, and the sum of squared deviations from it.
fn mean_and_squares(sample: &[f64]) -> (f64, f64) {
    let mean = sample.iter().sum::<f64>() / sample.len() as f64;
    (mean, sample.iter().map(|value| (value - mean).powi(2)).sum())
}

/// Two sides that don't vary differ for certain, or not at all.
fn without_doubt(difference: f64) -> Unpaired {
    let p = if difference == 0.0 { 1.0 } else { 0.0 };
    Unpaired { change: change(difference, [0.0; 2]), p }
}

/// Back from a difference of logarithms, with how far its interval reaches down and up. Ends stop at the outermost
/// finite numbers, since results are written as JSON.
fn change(difference: f64, [down, up]: [f64; 2]) -> Estimate {
    let [estimate, low, high] = [difference, difference - down, difference + up].map(|log| log.exp_m1().min(f64::MAX));
    Estimate { estimate, low, high }
}

/// The error probability at which an interval that narrows with it reaches just so far: bisection on its logarithm.
fn error_at(distance: f64, reach: impl Fn(f64) -> f64) -> f64 {
    let (mut below, mut above) = (SMALLEST_P.ln(), 0.0);
    for _ in 0..30 {
        let middle: f64 = (below + above) / 2.0;
        if reach(middle.exp()) > distance { below = middle } else { above = middle }
    }
    above.exp()
}
