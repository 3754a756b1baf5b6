//! The attribution as GitHub-flavoured Markdown.

use rustworthy_model::attribution::Attribution;

use super::view::{AttributionView, COLUMNS, Check, EstimateText, Projection, Row};
use super::words;
use crate::markdown::{dash, escape, grid, run, warning};
use crate::words::heading;

/// The attribution as Markdown with GitHub's tables.
///
/// Everything that a manifest, a trace or a service chose is escaped: it can open no markup, no HTML, no table cell, and
/// mentions no one.
pub fn markdown(attribution: &Attribution) -> String {
    let view = AttributionView::new(attribution);
    let mut blocks = vec![format!("# Attribution of {}", escape(&view.name)), run(&view.run)];
    if let (Some(load), Some(finding)) = (&view.load, &view.finding) {
        blocks.push(format!("{}  \n**{}**", escape(load), escape(finding)));
    }
    blocks.extend(view.trace.iter().map(escape));
    blocks.extend(view.warnings.iter().chain(&view.refusal).chain(&view.rejection).map(|text| warning(text)));
    if !view.latency.is_empty() {
        blocks.push(latency(&view));
    }
    blocks.extend(view.overhead.iter().map(escape));
    blocks.extend(made_of(&view));
    for (title, projections, text) in
        [(words::WHAT_IF, &view.what_if, view.projections.as_str()), (words::TOGETHER, &view.sets, words::PLAN)]
    {
        if !projections.is_empty() {
            blocks.extend([format!("## {title}"), self::projections(projections, view.saved()), escape(text)]);
        }
    }
    blocks.extend(view.checks.iter().flat_map(check));
    blocks.extend(view.model.iter().map(escape));
    if !view.notes.is_empty() {
        let notes = view.notes.iter().map(|text| format!("- {}", escape(text)));
        blocks.push(notes.collect::<Vec<_>>().join("\n"));
    }
    let machine = view.machine.iter().map(escape);
    let closing = std::iter::once(format!("Intervals: {}.", view.run.confidence)).chain(machine);
    blocks.push(closing.collect::<Vec<_>>().join("  \n"));
    blocks.join("\n\n") + "\n"
}

fn cell(text: Option<&EstimateText>) -> String {
    text.map_or_else(dash, |text| escape(text.text()))
}

fn latency(view: &AttributionView) -> String {
    let names: Vec<&str> = view.latency.iter().map(|quantile| quantile.name).chain([heading::MAX]).collect();
    let cells = view.latency.iter().map(|quantile| cell(quantile.seconds.as_ref())).chain([escape(&view.max)]);
    let rules = vec!["---:"; names.len()];
    grid(&names, &rules, std::iter::once(cells.collect::<Vec<_>>()))
}

fn made_of(view: &AttributionView) -> Vec<String> {
    if view.rows.is_empty() {
        return Vec::new();
    }
    let with_calls = view.rows.iter().any(|row| row.inclusive.is_some());
    let with_sleep = view.rows.iter().any(|row| row.asleep.is_some());
    let inclusive = with_calls.then_some(heading::OF_P99_WITH_CALLS);
    let asleep = with_sleep.then_some(heading::ASLEEP_OF_P99);
    let shares = [heading::CPU_SHARE, heading::OF_P50, heading::OF_P99].into_iter().chain(inclusive).chain(asleep);
    let shares = shares.chain([heading::OF_TOP, heading::EXCESS]);
    // What-ifs that no function has would be columns of dashes.
    let shown: Vec<usize> =
        (0..COLUMNS.len()).filter(|&index| view.rows.iter().any(|row| row.changes[index].is_some())).collect();
    let changes = shown.iter().map(|&index| COLUMNS[index].1);
    let headings: Vec<&str> =
        [heading::FUNCTION, heading::KIND, heading::CALLS].into_iter().chain(shares).chain(changes).collect();
    let rules: Vec<&str> = ["---", "---"].into_iter().chain(std::iter::repeat_n("---:", headings.len() - 2)).collect();
    let cells = |row: &Row| {
        let name = [Some(&row.name), row.place.as_ref()].into_iter().flatten().map(escape).collect::<Vec<_>>();
        let calls = row.calls.as_ref().map_or_else(dash, escape);
        let inclusive = with_calls.then_some(&row.inclusive);
        let asleep = with_sleep.then_some(&row.asleep);
        let shares = [&row.cpu, &row.p50, &row.p99].into_iter().chain(inclusive).chain(asleep);
        let shares = shares.chain([&row.top, &row.excess]);
        let shares = shares.map(|share| cell(share.as_ref()));
        let changes = shown.iter().map(|&index| cell(row.changes[index].as_ref()));
        [name.join("<br>"), row.kind.map_or_else(dash, escape), calls]
            .into_iter()
            .chain(shares)
            .chain(changes)
            .collect::<Vec<_>>()
    };
    let mut blocks = vec![format!("## {}", words::MADE_OF), grid(&headings, &rules, view.rows.iter().map(cells))];
    blocks.extend(view.unlisted.iter().map(escape));
    blocks.push(escape(&view.shares));
    blocks
}

fn projections(projections: &[Projection], saved: &str) -> String {
    let headings = [
        heading::FUNCTION,
        heading::FASTER,
        heading::P50,
        heading::P90,
        heading::P99,
        heading::P999,
        heading::P99_CHANGE,
        saved,
        heading::LOAD,
    ];
    let rules: Vec<&str> = ["---", "---"].into_iter().chain(["---:"; 7]).collect();
    let cells = |row: &Projection| {
        [
            escape(&row.name),
            escape(&row.how),
            cell(Some(&row.p50)),
            cell(Some(&row.p90)),
            cell(Some(&row.p99)),
            cell(row.p999.as_ref()),
            cell(Some(&row.change)),
            cell(Some(&row.cpu)),
            row.load.as_ref().map_or_else(dash, escape),
        ]
    };
    grid(&headings, &rules, projections.iter().map(cells))
}

fn check(check: &Check) -> Vec<String> {
    let mut blocks = vec![format!("## {}", check.title)];
    blocks.extend(check.text.iter().map(escape));
    blocks.extend(check.warning.iter().map(|text| warning(text)));
    if !check.rows.is_empty() {
        let headings = [heading::LATENCY, heading::PROJECTED, heading::MEASURED, heading::ERROR];
        let cells = check.rows.iter().map(|row| {
            [
                row.quantile.to_owned(),
                cell(row.projected.as_ref()),
                cell(row.measured.as_ref()),
                row.error.as_ref().map_or_else(dash, escape),
            ]
        });
        blocks.push(grid(&headings, &["---", "---:", "---:", "---:"], cells));
    }
    blocks
}
