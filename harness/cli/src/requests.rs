//! Requests to the engine, made from the arguments of the command line.

use std::path::Path;

use anyhow::{Result, anyhow, bail};
use globset::Glob;
use rustworthy_engine::attribute::{AttributeRequest, Requests, Traces};
use rustworthy_engine::attribution::KnownFunctions;
use rustworthy_engine::attribution::trace::{Calibration, Options, Weights};
use rustworthy_engine::compare::{CompareRequest, EffortRequest};
use rustworthy_engine::decide::DecideRequest;
use rustworthy_engine::doctor::DoctorRequest;
use rustworthy_engine::gate::{GateRequest, Old};
use rustworthy_engine::listen::Listening;
use rustworthy_engine::manifest::{FailOver, Location, Target};
use rustworthy_engine::plan::WorkloadSelection;
use rustworthy_engine::request::{Common, ProjectRequest, PythonRequest};
use rustworthy_engine::trial::TryRequest;

use crate::arguments::{
    AttributeArguments, CommonMeasuring, CompareArguments, DecideArguments, DecidingOptions, DoctorArguments,
    GateArguments, GateMetric, MeasuringOptions, ProjectOptions, PythonOptions, QuietOption, TraceOptions,
    TryArguments, WatchArguments,
};

impl From<&ProjectOptions> for ProjectRequest {
    fn from(options: &ProjectOptions) -> Self {
        Self { folder: options.project.clone(), manifest: options.manifest.clone(), builtin: options.builtin }
    }
}

impl From<&PythonOptions> for PythonRequest {
    fn from(options: &PythonOptions) -> Self {
        Self { named: options.python.clone(), offline: options.offline }
    }
}

impl From<&MeasuringOptions> for EffortRequest {
    fn from(options: &MeasuringOptions) -> Self {
        Self { quick: options.quick, precision: options.precision, budget: options.budget }
    }
}

/// The options that all measuring commands share.
pub(crate) fn common(project: &ProjectOptions, python: &PythonOptions, measuring: &CommonMeasuring) -> Common {
    let CommonMeasuring { timeout, memory, confidence, seed, trust_pickles: trusts_pickles } = *measuring;
    let (project, python) = (project.into(), python.into());
    Common { project, python, timeout, memory, confidence, seed, trusts_pickles, wait_for_quiet: None }
}

impl QuietOption {
    /// The same options, with the time that is waited for quiet.
    fn added_to(self, common: Common) -> Common {
        Common { wait_for_quiet: self.wait_for_quiet, ..common }
    }
}

impl From<&CompareArguments> for CompareRequest {
    fn from(arguments: &CompareArguments) -> Self {
        let CompareArguments { workloads, filter, size, sweep, result, resume, measuring, project, python, .. } =
            arguments;
        Self {
            selection: WorkloadSelection {
                workloads: workloads.clone(),
                filter: filter.clone(),
                size: size.clone(),
                quick: measuring.quick,
                without_baseline: false,
            },
            sweep: *sweep,
            effort: measuring.into(),
            out: result.out.clone(),
            resume: *resume,
            common: measuring.quiet.added_to(common(project, python, &measuring.common)),
        }
    }
}

/// The request for a decision.
///
/// # Errors
/// When a glob or a limit of traces isn't one.
pub(crate) fn decide(arguments: &DecideArguments) -> Result<DecideRequest> {
    let DecideArguments { names, from, fresh, isolated, sweep, trace, reading, json_version: _, deciding } = arguments;
    let traces = match trace.is_empty() {
        true => None,
        false => Some(Traces { paths: trace.clone(), options: trace_options(reading)? }),
    };
    let (names, from) = (names.clone(), from.clone());
    Ok(DecideRequest { from, fresh: *fresh, isolated: *isolated, sweep: *sweep, traces, ..about(names, deciding) })
}

impl From<&WatchArguments> for DecideRequest {
    fn from(arguments: &WatchArguments) -> Self {
        about(arguments.names.clone(), &arguments.deciding)
    }
}

/// A request to decide about what is named, with nothing asked for but the options that deciding and watching share.
fn about(names: Vec<String>, options: &DecidingOptions) -> DecideRequest {
    let DecidingOptions { enough, size, settle, telemetry, result, measuring, project, python } = options;
    DecideRequest {
        names,
        from: Vec::new(),
        // These two are what watching is about, and the engine's to say.
        fresh: false,
        is_shipped: false,
        enough: *enough,
        isolated: false,
        size: size.clone(),
        sweep: false,
        settle: *settle,
        traces: None,
        telemetry: telemetry.clone(),
        effort: measuring.into(),
        out: result.out.clone(),
        common: measuring.quiet.added_to(common(project, python, &measuring.common)),
    }
}

