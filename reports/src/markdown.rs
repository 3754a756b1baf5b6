//! The comparison as GitHub-flavoured Markdown, for pull requests and job summaries.

mod capture;
mod doctor;

use rustworthy_model::comparison::Comparison;
use rustworthy_model::figures::Figure;

use crate::audit::Audit;
use crate::measure::Measure;
use crate::summary::{Best, Summary, footnote};
use crate::view::{ComparisonView, Row, RunView, SweepCell, SweepView, WorkloadView};
use crate::words::{self, heading};

pub use capture::capture;
pub use doctor::doctor;

/// Lines of a traceback that are shown, the last ones.
const TRACE_LINES: usize = 20;

/// The comparison as Markdown with GitHub's tables.
///
/// Everything that a manifest or a contender chose is escaped: it can open no markup, no HTML, no table cell, and
/// mentions no one.
pub fn markdown(comparison: &Comparison) -> String {
    let view = ComparisonView::new(comparison);
    let mut blocks = vec!["# Comparison".to_owned(), run(&view.run)];
    blocks.extend(view.warnings.iter().map(|text| warning(text)));
    if view.workloads.is_empty() {
        blocks.push(words::NO_WORKLOAD.into());
    }
    blocks.extend(summary(&view.summary));
    blocks.extend(view.workloads.iter().flat_map(workload));
    blocks.extend(view.audit.iter().flat_map(audit));
    blocks.push(closing(&view));
    blocks.join("\n\n") + "\n"
}

/// When the run was made, and by which command.
pub(crate) fn run(run: &RunView) -> String {
    let took = run.took.as_ref().map_or_else(String::new, |took| format!(", took {took}"));
    format!("{}{took} · {}", run.started, code(&run.command))
}

/// The blocks of one workload.
fn workload(workload: &WorkloadView) -> Vec<String> {
    let mut blocks = vec![format!("## {}", escape(&workload.name))];
    blocks.extend(workload.description.as_deref().map(escape));
    blocks.push(format!("{}  \n**{}**", escape(&workload.input), escape(&workload.finding)));
    blocks.push(contenders(&workload.rows));
    blocks.extend(workload.warnings.iter().map(|text| warning(text)));
    blocks.extend(workload.tried.iter().map(escape));
    blocks.extend(workload.rows.iter().filter(|row| !row.trace.is_empty()).map(trace));
    if let Some(view) = &workload.sweep {
        blocks.push("### Speedup by size".into());
        blocks.push(sweep(view));
        blocks.extend(view.warnings.iter().map(|text| warning(text)));
    }
    blocks
}

