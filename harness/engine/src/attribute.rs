//! `attribute`: which functions make up p99 of a service, and what it becomes when they get faster.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;
use rustworthy_model::Run;
use rustworthy_model::attribution::Attribution;

use crate::attribution::{
    self, Analysis, Injection, KnownFunctions, Prerequisites, ScenarioRequest, TraceRequest, TraceSource,
};
use crate::context::{Context, Finding, Notice};
use crate::environments::Needed;
use crate::listen::{Listening, Received, listen};
use crate::manifest::Target;
use crate::measure::ControlEffort;
use crate::prepared::Built;
use crate::project::{Loaded, home};
use crate::quiet::wait_for_quiet;
use crate::request::Common;
use crate::store::{self, CodeDigests, ReuseCriteria, RunFolder};
use rustworthy_attribution::trace::Options;

/// What to attribute.
#[derive(Debug, Clone)]
pub struct AttributeRequest {
    /// Where requests come from.
    pub requests: Requests,
    /// Folder for the files of the run, instead of a new one of the project's.
    pub out: Option<PathBuf>,
    /// The options that all measuring commands share.
    pub common: Common,
}

/// Where requests come from.
#[derive(Debug, Clone)]
pub enum Requests {
    /// A scenario of the manifest, which is measured.
    Scenario {
        /// Its name.
        name: String,
        /// How many requests, instead of what the manifest says.
        count: Option<u64>,
        /// Whether to measure quickly: few requests and rounds.
        quick: bool,
        /// A delay to add to every call of a function.
        inject: Option<(Target, Duration)>,
    },
    /// Traces that are received, for a while or while a program runs.
    Received {
        /// Where, and until when.
        listening: Listening,
        /// How they are read.
        options: Options,
    },
    /// Traces of production.
    Trace {
        /// Which, and how they are read.
        traces: Traces,
        /// What is known of functions that they may have.
        known: KnownFunctions,
    },
    /// Parts of traces, which other processes have made.
    Parts {
        /// The folder that they are in.
        folder: PathBuf,
        /// How requests are weighed, and how much is taken in.
        options: Options,
    },
}

/// Traces of production.
#[derive(Debug, Clone)]
pub struct Traces {
    /// Files, and folders of them.
    pub paths: Vec<PathBuf>,
    /// How they are read.
    pub options: Options,
}

/// An attribution that was made and saved.
#[derive(Debug)]
pub struct Attributed {
    /// The result. Its run is complete unless the user has interrupted it.
    pub attribution: Attribution,
    /// The folder of its run.
    pub folder: RunFolder,
    /// Whether the migrated service could not be compared with the service as it is, since its responses differ.
    pub differs: bool,
}

/// Measures a scenario, or reads traces, and saves the result.
///
/// # Errors
/// An [`AttributeError`](attribution::AttributeError) when the service fails, traces can't be read or the user interrupts too early; another error when
/// the request can't be met.
pub fn attribute(context: &Context<'_>, request: &AttributeRequest) -> Result<Attributed> {
    match &request.requests {
        Requests::Scenario { name, count, quick, inject } => {
            let inject = inject.clone().map(|(function, delay)| Injection { function, delay });
            of_scenario(context, request, name, (*count, *quick), inject)
        }
        Requests::Received { listening, options } => {
            of_trace(context, request, Source::Received(listening), options, &KnownFunctions::default())
        }
        Requests::Trace { traces: Traces { paths, options }, known } => {
            of_trace(context, request, Source::Files(paths), options, known)
        }
        Requests::Parts { folder, options } => {
            of_trace(context, request, Source::Parts(folder), options, &KnownFunctions::default())
        }
    }
}

