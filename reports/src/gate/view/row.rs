//! One benchmark of a gate in words.

use rustworthy_model::Estimate;
use rustworthy_model::figures::{self, Figure};
use rustworthy_model::gate::{Benchmark, BenchmarkVerdict, Gate, GateMetric, Metric, ProblemKind};

use super::{is_imported, title};
use crate::measure::Measure;
use crate::verdict::{Tone, error_headline};
use crate::visible::{name, note};
use crate::words::{self, Worded};
use crate::{command, visible};

/// The standing of a benchmark, in reading order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::gate) enum Standing {
    Regressed,
    Failed,
    Different,
    Inconclusive,
    Missing,
    New,
    Skipped,
    Improved,
    /// Improved as far as instructions tell, which needn't be faster.
    Fewer,
    Unchanged,
}

/// One benchmark.
pub(in crate::gate) struct Row {
    /// The workload alone.
    pub(in crate::gate) workload: String,
    /// The contender alone.
    pub(in crate::gate) contender: String,
    /// Workload and contender, `validate:rust`.
    pub(in crate::gate) benchmark: String,
    pub(in crate::gate) metric: Metric,
    pub(in crate::gate) old: Option<Measure>,
    pub(in crate::gate) new: Option<Measure>,
    pub(in crate::gate) change: Option<Measure>,
    /// The tolerated change, `5%`.
    pub(in crate::gate) limit: String,
    pub(in crate::gate) standing: Standing,
    /// Why no change is reported, or why it isn't believed.
    pub(in crate::gate) problem: Option<String>,
    /// The result of the fresh measurement that was to confirm it.
    pub(in crate::gate) confirmation: Option<String>,
    /// What the figures don't see.
    remarks: Vec<String>,
    /// Measures the row again; none where it isn't measured here, or didn't change.
    pub(in crate::gate) command: Option<String>,
}

impl Row {
    /// Puts a benchmark of a gate into words.
    pub(in crate::gate) fn new(benchmark: &Benchmark, gate: &Gate) -> Self {
        let standing = Standing::of(benchmark);
        let measure = |side: Option<Estimate>| side.map(|value| Measure::new(value, figure(benchmark.metric)));
        let (workload, contender) = (name(&benchmark.workload), name(&benchmark.contender));
        Self {
            benchmark: format!("{workload}:{contender}"),
            workload,
            contender,
            metric: benchmark.metric,
            old: measure(benchmark.old),
            new: measure(benchmark.new),
            change: benchmark.change.map(change),
            limit: figures::chosen_percent(benchmark.fail_over),
            standing,
            problem: problem(benchmark).or_else(|| reason(standing, gate)),
            confirmation: benchmark.confirmation.map(|fresh| format!("fresh measurement: {}", change(fresh).text())),
            remarks: benchmark.remarks.iter().map(|remark| note(remark)).collect(),
            command: standing.can_be_repeated().then(|| command(benchmark, gate)).flatten(),
        }
    }

    /// Name and metric, the latter where it isn't time: `validate:rust p99`.
    pub(in crate::gate) fn name(&self) -> String {
        match self.metric {
            Metric::Time => self.benchmark.clone(),
            other => format!("{} {}", self.benchmark, other.word()),
        }
    }

    /// Both sides, `412 ms ±0.8% → 432 ms ±0.8%`, where either was measured.
    pub(in crate::gate) fn sides(&self) -> Option<String> {
        let text = |side: &Option<Measure>| side.as_ref().map_or_else(|| words::NOTHING.into(), Measure::text);
        (self.old.is_some() || self.new.is_some()).then(|| format!("{} → {}", text(&self.old), text(&self.new)))
    }

    /// Warnings beside the figures.
    pub(in crate::gate) fn notes(&self) -> impl Iterator<Item = &String> {
        self.problem.iter().chain(&self.confirmation).chain(&self.remarks)
    }

    /// All remarks on the row, a line each, the most important first; at least one.
    pub(in crate::gate) fn lines(&self) -> Vec<String> {
        let change = self.change.as_ref().map(|change| format!("{}, limit {}", change.text(), self.limit));
        let command = self.command.as_ref().map(|command| format!("to measure it again: {command}"));
        let figures = [self.problem.clone(), change, self.sides(), self.confirmation.clone()].into_iter().flatten();
        let lines: Vec<String> = figures.chain(self.remarks.iter().cloned()).chain(command).collect();
        if lines.is_empty() { vec![self.standing.word().into()] } else { lines }
    }
}

