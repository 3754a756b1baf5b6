//! `gate --against REV`: both sides measured in one run.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, anyhow};
use jiff::Timestamp;
use rustworthy::environment::{available_memory, environment};
use rustworthy::gate::{Both, Effort, Event, Pairing, Record, Records, Session, Settings, Side, SideOf, pair};
use rustworthy::manifest::Project;
use rustworthy::measure::{self, Planned, allowed_cpus, control};
use rustworthy::plan::{Wish, plan};
use rustworthy::python::Interpreter;
use rustworthy::run::{Header, Journal, RunFolder};
use rustworthy::service::Services;
use rustworthy::verdict::gate::{Rule, judge, next, series, suite, unpaired};
use rustworthy::worker::Workers;
use rustworthy_model::environment::Environment;
use rustworthy_model::gate::{Benchmark, Gate, Metric, Origin, SCHEMA, Side as SideResult};
use rustworthy_model::{Run, Series};
use tempfile::TempDir;

use super::side::Past;
use super::{Found, limits, rule};
use crate::cli::arguments::GateArguments;
use crate::cli::compare::{limit, why_nothing};
use crate::cli::files::{begin, command, new_id};
use crate::cli::printer::Printer;
use crate::cli::progress::GateProgress;
use crate::cli::project::{self, Loaded, Site};

/// Rounds of the control loop, which only tells what is embedded.
const CONTROL_ROUNDS: u32 = 3;

pub(super) fn gate(
    arguments: &GateArguments,
    revision: &str,
    cancel: &Arc<AtomicBool>,
    printer: &Printer,
) -> Result<Option<Found>> {
    let mut loaded = project::load(&arguments.project)?;
    limit(&mut loaded.project, &arguments.measuring.common);
    // What can be seen to be wrong is told before anything is built.
    rule(arguments, 1)?;
    let (mut past, repository) = Past::new(arguments, &loaded, revision, cancel, printer)?;
    limit(&mut past.project, &arguments.measuring.common);
    let [planned_old, planned_new] = plan_both(arguments, [&past.project, &loaded.project])?;
    if planned_old.is_empty() && planned_new.is_empty() {
        printer.warning(&format!("nothing to gate: {}", why_nothing(&loaded.project)));
        return Ok(None);
    }
    let interpreter = project::interpreter(&loaded.project, &arguments.python, cancel, printer)?;
    let workers = project::workers(&loaded.project, &interpreter, Arc::clone(cancel))?;
    project::build(&loaded.project, Site::of(&loaded.project, &interpreter), &workers, printer)?;
    project::check_targets(&loaded.project, &workers)?;
    project::check_targets(&past.project, &past.workers).with_context(|| format!("the revision '{revision}'"))?;

    let started = Timestamp::now();
    let header = Header::new(new_id(started), started, command(), arguments.measuring.common.seed, String::new());
    let (folder, journal) = open(arguments, &loaded, &header, printer)?;
    let scratch = Scratch::new()?;
    let old = start(&scratch, SideOf::Old, past.workers.clone(), &loaded, &past.project, &planned_old, cancel)?;
    let new = start(&scratch, SideOf::New, workers, &loaded, &loaded.project, &planned_new, cancel)?;
    let environment = embedded(arguments, &new.0, &interpreter)?;
    let pairing = pair(&planned_old, &planned_new);
    let limits_of = |workload: &str| limits(arguments, &loaded.project.gate, workload);
    let changes = pairing.both.iter().map(|both| limits_of(&both.workloads[1].name).len()).sum();
    let rule = rule(arguments, changes)?;
    let head = repository.head().ok();
    let work = Work {
        pairing,
        limits: &limits_of,
        rule,
        settings: Settings {
            effort: effort(arguments),
            seed: arguments.measuring.common.seed,
            cpus: allowed_cpus(),
            latencies: arguments.fail_over_p99.is_some() || gates_p99(&loaded.project),
            sides: [old.0, new.0],
        },
    };
    let records = work.measure(journal, cancel, printer);
    let benchmarks = work.judge(&records);
    let old = SideResult {
        origin: Origin::Revision,
        name: revision.to_owned(),
        commit: Some(past.worktree.commit().hash.clone()),
        modified: false,
    };
    let new = SideResult {
        origin: Origin::WorkingTree,
        name: "working tree".to_owned(),
        commit: head.map(|commit| commit.hash),
        modified: repository.is_modified().unwrap_or_default(),
    };
    let complete = !cancel.load(Ordering::Relaxed);
    Ok(Some(Found {
        series: SideOf::BOTH.map(|side| work.series(&benchmarks, &records, side)),
        gate: Gate {
            schema: SCHEMA.to_owned(),
            run: run(&header, &work.rule, complete),
            environment: Some(environment),
            old,
            new,
            verdict: suite(&benchmarks),
            false_alarm_rate: arguments.false_alarms,
            warnings: warnings(&work, &records),
            benchmarks,
        },
        folder,
    }))
}

