//! Warnings that a reader needs beside a result.

use rustworthy_model::comparison::{Kind, Remembers, Scheme};
use rustworthy_model::equivalence::{Equivalence, EquivalenceStatus};
use rustworthy_model::figures;

use crate::manifest::Contender;
use crate::measure::{Check, Flaw, Planned, Record, Sample};

/// A first call on an unseen input that is slower than later ones by this factor…
const REMEMBERS: f64 = 20.0;
/// … and by this time in seconds, for a cold start of the caches alone may reach the factor.
const REMEMBERS_SECONDS: f64 = 50e-6;

/// The baseline takes at least this much longer on an input four times as large if its time grows at all.
const GROWS: f64 = 2.0;
/// Code whose time is within this factor on an input four times as large doesn't process the input.
const STAYS: f64 = 1.1;

/// What is left of a loop that a compiler removed, and a closed form, take less than this, in seconds.
const REMOVED: f64 = 100e-6;

/// Calls of at least this time in seconds may be stopped for the turns of others.
const LONG: f64 = 5e-3;

/// Share of idle time that a worker may be busy.
const RESTLESS: f64 = 0.05;

/// What makes the outputs of a workload no measure of each other, with the remedy, unless the manifest expects it.
pub(super) fn error(planned: &Planned<'_>, record: &Record) -> Option<String> {
    if let Some(failure) = &record.checker_failure {
        return Some(format!("the check of outputs failed: {failure}"));
    }
    let flaw = record.flaw.as_ref()?;
    match (flaw, used_up(planned, record)) {
        (Flaw::ChangesInput(_), _) => Some(format!("{}; `fresh-input = true` gives every call its own", words(flaw))),
        (Flaw::Unstable(_), _) if planned.workload.unstable => None,
        (Flaw::Unstable(_), Some(iterator)) => Some(nothing_left(iterator)),
        (Flaw::Unstable(_), None) => {
            Some(format!("{}; if that is as it should be, say `unstable = \"expected\"`", words(flaw)))
        }
        (Flaw::Unchecked(_), _) => None,
    }
}

/// What of the baseline leaves outputs unchecked.
pub(super) fn words(flaw: &Flaw) -> String {
    match flaw {
        Flaw::ChangesInput(change) => format!("the baseline can't be called twice: {change}"),
        Flaw::Unstable(difference) => format!("the baseline differs from itself: {difference}"),
        Flaw::Unchecked(why) => format!("the baseline's output can't be looked into: {why}"),
    }
}

fn nothing_left(iterator: &str) -> String {
    format!(
        "the first call uses up its input ({iterator}), and the others, which are timed, find nothing left; \
         `fresh-input = true` gives every call its own"
    )
}

