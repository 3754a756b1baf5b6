//! The decision as GitHub-flavoured Markdown, for issues and pull requests.

use rustworthy_model::decision::Decision;

use super::view::{DecisionView, PlanView, Row, heading};
use crate::markdown::{code_block, escape, folded, grid, run, warning};
use crate::rollout::{self, RolloutView};
use crate::words::heading as common;

/// The decision as Markdown with GitHub's tables.
///
/// Everything that a manifest or a contender chose is escaped: it can open no markup, no HTML, no table cell, and
/// mentions no one.
pub fn markdown(decision: &Decision) -> String {
    let view = DecisionView::new(decision);
    let mut blocks = vec![format!("# Decision: {}", escape(&view.finding)), run(&view.run)];
    blocks.extend(view.warnings.iter().map(|text| warning(text)));
    if !view.rows.is_empty() {
        blocks.push(candidates(&view.rows));
        blocks.extend(view.rows.iter().flat_map(details));
    }
    if !view.plans.is_empty() {
        blocks.push(format!("## {}", heading::PLAN));
        blocks.extend(view.plans.iter().flat_map(plan));
    }
    if let Some(production) = &decision.production {
        blocks.push(format!("## {}", common::IN_PRODUCTION));
        blocks.extend(rollout::blocks(&RolloutView::new(production)));
    }
    let lines = view.notes.iter().chain(&view.sources).chain([&view.rule]).chain(&view.machine);
    blocks.push(folded("How this was decided", &lines.map(escape).collect::<Vec<_>>().join("\n\n")));
    blocks.join("\n\n") + "\n"
}

fn candidates(rows: &[Row]) -> String {
    let headings = [
        heading::CANDIDATE,
        common::VERDICT,
        heading::WITH,
        heading::SIZE,
        common::SPEEDUP,
        common::P99_CHANGE,
        heading::SAVES,
        heading::PAYBACK,
    ];
    let cells = |row: &Row| {
        let name = [Some(&row.name), row.place.as_ref()].into_iter().flatten().map(escape).collect::<Vec<_>>();
        let verdict = format!("**{}**", row.verdict);
        let figures = [&row.with, &row.size, &row.speedup, &row.p99, &row.saves, &row.payback].map(escape);
        [name.join("<br>"), verdict].into_iter().chain(figures).collect::<Vec<_>>()
    };
    grid(&headings, &["---", "---", "---", "---:", "---:", "---:", "---:", "---:"], rows.iter().map(cells))
}

/// Why, and what would change it.
fn details(row: &Row) -> Vec<String> {
    let reasons = row.reasons.iter().chain(&row.runner_up).chain(&row.flips).chain(&row.sensitivity);
    let list: Vec<String> = reasons.map(|text| format!("- {}", escape(text))).collect();
    let mut blocks = vec![format!("**{}: {}**", escape(&row.name), row.verdict)];
    if !list.is_empty() {
        blocks.push(list.join("\n"));
    }
    blocks.extend(row.command.as_ref().map(|command| format!("To settle it:\n\n{}", code_block("sh", command))));
    if !row.manifest.is_empty() {
        blocks.push(format!("{}:\n\n{}", heading::MANIFEST, code_block("toml", &row.manifest.join("\n"))));
    }
    blocks
}

fn plan(plan: &PlanView) -> Vec<String> {
    let mut blocks = vec![escape(&plan.title)];
    if !plan.steps.is_empty() {
        let headings =
            [heading::STEP, common::P99, common::P99_CHANGE, heading::SIZE, heading::SAVES, heading::PAYBACK];
        let cells = plan
            .steps
            .iter()
            .map(|step| [&step.what, &step.p99, &step.change, &step.size, &step.saves, &step.payback].map(escape));
        blocks.push(grid(&headings, &["---", "---:", "---:", "---:", "---:", "---:"], cells));
    }
    blocks.push(escape(&plan.ended));
    blocks
}
