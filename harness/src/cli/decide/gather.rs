//! What a decision is made of: runs that were named, runs that are still good, and what has to be measured.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use clap::Parser;
use rustworthy::manifest::Project;
use rustworthy::python::select;
use rustworthy::run::{latest, past};
use rustworthy::verdict::{Outcome, outcome};
use rustworthy_reports::attribution::Attribution;
use rustworthy_reports::comparison::{Comparison, Environment, Run, Workload};
use rustworthy_reports::decision::{How, Note, Source};

use super::code::Digests;
use crate::cli::arguments::{Arguments, Command, DecideArguments};
use crate::cli::exit::Exit;
use crate::cli::printer::Printer;
use crate::cli::project::Loaded;
use crate::cli::report::{Saved, find_named, read};
use crate::cli::{attribute, compare};

/// Everything that was found, and where it comes from.
pub(super) struct Gathered {
    comparisons: Vec<(Comparison, How)>,
    attributions: Vec<(Attribution, How)>,
    /// What came of what was measured now.
    pub(super) outcome: Outcome,
    pub(super) notes: Vec<Note>,
}

/// What is needed for the names that were given.
struct Needed {
    workloads: Vec<String>,
    scenarios: Vec<String>,
}

/// Gathers; `None` where the user has interrupted.
pub(super) fn gather(
    arguments: &DecideArguments,
    loaded: &Loaded,
    cancel: &Arc<AtomicBool>,
    printer: &Printer,
) -> Result<Option<Gathered>> {
    let project = &loaded.project;
    let mut needed = Needed::new(project, &arguments.names);
    let mut gathered =
        Gathered { comparisons: Vec::new(), attributions: Vec::new(), outcome: Outcome::Fine, notes: Vec::new() };
    for named in &arguments.from {
        gathered.add_named(named, loaded, &mut needed)?;
    }
    gathered.add_past(arguments, loaded, &mut needed);
    if !arguments.from.is_empty() {
        // Who names a run wants to know what it says, not to measure.
        gathered.note_missing(&needed);
    } else if !gathered.measure(arguments, loaded, &needed, cancel, printer)? {
        return Ok(None);
    }
    Ok(Some(gathered))
}

impl Needed {
    fn new(project: &Project, names: &[String]) -> Self {
        let all = names.is_empty() || names.iter().any(|name| name == "all");
        let is_named = |name: &str| all || names.iter().any(|named| named == name);
        let replaces = |name: &str| {
            let workload = project.workloads.iter().find(|workload| workload.name == name);
            workload.and_then(|workload| workload.replaces.as_ref()).map(ToString::to_string)
        };
        let any_scenario = project.scenarios.iter().any(|scenario| is_named(&scenario.name));
        let workloads = project.workloads.iter().filter(|workload| {
            let replaced = replaces(&workload.name);
            is_named(&workload.name)
                || replaced.as_deref().is_some_and(is_named)
                || (any_scenario && replaced.is_some())
        });
        let workloads: Vec<String> = workloads.map(|workload| workload.name.clone()).collect();
        // Which scenario a function is in shows when it was attributed.
        let functions: Vec<String> = names
            .iter()
            .filter_map(|name| if name.contains(':') { Some(name.clone()) } else { replaces(name) })
            .collect();
        let scenarios = project.scenarios.iter().filter(|scenario| {
            let may_have = |function: &String| {
                scenario.candidates.is_empty() || scenario.candidates.iter().any(|one| one.to_string() == *function)
            };
            is_named(&scenario.name) || functions.iter().any(may_have)
        });
        Self { workloads, scenarios: scenarios.map(|scenario| scenario.name.clone()).collect() }
    }
}

impl Gathered {
    /// Workloads with the confidence level of their intervals.
    pub(super) fn workloads(&self) -> Vec<(&Workload, f64)> {
        let of = |comparison: &'_ Comparison| comparison.run.confidence;
        self.comparisons
            .iter()
            .flat_map(|(comparison, _)| comparison.workloads.iter().map(move |workload| (workload, of(comparison))))
            .collect()
    }

