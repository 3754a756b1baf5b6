//! The table of speedups: every contender of every workload, each with what else is known of it.

use askama::Template;

use super::workloads::Workloads;
use crate::figures::Figure;
use crate::view::{ComparisonView, Measure, Row, WorkloadView};
use crate::words::{self, heading};

/// Rows that are shown at first where the script runs; a button shows the rest.
const FIRST: usize = 200;

/// What `rows.html` is filled with.
#[derive(Template)]
#[template(path = "rows.html")]
pub(super) struct Rows<'a> {
    /// The rows that are shown at first, and the rest.
    bodies: Vec<Vec<TableRow<'a>>>,
    /// Whether rows of several runs stand in it.
    several: bool,
    /// Verdicts to choose from, each with how many rows it has.
    verdicts: Vec<(&'static str, usize)>,
    /// Kinds and routes to choose from.
    ways: Vec<&'a str>,
    confidence: &'a str,
    all: usize,
}

/// One contender.
struct TableRow<'a> {
    number: usize,
    run: &'a str,
    workload: &'a WorkloadView,
    row: &'a Row,
    /// What links call it.
    key: String,
}

impl<'a> Rows<'a> {
    pub(super) fn new(views: &'a [ComparisonView], workloads: &Workloads<'_>, several: bool) -> Self {
        let mut rows: Vec<TableRow<'a>> = Vec::new();
        for (view, workload) in
            views.iter().flat_map(|view| view.workloads.iter().map(move |workload| (view, workload)))
        {
            for row in &workload.rows {
                let run = if several { format!("{}/", view.run.id) } else { String::new() };
                let key = format!("{run}{}:{}", workload.name, row.contender);
                rows.push(TableRow { number: rows.len() + 1, run: &view.run.id, workload, row, key });
            }
        }
        let mut verdicts: Vec<(&'static str, usize)> = Vec::new();
        let mut ways: Vec<&str> = Vec::new();
        for TableRow { row, .. } in &rows {
            match verdicts.iter_mut().find(|(word, _)| *word == row.verdict.headline) {
                Some((_, number)) => *number += 1,
                None => verdicts.push((row.verdict.headline, 1)),
            }
            if !ways.contains(&row.way.as_str()) {
                ways.push(&row.way);
            }
        }
        verdicts.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
        ways.sort_unstable();
        let all = rows.len();
        let rest = rows.split_off(all.min(FIRST));
        let bodies = [rows, rest].into_iter().filter(|rows| !rows.is_empty()).collect();
        let confidence = views.first().map_or("", |view| view.run.confidence.as_str());
        Self { bodies, several: workloads.several, verdicts, ways, confidence, all }
    }

    /// Columns of the table.
    fn columns(&self) -> usize {
        9 + usize::from(self.several)
    }
}

impl TableRow<'_> {
    /// What is left to say in the cell of the verdict; the rest is told where the row opens.
    fn remark(&self) -> Option<&String> {
        self.row.verdict.detail.as_ref().or(self.row.notes.first())
    }

    /// Numbers that the script sorts by, without those that are unknown.
    fn numbers(&self) -> Vec<(&'static str, String)> {
        let estimate = |measure: &Option<Measure>| measure.as_ref().map(|measure| measure.estimate.estimate);
        let p99 = self.row.percentiles.iter().find(|(name, _)| *name == "p99").map(|(_, value)| *value);
        let known = [
            ("time", estimate(&self.row.time)),
            ("speedup", estimate(&self.row.speedup)),
            ("p99", p99),
            ("memory", self.row.memory_bytes.map(|bytes| bytes as f64)),
        ];
        let finite =
            known.into_iter().filter_map(|(name, value)| Some((name, value.filter(|value| value.is_finite())?)));
        finite.map(|(name, value)| (name, format!("{value:e}"))).collect()
    }

    /// Times of single calls, `p50 4.98 ms · p90 5.13 ms · p99 5.98 ms · max 9.96 ms`.
    fn calls(&self) -> Option<String> {
        let told: Vec<String> = self
            .row
            .percentiles
            .iter()
            .map(|(name, value)| format!("{name} {}", crate::figures::seconds(*value)))
            .collect();
        (!told.is_empty()).then(|| told.join(" · "))
    }
}

/// Digits before the decimal point.
fn whole(figure: &Figure) -> &str {
    figure.at_decimal_point().0
}

/// The decimal point and what follows it, with the unit.
fn rest(figure: &Figure) -> String {
    figure.at_decimal_point().1
}
