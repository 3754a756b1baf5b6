//! What the gate can detect on a machine, from comparisons of code with itself.

use rustworthy_model::Estimate;
use rustworthy_model::gate::{BenchmarkVerdict, Metric};

use super::gate::{AGREES, Rule, changes, judge};
use crate::gate::{Record, Round};
use rustworthy_stats::{self as stats, chi_squared_quantile, normal_quantile};

/// Share of real slowdowns of the detectable size that are found.
pub const POWER: f64 = 0.95;

/// The smallest slowdown of a benchmark that a gate finds with [`POWER`], as a share, from comparisons of it with itself.
///
/// All rounds of a comparison have to find it, and those of the second part have to agree by themselves, each with the root
/// of the power. Of n rounds the change has the standard error that all rounds together have, times the root of their number
/// over n; they find what is larger than that by the quantiles of their level and of the power (Lehr's formula, general
/// case). The interval is that of a standard deviation of normal data, by χ².
///
/// `None` where too little was measured.
pub fn detectable(records: &[&Record], rule: &Rule) -> Option<Estimate> {
    let all: Vec<&Round> = records.iter().flat_map(|record| record.rounds()).collect();
    let second = records.iter().map(|record| record.second.len()).sum::<usize>();
    let rounds = changes(&all, Metric::Time);
    let error = stats::standard_error(&rounds)?;
    let found = normal_quantile(POWER.sqrt());
    let of = |level: f64, number: usize| {
        let of_one = number as f64 / records.len() as f64;
        (normal_quantile(1.0 - level) + found) * error * (rounds.len() as f64 / of_one).sqrt()
    };
    let estimate = of(rule.level() / 2.0, rounds.len()).max(of(AGREES, second));
    let freedom = rounds.len() as f64 - 1.0;
    let tail = (1.0 - rule.resampling.confidence.level()) / 2.0;
    let end = |probability: f64| estimate * (freedom / chi_squared_quantile(freedom, probability)).sqrt();
    Some(Estimate { estimate, low: end(1.0 - tail), high: end(tail) })
}

/// Whether a comparison of code with itself has raised an alarm, with no change tolerated.
pub fn is_alarm(record: &Record, rule: &Rule) -> bool {
    let benchmark = judge("noise", "noise", record, Metric::Time, 0.0, rule);
    matches!(benchmark.verdict, BenchmarkVerdict::Regressed | BenchmarkVerdict::Improved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Plan;
    use rustworthy_stats::{Confidence, Resampling};

    const RULE: Rule = Rule {
        resampling: Resampling { confidence: Confidence::USUAL, resamples: 1_000, seed: 1 },
        false_alarms: 0.05,
        changes: 1,
    };

    /// Rounds that differ by that share, up and down by turns.
    fn record(deviation: f64) -> Record {
        let round = |number: u64| Round {
            cpu: None,
            calls: 1,
            pairs: vec![
                [
                    10_000_000,
                    (1e7 * (1.0 + if number.is_multiple_of(2) { deviation } else { -deviation })) as u64
                ];
                6
            ],
            cpu_ns: [0; 2],
            delay_ns: [0; 2],
            peak_memory: [None; 2],
            latencies: [Vec::new(), Vec::new()],
        };
        Record {
            plan: Some(Plan { calls: 1, each: true, in_turns: false, pairs: 6, rounds: 24, more_rounds: 16 }),
            first: (0..24).map(round).collect(),
            second: (0..16).map(round).collect(),
            first_over: true,
            in_second: true,
            ..Record::default()
        }
    }

    #[test]
    fn twice_the_noise_hides_slowdowns_twice_as_large() {
        let found = |deviation| detectable(&[&record(deviation), &record(deviation)], &RULE).unwrap();
        let (one, two) = (found(0.01), found(0.02));
        assert!((two.estimate / one.estimate - 2.0).abs() < 0.05, "{one:?} {two:?}");
        // σ/√24 · (quantile of the first level + that of the power), and rounds that aren't normal.
        assert!((0.007..0.013).contains(&one.estimate), "{one:?}");
        assert!(one.low < one.estimate && one.estimate < one.high);
    }

    #[test]
    fn nothing_measured_tells_nothing() {
        assert_eq!(detectable(&[], &RULE), None);
        assert_eq!(detectable(&[&Record::default()], &RULE), None);
        assert!(!is_alarm(&record(0.01), &RULE));
    }
}