impl Standing {
    /// The standing of a benchmark: a failure comes before everything else.
    pub(in crate::gate) fn of(benchmark: &Benchmark) -> Self {
        match (benchmark.problem.as_ref().map(|problem| problem.kind), benchmark.verdict) {
            (Some(ProblemKind::OutputChanged), _) => Self::Different,
            (Some(kind), _) if kind.is_failure() => Self::Failed,
            (_, BenchmarkVerdict::Regressed) => Self::Regressed,
            (_, BenchmarkVerdict::Inconclusive) => Self::Inconclusive,
            (_, BenchmarkVerdict::Missing) => Self::Missing,
            (_, BenchmarkVerdict::New) => Self::New,
            (_, BenchmarkVerdict::Skipped) => Self::Skipped,
            (_, BenchmarkVerdict::Improved) if benchmark.metric == Metric::Instructions => Self::Fewer,
            (_, BenchmarkVerdict::Improved) => Self::Improved,
            (_, BenchmarkVerdict::Unchanged) => Self::Unchanged,
        }
    }

    pub(in crate::gate) fn word(self) -> &'static str {
        match self {
            Self::Regressed => "regressed",
            Self::Failed => "failed",
            Self::Different => "different",
            Self::Inconclusive => "inconclusive",
            Self::Missing => "missing",
            Self::New => "new",
            Self::Skipped => "skipped",
            Self::Improved => "improved",
            Self::Fewer => "fewer instructions",
            Self::Unchanged => "unchanged",
        }
    }

    pub(in crate::gate) fn tone(self) -> Tone {
        match self {
            Self::Regressed | Self::Failed | Self::Different => Tone::Problem,
            Self::Inconclusive | Self::Missing => Tone::Slow,
            Self::Improved => Tone::Good,
            Self::New | Self::Skipped | Self::Fewer | Self::Unchanged => Tone::Plain,
        }
    }

    /// Whether measuring the row again would show anything: both sides have it, and it isn't settled.
    fn can_be_repeated(self) -> bool {
        !matches!(self, Self::Missing | Self::New | Self::Skipped | Self::Unchanged)
    }
}

impl Worded for Metric {
    fn word(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::P99 => words::heading::P99,
            Self::PeakMemory => words::heading::MEMORY,
            Self::Instructions => "instructions",
        }
    }
}

/// How values of a metric are printed.
fn figure(metric: Metric) -> fn(f64) -> Figure {
    match metric {
        Metric::Time | Metric::P99 => figures::seconds,
        Metric::PeakMemory => |bytes| figures::bytes(bytes as u64),
        Metric::Instructions => figures::instructions,
    }
}

impl Worded for ProblemKind {
    fn word(self) -> &'static str {
        match self {
            Self::FailedOld => "fails on the old side",
            Self::FailedNew => "fails on the new side",
            Self::FailedBoth => "fails on both sides",
            Self::OutputChanged => "its output isn't what it was",
            Self::InputChanged => "its input isn't what it was",
            Self::ForeignCode => "not its own code or files",
            Self::ControlMoved => "the control, code that is the same on both sides, moved",
            Self::NotCounted => "its instructions aren't counted",
            Self::TooLittleData => "too little data",
            Self::Interrupted => "interrupted",
        }
    }
}

fn change(change: Estimate) -> Measure {
    let (value, interval) = figures::change(&change);
    let range = format!("{value} {interval}");
    Measure { value, interval, range, estimate: change }
}

/// What is wrong, with the line of a longer message that says what happened.
fn problem(benchmark: &Benchmark) -> Option<String> {
    let problem = benchmark.problem.as_ref()?;
    let words = problem.kind.word();
    let detail = error_headline(&problem.detail).map(str::trim);
    Some(detail.map_or_else(|| words.into(), |detail| note(&format!("{words}: {detail}"))))
}

/// Why a benchmark without a problem of its own has no change to report.
fn reason(standing: Standing, gate: &Gate) -> Option<String> {
    match standing {
        Standing::Inconclusive => {
            let remedy = match is_imported(gate) {
                true => "more processes help, so let the tool that measured start more",
                false if is_counted(gate) => "a wider limit (--fail-over) helps: its instructions vary with the seed",
                false => "more time (--budget) helps",
            };
            Some(format!("neither within its limit nor beyond it for certain; {remedy}"))
        }
        Standing::Missing => Some(format!("{} doesn't have it", title(&gate.new))),
        Standing::New => Some(format!("{} doesn't have it", title(&gate.old))),
        _ => None,
    }
}

/// Whether instructions were counted, rather than calls timed.
fn is_counted(gate: &Gate) -> bool {
    gate.metric == GateMetric::Instructions
}

/// The command that measures a benchmark again, as one would type it; none where a side was imported.
fn command(benchmark: &Benchmark, gate: &Gate) -> Option<String> {
    if is_imported(gate) {
        return None;
    }
    let filter = format!("{}:{}", benchmark.workload, benchmark.contender);
    let words = ["rustworthy", "gate", "--against", &gate.old.name, &benchmark.workload, "--filter", &filter];
    Some(visible::line(&command::typed(words.into_iter().chain(command::kept(&gate.run.command)))))
}