    pub(super) fn attributions(&self) -> Vec<&Attribution> {
        self.attributions.iter().map(|(attribution, _)| attribution).collect()
    }

    /// The runs, each once.
    pub(super) fn sources(&self) -> Vec<Source> {
        let source = |run: &Run, of: Vec<String>, how| Source {
            of,
            run: run.id.clone(),
            started: run.started.strftime("%Y-%m-%d %H:%M UTC").to_string(),
            how,
        };
        let of_comparisons = self.comparisons.iter().map(|(comparison, how)| {
            source(&comparison.run, comparison.workloads.iter().map(|workload| workload.name.clone()).collect(), *how)
        });
        let of_attributions = self
            .attributions
            .iter()
            .map(|(attribution, how)| source(&attribution.run, vec![attribution.scenario.clone()], *how));
        of_comparisons.chain(of_attributions).filter(|source| !source.of.is_empty()).collect()
    }

    /// That of the newest run.
    pub(super) fn environment(&self) -> Option<Environment> {
        let of_comparisons =
            self.comparisons.iter().map(|(comparison, _)| (comparison.run.started, Some(&comparison.environment)));
        let of_attributions = self
            .attributions
            .iter()
            .map(|(attribution, _)| (attribution.run.started, attribution.environment.as_ref()));
        let known = of_comparisons.chain(of_attributions).filter_map(|(started, one)| Some((started, one?)));
        known.max_by_key(|(started, _)| *started).map(|(_, environment)| environment.clone())
    }

    /// The level of most intervals.
    pub(super) fn confidence(&self) -> Option<f64> {
        let of_comparisons = self.comparisons.iter().map(|(comparison, _)| comparison.run.confidence);
        of_comparisons.chain(self.attributions.iter().map(|(attribution, _)| attribution.run.confidence)).next()
    }

    /// Takes what a run that the user named has.
    fn add_named(&mut self, named: &Path, loaded: &Loaded, needed: &mut Needed) -> Result<()> {
        let file = find_named(&loaded.home, named).with_context(|| {
            format!("--from {}: no such run; give its id, its folder or its run.json", named.display())
        })?;
        let manifest = loaded.project.manifest.display();
        let foreign =
            |what: &str| format!("--from {}: it's a run of another project: {manifest} has no {what}", named.display());
        match read(&file)? {
            Saved::Comparison(mut comparison) => {
                let known = |name: &str| loaded.project.workloads.iter().any(|workload| workload.name == name);
                if let Some(unknown) = comparison.workloads.iter().find(|workload| !known(&workload.name)) {
                    bail!(foreign(&format!("workload '{}'", unknown.name)));
                }
                self.check_contenders(named, &comparison, &loaded.project)?;
                if !comparison.run.complete {
                    self.notes.push(Note::RunIncomplete { run: comparison.run.id.clone() });
                }
                comparison.workloads.retain(|workload| take(&mut needed.workloads, &workload.name));
                self.comparisons.push((*comparison, How::Named));
            }
            Saved::Attribution(attribution) => {
                let known = loaded.project.scenarios.iter().any(|scenario| scenario.name == attribution.scenario);
                if !known && attribution.trace.is_none() {
                    bail!(foreign(&format!("scenario '{}'", attribution.scenario)));
                }
                if !attribution.run.complete {
                    self.notes.push(Note::RunIncomplete { run: attribution.run.id.clone() });
                }
                take(&mut needed.scenarios, &attribution.scenario);
                self.attributions.push((*attribution, How::Named));
            }
            Saved::Decision(decision) => bail!(
                "--from {}: a decision has no times of its own; give the runs that it comes from: {}",
                named.display(),
                decision.sources.iter().map(|source| source.run.as_str()).collect::<Vec<_>>().join(", ")
            ),
            Saved::Gate(_) | Saved::Profile(_) => {
                bail!(
                    "--from {}: there is nothing to decide by in it; give a run of compare or attribute",
                    named.display()
                )
            }
        }
        Ok(())
    }

