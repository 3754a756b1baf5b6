//! `rustworthy report`: renders saved runs again, each on its page or several on one.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use rustworthy::run::{latest, write_whole};
use rustworthy_reports::attribution::{Attribution, SCHEMA as ATTRIBUTION_SCHEMA};
use rustworthy_reports::comparison::{Comparison, SCHEMA};
use rustworthy_reports::decision::{Decision, SCHEMA as DECISION_SCHEMA, version_1};
use rustworthy_reports::gate::{Gate, SCHEMA as GATE_SCHEMA};
use rustworthy_reports::profile::{self, Profile, SCHEMA as PROFILE_SCHEMA};
use rustworthy_reports::{Part, markdown, table, to_json};

use super::arguments::{DecisionVersion, Format, GateFormat, ReportArguments};
use super::exit::Exit;
use super::printer::Printer;
use super::{attribute, decide, gate, project};

/// The page of a run, in its folder.
pub(super) const PAGE: &str = "report.html";
/// The page of several runs, in the folder of the first: each keeps its own.
const COMBINED: &str = "combined.html";

pub(crate) fn run(arguments: &ReportArguments, printer: &Printer) -> Result<Exit> {
    let files = find(arguments)?;
    let runs: Vec<SavedRun> = files.iter().map(|file| SavedRun::read(file)).collect::<Result<_>>()?;
    for run in &runs {
        printer.result(&run.render(arguments.format, arguments.json_version, printer)?)?;
        if let Saved::Gate(gate) = &run.saved {
            write(&run.file.with_file_name("report.md"), &rustworthy_reports::gate::markdown(gate))?;
        }
    }
    let parts: Vec<Part<'_>> = runs.iter().map(SavedRun::part).collect();
    let name = if runs.len() == 1 { PAGE } else { COMBINED };
    let page = runs[0].file.with_file_name(name);
    write(&page, &rustworthy_reports::report(&parts))?;
    printer.note(&format!("report: {}", page.display()));
    if arguments.open {
        open(&page)?;
    }
    Ok(Exit::Fine)
}

fn write(page: &Path, contents: &str) -> Result<()> {
    write_whole(page, contents.as_bytes()).with_context(|| page.display().to_string())
}

/// A saved run.
pub(super) enum Saved {
    Comparison(Box<Comparison>),
    Attribution(Box<Attribution>),
    Decision(Box<Decision>),
    Gate(Box<Gate>),
    Profile(Box<Profile>),
}

/// A saved run, its file, and the flame graphs beside that.
struct SavedRun {
    file: PathBuf,
    saved: Saved,
    graphs: Vec<Option<String>>,
    difference: Option<String>,
}

impl SavedRun {
    fn read(file: &Path) -> Result<Self> {
        let saved = read(file)?;
        // A graph that is gone, or never was, is left out.
        let graph = |name: &str| std::fs::read_to_string(file.with_file_name(name)).ok();
        let (graphs, difference) = match &saved {
            Saved::Comparison(_) | Saved::Decision(_) | Saved::Gate(_) => (Vec::new(), None),
            Saved::Attribution(_) => (Vec::new(), graph("tail.svg")),
            Saved::Profile(profile) => (
                profile.targets.iter().map(|target| graph(&format!("{}.svg", target.files))).collect(),
                graph("difference.svg").filter(|_| profile.targets.len() > 1),
            ),
        };
        Ok(Self { file: file.to_owned(), saved, graphs, difference })
    }

    /// Its part of the page.
    fn part(&self) -> Part<'_> {
        let difference = self.difference.as_deref();
        match &self.saved {
            Saved::Comparison(comparison) => Part::Comparison(comparison),
            Saved::Decision(decision) => Part::Decision(decision),
            Saved::Gate(gate) => Part::Gate(gate),
            Saved::Attribution(result) => Part::Attribution { result, difference },
            Saved::Profile(result) => Part::Profile { result, graphs: &self.graphs, difference },
        }
    }

    /// Renders it for standard output.
    fn render(&self, format: Format, version: DecisionVersion, printer: &Printer) -> Result<String> {
        Ok(match &self.saved {
            Saved::Comparison(comparison) => render(comparison, format, printer)?,
            Saved::Gate(gate) => {
                let format = match format {
                    Format::Table => GateFormat::Text,
                    Format::Json => GateFormat::Json,
                    Format::Markdown => GateFormat::Markdown,
                };
                gate::render(gate, format, &printer.table())
            }
            Saved::Attribution(attribution) => attribute::render(attribution, format, printer),
            Saved::Decision(decision) => decide::render(decision, format, version, printer),
            Saved::Profile(profile) => render_profile(profile, format, printer),
        })
    }
}

/// Renders a comparison for standard output.
pub(crate) fn render(comparison: &Comparison, format: Format, printer: &Printer) -> Result<String> {
    Ok(match format {
        Format::Table => table(comparison, &printer.table()),
        Format::Json => to_json(comparison),
        Format::Markdown => markdown(comparison),
    })
}

/// Renders a profile for standard output.
pub(super) fn render_profile(profile: &Profile, format: Format, printer: &Printer) -> String {
    match format {
        Format::Table => profile::table(profile, &printer.table()),
        Format::Json => to_json(profile),
        Format::Markdown => profile::markdown(profile),
    }
}

/// The `run.json` of each run that is meant; at least one.
fn find(arguments: &ReportArguments) -> Result<Vec<PathBuf>> {
    let home = project::home(&arguments.project)?;
    if arguments.runs.is_empty() {
        let newest = latest(&home).context("there is no run yet; `rustworthy compare all` makes one")?;
        return Ok(vec![newest.join("run.json")]);
    }
    let found = arguments.runs.iter().map(|named| {
        let found = find_named(&home, named);
        found.with_context(|| format!("{}: no such run; give its id, its folder or its run.json", named.display()))
    });
    found.collect()
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
        Some(version_1::SCHEMA) => {
            let decision: version_1::Decision =
                serde_json::from_value(value).with_context(|| invalid(version_1::SCHEMA))?;
            Ok(Saved::Decision(Box::new(decision.into())))
        }
        Some(GATE_SCHEMA) => Ok(Saved::Gate(serde_json::from_value(value).with_context(|| invalid(GATE_SCHEMA))?)),
        Some(PROFILE_SCHEMA) => {
            Ok(Saved::Profile(serde_json::from_value(value).with_context(|| invalid(PROFILE_SCHEMA))?))
        }
        Some(other) => bail!(
            "{}: its schema is '{other}', and this program reads '{SCHEMA}', '{ATTRIBUTION_SCHEMA}', '{DECISION_SCHEMA}', \
             '{}', '{GATE_SCHEMA}' and '{PROFILE_SCHEMA}'",
            file.display(),
            version_1::SCHEMA
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
