//! `doctor`: which Python is embedded, and what disturbs measurements on this machine.

mod hosts;
mod machine;
mod noise;
mod surroundings;

use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use rustworthy_model::doctor::{Doctor, SCHEMA};
use rustworthy_model::environment::PythonHost;

use crate::context::{Context, Notice};
use crate::environments::{Environments, Needed};
use crate::machine::{Facts, PythonBuild, findings};
use crate::measure::{Control, ControlEffort, Effort, host_over_host};
use crate::prepared::{Built, Prepared};
use crate::project::Loaded;
use crate::request::{ProjectRequest, PythonRequest};
use hosts::Hosts;
use rustworthy_stats::Resampling;

pub(crate) use surroundings::Surroundings;

/// More of the control loop than a comparison times, since here it's the result.
const CONTROL: ControlEffort = ControlEffort { rounds: 8..=16, ..ControlEffort::THOROUGH };

/// How long the load of other processes is sampled: two processors tick 200 times in it.
const LOOK: Duration = Duration::from_secs(1);

/// The request for `doctor`.
#[derive(Debug, Clone)]
pub struct DoctorRequest {
    /// Whether code is compared with itself too, to find out what this machine can detect.
    pub noise: bool,
    /// Which project.
    pub project: ProjectRequest,
    /// Which Python.
    pub python: PythonRequest,
}

/// The interpreter of workers, with what embedding is off by: host over host where there are both, else over the plain executable.
/// Hosts of which one doesn't work are none from then on.
fn control(context: &Context<'_>, prepared: &Prepared, hosts: &mut Option<Hosts>) -> Result<Control> {
    let resampling = Resampling::default();
    let plain = || prepared.control(None, &CONTROL, 1, &resampling);
    let Some(Hosts { embedded, hosted }) = hosts else { return plain() };
    if prepared.workers.hosting == embedded.hosting {
        return prepared.control(Some(hosted), &CONTROL, 1, &resampling).or_else(|error| {
            context.warn(format!(
                "embedding is timed against the plain executable, as no worker can be hosted: {error:#}"
            ));
            *hosts = None;
            plain()
        });
    }
    let mut settings = prepared.settings(Effort::QUICK, 1);
    settings.workers = embedded.clone();
    let embedded = host_over_host(&settings, hosted, &CONTROL, &resampling)
        .map_err(|failure| anyhow!("the embedded Python doesn't work: {failure}"))?;
    Ok(Control { embedded_over_executable: embedded, ..plain()? })
}

/// Checks the machine and the Python of the project.
///
/// # Errors
/// When the project or its Python isn't as it should be, or the user interrupts.
pub fn doctor(context: &Context<'_>, request: &DoctorRequest) -> Result<Doctor> {
    let loaded = Loaded::load_any(context.host, &request.project)?;
    context.tell(Notice::Detail("sampling the load of other processes".to_owned()));
    // This comes before any process of our own is started, whose load would count as that of others.
    let machine = machine::look(LOOK, &context.cancel);
    if context.is_cancelled() {
        bail!("interrupted");
    }
    let needed = Needed { requirements: vec![loaded.project.requirements.as_deref()], ..Needed::default() };
    let environments = Environments::provide(context, &loaded.project, &request.python, &needed)?;
    context.tell(Notice::Detail("timing a control loop in the Python of workers and in the executable".to_owned()));
    let prepared =
        Built::with(context, &loaded.project, environments).start_checked(&loaded.project, &[], Default::default())?;
    let mut hosts = Hosts::of(context, &prepared);
    let control = control(context, &prepared, &mut hosts)?;
    context.warn_of_start(&prepared.workers.python, &control.said);
    let noise = if request.noise {
        let built_in = context.host.built_in.as_ref();
        let built_in =
            built_in.ok_or_else(|| anyhow!("--noise compares built-in workloads, which this program has none of"))?;
        Some(noise::measure(context, built_in, &loaded, &prepared)?)
    } else {
        None
    };
    let workload = hosts.and_then(|hosts| hosts.workload(context));
    if context.is_cancelled() {
        bail!("interrupted");
    }
    let mut environment = prepared.environment(context, &control);
    let python = PythonBuild {
        workload_over_executable: workload,
        ..PythonBuild::new(prepared.interpreter(), environment.python.host, control.embedded_over_executable)
    };
    if environment.python.host == PythonHost::Python {
        // What embedding would be off by is nothing that results in this host are off by.
        environment.python.embedded_over_executable = None;
    }
    let doctor = Doctor {
        schema: SCHEMA.to_owned(),
        environment,
        findings: findings(&Facts {
            machine,
            debug_program: context.host.is_debug_build,
            python,
            watchers: control.ready.watchers.clone(),
        }),
        noise,
    };
    if doctor.noise.is_some() {
        surroundings::keep(&doctor);
    }
    Ok(doctor)
}