    /// A run of contenders that the manifest doesn't have is of another project.
    fn check_contenders(&self, named: &Path, comparison: &Comparison, project: &Project) -> Result<()> {
        for workload in &comparison.workloads {
            let Some(own) = project.workloads.iter().find(|own| own.name == workload.name) else { continue };
            let known = |name: &str| own.contenders.iter().any(|contender| contender.name == name);
            if let Some(unknown) = workload.contenders.iter().find(|contender| !known(&contender.name)) {
                bail!(
                    "--from {}: it's a run of another project: in {} workload '{}' has no contender '{}'",
                    named.display(),
                    project.manifest.display(),
                    workload.name,
                    unknown.name
                );
            }
        }
        Ok(())
    }

    /// Takes what is needed from the newest complete runs of the same code and inputs.
    fn add_past(&mut self, arguments: &DecideArguments, loaded: &Loaded, needed: &mut Needed) {
        if arguments.fresh {
            return;
        }
        // Without a Python nothing is known to be the same; measuring tells what is wrong with it.
        let Ok(selection) = select(arguments.python.python.as_deref()) else { return };
        let now = Digests::of(&loaded.project, &selection.interpreter);
        for file in past(&loaded.home) {
            if needed.workloads.is_empty() && needed.scenarios.is_empty() {
                break;
            }
            let Some(then) = file.parent().and_then(Digests::read) else { continue };
            let same_workload =
                |name: &str| then.workloads.contains_key(name) && then.workloads.get(name) == now.workloads.get(name);
            let same_scenario =
                |name: &str| then.scenarios.contains_key(name) && then.scenarios.get(name) == now.scenarios.get(name);
            if !needed.workloads.iter().any(|name| same_workload(name))
                && !needed.scenarios.iter().any(|name| same_scenario(name))
            {
                continue;
            }
            match read(&file) {
                Ok(Saved::Comparison(mut comparison)) if is_of(&comparison.run, arguments) => {
                    comparison.workloads.retain(|workload| {
                        same_workload(&workload.name)
                            && is_whole(workload, &loaded.project, arguments)
                            && take(&mut needed.workloads, &workload.name)
                    });
                    if !comparison.workloads.is_empty() {
                        self.comparisons.push((*comparison, How::Reused));
                    }
                }
                Ok(Saved::Attribution(attribution)) if is_of(&attribution.run, arguments) => {
                    let scenario =
                        loaded.project.scenarios.iter().find(|scenario| scenario.name == attribution.scenario);
                    let enough = scenario
                        .is_some_and(|scenario| arguments.measuring.quick || attribution.requests >= scenario.count);
                    let is_plain = attribution.trace.is_none() && attribution.injected.is_none();
                    if enough
                        && is_plain
                        && same_scenario(&attribution.scenario)
                        && take(&mut needed.scenarios, &attribution.scenario)
                    {
                        self.attributions.push((*attribution, How::Reused));
                    }
                }
                _ => {}
            }
        }
    }

    /// Measures what is lacking; `false` where the user has interrupted.
    fn measure(
        &mut self,
        arguments: &DecideArguments,
        loaded: &Loaded,
        needed: &Needed,
        cancel: &Arc<AtomicBool>,
        printer: &Printer,
    ) -> Result<bool> {
        if !needed.workloads.is_empty() {
            printer.note(&format!("measuring what no run tells: {}", needed.workloads.join(", ")));
            let sweep: &[&str] = if arguments.sweep { &["--sweep"] } else { &[] };
            let words = needed.workloads.iter().map(String::as_str).chain(sweep.iter().copied());
            let Command::Compare(asked) = asked("compare", words, arguments, true)? else {
                bail!("comparing can't be asked for");
            };
            if let Some(compared) = compare::compare(&asked, cancel, printer)? {
                self.outcome = outcome(&compared.comparison.workloads);
                self.comparisons.push((compared.comparison, How::Measured));
            }
            if cancel.load(Ordering::Relaxed) {
                return Ok(false);
            }
        }
        for scenario in &needed.scenarios {
            printer.note(&format!("measuring what no run tells: scenario {scenario}"));
            let Command::Attribute(asked) = asked("attribute", [scenario.as_str()].into_iter(), arguments, false)?
            else {
                bail!("attributing can't be asked for");
            };
            match attribute::of_scenario(&asked, scenario, cancel, &printer.without_results())? {
                Exit::Interrupted => return Ok(false),
                Exit::Fine => {}
                failed => {
                    self.outcome = Outcome::ContenderFailed;
                    self.notes.push(Note::ScenarioFailed { scenario: scenario.clone() });
                    if failed != Exit::ContenderFailed {
                        continue;
                    }
                }
            }
            let file: Option<PathBuf> = latest(&loaded.home).map(|folder| folder.join("run.json"));
            if let Some(Ok(Saved::Attribution(attribution))) = file.map(|file| read(&file))
                && attribution.scenario == *scenario
            {
                self.attributions.push((*attribution, How::Measured));
            }
        }
        Ok(true)
    }

