//! What a reader should know before believing a row.

use rustworthy_reports::comparison::{Equivalence, EquivalenceStatus};
use rustworthy_reports::figures;

use super::summary::may_ignore_size;
use crate::manifest::Contender;
use crate::measure::{Check, Planned, Record, Sample};

/// A first call on an unseen input that is slower than later ones by this factor…
const REMEMBERS: f64 = 20.0;
/// … and by this time in seconds, for a cold start of the caches alone may reach the factor.
const REMEMBERS_SECONDS: f64 = 50e-6;

/// The baseline takes at least this much longer on an input four times as large if its time grows at all.
const GROWS: f64 = 2.0;
/// Code whose time is within this factor on an input four times as large doesn't look at the input.
const STAYS: f64 = 1.1;

/// Share of idle time that a worker may be busy.
const RESTLESS: f64 = 0.05;

/// Warnings about a workload as a whole.
pub(super) fn of_workload(record: &Record) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(detail) = &record.unstable {
        warnings.push(format!(
            "the baseline differs from itself, in two processes with two hash seeds, so no output can be checked: {detail}"
        ));
    }
    if let Some(failure) = &record.input_failure {
        warnings.push(format!("making the input failed: {failure}"));
    }
    warnings
}

/// Warnings about one contender.
pub(super) fn of_contender(
    contender: &Contender,
    planned: &Planned<'_>,
    record: &Record,
    samples: &[&Sample],
    equivalence: &Equivalence,
) -> Vec<String> {
    let Some(check) = record.checks.get(&contender.name) else { return Vec::new() };
    let baseline = record.checks.get(&planned.workload.baseline().name);
    let mut warnings: Vec<String> = check.called.side_effects.iter().map(|effect| format!("it {effect}")).collect();
    if let (Some(why), EquivalenceStatus::Equal) = (&equivalence.expected, equivalence.status) {
        warnings.push(format!("declared to differ (\"{why}\"), though this input shows no difference"));
    }
    warnings.extend(remembers(check));
    if !may_ignore_size(contender.kind) {
        warnings.extend(baseline.and_then(|baseline| ignores_size(check, baseline, planned.size)));
    }
    warnings.extend(prints(check));
    warnings.extend(restless(samples));
    warnings
}

/// Results that are remembered from call to call make calls fast that would be slow in earnest.
fn remembers(check: &Check) -> Option<String> {
    // Without another input to try, the very first call has to do, though it may have had imports to make.
    let (first, repeat, which) = match check.other {
        Some(other) => (other.first, other.repeat, "the first call on an input"),
        None => (check.called.seconds, check.calibrated.seconds, "its very first call (with what it imports)"),
    };
    (first > REMEMBERS * repeat && first - repeat > REMEMBERS_SECONDS).then(|| {
        let times = first / repeat;
        format!(
            "it seems to remember results: {which} took {times:.0} times as long as repeats, and only repeats are timed"
        )
    })
}

/// A time that doesn't grow with the input where the baseline's does: a loop that a compiler removed, or a closed form.
fn ignores_size(check: &Check, baseline: &Check, size: u64) -> Option<String> {
    let growth = |check: &Check| check.other.map(|other| check.calibrated.seconds / other.repeat);
    (growth(baseline)? >= GROWS && growth(check)? <= STAYS && check.other?.size < size).then(|| {
        format!(
            "its time doesn't grow with the input: {} at size {}, {} at size {size}; a loop that the compiler removed, or another algorithm?",
            figures::seconds(check.other.map_or(0.0, |other| other.repeat)),
            check.other.map_or(0, |other| other.size),
            figures::seconds(check.calibrated.seconds)
        )
    })
}

fn prints(check: &Check) -> Option<String> {
    (check.output_bytes > 0)
        .then(|| format!("it prints: {} bytes in its first calls, which were thrown away", check.output_bytes))
}

fn restless(samples: &[&Sample]) -> Option<String> {
    let idle: u64 = samples.iter().map(|sample| sample.idle_cpu_ns).sum();
    let busy: u64 = samples.iter().map(|sample| sample.wall_ns).sum();
    (idle as f64 > RESTLESS * busy as f64 && idle > 1_000_000).then(|| {
        "it keeps working between its calls, which disturbs the times of the others; its own leave that work out"
            .to_owned()
    })
}