/// The folder of the run, without which it goes on all the same.
pub(super) fn open(
    arguments: &GateArguments,
    loaded: &Loaded,
    header: &Header,
    printer: &Printer,
) -> Result<(Option<RunFolder>, Option<Journal>)> {
    match begin(arguments.out.as_deref(), &loaded.home, header) {
        Ok((folder, journal)) => Ok((Some(folder), Some(journal))),
        Err(error) if error.kind() == io::ErrorKind::ResourceBusy => Err(error.into()),
        Err(error) => {
            printer.warning(&format!("{error}; the run goes on, but will not be saved"));
            Ok((None, None))
        }
    }
}

/// When and how a gate was made.
pub(super) fn run(header: &Header, rule: &Rule, complete: bool) -> Run {
    Run {
        id: header.id.clone(),
        started: header.started,
        finished: Some(Timestamp::now()),
        command: header.command.clone(),
        seed: header.seed,
        confidence: rule.resampling.confidence.level(),
        complete,
    }
}

fn effort(arguments: &GateArguments) -> Effort {
    let effort = if arguments.measuring.quick { Effort::QUICK } else { Effort::THOROUGH };
    Effort { budget: arguments.measuring.budget.unwrap_or(effort.budget) }
}

fn gates_p99(project: &Project) -> bool {
    project.workloads.iter().any(|workload| project.gate.fail_over(&workload.name).p99.is_some())
}

/// Plans both sides. A workload that only one of them has is planned there alone.
fn plan_both<'a>(arguments: &GateArguments, projects: [&'a Project; 2]) -> Result<[Vec<Planned<'a>>; 2]> {
    let asked = if arguments.workloads.is_empty() { vec!["all".to_owned()] } else { arguments.workloads.clone() };
    let has = |project: &Project, name: &String| project.workloads.iter().any(|workload| workload.name == *name);
    let wish = |project: &Project, other: &Project| Wish {
        workloads: asked.iter().filter(|name| has(project, name) || !has(other, name)).cloned().collect(),
        filter: arguments.filter.clone(),
        size: arguments.size.clone(),
        quick: arguments.measuring.quick,
        without_baseline: true,
    };
    let [old, new] = projects;
    // The new side first: what is in neither is told of what stands there now.
    let planned_new = plan(new, &wish(new, old))?;
    // The size is the new side's.
    let planned_old = plan(old, &Wish { size: None, quick: false, ..wish(old, new) })?;
    Ok([planned_old, planned_new])
}

/// Folders for the inputs of both sides.
struct Scratch(TempDir);

impl Scratch {
    fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("rustworthy-").tempdir();
        folder.map(Self).context("can't create a temporary folder")
    }

    fn of(&self, side: SideOf) -> Result<PathBuf> {
        let folder = self.0.path().join(match side {
            SideOf::Old => "old",
            SideOf::New => "new",
        });
        std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        Ok(folder)
    }
}

