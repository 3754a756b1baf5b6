//! Whether a benchmark has changed, and whether a suite of them may pass.
//!
//! A benchmark is measured in two parts. The first ends early where it is clear by itself; the second has rounds of its own.
//! It is called regressed or improved when
//!
//! 1. the test of all rounds rejects no change at the promised level, less a margin, and by a boundary that allows for every
//!    moment at which the first part could have ended: no choice made on the way makes false alarms more frequent;
//! 2. the second part, which is fresh, agrees by itself, at [`AGREES`];
//! 3. the whole interval lies beyond zero, and the estimate beyond the tolerated change.
//!
//! For the suite the promise is divided by the number of benchmarks (Bonferroni), and never more than [`MOST_FOR_ONE`] is
//! left to a single one.

pub mod instructions;
mod metrics;

use rustworthy_model::Estimate;
use rustworthy_model::gate::{Benchmark, BenchmarkVerdict, Metric, Problem, ProblemKind, Verdict};

use crate::gate::{Next, Record, Round, Side};
pub(super) use metrics::changes;
pub use metrics::series;
use metrics::{CALLS_FOR_P99, side_value};
use rustworthy_stats::{self as stats, Direction, Resampling, early_confidence};

/// One-sided level at which the second part agrees that something has changed.
pub const AGREES: f64 = 0.2;

/// Most false alarms of a single benchmark, whatever the suite may have: 1 in 200.
pub const MOST_FOR_ONE: f64 = 0.005;

/// Share of the promised level that the tests may use. The rest is a margin, for sides that aren't quite exchangeable: the
/// programs of two builds lie otherwise in memory.
const USED: f64 = 0.8;

/// The rule by which a suite of benchmarks is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// How intervals are drawn.
    pub resampling: Resampling,
    /// Probability of any false alarm in the whole suite, at most.
    pub false_alarms: f64,
    /// How many changes the suite tests: benchmarks times metrics.
    pub changes: usize,
}

/// What is gated of one benchmark, and the change that is tolerated of each.
pub type Tolerances = [(Metric, f64)];

impl Rule {
    /// Probability of a false alarm of a single benchmark, at most.
    pub fn false_alarms_of_one(&self) -> f64 {
        (self.false_alarms / self.changes.max(1) as f64).min(MOST_FOR_ONE)
    }

    /// Two-sided level of the test of all rounds.
    pub(super) fn level(&self) -> f64 {
        USED * self.false_alarms_of_one()
    }
}

/// What to do next with a benchmark. Where something has gone wrong there is no verdict, however many rounds come: those that were
/// made tell about how long it takes.
pub fn next(record: &Record, limits: &Tolerances, rule: &Rule) -> Next {
    if problem(record).is_some() {
        return Next::End;
    }
    let standings = limits.iter().map(|&(metric, fail_over)| First::of(record, metric, fail_over, rule).standing);
    let standings: Vec<Standing> = standings.collect();
    if standings.iter().all(|standing| *standing == Standing::Unchanged) {
        Next::End
    } else if standings.contains(&Standing::Undecided) && !record.first_over {
        Next::GoOn
    } else {
        Next::SecondPart
    }
}

/// The result for one metric of a benchmark.
pub fn judge(
    workload: &str,
    contender: &str,
    record: &Record,
    metric: Metric,
    fail_over: f64,
    rule: &Rule,
) -> Benchmark {
    let first = First::of(record, metric, fail_over, rule);
    let all: Vec<&Round> = record.rounds().collect();
    let (verdict, change, confirmation) = if record.in_second {
        let second: Vec<&Round> = record.second.iter().collect();
        let rounds = changes(&all, metric);
        let change = stats::change(&rounds, &rule.resampling);
        let second = changes(&second, metric);
        let called = change.and_then(|change| beyond(&change, fail_over));
        match (called.filter(|direction| is_certain(record, &rounds, &second, *direction, rule)), change) {
            (Some(direction), _) => (verdict_of(direction), change, stats::change(&second, &rule.resampling)),
            (None, Some(change)) if inside(&change, fail_over) => (BenchmarkVerdict::Unchanged, Some(change), None),
            (None, _) => (BenchmarkVerdict::Inconclusive, change, None),
        }
    } else if first.standing == Standing::Unchanged {
        (BenchmarkVerdict::Unchanged, first.change, None)
    } else {
        (BenchmarkVerdict::Inconclusive, first.change, None)
    };
    let problem = problem(record).or_else(|| too_little(change.as_ref(), metric));
    let side = |side: Side| side_value(&all, metric, side, &rule.resampling);
    Benchmark {
        workload: workload.to_owned(),
        contender: contender.to_owned(),
        metric,
        verdict: if problem.is_some() { BenchmarkVerdict::Inconclusive } else { verdict },
        change,
        fail_over,
        old: side(Side::Old),
        new: side(Side::New),
        confirmation,
        rounds: all.len() as u64,
        problem,
        counts: Vec::new(),
        remarks: Vec::new(),
    }
}

