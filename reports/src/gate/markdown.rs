//! The gate as GitHub-flavoured Markdown, for the comment on a pull request and the summary of a job.

use rustworthy_model::gate::Gate;

use super::view::{GateView, Row, Standing, commands};
use crate::markdown::{code_block, dash, escape, folded, grid, run, warning};
use crate::measure::Measure;
use crate::words::heading;

/// Rows that a table shows at most: GitHub takes no comment of more than 65,536 characters.
const MOST_ROWS: usize = 100;

/// The gate as Markdown with GitHub's tables.
///
/// It opens with the verdict and what changed; what didn't, and how to read it all, is folded away. Everything that a
/// manifest or a contender chose is escaped: it can open no markup, no HTML, no table cell, and mentions no one.
pub fn markdown(gate: &Gate) -> String {
    let view = GateView::new(gate);
    let (changed, unchanged) = view.changed_and_unchanged();
    let mut blocks = vec![format!("### {}", escape(&view.finding))];
    blocks.extend(view.warnings.iter().map(|text| warning(text)));
    if !changed.is_empty() {
        blocks.push(view.tally.clone());
        blocks.push(table(changed));
        blocks.extend(again(changed));
    }
    if !unchanged.is_empty() {
        blocks.push(folded(&format!("{} unchanged", unchanged.len()), &table(unchanged)));
    }
    blocks.push(folded("How to read this", &reading(&view)));
    blocks.join("\n\n") + "\n"
}

fn table(rows: &[Row]) -> String {
    let headings = [heading::BENCHMARK, heading::OLD, heading::NEW, heading::CHANGE, heading::LIMIT, heading::VERDICT];
    let shown = &rows[..rows.len().min(MOST_ROWS)];
    let grid = grid(&headings, &["---", "---:", "---:", "---:", "---:", "---"], shown.iter().map(cells));
    match rows.len() - shown.len() {
        0 => grid,
        more => format!("{grid}\n\nAnd {more} more, which the JSON and the text have."),
    }
}

fn cells(row: &Row) -> [String; 6] {
    let measure = |value: &Option<Measure>| value.as_ref().map_or_else(dash, |value| escape(value.text()));
    let verdict = match row.standing {
        Standing::Unchanged => row.standing.word().into(),
        changed => format!("**{}**", changed.word()),
    };
    let notes = row.notes().map(escape);
    [
        escape(row.name()),
        measure(&row.old),
        measure(&row.new),
        measure(&row.change),
        row.limit.clone(),
        [verdict].into_iter().chain(notes).collect::<Vec<_>>().join("<br>"),
    ]
}

/// How to measure the changed rows again.
fn again(rows: &[Row]) -> Option<String> {
    let commands = commands(&rows[..rows.len().min(MOST_ROWS)]);
    (!commands.is_empty()).then(|| format!("To measure these again:\n\n{}", code_block("sh", &commands.join("\n"))))
}

fn reading(view: &GateView) -> String {
    let machine = view.machine.as_ref().map(escape);
    let lines = [view.rule.to_owned(), view.levels.clone(), run(&view.run)];
    lines.into_iter().chain(machine).collect::<Vec<_>>().join("\n\n")
}
