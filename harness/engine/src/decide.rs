//! `decide`: leave it, fix the algorithm, use a library, or migrate; with reasons and a price.

mod gather;
mod gone;
mod request;
mod settle;
mod tried;

use std::collections::BTreeSet;

use anyhow::{Result, anyhow, bail};
use jiff::Timestamp;
use rustworthy_model::Run;
use rustworthy_model::decision::{Decision, SCHEMA, Statement};

use crate::context::{Context, Finding};
use crate::manifest::{Cost, Project, Target, hint};
use crate::new_crate::leave_out_unwritten;
use crate::project::Loaded;
use crate::store::{RunFolder, attributed_functions, new_id};
use crate::verdict::Outcome;
use crate::verdict::decision::{Decided, Measured, Terms};
use gather::{Gathered, gather};
pub use request::DecideRequest;

/// What came of it.
#[derive(Debug)]
pub enum Deciding {
    /// A decision.
    Made(Box<DecisionMade>),
    /// There was nothing to decide; the outcome of the measurements that were made.
    Nothing(Outcome),
}

/// A decision that was made and saved.
#[derive(Debug)]
pub struct DecisionMade {
    /// The result.
    pub decision: Decision,
    /// The folder of its run.
    pub folder: RunFolder,
    /// The outcome of the measurements that were made for it.
    pub outcome: Outcome,
}

/// Decides by what is known, and measures what isn't.
///
/// # Errors
/// When the request can't be met, or the user interrupts.
pub fn decide(context: &Context<'_>, request: &DecideRequest) -> Result<Deciding> {
    let started = Timestamp::now();
    let mut loaded = Loaded::load(context.host, &request.common.project)?;
    let unwritten = leave_out_unwritten(&mut loaded.project, &loaded.home)?;
    for one in &unwritten {
        context.warn(format!("{}: its body isn't written yet, so that it's no contender", one.package));
    }
    let project = &loaded.project;
    let terms = terms(request, project)?;
    check_names(&request.names, &loaded)?;
    gone::check_manifest(project)?;
    let mut gathered = gather(context, request, &loaded, unwritten)?;
    gone::check_attributions(project, &gathered.attributions())?;

    let mut decided = judge(request, project, &terms, &gathered)?;
    if let Some(time) = request.settle {
        gathered.settle(context, request, &decided.remedies, time)?;
        decided = judge(request, project, &terms, &gathered)?;
    }
    if decided.candidates.is_empty() {
        if gathered.outcome != Outcome::ContenderFailed {
            context.warn(format!("nothing to decide: {}", why_nothing(project)));
        }
        return Ok(Deciding::Nothing(gathered.outcome));
    }
    let decision = decision(context, request, started, &terms, &gathered, decided);
    let save = || {
        let folder = RunFolder::create(request.out.as_deref(), &loaded.home, &decision.run.id)?;
        (context.save)(&folder, Finding::Decision(&decision))?;
        folder.become_latest()?;
        Ok(folder)
    };
    let folder = save().map_err(|error: std::io::Error| anyhow!("the decision could not be saved: {error}"))?;
    Ok(Deciding::Made(Box::new(DecisionMade { decision, folder, outcome: gathered.outcome })))
}

/// What comes of the measurements so far.
fn judge(request: &DecideRequest, project: &Project, terms: &Terms, gathered: &Gathered) -> Result<Decided> {
    let workloads = gathered.workloads();
    let asked = request.asked(gathered.commands(), project, &workloads);
    let measured = Measured {
        project,
        workloads,
        attributions: gathered.attributions(),
        boundaries: gathered.boundaries(),
        switches: gathered.switches(),
        asked,
    };
    let decided = crate::verdict::decision::decide(&measured, terms, &request.names);
    check_functions(&request.names, &measured, &decided)?;
    Ok(decided)
}

/// The terms of the decision, from the manifest and the request.
fn terms(request: &DecideRequest, project: &Project) -> Result<Terms> {
    let mut terms = Terms::of(project);
    terms.isolated = request.isolated;
    if let Some(cost) = terms.cost.as_mut().filter(|_| request.is_shipped) {
        cost.migration = None;
    }
    if let Some(enough) = request.enough {
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
fn check_names(names: &[String], loaded: &Loaded) -> Result<()> {
    let project = &loaded.project;
    let known: Vec<&str> = project
        .workloads
        .iter()
        .map(|workload| workload.name.as_str())
        .chain(project.scenarios.iter().map(|scenario| scenario.name.as_str()))
        .collect();
    let unknown = names.iter().find(|name| *name != "all" && !name.contains(':') && !known.contains(&name.as_str()));
    match unknown {
        Some(name) => {
            let functions = functions(loaded);
            let function = functions.iter().find(|function| is_called(function, name));
            let hint = match function {
                Some(function) => format!("; did you mean {function}?"),
                None => hint(name, known.iter().copied().chain(functions.iter().map(String::as_str))),
            };
            bail!("there is no workload or scenario '{name}'{hint}; `rustworthy list` shows all")
        }
        None => Ok(()),
    }
}

/// Functions that the manifest names as parts of services, and those that attributions have seen.
fn functions(loaded: &Loaded) -> BTreeSet<String> {
    let named = manifest_functions(&loaded.project).map(ToString::to_string);
    named.chain(attributed_functions(&loaded.home)).collect()
}

/// Functions that the manifest names as parts of services.
fn manifest_functions(project: &Project) -> impl Iterator<Item = &Target> {
    let replaced = project.workloads.iter().filter_map(|workload| workload.replaces.as_ref());
    replaced.chain(project.scenarios.iter().flat_map(|scenario| &scenario.candidates))
}

/// Whether a function `module:callable` is meant by a name without its module, or the last part of that.
fn is_called(function: &str, name: &str) -> bool {
    let Some((_, callable)) = function.split_once(':') else { return false };
    callable == name || callable.rsplit('.').next() == Some(name)
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
        "nothing that was asked for is in the runs that --from names; without --from it is measured".to_owned()
    }
}

fn decision(
    context: &Context<'_>,
    request: &DecideRequest,
    started: Timestamp,
    terms: &Terms,
    gathered: &Gathered,
    decided: Decided,
) -> Decision {
    let Decided { candidates, plans, notes, .. } = decided;
    Decision {
        schema: SCHEMA.to_owned(),
        run: Run {
            // What it has measured itself may have begun in the same second of the same process.
            id: format!("{}-decide", new_id(started)),
            started,
            finished: Some(Timestamp::now()),
            command: context.command.clone(),
            seed: request.common.seed,
            confidence: gathered.confidence().unwrap_or(request.common.confidence),
            complete: true,
        },
        environment: gathered.environment(),
        terms: terms.reported(),
        candidates,
        plans,
        sources: gathered.sources(),
        production: gathered.production.clone(),
        notes: notes
            .into_iter()
            .filter(|note| !gathered.has_failed(note))
            .chain(gathered.notes.iter().cloned())
            .map(Statement::from)
            .collect(),
    }
}
