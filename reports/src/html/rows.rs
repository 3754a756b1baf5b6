//! The table of speedups: every contender of every workload, each with what else is known of it.

use askama::Template;
use rustworthy_model::figures::Figure;

use super::code::Code;
use super::compared::Compared;
use crate::measure::Measure;
use crate::verdict::Verdict;
use crate::view::{Row, SourceView, WorkloadView, spread};
use crate::words::{self, heading};

/// Rows that are shown at first where the script runs; a button shows the rest.
const FIRST: usize = 200;

/// What `rows.html` is filled with.
#[derive(Template)]
#[template(path = "rows.html")]
pub(super) struct Rows<'a> {
    /// The rows that are shown at first, and the rest.
    bodies: Vec<Vec<TableRow<'a>>>,
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
    /// The run, where there are several.
    run: Option<&'a str>,
    workload: &'a WorkloadView,
    row: &'a Row,
    /// Its code: the places, and the elements that show it.
    sources: Vec<(&'a str, Option<&'a str>)>,
    /// What links call it.
    key: String,
}

impl<'a> Rows<'a> {
    pub(super) fn new(compared: &'a [Compared], code: &'a Code<'a>) -> Self {
        let all = compared.iter().flat_map(|one| one.view.workloads.iter().map(move |workload| (one, workload)));
        let mut rows: Vec<TableRow<'a>> = Vec::new();
        for (Compared { view, label }, workload) in all {
            for row in &workload.rows {
                let run = if label.is_some() { format!("{}/", view.run.id) } else { String::new() };
                let key = format!("{run}{}:{}", workload.name, row.contender);
                let source = |source: &'a SourceView| (source.place.as_str(), code.anchor(source));
                let sources = row.sources.iter().map(source).collect();
                rows.push(TableRow { number: rows.len() + 1, run: label.as_deref(), workload, row, sources, key });
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
        let confidence = compared.first().map_or("", |one| one.view.run.confidence.as_str());
        Self { bodies, verdicts, ways, confidence, all }
    }
}

impl TableRow<'_> {
    /// Text for the cell of the verdict; the rest is shown where the row opens.
    fn remark(&self) -> Option<&str> {
        let Verdict { headline, detail, .. } = &self.row.verdict;
        let detail = detail.as_deref().map(|detail| match detail.strip_prefix(headline) {
            Some(rest) => rest.trim_start_matches([':', ' ']),
            None => detail,
        });
        detail.filter(|detail| !detail.is_empty()).or(self.row.notes.first().map(String::as_str))
    }

    /// What it is, and what it takes beside time: `rust/pyo3 · output equal · 12.0 MiB at most · CPU/wall 1.93×`.
    fn about(&self) -> String {
        let Row { way, output, memory, throughput, cpu, system, faults, .. } = self.row;
        let taken = [
            memory.as_ref().map(|memory| format!("{memory} at most")),
            throughput.as_ref().map(Figure::to_string),
            cpu.as_ref().map(|cpu| format!("{} {cpu}", heading::CPU)),
            system.as_ref().map(|share| format!("{} {share}", heading::SYSTEM)),
            faults.as_ref().map(|faults| format!("{} {faults}", heading::FAULTS)),
        ];
        [way.clone(), format!("output {output}")]
            .into_iter()
            .chain(taken.into_iter().flatten())
            .collect::<Vec<_>>()
            .join(" · ")
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
        let parts: Vec<String> = self
            .row
            .percentiles
            .iter()
            .map(|(name, value)| format!("{name} {}", rustworthy_model::figures::seconds(*value)))
            .collect();
        (!parts.is_empty()).then(|| parts.join(" · "))
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