/// Warnings about a workload as a whole.
pub(super) fn of_workload(planned: &Planned<'_>, record: &Record) -> Vec<String> {
    let error = error(planned, record);
    let flaw = record.flaw.as_ref().filter(|_| error.is_none());
    let mut warnings: Vec<String> = flaw.map(words).into_iter().collect();
    if let Some(change) = record.input.as_ref().and_then(|input| input.changed_layout.as_ref()) {
        warnings.push(format!(
            "contenders get copies of the input that lie in memory otherwise than what {} returns: {change}",
            planned.workload.input
        ));
    }
    if let Some(iterator) = used_up(planned, record)
        && error.is_none()
    {
        warnings.push(nothing_left(iterator));
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
    if equivalence.expected.is_some() && equivalence.status == EquivalenceStatus::Equal {
        warnings.push("this input shows no difference".to_owned());
    }
    if let Some(difference) = &check.leaves_input {
        warnings.push(format!("it leaves its input otherwise than the baseline does: {difference}"));
    }
    warnings.extend(remembers(contender, planned, record).as_ref().map(remembering));
    if !may_ignore_size(contender.kind) {
        warnings.extend(baseline.and_then(|baseline| ignores_size(check, baseline, planned.size)));
    }
    warnings.extend(prints(check));
    warnings.extend(restless(samples));
    if record.scheme(&contender.name) == Some(Scheme::Turns) {
        warnings.extend(goes_by_the_clock(check, samples));
    }
    if record.waiting.contains(&contender.name) {
        warnings.push(
            "it waits for something else than the processor, though its first calls didn't: only whole calls count"
                .to_owned(),
        );
    }
    warnings
}

/// What in the input the first of several calls uses up.
fn used_up<'r>(planned: &Planned<'_>, record: &'r Record) -> Option<&'r str> {
    let input = record.input.as_ref().filter(|_| !planned.workload.fresh_input)?;
    input.used_up.as_deref()
}

/// Results that are remembered from call to call make calls fast that would be slow in earnest.
pub(super) fn remembers(contender: &Contender, planned: &Planned<'_>, record: &Record) -> Option<Remembers> {
    let check = record.checks.get(&contender.name)?;
    remembered(check).filter(|_| used_up(planned, record).is_none())
}

fn remembered(check: &Check) -> Option<Remembers> {
    // Without another input to try, the very first call has to do, though it may have had imports to make.
    let (first, repeat) = match check.other {
        Some(other) => (other.first, other.repeat),
        None => (check.called.seconds, check.calibrated.seconds),
    };
    (first > REMEMBERS * repeat && first - repeat > REMEMBERS_SECONDS).then(|| Remembers {
        first_over_repeat: first / repeat.max(f64::MIN_POSITIVE),
        with_imports: check.other.is_none(),
    })
}

fn remembering(remembers: &Remembers) -> String {
    let which = match remembers.with_imports {
        true => "its very first call (with what it imports)",
        false => "the first call on an input",
    };
    format!(
        "it seems to remember results: {which} took {:.0} times as long as repeats, and only repeats are timed",
        remembers.first_over_repeat
    )
}

/// A time that doesn't grow with the input where the baseline's does: a loop that a compiler removed, or a closed form; or, in
/// a call that takes longer than either, something that has to be done whatever the input is.
fn ignores_size(check: &Check, baseline: &Check, size: u64) -> Option<String> {
    let growth = |check: &Check| check.other.map(|other| check.calibrated.seconds / other.repeat);
    (growth(baseline)? >= GROWS && growth(check)? <= STAYS && check.other?.size < size).then(|| {
        format!(
            "its time doesn't grow with the input: {} at size {}, {} at size {size}; {}",
            figures::seconds(check.other.map_or(0.0, |other| other.repeat)),
            check.other.map_or(0, |other| other.size),
            figures::seconds(check.calibrated.seconds),
            if check.calibrated.seconds < REMOVED {
                "a loop that the compiler removed, or another algorithm?"
            } else {
                "most of it is spent on something else, such as starting processes or waiting for them?"
            }
        )
    })
}

fn prints(check: &Check) -> Option<String> {
    (check.output_bytes > 0)
        .then(|| format!("it prints: {} bytes in its first calls, which were thrown away", check.output_bytes))
}

fn restless(samples: &[&Sample]) -> Option<String> {
    let idle: u64 = samples.iter().map(|sample| sample.idle_cpu_ns).sum();
    let busy: u64 = samples.iter().map(|sample| sample.own_ns).sum();
    (idle as f64 > RESTLESS * busy as f64 && idle > 1_000_000).then(|| {
        "it keeps working between its calls, which disturbs the times of the others; its own leave that work out"
            .to_owned()
    })
}

/// Calls that end when a clock says so take less processor time where they are stopped for the turns of others.
fn goes_by_the_clock(check: &Check, samples: &[&Sample]) -> Option<String> {
    /// Share of the time of a call in one piece below which the speeds of a machine don't explain the difference.
    const LESS: f64 = 0.55;
    let (calls, own) = samples.iter().fold((0, 0), |(calls, own), sample| (calls + sample.calls, own + sample.own_ns));
    let in_turns = own as f64 * 1e-9 / calls.max(1) as f64;
    let in_one_piece = check.calibrated.seconds;
    (calls > 0 && in_one_piece > LONG && in_turns < LESS * in_one_piece).then(|| {
        format!(
            "a call took {} in one piece and {} in turns with others: does it go by a clock, or get faster call by call?",
            figures::seconds(in_one_piece),
            figures::seconds(in_turns)
        )
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
            hint: None,
            leaves_input: None,
            called: Called { seconds, peak_memory: None, side_effects: Vec::new() },
            calibrated: Calibrated { seconds, making: 0.0, other_threads: None, waits: None, leaves_processes: false },
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
        assert!(warning.ends_with("a loop that the compiler removed, or another algorithm?"), "{warning}");
        assert_eq!(ignores_size(&baseline, &baseline, 1000), None);
    }

    #[test]
    fn what_takes_too_long_for_a_removed_loop_is_not_taken_for_one() {
        let (baseline, pool) = (check(0.02, 0.005, 0.005), check(0.05, 0.05, 0.05));
        let warning = ignores_size(&pool, &baseline, 1000).unwrap();
        assert!(warning.contains("such as starting processes") && !warning.contains("compiler"), "{warning}");
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
        let words = |check: &Check| remembered(check).as_ref().map(remembering);
        assert!(words(&check(1e-6, 0.1, 1e-6)).unwrap().contains("100000 times"));
        assert_eq!(words(&check(200e-9, 10e-6, 200e-9)), None, "cold caches of the processor");
        assert_eq!(words(&check(0.1, 0.03, 0.025)), None);
        let same_input = Check {
            other: None,
            called: Called { seconds: 0.2, ..check(0.0, 0.0, 0.0).called },
            ..check(1e-6, 0.0, 0.0)
        };
        assert!(words(&same_input).unwrap().contains("its very first call"));
    }
}
