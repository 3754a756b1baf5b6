//! `rustworthy report`: renders a saved run again.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use rustworthy::run::{latest, write_whole};
use rustworthy_reports::attribution::{self, Attribution, SCHEMA as ATTRIBUTION_SCHEMA};
use rustworthy_reports::comparison::{Comparison, SCHEMA};
use rustworthy_reports::decision::{self, Decision, SCHEMA as DECISION_SCHEMA};
use rustworthy_reports::gate::{Gate, SCHEMA as GATE_SCHEMA};
use rustworthy_reports::profile::{self, Profile, SCHEMA as PROFILE_SCHEMA, Target};
use rustworthy_reports::{html, markdown, table, to_json};

use super::arguments::{Format, GateFormat, ReportArguments};
use super::exit::Exit;
use super::printer::Printer;
use super::{attribute, decide, gate, project};

pub(crate) fn run(arguments: &ReportArguments, printer: &Printer) -> Result<Exit> {
    let file = find(arguments)?;
    let page = match read(&file)? {
        Saved::Comparison(comparison) => {
            printer.result(&render(&comparison, arguments.format, printer)?)?;
            write(&file.with_file_name("report.html"), &html(&comparison))?
        }
        Saved::Attribution(attribution) => {
            printer.result(&attribute::render(&attribution, arguments.format, printer))?;
            let difference = std::fs::read_to_string(file.with_file_name("tail.svg")).ok();
            write(&file.with_file_name("report.html"), &attribution::page(&attribution, difference.as_deref()))?
        }
        Saved::Decision(decision) => {
            printer.result(&decide::render(&decision, arguments.format, printer))?;
            write(&file.with_file_name("report.html"), &decision::page(&decision))?
        }
        Saved::Gate(gate) => {
            let format = match arguments.format {
                Format::Table => GateFormat::Text,
                Format::Json => GateFormat::Json,
                Format::Markdown => GateFormat::Markdown,
            };
            printer.result(&gate::render(&gate, format, &printer.table()))?;
            write(&file.with_file_name("report.md"), &rustworthy_reports::gate::markdown(&gate))?
        }
        Saved::Profile(profile) => {
            printer.result(&render_profile(&profile, arguments.format, printer))?;
            file.with_file_name(page_of(&profile))
        }
    };
    printer.note(&format!("report: {}", page.display()));
    if arguments.open {
        open(&page)?;
    }
    Ok(Exit::Fine)
}

fn write(page: &Path, contents: &str) -> Result<PathBuf> {
    write_whole(page, contents.as_bytes()).with_context(|| page.display().to_string())?;
    Ok(page.to_owned())
}

/// A saved run.
pub(super) enum Saved {
    Comparison(Box<Comparison>),
    Attribution(Box<Attribution>),
    Decision(Box<Decision>),
    Gate(Box<Gate>),
    Profile(Box<Profile>),
}

/// Renders a comparison for standard output.
pub(crate) fn render(comparison: &Comparison, format: Format, printer: &Printer) -> Result<String> {
    Ok(match format {
        Format::Table => table(comparison, &printer.table()),
        Format::Json => to_json(comparison),
        Format::Markdown => markdown(comparison),
    })
}

/// The file to look at first.
pub(super) fn page_of(profile: &Profile) -> String {
    match profile.targets.as_slice() {
        [Target { files, .. }] => format!("{files}.svg"),
        _ => "profile.html".to_owned(),
    }
}

/// Renders a profile for standard output.
pub(super) fn render_profile(profile: &Profile, format: Format, printer: &Printer) -> String {
    match format {
        Format::Table => profile::table(profile, &printer.table()),
        Format::Json => to_json(profile),
        Format::Markdown => profile::markdown(profile),
    }
}

/// The `run.json` that is meant.
fn find(arguments: &ReportArguments) -> Result<PathBuf> {
    let home = project::home(&arguments.project)?;
    let Some(named) = &arguments.run else {
        let newest = latest(&home).context("there is no run yet; `rustworthy compare all` makes one")?;
        return Ok(newest.join("run.json"));
    };
    let found = find_named(&home, named);
    found.with_context(|| format!("{}: no such run; give its id, its folder or its run.json", named.display()))
}

/// The `run.json` of a run that was named by its id, its folder or its file.
pub(crate) fn find_named(home: &Path, named: &Path) -> Option<PathBuf> {
    let candidates =
        [named.to_owned(), named.join("run.json"), home.join(".rustworthy/runs").join(named).join("run.json")];
    candidates.into_iter().find(|candidate| candidate.is_file())
}

/// Reads a saved comparison.
///
/// # Errors
/// When the file can't be read, or is something else.
pub(crate) fn read_comparison(file: &Path) -> Result<Comparison> {
    match read(file)? {
        Saved::Comparison(comparison) => Ok(*comparison),
        Saved::Attribution(_) | Saved::Decision(_) => {
            bail!("{}: it has no times of contenders to gate against; give a run of compare", file.display())
        }
        Saved::Gate(_) => {
            bail!("{}: the run of a gate has no times to gate against; give one of compare", file.display())
        }
        Saved::Profile(_) => {
            bail!("{}: a profile has no times to gate against; give a run of compare", file.display())
        }
    }
}

/// Reads any saved run.
///
/// # Errors
/// When the file can't be read, or isn't one that this program knows.
pub(super) fn read(file: &Path) -> Result<Saved> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let value: serde_json::Value =
        serde_json::from_str(&text).with_context(|| format!("{}: not JSON", file.display()))?;
    let invalid = |schema: &str| format!("{}: not a valid {schema}", file.display());
    match value.get("schema").and_then(|schema| schema.as_str()) {
        Some(SCHEMA) => Ok(Saved::Comparison(serde_json::from_value(value).with_context(|| invalid(SCHEMA))?)),
        Some(ATTRIBUTION_SCHEMA) => {
            Ok(Saved::Attribution(serde_json::from_value(value).with_context(|| invalid(ATTRIBUTION_SCHEMA))?))
        }
        Some(DECISION_SCHEMA) => {
            Ok(Saved::Decision(serde_json::from_value(value).with_context(|| invalid(DECISION_SCHEMA))?))
        }
        Some(GATE_SCHEMA) => Ok(Saved::Gate(serde_json::from_value(value).with_context(|| invalid(GATE_SCHEMA))?)),
        Some(PROFILE_SCHEMA) => {
            Ok(Saved::Profile(serde_json::from_value(value).with_context(|| invalid(PROFILE_SCHEMA))?))
        }
        Some(other) => bail!(
            "{}: its schema is '{other}', and this program reads '{SCHEMA}', '{ATTRIBUTION_SCHEMA}', '{DECISION_SCHEMA}', \
             '{GATE_SCHEMA}' and '{PROFILE_SCHEMA}'",
            file.display()
        ),
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
