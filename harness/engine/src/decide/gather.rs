//! The measurements behind a decision: runs that were named, earlier runs that are still valid, and new ones.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use rustworthy_model::Run;
use rustworthy_model::attribution::Attribution;
use rustworthy_model::comparison::{Comparison, Workload};
use rustworthy_model::decision::{How, Note, Source};
use rustworthy_model::environment::Environment;
use rustworthy_model::rollout::{Rollout, Switch};
use rustworthy_model::tried::Boundary;

use super::manifest_functions;
use super::request::DecideRequest;
use super::settle::{FollowUp, Past, follow_ups};
use super::tried::TriedRuns;
use crate::attribute::{AttributeRequest, Requests, Traces, attribute};
use crate::attribution::trace::TraceError;
use crate::attribution::{AttributeError, KnownFunctions};
use crate::compare::{CompareRequest, EffortRequest, compare};
use crate::context::{Context, Notice};
use crate::manifest::Project;
use crate::new_crate::Unwritten;
use crate::plan::WorkloadSelection;
use crate::project::Loaded;
use crate::python::select;
use crate::request::Common;
use crate::rollout::{BOUND, RolloutRequest, rollout};
use crate::store::{self, ReuseCriteria, Reused, Saved, find_named, read, take};
use crate::verdict::decision::Remedy;
use crate::verdict::{Outcome, failures, outcome};

/// Half width of intervals, as a share of their estimates, that a comparison aims at which is to settle a verdict.
const SETTLED: f64 = 0.01;

/// Everything that was found, and where it comes from.
pub(super) struct Gathered {
    comparisons: Vec<(Comparison, How)>,
    attributions: Vec<(Attribution, How)>,
    /// Contenders that the project is without, whose rows don't count.
    unwritten: Vec<Unwritten>,
    /// What runs of `try` have found.
    tried: TriedRuns,
    /// What switches in production have recorded.
    pub(super) production: Option<Rollout>,
    /// The outcome of the measurements that were made now.
    pub(super) outcome: Outcome,
    pub(super) notes: Vec<Note>,
}

/// What is needed for the names that were given.
struct MissingResults {
    workloads: Vec<String>,
    scenarios: Vec<String>,
}

/// Gathers what is needed for the names that were given.
///
/// # Errors
/// When a run that was named isn't there or isn't of this project, something can't be measured, or the user interrupts.
pub(super) fn gather(
    context: &Context<'_>,
    request: &DecideRequest,
    loaded: &Loaded,
    unwritten: Vec<Unwritten>,
) -> Result<Gathered> {
    let mut needed = MissingResults::new(&loaded.project, &request.names);
    if request.traces.is_some() {
        // They stand in place of scenarios, but of those that are named.
        needed.scenarios.retain(|scenario| request.names.contains(scenario));
    }
    let mut gathered = Gathered {
        comparisons: Vec::new(),
        attributions: Vec::new(),
        unwritten,
        tried: TriedRuns::default(),
        production: telemetry(context, request)?,
        outcome: Outcome::Fine,
        notes: Vec::new(),
    };
    let all = needed.workloads.clone();
    for named in &request.from {
        gathered.add_named(named, loaded, &mut needed)?;
    }
    if !request.fresh {
        gathered.add_past(context, request, loaded, &mut needed, &all);
    }
    if !request.from.is_empty() {
        // A user who names a run wants a decision from its results, without new measurements.
        gathered.note_missing(&needed);
    } else {
        gathered.add_tried(&loaded.project, &mut needed);
        gathered.compare(context, request, &needed)?;
        gathered.attribute(context, request, &needed)?;
    }
    if let Some(traces) = &request.traces {
        gathered.attribute_traces(context, request, loaded, traces)?;
    }
    Ok(gathered)
}

/// What switches in production have recorded, where that is to be gone by.
///
/// # Errors
/// When the folder can't be read.
fn telemetry(context: &Context<'_>, request: &DecideRequest) -> Result<Option<Rollout>> {
    let Some(folder) = &request.telemetry else { return Ok(None) };
    let asked = RolloutRequest {
        folder: folder.clone(),
        names: Vec::new(),
        bound: BOUND,
        confidence: request.common.confidence,
    };
    let found = rollout(&asked)?;
    if found.is_none() {
        context.warn(format!("--telemetry {}: nothing of any switch yet", folder.display()));
    }
    Ok(found)
}

impl MissingResults {
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
        // The scenario of a function is known only from an attribution.
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

    /// Whether a note is of a scenario that has just failed: attributing it once more would fail again.
    pub(super) fn has_failed(&self, note: &Note) -> bool {
        let Note::ScenarioNotAttributed { scenario, .. } = note else { return false };
        self.notes.contains(&Note::ScenarioFailed { scenario: scenario.clone() })
    }

    /// The commands of comparisons.
    pub(super) fn commands(&self) -> Vec<Vec<String>> {
        self.comparisons.iter().map(|(comparison, _)| comparison.run.command.clone()).collect()
    }

