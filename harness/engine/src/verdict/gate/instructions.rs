//! Whether a call executes more instructions than it did.
//!
//! Two processes with one seed hash strings alike and lie in memory alike, as far as the two revisions allow it: where the
//! code is the same their counts are the same, or nearly. What is left depends on addresses (a set of objects is ordered by
//! them), and they on the seed. So sides are compared seed by seed, and the interval is Student's over seeds.
//!
//! There are at most two tests of a benchmark, after each of [`TESTS`] seeds, and either may use half of the promised level.

use rustworthy_model::Estimate;
use rustworthy_model::gate::{Benchmark, BenchmarkVerdict, Count, Metric, Problem, ProblemKind};
use rustworthy_stats::student_interval;

use super::{Rule, beyond, inside, problem, unpaired, verdict_of};
use crate::gate::{Next, Record};

/// Numbers of seeds after which a benchmark is tested. With three, one that doesn't depend on the seed is decided.
pub const TESTS: [usize; 2] = [3, 9];

/// What to do next with a benchmark whose instructions are counted.
pub fn next(record: &Record, fail_over: f64, rule: &Rule) -> Next {
    let [first, last] = TESTS;
    match record.counts.len() {
        made if made >= last => Next::End,
        made if made == first && decided(&record.counts, fail_over, rule).0 != BenchmarkVerdict::Inconclusive => {
            Next::End
        }
        _ => Next::GoOn,
    }
}

/// The result of a benchmark whose instructions were counted.
pub fn judge(workload: &str, contender: &str, record: &Record, fail_over: f64, rule: &Rule) -> Benchmark {
    let (verdict, change) = decided(&record.counts, fail_over, rule);
    let not_counted = || record.not_counted.clone().map(|detail| Problem { kind: ProblemKind::NotCounted, detail });
    let problem = problem(record).or_else(not_counted).or_else(|| too_little(&record.counts));
    let side = |of: fn(&Count) -> u64| {
        let per_call: Vec<f64> = record.counts.iter().map(|count| of(count) as f64 / count.calls as f64).collect();
        student_interval(&per_call, 1.0 - rule.resampling.confidence.level())
    };
    Benchmark {
        verdict: if problem.is_some() { BenchmarkVerdict::Inconclusive } else { verdict },
        change,
        old: side(|count| count.old),
        new: side(|count| count.new),
        rounds: record.counts.len() as u64,
        problem,
        counts: record.counts.clone(),
        remarks: record.remark.iter().cloned().collect(),
        ..unpaired(workload, contender, Metric::Instructions, fail_over, true)
    }
}

/// A benchmark that isn't compared, and why.
pub fn skipped(workload: &str, contender: &str, fail_over: f64, why: String) -> Benchmark {
    Benchmark {
        verdict: BenchmarkVerdict::Skipped,
        remarks: vec![why],
        ..unpaired(workload, contender, Metric::Instructions, fail_over, true)
    }
}

/// The verdict by the counts alone, and the change.
fn decided(counts: &[Count], fail_over: f64, rule: &Rule) -> (BenchmarkVerdict, Option<Estimate>) {
    if counts.len() < TESTS[0] {
        return (BenchmarkVerdict::Inconclusive, None);
    }
    let logs: Vec<f64> = counts.iter().map(|count| (count.new as f64).ln() - (count.old as f64).ln()).collect();
    let change = |error: f64| {
        let interval = student_interval(&logs, error / TESTS.len() as f64)?;
        let Estimate { estimate, low, high } = interval;
        Some(Estimate { estimate: estimate.exp_m1(), low: low.exp_m1(), high: high.exp_m1() })
    };
    let shown = change(1.0 - rule.resampling.confidence.level());
    let certain = change(rule.level());
    let direction = certain.and_then(|certain| beyond(&certain, fail_over));
    let verdict = match (direction, shown) {
        (Some(direction), _) => verdict_of(direction),
        (None, Some(change)) if inside(&change, fail_over) => BenchmarkVerdict::Unchanged,
        _ => BenchmarkVerdict::Inconclusive,
    };
    (verdict, shown)
}

