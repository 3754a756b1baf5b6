//! The machine and the program, as far as a result has to name them.

use std::fs;

use rustworthy_reports::comparison::{Environment, Python, Rustworthy};
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

use crate::measure::Control;
use crate::python::Interpreter;
use crate::worker::allowed_cpus;

/// The machine, the interpreter and the program.
pub fn environment(interpreter: &Interpreter, control: &Control) -> Environment {
    let cpus = RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing());
    let system = system(cpus.with_memory(MemoryRefreshKind::nothing().with_ram()));
    Environment {
        cpu: system
            .as_ref()
            .and_then(|system| system.cpus().first())
            .map_or("unknown", |cpu| cpu.brand().trim())
            .to_owned(),
        cores: allowed_cpus().len(),
        memory_bytes: system.as_ref().map_or(0, System::total_memory),
        os: operating_system(),
        governor: governor(),
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
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    system(memory).map_or(0, |system| system.available_memory())
}

fn system(what: RefreshKind) -> Option<System> {
    System::new_with_specifics(what).ok()
}

/// Cargo's name of the profile; build scripts are told `debug` for what users call `dev`.
fn profile() -> &'static str {
    match env!("RUSTWORTHY_PROFILE") {
        "debug" => "dev",
        other => other,
    }
}

fn operating_system() -> String {
    let name = System::long_os_version().unwrap_or_else(|_| std::env::consts::OS.to_owned());
    let kernel = System::kernel_version().map(|version| format!(", kernel {version}")).unwrap_or_default();
    format!("{name}{kernel}, {}", std::env::consts::ARCH)
}

/// The frequency governor, where the system shows one.
pub fn governor() -> Option<String> {
    let governor = fs::read_to_string("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").ok()?;
    Some(governor.trim().to_owned())
}
