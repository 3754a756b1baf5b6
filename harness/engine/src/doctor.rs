//! `doctor`: which Python is embedded, and what disturbs measurements on this machine.

mod machine;
mod noise;
mod surroundings;

use std::ops::RangeInclusive;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use rustworthy_model::doctor::{Doctor, SCHEMA};

use crate::context::{Context, Notice};
use crate::environments::Environments;
use crate::machine::{Facts, PythonBuild, findings};
use crate::prepared::Built;
use crate::project::Loaded;
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
    let requirements = loaded.project.requirements.as_deref();
    let environments = Environments::provide(context, &request.python, &[requirements])?;
    context.tell(Notice::Detail("timing a control loop in the embedded Python and in the executable".to_owned()));
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
    let python = PythonBuild::new(prepared.interpreter(), control.embedded_over_executable);
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
