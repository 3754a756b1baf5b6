//! `gate --import OLD NEW`: what another tool has measured, by the same rules.

use std::path::Path;

use anyhow::{Result, bail};
use jiff::Timestamp;
use rustworthy_model::gate::{Benchmark, Gate, GateMetric, Metric, Origin, SCHEMA, Side};

use super::request::{GateRequest, Gated, run};
use super::saved::change;
use crate::context::Context;
use crate::import::{self, Imported};
use crate::manifest::Gate as Tolerances;
use crate::store::{Header, new_id};
use crate::verdict::apart::{ASSUMED_BETWEEN, judge_imported};
use crate::verdict::gate::{Rule, suite, unpaired};

/// Benchmarks that aren't compared which warnings name.
const NAMED: usize = 5;

pub(super) fn gate(context: &Context<'_>, request: &GateRequest, old: &Path, new: &Path) -> Result<Gated> {
    let [old, new] = import::pair(old, new)?;
    let changes = environment_changes(&old, &new);
    if !changes.is_empty() && !request.allow_environment_change {
        bail!(
            "the sides were measured in different environments: {}; measure both in one, or allow it with \
             --allow-environment-change",
            changes.join("; ")
        );
    }
    let started = Timestamp::now();
    let header = Header::new(new_id(started), started, context.command.clone(), request.common.seed, String::new());
    let rule = request.rule(old.benchmarks.len().max(new.benchmarks.len()))?;
    let benchmarks = judge(&old, &new, request.fail_over.time.unwrap_or(Tolerances::FAIL_OVER), &rule);
    let series = [&old, &new].map(|side| side.benchmarks.iter().map(|benchmark| benchmark.series.clone()).collect());
    Ok(Gated {
        gate: Gate {
            schema: SCHEMA.to_owned(),
            metric: GateMetric::Time,
            counted_by: None,
            run: run(&header, &rule, true),
            environment: None,
            old: side(&old),
            new: side(&new),
            verdict: suite(&benchmarks),
            false_alarm_rate: rule.false_alarms,
            warnings: warnings(&old, &new, changes),
            benchmarks,
        },
        series,
        folder: None,
    })
}

/// What is known to differ between where the sides were measured, and changes times.
fn environment_changes(old: &Imported, new: &Imported) -> Vec<String> {
    let changes = old.measured_on.changes(&new.measured_on).into_iter();
    changes.map(|(what, old, new)| change(what, &old, &new)).collect()
}

fn judge(old: &Imported, new: &Imported, fail_over: f64, rule: &Rule) -> Vec<Benchmark> {
    let find =
        |side: &Imported, name: &str| side.benchmarks.iter().find(|benchmark| benchmark.series.name() == name).cloned();
    let lone = |benchmark: &import::Benchmark, is_new| {
        let series = &benchmark.series;
        unpaired(&series.workload, &series.contender, Metric::Time, fail_over, is_new)
    };
    // What can't be compared on one side isn't missing there.
    let is_comparable = |benchmark: &&import::Benchmark| {
        let left_out = [old, new].into_iter().flat_map(|side| &side.left_out);
        !left_out.into_iter().any(|left_out| left_out.name == benchmark.series.name())
    };
    let of_new = new.benchmarks.iter().filter(is_comparable).map(|after| match find(old, &after.series.name()) {
        Some(before) => judge_imported(&before, after, fail_over, rule),
        None => lone(after, true),
    });
    let gone = old.benchmarks.iter().filter(is_comparable).filter(|before| find(new, &before.series.name()).is_none());
    of_new.chain(gone.map(|before| lone(before, false))).collect()
}

fn side(imported: &Imported) -> Side {
    let path: &Path = &imported.path;
    Side { origin: Origin::Import, name: path.display().to_string(), commit: None, modified: false }
}

/// Warnings about what the files of other tools don't contain.
fn warnings(old: &Imported, new: &Imported, changes: Vec<String>) -> Vec<String> {
    let mut warnings = vec![format!(
        "the sides were measured apart by {}: whatever the machine did in between counts as a change",
        new.kind
    )];
    warnings.extend(changes);
    let unknown = old.measured_on.unknown(&new.measured_on);
    if !unknown.is_empty() {
        warnings.push(format!(
            "the files don't tell of both sides what these were, so that another one isn't noticed: {}",
            unknown.join(", ")
        ));
    }
    let left_out = || [old, new].into_iter().flat_map(|side| &side.left_out);
    warnings
        .extend(left_out().take(NAMED).map(|left_out| format!("{} isn't compared: {}", left_out.name, left_out.why)));
    if left_out().count() > NAMED {
        warnings.push(format!("{} more benchmarks aren't compared for such reasons", left_out().count() - NAMED));
    }
    let single = |side: &Imported| side.benchmarks.iter().any(import::Benchmark::is_of_single_process);
    if single(old) || single(new) {
        warnings.push(format!(
            "samples of one process don't show how much processes differ, so the interval that they give is too narrow; \
             it was widened for an assumed deviation between processes of {:.0} %",
            100.0 * ASSUMED_BETWEEN
        ));
    }
    warnings
}