    /// What crossing the boundary to Rust costs, by workload.
    pub(super) fn boundaries(&self) -> Vec<(&str, &Boundary)> {
        self.tried.boundaries()
    }

    /// What switches in production have recorded.
    pub(super) fn switches(&self) -> &[Switch] {
        self.production.as_ref().map_or(&[], |production| &production.switches)
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
        let of_tried = self.comparisons.iter().flat_map(|(comparison, _)| self.tried.added_to(comparison));
        let of_tried = of_tried.map(|(name, tried)| source(&tried.run, vec![name.to_owned()], How::Reused));
        let of_attributions = self
            .attributions
            .iter()
            .map(|(attribution, how)| source(&attribution.run, vec![attribution.scenario.clone()], *how));
        of_comparisons.chain(of_tried).chain(of_attributions).filter(|source| !source.of.is_empty()).collect()
    }

    /// The environment of the newest run.
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

    fn add_comparison(&mut self, mut comparison: Comparison, how: How) {
        for workload in &mut comparison.workloads {
            let name = &workload.name;
            workload.contenders.retain(|contender| !self.is_unwritten(name, &contender.name));
        }
        self.comparisons.push((comparison, how));
    }

    fn is_unwritten(&self, workload: &str, contender: &str) -> bool {
        self.unwritten.iter().any(|one| one.workload == workload && one.contender == contender)
    }