/// The request to try something.
///
/// # Errors
/// When what makes the input isn't named as a callable is.
pub(crate) fn trial(arguments: &TryArguments) -> Result<TryRequest> {
    let TryArguments { subjects, input, filter, size, result, measuring, project, python } = arguments;
    let place = Location { line: 0, key: "--input".to_owned() };
    let input = input.as_ref().map(|input| Target::parse(input, place)).transpose();
    Ok(TryRequest {
        subjects: subjects.clone(),
        input: input.map_err(|error| anyhow!("--input: {error}"))?,
        filter: filter.clone(),
        size: size.clone(),
        effort: measuring.into(),
        out: result.out.clone(),
        common: measuring.quiet.added_to(common(project, python, &measuring.common)),
    })
}

/// The request for a gate; the command line has one of the two kinds of an old side.
pub(crate) fn gate(arguments: &GateArguments) -> Option<GateRequest> {
    let GateArguments { measuring, .. } = arguments;
    let old = match (arguments.import.as_deref(), &arguments.against) {
        (Some([old, new]), _) => Old::Import([old.clone(), new.clone()]),
        (_, Some(against)) => Old::Against(against.clone()),
        _ => return None,
    };
    Some(GateRequest {
        old,
        workloads: arguments.workloads.clone(),
        filter: arguments.filter.clone(),
        size: arguments.size.clone(),
        quick: measuring.quick,
        budget: measuring.budget,
        metric: match arguments.metric {
            GateMetric::Time => rustworthy_model::gate::GateMetric::Time,
            GateMetric::Instructions => rustworthy_model::gate::GateMetric::Instructions,
        },
        fail_over: FailOver {
            time: arguments.fail_over,
            p99: arguments.fail_over_p99,
            memory: arguments.fail_over_memory,
        },
        false_alarms: arguments.false_alarms,
        allow_environment_change: arguments.allow_environment_change,
        out: arguments.out.clone(),
        common: measuring.quiet.added_to(common(&arguments.project, &arguments.python, &measuring.common)),
    })
}

impl From<&DoctorArguments> for DoctorRequest {
    fn from(arguments: &DoctorArguments) -> Self {
        Self { noise: arguments.noise, project: (&arguments.project).into(), python: (&arguments.python).into() }
    }
}

/// The request for an attribution.
///
/// # Errors
/// When a function, a glob or a limit isn't one.
pub(crate) fn attribute(arguments: &AttributeArguments) -> Result<AttributeRequest> {
    let requests = match &arguments.scenario {
        Some(name) => Requests::Scenario {
            name: name.clone(),
            count: arguments.requests,
            quick: arguments.quick,
            inject: match &arguments.inject {
                Some((function, delay)) => {
                    let target = Target::parse(function, Location::default());
                    Some((target.map_err(|error| anyhow!("--inject: {error}"))?, *delay))
                }
                None => None,
            },
        },
        None if arguments.quiet.wait_for_quiet.is_some() => {
            bail!("--wait-for-quiet: traces were measured elsewhere, so there is nothing to wait for; leave it out")
        }
        None => match (&arguments.merge, arguments.listen) {
            (Some(folder), _) => {
                Requests::Parts { folder: folder.clone(), options: trace_options(&arguments.reading)? }
            }
            (None, Some(address)) => {
                let AttributeArguments { duration, command, .. } = arguments;
                let listening = Listening { address, duration: *duration, command: command.clone() };
                Requests::Received { listening, options: trace_options(&arguments.reading)? }
            }
            (None, None) => Requests::Trace {
                traces: Traces { paths: arguments.trace.clone(), options: trace_options(&arguments.reading)? },
                known: KnownFunctions::default(),
            },
        },
    };
    Ok(AttributeRequest {
        requests,
        out: arguments.result.out.clone(),
        common: arguments.quiet.added_to(common(&arguments.project, &arguments.python, &arguments.measuring)),
    })
}

/// How traces are read.
///
/// # Errors
/// When a glob, a column or a limit isn't one.
pub(crate) fn trace_options(arguments: &TraceOptions) -> Result<Options> {
    let mut options = Options {
        group: !arguments.no_grouping,
        service: arguments.service.clone(),
        weights: match arguments.weights.as_deref().unwrap_or("auto") {
            "auto" => Weights::Auto,
            "none" => Weights::None,
            "" => bail!("--weights: name an attribute, or say auto or none"),
            key => Weights::Key(key.to_owned()),
        },
        allow_truncated: arguments.allow_truncated,
        skip_long_traces: arguments.skip_long_traces,
        ..Options::default()
    };
    options.calibration = arguments.calibrate.as_deref().map(|text| {
        // A file may be called so itself.
        let named = text.split_once('=').filter(|_| !Path::new(text).exists());
        let (metric, file) = named.map_or((None, text), |(metric, file)| (Some(metric.to_owned()), file));
        Calibration { file: file.into(), metric }
    });
    for column in &arguments.columns {
        options.columns.name(column).map_err(|error| anyhow!("--columns: {error}"))?;
    }
    if let Some(glob) = &arguments.request {
        let glob = Glob::new(glob).map_err(|error| anyhow!("--request: {error}"))?;
        options.request = Some(glob.compile_matcher());
    }
    for (name, value) in &arguments.limit {
        options.limits.set(name, *value).map_err(|error| anyhow!("--limit: {error}"))?;
    }
    Ok(options)
}
