//! `compare`: times every contender on the same input.

mod files;
mod request;

use std::io;
use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use jiff::Timestamp;
use rustworthy_model::comparison::{Comparison, Contender, Interpreter, SCHEMA, Settled, Stopped, Workload};
use rustworthy_model::environment::Environment;
use rustworthy_model::equivalence::EquivalenceStatus;
use rustworthy_model::{Run, Series};

use crate::context::{Context, Notice};
use crate::counterexample::{self, Differing};
use crate::doctor::Surroundings;
use crate::manifest::Code;
use crate::measure::{ControlEffort, Effort, Event, Planned, Record, Referee, Session, Settings};
use crate::new_crate::building_only;
use crate::plan::{self, plan};
use crate::prepared::{Built, Prepared};
use crate::project::Loaded;
use crate::quiet::wait_for_quiet;
use crate::request::Common;
use crate::store::RunFolder;
use crate::verdict::{series, settled, summarise, sweep, withhold};
use files::RunFiles;
pub use request::{CompareRequest, EffortRequest};
use rustworthy_stats::Resampling;

/// A comparison that was made.
#[derive(Debug)]
pub struct Compared {
    /// The result.
    pub comparison: Comparison,
    /// What was timed of every contender, for other tools.
    pub series: Vec<Series>,
    /// The folder of the run; `None` where there could be none.
    pub folder: Option<RunFolder>,
    /// Whether its files could be written.
    pub saved: io::Result<()>,
}

/// Measures and saves a comparison; `None` where nothing was to be run.
///
/// # Errors
/// When the request can't be met: manifest, Python, build, a service or a callable that it names isn't as it should be.
pub fn compare(context: &Context<'_>, request: &CompareRequest) -> Result<Option<Compared>> {
    let common = &request.common;
    let mut loaded = Loaded::load(context.host, &common.project)?;
    common.limit(&mut loaded.project);
    let planned = plan(&loaded.project, &request.selection)?;
    if planned.is_empty() {
        context.warn(format!("nothing to run: {}", loaded.why_nothing()));
        return Ok(None);
    }
    let resampling = common.resampling()?;
    let effort = request.effort.effort();
    let contenders = planned.iter().flat_map(|planned| planned.contenders.iter().copied());
    let to_build = building_only(&loaded.project, &loaded.home, contenders)?;
    let built = Built::new(context, &to_build, &common.python, &plan::needed(&planned))?;
    wait_for_quiet(context, common.wait_for_quiet)?;
    let surroundings = Surroundings::read(&context.cancel);
    // What is provided and built once, and perhaps downloaded, takes none of the time for measuring.
    let start = Instant::now();
    let prepared = built.start(context, &loaded.project, loaded.services(&planned))?;
    let environment = environment(context, &prepared, surroundings, request.effort, common, &resampling)?;
    let finish = &|workload| workload;
    let ready = Ready { loaded: &loaded, planned, prepared: &prepared, environment, start, finish, equal_alone: false };
    ready.compare(context, request, effort, resampling).map(Some)
}

/// The machine and its Python as results name them, with what disturbs measuring.
///
/// # Errors
/// When the Python of workers doesn't work.
pub(crate) fn environment(
    context: &Context<'_>,
    prepared: &Prepared,
    surroundings: Surroundings,
    effort: EffortRequest,
    common: &Common,
    resampling: &Resampling,
) -> Result<Environment> {
    let control_effort = if effort.quick { ControlEffort::QUICK } else { ControlEffort::THOROUGH };
    let control_effort = control_effort.within(effort.effort().budget);
    let control = prepared.control(None, &control_effort, common.seed, resampling)?;
    let environment = prepared.environment(context, &control);
    Ok(surroundings.added(context.host, environment, prepared.interpreter(), &control))
}

/// Everything that is there before a comparison begins.
pub(crate) struct Ready<'a> {
    /// What the run is of.
    pub(crate) loaded: &'a Loaded,
    /// What is measured.
    pub(crate) planned: Vec<Planned<'a>>,
    pub(crate) prepared: &'a Prepared,
    pub(crate) environment: Environment,
    /// When the time for measuring began.
    pub(crate) start: Instant,
    /// Completes the result of a workload.
    pub(crate) finish: &'a dyn Fn(Workload) -> Workload,
    /// Whether nothing of a workload is timed of which a contender differs.
    pub(crate) equal_alone: bool,
}

