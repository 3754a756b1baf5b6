//! `rustworthy gate`: has anything become slower?

use std::env;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use rustworthy_engine::context::Finding;
use rustworthy_engine::gate::{Gated, gate};
use rustworthy_model::gate::{BenchmarkVerdict, Gate, Verdict};
use rustworthy_reports::gate::markdown;

use crate::arguments::{GateArguments, GateMetric};
use crate::exit::Exit;
use crate::export;
use crate::printer::Printer;
use crate::save::{save, tell_page};
use crate::surroundings::Surroundings;
use crate::{render, requests};

/// The file that GitHub shows on the page of a workflow's run.
const STEP_SUMMARY: &str = "GITHUB_STEP_SUMMARY";

pub(crate) fn run(arguments: &GateArguments, printer: &Printer) -> Result<Exit> {
    let surroundings = Surroundings::new(printer)?;
    let request = requests::gate(arguments).context("give --against or --import")?;
    if arguments.metric == GateMetric::Instructions && !arguments.export.export.is_empty() {
        bail!("--export writes times, and --metric instructions has none; use --format json");
    }
    let Some(Gated { gate, series: [old, new], folder }) = surroundings.ask(|context| gate(context, &request))? else {
        return Ok(Exit::NothingRun);
    };
    let saved = folder.as_ref().map_or(Ok(()), |folder| save(folder, Finding::Gate(&gate), printer));
    printer.result(&render::gate(&gate, arguments.format, printer))?;
    if let Some(file) = env::var_os(STEP_SUMMARY).filter(|file| !file.is_empty())
        && let Err(error) = append(Path::new(&file), &markdown(&gate))
    {
        printer.warning(&format!("{STEP_SUMMARY}: {}: {error}", Path::new(&file).display()));
    }
    export::write(&arguments.export, &new, Some(&old))?;
    if let (Ok(()), Some(folder)) = (&saved, &folder) {
        tell_page(folder, printer);
    }
    saved?;
    Ok(if surroundings.is_cancelled() { Exit::Interrupted } else { exit(&gate) })
}

/// A regression goes before everything else, since that's what a gate is there to find.
fn exit(gate: &Gate) -> Exit {
    let fails = gate.benchmarks.iter().filter_map(|benchmark| benchmark.problem.as_ref());
    match gate.verdict {
        Verdict::Regressed => Exit::Regressed,
        _ if fails.map(|problem| problem.kind).any(|kind| kind.is_failure()) => Exit::ContenderFailed,
        _ if gate.benchmarks.iter().all(|benchmark| benchmark.verdict == BenchmarkVerdict::Skipped) => Exit::NothingRun,
        Verdict::Inconclusive => Exit::Inconclusive,
        Verdict::Pass => Exit::Fine,
    }
}

fn append(file: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().create(true).append(true).open(file)?.write_all(text.as_bytes())
}
