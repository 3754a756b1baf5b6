//! `gate --against RUN|FILE`: a saved run as the old side. Weaker than a revision, and it says so.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, bail};
use jiff::Timestamp;
use rustworthy::manifest::{Gate as Limits, Project};
use rustworthy::run::Header;
use rustworthy::stats::Confidence;
use rustworthy::verdict::apart::Runs;
use rustworthy::verdict::gate::{Rule, suite, unpaired};
use rustworthy_reports::comparison::{Comparison, Environment, Workload};
use rustworthy_reports::gate::{Benchmark, Gate, Metric, Origin, SCHEMA, Side};

use super::measured::{open, run};
use super::{Found, limits, rule};
use crate::cli::arguments::{
    CommonMeasuring, CompareArguments, ExportOptions, Format, GateArguments, MeasuringOptions,
};
use crate::cli::compare::compare;
use crate::cli::files::{command, new_id};
use crate::cli::printer::Printer;
use crate::cli::{project, report};

/// The file of the saved run that is meant; `None` where it's no saved run that was named.
pub(super) fn find(arguments: &GateArguments, against: &str) -> Result<Option<PathBuf>> {
    let named = PathBuf::from(against);
    let home = project::home(&arguments.project)?;
    if let Some(found) = report::find_named(&home, &named) {
        return Ok(Some(found));
    }
    if against.ends_with(".json") || named.is_dir() && named.join("journal.jsonl").exists() {
        bail!("--against {against}: no such saved run; give its id, its folder or its run.json");
    }
    Ok(None)
}

pub(super) fn gate(
    arguments: &GateArguments,
    file: &Path,
    cancel: &Arc<AtomicBool>,
    printer: &Printer,
) -> Result<Option<Found>> {
    let old = report::read_comparison(file)?;
    let loaded = project::load(&arguments.project)?;
    if arguments.fail_over_p99.is_some() || arguments.fail_over_memory.is_some() {
        bail!("a saved run tells p99 and peak memory without an interval; gate them against a revision");
    }
    let chosen: Vec<&Workload> = old.workloads.iter().filter(|workload| is_asked_for(arguments, workload)).collect();
    if chosen.is_empty() {
        printer.warning("nothing to gate: the saved run has none of these workloads");
        return Ok(None);
    }
    let started = Timestamp::now();
    let header = Header::new(new_id(started), started, command(), arguments.measuring.common.seed, String::new());
    let rule = rule(arguments, chosen.iter().map(|workload| workload.contenders.len().saturating_sub(1)).sum())?;
    let mut work = Work { arguments, old: &old, limits: loaded.project.gate.clone(), rule, cancel, printer, new: None };
    let benchmarks = work.gate(&loaded.project, &chosen)?;
    let Some(new) = work.new else { return Ok(None) };
    let (folder, _) = open(arguments, &loaded, &header, printer)?;
    let mut warnings = vec![format!(
        "the saved run was measured at another time ({}): whatever the machine has done since counts as a change; \
         --against a revision measures both side by side",
        old.run.started
    )];
    warnings.extend(environment_changes(&old.environment, &new.environment));
    Ok(Some(Found {
        gate: Gate {
            schema: SCHEMA.to_owned(),
            run: run(&header, &rule, !cancel.load(Ordering::Relaxed)),
            environment: Some(new.environment),
            old: Side {
                origin: Origin::Run,
                name: arguments.against.clone().unwrap_or_default(),
                commit: None,
                modified: false,
            },
            new: Side { origin: Origin::WorkingTree, name: "working tree".to_owned(), commit: None, modified: false },
            verdict: suite(&benchmarks),
            false_alarm_rate: rule.false_alarms,
            warnings,
            benchmarks,
        },
        series: [Vec::new(), Vec::new()],
        folder,
    }))
}

fn is_asked_for(arguments: &GateArguments, workload: &Workload) -> bool {
    arguments.workloads.is_empty() || arguments.workloads.iter().any(|name| *name == workload.name || name == "all")
}

struct Work<'a> {
    arguments: &'a GateArguments,
    old: &'a Comparison,
    limits: Limits,
    rule: Rule,
    cancel: &'a Arc<AtomicBool>,
    printer: &'a Printer,
    /// The newest comparison, for its environment.
    new: Option<Comparison>,
}

impl Work<'_> {
    fn gate(&mut self, project: &Project, chosen: &[&Workload]) -> Result<Vec<Benchmark>> {
        let mut benchmarks = Vec::new();
        for old in chosen {
            let fail_over = limits(self.arguments, &self.limits, &old.name)[0].1;
            if !project.workloads.iter().any(|workload| workload.name == old.name) {
                let gone =
                    old.contenders.iter().map(|gone| unpaired(&old.name, &gone.name, Metric::Time, fail_over, false));
                benchmarks.extend(gone);
                continue;
            }
            let Some(new) = self.measure(old)? else { continue };
            let old = (*old, confidence(self.old));
            let runs = Runs { old, new: (&new.0, new.1), again: None };
            let again = if runs.calls_for_confirmation(fail_over, &self.rule) { self.measure(old.0)? } else { None };
            let again = again.as_ref().map(|(workload, confidence)| (workload, *confidence));
            benchmarks.extend(Runs { again, ..runs }.judge(fail_over, &self.rule));
        }
        Ok(benchmarks)
    }

    /// Measures a workload of the saved run as that was.
    fn measure(&mut self, old: &Workload) -> Result<Option<(Workload, Confidence)>> {
        let GateArguments { filter, measuring, python, .. } = self.arguments;
        let folder = tempfile::tempdir()?;
        let asked = CompareArguments {
            workloads: vec![old.name.clone()],
            filter: filter.clone(),
            size: Some(old.size.to_string()),
            sweep: false,
            format: Format::Table,
            out: Some(folder.path().to_owned()),
            resume: false,
            export: ExportOptions { export: Vec::new() },
            measuring: MeasuringOptions {
                quick: measuring.quick,
                precision: None,
                budget: measuring.budget,
                common: CommonMeasuring { seed: self.old.run.seed, ..measuring.common },
            },
            project: self.arguments.project.clone(),
            python: python.clone(),
        };
        let Some(compared) = compare(&asked, self.cancel, self.printer)? else { return Ok(None) };
        let new = compared.comparison;
        let changes = environment_changes(&self.old.environment, &new.environment);
        if !changes.is_empty() && !self.arguments.allow_environment_change {
            bail!(
                "the saved run is of another environment: {}; gate against a revision, or allow it with \
                 --allow-environment-change",
                changes.join("; ")
            );
        }
        let found = new.workloads.first().cloned().map(|workload| (workload, confidence(&new)));
        self.new = Some(new);
        Ok(found)
    }
}

fn confidence(comparison: &Comparison) -> Confidence {
    Confidence::new(comparison.run.confidence).unwrap_or_default()
}

/// What differs between two environments and changes times.
fn environment_changes(old: &Environment, new: &Environment) -> Vec<String> {
    let pairs = [
        ("processor", old.cpu.clone(), new.cpu.clone()),
        ("usable processors", old.cores.to_string(), new.cores.to_string()),
        ("Python", old.python.version.clone(), new.python.version.clone()),
        ("build of rustworthy", old.rustworthy.profile.clone(), new.rustworthy.profile.clone()),
    ];
    pairs
        .into_iter()
        .filter(|(_, old, new)| old != new)
        .map(|(what, old, new)| format!("{what}: {old} then, {new} now"))
        .collect()
}