    /// Takes the results of a run that the user named.
    fn add_named(&mut self, named: &Path, loaded: &Loaded, needed: &mut MissingResults) -> Result<()> {
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
                self.add_comparison(*comparison, How::Named);
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
            let known = |name: &str| {
                own.contenders.iter().any(|contender| contender.name == name) || self.is_unwritten(&own.name, name)
            };
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
    fn add_past(
        &mut self,
        context: &Context<'_>,
        request: &DecideRequest,
        loaded: &Loaded,
        needed: &mut MissingResults,
        all: &[String],
    ) {
        // Without a Python nothing is known to be the same; measuring reports what is wrong with it.
        let named = request.common.python.named.as_deref();
        let Ok(supported) = context.host.supported(loaded.project.host) else { return };
        let Ok(selection) = select(named, supported) else { return };
        let wanted = ReuseCriteria {
            project: &loaded.project,
            interpreter: &selection.interpreter,
            host: supported.host(),
            size: request.size.as_deref(),
            quick: request.effort.quick,
            sweep: request.sweep,
            confidence: request.common.confidence,
            seed: request.common.seed,
        };
        self.tried = TriedRuns(store::tried(&loaded.home, &wanted, all));
        for run in store::reuse(&loaded.home, &wanted, &mut needed.workloads, &mut needed.scenarios) {
            match run {
                Reused::Comparison(comparison) => self.add_comparison(*comparison, How::Reused),
                Reused::Attribution(attribution) => self.attributions.push((*attribution, How::Reused)),
            }
        }
    }

    /// Takes what `try` has found for contenders.
    fn add_tried(&mut self, project: &Project, needed: &mut MissingResults) {
        for (comparison, _) in &mut self.comparisons {
            self.tried.add_to(comparison);
        }
        let alone = self.tried.of_baselines_alone(project, &mut needed.workloads);
        self.comparisons.extend(alone.into_iter().map(|comparison| (comparison, How::Reused)));
    }

    /// Compares the workloads that no run has results of.
    fn compare(&mut self, context: &Context<'_>, request: &DecideRequest, needed: &MissingResults) -> Result<()> {
        if needed.workloads.is_empty() {
            return Ok(());
        }
        context.tell(Notice::Remark(format!("measuring what no run has results of: {}", needed.workloads.join(", "))));
        self.compare_now(context, request, &needed.workloads, request.effort)
    }

    /// Compares workloads, and forgets what was known of them.
    fn compare_now(
        &mut self,
        context: &Context<'_>,
        request: &DecideRequest,
        workloads: &[String],
        effort: EffortRequest,
    ) -> Result<()> {
        let selection = WorkloadSelection {
            workloads: workloads.to_vec(),
            size: request.size.clone(),
            quick: effort.quick,
            ..WorkloadSelection::default()
        };
        let compared = compare(
            context,
            &CompareRequest {
                selection,
                sweep: request.sweep,
                effort,
                out: None,
                resume: false,
                common: request.common.clone(),
            },
        )?;
        if let Some(mut compared) = compared {
            if self.outcome == Outcome::Fine {
                self.outcome = outcome(&compared.comparison.workloads);
            }
            // It ends in a failure, which verdicts may have no reason to mention.
            for failure in failures(&compared.comparison.workloads) {
                context.tell(Notice::Failure(failure));
            }
            for (known, _) in &mut self.comparisons {
                known.workloads.retain(|workload| !workloads.contains(&workload.name));
            }
            self.tried.add_to(&mut compared.comparison);
            self.add_comparison(compared.comparison, How::Measured);
        }
        refuse_to_go_on(context)
    }

    /// Attributes the scenarios that no run has results of. One whose service fails doesn't keep the others from being
    /// decided.
    fn attribute(&mut self, context: &Context<'_>, request: &DecideRequest, needed: &MissingResults) -> Result<()> {
        for scenario in &needed.scenarios {
            context.tell(Notice::Remark(format!("measuring what no run has results of: scenario {scenario}")));
            self.attribute_now(context, scenario, None, request.effort.quick, &request.common)?;
        }
        Ok(())
    }

    /// Attributes a scenario, and forgets what was known of it.
    fn attribute_now(
        &mut self,
        context: &Context<'_>,
        scenario: &str,
        count: Option<u64>,
        quick: bool,
        common: &Common,
    ) -> Result<()> {
        let requests = Requests::Scenario { name: scenario.to_owned(), count, quick, inject: None };
        let asked = AttributeRequest { requests, out: None, common: common.clone() };
        match attribute(context, &asked) {
            Ok(attributed) => {
                if attributed.differs {
                    let how = attributed.attribution.migrated.as_ref().map_or("", |migrated| &migrated.equivalence);
                    context.tell(Notice::Failure(format!("scenario {scenario}: the migrated service: {how}")));
                    self.scenario_failed(scenario);
                }
                self.attributions.retain(|(known, _)| known.trace.is_some() || known.scenario != scenario);
                self.attributions.push((attributed.attribution, How::Measured));
            }
            Err(error) => match error.downcast_ref() {
                Some(AttributeError::Failed { .. }) => {
                    context.tell(Notice::Failure(error.to_string()));
                    self.scenario_failed(scenario);
                }
                _ => return Err(error),
            },
        }
        refuse_to_go_on(context)
    }

    /// Attributes traces of production, with the speedups that comparisons have measured of functions in them.
    fn attribute_traces(
        &mut self,
        context: &Context<'_>,
        request: &DecideRequest,
        loaded: &Loaded,
        traces: &Traces,
    ) -> Result<()> {
        let project = &loaded.project;
        let workloads: Vec<&Workload> = self.workloads().into_iter().map(|(workload, _)| workload).collect();
        let known = KnownFunctions {
            names: manifest_functions(project).map(ToString::to_string).collect(),
            speedups: store::speedups_of(project, &workloads),
        };
        let asked = AttributeRequest {
            requests: Requests::Trace { traces: traces.clone(), known },
            out: None,
            common: Common { wait_for_quiet: None, ..request.common.clone() },
        };
        let attributed = attribute(context, &asked).map_err(|error| match error.downcast_ref() {
            Some(AttributeError::Trace(TraceError::Cancelled)) => anyhow!("interrupted"),
            _ => error,
        })?;
        self.attributions.push((attributed.attribution, How::Measured));
        refuse_to_go_on(context)
    }

    fn scenario_failed(&mut self, scenario: &str) {
        self.outcome = Outcome::ContenderFailed;
        let note = Note::ScenarioFailed { scenario: scenario.to_owned() };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Measures again, once each, what leaves verdicts open, as far as that time allows.
    ///
    /// # Errors
    /// When something can't be measured, or the user interrupts.
    pub(super) fn settle(
        &mut self,
        context: &Context<'_>,
        request: &DecideRequest,
        remedies: &[Remedy],
        time: Duration,
    ) -> Result<()> {
        if remedies.is_empty() {
            return Ok(());
        }
        let planned = follow_ups(remedies, &|scenario| self.past(scenario), time);
        if planned.is_empty() {
            context.warn("--settle: there is too little time to measure anything again; give it more".to_owned());
            return Ok(());
        }
        let labels: Vec<String> = planned.iter().map(FollowUp::label).collect();
        context.tell(Notice::Remark(format!("measuring again what leaves verdicts open: {}", labels.join(", "))));
        for one in planned {
            match one {
                FollowUp::Compare { workload, budget } => {
                    let effort = EffortRequest { budget: Some(budget), precision: Some(SETTLED), ..request.effort };
                    self.compare_now(context, request, &[workload], effort)?;
                }
                FollowUp::Attribute { scenario, requests, wait_for_quiet } => {
                    let common = Common { wait_for_quiet, ..request.common.clone() };
                    self.attribute_now(context, &scenario, Some(requests), false, &common)?;
                }
            }
        }
        self.notes.push(Note::MeasuredAgain { what: labels });
        Ok(())
    }

    /// The last attribution of a scenario.
    fn past(&self, scenario: &str) -> Option<Past> {
        let (known, _) = self.attributions.iter().find(|(known, _)| known.scenario == scenario)?;
        let took = known.run.started.duration_until(known.run.finished?);
        Some(Past { requests: known.requests, took: took.try_into().ok()? })
    }

    fn note_missing(&mut self, needed: &MissingResults) {
        if !needed.workloads.is_empty() {
            self.notes.push(Note::NotMeasured { workloads: needed.workloads.clone() });
        }
    }
}

/// Fails once the user has interrupted: a decision from half of the measurements would mislead.
fn refuse_to_go_on(context: &Context<'_>) -> Result<()> {
    if context.is_cancelled() {
        bail!("interrupted");
    }
    Ok(())
}