/// A benchmark that only one side has.
pub fn unpaired(workload: &str, contender: &str, metric: Metric, fail_over: f64, is_new: bool) -> Benchmark {
    Benchmark {
        workload: workload.to_owned(),
        contender: contender.to_owned(),
        metric,
        verdict: if is_new { BenchmarkVerdict::New } else { BenchmarkVerdict::Missing },
        change: None,
        fail_over,
        old: None,
        new: None,
        confirmation: None,
        rounds: 0,
        problem: None,
        counts: Vec::new(),
        remarks: Vec::new(),
    }
}

/// The verdict on the suite. A benchmark that vanished may have taken its slowness along: that's inconclusive; a new
/// one has nothing to be slower than.
pub fn suite(benchmarks: &[Benchmark]) -> Verdict {
    use BenchmarkVerdict::{Improved, Inconclusive, Missing, New, Regressed, Skipped, Unchanged};
    let worst = |benchmark: &Benchmark| match benchmark.verdict {
        Regressed => 2,
        Inconclusive | Missing => 1,
        Unchanged | Improved | New | Skipped => 0,
    };
    // What wasn't compared at all can't pass.
    if !benchmarks.is_empty() && benchmarks.iter().all(|benchmark| benchmark.verdict == Skipped) {
        return Verdict::Inconclusive;
    }
    match benchmarks.iter().map(worst).max() {
        Some(2) => Verdict::Regressed,
        Some(1) => Verdict::Inconclusive,
        _ => Verdict::Pass,
    }
}

/// The result of the first part alone.
#[derive(Debug, Clone, Copy, PartialEq)]
struct First {
    standing: Standing,
    change: Option<Estimate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Unchanged,
    Clear,
    Undecided,
}

impl First {
    fn of(record: &Record, metric: Metric, fail_over: f64, rule: &Rule) -> Self {
        let undecided = Self { standing: Standing::Undecided, change: None };
        let Some(plan) = &record.plan else { return undecided };
        let first: Vec<&Round> = record.first.iter().collect();
        let rounds = changes(&first, metric);
        // An interval that ends the measuring early was picked for being narrow.
        let is_last = record.first_over || record.first.len() >= plan.rounds;
        let confidence = rule.resampling.confidence;
        let confidence = if is_last { confidence } else { early_confidence(confidence) };
        let change = stats::change(&rounds, &Resampling { confidence, ..rule.resampling });
        let Some(change) = change else { return undecided };
        // As strict as the test of all rounds will be by then: an end too early for that would waste the time left.
        let made = (first.len() + plan.more_rounds) as f64 / (plan.rounds + plan.more_rounds) as f64;
        let allowed = rule.level() * stats::share_spent(made);
        let is_clear = |direction| stats::p_value(&rounds, direction, &rule.resampling) <= allowed / 2.0;
        let standing = if inside(&change, fail_over) {
            Standing::Unchanged
        } else if beyond(&change, fail_over).is_some_and(is_clear) {
            Standing::Clear
        } else {
            Standing::Undecided
        };
        Self { standing, change: Some(change) }
    }
}

