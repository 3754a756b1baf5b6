//! The words that every rendering of a doctor's result uses.

use rustworthy_model::Estimate;
use rustworthy_model::doctor::{Finding, Level};
use rustworthy_model::environment::{Detectable, Environment, Noise, PythonHost};
use rustworthy_model::figures::{bytes, count};

use crate::visible::line;
use crate::words;

/// Stands for the level of what can't be seen.
pub(crate) const UNKNOWN: &str = "unknown";
/// Stands for the level of what is as it should be.
pub(crate) const FINE: &str = "fine";
/// Where to find out more.
pub(crate) const MORE: &str = "More about these with -v.";

/// The level of a finding in a word.
pub(crate) fn level(finding: &Finding) -> &'static str {
    match finding.level {
        Level::Spoils => "spoils",
        Level::Note if finding.found.is_none() => UNKNOWN,
        Level::Note => "note",
        Level::Fine => FINE,
    }
}

/// Whether a finding is explained at length where the reader doesn't ask for everything.
pub(crate) fn is_remarkable(finding: &Finding) -> bool {
    ![UNKNOWN, FINE].contains(&level(finding))
}

/// What was checked and what was found.
pub(crate) fn finding(finding: &Finding) -> String {
    line(&format!("{}: {}", finding.name, finding.found.as_deref().unwrap_or("can't be seen here")))
}

/// What is measured with and on, as name and value.
pub(crate) fn facts(environment: &Environment) -> Vec<(&'static str, String)> {
    let Environment { python, rustworthy, .. } = environment;
    let commit = rustworthy.commit.as_ref().map(|commit| format!(", commit {commit}")).unwrap_or_default();
    let facts = [
        ("rustworthy", format!("{}{commit}, built as {}", rustworthy.version, rustworthy.profile)),
        ("Python", format!("{} at {}", python.version, python.executable)),
        ("libpython", python.libpython.clone().unwrap_or_else(|| "linked statically".to_owned())),
        ("embedded/plain", python.embedded_over_executable.as_ref().map_or_else(|| no_ratio(python.host), embedded)),
        ("processor", format!("{}, {} usable", environment.cpu, environment.cores)),
        ("memory", bytes(environment.memory_bytes).to_string()),
        ("system", environment.os.clone()),
    ];
    facts.map(|(name, value)| (name, line(&value))).into()
}

/// Why there is no ratio of the embedded interpreter's time to the executable's.
fn no_ratio(host: PythonHost) -> String {
    match host {
        PythonHost::Embedded => "unknown",
        PythonHost::Python => "not embedded: the executable itself runs workers",
    }
    .to_owned()
}

fn embedded(ratio: &Estimate) -> String {
    let excess = (ratio.estimate - 1.0) * 100.0;
    let word = if excess < 0.0 { "faster" } else { "slower" };
    format!(
        "{:.3} ({:.3} to {:.3}): embedded, the same loop is {:.1} % {word} than in the executable",
        ratio.estimate,
        ratio.low,
        ratio.high,
        excess.abs()
    )
}

/// What this machine can detect, whatever is slowed down: the larger of the two shares.
pub(crate) fn sentence(noise: &Noise) -> String {
    let time = format!("{} s per benchmark", rounded(noise.seconds_per_benchmark));
    match slowdown(noise) {
        Some(share) => {
            let alarms = alarms(noise.false_alarm_rate);
            format!("This machine can detect a slowdown of {} % or more in {time}, {alarms}.", percent(share))
        }
        None => format!("Too little was measured in {time} to tell what this machine can detect."),
    }
}

/// The smallest slowdown of either kind, with its interval.
pub(crate) fn detectable(noise: &Noise) -> [(&'static str, String); 2] {
    let share = |share: &Option<Estimate>| {
        share.map_or_else(
            || words::NOTHING.to_owned(),
            |Estimate { estimate, low, high }| {
                format!("{} % (interval {} to {} %)", percent(estimate), percent(low), percent(high))
            },
        )
    };
    [("Python function", share(&noise.detectable.python)), ("Rust kernel", share(&noise.detectable.rust))]
}

/// The smallest slowdown that is found, whatever is slowed down.
fn slowdown(noise: &Noise) -> Option<f64> {
    let Detectable { python, rust } = &noise.detectable;
    Some(python.as_ref()?.estimate.max(rust.as_ref()?.estimate))
}

/// What this machine can detect, in short.
pub(crate) fn floor(noise: &Noise) -> String {
    match slowdown(noise) {
        Some(share) => format!(
            "a slowdown of {} % is found in {} s per benchmark",
            percent(share),
            rounded(noise.seconds_per_benchmark)
        ),
        None => words::NOTHING.to_owned(),
    }
}

/// What the test was, where, and how many false alarms it saw.
pub(crate) fn test(noise: &Noise) -> String {
    let alarms = if noise.alarms == 1 { "alarm" } else { "alarms" };
    let comparisons = if noise.comparisons == 1 { "comparison" } else { "comparisons" };
    let place = if noise.worktrees { "in worktrees, as by a gate" } else { "in one folder, without worktrees" };
    format!("{} {alarms} in {} {comparisons} of equal code {place}", count(noise.alarms), count(noise.comparisons))
}

/// A rate of 0.005 is at most 1 in 200; never shown smaller than it is.
fn alarms(rate: f64) -> String {
    // A rate that was computed may lie a rounding error above the one that is meant.
    let one_in = (1.0 / rate + 1e-6).floor();
    if one_in.is_finite() && one_in >= 1.0 {
        format!("with at most 1 false alarm in {}", count(one_in as u64))
    } else {
        "with an unknown rate of false alarms".to_owned()
    }
}

/// A share of one as per cent with two digits: `2.1`, `0.43`.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let decimals = match percent {
        small if small < 0.995 => 2,
        middling if middling < 9.95 => 1,
        _ => 0,
    };
    format!("{percent:.decimals$}")
}

/// Seconds to a tenth, whole ones without a decimal.
fn rounded(seconds: f64) -> f64 {
    (seconds * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::alarms;

    #[test]
    fn a_rate_is_never_told_smaller_than_it_is() {
        assert_eq!(alarms(0.005), "with at most 1 false alarm in 200");
        assert_eq!(alarms(0.0501), "with at most 1 false alarm in 19");
        assert_eq!(alarms(1.0 / 1234.0), "with at most 1 false alarm in 1,234");
    }

    #[test]
    fn a_rate_that_is_none_is_unknown() {
        for rate in [0.0, -1.0, 2.0, f64::NAN, f64::INFINITY] {
            assert_eq!(alarms(rate), "with an unknown rate of false alarms");
        }
    }
}