impl Ready<'_> {
    /// Measures and saves.
    ///
    /// # Errors
    /// When the run can't go on.
    pub(crate) fn compare(
        self,
        context: &Context<'_>,
        request: &CompareRequest,
        effort: Effort,
        resampling: Resampling,
    ) -> Result<Compared> {
        let Self { loaded, planned, prepared, environment, start, finish, equal_alone } = self;
        // Only now is there anything to save: what goes wrong earlier leaves no empty run behind.
        let files = RunFiles::open(context, request, loaded, prepared.interpreter())?;
        let mut comparing = Comparing {
            context,
            planned,
            prepared,
            sweep: request.sweep,
            start,
            effort,
            resampling,
            settings: prepared.settings(effort, files.header.seed),
            environment,
            files,
            finish,
            equal_alone,
        };
        comparing.measure();
        let comparison = comparing.comparison(Some(Timestamp::now()));
        let saved = comparing.files.save(context, &comparison);
        let series = comparing.series(&comparison);
        Ok(Compared { comparison, series, folder: comparing.files.folder, saved })
    }
}

impl EffortRequest {
    pub(crate) fn effort(self) -> Effort {
        let usual = if self.quick { Effort::QUICK } else { Effort::THOROUGH };
        let effort = Effort { precision: self.precision.unwrap_or(usual.precision), ..usual };
        self.budget.map_or(effort, |budget| effort.with_budget(budget))
    }
}

/// Settles contenders, and tells how they stand.
struct Refereeing<'a> {
    context: &'a Context<'a>,
    effort: &'a Effort,
    resampling: &'a Resampling,
    finish: &'a dyn Fn(Workload) -> Workload,
}

impl Referee for Refereeing<'_> {
    fn settle(&self, planned: &Planned<'_>, record: &Record) -> Vec<(String, Settled)> {
        settled(planned, record, self.effort, self.resampling)
    }

    fn see(&self, planned: &Planned<'_>, record: &Record) {
        // One round has no interval.
        if record.rounds < 2 {
            return;
        }
        // It is drawn again after the next round, so a rough interval does.
        let resampling = Resampling { resamples: 1000, ..*self.resampling };
        let standing = (self.finish)(summarise(planned, record, self.effort, &resampling));
        self.context.tell(Notice::Standing(&standing));
    }
}

/// The state of a running comparison.
struct Comparing<'a> {
    context: &'a Context<'a>,
    planned: Vec<Planned<'a>>,
    prepared: &'a Prepared,
    /// Whether smaller sizes are measured too.
    sweep: bool,
    /// When the time began that all workloads share.
    start: Instant,
    effort: Effort,
    resampling: Resampling,
    settings: Settings,
    environment: Environment,
    files: RunFiles,
    /// Completes the result of a workload.
    finish: &'a dyn Fn(Workload) -> Workload,
    equal_alone: bool,
}

impl<'a> Comparing<'a> {
    fn measure(&mut self) {
        for index in 0..self.planned.len() {
            let sizes = self.sizes(&self.planned[index]);
            let effort = self.effort.shared_among(self.unfinished(index), self.start.elapsed());
            self.settings.effort = effort.shared_by(sizes.len());
            self.settings.workers = self.prepared.workers_for(self.planned[index].workload.requirements.as_deref());
            // The size that was asked for comes first, so that an interrupted sweep has it.
            for (place, planned) in sizes.iter().enumerate().rev() {
                self.measure_size(planned);
                self.write_tests(planned);
                if self.context.is_cancelled() {
                    return;
                }
                // What is finished is readable even if the rest never is. After the last the whole result follows at once.
                if (index + 1, place) != (self.planned.len(), 0) {
                    let so_far = self.comparison(None);
                    let _ = self.files.save(self.context, &so_far);
                }
            }
        }
    }

    fn measure_size(&mut self, planned: &Planned<'_>) {
        let Self { context, sweep, effort, resampling, settings, files, finish, equal_alone, .. } = self;
        let referee = Refereeing { context, effort, resampling, finish: *finish };
        let RunFiles { journal, records, .. } = files;
        let mut listener = |event: &Event| {
            journal.add(event);
            context.tell(Notice::Measured { event, sweeps: *sweep });
        };
        Session::new(settings, records, &referee, &mut listener).equal_alone(*equal_alone).measure(planned);
    }

    /// Writes a test for each contender that differs in a recorded call.
    fn write_tests(&self, planned: &Planned<'a>) {
        let (Some(folder), Some(workload)) = (&self.files.folder, self.workload(planned)) else { return };
        for (found, contender) in workload.contenders.iter().zip(&planned.contenders) {
            // One that is known to differ needs no test of it, and another Python isn't at hand here.
            let is_asked = contender.interpreter.is_none() && contender.differs.is_none();
            let Some(line) = differing_line(found).filter(|_| is_asked) else { continue };
            let differing = Differing { workload: planned.workload, contender, line };
            if self.context.is_cancelled() || found.equivalence.test.is_some() {
                continue;
            }
            if let Err(why) = differing.write(self.context, &self.settings.workers, folder.path()) {
                let name = format!("{}:{}", workload.name, found.name);
                self.context.warn(format!("{name}: no test was written of call {line}: {why:#}"));
            }
        }
    }