/// When a record could have been tested for a verdict (the interim looks of a sequential test): each time that its
/// first part could have ended, with as many more rounds as the second part has.
struct Looks {
    /// Numbers of rounds, ascending, up to all that were made.
    made: Vec<usize>,
    /// The number at which all of the level is spent.
    planned: usize,
}

impl Looks {
    /// `None` where a metric hasn't been tested yet: one whose rounds are pooled has other numbers of them, and is tested
    /// only once, after the whole first part.
    fn of(record: &Record, rounds: usize) -> Option<Self> {
        let plan = record.plan.as_ref()?;
        let [first, second] = [&record.first, &record.second].map(Vec::len);
        let is_own = rounds == first + second;
        let planned = match (record.first_over, is_own) {
            (true, _) => rounds,
            (false, true) => plan.rounds + plan.more_rounds,
            (false, false) => return None,
        };
        let earlier = plan.looks().filter(|&look| is_own && look < first).map(|look| look + second);
        Some(Self { made: earlier.chain([rounds]).collect(), planned })
    }
}

/// Whether all rounds together show a change, and those of the second part agree on the direction by themselves.
fn is_certain(
    record: &Record,
    rounds: &[stats::Round],
    second: &[stats::Round],
    direction: Direction,
    rule: &Rule,
) -> bool {
    let has_crossed =
        |looks: Looks| stats::has_crossed(rounds, &looks.made, looks.planned, rule.level(), &rule.resampling);
    stats::p_value(second, direction, &rule.resampling) <= AGREES
        && Looks::of(record, rounds.len()).is_some_and(has_crossed)
}

/// The direction of a change whose interval lies beyond zero and whose estimate lies beyond the tolerated change.
fn beyond(change: &Estimate, fail_over: f64) -> Option<Direction> {
    if change.low > 0.0 && change.estimate > fail_over {
        Some(Direction::Up)
    } else if change.high < 0.0 && change.estimate < -fail_over {
        Some(Direction::Down)
    } else {
        None
    }
}

fn inside(change: &Estimate, fail_over: f64) -> bool {
    -fail_over < change.low && change.high < fail_over
}

fn verdict_of(direction: Direction) -> BenchmarkVerdict {
    match direction {
        Direction::Up => BenchmarkVerdict::Regressed,
        Direction::Down => BenchmarkVerdict::Improved,
    }
}

fn problem(record: &Record) -> Option<Problem> {
    let problem = |kind, detail: String| Some(Problem { kind, detail });
    let failure = |side| record.failures.get(&side).map(|failure| explained(failure.to_string()));
    match (failure(Side::Old), failure(Side::New)) {
        (Some(old), Some(new)) => problem(ProblemKind::FailedBoth, format!("old: {old}\nnew: {new}")),
        (Some(old), None) => problem(ProblemKind::FailedOld, old),
        (None, Some(new)) => problem(ProblemKind::FailedNew, new),
        (None, None) => match (&record.foreign_code, &record.input_changed, &record.output_changed) {
            (Some(detail), _, _) => problem(ProblemKind::ForeignCode, detail.clone()),
            (None, Some([old, new]), _) => {
                let [old, new] = [old, new].map(|digest| digest.chars().take(12).collect::<String>());
                problem(ProblemKind::InputChanged, format!("sha256 {old} is now {new}"))
            }
            (None, None, Some(detail)) => problem(ProblemKind::OutputChanged, detail.clone()),
            (None, None, None) if record.interrupted => {
                problem(ProblemKind::Interrupted, "interrupted before it was decided".to_owned())
            }
            (None, None, None) => None,
        },
    }
}

/// A failure, with what is likely to be missing: a side has what git knows, and what `build` makes.
fn explained(failure: String) -> String {
    const MISSING: [&str; 3] = ["FileNotFoundError", "ModuleNotFoundError", "ImportError"];
    if !MISSING.iter().any(|missing| failure.contains(missing)) {
        return failure;
    }
    let (first, rest) = failure.split_at(failure.find('\n').unwrap_or(failure.len()));
    format!("{first}; a side of the gate lacks what git ignores: commit what is needed, or let `build` make it{rest}")
}