/// Where traces come from.
enum Source<'a> {
    Files(&'a [PathBuf]),
    Parts(&'a Path),
    Received(&'a Listening),
}

fn of_trace(
    context: &Context<'_>,
    request: &AttributeRequest,
    source: Source<'_>,
    options: &Options,
    known: &KnownFunctions,
) -> Result<Attributed> {
    let common = &request.common;
    let analysis = analysis(common)?;
    let (folder, run) = begin(context, request, &home(&common.project)?)?;
    let (source, dropped) = match source {
        Source::Files(paths) => (TraceSource::Files(paths.to_vec()), 0),
        Source::Parts(folder) => (TraceSource::Parts(folder.to_owned()), 0),
        Source::Received(listening) => {
            let Received { file, dropped } = listen(context, listening, options, folder.path())?;
            (TraceSource::Files(vec![file]), dropped)
        }
    };
    let (options, known) = (options.clone(), known.clone());
    let request = TraceRequest { source, options, dropped, known, analysis, run };
    let attributed =
        attribution::attribute_trace(&request, &context.cancel, &mut |event| context.tell(Notice::Attributed(event)))?;
    save(context, folder, attributed)
}

fn of_scenario(
    context: &Context<'_>,
    request: &AttributeRequest,
    name: &str,
    (requests, quick): (Option<u64>, bool),
    inject: Option<Injection>,
) -> Result<Attributed> {
    let common = &request.common;
    let mut loaded = Loaded::load(context.host, &common.project)?;
    common.limit(&mut loaded.project);
    let project = &loaded.project;
    let analysis = analysis(common)?;
    let scenario = attribution::find_scenario(project, name)?;
    let needed = Needed { requirements: vec![scenario.requirements.as_deref()], ..Needed::default() };
    let built = Built::new(context, project, &common.python, &needed)?;
    wait_for_quiet(context, common.wait_for_quiet)?;
    let services = if loaded.built_in { &[] } else { project.services.as_slice() };
    let prepared = built.start(context, project, services)?;
    let control = prepared.control(None, &ControlEffort::QUICK, common.seed, &common.resampling()?)?;
    let environment = prepared.environment(context, &control);

    let (folder, run) = begin(context, request, &loaded.home)?;
    CodeDigests::of(project, prepared.interpreter()).keep(&folder);
    let wanted = ReuseCriteria {
        project,
        interpreter: prepared.interpreter(),
        host: environment.python.host,
        size: None,
        quick: false,
        sweep: false,
        confidence: common.confidence,
        seed: common.seed,
    };
    let request = ScenarioRequest {
        scenario,
        requests,
        quick,
        candidates: None,
        inject,
        speedups: store::speedups(&loaded.home, &wanted),
        analysis,
        run,
    };
    let prerequisites =
        Prerequisites { project, workers: &prepared.workers, scratch: prepared.scratch(), environment: &environment };
    let attributed = attribution::attribute_scenario(&request, prerequisites, &mut |event| {
        context.tell(Notice::Attributed(event));
    })?;
    save(context, folder, attributed)
}

fn analysis(common: &Common) -> Result<Analysis> {
    Ok(Analysis { confidence: common.resampling()?.confidence, ..Analysis::default() })
}

/// Sees that there is room for the files before anything is measured.
fn begin(context: &Context<'_>, request: &AttributeRequest, home: &Path) -> io::Result<(RunFolder, Run)> {
    let Common { seed, confidence, .. } = request.common;
    let run = store::begun(Timestamp::now(), context.command.clone(), seed, confidence);
    Ok((RunFolder::create(request.out.as_deref(), home, &run.id)?, run))
}

fn save(context: &Context<'_>, folder: RunFolder, attributed: attribution::Attributed) -> Result<Attributed> {
    let differs = attributed.differs();
    let attribution::Attributed { attribution, requests, tail } = attributed;
    if let Some(requests) = &requests {
        folder.write("requests.jsonl", requests)?;
    }
    (context.save)(&folder, Finding::Attribution(&attribution, tail.as_ref()))?;
    folder.become_latest()?;
    Ok(Attributed { attribution, folder, differs })
}
