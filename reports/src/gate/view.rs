//! The result of a gate as text: the one source of all its renderings.
//!
//! Everything that came from outside (names, messages) has been made visible here; a rendering has only its own
//! syntax left to escape.

mod row;

use rustworthy_model::figures;
use rustworthy_model::gate::{Benchmark, CountedBy, Gate, GateMetric, Metric, Origin, Side, Verdict};

use crate::verdict::{Tone, Toned};
use crate::view::{RunView, incomplete, machine};
use crate::visible;
use crate::visible::{name, note};
use crate::words::Worded;

pub(super) use row::{Row, Standing};

/// What the verdicts mean.
const RULE: &str = "Regressed: the whole interval of the change lies above zero, the change itself beyond its limit, and a \
                    fresh measurement agrees. Improved: the same below zero. Unchanged: the interval lies within the limit \
                    on both sides of zero. Inconclusive: none of these.";
/// What they mean where nothing can be measured again.
const RULE_OF_IMPORTS: &str = "Regressed: the whole interval of the change lies above zero, the change itself beyond its \
                               limit, and a test holds it for no chance. Improved: the same below zero. Unchanged: the \
                               interval lies within the limit on both sides of zero. Inconclusive: none of these.";

/// What they mean where instructions were counted.
const RULE_OF_INSTRUCTIONS: &str = "Regressed: the whole interval of the change lies above zero, and the change itself \
                                    beyond its limit. Fewer instructions: the same below zero. Unchanged: the interval \
                                    lies within the limit on both sides of zero. Inconclusive: none of these. Caches, \
                                    branch prediction, waiting, other threads and the system's time aren't seen: a call \
                                    of fewer instructions may take longer, and one of more may not.";

/// A gate in words.
pub(super) struct GateView {
    /// The verdict in a sentence, `regressed: 1 of 12 benchmarks is slower, the working tree against main`.
    pub(super) finding: String,
    pub(super) verdict: Verdict,
    /// How many benchmarks came to which verdict; empty without any.
    pub(super) tally: String,
    /// What changed first, the worst of it before the rest.
    rows: Vec<Row>,
    /// What is wrong with the run as a whole.
    pub(super) warnings: Vec<String>,
    /// What the verdicts mean.
    pub(super) rule: &'static str,
    /// The level of the intervals and the rate of false alarms.
    pub(super) levels: String,
    pub(super) run: RunView,
    /// The environment on one line, where one is known.
    pub(super) machine: Option<String>,
}

impl GateView {
    /// Puts a gate into words.
    pub(super) fn new(gate: &Gate) -> Self {
        let mut rows: Vec<Row> = gate.benchmarks.iter().map(|benchmark| Row::new(benchmark, gate)).collect();
        rows.sort_by_key(|row| row.standing);
        let run = RunView::new(&gate.run);
        Self {
            finding: format!("{}, {}", headline(gate, &rows), against(gate)),
            verdict: gate.verdict,
            tally: tally(&rows),
            warnings: incomplete(&gate.run).into_iter().chain(gate.warnings.iter().map(|text| note(text))).collect(),
            rule: match gate.metric {
                GateMetric::Instructions => RULE_OF_INSTRUCTIONS,
                GateMetric::Time if is_imported(gate) => RULE_OF_IMPORTS,
                GateMetric::Time => RULE,
            },
            levels: levels(gate, &run),
            rows,
            run,
            machine: gate.environment.as_ref().map(machine),
        }
    }

    /// All rows in reading order.
    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// What changed, or may have, and what didn't.
    pub(super) fn changed_and_unchanged(&self) -> (&[Row], &[Row]) {
        self.rows.split_at(self.rows.partition_point(|row| row.standing != Standing::Unchanged))
    }
}

/// What counted, the level of the intervals and the rate of false alarms.
fn levels(gate: &Gate, run: &RunView) -> String {
    let (counted, called) = match (gate.metric, gate.counted_by) {
        (GateMetric::Time, _) => ("", "call any benchmark regressed or improved"),
        (_, Some(CountedBy::Hardware)) => {
            ("Counted by the processor. ", "find more or fewer instructions in any benchmark")
        }
        (_, _) => (
            "Counted by callgrind, on a processor that it imitates. ",
            "find more or fewer instructions in any benchmark",
        ),
    };
    format!(
        "{counted}Intervals: {}. False alarms: where nothing has changed, at most {} of runs {called}.",
        run.confidence,
        figures::chosen_percent(gate.false_alarm_rate)
    )
}