fn too_little(change: Option<&Estimate>, metric: Metric) -> Option<Problem> {
    let detail = match metric {
        Metric::P99 => {
            format!("six groups of rounds with {CALLS_FOR_P99} calls each are needed; give it more --budget")
        }
        Metric::PeakMemory => "this system doesn't report peak memory".to_owned(),
        Metric::Instructions => "instructions are counted by seed, not by round".to_owned(),
        Metric::Time => "too few rounds for an interval; give it more --budget".to_owned(),
    };
    change.is_none().then_some(Problem { kind: ProblemKind::TooLittleData, detail })
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    use super::*;
    use crate::gate::Plan;
    use crate::workers::Failure;
    use rustworthy_stats::Confidence;

    const RULE: Rule = Rule {
        resampling: Resampling { confidence: Confidence::USUAL, resamples: 2_000, seed: 1 },
        false_alarms: 0.05,
        changes: 1,
    };
    const LIMITS: [(Metric, f64); 1] = [(Metric::Time, 0.02)];

    fn plan() -> Plan {
        Plan { calls: 1, each: true, in_turns: false, pairs: 6, rounds: 20, more_rounds: 10 }
    }

    /// Rounds in which the new side takes so much more, with 1 % of noise between rounds.
    fn rounds(change: f64, number: usize, seed: u64) -> Vec<Round> {
        let mut random = Pcg64Mcg::seed_from_u64(seed);
        (0..number)
            .map(|_| {
                let noise = 0.01 * ((0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0);
                let new = (1e7 * (1.0 + change + noise)) as u64;
                Round {
                    cpu: Some(0),
                    calls: 1,
                    pairs: vec![[10_000_000, new]; 6],
                    cpu_ns: [0; 2],
                    delay_ns: [0; 2],
                    peak_memory: [Some(1000), Some(1000)],
                    latencies: [vec![(10_000_000, 6)], vec![(new, 6)]],
                }
            })
            .collect()
    }

    fn record(first: f64, second: Option<f64>) -> Record {
        Record {
            plan: Some(plan()),
            first: rounds(first, 20, 3),
            second: second.map_or_else(Vec::new, |change| rounds(change, 10, 4)),
            first_over: true,
            in_second: second.is_some(),
            ..Record::default()
        }
    }

    fn verdict(record: &Record) -> BenchmarkVerdict {
        judge("w", "c", record, Metric::Time, 0.02, &RULE).verdict
    }

    #[test]
    fn a_slowdown_that_a_fresh_measurement_confirms_has_regressed() {
        let record = record(0.05, Some(0.05));
        assert_eq!(
            next(&Record { second: vec![], in_second: false, ..record.clone() }, &LIMITS, &RULE),
            Next::SecondPart
        );
        let benchmark = judge("w", "c", &record, Metric::Time, 0.02, &RULE);
        assert_eq!(benchmark.verdict, BenchmarkVerdict::Regressed);
        let (change, confirmation) = (benchmark.change.unwrap(), benchmark.confirmation.unwrap());
        assert!(change.low > 0.0 && change.estimate > 0.02 && confirmation.estimate > 0.02, "{change:?}");
        assert_eq!(verdict(&self::record(-0.05, Some(-0.05))), BenchmarkVerdict::Improved);
    }

    #[test]
    fn a_slowdown_that_a_fresh_measurement_does_not_confirm_has_not() {
        assert_ne!(verdict(&record(0.05, Some(0.0))), BenchmarkVerdict::Regressed);
        assert_ne!(verdict(&record(0.05, None)), BenchmarkVerdict::Regressed);
    }

    #[test]
    fn an_interval_within_the_tolerated_change_is_unchanged_and_ends_it() {
        let record = record(0.0, None);
        assert_eq!(next(&record, &LIMITS, &RULE), Next::End);
        assert_eq!(verdict(&record), BenchmarkVerdict::Unchanged);
        assert_eq!(next(&record, &[(Metric::Time, 0.001)], &RULE), Next::SecondPart);
        assert_eq!(judge("w", "c", &record, Metric::Time, 0.001, &RULE).verdict, BenchmarkVerdict::Inconclusive);
    }

    #[test]
    fn a_significant_change_within_the_tolerated_one_is_no_regression() {
        let record = record(0.012, Some(0.012));
        assert_eq!(verdict(&record), BenchmarkVerdict::Unchanged);
    }

    #[test]
    fn too_few_rounds_are_inconclusive() {
        let record = Record { plan: Some(plan()), first: rounds(0.0, 3, 1), ..Record::default() };
        let benchmark = judge("w", "c", &record, Metric::Time, 0.02, &RULE);
        assert_eq!(benchmark.verdict, BenchmarkVerdict::Inconclusive);
        assert_eq!(benchmark.problem.unwrap().kind, ProblemKind::TooLittleData);
        assert_eq!(next(&record, &LIMITS, &RULE), Next::GoOn);
    }

    #[test]
    fn what_went_wrong_leaves_no_verdict() {
        let changed = Record { output_changed: Some("[3]: 1 ≠ 2".to_owned()), ..record(0.05, None) };
        assert_eq!(next(&changed, &LIMITS, &RULE), Next::End);
        let benchmark = judge("w", "c", &changed, Metric::Time, 0.02, &RULE);
        assert_eq!(benchmark.verdict, BenchmarkVerdict::Inconclusive);
        assert!(benchmark.change.is_some() && benchmark.problem.unwrap().kind.is_failure());
        let failed = Record {
            failures: [(Side::New, Failure::Raised("raised ValueError: no".to_owned()))].into(),
            ..Record::default()
        };
        let benchmark = judge("w", "c", &failed, Metric::Time, 0.02, &RULE);
        assert_eq!(benchmark.problem.unwrap().kind, ProblemKind::FailedNew);
        let missing = Failure::Raised("FileNotFoundError: data.csv".to_owned());
        let failed = Record { failures: [(Side::Old, missing)].into(), ..Record::default() };
        let problem = judge("w", "c", &failed, Metric::Time, 0.05, &RULE).problem.unwrap();
        assert!(problem.detail.contains("data.csv") && problem.detail.contains("what git ignores"), "{problem:?}");
    }

    #[test]
    fn peak_memory_and_p99_are_judged_by_the_same_rules() {
        let mut record = record(0.0, Some(0.0));
        for round in record.first.iter_mut().chain(&mut record.second) {
            round.peak_memory = [Some(1_000_000), Some(1_200_000)];
            round.latencies = [vec![(10_000_000, 100)], vec![(13_000_000, 100)]];
        }
        for metric in [Metric::PeakMemory, Metric::P99] {
            let benchmark = judge("w", "c", &record, metric, 0.1, &RULE);
            assert_eq!(benchmark.verdict, BenchmarkVerdict::Regressed, "{benchmark:?}");
        }
        assert_eq!(verdict(&record), BenchmarkVerdict::Unchanged);
    }

    #[test]
    fn a_p99_of_few_calls_is_not_told() {
        let benchmark = judge("w", "c", &record(0.0, None), Metric::P99, 0.1, &RULE);
        assert_eq!(benchmark.problem.unwrap().kind, ProblemKind::TooLittleData);
    }

    #[test]
    fn the_promise_is_shared_by_the_suite() {
        let of_one = |changes| Rule { changes, ..RULE }.false_alarms_of_one();
        assert_eq!(of_one(1), MOST_FOR_ONE);
        assert!((of_one(50) - 0.001).abs() < 1e-12);
    }

    #[test]
    fn a_suite_is_as_bad_as_its_worst_benchmark() {
        use BenchmarkVerdict::*;
        let suite_of = |verdicts: &[BenchmarkVerdict]| {
            let benchmark = |verdict: &BenchmarkVerdict| Benchmark {
                verdict: *verdict,
                ..unpaired("w", "c", Metric::Time, 0.05, true)
            };
            suite(&verdicts.iter().map(benchmark).collect::<Vec<_>>())
        };
        assert_eq!(suite_of(&[Unchanged, Improved, New]), Verdict::Pass);
        assert_eq!(suite_of(&[Unchanged, Missing]), Verdict::Inconclusive);
        assert_eq!(suite_of(&[Inconclusive, Regressed, New]), Verdict::Regressed);
    }
}
