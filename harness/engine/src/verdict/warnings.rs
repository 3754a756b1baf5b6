//! Warnings that a reader needs beside a result.

use rustworthy_model::comparison::Kind;
use rustworthy_model::equivalence::{Equivalence, EquivalenceStatus};
use rustworthy_model::figures;

use crate::manifest::Contender;
use crate::measure::{Check, Planned, Record, Sample};

/// A first call on an unseen input that is slower than later ones by this factor…
const REMEMBERS: f64 = 20.0;
/// … and by this time in seconds, for a cold start of the caches alone may reach the factor.
const REMEMBERS_SECONDS: f64 = 50e-6;

/// The baseline takes at least this much longer on an input four times as large if its time grows at all.
const GROWS: f64 = 2.0;
/// Code whose time is within this factor on an input four times as large doesn't process the input.
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

/// Whether a contender is expected to take the same time at every size.
fn may_ignore_size(kind: Kind) -> bool {
    kind == Kind::Algorithm
}

#[cfg(test)]
mod tests {
    use rustworthy_protocol::{Calibrated, Called, Judgement, OtherCalls};

    use super::*;

    /// First calls of a contender that takes `seconds`, and on a quarter of the input `first`, then `repeat`.
    fn check(seconds: f64, first: f64, repeat: f64) -> Check {
        Check {
            verdict: Judgement::Equal,
            called: Called { seconds, peak_memory: None, side_effects: Vec::new() },
            calibrated: Calibrated { seconds, making: 0.0, other_threads: None },
            other: Some(OtherCalls { size: 250, first, repeat }),
            output_bytes: 0,
        }
    }

    #[test]
    fn a_loop_that_the_compiler_removed_is_found() {
        let baseline = check(1.0, 0.26, 0.25);
        let removed = check(90e-9, 2e-6, 90e-9);
        let warning = ignores_size(&removed, &baseline, 1000).unwrap();
        assert!(
            warning.contains("doesn't grow with the input: 90.0 ns at size 250, 90.0 ns at size 1000"),
            "{warning}"
        );
        assert_eq!(ignores_size(&baseline, &baseline, 1000), None);
    }

    #[test]
    fn nothing_is_said_where_the_baseline_does_not_grow_either_or_nothing_is_known() {
        let constant = check(0.5, 0.5, 0.5);
        assert_eq!(ignores_size(&constant, &constant, 1000), None);
        let unknown = Check { other: None, ..check(1.0, 0.0, 0.0) };
        assert_eq!(ignores_size(&unknown, &check(1.0, 0.26, 0.25), 1000), None);
    }

    #[test]
    fn remembered_results_are_told_from_cold_starts() {
        assert!(remembers(&check(1e-6, 0.1, 1e-6)).unwrap().contains("100000 times"));
        assert_eq!(remembers(&check(200e-9, 10e-6, 200e-9)), None, "cold caches of the processor");
        assert_eq!(remembers(&check(0.1, 0.03, 0.025)), None);
        let same_input = Check {
            other: None,
            called: Called { seconds: 0.2, ..check(0.0, 0.0, 0.0).called },
            ..check(1e-6, 0.0, 0.0)
        };
        assert!(remembers(&same_input).unwrap().contains("its very first call"));
    }
}