/// The commands that measure rows again, each once.
pub(super) fn commands(rows: &[Row]) -> Vec<&str> {
    let mut commands: Vec<&str> = Vec::new();
    for command in rows.iter().filter_map(|row| row.command.as_deref()) {
        if !commands.contains(&command) {
            commands.push(command);
        }
    }
    commands
}

impl Worded for Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Regressed => "regressed",
            Self::Inconclusive => "inconclusive",
        }
    }
}

impl Toned for Verdict {
    fn tone(self) -> Tone {
        match self {
            Self::Pass => Tone::Good,
            Self::Regressed => Tone::Problem,
            Self::Inconclusive => Tone::Slow,
        }
    }
}

/// Whether another tool has measured, so that nothing can be measured again from here.
fn is_imported(gate: &Gate) -> bool {
    [gate.old.origin, gate.new.origin].contains(&Origin::Import)
}

/// The verdict and what it comes from.
fn headline(gate: &Gate, rows: &[Row]) -> String {
    let count = |counts: fn(Standing) -> bool| rows.iter().filter(|row| counts(row.standing)).count();
    let all = rows.len();
    let benchmarks = if all == 1 { "benchmark" } else { "benchmarks" };
    let verdict = gate.verdict.word();
    match gate.verdict {
        _ if all == 0 => format!("{verdict}: no benchmark was compared"),
        Verdict::Pass => format!("{verdict}: none of {all} {benchmarks} has regressed"),
        Verdict::Regressed => {
            let regressed = count(|standing| standing == Standing::Regressed);
            format!("{verdict}: {regressed} of {all} {benchmarks} {}", regressions(gate, regressed == 1))
        }
        Verdict::Inconclusive if count(|standing| standing == Standing::Skipped) == all => {
            format!("{verdict}: none of {all} {benchmarks} was compared")
        }
        Verdict::Inconclusive => {
            let unknown = count(|standing| (Standing::Failed..=Standing::Missing).contains(&standing));
            format!("{verdict}: {unknown} of {all} {benchmarks} could not be judged")
        }
    }
}

/// What regressions are, by the metrics that have regressed.
fn regressions(gate: &Gate, one: bool) -> &'static str {
    match (gate.metric, one) {
        (GateMetric::Instructions, true) => return "executes more instructions",
        (GateMetric::Instructions, false) => return "execute more instructions",
        (GateMetric::Time, _) => {}
    }
    let is_memory = |benchmark: &Benchmark| benchmark.metric == Metric::PeakMemory;
    let mut regressed = gate.benchmarks.iter().filter(|benchmark| Standing::of(benchmark) == Standing::Regressed);
    let all = regressed.clone().all(is_memory);
    match (all, regressed.any(is_memory), one) {
        (true, _, true) => "takes more memory",
        (true, _, false) => "take more memory",
        (false, true, _) => "are slower or take more memory",
        (false, false, true) => "is slower",
        (false, false, false) => "are slower",
    }
}

/// The two sides that are compared.
fn against(gate: &Gate) -> String {
    format!("{} against {}", side(&gate.new), side(&gate.old))
}

/// A side with the commit that was measured, `main (137d11c0f)`.
fn side(side: &Side) -> String {
    let known = side.commit.as_ref().filter(|commit| side.name.is_empty() || !commit.starts_with(&side.name));
    let commit = known.map(|commit| visible::short_line(&commit.chars().take(9).collect::<String>(), 80));
    let modified = side.modified.then(|| "modified".to_owned());
    let details: Vec<String> = commit.into_iter().chain(modified).collect();
    let title = title(side);
    if details.is_empty() { title } else { format!("{title} ({})", details.join(", ")) }
}

/// What a side is called.
fn title(side: &Side) -> String {
    match side.origin {
        Origin::WorkingTree => "the working tree".into(),
        Origin::Run => format!("run {}", name(&side.name)),
        Origin::Revision | Origin::Import => name(&side.name),
    }
}

/// How many rows there are of each standing.
fn tally(rows: &[Row]) -> String {
    let groups = rows.chunk_by(|a, b| a.standing == b.standing);
    groups.map(|group| format!("{} {}", group.len(), group[0].standing.word())).collect::<Vec<_>>().join(" · ")
}
