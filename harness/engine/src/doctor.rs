//! `doctor`: which Python is embedded, and what disturbs measurements on this machine.

mod machine;
mod noise;
mod surroundings;

use std::ops::RangeInclusive;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use rustworthy_model::Estimate;
use rustworthy_model::doctor::{Doctor, SCHEMA};
use rustworthy_model::environment::PythonHost;

use crate::context::{Context, Notice};
use crate::environments::{Environments, Needed, hosting};
use crate::machine::{Facts, PythonBuild, findings};
use crate::measure::{Effort, host_over_host};
use crate::prepared::{Built, Prepared};
use crate::project::Loaded;
use crate::python::Supported;
use crate::request::{ProjectRequest, PythonRequest};
use rustworthy_stats::Resampling;

pub(crate) use surroundings::Surroundings;

/// Rounds of the control loop: more than a comparison makes, since here it's the result.
const ROUNDS: RangeInclusive<u32> = 8..=16;

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

/// How long the control loop would take in workers that embed the same Python, over its time in those that it loads; `None` where it
/// can't be embedded.
fn embedded_over_hosted(context: &Context<'_>, prepared: &Prepared) -> Result<Option<Estimate>> {
    let interpreter = prepared.interpreter();
    let embedded = context.host.embedded.as_ref().filter(|embedded| embedded.check(interpreter).is_ok());
    let Some(embedded) = embedded else { return Ok(None) };
    let mut settings = prepared.settings(Effort::QUICK, 1);
    settings.workers.hosting = hosting(Supported::Embedded(embedded), interpreter)?;
    host_over_host(&settings, &prepared.workers, ROUNDS, &Resampling::default())
        .map_err(|failure| anyhow!("the embedded Python doesn't work: {failure}"))
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
    let control = prepared.control(ROUNDS, 1, &Resampling::default())?;
    let noise = if request.noise {
        let built_in = context.host.built_in.as_ref();
        let built_in =
            built_in.ok_or_else(|| anyhow!("--noise compares built-in workloads, which this program has none of"))?;
        Some(noise::measure(context, built_in, &loaded, &prepared)?)
    } else {
        None
    };
    let host = prepared.environment(context, &control).python.host;
    let embedded = match host {
        PythonHost::Embedded => control.embedded_over_executable,
        PythonHost::Python => embedded_over_hosted(context, &prepared)?,
    };
    let python = PythonBuild::new(prepared.interpreter(), host, embedded);
    let doctor = Doctor {
        schema: SCHEMA.to_owned(),
        environment: prepared.environment(context, &control),
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