    fn note_missing(&mut self, needed: &Needed) {
        if !needed.workloads.is_empty() {
            self.notes.push(Note::NotMeasured { workloads: needed.workloads.clone() });
        }
    }
}

/// Takes a name off a list, if it's on it.
fn take(names: &mut Vec<String>, name: &str) -> bool {
    let before = names.len();
    names.retain(|one| one != name);
    names.len() < before
}

/// Whether a run is complete, of the inputs that are asked for, and as sure.
fn is_of(run: &Run, arguments: &DecideArguments) -> bool {
    let common = &arguments.measuring.common;
    run.complete && run.seed == common.seed && run.confidence == common.confidence
}

/// Whether a workload has all its contenders, at the size that is asked for.
fn is_whole(workload: &Workload, project: &Project, arguments: &DecideArguments) -> bool {
    let Some(own) = project.workloads.iter().find(|own| own.name == workload.name) else { return false };
    let named = |name: &str| own.sizes.get(name).copied();
    let wanted = match arguments.size.as_deref() {
        None if arguments.measuring.quick => named("quick").or(named("default")),
        None => named("default"),
        Some(size) => named(size).or_else(|| size.replace('_', "").parse().ok()),
    };
    let has = |name: &str| workload.contenders.iter().any(|contender| contender.name == name);
    wanted == Some(workload.size)
        && own.contenders.iter().all(|contender| has(&contender.name))
        && (!arguments.sweep || workload.sweep.is_some())
}

/// The command that measures, as if it had been typed with the same options.
fn asked<'a>(
    command: &str,
    words: impl Iterator<Item = &'a str>,
    arguments: &DecideArguments,
    is_comparison: bool,
) -> Result<Command> {
    let mut line: Vec<OsString> = vec!["rustworthy".into(), command.into()];
    line.extend(words.map(OsString::from));
    let mut option = |name: &str, value: OsString| line.extend([name.into(), value]);
    let measuring = &arguments.measuring;
    let common = &measuring.common;
    option("--seed", common.seed.to_string().into());
    option("--confidence", format!("{}%", common.confidence * 100.0).into());
    if let Some(timeout) = common.timeout {
        option("--timeout", format!("{}ns", timeout.as_nanos()).into());
    }
    if let Some(memory) = common.memory {
        option("--memory", format!("{memory}B").into());
    }
    option("--project", arguments.project.project.clone().into());
    if let Some(manifest) = &arguments.project.manifest {
        option("--manifest", manifest.clone().into());
    }
    if let Some(python) = &arguments.python.python {
        option("--python", python.clone().into());
    }
    if is_comparison {
        if let Some(precision) = measuring.precision {
            option("--precision", format!("{}%", precision * 100.0).into());
        }
        if let Some(budget) = measuring.budget {
            option("--budget", format!("{}ns", budget.as_nanos()).into());
        }
        if let Some(size) = &arguments.size {
            option("--size", size.into());
        }
    }
    if measuring.quick {
        line.push("--quick".into());
    }
    if arguments.python.offline {
        line.push("--offline".into());
    }
    Ok(Arguments::try_parse_from(line)?.command)
}