fn contenders(rows: &[Row]) -> String {
    let headings = [
        heading::CONTENDER,
        heading::WAY,
        heading::TIME,
        heading::SPEEDUP,
        heading::P99,
        heading::MEMORY,
        heading::CPU,
        heading::SYSTEM,
        heading::FAULTS,
        heading::THROUGHPUT,
        heading::VERDICT,
    ];
    let measure = |value: &Option<Measure>| value.as_ref().map_or_else(dash, |value| escape(value.text()));
    let figure = |value: &Option<Figure>| value.as_ref().map_or_else(dash, |value| escape(value.to_string()));
    let cells = |row: &Row| {
        let notes = row.notes.iter().map(String::as_str);
        let verdict: Vec<String> = [row.verdict.phrase().as_str()].into_iter().chain(notes).map(escape).collect();
        let name = escape(&row.contender);
        [
            if row.is_baseline { format!("**{name}**") } else { name },
            escape(&row.way),
            measure(&row.time),
            measure(&row.speedup),
            figure(&row.p99),
            figure(&row.memory),
            figure(&row.cpu),
            figure(&row.system),
            figure(&row.faults),
            figure(&row.throughput),
            verdict.join("<br>"),
        ]
    };
    let alignment = ["---", "---", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---"];
    grid(&headings, &alignment, rows.iter().map(cells))
}

fn summary(rows: &[Summary]) -> Vec<String> {
    if rows.is_empty() {
        return Vec::new();
    }
    let [baseline, without, with, kernel] = heading::BEST;
    let cell = |best: Option<&Best>| {
        best.map_or_else(dash, |best| escape(best.marked()) + "<br>" + &escape(best.measure.text()))
    };
    let cells = rows.iter().map(|row| {
        let [baseline, without, with, kernel] = row.cells().map(cell);
        [escape(&row.workload), baseline, without, with, kernel]
    });
    let headings = [heading::WORKLOAD, baseline, without, with, kernel];
    let blocks = [format!("## {}", heading::SUMMARY), grid(&headings, &["---"; 5], cells)];
    blocks.into_iter().chain(footnote(rows).map(escape)).collect()
}

fn audit(audit: &Audit) -> Vec<String> {
    let headings = [
        heading::SOURCE,
        heading::WORKLOAD,
        heading::CONTENDER,
        heading::PUBLISHED,
        heading::CLAIMED,
        heading::MEASURED,
        heading::VERDICT,
    ];
    let cells = audit.findings().map(|(source, finding)| {
        let verdict = [Some(finding.verdict), finding.remark.as_deref()];
        [
            escape(&source.title),
            escape(&finding.workload),
            escape(&finding.contender),
            escape(&finding.published),
            escape(finding.claimed.to_string()),
            escape(finding.measured_text()),
            verdict.into_iter().flatten().map(escape).collect::<Vec<_>>().join("<br>"),
        ]
    });
    let table = grid(&headings, &["---", "---", "---", "---", "---:", "---:", "---"], cells);
    vec![format!("## {}", heading::AUDIT), escape(&audit.tally), table]
}

/// A row each contender, a column each size.
fn sweep(view: &SweepView) -> String {
    let sizes = || view.headings.iter().map(String::as_str);
    let headings: Vec<&str> =
        [heading::CONTENDER].into_iter().chain(sizes()).chain([heading::BREAK_EVEN, heading::COST]).collect();
    let rules: Vec<&str> = ["---"].into_iter().chain(sizes().map(|_| "---:")).chain(["---", "---"]).collect();
    let rows = view.rows.iter().map(|row| {
        let name = escape(&row.contender);
        let name = if row.is_baseline { format!("**{name}** (its time)") } else { name };
        let break_even = row.break_even.iter().chain(&row.notes).map(escape).collect::<Vec<_>>().join("<br>");
        let cost = row.cost.as_ref().map_or_else(dash, escape);
        let break_even = if break_even.is_empty() { dash() } else { break_even };
        let cells = row.cells.iter().map(|cell: &SweepCell| escape(cell.text()));
        [name].into_iter().chain(cells).chain([break_even, cost]).collect::<Vec<_>>()
    });
    grid(&headings, &rules, rows)
}

/// A table from cells that are escaped already.
pub(crate) fn grid<Cells: AsRef<[String]>>(
    headings: &[&str],
    rules: &[&str],
    rows: impl Iterator<Item = Cells>,
) -> String {
    let line = |cells: &[&str]| format!("| {} |", cells.join(" | "));
    let mut lines = vec![line(headings), line(rules)];
    lines.extend(rows.map(|cells| line(&cells.as_ref().iter().map(String::as_str).collect::<Vec<_>>())));
    lines.join("\n")
}

/// The end of a traceback, folded away.
fn trace(row: &Row) -> String {
    let shown = row.trace[row.trace.len().saturating_sub(TRACE_LINES)..].join("\n");
    folded(&format!("{}: traceback", escape(&row.contender)), &code_block("text", &shown))
}

/// Markdown folded away behind a summary that is escaped already.
pub(crate) fn folded(summary: &str, content: &str) -> String {
    format!("<details><summary>{summary}</summary>\n\n{content}\n\n</details>")
}

fn closing(view: &ComparisonView) -> String {
    format!("{}  \n{}", words::legend(&view.run.confidence), escape(&view.machine))
}

pub(crate) fn warning(text: &str) -> String {
    format!("> **Warning:** {}", escape(text))
}

pub(crate) fn dash() -> String {
    words::NOTHING.into()
}

/// A code span that holds any text: the delimiter is longer than every run of backticks in it.
fn code(text: &str) -> String {
    let delimiter = "`".repeat(longest_run(text, '`') + 1);
    format!("{delimiter} {text} {delimiter}")
}

/// A block of code that holds any text, in the same way.
pub(crate) fn code_block(language: &str, text: &str) -> String {
    let fence = "`".repeat(longest_run(text, '`').max(2) + 1);
    format!("{fence}{language}\n{text}\n{fence}")
}

fn longest_run(text: &str, wanted: char) -> usize {
    let run = |(longest, current): (usize, usize), character| {
        let current = if character == wanted { current + 1 } else { 0 };
        (longest.max(current), current)
    };
    text.chars().fold((0, 0), run).0
}

/// Takes the meaning from everything that Markdown or HTML would give one.
///
/// An empty comment after `@` and `#` keeps GitHub from turning names into mentions and numbers into links, which
/// a backslash does not.
pub(crate) fn escape(text: impl AsRef<str>) -> String {
    let mut escaped = String::with_capacity(text.as_ref().len());
    for character in text.as_ref().chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '@' => escaped.push_str("@<!-- -->"),
            '#' => escaped.push_str("\\#<!-- -->"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '!' => escaped.extend(['\\', character]),
            plain => escaped.push(plain),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_names_stays_text() {
        assert_eq!(escape("a|b `c` <i>*d*</i> \\"), "a\\|b \\`c\\` &lt;i&gt;\\*d\\*&lt;/i&gt; \\\\");
        assert_eq!(escape("@team #12"), "@<!-- -->team \\#<!-- -->12");
    }

    #[test]
    fn a_code_span_holds_backticks() {
        assert_eq!(code("a ``b`` c"), "``` a ``b`` c ```");
    }
}