/// A side with its services running.
fn start(
    scratch: &Scratch,
    side: SideOf,
    mut workers: Workers,
    loaded: &Loaded,
    project: &Project,
    planned: &[Planned<'_>],
    cancel: &AtomicBool,
) -> Result<(Side, Services)> {
    let services = project::services(project, loaded.built_in, planned);
    let services = Services::start(services, &project.root, &workers.program, cancel)?;
    let scratch = scratch.of(side)?;
    workers.env.extend(services.env.clone());
    workers.env.insert(project::SCRATCH.to_owned(), scratch.display().to_string());
    Ok((Side { workers, scratch }, services))
}

fn embedded(arguments: &GateArguments, side: &Side, interpreter: &Interpreter) -> Result<Environment> {
    let settings = measure::Settings {
        workers: side.workers.clone(),
        effort: measure::Effort::QUICK,
        seed: arguments.measuring.common.seed,
        cpus: allowed_cpus(),
        memory: available_memory() / 2,
        scratch: side.scratch.clone(),
    };
    let resampling = super::resampling(&arguments.measuring.common)?;
    let control = control(&settings, CONTROL_ROUNDS, &resampling)
        .map_err(|failure| anyhow!("the embedded Python doesn't work: {failure}"))?;
    project::check_embedded(&control, interpreter)?;
    Ok(environment(interpreter, &control))
}

/// A gate at work.
struct Work<'a> {
    pairing: Pairing<'a>,
    limits: &'a dyn Fn(&str) -> Vec<(Metric, f64)>,
    rule: Rule,
    settings: Settings,
}

impl Work<'_> {
    fn measure(&self, mut journal: Option<Journal>, cancel: &AtomicBool, printer: &Printer) -> Records {
        let mut records = Records::default();
        let mut progress = GateProgress::new(printer, self.pairing.both.len());
        let next = |both: &Both<'_>, record: &Record| next(record, &(self.limits)(&both.workloads[1].name), &self.rule);
        let mut listener = |event: &Event| {
            if journal.as_mut().is_some_and(|journal| journal.add(event).is_err()) {
                journal = None;
            }
            progress.show(event);
        };
        let mut session = Session::new(&self.settings, &mut records, &next, &mut listener);
        for both in &self.pairing.both {
            if cancel.load(Ordering::Relaxed) {
                break;
            }
            session.measure(both);
        }
        records
    }

    fn judge(&self, records: &Records) -> Vec<Benchmark> {
        let of_both = self.pairing.both.iter().flat_map(|both| {
            let (workload, contender) = (&both.workloads[1].name, &both.contenders[1].name);
            let unbegun = Record { interrupted: true, ..Record::default() };
            let record = records.get(workload, contender).cloned().unwrap_or(unbegun);
            let limits = (self.limits)(workload).into_iter();
            limits.map(move |(metric, limit)| judge(workload, contender, &record, metric, limit, &self.rule))
        });
        let of_one = self.pairing.unpaired.iter().flat_map(|one| {
            let limits = (self.limits)(&one.workload).into_iter();
            limits.map(|(metric, limit)| unpaired(&one.workload, &one.contender, metric, limit, one.is_new))
        });
        of_both.chain(of_one).collect()
    }

    fn series(&self, benchmarks: &[Benchmark], records: &Records, side: SideOf) -> Vec<Series> {
        let times = benchmarks.iter().filter(|benchmark| benchmark.metric == Metric::Time);
        times
            .filter_map(|benchmark| {
                Some(series(benchmark, records.get(&benchmark.workload, &benchmark.contender)?, side))
            })
            .collect()
    }
}

/// What a reader should know about the run as a whole.
fn warnings(work: &Work<'_>, records: &Records) -> Vec<String> {
    let mut unchecked = BTreeSet::new();
    for both in &work.pairing.both {
        let (workload, contender) = (&both.workloads[1].name, &both.contenders[1].name);
        if let Some(why) = records.get(workload, contender).and_then(|record| record.output_unchecked.as_ref()) {
            unchecked.insert(format!("{workload}:{contender}: whether the output changed can't be told: {why}"));
        }
    }
    unchecked.into_iter().collect()
}
