//! `rustworthy rollout`: what switches in production have recorded; promote, keep shadowing or roll back.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result};
use rustworthy_engine::rollout::{RolloutRequest, rollout};
use rustworthy_model::rollout::{Rollout, Verdict};

use crate::arguments::RolloutArguments;
use crate::exit::Exit;
use crate::printer::Printer;
use crate::render;

/// Names the folder for programs with switches, and for this command where no folder is given.
const FOLDER: &str = "RUSTWORTHY_TELEMETRY";

pub(crate) fn run(arguments: &RolloutArguments, printer: &Printer) -> Result<Exit> {
    let named = || env::var_os(FOLDER).filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let folder = arguments.telemetry.clone().or_else(named);
    let request = RolloutRequest {
        folder: folder.with_context(|| format!("no telemetry: name its folder with --telemetry DIR or {FOLDER}"))?,
        names: arguments.names.clone(),
        bound: arguments.bound.0,
        confidence: arguments.confidence,
    };
    let Some(found) = rollout(&request)? else {
        printer.note(&format!(
            "{}: nothing of any switch yet; run the program with {FOLDER} set to this folder",
            request.folder.display()
        ));
        return Ok(Exit::NothingRun);
    };
    printer.result(&render::rollout(&found, arguments.format, printer))?;
    Ok(exit(&found))
}

fn exit(found: &Rollout) -> Exit {
    let has = |verdict| found.switches.iter().any(|switch| switch.verdict == verdict);
    if has(Verdict::RollBack) {
        Exit::Regressed
    } else if has(Verdict::KeepShadowing) {
        Exit::Inconclusive
    } else {
        Exit::Fine
    }
}
