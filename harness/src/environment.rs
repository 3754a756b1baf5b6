//! The machine and the program, as far as a result has to name them.

use rustworthy_model::environment::{Environment, Python, Rustworthy};

use crate::machine::{Frequency, Root, system};
use crate::measure::{Control, allowed_cpus};
use crate::python::Interpreter;

/// The machine, the interpreter and the program.
pub fn environment(interpreter: &Interpreter, control: &Control) -> Environment {
    let governors = Frequency::read(&Root::system()).governors;
    Environment {
        cpu: system::processor().unwrap_or_else(|| "unknown".to_owned()),
        cores: allowed_cpus().len(),
        memory_bytes: system::memory().map_or(0, |bytes| bytes.total),
        os: system::operating_system(),
        governor: (!governors.is_empty()).then(|| governors.join(", ")),
        python: Python {
            version: control.ready.version.clone(),
            executable: interpreter.executable.display().to_string(),
            libpython: control.ready.libpython.as_ref().map(|path| path.display().to_string()),
            embedded_over_executable: control.embedded_over_executable,
        },
        rustworthy: program(),
        spoiling: Vec::new(),
        noise: None,
    }
}

/// Version, commit and build profile of this program.
pub fn program() -> Rustworthy {
    let commit = env!("RUSTWORTHY_COMMIT");
    Rustworthy {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: (!commit.is_empty()).then(|| commit.to_owned()),
        profile: format!("{} (opt-level {})", profile(), env!("RUSTWORTHY_OPT_LEVEL")),
    }
}

/// Whether this program was compiled without optimisation, or with debug assertions.
pub fn is_debug_build() -> bool {
    cfg!(debug_assertions) || matches!(env!("RUSTWORTHY_OPT_LEVEL"), "0" | "1")
}

/// Memory in bytes that is free to use.
pub fn available_memory() -> u64 {
    system::memory().map_or(0, |bytes| bytes.available)
}

/// Cargo's name of the profile; build scripts are told `debug` for what users call `dev`.
fn profile() -> &'static str {
    match env!("RUSTWORTHY_PROFILE") {
        "debug" => "dev",
        other => other,
    }
}