    /// The test of a contender that differs in a recorded call, where one was written.
    fn test_of(&self, workload: &str, contender: &Contender) -> Option<String> {
        differing_line(contender)?;
        let file = self.files.folder.as_ref()?.path().join(counterexample::file_name(workload, &contender.name));
        let here = std::env::current_dir().ok();
        let short = here.and_then(|here| file.strip_prefix(here).ok().map(Path::to_owned));
        file.is_file().then(|| short.unwrap_or(file).display().to_string())
    }

    /// How many workloads from that one on are still to be measured: of a run that goes on some may be there.
    fn unfinished(&self, from: usize) -> usize {
        let is_unfinished =
            |planned: &&Planned<'a>| self.sizes(planned).iter().any(|planned| !self.is_finished(planned));
        self.planned[from..].iter().filter(is_unfinished).count()
    }

    /// The sizes at which a workload is measured, ascending.
    fn sizes(&self, planned: &Planned<'a>) -> Vec<Planned<'a>> {
        if self.sweep { plan::sweep(planned) } else { vec![planned.clone()] }
    }

    fn record(&self, planned: &Planned<'_>) -> Option<&Record> {
        self.files.records.get(&planned.workload.name, planned.size)
    }

    /// The result of one workload, once it has begun.
    fn workload(&self, planned: &Planned<'a>) -> Option<Workload> {
        let Self { effort, resampling, .. } = self;
        let mut workload = summarise(planned, self.record(planned)?, effort, resampling);
        let requirements = planned.workload.requirements.as_deref();
        for (contender, planned) in workload.contenders.iter_mut().zip(&planned.contenders) {
            let called = match &planned.code {
                Code::Python(target) => self.prepared.codes.get(target),
                Code::Kernel(_) | Code::Boundary(..) => None,
            };
            contender.equivalence.test = self.test_of(&workload.name, contender);
            contender.sources = called.into_iter().chain(&planned.sources).cloned().collect();
            let python = planned.interpreter.as_ref().and_then(|name| self.prepared.named(requirements, name));
            contender.interpreter = python.map(|python| Interpreter {
                version: python.version.to_string(),
                executable: python.executable.display().to_string(),
                free_threaded: python.gil_disabled,
            });
        }
        let sweep = self.sweep.then(|| {
            let sizes = self.sizes(planned).into_iter().map(|planned| (self.record(&planned), planned));
            sweep(&sizes.map(|(record, planned)| (planned, record)).collect::<Vec<_>>(), effort, resampling)
        });
        let ratio = self.environment.python.embedded_over_executable;
        Some((self.finish)(withhold(Workload { sweep, ..workload }, ratio, effort.precision)))
    }

    /// What was timed of every contender, for other tools.
    fn series(&self, comparison: &Comparison) -> Vec<Series> {
        let timed = self.planned.iter().zip(&comparison.workloads);
        timed
            .flat_map(|(planned, workload)| self.record(planned).map(|record| series(workload, record)))
            .flatten()
            .collect()
    }

    /// Whether a size was measured to its end.
    fn is_finished(&self, planned: &Planned<'_>) -> bool {
        let stopped = self.record(planned).and_then(|record| record.stopped);
        stopped.is_some_and(|reason| reason != Stopped::Interrupted)
    }

    fn comparison(&self, finished: Option<Timestamp>) -> Comparison {
        let header = &self.files.header;
        let mut sizes = self.planned.iter().flat_map(|planned| self.sizes(planned));
        Comparison {
            schema: SCHEMA.to_owned(),
            run: Run {
                id: header.id.clone(),
                started: header.started,
                finished,
                command: header.command.clone(),
                seed: header.seed,
                confidence: self.resampling.confidence.level(),
                complete: finished.is_some() && sizes.all(|planned| self.is_finished(&planned)),
            },
            environment: self.environment.clone(),
            workloads: self.planned.iter().filter_map(|planned| self.workload(planned)).collect(),
        }
    }
}

/// The line of the capture in which a contender differs.
fn differing_line(contender: &Contender) -> Option<u64> {
    let equivalence = &contender.equivalence;
    let detail = equivalence.detail.as_deref().filter(|_| equivalence.status == EquivalenceStatus::Different)?;
    counterexample::line_of(detail)
}
