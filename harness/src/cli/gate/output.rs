//! What a gate leaves: standard output, files, a step summary, an exit code.

use std::env;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use rustworthy_model::gate::{Gate, Verdict};
use rustworthy_reports::gate::{github, junit, markdown, text};
use rustworthy_reports::{Part, TableOptions, report, to_json};

use super::Found;
use crate::cli::arguments::{GateArguments, GateFormat};
use crate::cli::exit::Exit;
use crate::cli::export;
use crate::cli::printer::Printer;
use crate::cli::report::PAGE;

/// The file that GitHub shows on the page of a workflow's run.
const STEP_SUMMARY: &str = "GITHUB_STEP_SUMMARY";

pub(super) fn deliver(
    arguments: &GateArguments,
    found: &Found,
    cancel: &AtomicBool,
    printer: &Printer,
) -> Result<Exit> {
    let Found { gate, series: [old, new], folder } = found;
    let saved = folder.as_ref().map_or(Ok(()), |folder| {
        folder.write("run.json", &to_json(gate))?;
        folder.write("report.md", &markdown(gate))?;
        folder.write(PAGE, &report(&[Part::Gate(gate)]))
    });
    printer.result(&render(gate, arguments.format, &printer.table()))?;
    if let Some(file) = env::var_os(STEP_SUMMARY).filter(|file| !file.is_empty())
        && let Err(error) = append(Path::new(&file), &markdown(gate))
    {
        printer.warning(&format!("{STEP_SUMMARY}: {}: {error}", Path::new(&file).display()));
    }
    export::write(&arguments.export, new, Some(old))?;
    if let (Ok(()), Some(folder)) = (&saved, folder) {
        printer.note(&format!("report: {}", folder.path().join(PAGE).display()));
    }
    saved?;
    Ok(if cancel.load(Ordering::Relaxed) { Exit::Interrupted } else { exit(gate) })
}

/// Renders a gate for standard output.
pub(crate) fn render(gate: &Gate, format: GateFormat, table: &TableOptions) -> String {
    match format {
        GateFormat::Text => text(gate, table),
        GateFormat::Json => to_json(gate),
        GateFormat::Markdown => markdown(gate),
        GateFormat::Junit => junit(gate),
        GateFormat::Github => github(gate),
    }
}

/// A regression goes before everything else, since that's what a gate is there to find.
fn exit(gate: &Gate) -> Exit {
    let fails = gate.benchmarks.iter().filter_map(|benchmark| benchmark.problem.as_ref());
    match gate.verdict {
        Verdict::Regressed => Exit::Regressed,
        _ if fails.map(|problem| problem.kind).any(|kind| kind.is_failure()) => Exit::ContenderFailed,
        _ if gate.benchmarks.is_empty() => Exit::NothingRun,
        Verdict::Inconclusive => Exit::Inconclusive,
        Verdict::Pass => Exit::Fine,
    }
}

fn append(file: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().create(true).append(true).open(file)?.write_all(text.as_bytes())
}
