//! Everything that the findings are drawn from, and where it is read.

mod cgroup;
mod cpu;
mod host;
mod kernel;
mod load;
mod others;

use rustworthy_model::Estimate;
use rustworthy_model::environment::PythonHost;
use rustworthy_protocol::Watcher;

pub use cgroup::{Limits, MemoryLimit, Throttling};
pub use cpu::{Boost, Frequency, Processors};
pub use host::{Host, Power};
pub use kernel::{Kernel, Memory, Tracing};
pub(super) use load::STOLEN;
pub use load::{Load, Sample, Usage};
pub use others::Others;

use super::{Root, system};
use crate::python::Interpreter;
use crate::workers::allowed_cpus;

/// What there is to judge.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The machine.
    pub machine: Machine,
    /// Whether this program was compiled without optimisation, or with debug assertions.
    pub debug_program: bool,
    /// The embedded Python.
    pub python: PythonBuild,
    /// What watches its code.
    pub watchers: Vec<Watcher>,
}

/// The machine. What can't be seen is `None`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Machine {
    /// Whether the system lets a process choose its processors.
    pub can_pin: bool,
    /// Its processors.
    pub processors: Processors,
    /// How they are clocked.
    pub frequency: Frequency,
    /// Virtual machine and container.
    pub host: Host,
    /// Where its power comes from.
    pub power: Option<Power>,
    /// What else runs.
    pub load: Load,
    /// Limits of the control groups that this process is in.
    pub limits: Limits,
    /// Settings of its kernel.
    pub kernel: Kernel,
}

/// How the embedded Python was built, and how fast it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PythonBuild {
    /// Whether it was configured with `--with-pydebug`.
    pub debug: bool,
    /// Whether it was configured with `--enable-optimizations`; `None` where the build records no options.
    pub profile_guided: Option<bool>,
    /// What runs it.
    pub host: PythonHost,
    /// Time of the control loop embedded over its time in the plain executable; where workers aren't embedded, what it would be.
    pub embedded_over_executable: Option<Estimate>,
    /// The same of a workload, by its name.
    pub workload_over_executable: Option<(&'static str, Estimate)>,
}

impl PythonBuild {
    /// The build of an interpreter, and how fast it is embedded.
    pub fn new(interpreter: &Interpreter, host: PythonHost, embedded_over_executable: Option<Estimate>) -> Self {
        let options = interpreter.configured_with.as_deref().filter(|options| !options.is_empty());
        Self {
            debug: interpreter.debug,
            profile_guided: options.map(|options| options.contains("--enable-optimizations")),
            host,
            embedded_over_executable,
            workload_over_executable: None,
        }
    }
}

impl Machine {
    /// Reads what the system reports. `pause` is to wait while others' load is sampled; this process should be idle.
    pub fn read(root: &Root, pause: impl FnOnce()) -> Self {
        let can_pin = root.has("proc/self/status");
        Self {
            can_pin,
            processors: Processors::read(root, can_pin.then(|| allowed_cpus().len())),
            frequency: Frequency::read(root),
            host: Host::read(root),
            power: Power::read(root),
            load: Load::read(root, pause),
            limits: Limits::read(root),
            kernel: Kernel::read(root, system::memory()),
        }
    }
}