fn too_little(counts: &[Count]) -> Option<Problem> {
    let detail = match counts {
        [] | [_] | [_, _] => format!("{} seeds are needed; give it more --budget", TESTS[0]),
        counts if counts.iter().any(|count| count.old == 0 || count.new == 0) => {
            "a call executes no instructions".to_owned()
        }
        _ => return None,
    };
    Some(Problem { kind: ProblemKind::TooLittleData, detail })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustworthy_stats::{Confidence, Resampling};

    const RULE: Rule = Rule {
        resampling: Resampling { confidence: Confidence::USUAL, resamples: 2_000, seed: 1 },
        false_alarms: 0.05,
        changes: 1,
    };

    /// Counts of ten million instructions, and so many more on the new side, by seed.
    fn record(more: &[i64]) -> Record {
        let counts = more.iter().enumerate().map(|(seed, more)| Count {
            hash_seed: seed as u32,
            calls: 2,
            old: 10_000_000,
            new: 10_000_000u64.saturating_add_signed(*more),
        });
        Record { counts: counts.collect(), ..Record::default() }
    }

    fn verdict(more: &[i64], fail_over: f64) -> BenchmarkVerdict {
        judge("w", "c", &record(more), fail_over, &RULE).verdict
    }

    #[test]
    fn counts_that_do_not_depend_on_the_seed_are_decided_with_three() {
        use BenchmarkVerdict::{Improved, Regressed, Unchanged};
        for (more, expected) in [(0, Unchanged), (9_000, Unchanged), (11_000, Regressed), (-11_000, Improved)] {
            assert_eq!(verdict(&[more; 3], 0.001), expected, "{more}");
            assert_eq!(next(&record(&[more; 3]), 0.001, &RULE), Next::End);
        }
        assert_eq!(next(&record(&[0; 2]), 0.001, &RULE), Next::GoOn);
    }

    #[test]
    fn counts_that_do_are_decided_by_how_far_they_are_spread() {
        let spread = [0, 40_000, -20_000];
        assert_eq!(next(&record(&spread), 0.001, &RULE), Next::GoOn);
        assert_eq!(verdict(&spread, 0.001), BenchmarkVerdict::Inconclusive);
        assert_eq!(verdict(&spread, 0.02), BenchmarkVerdict::Unchanged);
        let nine = spread.repeat(3);
        assert_eq!(next(&record(&nine), 0.001, &RULE), Next::End);
        let more: Vec<i64> = nine.iter().map(|more| more + 100_000).collect();
        assert_eq!(verdict(&more, 0.001), BenchmarkVerdict::Regressed);
        assert_eq!(verdict(&more, 0.02), BenchmarkVerdict::Unchanged);
    }

    #[test]
    fn both_sides_are_told_per_call() {
        let benchmark = judge("w", "c", &record(&[10_000; 3]), 0.01, &RULE);
        assert_eq!(benchmark.old.unwrap().estimate, 5_000_000.0);
        assert_eq!(benchmark.new.unwrap().estimate, 5_005_000.0);
        assert!((benchmark.change.unwrap().estimate - 0.001).abs() < 1e-12, "{benchmark:?}");
    }

    #[test]
    fn what_was_counted_in_part_alone_has_no_verdict() {
        let record = Record { not_counted: Some("threads".to_owned()), ..record(&[]) };
        let benchmark = judge("w", "c", &record, 0.01, &RULE);
        assert_eq!(benchmark.verdict, BenchmarkVerdict::Inconclusive);
        assert_eq!(benchmark.problem.unwrap().kind, ProblemKind::NotCounted);
        let few = judge("w", "c", &self::record(&[0; 2]), 0.01, &RULE);
        assert_eq!(few.problem.unwrap().kind, ProblemKind::TooLittleData);
    }

    /// Normal numbers by the sum of twelve uniform ones.
    fn noise(random: &mut rand_pcg::Pcg64Mcg) -> f64 {
        use rand::RngExt;
        (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0
    }

    #[test]
    fn false_alarms_are_as_rare_as_promised() {
        use rand::SeedableRng;
        let mut random = rand_pcg::Pcg64Mcg::seed_from_u64(5);
        let alarms = (0..20_000).filter(|_| {
            let more: Vec<i64> = (0..9).map(|_| (20_000.0 * noise(&mut random)) as i64).collect();
            let first = record(&more[..3]);
            let made = if next(&first, 0.0, &RULE) == Next::End { first } else { record(&more) };
            judge("w", "c", &made, 0.0, &RULE).verdict == BenchmarkVerdict::Regressed
        });
        // Half of the promise, since improvements are alarms too.
        assert!(alarms.count() as f64 / 20_000.0 < super::super::MOST_FOR_ONE / 2.0);
    }
}
