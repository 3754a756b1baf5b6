//! The gate's verdicts on times that were measured apart: saved runs, and files of other tools.
//!
//! Weaker than [rounds of both sides](super::gate): whatever the machine did between the two measurements counts as a
//! change. The same rule holds, by tests for unpaired sides.

use rustworthy_model::Estimate;
use rustworthy_model::comparison::{Contender, Workload};
use rustworthy_model::equivalence::Status;
use rustworthy_model::gate::{Benchmark, BenchmarkVerdict, Metric, Problem, ProblemKind};

use super::gate::{Rule, unpaired as unpaired_benchmark};
use crate::import;
use rustworthy_stats::{self as stats, Confidence, Reported, Unpaired};

/// Deviation between processes, as a share, that is assumed of a tool which times one process only. Different processes of
/// the same code differed by 1 to 5 % on shared machines.
pub const ASSUMED_BETWEEN: f64 = 0.05;

/// One-sided level at which a fresh measurement confirms what the first one called for.
const CONFIRMS: f64 = 0.1;

/// Two measurements of one workload of a saved run and of now.
#[derive(Debug, Clone, Copy)]
pub struct Runs<'a> {
    /// The saved one, with the confidence of its intervals.
    pub old: (&'a Workload, Confidence),
    /// The one of now.
    pub new: (&'a Workload, Confidence),
    /// Another one of now, made since the first called for an alarm.
    pub again: Option<(&'a Workload, Confidence)>,
}

impl Runs<'_> {
    /// Why the control doesn't say that the machine is what it was: the baseline, whose code should be the same, has moved,
    /// or is unknown.
    pub fn control_moved(&self, rule: &Rule) -> Option<String> {
        let name = &self.old.0.baseline;
        let Some(found) = unpaired_of(self.old, self.new, name, rule) else {
            return Some(format!("the baseline '{name}', the control, has no time on both sides"));
        };
        let moved = found.change.low > 0.0 || found.change.high < 0.0;
        moved.then(|| {
            format!(
                "the baseline '{name}', the control, takes {:+.1} % of the time it took",
                100.0 * found.change.estimate
            )
        })
    }

    /// Whether an alarm has to be confirmed by a fresh measurement.
    pub fn calls_for_confirmation(&self, fail_over: f64, rule: &Rule) -> bool {
        let contenders = self.new.0.contenders.iter().filter(|contender| contender.name != self.old.0.baseline);
        let mut found = contenders.filter_map(|contender| unpaired_of(self.old, self.new, &contender.name, rule));
        self.control_moved(rule).is_none() && found.any(|found| alarm(&found, fail_over, first_level(rule)).is_some())
    }

    /// The verdicts on all contenders but the baseline.
    pub fn judge(&self, fail_over: f64, rule: &Rule) -> Vec<Benchmark> {
        let (old, new) = (self.old.0, self.new.0);
        let moved = self.control_moved(rule);
        let is_gated = |contender: &&Contender| contender.name != old.baseline;
        let known = |side: &Workload, name: &str| side.contenders.iter().any(|contender| contender.name == name);
        let of_new = new.contenders.iter().filter(is_gated).map(|contender| {
            if known(old, &contender.name) {
                self.judge_one(contender, fail_over, moved.as_deref(), rule)
            } else {
                unpaired_benchmark(&new.name, &contender.name, Metric::Time, fail_over, true)
            }
        });
        let gone = old.contenders.iter().filter(|contender| !known(new, &contender.name)).filter(is_gated);
        of_new
            .chain(gone.map(|gone| unpaired_benchmark(&old.name, &gone.name, Metric::Time, fail_over, false)))
            .collect()
    }

    fn judge_one(&self, contender: &Contender, fail_over: f64, moved: Option<&str>, rule: &Rule) -> Benchmark {
        let name = &contender.name;
        let before = self.old.0.contenders.iter().find(|before| before.name == *name);
        let problem = before.and_then(|before| problem(before, contender, self));
        let moved = || moved.map(|why| Problem { kind: ProblemKind::ControlMoved, detail: why.to_owned() });
        let found = unpaired_of(self.old, self.new, name, rule);
        let again = self.again.and_then(|again| unpaired_of(self.old, again, name, rule));
        let called = found.as_ref().and_then(|found| alarm(found, fail_over, first_level(rule)));
        let confirmed = called.filter(|called| {
            again.as_ref().and_then(|again| alarm(again, fail_over, 2.0 * CONFIRMS)).as_ref() == Some(called)
        });
        Benchmark {
            old: before.and_then(|before| before.seconds),
            new: contender.seconds,
            rounds: contender.processes,
            confirmation: confirmed.and(again).map(|again| again.change),
            ..benchmark([&self.new.0.name, name], found, confirmed, fail_over, problem.or_else(moved))
        }
    }
}

/// The verdict on one benchmark from two files of another tool. `processes` of either side are seconds per call.
pub fn judge_imported(old: &import::Benchmark, new: &import::Benchmark, fail_over: f64, rule: &Rule) -> Benchmark {
    let [before, after] = [old, new].map(|side| &side.series);
    let found = stats::unpaired(&before.processes, &after.processes, ASSUMED_BETWEEN, rule.resampling.confidence);
    // There is no second measurement to ask: the test alone keeps the promise.
    let called = found.as_ref().and_then(|found| alarm(found, fail_over, rule.false_alarms_of_one()));
    let failed =
        |side: &import::Benchmark| (side.failed_runs > 0).then(|| format!("{} of its runs failed", side.failed_runs));
    let problem = |kind, detail| Some(Problem { kind, detail });
    let problem = match (failed(old), failed(new)) {
        (Some(old), Some(_)) => problem(ProblemKind::FailedBoth, old),
        (Some(old), None) => problem(ProblemKind::FailedOld, old),
        (None, Some(new)) => problem(ProblemKind::FailedNew, new),
        (None, None) => None,
    };
    let side = |series: &rustworthy_model::Series| {
        let means = series.processes.iter().filter_map(|process| stats::midmean(process));
        stats::geometric_mean(&means.collect::<Vec<_>>(), &rule.resampling)
    };
    Benchmark {
        old: side(before),
        new: side(after),
        rounds: after.processes.len() as u64,
        ..benchmark([&after.workload, &after.contender], found, called, fail_over, problem)
    }
}

fn benchmark(
    [workload, contender]: [&String; 2],
    found: Option<Unpaired>,
    called: Option<BenchmarkVerdict>,
    fail_over: f64,
    problem: Option<Problem>,
) -> Benchmark {
    let is_inside = |found: &Unpaired| -fail_over < found.change.low && found.change.high < fail_over;
    let too_little = || {
        let detail = "two processes of each side are needed, or one with several values".to_owned();
        found.is_none().then_some(Problem { kind: ProblemKind::TooLittleData, detail })
    };
    let problem = problem.or_else(too_little);
    let verdict = match (&problem, &found) {
        (Some(_), _) | (None, None) => BenchmarkVerdict::Inconclusive,
        (None, Some(found)) => called.unwrap_or(if is_inside(found) {
            BenchmarkVerdict::Unchanged
        } else {
            BenchmarkVerdict::Inconclusive
        }),
    };
    Benchmark {
        verdict,
        change: found.map(|found| found.change),
        problem,
        ..unpaired_benchmark(workload, contender, Metric::Time, fail_over, true)
    }
}

/// The verdict that a test at this two-sided level calls for.
fn alarm(found: &Unpaired, fail_over: f64, level: f64) -> Option<BenchmarkVerdict> {
    let Estimate { estimate, low, high } = found.change;
    if found.p > level {
        None
    } else if low > 0.0 && estimate > fail_over {
        Some(BenchmarkVerdict::Regressed)
    } else if high < 0.0 && estimate < -fail_over {
        Some(BenchmarkVerdict::Improved)
    } else {
        None
    }
}

fn first_level(rule: &Rule) -> f64 {
    rule.false_alarms_of_one() / CONFIRMS
}

fn unpaired_of(
    old: (&Workload, Confidence),
    new: (&Workload, Confidence),
    name: &str,
    rule: &Rule,
) -> Option<Unpaired> {
    let reported = |(workload, confidence): (&Workload, Confidence)| {
        let contender = workload.contenders.iter().find(|contender| contender.name == name)?;
        Some(Reported { estimate: contender.seconds?, processes: contender.processes as usize, confidence })
    };
    stats::unpaired_estimates(&reported(old)?, &reported(new)?, rule.resampling.confidence)
}

fn problem(old: &Contender, new: &Contender, runs: &Runs<'_>) -> Option<Problem> {
    let problem = |kind, detail: String| Some(Problem { kind, detail });
    let failure = |contender: &Contender| {
        let failed = matches!(contender.status, Status::Failed | Status::TimedOut);
        failed.then(|| contender.error.clone().unwrap_or_default())
    };
    let digests = [runs.old, runs.new].map(|(workload, _)| workload.input.sha256.clone());
    match (failure(old), failure(new)) {
        (Some(old), Some(new)) => problem(ProblemKind::FailedBoth, format!("old: {old}\nnew: {new}")),
        (Some(old), None) => problem(ProblemKind::FailedOld, old),
        (None, Some(new)) => problem(ProblemKind::FailedNew, new),
        (None, None) if digests[0] != digests[1] => {
            problem(ProblemKind::InputChanged, "it isn't measured on the input of the saved run".to_owned())
        }
        (None, None) if old.equivalence.status != new.equivalence.status => problem(
            ProblemKind::OutputChanged,
            new.equivalence.detail.clone().unwrap_or_else(|| "it isn't held against the baseline as it was".to_owned()),
        ),
        (None, None) => None,
    }
}
