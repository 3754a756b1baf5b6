//! `rustworthy report`: renders a saved run again.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use rustworthy::run::{latest, write_whole};
use rustworthy_reports::comparison::{Comparison, SCHEMA};
use rustworthy_reports::{html, markdown, table, to_json};

use super::arguments::{Format, ReportArguments};
use super::exit::Exit;
use super::printer::Printer;
use super::project;

pub(crate) fn run(arguments: &ReportArguments, printer: &Printer) -> Result<Exit> {
    let file = find(arguments)?;
    let comparison = read(&file)?;
    printer.result(&render(&comparison, arguments.format, printer)?)?;
    let page = file.with_file_name("report.html");
    write_whole(&page, html(&comparison).as_bytes()).with_context(|| page.display().to_string())?;
    printer.note(&format!("report: {}", page.display()));
    if arguments.open {
        open(&page)?;
    }
    Ok(Exit::Fine)
}

/// Renders a comparison for standard output.
pub(crate) fn render(comparison: &Comparison, format: Format, printer: &Printer) -> Result<String> {
    Ok(match format {
        Format::Table => table(comparison, &printer.table()),
        Format::Json => to_json(comparison),
        Format::Markdown => markdown(comparison),
    })
}

/// The `run.json` that is meant.
fn find(arguments: &ReportArguments) -> Result<PathBuf> {
    let home = project::home(&arguments.project)?;
    let Some(named) = &arguments.run else {
        let newest = latest(&home).context("there is no run yet; `rustworthy compare all` makes one")?;
        return Ok(newest.join("run.json"));
    };
    let candidates =
        [named.clone(), named.join("run.json"), home.join(".rustworthy/runs").join(named).join("run.json")];
    let found = candidates.into_iter().find(|candidate| candidate.is_file());
    found.with_context(|| format!("{}: no such run; give its id, its folder or its run.json", named.display()))
}

fn read(file: &Path) -> Result<Comparison> {
    let name = || file.display().to_string();
    let text = std::fs::read_to_string(file).with_context(name)?;
    let value: serde_json::Value =
        serde_json::from_str(&text).with_context(|| format!("{}: not JSON", file.display()))?;
    match value.get("schema").and_then(|schema| schema.as_str()) {
        Some(SCHEMA) => {
            serde_json::from_value(value).with_context(|| format!("{}: not a valid {SCHEMA}", file.display()))
        }
        Some(other) => bail!("{}: its schema is '{other}', and this program reads '{SCHEMA}'", file.display()),
        None => bail!("{}: not a saved run: it has no \"schema\"", file.display()),
    }
}

fn open(page: &Path) -> Result<()> {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut command = Command::new(opener);
    command.arg(page).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let status = command.status().with_context(|| format!("can't run {opener}; open {} yourself", page.display()))?;
    if !status.success() {
        bail!("{opener} found no browser; open {} yourself", page.display());
    }
    Ok(())
}
