//! The findings of `doctor` that other commands report too.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use rustworthy_model::doctor::{Doctor, Level};
use rustworthy_model::environment::Environment;

use super::machine::look;
use crate::host::Host;
use crate::machine::{Facts, Machine, PythonBuild, findings};
use crate::measure::Control;
use crate::python::{Interpreter, cache_directory};
use crate::store::write_whole;

/// How long the load of other processes is sampled: not so long that a comparison would be noticeably longer.
const LOOK: Duration = Duration::from_millis(250);

/// Largest kept result, in bytes, that is read.
const LARGEST: u64 = 1 << 20;

/// The machine as it was before a run began.
pub(crate) struct Surroundings(Machine);

impl Surroundings {
    /// To be called before anything of the run's own is started, whose load would count as others'.
    pub(crate) fn read(cancel: &AtomicBool) -> Self {
        Self(look(LOOK, cancel))
    }

    /// The environment with the findings about disturbances, and with the noise floor of an earlier run in a similar
    /// one.
    pub(crate) fn added(
        self,
        host: &Host,
        environment: Environment,
        interpreter: &Interpreter,
        control: &Control,
    ) -> Environment {
        let python = PythonBuild::new(interpreter, environment.python.host, control.embedded_over_executable);
        let watchers = control.ready.watchers.clone();
        let found = findings(&Facts { machine: self.0, debug_program: host.is_debug_build, python, watchers });
        let spoiling = found.into_iter().filter(|finding| finding.level == Level::Spoils);
        let spoiling = spoiling.filter_map(|finding| Some(format!("{}: {}", finding.name, finding.found?)));
        let noise = kept().filter(|doctor| is_like(&doctor.environment, &environment)).and_then(|doctor| doctor.noise);
        Environment { spoiling: spoiling.collect(), noise, ..environment }
    }
}

/// Whether what was found in one environment holds in the other.
fn is_like(one: &Environment, other: &Environment) -> bool {
    let known = |environment: &Environment| {
        let Environment { cpu, cores, governor, python, rustworthy, .. } = environment;
        (cpu.clone(), *cores, governor.clone(), python.version.clone(), python.host, rustworthy.version.clone())
    };
    known(one) == known(other)
}

/// The file with the last result that has a noise floor.
fn file() -> Option<PathBuf> {
    Some(cache_directory().ok()?.join("noise.json"))
}

/// Keeps a result for later runs, which do without if that fails.
pub(super) fn keep(doctor: &Doctor) {
    let write = |file: PathBuf| {
        fs::create_dir_all(file.parent()?).ok()?;
        write_whole(&file, &serde_json::to_vec_pretty(doctor).ok()?).ok()
    };
    file().and_then(write);
}

fn kept() -> Option<Doctor> {
    let file = file()?;
    if fs::metadata(&file).ok()?.len() > LARGEST {
        return None;
    }
    serde_json::from_str(&fs::read_to_string(file).ok()?).ok()
}
