//! `rustworthy decide`: leave it, fix the algorithm, use a library, compile it, upgrade Python, or migrate; with reasons and
//! a price.

pub(super) mod code;
mod gather;
mod gone;

use std::path::Path;

use anyhow::{Result, anyhow, bail};
use jiff::Timestamp;
use rustworthy::manifest::{Cost, Project, hint};
use rustworthy::run::{self, RunFolder};
use rustworthy::verdict::Outcome;
use rustworthy::verdict::decision::{Decided, Measured, Terms, decide};
use rustworthy_reports::comparison::Run;
use rustworthy_reports::decision::{self as reports, Decision, SCHEMA, Statement, in_words, to_version_1};
use rustworthy_reports::{Part, report, to_json};

use super::arguments::{DecideArguments, DecisionVersion, Format};
use super::exit::Exit;
use super::files::{command, new_id};
use super::printer::Printer;
use super::{interrupt, project};
use gather::{Gathered, gather};

pub(crate) fn run(arguments: &DecideArguments, printer: &Printer) -> Result<Exit> {
    let cancel = interrupt::flag()?;
    run::survive_size_limit()?;
    let started = Timestamp::now();
    let loaded = project::load(&arguments.project)?;
    let project = &loaded.project;
    let terms = terms(arguments, project)?;
    check_names(&arguments.names, project)?;
    gone::check_manifest(project)?;
    let Some(gathered) = gather(arguments, &loaded, &cancel, printer)? else { return Ok(Exit::Interrupted) };
    gone::check_attributions(project, &gathered.attributions())?;

    let measured = Measured { project, workloads: gathered.workloads(), attributions: gathered.attributions() };
    let decided = decide(&measured, &terms, &arguments.names);
    check_functions(&arguments.names, &measured, &decided)?;
    if decided.candidates.is_empty() {
        printer.warning(&format!("nothing to decide: {}", why_nothing(project)));
        return Ok(Exit::NothingRun);
    }
    let decision = decision(arguments, started, &terms, &gathered, decided);
    let folder = save(arguments, &loaded.home, &decision)?;
    printer.result(&render(&decision, arguments.result.format, arguments.json_version, printer))?;
    printer.note(&format!("report: {}", folder.path().join("report.html").display()));
    Ok(match gathered.outcome {
        Outcome::ContenderFailed => Exit::ContenderFailed,
        Outcome::Fine | Outcome::NothingRun => Exit::Fine,
    })
}

/// What it goes by: the manifest, and what the command line says.
fn terms(arguments: &DecideArguments, project: &Project) -> Result<Terms> {
    let mut terms = Terms::of(project);
    terms.isolated = arguments.isolated;
    if let Some(enough) = arguments.enough {
        if enough > 1.0 {
            bail!("--enough {}%: give a share of Rust's benefit of at most 100%", enough * 100.0);
        }
        terms.enough = enough;
    }
    let absurd = terms.cost.as_ref().map(Cost::absurd).unwrap_or_default();
    if !absurd.is_empty() {
        let file = project.manifest.display();
        let lines: Vec<String> = absurd.iter().map(|message| format!("{file}: {message}")).collect();
        bail!("{}", lines.join("\n"));
    }
    Ok(terms)
}

/// Sees that names of workloads and scenarios are right before anything is measured; functions have a colon.
fn check_names(names: &[String], project: &Project) -> Result<()> {
    let known: Vec<&str> = project
        .workloads
        .iter()
        .map(|workload| workload.name.as_str())
        .chain(project.scenarios.iter().map(|scenario| scenario.name.as_str()))
        .collect();
    let unknown = names.iter().find(|name| *name != "all" && !name.contains(':') && !known.contains(&name.as_str()));
    match unknown {
        Some(name) => bail!(
            "there is no workload or scenario '{name}'{}; `rustworthy list` shows all",
            hint(name, known.iter().copied())
        ),
        None => Ok(()),
    }
}

/// Sees that functions that were named are known.
fn check_functions(names: &[String], measured: &Measured<'_>, decided: &Decided) -> Result<()> {
    let is_known = |name: &str| {
        decided.candidates.iter().any(|candidate| candidate.function.as_deref() == Some(name) || candidate.name == name)
    };
    let functions = measured.attributions.iter().flat_map(|attribution| &attribution.functions);
    let known = functions.map(|function| function.name.as_str()).filter(|name| name.contains(':'));
    match names.iter().find(|name| name.contains(':') && !is_known(name)) {
        Some(name) => bail!(
            "there is no function '{name}' in any scenario that was attributed{}; a scenario's `candidates` may name it",
            hint(name, known)
        ),
        None => Ok(()),
    }
}

fn why_nothing(project: &Project) -> String {
    if project.workloads.is_empty() && project.scenarios.is_empty() {
        format!(
            "{} has neither a workload nor a scenario; add [workload.NAME] or [scenario.NAME]",
            project.manifest.display()
        )
    } else {
        "nothing that was asked for has been measured; `rustworthy compare all` and `rustworthy attribute` do"
            .to_owned()
    }
}

fn decision(
    arguments: &DecideArguments,
    started: Timestamp,
    terms: &Terms,
    gathered: &Gathered,
    decided: Decided,
) -> Decision {
    let Decided { candidates, plans, notes } = decided;
    Decision {
        schema: SCHEMA.to_owned(),
        run: Run {
            // What it has measured itself may have begun in the same second of the same process.
            id: format!("{}-decide", new_id(started)),
            started,
            finished: Some(Timestamp::now()),
            command: command(),
            seed: arguments.measuring.common.seed,
            confidence: gathered.confidence().unwrap_or(arguments.measuring.common.confidence),
            complete: true,
        },
        environment: gathered.environment(),
        terms: terms.reported(),
        candidates,
        plans,
        sources: gathered.sources(),
        notes: notes.into_iter().chain(gathered.notes.iter().cloned()).map(Statement::from).collect(),
    }
}

fn save(arguments: &DecideArguments, home: &Path, decision: &Decision) -> Result<RunFolder> {
    let write = || {
        let folder = RunFolder::create(arguments.result.out.as_deref(), home, &decision.run.id)?;
        folder.write("run.json", &to_json(&in_words(decision)))?;
        folder.write("report.html", &report(&[Part::Decision(decision)]))?;
        folder.become_latest()?;
        Ok(folder)
    };
    write().map_err(|error: std::io::Error| anyhow!("the decision could not be saved: {error}"))
}

/// Renders a decision for standard output.
pub(super) fn render(decision: &Decision, format: Format, version: DecisionVersion, printer: &Printer) -> String {
    match format {
        Format::Table => reports::table(decision, &printer.table()),
        Format::Json => match version {
            DecisionVersion::One => to_json(&to_version_1(decision)),
            DecisionVersion::Two => to_json(&in_words(decision)),
        },
        Format::Markdown => reports::markdown(decision),
    }
}
