//! `rustworthy gate`: has anything become slower?

mod imported;
mod measured;
mod output;
mod saved;
mod side;

pub(super) use output::render;

use anyhow::Result;
use rustworthy::manifest::{FailOver, Gate as Limits};
use rustworthy::run::{self, RunFolder};
use rustworthy::stats::Resampling;
use rustworthy::verdict::gate::Rule;
use rustworthy_model::Series;
use rustworthy_model::gate::{Gate, Metric};

use super::arguments::GateArguments;
use super::compare::resampling;
use super::exit::Exit;
use super::interrupt;
use super::printer::Printer;

pub(crate) fn run(arguments: &GateArguments, printer: &Printer) -> Result<Exit> {
    let cancel = interrupt::flag()?;
    run::survive_size_limit()?;
    let found = match (&arguments.import, &arguments.against) {
        (Some(files), _) => imported::gate(arguments, files)?,
        (None, Some(against)) => match saved::find(arguments, against)? {
            Some(file) => saved::gate(arguments, &file, &cancel, printer)?,
            None => measured::gate(arguments, against, &cancel, printer)?,
        },
        (None, None) => None,
    };
    match found {
        Some(found) => output::deliver(arguments, &found, &cancel, printer),
        None => Ok(Exit::NothingRun),
    }
}

/// What a gate found, and where it's to be kept.
struct Found {
    gate: Gate,
    /// The old and the new side's times, for other tools.
    series: [Vec<Series>; 2],
    /// The folder of its run; `None` where there is none.
    folder: Option<RunFolder>,
}

/// The rule for so many changes.
fn rule(arguments: &GateArguments, changes: usize) -> Result<Rule> {
    let resampling = Resampling { resamples: 4_096, ..resampling(&arguments.measuring.common)? };
    Ok(Rule { resampling, false_alarms: arguments.false_alarms, changes })
}

/// What is gated of a workload: what the command line says goes before the manifest.
fn limits(arguments: &GateArguments, manifest: &Limits, workload: &str) -> Vec<(Metric, f64)> {
    let told = FailOver { time: arguments.fail_over, p99: arguments.fail_over_p99, memory: arguments.fail_over_memory };
    let FailOver { time, p99, memory } = told.or(manifest.fail_over(workload));
    let time = Some((Metric::Time, time.unwrap_or(Limits::FAIL_OVER)));
    let p99 = p99.map(|limit| (Metric::P99, limit));
    let memory = memory.map(|limit| (Metric::PeakMemory, limit));
    [time, p99, memory].into_iter().flatten().collect()
}
