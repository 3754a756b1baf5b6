//! The machine and the program, as far as a result has to name them.

use rustworthy_model::environment::{Environment, Python, PythonHost};

use crate::host::Host;
use crate::machine::{Frequency, Root, system};
use crate::measure::Control;
use crate::python::Interpreter;
use crate::workers::{Hosting, allowed_cpus};

/// The machine, the interpreter and the program.
pub fn environment(host: &Host, interpreter: &Interpreter, hosting: &Hosting, control: &Control) -> Environment {
    let governors = Frequency::read(&Root::system()).governors;
    Environment {
        cpu: system::processor().unwrap_or_else(|| "unknown".to_owned()),
        cores: allowed_cpus().len(),
        memory_bytes: system::memory().map_or(0, |bytes| bytes.total),
        os: system::operating_system(),
        governor: (!governors.is_empty()).then(|| governors.join(", ")),
        python: Python {
            version: format!("{}{}", control.ready.version, if interpreter.gil_disabled { "t" } else { "" }),
            host: match hosting {
                Hosting::Embedded { .. } => PythonHost::Embedded,
                Hosting::Python { .. } => PythonHost::Python,
            },
            executable: interpreter.executable.display().to_string(),
            libpython: control.ready.libpython.as_ref().map(|path| path.display().to_string()),
            embedded_over_executable: control.embedded_over_executable,
        },
        rustworthy: host.identity.clone(),
        spoiling: Vec::new(),
        noise: None,
    }
}

/// Memory in bytes that is free to use.
pub fn available_memory() -> u64 {
    system::memory().map_or(0, |bytes| bytes.available)
}
