//! A rollout as GitHub-flavoured Markdown.

use rustworthy_model::rollout::Rollout;

use super::view::{HEADINGS, RolloutView, Row};
use crate::markdown::{code_block, dash, escape, grid, warning};
use crate::measure::Measure;
use crate::words::Worded;

/// A rollout as a table for an issue or a pull request. Everything that a program chose is escaped.
pub fn markdown(rollout: &Rollout) -> String {
    blocks(&RolloutView::new(rollout)).join("\n\n") + "\n"
}

/// The table, and what is to be known of it.
pub(crate) fn blocks(view: &RolloutView) -> Vec<String> {
    let rules = ["---", "---", "---:", "---:", "---:", "---:", "---:", "---:"];
    let mut blocks = vec![grid(&HEADINGS, &rules, view.rows.iter().map(cells))];
    let commands: Vec<&str> = view.rows.iter().filter_map(|row| row.command.as_deref()).collect();
    if !commands.is_empty() {
        let commands = code_block("sh", &commands.join("\n"));
        blocks.push(format!("To make a test of such calls, record them and compare:\n\n{commands}"));
    }
    blocks.extend(view.warnings.iter().map(|text| warning(text)));
    blocks.push(escape(&view.rule));
    blocks
}

fn cells(row: &Row) -> [String; 8] {
    let verdict = [format!("**{}**", row.verdict.word())].into_iter().chain(row.notes.iter().map(escape));
    [
        escape(&row.name),
        verdict.collect::<Vec<_>>().join("<br>"),
        row.calls.clone(),
        row.compared.clone(),
        row.different.clone(),
        escape(&row.bound),
        row.speedup.as_ref().map_or_else(dash, |speedup: &Measure| escape(speedup.text())),
        escape(&row.p99),
    ]
}
